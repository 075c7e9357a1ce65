"""Whose a letter, a sign-up and a complaint is, found by an index: who is erased would wait for a look through all."""

from alembic import op

revision = "0030"
down_revision = "0029"

_TABLES = ("outbox", "sign_ups", "reader_complaints")


def upgrade() -> None:
    for table in _TABLES:
        op.create_index(op.f(f"ix_{table}_subscriber_id"), table, ["subscriber_id"])
