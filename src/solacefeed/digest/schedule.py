"""What is to be done with the editions of a digest at an instant: the one place that decides when something leaves.

The law: the same editions, closings and instant have the same steps, so it does not matter who looks or how often;
after a look that did them all there are none left, but for those that wait for somebody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from solacefeed.digest.periods import (
    being_collected,
    closing_of,
    due,
    edition_id,
    has_its_closing,
    is_open_to_change,
    is_too_late,
    last_closing,
    newest_first,
    with_moved_closings,
)
from solacefeed.models.digests import Approval, Cadence, Digest
from solacefeed.models.editions import WAITING, Edition, EditionCounts, EditionState, Period
from solacefeed.words import counted

#: Why an edition is held that closed while no poll worked.
NO_POLL = "no poll has worked since its window began"
#: Why an edition is given up that would close when its cadence does no more.
MOVED = "its closing was moved"
#: Why one is that nobody is to get any more.
NO_CADENCE = "the config has its cadence no more"

#: So many more readers or posts there must be at least before a growth by a share holds an edition.
ENOUGH_MORE = 10


class StepKind(StrEnum):
    """What is done with an edition."""

    #: Drafted, or drafted anew, for the editors.
    DRAFT = "draft"
    #: Kept back, until an editor or a poll releases it.
    HOLD = "hold"
    #: Made for good, with its copies.
    FREEZE = "freeze"
    #: Let go: its copies may be handed over.
    LEAVE = "leave"
    #: Given up; its posts stand in the next one.
    FOLD = "fold"
    #: Given up for what the config says now: its name and its closing are free again, and its posts too.
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    kind: StepKind
    edition_id: str
    period: Period
    #: ``None`` where there is none yet.
    edition: Edition | None = None
    #: Why it is held or folded.
    reason: str | None = None
    #: Until when posts may have settled to stand in it: its closing, or the poll that came after it.
    until: datetime
    #: It had left before the store was brought back: whatever it would wait for has been decided.
    has_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """How the polls have gone."""

    #: When the last one that worked ended; ``None`` where none ever did.
    good: datetime | None
    #: Whether the last one failed.
    failing: bool
    #: When one first brought something again, after the last that failed; ``None`` where none has.
    news: datetime | None = None

    def worked_since(self, instant: datetime) -> bool:
        return self.good is not None and self.good >= instant


def steps(
    past: Sequence[Edition],
    digest: Digest,
    cadence: Cadence,
    zone: tzinfo,
    now: datetime,
    *,
    polls: Polls,
    drafts: bool,
    left: Collection[str] = (),
) -> list[Step]:
    """What is to be done at *now* with the editions of a cadence that has closings.

    *past* are the newest editions of the digest, newest first; of other cadences it is the names that matter.

    Where *drafts*, editors want to see each before it leaves. What *left* before the store was brought back is made
    again for those who have got it, however late it is, and waits for nobody's word: that was given then.
    """
    closing = last_closing(now, cadence.closings, zone)
    closed_at = {each.id: each.period.ends for each in past}
    past = with_moved_closings(past, cadence, zone, now)
    own = [windowed(each, past) for each in reversed(past) if each.cadence is cadence.kind]
    moved = [each for each in own if is_open_to_change(each, now) and not has_its_closing(each, cadence, zone)]
    stay = [each for each in own if each not in moved]
    found = [_step(StepKind.CANCEL, edition, reason=MOVED) for edition in moved]
    # Nothing else is done with what is held; but whoever releases it has to know when it closes.
    held = [each for each in stay if each.state is EditionState.HELD and each.period.ends != closed_at[each.id]]
    found += [_step(StepKind.HOLD, edition, reason=edition.reason) for edition in held]
    found += [step for edition in stay for step in _of(edition, digest, cadence, closing, now, polls, left)]
    again = _made_again(past, digest, cadence, zone, now, left)
    found += again
    past = newest_first((_as_made(each, digest, cadence, now) for each in again), past)
    return [*found, *_new(past, digest, cadence, zone, now, polls), *_drafted(past, digest, cadence, zone, now, drafts)]


def _of(
    edition: Edition,
    digest: Digest,
    cadence: Cadence,
    closing: datetime,
    now: datetime,
    polls: Polls,
    left: Collection[str],
) -> Iterator[Step]:
    """What is to be done with an edition that waits."""
    if edition.state not in WAITING:
        return
    if _has_left(edition, now, left):
        yield _leaves_again(edition)
    elif edition.period.ends < closing:
        yield _step(StepKind.FOLD, edition, reason=_why_folded(edition, cadence))
    elif edition.state is EditionState.PREPARING:
        yield from _prepared(edition, now)
    elif edition.state is EditionState.APPROVED:
        yield _step(StepKind.FREEZE, edition)
    elif edition.state is EditionState.HELD:
        yield from _held(edition, digest, cadence, now, polls)
    elif edition.period.ends <= now and cadence.approval is not Approval.REQUIRED:
        yield _closed(edition, digest, now, polls)
    else:
        yield _step(StepKind.DRAFT, edition)


def _has_left(edition: Edition, now: datetime, left: Collection[str]) -> bool:
    return edition.id in left and edition.period.ends <= now


def _leaves_again(edition: Edition) -> Step:
    kind = StepKind.FREEZE if edition.counts is None else StepKind.LEAVE
    return replace(_step(kind, edition), has_left=True)


def _made_again(
    past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime, left: Collection[str]
) -> list[Step]:
    """The editions that had left, and that there are none of in a store which was brought back."""
    found: list[Step] = []
    for ends in sorted(filter(None, (closing_of(name, digest, cadence, zone) for name in left))):
        # As of its closing: by then it was due, and not too late.
        before = newest_first((_as_made(each, digest, cadence, now) for each in found), past)
        period = due(ends, before, digest, cadence, zone) if ends <= now else None
        if period is not None:
            name = edition_id(digest, cadence, ends, zone)
            found.append(Step(kind=StepKind.FREEZE, edition_id=name, period=period, until=ends, has_left=True))
    return found


def _as_made(step: Step, digest: Digest, cadence: Cadence, now: datetime) -> Edition:
    return Edition(
        id=step.edition_id,
        digest=digest.key,
        period=step.period,
        state=EditionState.PREPARING,
        reason=None,
        prepared_at=now,
        cadence=cadence.kind,
    )


def _closed(edition: Edition, digest: Digest, now: datetime, polls: Polls) -> Step:
    """What is to be done with a draft that leaves by itself when it closes."""
    if is_too_late(edition.brings_until, now, max_late=digest.max_late):
        return _step(StepKind.FOLD, edition, reason=f"nobody looked for {_hours(digest.max_late)} after its closing")
    if edition.until is None and polls.failing and not polls.worked_since(edition.period.starts):
        return _step(StepKind.HOLD, edition, reason=NO_POLL)
    return _step(StepKind.FREEZE, edition)


def windowed(edition: Edition, past: Sequence[Edition]) -> Edition:
    """*edition*, its window from the end of the one before it that was not folded into it meanwhile."""
    if edition.state not in WAITING:
        return edition
    before = (
        each.period.ends
        for each in past
        if each.cadence is edition.cadence and each.state not in WAITING and not each.folded
    )
    starts = next((ends for ends in before if ends < edition.period.ends), edition.period.starts)
    return replace(edition, period=replace(edition.period, starts=starts))


def _prepared(edition: Edition, now: datetime) -> Iterator[Step]:
    if edition.counts is None:
        # Whoever was at it is dead: the deed is done by one at a time.
        yield _step(StepKind.FREEZE, edition)
    elif edition.period.ends <= now:
        yield _step(StepKind.LEAVE, edition)


def _held(edition: Edition, digest: Digest, cadence: Cadence, now: datetime, polls: Polls) -> Iterator[Step]:
    if edition.reason != NO_POLL:
        return
    if is_too_late(edition.period.ends, now, max_late=digest.max_late):
        yield _step(StepKind.FOLD, edition, reason=f"{NO_POLL}, and {_hours(digest.max_late)} are over")
    elif polls.worked_since(edition.period.ends) and (polls.news is None or now >= polls.news + digest.settle):
        # What the first poll has brought is what the edition waited for; polls go on meanwhile, and often.
        kind = StepKind.DRAFT if cadence.approval is Approval.REQUIRED else StepKind.FREEZE
        yield Step(kind=kind, edition_id=edition.id, period=edition.period, edition=edition, until=now)


def _hours(length: timedelta) -> str:
    return counted(round(length.total_seconds() / 3600), "hour")


def _why_folded(edition: Edition, cadence: Cadence) -> str:
    if edition.state is EditionState.HELD:
        return f"held until the next closing: {edition.reason}" if edition.reason else "held until the next closing"
    if edition.state is EditionState.DRAFT and cadence.approval is Approval.REQUIRED:
        return "not approved before the next closing"
    return "it had not left before the next closing"


def _step(kind: StepKind, edition: Edition, *, reason: str | None = None) -> Step:
    return Step(
        kind=kind,
        edition_id=edition.id,
        period=edition.period,
        edition=edition,
        reason=reason,
        until=edition.brings_until,
    )


def _new(
    past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime, polls: Polls
) -> Iterator[Step]:
    """The edition of the last closing, where there is none yet."""
    period = due(now, past, digest, cadence, zone)
    if period is None:
        return
    kind, reason = StepKind.FREEZE, None
    if polls.failing and not polls.worked_since(period.starts):
        kind, reason = StepKind.HOLD, NO_POLL
    elif cadence.approval is Approval.REQUIRED:
        kind = StepKind.DRAFT
    name = edition_id(digest, cadence, period.ends, zone)
    yield Step(kind=kind, edition_id=name, period=period, reason=reason, until=period.ends)


def _drafted(
    past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime, drafts: bool
) -> Iterator[Step]:
    """The edition to come, once editors shall see it."""
    if not (drafts or cadence.approval is not Approval.NONE):
        return
    period = being_collected(now, past, digest, cadence, zone)
    name = edition_id(digest, cadence, period.ends, zone)
    # A draft keeps its name when another cadence has become the first.
    is_there = any(
        each.id == name or (each.cadence is cadence.kind and each.period.ends == period.ends) for each in past
    )
    # Of a day's edition there is nothing to see a day before.
    lead = min(digest.draft_lead, (period.ends - _closing_before(period.ends, cadence, zone)) / 4)
    if now >= period.ends - lead and not is_there:
        yield Step(kind=StepKind.DRAFT, edition_id=name, period=period, until=period.ends)


def _closing_before(closing: datetime, cadence: Cadence, zone: tzinfo) -> datetime:
    return last_closing(closing - timedelta(seconds=1), cadence.closings, zone)


def beside_closings(edition: Edition, digest: Digest, now: datetime, *, left: Collection[str] = ()) -> list[Step]:
    """What is to be done with an edition that waits and that no cadence's closings decide of."""
    if edition.cadence is None:
        if _has_left(edition, now, left):
            return [_leaves_again(edition)]
        return _of_a_notice(edition, digest.first, now)
    if any(each.kind is edition.cadence for each in digest.cadences):
        return []
    # What was approved and is written was promised; no closing comes that would end anything else.
    if edition.state is EditionState.PREPARING and edition.counts is not None:
        return list(_prepared(edition, now))
    return [_step(StepKind.CANCEL, edition, reason=NO_CADENCE)]


def _of_a_notice(edition: Edition, cadence: Cadence, now: datetime) -> list[Step]:
    """It waits for what the first *cadence*'s editions wait for."""
    if edition.state is EditionState.PREPARING:
        return list(_prepared(edition, now))
    waits = edition.state is EditionState.HELD or cadence.approval is Approval.REQUIRED
    if edition.state is EditionState.APPROVED or (edition.state is EditionState.DRAFT and not waits):
        return [_step(StepKind.FREEZE, edition)]
    return [_step(StepKind.DRAFT, edition)] if edition.state is EditionState.DRAFT else []


def jump(digest: Digest, before: EditionCounts, *, readers: int, posts: int) -> str | None:
    """Why an edition holds by itself that has so many *readers* and *posts*; ``None`` where it need not."""
    for noun, there, then in (("reader", readers, before.readers + before.empty), ("post", posts, before.posts)):
        if there > digest.hold_over * then and there - then >= ENOUGH_MORE:
            return f"it has {counted(there, noun)}, and the last one had {then}"
    return None
