"""The tables, all in one view; ``migrations/`` builds them, and a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


#: SQLite's own row number; wide enough elsewhere for a copy to a million readers every week.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Where an index has which rows it is of; PostgreSQL is told when there is a table to make there.
_PARTLY: Final = "partly"
#: Of mail that a worker has in hand.
_HELD = sa.text("lease_until IS NOT NULL")
#: Of days whose readers are counted still.
_OPEN_DAY = sa.text("sketch IS NOT NULL")
#: Of copies that were never put off; of those that were, that may have arrived, or that have a time of their own, which
#: are few of all that there are.
_NEVER_PUT_OFF = sa.text("state = 'pending' AND next_try_at IS NULL")
_PUT_OFF, _IN_DOUBT = sa.text("next_try_at IS NOT NULL"), sa.text("doubts > 0")
_OWN_TIME, _BEFORE = sa.text("until IS NOT NULL"), sa.text("got_before > 0")


def _partly(which: sa.TextClause) -> dict[str, Any]:
    """Of an index that has the rows of *which* alone, on both databases."""
    return {"sqlite_where": which, "info": {_PARTLY: which}}


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite, which knows no zone, holds it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a datetime without a zone can't be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    #: What is counted (``store.counters``).
    sa.Column("name", sa.Text, primary_key=True),
    #: Grows with each transaction that wrote to it.
    sa.Column("number", sa.BigInteger, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    #: The source's own notes: where its API is, its watermark.
    sa.Column("memory", sa.JSON, nullable=False),
    #: Whether a first crawl was once completed.
    sa.Column("complete", sa.Boolean, nullable=False),
    #: The blog asked not to be asked before; with which status.
    sa.Column("not_before", Instant),
    sa.Column("rests_for", sa.Integer),
    sa.Column("title", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("home", sa.Text),
    sa.Column("time_zone", sa.Text),
)

categories = sa.Table(
    "categories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Text),
    #: The blog's; null while only sources without numbers have shown it.
    sa.Column("number", sa.Text, unique=True),
    #: False once the blog no longer lists it.
    sa.Column("listed", sa.Boolean, nullable=False),
    #: When we first met it; null where the first crawl did, or an older release.
    sa.Column("first_seen", Instant),
)

tags = sa.Table(
    "tags",
    metadata,
    #: The blog's number; made of the slug where only sources without numbers have shown it.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Index(None, "slug"),
)

former_slugs = sa.Table(
    "former_slugs",
    metadata,
    #: A slug that the category had before: its feed's old address lives on.
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("category_id", sa.Text, primary_key=True),
)

documents = sa.Table(
    "documents",
    metadata,
    #: Below the feeds' folder, with ``/``: what we published, so that only our own files are ever removed.
    sa.Column("path", sa.Text, primary_key=True),
    #: Empty while a file was announced and is not written yet.
    sa.Column("sha256", sa.Text, nullable=False),
    #: When its bytes last changed; the file's own time.
    sa.Column("published_at", Instant, nullable=False),
    #: The key of its feed; empty for what is of no one feed.
    sa.Column("feed", sa.Text, nullable=False, server_default=""),
    #: In an archive, ``2012-05``; empty elsewhere.
    sa.Column("month", sa.Text, nullable=False, server_default=""),
    sa.Column("entries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("size", sa.Integer, nullable=False, server_default="0"),
    #: Why its newest version was not let through; the last good one stands there.
    sa.Column("trouble", sa.Text),
    sa.Index(None, "feed", "month"),
)

gone_documents = sa.Table(
    "gone_documents",
    metadata,
    #: As in ``documents``: what stood there once, and nothing does now.
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("gone_at", Instant, nullable=False),
)

feeds = sa.Table(
    "feeds",
    metadata,
    #: What was published last of each feed: the index is made of this, whichever feeds have changed.
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("posts", sa.Integer, nullable=False),
    sa.Column("newest", Instant),
    sa.Column("updated", Instant),
    #: [{"title": ..., "url": ...}]
    sa.Column("latest", sa.JSON, nullable=False),
    #: When there was nothing left to stand in it.
    sa.Column("retired_at", Instant),
    #: It has said so long enough.
    sa.Column("ended", sa.Boolean, nullable=False),
)

unpublished = sa.Table(
    "unpublished",
    metadata,
    #: A post that changed since it was last published: what the next publish has to take up.
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), primary_key=True),
    #: Grows with each change, so that one that comes meanwhile is not taken for done.
    sa.Column("number", sa.Integer, nullable=False),
    #: [{"published": ..., "categories": [...], "author": ...}]: where it stood before.
    sa.Column("places", sa.JSON, nullable=False),
)

pings = sa.Table(
    "pings",
    metadata,
    #: A document's address that the hub is still to be told of (WebSub).
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant, nullable=False),
    sa.Column("trouble", sa.Text),
)

authors = sa.Table(
    "authors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guid", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("excerpt", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    #: {"url": ..., "alt": ..., "width": ..., "height": ...}
    sa.Column("lead_image", sa.JSON(none_as_null=True)),
    #: [{"url": ..., "type": ..., "length": ..., "seconds": ...}]: what its source attaches to it.
    sa.Column("enclosures", sa.JSON(none_as_null=True)),
    #: The same of what plays in its text.
    sa.Column("text_enclosures", sa.JSON(none_as_null=True)),
    #: The picture that the blog shows above it, likewise.
    sa.Column("featured", sa.JSON(none_as_null=True)),
    sa.Column("comments_url", sa.Text),
    sa.Column("comments", sa.Integer),
    sa.Column("language", sa.Text),
    sa.Column("author_id", sa.Text),
    #: Where a source names its writer without a number.
    sa.Column("author_name", sa.Text),
    sa.Column("byline_name", sa.Text),
    sa.Column("byline_role", sa.Text),
    sa.Column("first_published", sa.Text),
    #: [{"text": ..., "links": [...]}]
    sa.Column("blurbs", sa.JSON, nullable=False),
    #: {"text": ..., "links": [...]}: the lines of its own text that may announce an event.
    sa.Column("announcement", sa.JSON(none_as_null=True)),
    #: The last paragraph, where it is a blurb if it recurs.
    sa.Column("ending", sa.Text),
    #: The first paragraph or small box, which is the blog's own where most posts begin so; whether it was taken out.
    sa.Column("beginning", sa.Text),
    sa.Column("beginning_taken", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("published", Instant, nullable=False),
    sa.Column("modified", Instant, nullable=False),
    #: The blog's date of the last change of what a reader reads: title, text or address.
    sa.Column("revised", Instant, nullable=False, server_default="1970-01-01 00:00:00"),
    sa.Column("seen", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    #: Of the source that knew it best (``models.blog.Grade``).
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("gone_at", Instant),
    sa.Column("evidence", sa.Text),
    #: Feeds still say that it is gone (RFC 6721).
    sa.Column("tombstone", sa.Boolean, nullable=False, server_default=sa.false()),
    #: Title and content as the source gave them, as zlib-compressed JSON.
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Index(None, "published", "id"),
    sa.Index(None, "seen"),
)

post_changes = sa.Table(
    "post_changes",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), nullable=False),
    sa.Column("noticed_at", Instant, nullable=False),
    #: The blog's date of the change.
    sa.Column("modified", Instant, nullable=False),
    #: What changed: ["title", "text", ...]
    sa.Column("what", sa.JSON, nullable=False),
    #: Whether it moved ``revised``.
    sa.Column("revised", sa.Boolean, nullable=False),
    sa.Index(None, "post_id", "id"),
)

post_keys = sa.Table(
    "post_keys",
    metadata,
    #: What a post is known by: ``number``, ``guid`` or ``address``; ``shared guid`` and ``shared address`` say of one
    #: that several have had it (see ``posts.identity``).
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), nullable=False),
    sa.Index(None, "post_id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    #: The blog's number of a post that can't be read or kept, or its guid or address; else a kind, and a name.
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    #: When it was last tried.
    sa.Column("found_at", Instant, nullable=False),
    #: What the blog showed of the post: while it shows that, there is nothing new to try.
    sa.Column("mark", sa.JSON(none_as_null=True), nullable=True),
)

removals = sa.Table(
    "removals",
    metadata,
    #: A post that the blog seems to have removed together with too many others to be believed.
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), primary_key=True),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    #: True once the operator has said that the post stays.
    sa.Column("refused", sa.Boolean, nullable=False),
)

post_categories = sa.Table(
    "post_categories",
    metadata,
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), primary_key=True),
    # No foreign key: a post may name a category that the blog does not list.
    sa.Column("category_id", sa.Text, primary_key=True),
    sa.Index(None, "category_id"),
)

post_tags = sa.Table(
    "post_tags",
    metadata,
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), primary_key=True),
    sa.Column("tag_id", sa.Text, sa.ForeignKey("tags.id"), primary_key=True),
    sa.Index(None, "tag_id"),
)

subscribers = sa.Table(
    "subscribers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("canonical", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text),
    #: Whose word the name is (``models.people.Actor``); null of old ones.
    sa.Column("named_by", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    #: Of their links: those of an earlier one are void.
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    # A number is given once: else an old mail's link would be somebody else's.
    sqlite_autoincrement=True,
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    #: The chosen category ids; null for everything.
    sa.Column("category_ids", sa.JSON(none_as_null=True)),
    sa.Column("changed_at", Instant, nullable=False),
    #: ``models.people.Actor`` each: by whom it began, whose choice it holds, who changed it last.
    #: Null of old ones: not known.
    sa.Column("entered_by", sa.Text),
    sa.Column("chosen_by", sa.Text),
    sa.Column("changed_by", sa.Text),
    #: Why it was changed last, in words.
    sa.Column("reason", sa.Text),
    #: ``models.digests.CadenceKind``; null for the digest's first.
    sa.Column("cadence", sa.Text),
    sa.Column("language", sa.Text),
    #: {"3": "2026-11-23T07:00:00+00:00", "*": ...}: from when each chosen category counts (``models.people``).
    sa.Column("since", sa.JSON(none_as_null=True)),
    sa.Column("paused_until", Instant),
    #: Of a pause: whether it is there since its reader reads by feed.
    sa.Column("paused_for_feed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("away_until", Instant),
    #: The consent by which it stands, of ``consents``; without one nothing is mailed.
    sa.Column("consent_id", sa.BigInteger),
    sa.Index(None, "digest", "state", "subscriber_id"),
    sa.Index(None, "digest", "entered_by"),
    # Of few: which pauses end is asked at every look.
    sa.Index(None, "paused_until", **_partly(sa.text("paused_until IS NOT NULL"))),
)

subscription_changes = sa.Table(
    "subscription_changes",
    metadata,
    # Rows are only ever added: who wished what when can be shown later.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    #: As it was from then on.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("category_ids", sa.JSON(none_as_null=True)),
    sa.Column("reason", sa.Text),
    sa.Column("cadence", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("since", sa.JSON(none_as_null=True)),
    sa.Column("paused_until", Instant),
    sa.Column("away_until", Instant),
    sa.Index(None, "subscriber_id", "digest", "id"),
)

wordings = sa.Table(
    "wordings",
    metadata,
    #: What people read beside the button by which they agreed; sha256 of the text, in hex.
    sa.Column("hash", sa.Text, primary_key=True),
    #: What the text is called where it comes from.
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("first_used_at", Instant, nullable=False),
)

consents = sa.Table(
    "consents",
    metadata,
    # Rows are only ever added: the newest of a subscription is the one by which it stands.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    #: ``models.people.Basis``
    sa.Column("basis", sa.Text, nullable=False),
    #: When it was given, and when we wrote it down.
    sa.Column("at", Instant, nullable=False),
    #: ``models.people.How``
    sa.Column("how", sa.Text, nullable=False),
    #: Of which page, file or list.
    sa.Column("source", sa.Text),
    #: What shows it.
    sa.Column("evidence", sa.Text),
    #: Nothing shows it but somebody's word.
    sa.Column("claimed", sa.Boolean, nullable=False),
    sa.Column("wording_hash", sa.Text, sa.ForeignKey("wordings.hash")),
    #: From which network, for a short time.
    sa.Column("network", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index(None, "subscriber_id", "digest", "id"),
    # Of few: which are to go is asked at every look.
    sa.Index(None, "recorded_at", **_partly(sa.text("network IS NOT NULL"))),
)

sign_ups = sa.Table(
    "sign_ups",
    metadata,
    # What somebody has asked on a form, whoever they are: it is answered by mail to the address alone.
    sa.Column("id", Serial, primary_key=True),
    #: ``models.sign_ups.SignUpKind``
    sa.Column("kind", sa.Text, nullable=False),
    #: A keyed hash of the address, by which mails are counted after the address itself is gone.
    sa.Column("address_key", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("name", sa.Text),
    #: [{"digest": ..., "category_ids": [...] or null, "cadence": ... or null}]
    sa.Column("wishes", sa.JSON(none_as_null=True)),
    sa.Column("language", sa.Text),
    sa.Column("wording_hash", sa.Text, sa.ForeignKey("wordings.hash")),
    sa.Column("network", sa.Text),
    #: Where the form stood.
    sa.Column("page", sa.Text),
    #: Of its confirmation's link.
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: ``models.sign_ups.SignUpState``, and why it was dropped.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("changed_at", Instant, nullable=False),
    #: When a letter answered it; null where none did.
    sa.Column("answered_at", Instant),
    #: Whose it became when it was confirmed. No foreign key: who was erased leaves the number to nobody.
    sa.Column("subscriber_id", sa.BigInteger),
    #: Of that one's links when it was confirmed: it shows none of a later one.
    sa.Column("generation", sa.Integer),
    sa.Index(None, "state", "id"),
    sa.Index(None, "address_key", "at"),
    sa.Index(None, "subscriber_id"),
    # Of those whose address is kept still.
    sa.Index(None, "at", **_partly(sa.text("email IS NOT NULL"))),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    #: An address that is never mailed, as ``email_addresses.canonical`` has it.
    sa.Column("canonical", sa.Text, primary_key=True),
    #: ``models.people.SuppressionReason``, and in words.
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("words", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    #: A keyed hash of an address that was erased.
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

erasures = sa.Table(
    "erasures",
    metadata,
    #: Somebody who is to be erased, by whose word and since when: no mail goes to them any more.
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), primary_key=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

read_mails = sa.Table(
    "read_mails",
    metadata,
    #: A hash of a mail that was read from a mailbox: none is read twice.
    sa.Column("mark", sa.Text, primary_key=True),
    #: ``models.mailbox.MailOutcome``
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "outcome", "at"),
)

bounces = sa.Table(
    "bounces",
    metadata,
    # Mails that came back, complaints, and refusals of the relay that count as such.
    sa.Column("id", Serial, primary_key=True),
    #: By which it is known again: of a mail a hash, of a refusal its copy or letter.
    sa.Column("mark", sa.Text, nullable=False, unique=True),
    #: ``models.bounces.BounceSource`` and ``models.bounces.BounceKind``
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    #: Of which mail of ours it is; both null where it names none. No foreign keys: letters are kept for a time.
    sa.Column("delivery_id", sa.BigInteger),
    sa.Column("letter_id", sa.BigInteger),
    #: The newest by which that mail was in hand when this came; null where it names none, or an older release lost it.
    sa.Column("claim", sa.Integer),
    sa.Column("subscriber_id", sa.BigInteger),
    #: Where that mail went, as ``email_addresses.canonical`` has it.
    sa.Column("canonical", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    #: ``models.bounces.BounceOutcome``
    sa.Column("outcome", sa.Text, nullable=False),
    #: A suppression that was taken away since has used it up: it counts no more.
    sa.Column("spent", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "delivery_id"),
    sa.Index(None, "canonical"),
    sa.Index(None, "subscriber_id"),
    sa.Index(None, "at"),
    sa.Index(None, "outcome"),
)

address_moves = sa.Table(
    "address_moves",
    metadata,
    # Asked by a reader, and done when the new address has confirmed it.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("canonical", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("confirmed_at", Instant),
    sa.Index(None, "subscriber_id"),
    sa.Index(None, "canonical"),
)

counted_moves = sa.Table(
    "counted_moves",
    metadata,
    # What bounds those: a row each, whatever the address was, which no erasure takes away before its time.
    sa.Column("id", Serial, primary_key=True),
    #: Keyed hashes of the address that asked, and of the one that was asked for.
    sa.Column("asker_key", sa.Text, nullable=False),
    sa.Column("address_key", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: A letter went there that nobody has confirmed.
    sa.Column("mailed", sa.Boolean, nullable=False),
    sa.Index(None, "asker_key", "at"),
    sa.Index(None, "address_key", "at"),
)

sync_members = sa.Table(
    "sync_members",
    metadata,
    # A person as a source of ``sync`` knows them, by its own number of them.
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
    #: The canonical address that it told last and that was acted on: another one is a change there.
    sa.Column("told", sa.Text, nullable=False),
    #: The keys of the digests that it holds them to.
    sa.Column("digests", sa.JSON, nullable=False),
    #: False of one whom it lists no more.
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index(None, "subscriber_id"),
)

address_changes = sa.Table(
    "address_changes",
    metadata,
    # Rows are only ever added: which addresses somebody had, and by whose word they have another.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: ``models.people.Actor``
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("canonical_before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Index(None, "subscriber_id"),
    sa.Index(None, "canonical_before"),
)

reader_complaints = sa.Table(
    "reader_complaints",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id")),
    sa.Column("digest", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: By when it has to be answered.
    sa.Column("due", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Index(None, "subscriber_id"),
)

digests = sa.Table(
    "digests",
    metadata,
    #: Its first name, which never changes: the digest of all other tables.
    sa.Column("key", sa.Text, primary_key=True),
    #: What the config called it last, and what its readers know it by; the title is null of old ones.
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    #: When the operator gave it up.
    sa.Column("ended_at", Instant),
)

senders = sa.Table(
    "senders",
    metadata,
    # What mail says of who sends it, once for all that says the same.
    sa.Column("id", Serial, primary_key=True),
    #: A stable hash of it.
    sa.Column("made_of", sa.Text, nullable=False, unique=True),
    #: ``models.senders.MailSender``, but for what it has not.
    sa.Column("says", sa.JSON, nullable=False),
)

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("starts", Instant, nullable=False),
    sa.Column("ends", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("prepared_at", Instant, nullable=False),
    #: How many editions have had this id, with this one.
    sa.Column("issue", sa.Integer, nullable=False, server_default="1"),
    #: ``models.digests.CadenceKind``; null for a notice.
    sa.Column("cadence", sa.Text),
    #: Skipped, and what it would have covered stands in the next one's window.
    sa.Column("folded", sa.Boolean, nullable=False, server_default=sa.false()),
    #: {"opening": ..., "notices": [...], "dropped": [...], "order": [...]}: what an editor made of it.
    sa.Column("editing", sa.JSON(none_as_null=True)),
    #: Until when posts may have settled to stand in it, where that is not its closing: it waited for a poll.
    sa.Column("until", Instant),
    #: {"readers": ..., "variants": ..., "empty": ...}: when it was frozen.
    sa.Column("counts", sa.JSON(none_as_null=True)),
    #: Of ``senders``, for those of its copies that are not in doubt; null until copies are taken up, and once more when
    #: it goes on by the operator's word.
    sa.Column("sender_id", sa.Integer),
    # One edition a period; those that were cancelled are none.
    sa.Index(
        None,
        "digest",
        "cadence",
        "ends",
        unique=True,
        **_partly(sa.text("state <> 'cancelled'")),
    ),
)

edition_posts = sa.Table(
    "edition_posts",
    metadata,
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("post_id", sa.Text, sa.ForeignKey("posts.id"), primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    #: Its time fell into the window of an earlier one: some reader gets it only now, and the page leaves it out.
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
    #: The post as it read when the edition was frozen (``store.frozen_posts``); null of old ones.
    sa.Column("words", sa.JSON(none_as_null=True)),
    sa.Index(None, "digest", "post_id"),
)

variants = sa.Table(
    "variants",
    metadata,
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("selection", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    #: [{"post_id": ..., "because": [...]}]
    sa.Column("picks", sa.JSON, nullable=False),
    sa.Column("event_ids", sa.JSON, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    #: A stable hash of all that it was rendered from; null in what a release before wrote.
    sa.Column("made_of", sa.Text),
    #: [{"key": ..., "post_id": ..., "old_title": ..., "new_title": ..., "url": ...}]
    sa.Column("corrections", sa.JSON(none_as_null=True)),
    #: Ids of categories that are new.
    sa.Column("offers", sa.JSON(none_as_null=True)),
    sa.Column("language", sa.Text),
)

edition_choices = sa.Table(
    "edition_choices",
    metadata,
    #: What a reader with this choice is told that they asked for, as it was said when the edition was frozen.
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("selection", sa.Text, primary_key=True),
    #: BCP 47, or empty for the site's.
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("words", sa.Text, nullable=False),
)

correction_decisions = sa.Table(
    "correction_decisions",
    metadata,
    #: Of a correction (``models.editions.Correction``).
    sa.Column("key", sa.Text, primary_key=True),
    #: Whether readers are told.
    sa.Column("told", sa.Boolean, nullable=False),
    #: When it was decided; of an editor's words, when they were said.
    sa.Column("at", Instant, nullable=False),
    #: Of an editor's words: of which post, and what.
    sa.Column("post_id", sa.Text),
    sa.Column("words", sa.Text),
)

promotions = sa.Table(
    "promotions",
    metadata,
    # The event_ids of every variant once more, as rows, so that the editions that told a reader of one can be counted.
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("selection", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
    #: No foreign key: of an erased reader it is a random number below zero, another one in each copy.
    sa.Column("subscriber_id", sa.Integer, nullable=False),
    #: The address as it was when the edition was prepared; empty of an erased reader, as the Message-ID is.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("selection", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant),
    sa.Column("answer", sa.Text),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    #: The key of its variant; null of old ones, whose selection is the key.
    sa.Column("variant", sa.Text),
    #: How often it was claimed; grows with each claim, so that none is taken for another.
    sa.Column("claims", sa.Integer, nullable=False, server_default="0"),
    #: Who has it in hand; or had it, while an answer that comes late may still tell how it came out.
    sa.Column("worker", sa.Text),
    #: Of what is in hand alone; by PostgreSQL's own clock there.
    sa.Column("lease_until", Instant),
    #: Until when it may go, where it was sent again; null for as long as its edition may.
    sa.Column("until", Instant),
    #: How often it was sent before, under other Message-IDs, and taken or perhaps taken by the relay.
    sa.Column("got_before", sa.Integer, nullable=False, server_default="0"),
    #: Of the first of these; null where there was none.
    sa.Column("got_revision", sa.Integer),
    #: Of which group of domains it is, as ``pace`` has it; empty where there are none, or it was not looked yet.
    sa.Column("lane", sa.Text, nullable=False, server_default=""),
    #: Of ``senders``, as it was taken up last; null before, and in what a release before has taken up. No foreign key,
    #: here and there: none is ever taken away, and each copy that is written would be looked for.
    sa.Column("sender_id", sa.Integer),
    sa.Index(None, "edition_id", "subscriber_id", unique=True),
    sa.Index(None, "edition_id", "state", "id"),
    sa.Index("ix_deliveries_in_hand", "lease_until", **_partly(_HELD)),
    sa.Index(
        "ix_deliveries_never_put_off",
        "edition_id",
        "lane",
        "id",
        **_partly(_NEVER_PUT_OFF),
    ),
    sa.Index(
        "ix_deliveries_put_off",
        "edition_id",
        "lane",
        "next_try_at",
        **_partly(_PUT_OFF),
    ),
    sa.Index("ix_deliveries_in_doubt", "edition_id", **_partly(_IN_DOUBT)),
    sa.Index("ix_deliveries_until", "edition_id", "until", **_partly(_OWN_TIME)),
    sa.Index("ix_deliveries_got_before", "edition_id", **_partly(_BEFORE)),
)

paces = sa.Table(
    "paces",
    metadata,
    # How fast mail may leave, of all of it or of one group of domains (``pace``).
    sa.Column("scope", sa.Text, primary_key=True),
    #: What may leave by the second is used up until then.
    sa.Column("used_until", Instant, nullable=False),
    #: Mails a second, where it is slowed down, and what they were before.
    sa.Column("slowed_to", sa.Float),
    sa.Column("slowed_from", sa.Float),
    sa.Column("strain", sa.Integer, nullable=False),
    sa.Column("relief", sa.Integer, nullable=False),
)

paced_minutes = sa.Table(
    "paced_minutes",
    metadata,
    # How much was taken up, for some hours.
    sa.Column("scope", sa.Text, primary_key=True),
    #: Since 1970.
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("mails", sa.Integer, nullable=False),
)

paced_days = sa.Table(
    "paced_days",
    metadata,
    # The same, for some weeks.
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("mails", sa.Integer, nullable=False),
)

copy_acts = sa.Table(
    "copy_acts",
    metadata,
    # What the operator did of copies that came out otherwise than they should have.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("deliveries.id"), nullable=False),
    #: ``models.deliveries.CopyActKind``
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: How the copy stood then, and since when.
    sa.Column("was", sa.Text, nullable=False),
    sa.Column("was_since", Instant, nullable=False),
    #: Of the copy until then, where it was sent again.
    sa.Column("message_id", sa.Text),
    sa.Index(None, "delivery_id"),
)

canaries = sa.Table(
    "canaries",
    metadata,
    # Editions of which a part goes first, to see how it is taken.
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    #: How many copies that part has.
    sa.Column("copies", sa.Integer, nullable=False),
    #: ``models.canaries.CanaryState``
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    #: When the last of them was offered, and until when what comes back is waited for; null before that.
    sa.Column("went_at", Instant),
    sa.Column("waits_until", Instant),
    sa.Column("decided_at", Instant),
)

canary_copies = sa.Table(
    "canary_copies",
    metadata,
    # Whose copies are such a part.
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
    sa.Index(None, "edition_id"),
)

policy_refusals = sa.Table(
    "policy_refusals",
    metadata,
    # Copies that a relay refused for a policy, which may be about the reader's domain or about us.
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
    #: No copy of the edition was taken since.
    sa.Column("in_row", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "edition_id"),
)

bounce_counts = sa.Table(
    "bounce_counts",
    metadata,
    # How many copies of an edition came back, by mail or at the relay, since their mailbox is not.
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("hard", sa.Integer, nullable=False),
    #: Whether the operator believes them where there are too many to be believed; null until they have said so.
    sa.Column("believed", sa.Boolean),
)

edition_sums = sa.Table(
    "edition_sums",
    metadata,
    # How many copies of an edition that is over are in each state: counted once, since there may be a million.
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), primary_key=True),
    #: By state.
    sa.Column("copies", sa.JSON, nullable=False),
    sa.Column("counted_at", Instant, nullable=False),
)

reader_counts = sa.Table(
    "reader_counts",
    metadata,
    # How many subscriptions were in each state at the end of a day: numbers alone, of nobody.
    #: ``2026-11-23``, by UTC.
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    #: ``models.people.SubscriptionState``
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("readers", sa.Integer, nullable=False),
)

document_readers = sa.Table(
    "document_readers",
    metadata,
    # How many single readers fetched a document on a day: numbers, of nobody.
    #: ``2026-11-23``, by UTC.
    sa.Column("day", sa.Text, primary_key=True),
    #: Below the feeds' folder.
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("readers", sa.Integer, nullable=False),
    #: ``readership.distinct``; null once the day is closed.
    sa.Column("sketch", sa.LargeBinary),
    sa.Index("ix_document_readers_open", "day", **_partly(_OPEN_DAY)),
)

document_subscribers = sa.Table(
    "document_subscribers",
    metadata,
    # How many subscribers an aggregator said that it fetches a document for: the most of a day.
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    #: One of ``readership.user_agents``.
    sa.Column("aggregator", sa.Text, primary_key=True),
    #: A hash of its number of the feed; empty where it says none.
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("subscribers", sa.Integer, nullable=False),
)

reader_salts = sa.Table(
    "reader_salts",
    metadata,
    # What addresses are hashed with for a day's sketches; it goes when the day is closed, and comes into no backup.
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    # Mail to one person that stands in no edition; its states are a copy's (``store.mail_states``).
    sa.Column("id", Serial, primary_key=True),
    #: ``models.letters.OutboxKind``
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id")),
    #: No foreign key: an edition that was cancelled and put aside leaves its id to another.
    sa.Column("edition_id", sa.Text),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    #: There is never a second row of the same.
    sa.Column("once", sa.Text, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant),
    sa.Column("answer", sa.Text),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("not_after", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    #: To whom an answer goes; null for who answers all.
    sa.Column("reply_to", sa.Text),
    #: These as in ``deliveries``.
    sa.Column("claims", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Instant),
    sa.Column("sender_id", sa.Integer),
    sa.Index(None, "state", "id"),
    sa.Index(None, "created_at"),
    sa.Index(None, "email"),
    sa.Index(None, "edition_id", "email"),
    sa.Index(None, "subscriber_id"),
    sa.Index(None, "message_id"),
    sa.Index("ix_outbox_in_hand", "lease_until", **_partly(_HELD)),
)

desk_links = sa.Table(
    "desk_links",
    metadata,
    # By which editors come to an edition's page; a link itself is stored nowhere, and made of the number.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
    #: The editor's address.
    sa.Column("editor", sa.Text, nullable=False),
    #: ``models.desk.LinkKind``
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    #: A hash of the cookie of the one browser that acts by it; null until one does.
    sa.Column("browser", sa.Text),
    sa.Column("claimed_at", Instant),
    sa.Index(None, "edition_id", "editor"),
)

desk_acts = sa.Table(
    "desk_acts",
    metadata,
    # Rows are only ever added, and marked when they are undone.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("edition_id", sa.Text, sa.ForeignKey("editions.id"), nullable=False),
    #: An address, or ``operator``.
    sa.Column("editor", sa.Text, nullable=False),
    #: ``models.desk.ActKind``
    sa.Column("act", sa.Text, nullable=False),
    #: Of what it was, and what that was called then; null for the edition itself.
    sa.Column("about", sa.Text),
    sa.Column("title", sa.Text),
    #: What it changed: {"state": "draft"}, {"dropped": []}
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("undone_at", Instant),
    sa.Column("undone_by", sa.Text),
    sa.Index(None, "edition_id", "id"),
)

desk_asks = sa.Table(
    "desk_asks",
    metadata,
    # Addresses for which somebody asked for a link at the desk's door; a row goes when it is answered.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("deed", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("ok", sa.Boolean),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    #: What its result says in words, by the field's name.
    sa.Column("said", sa.JSON, nullable=False, server_default="{}"),
    #: How often in a row it failed in just this way; ``started_at`` is of the first time, ``ended_at`` of the last.
    sa.Column("times", sa.Integer, nullable=False, server_default="1"),
    sa.Index(None, "deed", "id"),
)

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    #: The last look of a deed that found nothing to do: it leaves no record.
    sa.Column("deed", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    #: As many in a row, since the record that it follows.
    sa.Column("looks", sa.Integer, nullable=False),
    #: The deed's newest record then (0 before the first): which of the two is the later, no clock can mistake.
    sa.Column("follows", sa.BigInteger, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("said", sa.JSON, nullable=False, server_default="{}"),
)

acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    #: A trouble that the operator knows of (``deeds.upkeep.troubles``).
    sa.Column("key", sa.Text, primary_key=True),
    #: Of which occasion, and how large it was: another occasion or a larger one is news.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

alarms = sa.Table(
    "alarms",
    metadata,
    # The troubles that stand, or stood lately, by what operators were told of each.
    #: As ``deeds.upkeep.trouble`` has it.
    sa.Column("key", sa.Text, primary_key=True),
    #: A hash of its occasion, and how large it is.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    #: Without anybody's address.
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("ends_by", sa.Text, nullable=False),
    #: Since when it stands; and since when it is gone, null while it stands.
    sa.Column("since", Instant, nullable=False),
    sa.Column("gone_since", Instant),
    #: When it was told last, of which occasion and how large; null before.
    sa.Column("told_at", Instant),
    sa.Column("told_cause", sa.Text),
    sa.Column("told_size", sa.Integer),
)

alarm_messages = sa.Table(
    "alarm_messages",
    metadata,
    # What operators were told, a row each; and what is still to be posted of it to the webhook.
    sa.Column("id", Serial, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    #: ``models.alarms.AlarmState``
    sa.Column("state", sa.Text, nullable=False),
    #: Without anybody's address.
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("ends_by", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    #: How many operators have a letter about it.
    sa.Column("letters", sa.Integer, nullable=False),
    #: ``models.alarms.PostingState``; null where there was no webhook.
    sa.Column("post", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant),
    #: What the webhook answered last, or why it did not.
    sa.Column("answer", sa.Text),
    sa.Index(None, "at"),
    sa.Index(None, "post"),
)

site_checks = sa.Table(
    "site_checks",
    metadata,
    # What was last found of what the site stands on and is seldom looked at.
    #: Of the examination, and what it is of: ``certificate https://feeds.example.org``.
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("looked_at", Instant, nullable=False),
    #: Each ``[words, to_do]`` that is trouble.
    sa.Column("troubles", sa.JSON, nullable=False),
)

calendars = sa.Table(
    "calendars",
    metadata,
    #: The config's name for it.
    sa.Column("name", sa.Text, primary_key=True),
    #: Where it was asked: another address begins it anew.
    sa.Column("address", sa.Text, nullable=False),
    #: Validators of the last answer.
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("asked_at", Instant, nullable=False),
    #: When its whole answer was last read; null before the first.
    sa.Column("read_at", Instant),
    #: It asked not to be asked before; with which status.
    sa.Column("not_before", Instant),
    sa.Column("rests_for", sa.Integer),
    #: Why it could not be read the last time; null when it could.
    sa.Column("trouble", sa.Text),
    #: What of its last answer was left out, in a line; and its first things, a few words each.
    sa.Column("note", sa.Text),
    sa.Column("left_out", sa.JSON(none_as_null=True)),
    #: How many events its last answer told of; null in a row of a release that did not count.
    sa.Column("events", sa.Integer),
)

events = sa.Table(
    "events",
    metadata,
    #: Permanent.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("place", sa.Text),
    #: ``2012-10-16`` for all day, else an instant; ``ends`` is inclusive.
    sa.Column("starts", sa.Text),
    sa.Column("ends", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("categories", sa.JSON, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("certainty", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("known_since", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    #: Facts which a step with a clock writes, so that publishing needs none.
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("shown", sa.Boolean, nullable=False),
    #: The last day on which it can be booked; and that it is over, null in a row of a release that kept neither.
    sa.Column("book_by", sa.Text),
    sa.Column("booking_over", sa.Boolean),
    #: A hash of what the pages of editions last showed of it; null before.
    sa.Column("shown_as", sa.Text),
    #: The operator's: ``confirmed`` or ``dismissed``, and what was written instead.
    sa.Column("verdict", sa.Text),
    sa.Column("edits", sa.JSON(none_as_null=True)),
    sa.Column("decided_at", Instant),
)

sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    #: ``models.sightings.Origin``
    sa.Column("origin", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    #: The source's own id for it, or its number within the source.
    sa.Column("uid", sa.Text, nullable=False),
    #: An ``models.sightings.Understanding``.
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("categories", sa.JSON, nullable=False),
    #: When the source said so, and when we first met it.
    sa.Column("said_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    #: When the source said otherwise; null while it holds.
    sa.Column("until", Instant),
    sa.Column("event_id", sa.Text, sa.ForeignKey("events.id")),
    sa.Index(None, "origin", "source", "uid"),
)

#: The tables whose rows hang on an edition's id, and go with it.
ON_EDITIONS = tuple(
    table for table in metadata.sorted_tables if any(key.column.table is editions for key in table.foreign_keys)
)


def tables_for(connection: sa.Connection) -> list[sa.Table]:
    """All, as *connection*'s database makes them, in that order; each with ``indexes_of`` it.

    What SQLAlchemy knows of PostgreSQL is loaded for that alone.
    """
    if connection.dialect.name == "postgresql":
        for table in metadata.tables.values():
            for index in table.indexes:
                if _PARTLY in index.info:
                    index.dialect_options["postgresql"]["where"] = index.info[_PARTLY]
    return metadata.sorted_tables


def indexes_of(table: sa.Table) -> list[sa.Index]:
    """Those of some rows alone behind those of all: where either would do SQLite takes what was made last.

    SQLAlchemy keeps them as a set, which has another order in each process.
    """
    return sorted(table.indexes, key=lambda index: (_PARTLY in index.info, str(index.name)))
