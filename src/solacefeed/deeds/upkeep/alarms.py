"""Alarms: operators are told once of a trouble, and once when it is over, by mail and by a webhook.

    a look has ended --> troubles --> decide --> what is told, its letters and posts   one transaction
                         watched  -->        --> what is watched

What passes by itself is told when it has stood for a while, and is over when it is gone for a while, so that what comes
and goes is told once; all else is told at once. What was told is told again of another occasion, or when it has
doubled. There are only so many tellings an hour: what is too much is not written down as told, and the next one has all
of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.deeds.upkeep.alarm_words import TEST, alarm_words, test_words, troubles_and_hints
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.models.alarms import AlarmMessage, AlarmState, NewAlarm, WatchedTrouble
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.stable import stable_hash
from solacefeed.store import alarms, outbox
from solacefeed.store.database import Store
from solacefeed.store.outbox import NameLetter

if TYPE_CHECKING:
    from solacefeed.digest.personal_letters import Writer

#: So long a trouble stands that passes by itself before it is told.
STANDS = timedelta(minutes=15)

#: So long it is gone before that is told.
IS_GONE = timedelta(minutes=10)

#: So long after it was told it may be told again, of another occasion or of a larger size.
AGAIN_AFTER = timedelta(hours=1)

#: How many times as large it is then.
GREW = 2

#: Tellings within an hour; each is one mail to each operator, of whatever there is to tell.
MOST_AN_HOUR = 6

#: What was to be seen to days ago was seen by other ways since.
WITHIN = timedelta(days=2)

#: Kinds of trouble that pass by themselves, more often than not.
PASSING = frozenset(
    {
        "failed",
        "killed",
        "stranded",
        "calendar",
        "document",
        "templates",
        "waiting",
        "outbox:waiting",
        "waits",
        "disk",
        "clock-ahead",
    }
)

#: Polls in a row that may go wrong.
_POLLS = 3


def is_of(key: str, kinds: Collection[str]) -> bool:
    """Whether a trouble of that *key* is one of *kinds*, be it by its kind or by itself."""
    return key in kinds or key.partition(":")[0] in kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRules:
    """How long what passes by itself may stand before it is told."""

    stands: timedelta = STANDS
    #: Of what is polled; a blog that is away for two polls is back at the third, as a rule.
    polls: timedelta = STANDS

    @classmethod
    def with_polls(cls, every: timedelta) -> AlarmRules:
        return cls(polls=max(STANDS, _POLLS * every))

    def passes(self, key: str) -> bool:
        """Whether such a trouble passes by itself, as a rule."""
        return is_of(key, PASSING)

    def of(self, key: str) -> timedelta:
        """How long it stands before it is told."""
        if not self.passes(key):
            return timedelta()
        return self.polls if key in ("failed:poll", "failed:calendars") else self.stands


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDecision:
    """What a look comes to."""

    #: What is told now, what began before what is over.
    told: tuple[NewAlarm, ...] = ()
    #: Rows to be written.
    watched: tuple[WatchedTrouble, ...] = ()
    #: Keys of what is watched no more.
    forgotten: frozenset[str] = frozenset()

    @property
    def changes_something(self) -> bool:
        return bool(self.watched or self.forgotten)


@dataclass(slots=True)
class _Deciding:
    """One decision while it is made."""

    now: datetime
    #: Whether there is room in this hour to tell anything.
    may_tell: bool
    began: list[NewAlarm] = field(default_factory=list)
    over: list[NewAlarm] = field(default_factory=list)
    watched: list[WatchedTrouble] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)


def decide(
    known: Mapping[str, WatchedTrouble],
    troubles: Sequence[Trouble],
    *,
    left: Collection[str],
    now: datetime,
    told_lately: int,
    rules: AlarmRules,
) -> AlarmDecision:
    """What is to be told at *now*, and what is to be watched from then on.

    *troubles* are all that stand, the most pressing first; of those whose keys are *left*, the operator knows, or has
    made them. *told_lately* is at how many instants of the last hour something was told.
    """
    deciding = _Deciding(now=now, may_tell=told_lately < MOST_AN_HOUR)
    for trouble in troubles:
        _see(deciding, known.get(trouble.key), trouble, trouble.key not in left, rules)
    standing = {trouble.key for trouble in troubles}
    for key in sorted(known.keys() - standing):
        _miss(deciding, known[key], rules)
    return AlarmDecision(
        told=(*deciding.began, *deciding.over),
        watched=tuple(deciding.watched),
        forgotten=frozenset(deciding.forgotten),
    )


def _see(
    deciding: _Deciding, before: WatchedTrouble | None, trouble: Trouble, may_be_told: bool, rules: AlarmRules
) -> None:
    """A trouble that stands."""
    now, was = deciding.now, before
    before = _by_the_clock(before, now) if before else None
    seen = WatchedTrouble(
        key=trouble.key,
        cause=stable_hash(trouble.cause)[:16],
        size=trouble.size,
        words=trouble.words,
        ends_by=trouble.ends_by,
        since=before.since if before else now,
        told_at=before.told_at if before else None,
        told_cause=before.told_cause if before else None,
        told_size=before.told_size if before else None,
    )
    if may_be_told and deciding.may_tell and _is_news(seen, now, rules):
        deciding.began.append(_alarm(seen, AlarmState.FIRING))
        seen = replace(seen, told_at=now, told_cause=seen.cause, told_size=seen.size)
    if was is None or _differs(was, seen):
        deciding.watched.append(seen)


def _by_the_clock(seen: WatchedTrouble, now: datetime) -> WatchedTrouble:
    """With no instant that lies ahead, where a clock has been that leapt: it would be waited for."""
    return replace(
        seen,
        since=min(seen.since, now),
        told_at=seen.told_at and min(seen.told_at, now),
        gone_since=seen.gone_since and min(seen.gone_since, now),
    )


def _differs(before: WatchedTrouble, seen: WatchedTrouble) -> bool:
    """Words that tell how late it is change with each look, and are not worth a write."""
    return replace(seen, words=before.words, ends_by=before.ends_by) != before


def _is_news(seen: WatchedTrouble, now: datetime, rules: AlarmRules) -> bool:
    if seen.told_at is None:
        return now - seen.since >= rules.of(seen.key)
    is_another, grew = seen.cause != seen.told_cause, seen.size >= GREW * max(seen.told_size or 0, 1)
    if is_another and not rules.passes(seen.key):
        return True
    return (is_another or grew) and now - seen.told_at >= AGAIN_AFTER


def _miss(deciding: _Deciding, before: WatchedTrouble, rules: AlarmRules) -> None:
    """A trouble that stands no more."""
    was, before = before, _by_the_clock(before, deciding.now)
    gone_since, rests = before.gone_since or deciding.now, IS_GONE if rules.passes(before.key) else timedelta()
    if deciding.now - gone_since < rests or (before.told_at is not None and not deciding.may_tell):
        if was.gone_since != gone_since:
            deciding.watched.append(replace(before, gone_since=gone_since))
    elif before.told_at is None:
        deciding.forgotten.add(before.key)
    else:
        deciding.over.append(_alarm(before, AlarmState.RESOLVED))
        deciding.forgotten.add(before.key)


def _alarm(trouble: WatchedTrouble, state: AlarmState) -> NewAlarm:
    return NewAlarm(key=trouble.key, state=state, words=trouble.words, ends_by=trouble.ends_by, since=trouble.since)


# -- telling ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmWays:
    """To whom, and how, it is told."""

    operators: Sequence[str]
    #: Whether there is a webhook.
    is_posted: bool
    name: NameLetter
    #: Made where there is a mail to be written.
    writer: Callable[[], Writer]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsTold:
    """What a look has told."""

    began: int = 0
    #: How many of each kind began.
    words: str = "0 troubles"
    over: int = 0
    #: Letters put into the outbox.
    letters: int = 0

    def has_news(self) -> bool:
        return bool(self.began or self.over)

    def line(self) -> str:
        return f"alarms: told of {self.words}, and of {self.over} that {_is(self.over)} over"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def tell(
    store: Store,
    troubles: Sequence[Trouble],
    ways: AlarmWays,
    *,
    left: Collection[str],
    at: datetime,
    rules: AlarmRules,
) -> AlarmsTold:
    """Tells what is to be told of *troubles* at *at*, as ``decide`` has it: letters and posts, all or nothing.

    Nobody's address is to stand in their words. One process at a time does it.
    """
    with store.read() as connection:
        known, lately = alarms.watched(connection), alarms.tellings(connection, after=at - timedelta(hours=1), until=at)
    decision = decide(known, troubles, left=left, now=at, told_lately=lately, rules=rules)
    if not decision.changes_something:
        return AlarmsTold()
    # Rendered before the transaction begins.
    words = alarm_words(ways.writer(), decision.told, at) if decision.told and ways.operators else None
    with store.write() as connection:
        alarms.watch(connection, decision.watched, forgotten=decision.forgotten)
        _write(connection, decision.told, words, ways, at)
    began = [each for each in decision.told if each.state is AlarmState.FIRING]
    return AlarmsTold(
        began=len(began),
        words=troubles_and_hints(began),
        over=len(decision.told) - len(began),
        letters=len(set(ways.operators)) if decision.told else 0,
    )


def _write(
    connection: sa.Connection, told: Sequence[NewAlarm], words: LetterWords | None, ways: AlarmWays, at: datetime
) -> None:
    """What is told, with a letter of these *words* to each operator."""
    if not told:
        return
    operators = dict.fromkeys(ways.operators) if words else {}
    numbers = alarms.add(connection, told, at=at, letters=len(operators), is_posted=ways.is_posted)
    for operator in operators:
        assert words is not None
        outbox.put(connection, _letter(operator, words, numbers[0], at), at=at, name=ways.name)


def try_alarms(store: Store, ways: AlarmWays, *, at: datetime) -> AlarmMessage:
    """Writes down an alarm that tells nothing but that alarms arrive, with a letter to each operator."""
    told = NewAlarm(key="test", state=AlarmState.TEST, words=TEST, ends_by="nothing need be done", since=at)
    words = test_words(ways.writer()) if ways.operators else None
    with store.write() as connection:
        _write(connection, [told], words, ways, at)
        return alarms.listing(connection, limit=1)[0]


def _letter(operator: str, words: LetterWords, number: int, at: datetime) -> NewLetter:
    return NewLetter(
        kind=OutboxKind.ALARM, email=operator, words=words, once=_once(operator, number), not_after=at + WITHIN
    )


def _once(operator: str, number: int) -> str:
    """Of the letter about what was told together, by the number of the first of it."""
    return f"alarms {number} {operator}"


# -- tried --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTried:
    """What became of a test by one way."""

    #: An operator's address, or the webhook.
    to: str
    #: Of a letter its state, and of what was posted.
    state: str
    answer: str | None
    went_well: bool


def tried_mails(store: Store, operators: Sequence[str], message: AlarmMessage) -> list[AlarmTried]:
    """What has become of the letters of a test."""
    with store.read() as connection:
        found = outbox.by_once(connection, [_once(each, message.id) for each in operators])
    return [
        AlarmTried(
            to=each.email,
            state=each.state,
            answer=each.answer,
            went_well=each.state is DeliveryState.ACCEPTED,
        )
        for each in found
    ]
