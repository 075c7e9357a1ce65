"""Cadences, pauses and since when each choice counts; what an editor made of editions, and posts as they were frozen.

A post may stand in several editions of a digest now: which reader has got it, their copies tell. Of subscriptions to a
digest that has had editions every choice counts from the end of the last one, for what that and those before it covered
was for whoever had chosen it then. Who has a copy yet to come is not to lose its posts should it come to nothing.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_UNSETTLED = ("pending", "claimed", "handing")
_STANDING = sa.text("state <> 'cancelled'")


def upgrade() -> None:
    _widen_subscriptions()
    _widen_editions()
    _let_posts_stand_in_several_editions()
    for name in ("corrections", "offers"):
        op.add_column("variants", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("variants", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("variant", sa.Text(), nullable=True))
    op.create_table(
        "edition_choices",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_choices_edition_id_editions")),
        sa.PrimaryKeyConstraint("edition_id", "selection", "language", name=op.f("pk_edition_choices")),
    )
    op.create_table(
        "correction_decisions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_correction_decisions")),
    )
    _count_choices_from_the_last_edition()


def _widen_subscriptions() -> None:
    for table in ("subscriptions", "subscription_changes"):
        for name in ("cadence", "language"):
            op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
        op.add_column(table, sa.Column("since", sa.JSON(), nullable=True))
        for name in ("paused_until", "away_until"):
            op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def _widen_editions() -> None:
    op.add_column("editions", sa.Column("cadence", sa.Text(), nullable=True))
    op.add_column("editions", sa.Column("folded", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("editing", "counts"):
        op.add_column("editions", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("editions", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE editions SET cadence = 'weekly'")
    # What was called approved had its copies written, and could go.
    op.execute("UPDATE editions SET state = 'delivering' WHERE state = 'approved'")
    op.drop_index("ix_editions_digest_ends", "editions")
    op.create_index(
        op.f("ix_editions_digest_cadence_ends"),
        "editions",
        ["digest", "cadence", "ends"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )


def _let_posts_stand_in_several_editions() -> None:
    # SQLite can't change a primary key: the table is made anew, on both engines alike.
    op.execute("CREATE TABLE edition_posts_before AS SELECT digest, post_id, edition_id FROM edition_posts")
    op.drop_table("edition_posts")
    op.create_table(
        "edition_posts",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("words", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_posts_edition_id_editions")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_edition_posts_post_id_posts")),
        sa.PrimaryKeyConstraint("edition_id", "post_id", name=op.f("pk_edition_posts")),
    )
    op.create_index(op.f("ix_edition_posts_digest_post_id"), "edition_posts", ["digest", "post_id"], unique=False)
    op.execute(
        "INSERT INTO edition_posts (edition_id, post_id, digest) "
        "SELECT edition_id, post_id, digest FROM edition_posts_before"
    )
    op.execute("DROP TABLE edition_posts_before")


def _count_choices_from_the_last_edition() -> None:
    connection = op.get_bind()
    ends = sa.column("ends", sa.DateTime(timezone=True))
    editions = sa.table(
        "editions",
        sa.column("id", sa.Text),
        sa.column("digest", sa.Text),
        sa.column("starts", sa.DateTime(timezone=True)),
        ends,
        sa.column("state", sa.Text),
    )
    subscriptions = sa.table(
        "subscriptions",
        sa.column("subscriber_id", sa.Integer),
        sa.column("digest", sa.Text),
        sa.column("since", sa.JSON),
    )
    last = sa.select(editions.c.digest, sa.func.max(ends)).where(editions.c.state != "cancelled")
    for digest, instant in connection.execute(last.group_by(editions.c.digest)).all():
        of_digest = subscriptions.update().where(subscriptions.c.digest == digest)
        connection.execute(of_digest.values(since={"*": _iso(instant)}))
    _count_those_of_copies_to_come(connection)


def _count_those_of_copies_to_come(connection: sa.Connection) -> None:
    """From the start of the oldest edition of which the reader's copy is not settled."""
    starts = sa.column("starts", sa.DateTime(timezone=True))
    editions = sa.table("editions", sa.column("id", sa.Text), sa.column("digest", sa.Text), starts)
    copies = sa.table("deliveries", *(sa.column(name) for name in ("edition_id", "subscriber_id", "state")))
    subscriptions = sa.table(
        "subscriptions", sa.column("digest", sa.Text), sa.column("subscriber_id"), sa.column("since", sa.JSON)
    )
    to_come = copies.c.state.in_(_UNSETTLED)
    of_some = sa.select(editions).where(editions.c.id.in_(sa.select(copies.c.edition_id).where(to_come)))
    for edition in connection.execute(of_some.order_by(starts.desc())).all():
        theirs = sa.select(copies.c.subscriber_id).where(copies.c.edition_id == edition.id, to_come)
        waiting = subscriptions.update().where(
            subscriptions.c.digest == edition.digest, subscriptions.c.subscriber_id.in_(theirs)
        )
        connection.execute(waiting.values(since={"*": _iso(edition.starts)}))


def _iso(instant: datetime) -> str:
    utc = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return utc.isoformat()
