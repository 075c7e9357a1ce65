"""Instants that a wrong clock left ahead of now are found, each kind of them, and brought back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.models.editions import EditionState
from solacefeed.models.sightings import Origin
from solacefeed.store import facts, instants, schema
from solacefeed.store.database import Store
from tests.support.builders import MONDAY

FAR = MONDAY.replace(year=2030)
NOW = MONDAY

#: Besides the column that a test is about.
ROWS: dict[str, dict[str, Any]] = {
    "sources": {"url": "https://blog.example.org", "memory": {}, "complete": True},
    "categories": {"id": "1", "slug": "housing", "name": "Housing", "listed": True},
    "documents": {"path": "all.atom", "sha256": "0"},
    "feeds": {
        "key": "all",
        "id": "tag:1",
        "place": "all",
        "title": "All",
        "name": "All",
        "depth": 0,
        "posts": 0,
        "latest": [],
        "ended": False,
    },
    "pings": {"topic": "https://feeds.example.org/all.atom", "attempts": 1},
    "posts": {
        "id": "1",
        "guid": "1",
        "url": "1",
        "title": "",
        "content": "",
        "excerpt": "",
        "minutes": 1,
        "blurbs": [],
        "modified": NOW,
        "revised": NOW,
        "state": "published",
        "grade": 4,
        "raw": b"",
    },
    "post_changes": {"post_id": "1", "modified": NOW, "what": [], "revised": False},
    "quarantine": {"key": "1", "reason": ""},
    "removals": {"post_id": "1", "evidence": "", "refused": False},
    "subscribers": {"id": 1, "email": "ann@example.org", "canonical": "ann@example.org"},
    "subscriptions": {"subscriber_id": 1, "digest": "weekly", "state": "confirmed"},
    "editions": {"id": "weekly/1", "digest": "weekly", "starts": NOW, "state": "done"},
    "deliveries": {
        "edition_id": "weekly/1",
        "subscriber_id": 1,
        "email": "",
        "selection": "*",
        "state": "pending",
        "attempts": 1,
        "doubts": 0,
        "message_id": "<1@example.org>",
    },
    "copy_acts": {"delivery_id": 1, "act": "retried", "actor": "operator", "was": "rejected"},
    "canaries": {"edition_id": "weekly/1", "copies": 1, "state": "out"},
    "policy_refusals": {"delivery_id": 1, "edition_id": "weekly/1", "in_row": True},
    "outbox": {
        "kind": "test",
        "email": "",
        "subject": "",
        "text": "",
        "html": "",
        "language": "en",
        "state": "pending",
        "attempts": 1,
        "doubts": 0,
        "message_id": "<1@example.org>",
    },
    "subscription_changes": {"subscriber_id": 1, "digest": "weekly", "actor": "reader", "state": "confirmed"},
    "digests": {"key": "weekly", "name": "weekly"},
    "acknowledgements": {"key": "poll", "cause": "1", "size": 1},
    "alarms": {"key": "poll", "cause": "1", "size": 1, "words": "", "ends_by": ""},
    "alarm_messages": {"key": "poll", "state": "firing", "words": "", "ends_by": "", "letters": 1, "attempts": 0},
    "site_checks": {"name": "dkim", "troubles": []},
    "correction_decisions": {"key": "k", "told": True},
    "heartbeats": {"deed": "poll", "looks": 1, "follows": 0, "summary": "", "counts": {}},
    "edition_sums": {"edition_id": "weekly/1", "copies": {"accepted": 1}},
    "records": {"deed": "poll", "summary": "", "counts": {}},
    "calendars": {"name": "events", "address": "https://events.example.org"},
    "events": {
        "id": "summit",
        "categories": [],
        "standing": "scheduled",
        "certainty": "certain",
        "sequence": 0,
        "over": False,
        "shown": True,
    },
    "sightings": {
        "origin": int(Origin.CALENDAR),
        "source": "calendar events",
        "uid": "1",
        "told": {},
        "categories": [],
    },
    "wordings": {"hash": "0", "name": "consent", "language": "en", "text": ""},
    "consents": {"subscriber_id": 1, "digest": "weekly", "basis": "consent", "how": "form", "claimed": False},
    "suppressions": {"canonical": "ann@example.org", "reason": "hard", "actor": "operator"},
    "fingerprints": {"fingerprint": "0"},
    "gone_documents": {"path": "category/gone.atom"},
    "erasures": {"subscriber_id": 1, "actor": "operator"},
    "sign_ups": {"kind": "link", "address_key": "0", "nonce": "0", "state": "waiting"},
    "counted_moves": {"asker_key": "a hash", "address_key": "another", "mailed": True},
    "address_moves": {"subscriber_id": 1, "email": "anna@example.org", "canonical": "anna@example.org"},
    "address_changes": {"subscriber_id": 1, "actor": "reader", "before": "", "canonical_before": "", "after": ""},
    "reader_complaints": {"words": "too many"},
    "read_mails": {"mark": "0", "outcome": "ended"},
    "bounces": {"mark": "0", "source": "mail", "kind": "hard", "words": "", "outcome": "noted", "spent": False},
    "sync_members": {
        "source": "members",
        "member": "1",
        "subscriber_id": 1,
        "told": "",
        "digests": [],
        "listed": True,
    },
    "desk_links": {"edition_id": "weekly/1", "editor": "ed@example.org", "kind": "draft"},
    "desk_asks": {"email": "ed@example.org"},
    "paces": {"scope": "", "strain": 0, "relief": 0},
    "desk_acts": {"edition_id": "weekly/1", "editor": "ed@example.org", "act": "hold", "before": {}, "after": {}},
}


def a_row(table: sa.Table, **values: Any) -> dict[str, Any]:
    """A row of *table*; an instant of ours that it must have is now."""
    needed = {
        column.name: NOW for column in table.columns if isinstance(column.type, schema.Instant) and not column.nullable
    }
    return needed | ROWS[table.name] | values


def above(table: sa.Table) -> list[sa.Table]:
    """The tables of which rows of *table* need one, each after those that it needs itself."""
    needed = sorted({key.column.table for key in table.foreign_keys}, key=lambda one: one.name)
    return list(dict.fromkeys(each for one in needed for each in (*above(one), one)))


def holding(store: Store, name: str, **values: Any) -> None:
    """The store has one row of each table that *name* needs, and one of *name* with these values."""
    table = schema.metadata.tables[name]
    with store.write() as connection:
        for each in above(table):
            connection.execute(each.insert().values(**a_row(each)))
        connection.execute(table.insert().values(**a_row(table, **values)))


def found(store: Store, now: datetime = NOW) -> dict[str, tuple[int, datetime]]:
    with store.read() as connection:
        return {each.kept: (each.count, each.furthest) for each in instants.ahead(connection, now)}


def brought_back(store: Store) -> int:
    with store.write() as connection:
        return instants.bring_back(connection, NOW)


#: The blog's word, made of it, or of an edition that is cancelled instead of changed.
NOT_OURS = {
    "posts.published",
    "posts.modified",
    "posts.revised",
    "post_changes.modified",
    "feeds.newest",
    "feeds.updated",
    "editions.starts",
    "editions.ends",
    "editions.until",
    # A reader's own wish, which may lie as far ahead as they like.
    "subscriptions.paused_until",
    # When a consent was given is the word of whoever has it.
    "consents.at",
    # Until when a letter may go lies ahead.
    "outbox.not_after",
    "subscription_changes.paused_until",
}


def test_every_instant_of_the_tables_is_kept_by_our_clock_or_the_blogs_own() -> None:
    every = {
        f"{table.name}.{column.name}"
        for table in schema.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, schema.Instant)
    }
    ours = [kept.name for kept in instants.KEPT]
    assert len(ours) == len(set(ours))
    assert every == set(ours) | NOT_OURS
    assert not set(ours) & NOT_OURS


@pytest.mark.parametrize("name", [kept.name for kept in instants.KEPT])
def test_an_instant_ahead_is_found_and_brought_back_and_found_no_more(store: Store, name: str) -> None:
    table, _, column = name.partition(".")
    holding(store, table, **{column: FAR})
    assert found(store) == {name: (1, FAR)}
    assert brought_back(store) == 1
    assert found(store) == {}
    kept = schema.metadata.tables[table].columns[column]
    with store.read() as connection:
        assert connection.execute(sa.select(kept)).scalar_one() in (NOW, None)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("sources", {"not_before": NOW + timedelta(hours=20)}),
        ("pings", {"next_try_at": NOW + timedelta(hours=12)}),
        ("deliveries", {"next_try_at": NOW + timedelta(hours=4)}),
        ("outbox", {"next_try_at": NOW + timedelta(hours=4)}),
        ("deliveries", {"lease_until": NOW + timedelta(hours=1)}),
        ("outbox", {"lease_until": NOW + timedelta(hours=1)}),
        # Its mail was in hand, and keeps the instant in its Date.
        ("outbox", {"created_at": FAR, "doubts": 1}),
        ("calendars", {"not_before": NOW + timedelta(hours=20)}),
        ("posts", {"published": FAR, "seen": FAR}),
        ("posts", {"published": FAR, "modified": FAR, "revised": FAR}),
        ("feeds", {"newest": FAR, "updated": FAR}),
        ("sightings", {"origin": int(Origin.BLURB), "said_at": FAR}),
        ("records", {"started_at": NOW + timedelta(minutes=2)}),
        ("editions", {"state": EditionState.CANCELLED.value, "ends": FAR, "prepared_at": FAR}),
    ],
)
def test_what_may_rightly_lie_ahead_stays(store: Store, table: str, values: dict[str, Any]) -> None:
    holding(store, table, **values)
    assert found(store) == {}
    assert brought_back(store) == 0


def test_an_edition_that_closes_ahead_is_found_and_left_to_be_cancelled(store: Store) -> None:
    holding(store, "editions", ends=FAR)
    assert found(store) == {"editions.ends": (1, FAR)}
    assert brought_back(store) == 0
    with store.read() as connection:
        assert instants.editions_ahead(connection, NOW) == ["weekly/1"]


def test_an_edition_of_which_a_copy_was_in_hand_keeps_the_instant_in_its_mails(store: Store) -> None:
    holding(store, "deliveries", revision=1, state="uncertain")
    with store.write() as connection:
        connection.execute(schema.editions.update().values(prepared_at=FAR))
    assert found(store) == {}


def test_an_instant_in_a_fact_is_found_and_brought_back(store: Store) -> None:
    with store.write() as connection:
        facts.put(connection, "feeds_made_of_events", f"{FAR.isoformat()} 0a1b")
        facts.put(connection, "events_refreshed", f"0a1b {NOW.isoformat()} {FAR.isoformat()}")
    assert found(store) == {"facts.feeds_made_of_events": (1, FAR)}
    assert brought_back(store) == 1
    with store.read() as connection:
        assert facts.read(connection, "feeds_made_of_events") == f"{NOW.isoformat()} 0a1b"
        assert facts.read(connection, "events_refreshed") == f"0a1b {NOW.isoformat()} {FAR.isoformat()}"
