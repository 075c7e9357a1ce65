"""Finds what is to be done with the editions of all digests, and does it, one after the other.

    editions, polls, posts --> steps (``digest.schedule``, ``at_once``) --> drafted | held | frozen | let go | folded

The order is that in which readers get them: by closings, and at equal ones as the config has the digests, since what
one promises to a reader no other brings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.editions import cancelling
from solacefeed.deeds.editions.drafting import empty_for_all
from solacefeed.deeds.editions.freeze import Frozen, discard, freeze, let_go, why_no_posts
from solacefeed.deeds.editions.planned import REACHED, EditionSettings, Planned, candidates_of, reached_at_once
from solacefeed.deeds.editions.redrafting import CHANGED, drafted_again
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.terms import Offer, offer
from solacefeed.digest.at_once import (
    Reached,
    first_reach,
    is_mornings,
    left_over,
    midnight_before,
    step_of,
    turn_of,
    turns,
)
from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.schedule import Step, StepKind, jump
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.editions import WAITING, Editing, Edition, EditionCounts, EditionState
from solacefeed.ports import Clock
from solacefeed.store import delivery_ends, editions, facts, subscribers
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a step."""

    line: str
    frozen: Frozen | None = None
    held: bool = False


# -- doing ------------------------------------------------------------------------------------------


def do(store: Store, clock: Clock, settings: EditionSettings, wanted: Planned) -> Done | None:
    """Does one step; ``None`` where there was nothing to do after all."""
    step, digest = wanted.step, wanted.digest
    if step.kind in (StepKind.FOLD, StepKind.CANCEL):
        return _fold(store, clock, step) if step.kind is StepKind.FOLD else _cancel(store, clock, step)
    if step.kind is StepKind.LEAVE:
        return _leave(store, clock, step)
    edition = _edition(store, digest, wanted.cadence, step, clock())
    renderer = settings.renderer(digest)
    if step.kind is StepKind.HOLD:
        return _hold(store, settings, renderer, edition, wanted.cadence, step.reason or "")
    if step.kind is StepKind.DRAFT:
        return _draft(store, clock, settings, renderer, edition, wanted.cadence)
    return _freeze(store, clock, settings, renderer, edition, wanted)


def _edition(store: Store, digest: Digest, cadence: Cadence | None, step: Step, now: datetime) -> Edition:
    """The edition of a step, with its window as it is by now."""
    if step.edition is not None:
        _keep_closing(store, step)
        until = step.until if step.until != step.period.ends else step.edition.until
        return replace(step.edition, period=step.period, until=until)
    with store.read() as connection:
        return Edition(
            id=step.edition_id,
            digest=digest.key,
            period=step.period,
            state=EditionState.DRAFT,
            reason=None,
            prepared_at=now,
            issue=editions.issue(connection, step.edition_id),
            cadence=cadence.kind if cadence else None,
        )


def _keep_closing(store: Store, step: Step) -> None:
    """The closing of what is not frozen yet may have been moved within its day."""
    with store.read() as connection:
        known = editions.find(connection, step.edition_id)
    if known is not None and known.period.ends != step.period.ends:
        with store.write() as connection:
            editions.close_at(connection, step.edition_id, step.period.ends)


def _fold(store: Store, clock: Clock, step: Step) -> Done | None:
    reason = step.reason or "it was let pass"
    with store.write() as connection:
        if not editions.skip(connection, step.edition_id, reason, folded=True):
            return None
        delivery_ends.drop_skipped(connection, step.edition_id, at=clock())
    return Done(line=f"{step.edition_id} skipped: {reason}; its posts stand in the next one")


def _cancel(store: Store, clock: Clock, step: Step) -> Done | None:
    with store.write() as connection:
        if not editions.move(
            connection, step.edition_id, leaving=WAITING, to=EditionState.CANCELLED, reason=step.reason
        ):
            return None
        cancelling.drop_first(connection, step.edition_id, at=clock())
    cancelling.drop(store, clock, step.edition_id)
    return Done(line=f"{step.edition_id} is cancelled: {step.reason}; its posts stand in the next one")


def _leave(store: Store, clock: Clock, step: Step) -> Done | None:
    if step.edition is None:
        return None
    with store.write() as connection:
        if step.has_left:
            held = {EditionState.HELD}
            editions.move(connection, step.edition_id, leaving=held, to=EditionState.PREPARING)
        left = let_go(connection, step.edition, clock())
    return Done(line=f"{step.edition_id} may leave") if left else None


