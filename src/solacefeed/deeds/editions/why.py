"""Why a reader got what they got of an edition, and why not the rest: of one that is frozen as it was decided then, of
one to come as it would be decided now.

    the edition, or the one to come --> the subscription and the ledger as they stood --> a line for each post

What was picked is asked of the rooms that pick. Where a copy is there, it has the last word: a post may be filed
otherwise since, and the config may say other things.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.editions.due import in_view
from solacefeed.digest.choices import start_of_period
from solacefeed.digest.eligibility import Candidate, LeftOut, candidates, why_not
from solacefeed.digest.explaining import Naming, words_of_choice, words_of_reason, words_of_verdict
from solacefeed.digest.selection import Order, Outcome, Wishes, verdict, wishes_of
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import PostState
from solacefeed.store import categories, deliveries, due_posts, editions, frozen_posts, ledger, posts, subscribers
from solacefeed.store.deliveries import UNSETTLED
from solacefeed.store.ledger import ReaderCopy
from solacefeed.store.subscription_changes import as_it_was, history_begins, unnoted
from solacefeed.words import instant_words, listing

_MOMENT = timedelta(microseconds=1)

#: It is open who gets what, where nothing was counted; releases before this one made copies in one of them.
_UNDECIDED = frozenset({EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an edition did with one post for one reader."""

    post_id: str
    title: str
    brought: bool
    #: In a word: ``picked``, ``got``, ``unsettled`` and the like.
    verdict: str
    #: What decided it.
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a reader got what they got of an edition."""

    edition_id: str
    email: str
    #: ``None`` of one to come that nobody has drafted yet.
    state: EditionState | None
    #: Of what it is: the name of its digest, and its cadence.
    of: str
    starts: datetime
    ends: datetime
    #: ``None`` of one to come: it is told as it would be now.
    frozen_at: datetime | None
    #: What the reader had, or has, of the digest.
    subscription: str
    choice: str | None
    #: How their copy stands; ``None`` where there is none.
    copy: str | None
    #: Why there is none.
    nothing: str | None
    lines: tuple[Line, ...]
    #: What can't be told, and why.
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An edition of which is asked, frozen or to come."""

    edition_id: str
    digest: Digest
    #: ``None`` of a notice.
    cadence: CadenceKind | None
    period: Period
    #: ``None`` of one that nobody has drafted yet.
    edition: Edition | None
    #: As of when it is told.
    at: datetime
    #: It has been decided who gets what of it.
    decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that is known of an edition and one reader, as it stood when that was decided."""

    asked: Asked
    reader: Subscription | None
    wishes: Wishes | None
    #: Of this edition.
    copy: ReaderCopy | None
    #: What its variant said first; posts that were withdrawn are taken out of later revisions.
    first: tuple[str, ...]
    #: By post, the copy by which the reader had got it, or was promised it.
    before: Mapping[str, ReaderCopy]
    #: Whatever posts may be told of, newest first.
    candidates: tuple[Candidate, ...]
    #: By post, the edition from which an editor dropped it.
    dropped: Mapping[str, str]
    #: The posts that the edition brought to anybody; ``None`` of one to come.
    brought: frozenset[str] | None
    #: An earlier release froze it.
    is_old: bool

    @property
    def closes(self) -> datetime:
        """Before when a post had to settle: one that waited for a poll brought what settled until that was over."""
        late = (each.settled_at + _MOMENT for each in self.candidates if each.post.id in (self.brought or ()))
        return max([self.asked.period.ends, *late])


def asked_for(
    connection: sa.Connection, edition_id: str, digests: Sequence[Digest], zone: tzinfo, now: datetime
) -> Asked:
    """The edition of that id, frozen or to come; raises ``UsageError`` where there is none such."""
    edition = editions.find(connection, edition_id)
    if edition is None:
        return _to_come(connection, edition_id, digests, zone, now)
    digest = next((each for each in digests if each.key == edition.digest), None)
    if digest is None:
        raise UsageError(f"the config has the digest of {edition_id} no more, and with it what it went by")
    decided = edition.counts is not None or edition.state not in _UNDECIDED or _has_copies(connection, edition_id)
    return Asked(
        edition_id=edition_id,
        digest=digest,
        cadence=edition.cadence,
        period=edition.period,
        edition=edition,
        at=edition.prepared_at if decided else now,
        decided=decided,
    )


def _has_copies(connection: sa.Connection, edition_id: str) -> bool:
    return bool(deliveries.tally(connection, edition_id))


def _to_come(
    connection: sa.Connection, edition_id: str, digests: Sequence[Digest], zone: tzinfo, now: datetime
) -> Asked:
    for digest in digests:
        for edition in _coming(connection, digest, zone, now):
            if edition.id == edition_id:
                return Asked(
                    edition_id=edition_id,
                    digest=digest,
                    cadence=edition.cadence,
                    period=edition.period,
                    edition=None,
                    at=now,
                    decided=False,
                )
    raise UsageError(f"there is no edition {edition_id}, nor is it the next one: `solacefeed editions list`")


def _coming(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime) -> Iterator[Edition]:
    """The editions that are due, and those that come after them; of mails at once nobody can say."""
    for cadence in digest.cadences:
        if cadence.kind is not CadenceKind.AT_ONCE:
            yield in_view(connection, digest, cadence, zone, now, upcoming=False)
            yield in_view(connection, digest, cadence, zone, now, upcoming=True)


def why(connection: sa.Connection, asked: Asked, email: str, *, zone: tzinfo, order: Order, naming: Naming) -> Why:
    """Raises ``UsageError`` for an address that is no subscriber's."""
    person = subscribers.find(connection, email)
    if person is None:
        raise UsageError(f"{email} is nobody's address here: `solacefeed subscribers list`")
    known = _known(connection, asked, person, zone)
    lines = tuple(_lines(known, order, naming))
    return Why(
        edition_id=asked.edition_id,
        email=person.email,
        state=asked.edition.state if asked.edition else None,
        of=_of(asked),
        starts=asked.period.starts,
        ends=asked.period.ends,
        frozen_at=asked.at if asked.decided else None,
        subscription=_subscription(connection, known, person),
        choice=words_of_choice(known.wishes, naming) if known.wishes else None,
        copy=_copy(known.copy) if known.copy else None,
        nothing=None if known.copy else _nothing(known, lines),
        lines=lines,
        unknown=tuple(_unknown(known)),
    )


