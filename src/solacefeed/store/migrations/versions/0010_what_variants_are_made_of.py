"""What a variant was rendered from, as one mark; and a number that moves with posts, categories and events."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("variants", sa.Column("made_of", sa.Text(), nullable=True))
    made = op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.bulk_insert(made, [{"name": "content", "number": 0}])
