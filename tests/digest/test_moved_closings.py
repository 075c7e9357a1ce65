"""A draft goes by what the config says now: when its cadence closes, and whether there is such a cadence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from solacefeed.digest.schedule import MOVED, NO_CADENCE, Polls, Step, StepKind, beside_closings, steps
from solacefeed.models.digests import Approval, Cadence, CadenceKind, Closing
from solacefeed.models.editions import Edition, EditionCounts, EditionState, Period
from tests.support.builders import LONDON, MONDAY, WEEK, a_digest

CLOSES = MONDAY - timedelta(hours=1)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLLED = Polls(good=CLOSES, failing=False)

DRAFT = Edition(
    id="weekly/2026-11-23",
    digest="weekly",
    period=Period(starts=CLOSES - WEEK, ends=CLOSES),
    state=EditionState.DRAFT,
    reason=None,
    prepared_at=CLOSES - DAY,
)


def weekly_at(weekday: int, hour: int) -> Cadence:
    closing = Closing(weekday=weekday, at=time(hour))
    return Cadence(kind=CadenceKind.WEEKLY, closings=(closing,), approval=Approval.HOLD)


def what_is_done(now: datetime, cadence: Cadence, *past: Edition, zone: ZoneInfo = LONDON) -> list[Step]:
    digest = replace(a_digest(), cadences=(cadence,))
    return steps(past, digest, cadence, zone, now, polls=POLLED, drafts=True)


@pytest.mark.parametrize("hour", [5, 15])
def test_a_closing_that_is_moved_within_its_day_takes_its_draft_along(hour: int) -> None:
    moved, long_before = CLOSES.replace(hour=hour), CLOSES - 6 * HOUR
    (step,) = what_is_done(long_before, weekly_at(0, hour), DRAFT)
    assert (step.kind, step.edition_id, step.period.ends) == (StepKind.DRAFT, DRAFT.id, moved)
    # What an editor holds is held until somebody releases it.
    (step,) = what_is_done(long_before, weekly_at(0, hour), replace(DRAFT, state=EditionState.HELD))
    assert (step.kind, step.edition_id, step.period.ends) == (StepKind.HOLD, DRAFT.id, moved)
    there = replace(DRAFT, state=EditionState.HELD, period=replace(DRAFT.period, ends=moved))
    assert what_is_done(long_before, weekly_at(0, hour), there) == []


def test_what_was_to_leave_later_that_day_leaves_when_it_closes_now() -> None:
    later = replace(DRAFT, period=replace(DRAFT.period, ends=CLOSES + 8 * HOUR))
    (step,) = what_is_done(CLOSES + HOUR, weekly_at(0, 7), later)
    assert (step.kind, step.edition_id, step.period.ends) == (StepKind.FREEZE, DRAFT.id, CLOSES)
    assert step.edition is not None


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD])
def test_a_draft_whose_day_closes_no_more_is_given_up(state: EditionState) -> None:
    (step,) = what_is_done(CLOSES - HOUR, weekly_at(2, 7), replace(DRAFT, state=state))
    assert (step.kind, step.edition_id, step.reason) == (StepKind.CANCEL, DRAFT.id, MOVED)


def test_another_time_zone_moves_a_draft_within_its_day() -> None:
    (step,) = what_is_done(CLOSES - HOUR, weekly_at(0, 7), DRAFT, zone=ZoneInfo("America/New_York"))
    assert (step.kind, step.period.ends) == (StepKind.DRAFT, CLOSES + 5 * HOUR)


@pytest.mark.parametrize(
    "settled",
    [
        replace(DRAFT, state=EditionState.APPROVED),
        replace(DRAFT, state=EditionState.PREPARING, counts=EditionCounts(readers=1)),
        replace(DRAFT, state=EditionState.HELD, counts=EditionCounts(readers=1)),
    ],
)
def test_what_an_editor_has_approved_leaves_when_that_was_promised(settled: Edition) -> None:
    done = what_is_done(CLOSES - HOUR, weekly_at(2, 7), settled)
    assert StepKind.CANCEL not in [each.kind for each in done]
    assert all(each.period.ends == CLOSES for each in done)


def test_a_draft_that_has_closed_is_not_taken_back() -> None:
    (step,) = what_is_done(CLOSES + HOUR, weekly_at(2, 7), DRAFT)
    assert (step.kind, step.period.ends) == (StepKind.FREEZE, CLOSES)


def test_a_cadence_that_is_no_more_the_first_has_one_draft_of_a_closing() -> None:
    daily = Cadence(kind=CadenceKind.DAILY, closings=tuple(Closing(weekday=day, at=time(6)) for day in range(7)))
    weekly = weekly_at(0, 7)
    digest = replace(a_digest(), cadences=(daily, weekly))
    (step,) = steps([DRAFT], digest, weekly, LONDON, CLOSES - HOUR, polls=POLLED, drafts=True)
    assert (step.kind, step.edition_id) == (StepKind.DRAFT, DRAFT.id)
    # And the name of that is not taken from it.
    at_six = steps([DRAFT], digest, daily, LONDON, CLOSES - HOUR, polls=POLLED, drafts=False)
    assert DRAFT.id not in [each.edition_id for each in at_six]


@pytest.mark.parametrize(
    ("edition", "done"),
    [
        (DRAFT, StepKind.CANCEL),
        (replace(DRAFT, state=EditionState.HELD), StepKind.CANCEL),
        (replace(DRAFT, state=EditionState.HELD, counts=EditionCounts(readers=1)), StepKind.CANCEL),
        (replace(DRAFT, state=EditionState.APPROVED), StepKind.CANCEL),
        (replace(DRAFT, state=EditionState.PREPARING), StepKind.CANCEL),
        (replace(DRAFT, state=EditionState.PREPARING, counts=EditionCounts(readers=1)), StepKind.LEAVE),
    ],
)
def test_of_a_cadence_that_the_config_has_no_more_only_what_was_promised_leaves(
    edition: Edition, done: StepKind
) -> None:
    digest = a_digest()
    of_none = replace(edition, cadence=CadenceKind.MONTHLY)
    (step,) = beside_closings(of_none, digest, CLOSES + HOUR)
    assert step.kind is done
    assert step.reason == (NO_CADENCE if done is StepKind.CANCEL else None)
    assert beside_closings(edition, digest, CLOSES + HOUR) == []
