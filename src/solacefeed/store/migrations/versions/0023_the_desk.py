"""Editors come to an edition's page by links, and what they do there is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "desk_links",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("browser", sa.Text(), nullable=True),
        sa.Column("claimed_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_desk_links_edition_id_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_links")),
    )
    op.create_index(op.f("ix_desk_links_edition_id_editor"), "desk_links", ["edition_id", "editor"])
    op.create_table(
        "desk_acts",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("undone_at", instant, nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_desk_acts_edition_id_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_acts")),
    )
    op.create_index(op.f("ix_desk_acts_edition_id_id"), "desk_acts", ["edition_id", "id"])
    op.create_table(
        "desk_asks",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_asks")),
    )
