"""Which tables and columns may hold what is a person's: all that are not known to hold nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from solacefeed.store import schema
from solacefeed.store.schema import metadata

#: What the blog says, what is published of it, what every reader of an edition is told, how it goes, and how much mail
#: left: it is nobody's own.
PUBLIC = frozenset(
    {
        schema.sources,
        schema.categories,
        schema.tags,
        schema.former_slugs,
        schema.documents,
        schema.feeds,
        schema.unpublished,
        schema.pings,
        schema.authors,
        schema.posts,
        schema.post_changes,
        schema.post_keys,
        schema.post_categories,
        schema.post_tags,
        schema.removals,
        # Of who sends the mail, not of who gets it.
        schema.senders,
        schema.edition_posts,
        schema.variants,
        schema.edition_choices,
        schema.promotions,
        schema.canaries,
        schema.canary_copies,
        schema.policy_refusals,
        schema.bounce_counts,
        schema.calendars,
        schema.events,
        schema.sightings,
        schema.counters,
        schema.paces,
        schema.paced_minutes,
        schema.paced_days,
        # Alarms are written without anybody's address.
        schema.alarms,
        schema.alarm_messages,
        schema.site_checks,
        schema.edition_sums,
        schema.reader_counts,
        # Of who fetches documents numbers are kept, and sketches that no address can be read from.
        schema.document_readers,
        schema.document_subscribers,
        schema.reader_salts,
    }
)

#: Columns that hold an address and nothing else.
ADDRESSES = frozenset({"email", "canonical"})

#: Columns that only we write, from words of ours and hashes, by table: nobody's address can stand in one.
CLOSED: Mapping[str, frozenset[str]] = {
    "subscribers": frozenset({"named_by"}),
    "subscriptions": frozenset({"state", "entered_by", "chosen_by", "changed_by", "cadence", "category_ids", "since"}),
    "subscription_changes": frozenset({"actor", "state", "cadence", "category_ids", "since"}),
    "consents": frozenset({"basis", "how"}),
    "wordings": frozenset({"hash"}),
    "sign_ups": frozenset({"kind", "address_key", "nonce", "state"}),
    "suppressions": frozenset({"reason", "actor"}),
    "fingerprints": frozenset({"fingerprint"}),
    "erasures": frozenset({"actor"}),
    "read_mails": frozenset({"mark", "outcome"}),
    "bounces": frozenset({"mark", "source", "kind", "status", "outcome"}),
    "counted_moves": frozenset({"asker_key", "address_key"}),
    "address_changes": frozenset({"actor"}),
    "editions": frozenset({"state", "cadence", "counts"}),
    "deliveries": frozenset({"selection", "variant", "state", "message_id", "lane"}),
    "copy_acts": frozenset({"act", "actor", "was", "message_id"}),
    "outbox": frozenset({"kind", "state"}),
    "desk_links": frozenset({"kind", "browser"}),
    "desk_acts": frozenset({"act"}),
    "records": frozenset({"counts"}),
    "heartbeats": frozenset({"counts"}),
}


def looked_through() -> list[sa.Table]:
    """The tables in which a person may be met; those whose rows hang on others' come first."""
    return [each for each in reversed(metadata.sorted_tables) if each not in PUBLIC]


def is_words(table: sa.Table, column: sa.Column[Any]) -> bool:
    """Whether it holds words that nobody can foresee; a number of another row's is that row's.

    What holds an address and nothing else is compared as one.
    """
    closed = CLOSED.get(table.name, frozenset())
    return (
        isinstance(column.type, sa.Text | sa.JSON) and not column.foreign_keys and column.name not in closed | ADDRESSES
    )
