"""Until when events can be booked, and how pages of editions last showed each."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("events", sa.Column("book_by", sa.Text(), nullable=True))
    op.add_column("events", sa.Column("booking_over", sa.Boolean(), nullable=True))
    op.add_column("events", sa.Column("shown_as", sa.Text(), nullable=True))
    # So that the next refresh, which writes both, does not take itself for done.
    op.execute("DELETE FROM facts WHERE name = 'events_refreshed'")
