"""Canaries of editions, refusals for policy, how many mails of an edition came back, and former Message-IDs."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("edition_id", sa.Text(), sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("went_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "canary_copies",
        sa.Column(
            "delivery_id", sa.BigInteger(), sa.ForeignKey("deliveries.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("edition_id", sa.Text(), sa.ForeignKey("editions.id"), nullable=False),
    )
    op.create_index("ix_canary_copies_edition_id", "canary_copies", ["edition_id"])
    op.create_table(
        "policy_refusals",
        sa.Column(
            "delivery_id", sa.BigInteger(), sa.ForeignKey("deliveries.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("edition_id", sa.Text(), sa.ForeignKey("editions.id"), nullable=False),
        sa.Column("in_row", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_policy_refusals_edition_id", "policy_refusals", ["edition_id"])
    op.create_table(
        "bounce_counts",
        sa.Column("edition_id", sa.Text(), sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("believed", sa.Boolean(), nullable=True),
    )
    op.add_column("copy_acts", sa.Column("message_id", sa.Text(), nullable=True))
