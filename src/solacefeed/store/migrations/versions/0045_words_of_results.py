"""What a deed's result says in words, beside its counts: who asks for one of them need not take the line apart."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    for table in ("records", "heartbeats"):
        op.add_column(table, sa.Column("said", sa.JSON(), nullable=False, server_default="{}"))
