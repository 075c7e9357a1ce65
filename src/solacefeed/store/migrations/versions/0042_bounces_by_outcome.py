"""Bounces are found by what became of them: those of no mail of ours are many where somebody sends them."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_index("ix_bounces_outcome", "bounces", ["outcome"])
