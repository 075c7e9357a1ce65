"""The copies that have a time of their own are found by an index: few of all that there are."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    own = sa.text("until IS NOT NULL")
    columns = ["edition_id", "until"]
    op.create_index("ix_deliveries_until", "deliveries", columns, sqlite_where=own, postgresql_where=own)
