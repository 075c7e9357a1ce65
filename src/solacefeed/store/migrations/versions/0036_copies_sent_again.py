"""Copies that are sent again have a time of their own, and what the operator does of copies is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("got_before", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("got_revision", sa.Integer(), nullable=True))
    op.create_table(
        "copy_acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("delivery_id", sa.BigInteger(), sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("was_since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_copy_acts_delivery_id", "copy_acts", ["delivery_id"])
