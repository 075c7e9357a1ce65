"""When a sign-up was answered by a letter, by which letters are counted, and whose it became."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_KEPT = sa.text("email IS NOT NULL")
_WITH_NETWORK = sa.text("network IS NOT NULL")


def upgrade() -> None:
    op.add_column("sign_ups", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_ups", sa.Column("subscriber_id", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_sign_ups_at"), "sign_ups", ["at"], unique=False, sqlite_where=_KEPT, postgresql_where=_KEPT
    )
    op.create_index(
        op.f("ix_consents_recorded_at"),
        "consents",
        ["recorded_at"],
        unique=False,
        sqlite_where=_WITH_NETWORK,
        postgresql_where=_WITH_NETWORK,
    )
    op.create_index(op.f("ix_address_moves_canonical"), "address_moves", ["canonical"], unique=False)
