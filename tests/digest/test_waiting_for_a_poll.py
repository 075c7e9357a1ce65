"""An edition that closed while no poll worked waits for one, and for what that brought to settle."""

from __future__ import annotations

from datetime import datetime, timedelta

from solacefeed.digest.schedule import NO_POLL, Polls, StepKind, steps
from solacefeed.models.editions import Edition, EditionState, Period
from tests.support.builders import LONDON, MONDAY, WEEK, a_digest

CLOSED = MONDAY - timedelta(hours=1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

HELD = Edition(
    id="weekly/2026-11-23",
    digest="weekly",
    period=Period(starts=CLOSED - WEEK, ends=CLOSED),
    state=EditionState.HELD,
    reason=NO_POLL,
    prepared_at=CLOSED,
)


def what_is_done(now: datetime, polls: Polls) -> list[StepKind]:
    digest = a_digest(settle=30 * MINUTE)
    return [step.kind for step in steps([HELD], digest, digest.first, LONDON, now, polls=polls, drafts=False)]


def test_it_leaves_when_what_the_first_poll_brought_has_settled_however_often_the_blog_is_asked_meanwhile() -> None:
    first = CLOSED + HOUR
    for minutes, done in ((0, []), (15, []), (29, []), (30, [StepKind.FREEZE]), (45, [StepKind.FREEZE])):
        now = first + minutes * MINUTE
        assert what_is_done(now, Polls(good=now, failing=False, news=first)) == done


def test_it_leaves_at_once_when_the_blog_has_nothing_new() -> None:
    now = CLOSED + HOUR
    assert what_is_done(now, Polls(good=now, failing=False)) == [StepKind.FREEZE]


def test_it_waits_while_no_poll_has_worked_since_its_closing() -> None:
    assert what_is_done(CLOSED + HOUR, Polls(good=CLOSED - 8 * HOUR, failing=True)) == []


def test_it_is_given_up_when_none_has_worked_for_too_long() -> None:
    assert what_is_done(CLOSED + 49 * HOUR, Polls(good=CLOSED - 8 * HOUR, failing=True)) == [StepKind.FOLD]
