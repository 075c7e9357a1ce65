"""Alarms in words: the mail about what is told at once, and the line that chat rooms show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from solacefeed.models.alarms import AlarmState, NewAlarm
from solacefeed.models.letters import LetterWords, OutboxKind
from solacefeed.words import counted

if TYPE_CHECKING:
    from solacefeed.digest.personal_letters import LetterItem, Writer

#: A mail's subject is read in a list.
_LONGEST_SUBJECT = 110

#: What a test tells.
TEST = "a test: alarms arrive here"


def test_words(writer: Writer) -> LetterWords:
    """The mail that tries whether alarms arrive."""
    heading = "A test: alarms arrive here"
    return writer.write(
        OutboxKind.ALARM, f"[Test] {heading}", heading, opening=("Nothing is wrong, and nothing need be done.",)
    )


def alarm_words(writer: Writer, told: Sequence[NewAlarm], at: datetime) -> LetterWords:
    """The mail about all that is *told* at once."""
    began = [each for each in told if each.state is AlarmState.FIRING]
    over = [each for each in told if each.state is AlarmState.RESOLVED]
    return writer.write(
        OutboxKind.ALARM,
        _subject(began, over),
        _heading(began, over),
        items=[*map(_item, began), *(_item_over(each, at) for each in over)],
        closing=(_CLOSING,),
    )


_CLOSING = (
    "`solacefeed status` says how all stands now, and `solacefeed status --acknowledge` that you know of it. "
    "Each trouble has a line in docs/operating.md, under When something is wrong."
)


def _subject(began: Sequence[NewAlarm], over: Sequence[NewAlarm]) -> str:
    first = (began or over)[0].words
    if began:
        more = f" (and {len(began) - 1} more)" if len(began) > 1 else ""
        return _cut(f"[Alarm] {first}", more)
    return _cut(f"[Over] {first}", f" (and {len(over) - 1} more)" if len(over) > 1 else "")


def _cut(subject: str, more: str) -> str:
    room = _LONGEST_SUBJECT - len(more)
    if len(subject) <= room:
        return subject + more
    return f"{subject[: room - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…{more}"


def _heading(began: Sequence[NewAlarm], over: Sequence[NewAlarm]) -> str:
    ended = f"{len(over)} {'is' if len(over) == 1 else 'are'} over"
    if not began:
        return f"{counted(len(over), 'trouble')} {'is' if len(over) == 1 else 'are'} over"
    begun = f"{counted(len(began), 'trouble')} to be seen to"
    return f"{begun}, and {ended}" if over else begun


def _item(alarm: NewAlarm) -> LetterItem:
    from solacefeed.digest.personal_letters import LetterItem

    ends_by = f"{alarm.ends_by[:1].upper()}{alarm.ends_by[1:]}"
    return LetterItem(
        name=alarm.words, words=f"Since {_moment(alarm.since)}. {ends_by}{'' if ends_by.endswith('?') else '.'}"
    )


def _item_over(alarm: NewAlarm, at: datetime) -> LetterItem:
    from solacefeed.digest.personal_letters import LetterItem

    stood = f"It stood from {_moment(alarm.since)}, and is gone at {_moment(at)}."
    return LetterItem(name=f"Over: {alarm.words}", words=stood)


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def in_a_line(alarm: NewAlarm, site: str) -> str:
    """What chat rooms show of it."""
    if alarm.state is AlarmState.RESOLVED:
        return f"[{site}] over: {alarm.words}"
    if alarm.state is AlarmState.TEST:
        return f"[{site}] {alarm.words}"
    return f"[{site}] {alarm.words}; {alarm.ends_by}"
