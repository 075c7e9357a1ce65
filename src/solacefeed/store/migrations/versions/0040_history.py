"""Sums of editions that are over, and how many readers there were, day by day: nothing large is counted twice."""

import sqlalchemy as sa
from alembic import op

from solacefeed.store.schema import Instant

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "edition_sums",
        sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
        sa.Column("copies", sa.JSON, nullable=False),
        sa.Column("counted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", name="pk_edition_sums"),
    )
    op.create_table(
        "reader_counts",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("readers", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "digest", "state", name="pk_reader_counts"),
    )
