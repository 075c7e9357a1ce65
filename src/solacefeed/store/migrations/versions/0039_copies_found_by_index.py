"""The copies that have a time of their own, or came before, are found by an index: few of all that there are."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    own, before = sa.text("until IS NOT NULL"), sa.text("got_before > 0")
    columns = ["edition_id", "until"]
    op.create_index("ix_deliveries_until", "deliveries", columns, sqlite_where=own, postgresql_where=own)
    columns = ["edition_id"]
    op.create_index("ix_deliveries_got_before", "deliveries", columns, sqlite_where=before, postgresql_where=before)
