"""By which generation of links a sign-up was confirmed, and which pauses are there for who reads by feed.

A pause that the reason alone told of is one from now on by its column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("sign_ups", sa.Column("generation", sa.Integer(), nullable=True))
    op.add_column(
        "subscriptions", sa.Column("paused_for_feed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    table = sa.table(
        "subscriptions",
        sa.column("paused_for_feed", sa.Boolean()),
        sa.column("state", sa.Text()),
        sa.column("reason", sa.Text()),
    )
    by_feed = (table.c.state == "paused") & (table.c.reason == "they read by feed")
    op.execute(table.update().where(by_feed).values(paused_for_feed=True))
