"""Addresses beyond ASCII compare as they do now: by letters that no other letter is folded to, and by IDNA's spelling.

Where two subscribers turn out to have one address, it is that of the one which was spelt so; the other stays as it was.
"""

import sqlalchemy as sa
from alembic import op

from solacefeed.email_addresses import canonical

revision = "0024"
down_revision = "0023"

_subscribers = sa.table("subscribers", sa.column("id"), sa.column("email"), sa.column("canonical"))


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(_subscribers).order_by(_subscribers.c.id)).all()
    # Of plain addresses both releases think alike.
    other = [row for row in rows if not row.email.isascii() and canonical(row.email) != row.canonical]
    taken = {row.canonical for row in rows}
    for row in other:
        wanted = canonical(row.email)
        if wanted not in taken:
            taken.add(wanted)
            connection.execute(_subscribers.update().where(_subscribers.c.id == row.id).values(canonical=wanted))
