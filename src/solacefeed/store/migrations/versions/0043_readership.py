"""Who follows what is published, counted by day and document; no address, and nothing that one can be read from."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "document_readers",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("readers", sa.Integer, nullable=False),
        sa.Column("sketch", sa.LargeBinary),
        sa.PrimaryKeyConstraint("day", "path", name="pk_document_readers"),
    )
    is_open = sa.text("sketch IS NOT NULL")
    op.create_index(
        "ix_document_readers_open", "document_readers", ["day"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "document_subscribers",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("aggregator", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("subscribers", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "path", "aggregator", "feed", name="pk_document_subscribers"),
    )
    op.create_table(
        "reader_salts",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_reader_salts"),
    )
