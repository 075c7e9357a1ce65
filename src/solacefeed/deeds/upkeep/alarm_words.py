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
    began = sorted((each for each in told if each.state is AlarmState.FIRING), key=_is_hint)
    over = [each for each in told if each.state is AlarmState.RESOLVED]
    return writer.write(
        OutboxKind.ALARM,
        _subject(began, over),
        _heading(began, over),
        items=[*map(_item, began), *(_item_over(each, at) for each in over)],
        closing=(_closing(told),),
    )


def _closing(told: Sequence[NewAlarm]) -> str:
    how = "`solacefeed status` says how all stands now"
    known = ", and `solacefeed status --acknowledge` that you know of it" if not all(map(_is_hint, told)) else ""
    return f"{how}{known}. Each trouble and hint has a line in docs/operating.md, under When something is wrong."


def _is_hint(alarm: NewAlarm) -> bool:
    return alarm.is_hint


def _subject(began: Sequence[NewAlarm], over: Sequence[NewAlarm]) -> str:
    first = (began or over)[0].words
    if began:
        more = f" (and {len(began) - 1} more)" if len(began) > 1 else ""
        return _cut(f"[{'Hint' if began[0].is_hint else 'Alarm'}] {first}", more)
    return _cut(f"[Over] {first}", f" (and {len(over) - 1} more)" if len(over) > 1 else "")


def _cut(subject: str, more: str) -> str:
    room = _LONGEST_SUBJECT - len(more)
    if len(subject) <= room:
        return subject + more
    return f"{subject[: room - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…{more}"


def _heading(began: Sequence[NewAlarm], over: Sequence[NewAlarm]) -> str:
    ended = f"{len(over)} {'is' if len(over) == 1 else 'are'} over"
    if not began:
        return f"{troubles_and_hints(over)} {'is' if len(over) == 1 else 'are'} over"
    troubles = [each for each in began if not each.is_hint]
    hints = counted(len(began) - len(troubles), "hint") if len(began) > len(troubles) else ""
    seen_to = f"{counted(len(troubles), 'trouble')} to be seen to" if troubles else ""
    begun = ", and ".join(filter(None, (seen_to, hints)))
    return f"{begun}, and {ended}" if over else begun


def troubles_and_hints(told: Sequence[NewAlarm]) -> str:
    """How many of each: ``2 troubles and 1 hint``."""
    hints = sum(each.is_hint for each in told)
    counts = {"trouble": len(told) - hints, "hint": hints}
    return " and ".join(counted(count, name) for name, count in counts.items() if count) or counted(0, "trouble")


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
    return f"[{site}] {'hint: ' if alarm.is_hint else ''}{alarm.words}; {alarm.ends_by}"
