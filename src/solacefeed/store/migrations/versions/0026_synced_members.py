"""Whom a membership database has brought, and which addresses people had before."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "sync_members",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_sync_members_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("source", "member", name=op.f("pk_sync_members")),
    )
    op.create_index(op.f("ix_sync_members_subscriber_id"), "sync_members", ["subscriber_id"], unique=False)
    op.create_table(
        "address_changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("canonical_before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_address_changes_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
    )
    op.create_index(op.f("ix_address_changes_subscriber_id"), "address_changes", ["subscriber_id"], unique=False)
    op.create_index(op.f("ix_address_changes_canonical_before"), "address_changes", ["canonical_before"], unique=False)
