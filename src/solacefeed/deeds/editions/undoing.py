"""Takes back what was done of an edition, until it is frozen; what it changed is put back, and nothing else.

The law: what somebody has done since stays. An act whose outcome was changed again can't be taken back before that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.editions.decisions import cancel_within, edit_within, find_edition
from solacefeed.errors import UsageError
from solacefeed.models.desk import ActKind, DeskAct
from solacefeed.models.editions import WAITING, Editing, Edition, EditionState
from solacefeed.ports import Clock
from solacefeed.store import correction_decisions, desk, editions, events, outbox
from solacefeed.store.database import Store

#: Why a test is taken back.
TAKEN_BACK = "whoever asked for it took it back"

#: Lists of which an act puts in or takes out some, whatever else was done to them.
_SETS = ("dropped", "kept")


class ChangedSince(UsageError):
    """What an act has changed was changed again."""


class EditionFrozen(UsageError):
    """Its edition is frozen, or was given up."""


class LeftAlready(UsageError):
    """The test that was to be taken back is in a mailbox by now, or may be."""


def can_be_undone(edition: Edition) -> bool:
    """Whether what was done of *edition* can be taken back: until it is frozen."""
    return edition.state in WAITING and edition.state is not EditionState.PREPARING and edition.counts is None


def undo(store: Store, clock: Clock, edition_id: str, number: int, *, by: str) -> DeskAct:
    """Takes an act back; returns it.

    Raises ``ChangedSince``, ``EditionFrozen``, ``LeftAlready``, or another ``UsageError`` where there is none such, or
    it was undone.
    """
    of_mail = SharedClock(store, clock)
    with store.write() as connection:
        act = desk.find_act(connection, edition_id, number)
        if act is None or act.undone_at is not None:
            raise UsageError(f"there is nothing to undo of {edition_id} by that number")
        if not can_be_undone(find_edition(connection, edition_id)):
            raise EditionFrozen(f"{edition_id} is frozen, or was given up: what was done of it stays")
        _WAYS[act.kind](connection, act, of_mail)
        desk.undo(connection, act.id, by=by, at=clock())
    return act


def _state(connection: sa.Connection, act: DeskAct, _clock: Clock) -> None:
    was, is_now = act.before, act.after
    edition = find_edition(connection, act.edition_id)
    if (edition.state.value, edition.reason) != (is_now["state"], is_now["reason"]):
        raise _changed(act)
    editions.move(
        connection, act.edition_id, leaving=(edition.state,), to=EditionState(was["state"]), reason=was["reason"]
    )


def _editing(connection: sa.Connection, act: DeskAct, _clock: Clock) -> None:
    edit_within(connection, act.edition_id, lambda editing: _put_back(editing, act))


def _put_back(editing: Editing, act: DeskAct) -> Editing:
    back = {name: _value_before(getattr(editing, name), name, act) for name in act.before}
    return replace(editing, **back)


def _value_before(value: Any, name: str, act: DeskAct) -> Any:
    was, is_now = _value(act.before[name]), _value(act.after[name])
    if name in _SETS:
        stays = [each for each in value if each in was or each not in is_now]
        return (*stays, *(each for each in was if each not in is_now and each not in stays))
    if value != is_now:
        raise _changed(act)
    return was


def _value(told: Any) -> Any:
    return tuple(told) if isinstance(told, list) else told


def _notice(connection: sa.Connection, act: DeskAct, clock: Clock) -> None:
    cancel_within(connection, act.edition_id, at=clock())


def _correction(connection: sa.Connection, act: DeskAct, clock: Clock) -> None:
    key = act.about or ""
    if correction_decisions.decisions(connection).get(key) != act.after["told"]:
        raise _changed(act)
    if act.before["told"] is None:
        correction_decisions.forget(connection, key)
    else:
        correction_decisions.decide(connection, key, told=act.before["told"], at=clock())


def _event(connection: sa.Connection, act: DeskAct, _clock: Clock) -> None:
    event_id = act.about or ""
    if events.decisions(connection).get(event_id) != events.decision_of(act.after):
        raise _changed(act)
    before = events.decision_of(act.before)
    if before is None:
        events.undecide(connection, event_id)
    else:
        events.decide(connection, event_id, before)


def _test(connection: sa.Connection, act: DeskAct, clock: Clock) -> None:
    if not outbox.take_one_back(connection, act.after["letter"], why=TAKEN_BACK, at=clock()):
        raise LeftAlready("the test has left, and can't be taken back")


def _changed(act: DeskAct) -> ChangedSince:
    return ChangedSince(f"what was {act.kind} of {act.edition_id} was changed since: undo that first")


_WAYS: Mapping[ActKind, Callable[[sa.Connection, DeskAct, Clock], None]] = {
    **dict.fromkeys((ActKind.APPROVED, ActKind.HELD, ActKind.RELEASED), _state),
    **dict.fromkeys(
        (
            ActKind.EDITED,
            ActKind.DROPPED,
            ActKind.KEPT,
            ActKind.ORDERED,
            ActKind.LED,
            ActKind.OPENING,
            ActKind.SUBJECT,
            ActKind.NOTICES,
        ),
        _editing,
    ),
    ActKind.BEGUN: _notice,
    **dict.fromkeys((ActKind.TOLD, ActKind.UNTOLD, ActKind.SAID), _correction),
    **dict.fromkeys((ActKind.CONFIRMED, ActKind.DISMISSED, ActKind.MENDED), _event),
    ActKind.TESTED: _test,
}
