"""Letters by when they were put here and by address, mails by what became of them: each look asked row by row."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_created_at"), "outbox", ["created_at"])
    op.create_index(op.f("ix_outbox_email"), "outbox", ["email"])
    op.create_index(op.f("ix_read_mails_outcome_at"), "read_mails", ["outcome", "at"])
