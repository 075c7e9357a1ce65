"""To whom an answer to a letter goes, where that is not who answers all: who complains is answered by an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("reply_to", sa.Text(), nullable=True))
