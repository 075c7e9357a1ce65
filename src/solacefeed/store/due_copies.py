"""Which copies are due, as far as their own state says."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.store import mail_states
from solacefeed.store.schema import deliveries


def due(at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Those that may be taken up."""
    return mail_states.due(deliveries, at)


def may_go_yet(at: datetime | sa.ColumnElement[datetime], *, too_late: bool) -> sa.ColumnElement[bool]:
    """Whether a copy's time is not over: its own, and else that of its edition, which may be *too_late*."""
    until = deliveries.c.until
    return until > at if too_late else until.is_(None) | (until > at)


def is_over(at: datetime | sa.ColumnElement[datetime], *, of_edition: bool) -> sa.ColumnElement[bool]:
    """Whether the time is over in which a copy may go: its own, and else that *of_edition*."""
    until = deliveries.c.until
    return until.is_(None) | (until <= at) if of_edition else until <= at
