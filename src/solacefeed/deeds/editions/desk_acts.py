"""What editors and the operator do of an edition before it leaves: each act is written down with what it changed.

An act and its row are one transaction: what was done is known, and what is known was done. ``undoing`` takes one back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from solacefeed.deeds.editions.correcting import decide_within, say_within
from solacefeed.deeds.editions.decisions import (
    HELD,
    Decided,
    FindDigest,
    approve_within,
    edit_within,
    find_edition,
    hold_within,
    release_within,
)
from solacefeed.deeds.editions.notice import begin_notice_within
from solacefeed.deeds.events.decisions import Note
from solacefeed.digest.approved_drafts import ApprovedDraft, told
from solacefeed.models.desk import OPERATOR, ActKind, NewAct
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Editing, Edition, EditionState
from solacefeed.models.sightings import Decision, KnownEvent
from solacefeed.ports import Clock
from solacefeed.store import desk, events
from solacefeed.store.database import Store

T = TypeVar("T")

#: What an act is that changed one thing alone of what an edition says.
_OF_ONE: Mapping[str, ActKind] = {
    "opening": ActKind.OPENING,
    "subject": ActKind.SUBJECT,
    "notices": ActKind.NOTICES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Generic[T]):
    """What was done of an edition, and by which act."""

    outcome: T
    #: Its number; ``None`` where nothing was changed, which leaves no act.
    act: int | None


def approve(
    store: Store, clock: Clock, edition_id: str, *, by: str = OPERATOR, seen: ApprovedDraft | None
) -> Noted[Decided]:
    """Says that an edition may leave when it closes; *seen* is what stands in its draft, ``None`` where it is frozen.

    Raises ``UsageError`` for one that is leaving.
    """
    return _decide(
        store, clock, edition_id, ActKind.APPROVED, by, lambda c: approve_within(c, edition_id, clock()), seen
    )


def hold(store: Store, clock: Clock, edition_id: str, *, reason: str = HELD, by: str = OPERATOR) -> Noted[Decided]:
    """Keeps an edition back until it is released; raises ``UsageError`` for one that has begun to leave."""
    return _decide(store, clock, edition_id, ActKind.HELD, by, lambda c: hold_within(c, edition_id, reason))


def release(
    store: Store,
    clock: Clock,
    edition_id: str,
    find_digest: FindDigest,
    *,
    by: str = OPERATOR,
    seen: ApprovedDraft | None,
) -> Noted[Decided]:
    """Lets an edition leave that is held; raises ``UsageError`` for one that is not. *seen* is as for ``approve``."""
    return _decide(
        store,
        clock,
        edition_id,
        ActKind.RELEASED,
        by,
        lambda c: release_within(c, edition_id, find_digest, clock()),
        seen,
    )


def _decide(
    store: Store,
    clock: Clock,
    edition_id: str,
    kind: ActKind,
    by: str,
    decision: Callable[[sa.Connection], Decided],
    seen: ApprovedDraft | None = None,
) -> Noted[Decided]:
    with store.write() as connection:
        before = find_edition(connection, edition_id)
        decided = decision(connection)
        after = find_edition(connection, edition_id)
        # Released before its closing it is a draft, of which nobody has approved anything.
        act = NewAct(
            edition_id=edition_id,
            editor=by,
            kind=kind,
            before=standing(before),
            after=standing(after) | (told(seen) if seen and after.state is EditionState.APPROVED else {}),
        )
        number = desk.note(connection, act, at=clock())
    return Noted(outcome=decided, act=number)


def standing(edition: Edition) -> dict[str, Any]:
    """How an edition stands, as an act tells it."""
    return {"state": edition.state.value, "reason": edition.reason}


# -- what it says -----------------------------------------------------------------------------------


def edit(
    store: Store,
    clock: Clock,
    edition_id: str,
    change: Callable[[Editing], Editing],
    *,
    by: str = OPERATOR,
    kind: ActKind | None = None,
    about: str | None = None,
    title: str | None = None,
) -> Noted[Editing]:
    """Keeps what an editor makes of an edition, whole; raises ``UsageError`` for one that is frozen.

    What changes nothing leaves no act. Without a *kind* the act is what it changed.
    """
    number = None
    with store.write() as connection:
        before = find_edition(connection, edition_id).editing
        after = edit_within(connection, edition_id, change)
        if after != before:
            was, is_now = _what_differs(before, after)
            act = NewAct(
                edition_id=edition_id,
                editor=by,
                kind=kind or _kind_of(was),
                about=about,
                title=title,
                before=was,
                after=is_now,
            )
            number = desk.note(connection, act, at=clock())
    return Noted(outcome=after, act=number)


def _kind_of(names: Collection[str]) -> ActKind:
    return _OF_ONE.get(" ".join(names), ActKind.EDITED)


def _what_differs(before: Editing, after: Editing) -> tuple[dict[str, Any], dict[str, Any]]:
    was, is_now = asdict(before), asdict(after)
    names = [name for name in was if was[name] != is_now[name]]
    return {name: _told(was[name]) for name in names}, {name: _told(is_now[name]) for name in names}


def _told(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def drop(store: Store, clock: Clock, edition_id: str, post_id: str, title: str, *, by: str) -> Noted[Editing]:
    """Leaves a post out, of this edition and of later ones of its digest."""

    def without(editing: Editing) -> Editing:
        return replace(
            editing,
            dropped=(*(each for each in editing.dropped if each != post_id), post_id),
            kept=tuple(each for each in editing.kept if each != post_id),
        )

    return edit(store, clock, edition_id, without, by=by, kind=ActKind.DROPPED, about=post_id, title=title)


def keep(store: Store, clock: Clock, edition_id: str, post_id: str, title: str, *, by: str) -> Noted[Editing]:
    """Takes a post in again that this edition, or one before it, has dropped."""

    def with_it(editing: Editing) -> Editing:
        return replace(
            editing,
            dropped=tuple(each for each in editing.dropped if each != post_id),
            kept=(*(each for each in editing.kept if each != post_id), post_id),
        )

    return edit(store, clock, edition_id, with_it, by=by, kind=ActKind.KEPT, about=post_id, title=title)


# -- beside it --------------------------------------------------------------------------------------


def begin_notice(
    store: Store,
    clock: Clock,
    edition_id: str,
    digest: Digest,
    zone: tzinfo,
    *,
    words: str,
    slugs: Sequence[str] | None,
    by: str,
) -> Noted[Edition]:
    """Begins a notice from the page of an edition: one of its own, whose first act it is. Raises as ``notice`` does."""
    with store.write() as connection:
        now = clock()
        begun = begin_notice_within(connection, digest, zone, words=words, slugs=slugs, now=now)
        act = NewAct(
            edition_id=begun.id,
            editor=by,
            kind=ActKind.BEGUN,
            title=begun.editing.subject,
            before={"from": edition_id},
            after=standing(begun),
        )
        number = desk.note(connection, act, at=now)
    return Noted(outcome=begun, act=number)


def decide_correction(
    store: Store, clock: Clock, edition_id: str, key: str, *, told: bool, since: datetime, by: str
) -> int:
    """Lets readers be told of a correction, or not; returns the act's number.

    Raises ``UsageError`` where there is none such any more.
    """
    with store.write() as connection:
        now = clock()
        before = decide_within(connection, key, told=told, since=since, at=now)
        act = NewAct(
            edition_id=edition_id,
            editor=by,
            kind=ActKind.TOLD if told else ActKind.UNTOLD,
            about=before.correction.key,
            title=before.title,
            before={"told": before.told},
            after={"told": told},
        )
        return desk.note(connection, act, at=now)


def say_correction(
    store: Store, clock: Clock, edition_id: str, post_id: str, words: str, title: str, *, since: datetime, by: str
) -> int:
    """Lets those who got a post be told these words of it; returns the act's number.

    Raises ``UsageError`` as ``correcting.say``.
    """
    with store.write() as connection:
        now = clock()
        key = say_within(connection, post_id, words, since=since, at=now)
        act = NewAct(
            edition_id=edition_id,
            editor=by,
            kind=ActKind.SAID,
            about=key,
            title=title,
            before={"told": False},
            after={"told": True, "words": words},
        )
        return desk.note(connection, act, at=now)


def noting(edition_id: str, kind: ActKind, event: KnownEvent, *, by: str) -> Note:
    """What writes a decision on an event down as an act."""

    def note(connection: sa.Connection, before: Decision | None, after: Decision) -> int:
        act = NewAct(
            edition_id=edition_id,
            editor=by,
            kind=kind,
            about=event.id,
            title=event.name,
            before=events.decision_told(before),
            after=events.decision_told(after),
        )
        return desk.note(connection, act, at=after.decided_at)

    return note


def note_test(store: Store, clock: Clock, edition_id: str, letter: int, *, by: str) -> int:
    """Writes down that an editor tried an edition on themselves; returns the act's number."""
    act = NewAct(
        edition_id=edition_id, editor=by, kind=ActKind.TESTED, about=str(letter), before={}, after={"letter": letter}
    )
    with store.write() as connection:
        return desk.note(connection, act, at=clock())
