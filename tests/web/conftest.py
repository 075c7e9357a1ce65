"""A store with one reader, and the pages in front of it, over real HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.subscribe import subscribe
from solacefeed.site import Site
from solacefeed.store.database import Store
from solacefeed.templating import templates
from solacefeed.web import leaving
from solacefeed.web.application import Application, application
from solacefeed.web.leaving import Leaving
from solacefeed.web.pages import Front, Pages
from solacefeed.web.server import serving
from tests.support.builders import A_CONSENT, LONDON, NO_KEY, a_digest
from tests.support.fakes import SettableClock
from tests.web.visitors import LOOPBACK, stands

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECRET = "a secret of the tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> str:
        return self.raw.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What is served, as a client meets it."""

    port: int

    def ask(
        self, method: str, path: str, body: str | Iterator[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> Got:
        wire = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            wire.request(method, path, body, headers or {})
            answer = wire.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Got(status=answer.status, headers=named, raw=answer.read())
        finally:
            wire.close()

    def raw(self, sent: bytes) -> bytes:
        """All that comes back for these bytes, up to the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as wire:
            wire.sendall(sent)
            return b"".join(iter(lambda: wire.recv(65536), b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Client):
    """The pages as a visitor meets them, and the store behind them."""

    store: Store

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
            key=NO_KEY,
            name=None,
            slugs=None,
        )
    return sqlite_store


def a_front(
    *, organisation: str = "Example Officers", title: str = "The Weekly Digest", language: str = "en-GB"
) -> Front:
    return Front(
        site=Site(
            language=language,
            organisation=organisation,
            title="A blog",
            url="https://blog.example.org",
            zone=UTC,
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
        ),
        base_url="https://news.example.org",
        titles={"weekly": title},
        keys=(SECRET,),
    )


def an_application(store: Store, front: Front | None = None, *, their_templates: Path | None = None) -> Application:
    pages = Pages(front=front or a_front(), environment=templates(their_templates))
    parts = leaving.routes(
        Leaving(store=store, clock=SettableClock(NOW), pages=pages, people=None, allows=lambda _form, _network: True)
    )
    return application(pages, parts, trusted=LOOPBACK)


@contextmanager
def served(store: Store, front: Front | None = None, *, their_templates: Path | None = None) -> Iterator[Visit]:
    with serving(an_application(store, front, their_templates=their_templates), "127.0.0.1:0") as port:
        yield Visit(store=store, port=port)


@pytest.fixture
def visit(shared: Store) -> Iterator[Visit]:
    with served(shared) as opened:
        yield opened
