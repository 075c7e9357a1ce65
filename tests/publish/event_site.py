"""A site with its events, as its published documents are made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from solacefeed.models.events import Event
from solacefeed.publish.ics import EventNaming
from solacefeed.site import Site
from tests.support.builders import LONDON, an_event

KNOWN = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHANGED = datetime(2026, 10, 2, 9, 30, 15, 250_000, tzinfo=UTC)

SITE = EventNaming(
    site=Site(
        title="Officers' Blog",
        url="https://blog.example.org",
        base_url="https://feeds.example.org/blog",
        tag_authority="web@example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        zone=LONDON,
    ),
    labels={"housing": "Housing", "homelessness": "Homelessness"},
)


def a_known_event(**said: Any) -> Event:
    """An event as the store has it."""
    return replace(an_event(), known_since=KNOWN, changed=CHANGED, **said)


def at(*moment: int) -> datetime:
    """An instant in UTC, from year to minute."""
    year, month, day, hour, minute = (*moment, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