def _hold(
    store: Store,
    settings: EditionSettings,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
    reason: str,
) -> Done | None:
    """Holds an edition that nobody has held; who edits is told, since it goes no further by itself."""
    held = replace(edition, state=EditionState.HELD, reason=reason)
    with store.write() as connection:
        leaving = (EditionState.DRAFT,)
        if not (
            editions.add(connection, held)
            or editions.move(connection, edition.id, leaving=leaving, to=EditionState.HELD, reason=reason)
        ):
            return None
    if settings.tell_editors is not None:
        settings.tell_editors(store, renderer, held, cadence)
    return Done(line=f"{edition.id} is held: {reason}", held=True)


def _draft(
    store: Store,
    clock: Clock,
    settings: EditionSettings,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
) -> Done | None:
    """Begins a draft, or releases one whose poll has come; who edits is told when it reads otherwise."""
    begun = False
    with store.read() as connection:
        known = editions.find(connection, edition.id)
    if known is None or known.state is EditionState.CANCELLED:
        with store.write() as connection:
            if not (begun := editions.add(connection, edition)):
                return None
    elif known.state is EditionState.HELD:
        with store.write() as connection:
            begun = editions.wait_no_more(connection, edition.id, edition.brings_until)
        edition = replace(edition, state=EditionState.DRAFT, reason=None)
    if (skipped := _skip_empty(store, clock, renderer, edition, cadence)) is not None:
        return skipped
    if settings.tell_editors is not None:
        settings.tell_editors(store, renderer, edition, cadence)
    return Done(line=f"{edition.id} is drafted") if begun else None


def _skip_empty(
    store: Store, clock: Clock, renderer: Renderer, edition: Edition, cadence: Cadence | None
) -> Done | None:
    """Skips a draft that has closed with nothing for anybody: there is nothing that an editor could let go.

    One that an editor has changed waits for them, for they may take that back.
    """
    now = clock()
    if cadence is None or edition.brings_until > now or edition.editing != Editing():
        return None
    with store.read() as connection:
        made = offer(connection, renderer, edition, cadence, now, until=edition.brings_until)
    if made.own or (empty := empty_for_all(store, renderer, made.terms)) is None:
        return None
    with store.write() as connection:
        reason = why_no_posts(connection, renderer.digest, edition)
        editions.note_counts(connection, edition.id, EditionCounts(empty=empty))
        if not editions.skip(connection, edition.id, reason):
            return None
    return Done(line=f"{edition.id} skipped: {reason}")


def _freeze(
    store: Store,
    clock: Clock,
    settings: EditionSettings,
    renderer: Renderer,
    edition: Edition,
    wanted: Planned,
) -> Done | None:
    now = clock()
    if not _put_aside(store, edition):
        return None
    with store.read() as connection:
        made = offer(connection, renderer, edition, wanted.cadence, now, until=edition.brings_until)
        jumped = _jump(connection, wanted.digest, edition, wanted.cadence, len(made.own))
    if wanted.step.has_left:
        return _frozen(store, settings, renderer, made, now)
    if jumped is not None:
        return _hold(store, settings, renderer, edition, wanted.cadence, jumped)
    if (again := drafted_again(store, renderer, edition, wanted.cadence, now)) is not None:
        if settings.tell_editors is not None:
            settings.tell_editors(
                store, renderer, replace(edition, state=again.state, reason=again.reason), wanted.cadence
            )
        return Done(line=f"{edition.id} is drafted again: {CHANGED}")
    return _frozen(store, settings, renderer, made, now)


def _frozen(store: Store, settings: EditionSettings, renderer: Renderer, made: Offer, now: datetime) -> Done:
    # So that a look which dies while it renders is seen.
    store.begin_work()
    frozen = freeze(store, renderer, made.terms, made.own, name_copy=settings.name_copy, now=now)
    return Done(line=frozen.line(), frozen=frozen)


def _put_aside(store: Store, edition: Edition) -> bool:
    """Lets a cancelled edition give up its id first: what it brought to some counts as got, under its own.

    Whoever dies behind it leaves a draft, which the next look makes. False where *edition* itself is cancelled by now.
    """
    with store.read() as connection:
        known = editions.find(connection, edition.id)
    if known is None or known.state is not EditionState.CANCELLED:
        return True
    with store.write() as connection:
        return editions.add(connection, edition)


