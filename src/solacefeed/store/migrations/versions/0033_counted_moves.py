"""Changes of address are counted apart from who asked: an erasure took the counts along, and began them anew."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "counted_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asker_key", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_moves")),
    )
    op.create_index(op.f("ix_counted_moves_asker_key_at"), "counted_moves", ["asker_key", "at"])
    op.create_index(op.f("ix_counted_moves_address_key_at"), "counted_moves", ["address_key", "at"])