# -- what is known -----------------------------------------------------------------------------------


def _known(connection: sa.Connection, asked: Asked, person: Subscriber, zone: tzinfo) -> _Known:
    digest, since = asked.digest, asked.period.ends - asked.digest.mail_within
    reader = as_it_was(connection, person.id, digest.key, asked.at)
    copies = ledger.of_reader(connection, person.id, since=since)
    copy = next((each for each in copies if each.edition_id == asked.edition_id), None)
    words = frozen_posts.of_edition(connection, asked.edition_id) if asked.decided else {}
    first = ledger.said_by(connection, since=since).get((asked.edition_id, copy.key, 1)) if copy else None
    return _Known(
        asked=asked,
        reader=reader,
        wishes=_wishes(reader, digest, zone) if reader else None,
        copy=copy,
        first=first.post_ids if first else (),
        before=_before(copies, copy, asked),
        candidates=_candidates(connection, asked, words),
        dropped=due_posts.dropped(connection, digest.key, since=since),
        brought=frozenset(words) if asked.decided else None,
        is_old=bool(words) and not any(words.values()),
    )


def _wishes(reader: Subscription, digest: Digest, zone: tzinfo) -> Wishes:
    return wishes_of(reader, start_of_period(digest, reader.cadence, zone)(reader.changed_at))


