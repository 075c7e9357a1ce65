"""Bounces are found by what became of them: those of no mail of ours are many where somebody sends them."""

from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_index("ix_bounces_outcome", "bounces", ["outcome"])
