"""Editions as rows have them, and what an editor has said as a row keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import Editing, Edition, EditionCounts, EditionState, Period
from solacefeed.store.known_names import as_known


def edition_of(row: sa.Row[Any]) -> Edition:
    return Edition(
        id=row.id,
        digest=row.digest,
        period=Period(starts=row.starts, ends=row.ends),
        state=as_known(EditionState, row.state),
        reason=row.reason,
        prepared_at=row.prepared_at,
        issue=row.issue,
        cadence=None if row.cadence is None else as_known(CadenceKind, row.cadence),
        folded=row.folded,
        editing=_editing(row.editing),
        until=row.until,
        counts=EditionCounts(**row.counts) if row.counts else None,
        sender_id=row.sender_id,
    )


def _editing(row: Mapping[str, Any] | None) -> Editing:
    if row is None:
        return Editing()
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Editing(**said)


def editing_row(editing: Editing) -> dict[str, Any] | None:
    """Only what an editor has said."""
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(editing).items()}
    return {name: value for name, value in said.items() if value} or None
