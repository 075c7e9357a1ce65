"""Why a blog or a calendar wants rest: the status of its refusal."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("sources", "calendars"):
        op.add_column(table, sa.Column("rests_for", sa.Integer(), nullable=True))
