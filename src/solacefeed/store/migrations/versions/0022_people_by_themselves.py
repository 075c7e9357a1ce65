"""What people ask and allow by themselves: sign-ups, consents, suppressions, fingerprints, complaints, new addresses.

Of subscriptions that stand from before nobody noted a consent: each has one now that says so, for the word of whoever
entered it is all that there is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscriptions", sa.Column("consent_id", sa.BigInteger(), nullable=True))
    _keep_consents()
    _keep_what_is_asked()
    _keep_who_is_left_alone()
    _note_consents_of_before()


def _keep_consents() -> None:
    op.create_table(
        "wordings",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_wordings")),
    )
    op.create_table(
        "consents",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("wording_hash", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id_subscribers")
        ),
        sa.ForeignKeyConstraint(["wording_hash"], ["wordings.hash"], name=op.f("fk_consents_wording_hash_wordings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        op.f("ix_consents_subscriber_id_digest_id"), "consents", ["subscriber_id", "digest", "id"], unique=False
    )


def _keep_what_is_asked() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("wishes", sa.JSON(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("wording_hash", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["wording_hash"], ["wordings.hash"], name=op.f("fk_sign_ups_wording_hash_wordings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_index(op.f("ix_sign_ups_state_id"), "sign_ups", ["state", "id"], unique=False)
    op.create_index(op.f("ix_sign_ups_address_key_at"), "sign_ups", ["address_key", "at"], unique=False)
    op.create_table(
        "address_moves",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_address_moves_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_moves")),
    )
    op.create_index(op.f("ix_address_moves_subscriber_id"), "address_moves", ["subscriber_id"], unique=False)
    op.create_table(
        "reader_complaints",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("due", _INSTANT, nullable=False),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_reader_complaints_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_complaints")),
    )


def _keep_who_is_left_alone() -> None:
    op.create_table(
        "suppressions",
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("canonical", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "fingerprints",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_fingerprints")),
    )


def _note_consents_of_before() -> None:
    """The ids go by the order in which they are written: each subscription finds its own by its reader and digest."""
    op.execute(
        "INSERT INTO consents (subscriber_id, digest, basis, at, how, claimed, recorded_at) "
        "SELECT subscriber_id, digest, 'consent', changed_at, 'before', true, changed_at FROM subscriptions"
    )
    op.execute(
        "UPDATE subscriptions SET consent_id = (SELECT max(consents.id) FROM consents "
        "WHERE consents.subscriber_id = subscriptions.subscriber_id AND consents.digest = subscriptions.digest)"
    )
