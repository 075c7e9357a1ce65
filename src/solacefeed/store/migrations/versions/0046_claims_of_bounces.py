"""By which claim a mail was in hand of which a bounce is written down: one that goes again may come back again.

Of what is on record nobody knows it: it is taken to be of the newest claim, so that none counts a second time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("bounces", sa.Column("claim", sa.Integer(), nullable=True))
    bounces = sa.table("bounces", *map(sa.column, ("claim", "delivery_id", "letter_id")))
    for name, which in (("deliveries", bounces.c.delivery_id), ("outbox", bounces.c.letter_id)):
        mails = sa.table(name, *map(sa.column, ("id", "claims")))
        newest = sa.select(mails.c.claims).where(mails.c.id == which).scalar_subquery()
        op.execute(bounces.update().where(which.is_not(None)).values(claim=newest))
