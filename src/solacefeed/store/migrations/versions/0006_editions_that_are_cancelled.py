"""Editions that are cancelled: they leave their period and their id to the next one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STANDING = sa.text("state <> 'cancelled'")


def upgrade() -> None:
    op.add_column("editions", sa.Column("issue", sa.Integer(), nullable=False, server_default="1"))
    op.drop_index("ix_editions_digest_ends", "editions")
    op.create_index(
        "ix_editions_digest_ends",
        "editions",
        ["digest", "ends"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
