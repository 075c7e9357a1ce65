"""What must hold of every story, and how a breach is told: by what its reader and its post met."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa

from solacefeed.deeds.editions.why import Why
from solacefeed.store.database import Store
from solacefeed.store.schema import deliveries, editions
from tests.simulation.correcting import CorrectingModel
from tests.simulation.delivery_laws import of_addresses, of_delivery, of_letters
from tests.simulation.document_laws import ExactFeedModel
from tests.simulation.facts import (
    Cancelled,
    Configured,
    Died,
    Edited,
    Fact,
    Looked,
    Offered,
    RefusalsTaken,
    Restored,
    SentAgain,
    Suppressed,
    Told,
    Wished,
)
from tests.simulation.known import Breach
from tests.simulation.mails import Mail
from tests.simulation.rules import Rules
from tests.simulation.story import Posting, Story, Wish, in_words

#: States in which copies and editions may be for ever.
SETTLED_COPIES = {"accepted", "rejected", "uncertain", "expired", "cancelled"}
SETTLED_EDITIONS = {"done", "skipped", "cancelled"}


#: What a copy is that was made, and offered to no relay: it waited in vain.
NEVER_LEFT = ("cancelled", "expired")

#: Of so many mails of a world at most it is asked why, spread over all of them: each answer costs as much as a look.
ASKED_WHY = 15

#: What the product says of an edition to a reader, who is called by address.
AskWhy = Callable[[str, str], Why]


def breaches(
    story: Story, facts: Sequence[Fact], store: Store, why: AskWhy, addresses: Mapping[str, int]
) -> list[Breach]:
    """All of them, first those that no rule is needed for."""
    model = CorrectingModel(story.rules, before=story.starts)
    return [
        *of_mailboxes(story.rules, facts),
        *of_delivery(facts),
        *model.meet(facts),
        *ExactFeedModel(story.rules, addresses).meet(facts),
        *of_addresses(facts),
        *of_letters(store, story.ends),
        *_of_the_store(story, store),
        *_of_why(facts, why),
    ]


# -- of what lies in mailboxes, whoever owed it -------------------------------------------------------


def of_mailboxes(rules: Rules, facts: Iterable[Fact]) -> Iterator[Breach]:
    """Whoever owed it: nothing comes twice, or empty, or says two things."""
    offered = [fact for fact in facts if isinstance(fact, Offered)]
    yield from _nobody_gets_a_post_twice(rules, offered)
    yield from _one_message_is_one(offered)
    for fact in offered:
        if not fact.mail.posts:
            yield _breach("an empty mail", fact, frozenset(), fact.mail.subject)
        if fact.mail.posts != fact.mail.in_text:
            yield _breach("text and html differ", fact, fact.mail.posts ^ fact.mail.in_text, fact.mail.edition)


def _nobody_gets_a_post_twice(rules: Rules, offered: Iterable[Offered]) -> Iterator[Breach]:
    """But by one message that came twice, since nobody could know that it had come."""
    by_message: dict[tuple[str, int], dict[str, None]] = defaultdict(dict)
    for fact in offered:
        if fact.arrived and not rules.digest(fact.mail.digest).repeats:
            for post in fact.mail.posts:
                known = by_message[fact.mail.reader, post]
                known[fact.mail.message_id] = None
                if len(known) > 1:
                    yield _breach("twice", fact, frozenset({post}), f"by {' and '.join(known)}")


def _one_message_is_one(offered: Iterable[Offered]) -> Iterator[Breach]:
    """A Message-ID is one reader's, its bytes stay the same once they may have arrived, and it comes twice at most."""
    marks: dict[str, str] = {}
    readers: dict[str, str] = {}
    arrived: Counter[str] = Counter()
    for fact in offered:
        name = fact.mail.message_id
        if readers.setdefault(name, fact.mail.reader) != fact.mail.reader:
            yield _breach("a Message-ID of two", fact, fact.mail.posts, f"{name} was {readers[name]}'s")
        if fact.dotted and marks.setdefault(name, fact.mark) != fact.mark:
            yield _breach("other bytes", fact, fact.mail.posts, f"{name} was offered before with other bytes")
        arrived[name] += fact.arrived
        if arrived[name] > 2:
            yield _breach("three times", fact, fact.mail.posts, name)


def _breach(law: str, fact: Offered, posts: frozenset[int], words: str) -> Breach:
    return Breach(law=law, at=fact.at, reader=fact.mail.reader, posts=posts, words=words)


# -- of the store, when all is over -------------------------------------------------------------------


def _of_the_store(story: Story, store: Store) -> Iterator[Breach]:
    """Every copy and every edition of the story has come to an end that somebody can see."""
    of_it = editions.c.ends < story.ends
    copies_of_it = sa.select(deliveries.c.email, deliveries.c.edition_id, deliveries.c.state).join(editions)
    with store.read() as connection:
        copies = connection.execute(copies_of_it.where(of_it)).all()
        states = connection.execute(sa.select(editions.c.id, editions.c.state).where(of_it)).all()
    for email, edition, state in copies:
        if state not in SETTLED_COPIES:
            yield Breach(
                law="not settled",
                at=story.ends,
                reader=email.partition("@")[0],
                posts=frozenset(),
                words=f"{edition}: {state}",
            )
    waits_for_editors = {rule.name for rule in story.rules.digests if rule.approval != "none"}
    for edition, state in states:
        if state in ("draft", "held") and edition.partition("/")[0] in waits_for_editors:
            # Until the next closing, which may come after the story.
            continue
        if state not in SETTLED_EDITIONS:
            yield Breach(law="not settled", at=story.ends, reader="", posts=frozenset(), words=f"{edition}: {state}")


