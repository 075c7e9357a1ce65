"""A store with one reader, and the pages in front of it, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.subscribe import stands, subscribe
from solacefeed.site import Site
from solacefeed.store.database import Store
from solacefeed.templating import templates
from solacefeed.web.pages import Front, pages
from solacefeed.web.server import serving
from tests.support.builders import A_CONSENT, LONDON, a_digest
from tests.support.fakes import SettableClock

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECRET = "a secret of the tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The pages as a visitor meets them, and the store behind them."""

    store: Store
    port: int

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Got:
        wire = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            wire.request(method, path, body, headers or {})
            answer = wire.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Got(status=answer.status, headers=named, body=answer.read().decode())
        finally:
            wire.close()

    def is_subscribed(self, number: int = 1) -> bool:
        return stands(self.store, "weekly", number)


def a_link(digest: str = "weekly", number: int = 1, secret: str = SECRET) -> str:
    """The path of the link in the mails of this subscriber."""
    return f"/unsubscribe/{tokens.for_unsubscribing(digest, number, (secret,))}"


@pytest.fixture
def shared(sqlite_store: Store) -> Store:
    for name in ("ann", "ben"):
        subscribe(
            sqlite_store,
            SettableClock(NOW),
            a_digest(),
            LONDON,
            email=f"{name}@example.org",
            consent=A_CONSENT,
            name=None,
            slugs=None,
        )
    return sqlite_store


@contextmanager
def served(
    store: Store,
    *,
    organisation: str = "Example Officers",
    title: str = "The Weekly Digest",
    language: str = "en-GB",
    their_templates: Path | None = None,
) -> Iterator[Visit]:
    front = Front(
        site=Site(
            language=language,
            organisation=organisation,
            title="A blog",
            url="https://blog.example.org",
            zone=UTC,
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
        ),
        titles={"weekly": title},
        keys=(SECRET,),
    )
    with serving(pages(store, SettableClock(NOW), templates(their_templates), front), "127.0.0.1:0") as port:
        yield Visit(store=store, port=port)


@pytest.fixture
def visit(shared: Store) -> Iterator[Visit]:
    with served(shared) as opened:
        yield opened
