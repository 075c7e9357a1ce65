"""How fast mail left, and may leave, is kept for all workers; copies say of which group of domains they are."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_NEVER_PUT_OFF = sa.text("state = 'pending' AND next_try_at IS NULL")
_PUT_OFF = sa.text("next_try_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slowed_to", sa.Float(), nullable=True),
        sa.Column("slowed_from", sa.Float(), nullable=True),
        sa.Column("strain", sa.Integer(), nullable=False),
        sa.Column("relief", sa.Integer(), nullable=False),
    )
    for name, unit in (("paced_minutes", "minute"), ("paced_days", "day")):
        op.create_table(
            name,
            sa.Column("scope", sa.Text(), primary_key=True),
            sa.Column(unit, sa.Integer(), primary_key=True),
            sa.Column("mails", sa.Integer(), nullable=False),
        )
    op.add_column("deliveries", sa.Column("lane", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_deliveries_never_put_off", "deliveries")
    op.drop_index("ix_deliveries_put_off", "deliveries")
    op.create_index(
        "ix_deliveries_never_put_off",
        "deliveries",
        ["edition_id", "lane", "id"],
        sqlite_where=_NEVER_PUT_OFF,
        postgresql_where=_NEVER_PUT_OFF,
    )
    op.create_index(
        "ix_deliveries_put_off",
        "deliveries",
        ["edition_id", "lane", "next_try_at"],
        sqlite_where=_PUT_OFF,
        postgresql_where=_PUT_OFF,
    )
