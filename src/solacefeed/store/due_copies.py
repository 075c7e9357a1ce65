"""Which copies are due, as far as their own state says."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.store import mail_states
from solacefeed.store.schema import deliveries


def due(at: datetime) -> sa.ColumnElement[bool]:
    """Those that may be taken up."""
    return mail_states.due(deliveries, at)
