"""By which claim, by whom and until when mail is in hand.

What is in hand was so before there were leases: its lease has run out. Copies that are to be claimed are found by
indexes of their own, whatever has become of all others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    for name in ("deliveries", "outbox"):
        op.add_column(name, sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(name, sa.Column("worker", sa.Text(), nullable=True))
        op.add_column(name, sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
        table = sa.table(
            name,
            sa.column("state", sa.Text()),
            sa.column("worker", sa.Text()),
            sa.column("lease_until", sa.DateTime(timezone=True)),
            sa.column("changed_at", sa.DateTime(timezone=True)),
        )
        in_hand = table.c.state.in_(("claimed", "handing"))
        op.execute(table.update().where(in_hand).values(worker="", lease_until=table.c.changed_at))
        held = sa.text("lease_until IS NOT NULL")
        op.create_index(f"ix_{name}_in_hand", name, ["lease_until"], sqlite_where=held, postgresql_where=held)
    for name, columns, condition in (
        ("never_put_off", ["edition_id", "id"], "state = 'pending' AND next_try_at IS NULL"),
        ("put_off", ["edition_id", "next_try_at"], "next_try_at IS NOT NULL"),
        ("in_doubt", ["edition_id"], "doubts > 0"),
    ):
        which = sa.text(condition)
        op.create_index(f"ix_deliveries_{name}", "deliveries", columns, sqlite_where=which, postgresql_where=which)