def _jump(
    connection: sa.Connection, digest: Digest, edition: Edition, cadence: Cadence | None, posts: int
) -> str | None:
    """Why an edition holds by itself: far more readers or posts than the last one had."""
    before = editions.counted_before(connection, edition)
    if not digest.hold_over or before is None or edition.state is not EditionState.DRAFT or cadence is None:
        return None
    return jump(digest, before, readers=subscribers.count_readers(connection, digest, cadence), posts=posts)


# -- at once ----------------------------------------------------------------------------------------


def do_at_once(
    store: Store, clock: Clock, settings: EditionSettings, digest: Digest, *, before: datetime | None = None
) -> Iterator[Done]:
    """Makes the mails at once that are due, each an edition; what is for nobody leaves none.

    With *before*, those alone whose turn came before that instant.
    """
    cadence, now, zone = digest.cadence(CadenceKind.AT_ONCE), clock(), settings.zone
    with store.read() as connection:
        reached = reached_at_once(connection, digest)
        waiting = left_over(editions.waiting(connection, digest.key), now)
        found = candidates_of(connection, digest, until=now + timedelta(microseconds=1))
    if reached is None:
        _keep_reached(store, digest, first_reach(now, cadence, zone))
        return
    renderer = settings.renderer(digest)
    for step in waiting:
        yield from _mend(store, clock, step)
    for due in turns(found, reached, digest, cadence, zone, now):
        if before is not None and turn_of(due) >= before:
            return
        done = _make_at_once(store, settings, renderer, cadence, due, reached, found, now)
        reached = replace(reached, morning=due) if isinstance(due, datetime) else reached.past(due)
        _keep_reached(store, digest, reached)
        if done is not None:
            yield done


def _mend(store: Store, clock: Clock, step: Step) -> Iterator[Done]:
    """What a dead process left: a frozen one goes; one half written is forgotten, for its turn is still to come."""
    if step.kind is StepKind.LEAVE and (done := _leave(store, clock, step)):
        yield done
    elif step.kind is StepKind.FREEZE:
        discard(store, step.edition_id)
        with store.write() as connection:
            editions.forget_dead(connection, step.edition_id)


def _make_at_once(
    store: Store,
    settings: EditionSettings,
    renderer: Renderer,
    cadence: Cadence,
    due: Candidate | datetime,
    reached: Reached,
    found: tuple[Candidate, ...],
    now: datetime,
) -> Done | None:
    digest, zone = renderer.digest, settings.zone
    with store.read() as connection:
        midnight = midnight_before(now, zone)
        today = editions.named_of_day(connection, f"{digest.key}/{CadenceKind.AT_ONCE}-{now.astimezone(zone).date()}-")
        step = step_of(due, reached, digest, zone, now, {each.id for each in today})
        if editions.closing_at(connection, digest.key, CadenceKind.AT_ONCE, step.period.ends) is not None:
            # It was made, and its maker died before that was noted.
            return None
        edition = _new_at_once(digest, step, now)
        posts = tuple(each for each in found if each.settled_at < due) if isinstance(due, datetime) else (due,)
        limited = () if isinstance(due, datetime) else _limiting(today, cadence, zone, midnight)
        made = offer(connection, renderer, edition, cadence, now, until=now, found=posts, counted=limited)
    frozen = freeze(store, renderer, made.terms, made.own, name_copy=settings.name_copy, now=now)
    if frozen.skipped is not None:
        with store.write() as connection:
            editions.forget_empty(connection, edition.id)
        return None
    return Done(line=frozen.line(), frozen=frozen)


def _new_at_once(digest: Digest, step: Step, now: datetime) -> Edition:
    return Edition(
        id=step.edition_id,
        digest=digest.key,
        period=step.period,
        state=EditionState.DRAFT,
        reason=None,
        prepared_at=now,
        cadence=CadenceKind.AT_ONCE,
    )


def _limiting(today: Iterable[Edition], cadence: Cadence, zone: tzinfo, midnight: datetime) -> tuple[str, ...]:
    return tuple(each.id for each in today if each.prepared_at >= midnight and not is_mornings(each, cadence, zone))


def _keep_reached(store: Store, digest: Digest, reached: Reached) -> None:
    told = {
        "settled_at": reached.settled_at.isoformat(),
        "post_ids": list(reached.post_ids),
        "morning": reached.morning.isoformat() if reached.morning else None,
    }
    with store.write() as connection:
        facts.put(connection, f"{REACHED}:{digest.key}", json.dumps(told))
