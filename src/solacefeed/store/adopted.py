"""What a store that was adopted keeps of that, until nothing of it is in doubt any more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What is known of the span between a copy of a store and its adoption."""

    #: When the copy last looked for mail; ``None`` where it never did.
    since: datetime | None
    #: When it was adopted: what closed later is not in doubt.
    until: datetime
    #: Whether the log has all that was taken since.
    is_complete: bool
    #: Editions of which the log has copies since, and which the copy did not have, or not yet on their way.
    left: tuple[str, ...] = ()
    #: Editions that were seen to.
    done: tuple[str, ...] = ()


def read(connection: sa.Connection) -> Adoption | None:
    said = facts.read(connection, facts.ADOPTION)
    return _adoption(json.loads(said)) if said else None


def put(connection: sa.Connection, adoption: Adoption | None) -> None:
    facts.put(connection, facts.ADOPTION, json.dumps(asdict(adoption), default=_instant) if adoption else "")


def left_before(connection: sa.Connection) -> frozenset[str]:
    """The editions that had left before the store was brought back, and are still to be made anew and seen to."""
    adoption = read(connection)
    return frozenset(adoption.left).difference(adoption.done) if adoption else frozenset()


def _instant(value: datetime) -> str:
    return value.isoformat()


def _adoption(said: Mapping[str, object]) -> Adoption:
    since = said["since"]
    return Adoption(
        since=datetime.fromisoformat(str(since)) if since else None,
        until=datetime.fromisoformat(str(said["until"])),
        is_complete=bool(said["is_complete"]),
        left=_names(said.get("left")),
        done=_names(said["done"]),
    )


def _names(said: object) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, list) else ()
