"""What mail says of who sends it is kept with an edition, and with each mail once it was taken up."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("made_of", sa.Text(), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.UniqueConstraint("made_of", name=op.f("uq_senders_made_of")),
    )
    # No foreign keys: what is kept of a sender is never taken away, and a copy that is written would look for it.
    for table in ("editions", "deliveries", "outbox"):
        op.add_column(table, sa.Column("sender_id", sa.Integer(), nullable=True))
