"""Copies outlive their readers, whose numbers are given to nobody else; who is to be erased, and which mails were read.

SQLite gives the number of a row that went to the next that comes, unless the table is made to remember: an old mail's
link would end a stranger's subscription. To say so of a table, and to take a foreign key from one, SQLite knows no
statement but to write it anew, which of some fifty million copies takes longer than a site may stand still: its words
are edited in place instead, as sqlite.org/lang_altertable.html (section 7) allows where no row changes.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_INSTANT = sa.DateTime(timezone=True)
_OF_READERS = "fk_deliveries_subscriber_id_subscribers"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _let_numbers_be_used_once()
        _edit("deliveries", rf",\s*CONSTRAINT {_OF_READERS} FOREIGN KEY\(\w+\) REFERENCES subscribers \(id\)", "")
    else:
        op.drop_constraint(_OF_READERS, "deliveries", type_="foreignkey")
    op.create_table(
        "erasures",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_erasures_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "read_mails",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_read_mails")),
    )


def _let_numbers_be_used_once() -> None:
    # SQLite's own table of numbers comes with the first table that wants one.
    op.execute("CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    op.execute("DROP TABLE numbered")
    _edit("subscribers", r"PRIMARY KEY \(id\)", "PRIMARY KEY (id AUTOINCREMENT)")
    op.execute("INSERT INTO sqlite_sequence (name, seq) SELECT 'subscribers', coalesce(max(id), 0) FROM subscribers")


def _edit(table: str, pattern: str, instead: str) -> None:
    """Edits how SQLite has written down *table*; raises ``AssertionError`` where it is not as we made it."""
    connection = op.get_bind()
    named = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name")
    words, found = re.subn(pattern, instead, connection.execute(named, {"name": table}).scalar_one())
    assert found == 1, f"the store's table {table} is not as any release made it"
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    statement = sa.text("UPDATE sqlite_schema SET sql = :words WHERE type = 'table' AND name = :name")
    connection.execute(statement, {"words": words, "name": table})
    # Whoever has read the table's words before reads them again.
    op.execute(f"PRAGMA schema_version = {int(version) + 1}")
    op.execute("PRAGMA writable_schema = RESET")
