"""What a post begins with, so that a blog's own box before its texts is known; posts kept before say nothing of it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("posts", sa.Column("beginning", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("beginning_taken", sa.Boolean(), nullable=False, server_default=sa.false()))