def _before(copies: Sequence[ReaderCopy], own: ReaderCopy | None, asked: Asked) -> dict[str, ReaderCopy]:
    """By post, the first copy that counted when the edition was decided; copies have numbers in the order of that."""
    exempt = ledger.digests_that_count(asked.digest)
    counting = [
        each
        for each in copies
        if each.edition_id != asked.edition_id
        and (exempt is None or each.digest in exempt)
        and (each.id < own.id if own else each.frozen_at <= asked.at)
        and (each.counted_at(asked.at) if asked.decided else each.counts)
    ]
    return {post_id: each for each in reversed(counting) for post_id in each.post_ids}


def _candidates(
    connection: sa.Connection, asked: Asked, words: Mapping[str, Mapping[str, Any] | None]
) -> tuple[Candidate, ...]:
    """What was seen by then and could be mailed, and what the edition brought in any case; as it read then."""
    seen = [
        post
        for post in due_posts.seen_since(connection, asked.period.ends - asked.digest.mail_within)
        if post.seen < asked.period.ends
    ]
    others = set(words) - {post.id for post in seen}
    known = [frozen_posts.thawed(post, words.get(post.id)) for post in [*seen, *posts.some(connection, others)]]
    hidden = [post.id for post in known if post.state is not PostState.PUBLISHED]
    public = due_posts.public_at(connection, hidden, asked.at) if asked.decided else set[str]()
    as_then = [replace(post, state=PostState.PUBLISHED) if post.id in public else post for post in known]
    revised = due_posts.revisions(connection, [post.id for post in known])
    by_then = {post_id: [at for at in noticed if at <= asked.at] for post_id, noticed in revised.items()}
    return candidates(as_then, by_then, asked.digest, categories.everything(connection))


# -- post by post ------------------------------------------------------------------------------------


def _lines(known: _Known, order: Order, naming: Naming) -> Iterator[Line]:
    """What the reader got comes first, in the order in which the edition tells it."""
    told = [_line(each, known, order, naming) for each in known.candidates]
    place = {post_id: number for number, post_id in enumerate(known.copy.post_ids if known.copy else ())}
    yield from sorted(told, key=lambda line: (not line.brought, place.get(line.post_id, 0)))


def _line(candidate: Candidate, known: _Known, order: Order, naming: Naming) -> Line:
    post_id = candidate.post.id
    decided, words = _decided(candidate, known, order, naming)
    by_the_rules = decided == Outcome.PICKED
    if known.copy is None and not known.asked.decided:
        brought = by_the_rules and _reads(known)
    else:
        brought = known.copy is not None and post_id in known.copy.post_ids
    if brought and not by_the_rules:
        decided, words = (
            Outcome.PICKED.value,
            f"it was chosen when it was frozen; by what is known now {words}",
        )
    if by_the_rules and not brought:
        decided, words = _left_after_all(post_id, known, words)
    return Line(post_id=post_id, title=candidate.post.title, brought=brought, verdict=decided, why=words)


def _decided(candidate: Candidate, known: _Known, order: Order, naming: Naming) -> tuple[str, str]:
    """What the rooms that pick say of a post, in a word and in a sentence."""
    digest, post_id = known.asked.digest, candidate.post.id
    reason = why_not(candidate, digest, closes=known.closes, dropped=known.dropped)
    if reason is not None:
        where = f" from {known.dropped[post_id]}" if reason.kind is LeftOut.DROPPED else ""
        return reason.kind.value, words_of_reason(reason, digest) + where
    if known.wishes is None:
        return "no subscription", "the reader had no subscription"
    said = verdict(candidate, known.wishes, known.before.keys(), order)
    if said.outcome is Outcome.GOT:
        return said.outcome.value, _got_by(known.before[post_id])
    return said.outcome.value, words_of_verdict(said, candidate, known.wishes, naming)


def _got_by(copy: ReaderCopy) -> str:
    when = instant_words(copy.changed_at)
    if copy.counts and copy.state not in UNSETTLED:
        return f"it was got by {copy.edition_id} ({copy.state} {when})"
    if copy.counts:
        return f"it is promised by {copy.edition_id}, whose copy is {copy.state}"
    return f"it was promised by {copy.edition_id} then, whose copy was {copy.state} {when}: it is free again"


