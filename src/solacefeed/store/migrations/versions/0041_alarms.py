"""Alarms: what operators are told of troubles, and what was found of what the site stands on."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "alarms",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ends_by", sa.Text(), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("gone_since", instant, nullable=True),
        sa.Column("told_at", instant, nullable=True),
        sa.Column("told_cause", sa.Text(), nullable=True),
        sa.Column("told_size", sa.Integer(), nullable=True),
    )
    op.create_table(
        "alarm_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ends_by", sa.Text(), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", instant, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
    )
    op.create_index("ix_alarm_messages_at", "alarm_messages", ["at"])
    op.create_index("ix_alarm_messages_post", "alarm_messages", ["post"])
    op.create_table(
        "site_checks",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("looked_at", instant, nullable=False),
        sa.Column("troubles", sa.JSON(), nullable=False),
    )
