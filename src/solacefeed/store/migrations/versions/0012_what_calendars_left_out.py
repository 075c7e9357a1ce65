"""How many events a calendar told of, and each thing of it that was left out."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("calendars", sa.Column("events", sa.Integer(), nullable=True))
    op.add_column("calendars", sa.Column("left_out", sa.JSON(none_as_null=True), nullable=True))
