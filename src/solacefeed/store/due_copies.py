"""Which copies are due, as far as their own state says."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.schema import deliveries


def due(at: datetime) -> sa.ColumnElement[bool]:
    """Those that may be taken up."""
    return never_put_off() | put_off(at)


def never_put_off() -> sa.ColumnElement[bool]:
    return (deliveries.c.state == DeliveryState.PENDING) & deliveries.c.next_try_at.is_(None)


def put_off(at: datetime) -> sa.ColumnElement[bool]:
    """Those whose time has come again: deferred ones, and those in doubt that are offered once more."""
    offered = deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN))
    return offered & (deliveries.c.next_try_at <= at)
