"""Which variants told of which event, as rows: no reader is told of one more often than ``promote_times`` says."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    made = op.create_table(
        "promotions",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_promotions_edition_id_editions")),
        sa.PrimaryKeyConstraint("event_id", "edition_id", "selection", "revision", name=op.f("pk_promotions")),
    )
    rows = _already_told(op.get_bind())
    if rows:
        op.bulk_insert(made, rows)


def _already_told(connection: sa.Connection) -> list[dict[str, object]]:
    variants = sa.table(
        "variants",
        sa.column("edition_id", sa.Text),
        sa.column("selection", sa.Text),
        sa.column("revision", sa.Integer),
        sa.column("event_ids", sa.JSON),
    )
    return [
        {"event_id": event_id, "edition_id": row.edition_id, "selection": row.selection, "revision": row.revision}
        for row in connection.execute(sa.select(variants))
        for event_id in sorted(set(row.event_ids))
    ]
