"""What an editor says of a post that was mailed stands beside what was decided of corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("correction_decisions", sa.Column("post_id", sa.Text(), nullable=True))
    op.add_column("correction_decisions", sa.Column("words", sa.Text(), nullable=True))
