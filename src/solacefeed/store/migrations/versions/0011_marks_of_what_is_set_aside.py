"""What the blog showed of a post that is set aside, so that it is fetched again when that has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("mark", sa.JSON(), nullable=True))
