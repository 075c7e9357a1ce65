"""Who entered, chose and ended each subscription, and why; and the digests that the store has served.

Of subscriptions that an older release has written nobody knows by whom. Its digests' names are their keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("named_by", sa.Text(), nullable=True))
    for name in ("entered_by", "chosen_by", "changed_by", "reason"):
        op.add_column("subscriptions", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(op.f("ix_subscriptions_digest_entered_by"), "subscriptions", ["digest", "entered_by"], unique=False)
    op.create_table(
        "subscription_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category_ids", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_subscription_changes_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_changes")),
    )
    op.create_index(
        op.f("ix_subscription_changes_subscriber_id_digest_id"),
        "subscription_changes",
        ["subscriber_id", "digest", "id"],
        unique=False,
    )
    op.create_table(
        "digests",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_digests")),
    )
    op.execute(
        "INSERT INTO digests (key, name) "
        "SELECT digest, digest FROM editions UNION SELECT digest, digest FROM subscriptions"
    )
