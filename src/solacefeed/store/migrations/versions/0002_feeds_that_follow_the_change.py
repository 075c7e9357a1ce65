"""Feeds that follow the change: what publishing has to take up, where documents stand, and why a post was revised."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("newest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feeds")),
    )
    op.create_table(
        "unpublished",
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_unpublished_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_unpublished")),
    )
    op.create_table(
        "post_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("revised", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_changes_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_changes")),
    )
    op.create_index(op.f("ix_post_changes_post_id_id"), "post_changes", ["post_id", "id"])
    op.create_table(
        "pings",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_pings")),
    )
    # Only columns that SQLite can add in place: to make a table anew would let go of what refers to it.
    op.add_column("documents", sa.Column("feed", sa.Text(), nullable=False, server_default=""))
    op.add_column("documents", sa.Column("month", sa.Text(), nullable=False, server_default=""))
    op.add_column("documents", sa.Column("entries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("trouble", sa.Text(), nullable=True))
    op.create_index(op.f("ix_documents_feed_month"), "documents", ["feed", "month"])
    op.add_column("posts", sa.Column("tombstone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "posts",
        sa.Column("revised", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00"),
    )
    # What moved ``updated`` up to now was any change of the blog's date: nobody sees anything again at the upgrade.
    op.execute("UPDATE posts SET revised = modified")
