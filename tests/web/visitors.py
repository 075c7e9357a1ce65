"""A visitor with a browser that runs no script: opens pages, fills in forms, and presses buttons."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import httpx
from lxml import html

from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.people import SubscriptionState
from solacefeed.models.sign_ups import SignUp
from solacefeed.store import schema, sign_ups, subscribers
from solacefeed.store.database import Store
from solacefeed.web import complaining, confirming, finding, leaving, own_data, preferences, subscribing
from solacefeed.web.application import Application, application
from solacefeed.web.challenge import Challenge
from solacefeed.web.complaining import Complaining
from solacefeed.web.confirming import Confirming
from solacefeed.web.finding import Finding
from solacefeed.web.leaving import Leaving
from solacefeed.web.own_data import OwnData
from solacefeed.web.pages import Front, Pages
from solacefeed.web.preferences import Preferring
from solacefeed.web.subscribing import Subscribing
from tests.deeds.people_world import BASE, KEYS, People
from tests.deeds.world import World, environment

NETWORK = "192.0.2.7"

#: Where a proxy on this machine connects from.
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page as the browser shows it."""

    answer: httpx.Response
    #: Where it was opened.
    url: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        """All that can be read, in one line."""
        body = self.tree.find("body")
        return " ".join(" ".join(body.itertext()).split())

    @property
    def tree(self) -> Any:
        return html.document_fromstring(self.answer.text, base_url=self.url)

    @property
    def heading(self) -> str:
        return str(self.tree.findtext(".//h1"))

    def button(self, words: str) -> Any:
        """The form whose button says this."""
        found = [each for each in self.tree.iter("button") if each.text_content().startswith(words)]
        assert found, f"no button says {words!r}: {self.text}"
        return found[0]

    def link(self, words: str) -> str:
        found = [each.get("href") for each in self.tree.iter("a") if each.text_content().startswith(words)]
        assert found, f"no link says {words!r}: {self.text}"
        return str(found[0])

    def ticked(self, name: str) -> list[str]:
        """What is chosen of the boxes or circles of this name."""
        return [
            each.get("value")
            for each in self.tree.iter("input")
            if each.get("name") == name and "checked" in each.attrib
        ]

    def value(self, name: str) -> str:
        return next(str(each.get("value", "")) for each in self.tree.iter("input") if each.get("name") == name)


@dataclass
class Visitors:
    """The site of ``People``, with its pages in front of it."""

    people: People
    consent: str | None = None
    challenge: Challenge | None = None
    languages: tuple[str, ...] = ("en-GB",)
    is_published: bool = True
    #: How many of each form are taken in an hour.
    most: int = 10_000
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def store(self) -> Store:
        return self.people.world.store

    @property
    def front(self) -> Front:
        settings = self.people.settings
        return Front(
            site=settings.site,
            base_url=BASE,
            titles={key: each.title for key, each in settings.digests.items()},
            keys=KEYS,
            framed_by=("https://blog.example.org",),
            privacy_url="https://www.example.org/privacy",
            languages=self.languages,
        )

    def allows(self, form: str, _network: str) -> bool:
        self.taken[form] += 1
        return self.taken[form] <= self.most

    def application(self) -> Application:
        settings = self.people.settings
        pages = Pages(front=self.front, environment=environment())
        common: dict[str, Any] = {
            "store": self.store,
            "clock": self.people.clock,
            "pages": pages,
            "people": settings,
            "allows": self.allows,
        }
        names = CategoryNames()
        asking = Subscribing(
            **common,
            names=names,
            consent=self.consent,
            challenge=self.challenge,
            has_feeds=lambda: self.is_published,
            has_events=lambda: self.is_published,
        )
        routes = [
            *subscribing.routes(asking),
            *confirming.routes(Confirming(**common, names=names)),
            *finding.routes(Finding(**common)),
            *preferences.routes(Preferring(**common, consent=self.consent)),
            *leaving.routes(Leaving(**common)),
            *complaining.routes(Complaining(**common)),
            *own_data.routes(OwnData(**common)),
        ]
        return application(pages, routes)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: str | bytes | None = None,
        *,
        application: Application | None = None,
    ) -> httpx.Response:
        """One request, whose answer follows no redirect."""

        async def asked() -> httpx.Response:
            served = httpx.ASGITransport(application or self.application(), client=(NETWORK, 50_000))
            async with httpx.AsyncClient(transport=served, follow_redirects=False) as client:
                return await client.request(method, url, headers=headers, content=content)

        return asyncio.run(asked())

    # -- what a visitor does -----------------------------------------------------------------------

    def open(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Shown:
        url = path if path.startswith("http") else f"{BASE}{path}"
        return Shown(answer=self.request(method, url, headers), url=url)

    def press(
        self,
        page: Shown,
        words: str,
        chosen: Mapping[str, object] = MappingProxyType({}),
        /,
        *,
        after: timedelta = timedelta(seconds=20),
        **filled: object,
    ) -> Shown:
        """Presses the button with these *words*, with what is *filled* in or *chosen*; a list ticks several boxes."""
        filled = {**chosen, **filled}
        self.people.clock.now += after
        button = page.button(words)
        form = button.getparent()
        while form.tag != "form":
            form = form.getparent()
        fields = [(name, value) for name, value in form.form_values() if name not in filled]
        fields += [
            (name, each) for name, value in filled.items() for each in (value if isinstance(value, list) else [value])
        ]
        if button.get("name"):
            fields.append((button.get("name"), button.get("value")))
        url = form.get("action") or page.url
        return self.post(url, fields)

    def post(self, path: str, fields: Sequence[tuple[str, object]] = (), **headers: str) -> Shown:
        url = path if path.startswith("http") else f"{BASE}{path}"
        sent = urlencode([(name, str(value)) for name, value in fields])
        kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return Shown(answer=self.request("POST", url, kind, sent), url=url)

    # -- what came of it ---------------------------------------------------------------------------

    def asked(self) -> list[SignUp]:
        with self.store.read() as connection:
            return sign_ups.waiting(connection, limit=1000)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All that the store holds."""
        with self.store.read() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
                for table in schema.metadata.sorted_tables
            }


def visitors(store: Store, folder: Path, *digests: Digest, **values: Any) -> Visitors:
    return Visitors(People(World(store), folder, digests=digests), **values)


def stands(store: Store, digest: str, number: int) -> bool:
    """Whether the subscriber with this number has a subscription that has not ended."""
    with store.read() as connection:
        there = subscribers.subscription(connection, number, digest)
    return there is not None and there.state is not SubscriptionState.ENDED