# -- of what the product says of it -------------------------------------------------------------------


def _of_why(facts: Sequence[Fact], why: AskWhy) -> Iterator[Breach]:
    """Why a reader got what they got says just what they got, and of those who got nothing that it was nothing."""
    # Of one that was cancelled another may have the name by now.
    gone = {fact.edition for fact in facts if isinstance(fact, Cancelled)}
    there = [f for f in facts if isinstance(f, Offered) and f.arrived and f.mail.edition not in gone]
    arrived = {(fact.mail.reader, _edition_id(fact.mail)): fact for fact in there}
    readers = sorted({reader for reader, _ in arrived})
    offered = {(fact.mail.reader, _edition_id(fact.mail)) for fact in facts if isinstance(fact, Offered)}
    mails = sorted(arrived)
    some = mails[:: len(mails) // ASKED_WHY + 1]
    for number, (reader, edition) in enumerate(some):
        fact = arrived[reader, edition]
        brought = frozenset(int(line.post_id) for line in why(edition, fact.mail.to).lines if line.brought)
        if brought != fact.mail.posts:
            yield _breach("why says otherwise", fact, brought ^ fact.mail.posts, f"{edition} brought {sorted(brought)}")
        other = readers[number % len(readers)]
        if (other, edition) not in offered:
            told = why(edition, f"{other}@example.org")
            was_made = told.copy is not None and told.copy.startswith(NEVER_LEFT)
            if not was_made and (told.nothing is None or any(line.brought for line in told.lines)):
                yield Breach(
                    law="why says otherwise",
                    at=fact.at,
                    reader=other,
                    posts=frozenset(int(line.post_id) for line in told.lines if line.brought),
                    words=f"no mail of {edition} came, and it says: {told.nothing or told.copy}",
                )


def _edition_id(mail: Mail) -> str:
    return mail.edition.replace(f"{mail.digest}-", f"{mail.digest}/", 1).partition(".")[0]


# -- how it is told -----------------------------------------------------------------------------------

#: So much around a breach is told of what concerned neither its reader nor its posts.
AROUND = timedelta(hours=3)


def tale(story: Story, facts: Sequence[Fact], breach: Breach) -> str:
    """What the breach's reader and posts met, a line each, in order."""
    lines = [(step.at, 0, in_words(step)) for step in story.steps if _concerns(step, breach)]
    lines += [(fact.at, 1, words) for fact in facts if (words := _words(fact, breach))]
    told = "\n".join(f"    {words}" for _, _, words in sorted(lines, key=lambda line: line[:2]))
    return f"{story.name}: {breach}\n{told}"


def _concerns(step: object, breach: Breach) -> bool:
    match step:
        case Posting():
            return step.post in breach.posts
        case Wish():
            return False
        case _:
            return getattr(step, "reader", breach.reader) == breach.reader


def _words(fact: Fact, breach: Breach) -> str | None:
    at = f"{fact.at:%Y-%m-%d %H:%M} UTC"
    match fact:
        case Wished() if fact.reader == breach.reader:
            chosen = "everything" if fact.categories is None else ", ".join(fact.categories)
            choice = f": {chosen}" if fact.what in ("join", "choose") else ""
            return f"{at}    {fact.reader} did {fact.what} {fact.digest}{choice} {fact.cadence or ''}"
        case Told() if breach.posts & fact.posts.keys():
            return f"{at}    the poll was told of {sorted(breach.posts & fact.posts.keys())}"
        case Told() if breach.posts & fact.gone:
            return f"{at}    the poll found gone {sorted(breach.posts & fact.gone)}"
        case Offered() if fact.mail.reader == breach.reader:
            outcome = "arrived" if fact.arrived else "dotted" if fact.dotted else "not dotted"
            return f"{at}    {fact.mail.edition} with {sorted(fact.mail.posts)}: {fact.act.name}, {outcome}"
        case Cancelled():
            return f"{at}    {fact.edition} was cancelled"
        case SentAgain():
            return f"{at}    {fact.edition} was sent again to whom it was {fact.to}"
        case Configured():
            return f"{at}    the config says otherwise"
        case Edited():
            of_post = f" of post {fact.post}" if fact.post else ""
            return f"{at}    an editor did {fact.what}{of_post} to {fact.edition}"
        case Suppressed() | Restored() if fact.reader == breach.reader:
            is_gone = isinstance(fact, Suppressed)
            return f"{at}    {fact.reader} is {'never mailed from here on' if is_gone else 'mailed again'}"
        case RefusalsTaken() if breach.reader in fact.readers:
            return f"{at}    {breach.reader} is never mailed from here on, for what the relay said"
        case Died() if abs(fact.at - breach.at) < AROUND:
            return f"{at}    the process {fact.what} in {fact.deed}"
        case Looked() if not fact.well and abs(fact.at - breach.at) < AROUND:
            return f"{at}    {fact.deed}: {fact.words}"
        case Looked(deed="prepare") if not fact.words.startswith("no edition is due"):
            return f"{at}    prepare: {fact.words}"
        case _:
            return None


# -- safety and liveness ------------------------------------------------------------------------------

#: What breaks the promise that everything due comes in its time; all else is something wrong that was done.
_LATE = frozenset(
    {
        "missed",
        "not settled",
        "not shown",
        "no feed",
        "not updated",
        "not called gone",
        "an empty live document",
        "not offered again",
        "not suppressed",
        "not corrected",
    }
)


def promise(law: str) -> Literal["safety", "liveness"]:
    """Whether a law says that nothing wrong is ever done, or that what is due comes in its time."""
    return "liveness" if law in _LATE else "safety"
