"""What answers what was asked on forms: one letter for each, or none.

waiting --> suppressed?  --> capped? --> can be had? --> is theirs already          --> the link to it
                                                     --> is not, or by a list alone --> asks to confirm it
                                           --> has complained --> tells that it has come

A form says the same to everybody, so all that somebody can learn of an address they learn in its mailbox. To one
address goes one letter in 24 hours at most, and three in 30 days, whatever was asked on whichever form; one that was
confirmed there counts no more, since whoever confirms it has wanted it. One whose letter can't be made is set aside, so
that it stops nobody behind it, and tried again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa

from solacefeed import tokens
from solacefeed.deeds.people.answer import AGAIN_AFTER
from solacefeed.deeds.people.available import items, stands, stands_by_a_list, takeable, titles, writer
from solacefeed.deeds.people.complaining import ANSWERED_WITHIN
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up_retention import LASTS, once_of
from solacefeed.digest.personal_letters import acknowledgement_words, confirmation_words, link_words
from solacefeed.email_addresses import canonical
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import Subscriber
from solacefeed.models.sign_ups import SignUp, SignUpKind, Wish
from solacefeed.ports import Clock
from solacefeed.store import address_requests, mailable, outbox, sign_ups, subscribers, suppressions
from solacefeed.store.database import Store
from solacefeed.store.savepoints import is_of_the_store_or_the_machine
from solacefeed.text.characters import one_line
from solacefeed.words import counted

#: So many letters go to an address within so long that nobody there has confirmed.
CAPS: Mapping[timedelta, int] = {timedelta(hours=24): 1, timedelta(days=30): 3}

#: A letter that the relay does not take for so long comes too late to be of use.
LETTER_WITHIN = timedelta(days=2)

#: Of why it could not, in characters.
LONGEST_REASON = 300

#: Sign-ups decided of together.
BATCH = 500

SUPPRESSED = "the address is never to be mailed"
NOTHING_TO_HAVE = "nothing of it can be had by a form"
NOBODY = "no subscriber has this address"


_log = logging.getLogger(__name__)


# -- deciding -----------------------------------------------------------------------------------------


class AnswerKind(Enum):
    """By which letter a sign-up is answered."""

    CONFIRM = auto()
    HAS_ALREADY = auto()
    LINK = auto()
    ACKNOWLEDGE = auto()


def refused(letters: Iterable[datetime], now: datetime, *, suppressed: bool) -> str | None:
    """Why no letter answers, whoever it is; *letters* went to the address, and were confirmed by nobody."""
    return SUPPRESSED if suppressed else cap_reached(letters, now)


def cap_reached(letters: Iterable[datetime], now: datetime) -> str | None:
    """Why no further letter may go where those went; one that is ahead of *now* counts, should a clock be set back."""
    went = tuple(letters)
    for within, most in CAPS.items():
        if sum(now - each < within for each in went) >= most:
            return f"{counted(most, 'letter')} went there within {within / timedelta(hours=1):.0f} hours"
    return None


def reply(kind: SignUpKind, takeable: Iterable[Wish], *, is_known: bool, has: Collection[str]) -> AnswerKind | str:
    """By which letter it is answered, or why by none; *has* are the keys of digests that are theirs already."""
    if kind is SignUpKind.LINK:
        return AnswerKind.LINK if is_known else NOBODY
    if kind is SignUpKind.COMPLAINT:
        return AnswerKind.ACKNOWLEDGE
    wished = {each.digest for each in takeable}
    if not wished:
        return NOTHING_TO_HAVE
    return AnswerKind.HAS_ALREADY if wished <= set(has) else AnswerKind.CONFIRM


# -- doing --------------------------------------------------------------------------------------------


def answer_all(store: Store, clock: Clock, settings: PeopleSettings) -> tuple[int, int]:
    """Answers all that waits, each by a transaction of its own; returns how many by a letter, and how many by none."""
    letters = dropped = 0
    _take_up(store, clock())
    while waiting := _waiting(store):
        put, refusals = _answer_some(store, settings, waiting, clock())
        letters += put
        dropped += _drop(store, refusals, clock())
    return letters, dropped


def _take_up(store: Store, now: datetime) -> None:
    before = now - AGAIN_AFTER
    with store.read() as connection:
        is_any = sign_ups.is_any_aside(connection, before=before)
    if is_any:
        with store.write() as connection:
            sign_ups.take_up(connection, before=before, at=now)


def _waiting(store: Store) -> list[SignUp]:
    with store.read() as connection:
        return sign_ups.waiting(connection, limit=BATCH)


def _answer_some(
    store: Store, settings: PeopleSettings, waiting: Sequence[SignUp], now: datetime
) -> tuple[int, dict[str, list[int]]]:
    """How many letters it puts into the outbox, and which sign-ups get none, by the reason."""
    with store.read() as connection:
        keys = {each.address_key for each in waiting}
        went = sign_ups.letters(connection, keys, after=now - max(CAPS))
        suppressed = suppressions.among_these(connection, {canonical(each.email or "") for each in waiting})
    count, refusals = 0, defaultdict[str, list[int]](list)
    for each in waiting:
        letters = went.setdefault(each.address_key, [])
        why = refused(letters, now, suppressed=canonical(each.email or "") in suppressed)
        try:
            why = why or _answer_one(store, settings, each, now)
        except Exception as error:
            if is_of_the_store_or_the_machine(error):
                # No other would fare better.
                raise
            _log.warning("sign-up %d could not be answered", each.id, exc_info=True)
            _set_aside(store, each, error, now)
            continue
        if why is None:
            letters.append(now)
            count += 1
        else:
            refusals[why].append(each.id)
    return count, refusals


def _set_aside(store: Store, sign_up: SignUp, error: Exception, now: datetime) -> None:
    why = one_line(f"{type(error).__name__}: {error}")[:LONGEST_REASON]
    with store.write() as connection:
        sign_ups.set_aside(connection, sign_up.id, reason=why, at=now)


def _drop(store: Store, refusals: Mapping[str, Sequence[int]], now: datetime) -> int:
    """A flood of sign-ups for one address costs one transaction for some hundreds of them."""
    if not refusals:
        return 0
    with store.write() as connection:
        return sum(sign_ups.drop(connection, ids, reason=why, at=now) for why, ids in refusals.items())


def _answer_one(store: Store, settings: PeopleSettings, sign_up: SignUp, now: datetime) -> str | None:
    """Puts the letter into the outbox with which it is answered; returns why there is none."""
    assert sign_up.email is not None
    with store.read() as connection:
        letter = _letter(connection, settings, sign_up, sign_up.email, now)
    if isinstance(letter, str):
        return letter
    with store.write() as connection:
        # Whoever is erased now has taken their sign-ups along, when it is their turn first.
        mailable.hold(connection)
        # Another letter may have been caused meanwhile, by a change of address too.
        address_requests.hold(connection)
        if why := cap_reached(letters_to(connection, sign_up.address_key, now), now):
            return why
        # Asked once more: a suppression may have come since the others were looked at.
        if suppressions.find(connection, canonical(sign_up.email)):
            return SUPPRESSED
        if sign_ups.answer(connection, sign_up.id, at=now):
            outbox.put(connection, letter, at=now, name=settings.name_letter)
    return None


def letters_to(connection: sa.Connection, address_key: str, now: datetime) -> list[datetime]:
    """When letters that somebody else may have caused went to an address, and nobody there has confirmed them."""
    after = now - max(CAPS)
    signed_up = sign_ups.letters(connection, [address_key], after=after).get(address_key, [])
    return [*signed_up, *address_requests.letters(connection, address_key, after=after)]


def _letter(
    connection: sa.Connection, settings: PeopleSettings, sign_up: SignUp, email: str, now: datetime
) -> NewLetter | str:
    """The letter that answers, its words frozen; or why there is none."""
    subscriber = subscribers.find(connection, email)
    theirs = subscribers.of_one(connection, subscriber.id) if subscriber else []
    # What a list began becomes their own by their word: that is asked for, as of what they have not.
    has = {each.digest for each in theirs if stands(each) and not stands_by_a_list(each)}
    wishes = takeable(connection, settings, sign_up.wishes)
    decided = reply(sign_up.kind, wishes, is_known=subscriber is not None, has=has)
    if isinstance(decided, str):
        return decided
    said = _words(connection, settings, sign_up, decided, wishes, has, subscriber)
    return NewLetter(
        kind=_KINDS.get(decided, OutboxKind.LINK),
        email=email,
        subscriber_id=subscriber.id if subscriber else None,
        words=said,
        once=once_of(sign_up.id),
        not_after=min(sign_up.at + LASTS, now + LETTER_WITHIN),
    )


#: All others lead to what somebody has.
_KINDS = {AnswerKind.CONFIRM: OutboxKind.CONFIRMATION, AnswerKind.ACKNOWLEDGE: OutboxKind.ACKNOWLEDGEMENT}


def _words(
    connection: sa.Connection,
    settings: PeopleSettings,
    sign_up: SignUp,
    decided: AnswerKind,
    wishes: Sequence[Wish],
    has: Collection[str],
    subscriber: Subscriber | None,
) -> LetterWords:
    by = writer(settings, sign_up.language)
    if decided is AnswerKind.CONFIRM:
        new = [each for each in wishes if each.digest not in has]
        until = sign_up.at + LASTS
        token = tokens.for_confirming(sign_up.id, sign_up.nonce, tokens.LATER, until=until)
        shown = items(connection, settings, new, by.speaks)
        return confirmation_words(by, shown, f"{settings.base_url}/confirm/{token}", until=until)
    if decided is AnswerKind.ACKNOWLEDGE:
        return acknowledgement_words(by, at=sign_up.at, due=sign_up.at + ANSWERED_WITHIN)
    assert subscriber is not None
    token = tokens.for_preferences(subscriber.id, subscriber.generation, tokens.LATER)
    had = wishes if decided is AnswerKind.HAS_ALREADY else ()
    return link_words(by, f"{settings.base_url}/preferences/{token}", has_already=titles(settings, had))
