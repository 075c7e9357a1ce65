"""When a category was first seen, so that a new one can be offered; and the pauses that end, found at every look.

Of those that are there already it is not known, and they are offered to nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_ENDING = sa.text("paused_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("categories", sa.Column("first_seen", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        op.f("ix_subscriptions_paused_until"),
        "subscriptions",
        ["paused_until"],
        unique=False,
        sqlite_where=_ENDING,
        postgresql_where=_ENDING,
    )