def _left_after_all(post_id: str, known: _Known, words: str) -> tuple[str, str]:
    """Of a post that the rules would bring, why it is not there."""
    if known.copy and post_id in known.first:
        return "taken out", "it was withdrawn, or put behind a password, before the copy left"
    if known.copy is None:
        return "no copy", f"{words}; but the reader has no copy"
    if known.brought is not None and post_id not in known.brought:
        return (
            "not in it",
            "the edition brought it to nobody: it was not known or not public then, or has its own mail",
        )
    return "otherwise then", f"by what is known now it would be brought ({words}); when it was frozen it was not"


# -- the reader --------------------------------------------------------------------------------------


def _of(asked: Asked) -> str:
    return f"{asked.digest.name}, {asked.cadence or 'a notice'}"


def _reads(known: _Known) -> bool:
    """Whether the reader gets editions of this kind at all."""
    reader = known.reader
    return reader is not None and reader.state is SubscriptionState.CONFIRMED and _is_of_cadence(reader, known.asked)


def _is_of_cadence(reader: Subscription, asked: Asked) -> bool:
    return asked.cadence is None or asked.digest.cadence(reader.cadence).kind is asked.cadence


def _subscription(connection: sa.Connection, known: _Known, person: Subscriber) -> str:
    reader, asked = known.reader, known.asked
    if reader is None:
        begins = history_begins(connection, person.id, asked.digest.key)
        return f"none; one began {instant_words(begins)}" if begins else "none"
    by = f" by the {_BY[reader.changed_by]}" if reader.changed_by else ""
    words = f"{reader.state}, {asked.digest.cadence(reader.cadence).kind}"
    words += f" (changed {instant_words(reader.changed_at)}{by}{f': {reader.reason}' if reader.reason else ''})"
    if reader.state is SubscriptionState.PAUSED and reader.paused_until:
        words += f", until {instant_words(reader.paused_until)}"
    return words


_BY = {Actor.READER: "reader", Actor.OPERATOR: "operator", Actor.LIST: "list", Actor.DIGEST: "digest's end"}


def _copy(copy: ReaderCopy) -> str:
    answer = f": {copy.answer}" if copy.answer else ""
    return f"{copy.state} {instant_words(copy.changed_at)}{answer}"


def _nothing(known: _Known, lines: Sequence[Line]) -> str:
    """Why the reader has no copy."""
    asked, reader = known.asked, known.reader
    if reader is None:
        return f"they were not subscribed {_then(asked)}"
    if reader.state is SubscriptionState.ENDED:
        return f"their subscription was ended {_change(reader)}"
    if reader.state is SubscriptionState.PAUSED:
        return f"their subscription is paused {_change(reader)}"
    if not _is_of_cadence(reader, asked):
        return f"they have the {asked.digest.cadence(reader.cadence).kind} cadence, and this is {asked.cadence}"
    if asked.edition and asked.edition.state in (EditionState.SKIPPED, EditionState.CANCELLED):
        return f"the edition is {asked.edition.state}: {asked.edition.reason or 'no reason is noted'}"
    if not asked.decided:
        return "it is not frozen yet: this is as it would be now"
    if all(line.verdict != "no copy" for line in lines):
        return "none of the posts that it could bring is for them"
    return "no copy is on record: their subscription changed while it was prepared, or their address is not mailed to"


def _then(asked: Asked) -> str:
    return f"when it was frozen ({instant_words(asked.at)})" if asked.decided else "yet"


def _change(reader: Subscription) -> str:
    by = f" by the {_BY[reader.changed_by]}" if reader.changed_by else ""
    return f"{instant_words(reader.changed_at)}{by}"


def _unknown(known: _Known) -> Iterator[str]:
    if known.is_old:
        yield "an earlier release froze it: which posts it left out for everybody, and why, is told by the rules of now"
    if known.reader and (gaps := unnoted(known.reader)):
        yield f"an earlier release wrote the subscription: {listing(gaps)} is not noted"
