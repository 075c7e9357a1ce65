"""What is asked of copies in many statements: which variant one has, and whether its reader has got it."""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.schema import deliveries

#: Of copies that came to nothing.
NEITHER = (DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)


def key_of_variant() -> sa.ColumnElement[str]:
    """Of a copy: what its variant is called; in what a release before wrote, by its selection."""
    return sa.func.coalesce(deliveries.c.variant, deliveries.c.selection)


def counts() -> sa.ColumnElement[bool]:
    """Of a copy: whether its reader has got it or is promised it; what was refused in the end may have come before."""
    return deliveries.c.state.not_in(NEITHER) | came_before()


def came_before() -> sa.ColumnElement[bool]:
    """Of a copy: whether it came when it was offered or sent before, or may have come."""
    return (deliveries.c.doubts > 0) | (deliveries.c.got_before > 0)
