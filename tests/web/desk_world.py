"""The vocabulary of the desk's tests: a site with a draft, its editors, and the browsers in which they look at it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from starlette.types import ASGIApp

from solacefeed.deeds.editions.desk_links import DeskDoor, addresses_in_drafts
from solacefeed.deeds.editions.editors import send_test
from solacefeed.deeds.editions.prepare import make
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.deeds.events.refresh import refresh_events
from solacefeed.delivery.trial import OnlyTo
from solacefeed.digest.messages import letter_id
from solacefeed.models.desk import DeskAct
from solacefeed.models.digests import Approval
from solacefeed.models.editions import Edition
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.models.sightings import KnownEvent
from solacefeed.store import desk as desk_store
from solacefeed.store import editions, events, outbox
from solacefeed.web import desk
from solacefeed.web.application import application
from solacefeed.web.desk import Desk
from solacefeed.web.pages import Pages
from tests.deeds.world import ENVELOPE, World, environment
from tests.support.builders import LONDON, a_source_post
from tests.web.conftest import a_front

SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
THIS = "weekly/2026-11-30"
JANE, SAM = "jane@example.org", "sam@example.org"
BASE = "https://news.example.org"


class Client:
    """What a browser is without its eyes: it keeps cookies for their paths, and goes where it is led."""

    def __init__(self, application: ASGIApp) -> None:
        transport = httpx.ASGITransport(application)
        self._client = httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True)
        self.cookies = self._client.cookies
        #: What it shows of each page, by the page's path.
        self.shown: dict[str, str] = {}

    def request(self, method: str, path: str, **said: Any) -> httpx.Response:
        answer = asyncio.run(self._client.request(method, path, **said))
        self.shown[answer.url.path] = answer.text
        return answer

    def get(self, path: str, **said: Any) -> httpx.Response:
        return self.request("GET", path, **said)

    def post(self, path: str, **said: Any) -> httpx.Response:
        return self.request("POST", path, **said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A browser with an edition's page open, without scripts."""

    client: Client
    #: Below the site's address.
    path: str

    def look(self, more: str = "") -> httpx.Response:
        return self.client.get(self.path + more)

    def hidden(self, name: str, page: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', page)
        return found[1] if found else ""

    def press(self, do: str, *, page: str | None = None, **filled: Any) -> httpx.Response:
        """Presses a button of the page that is shown, or was; follows where that leads."""
        shown = page or self.client.shown.get(self.path) or self.look().text
        carried = {"form": self.hidden("form", shown), "seen": self.hidden("seen", shown)}
        return self.client.post(self.path, data={**carried, **filled, "do": do})


@dataclass
class DeskWorld:
    """A site of which an edition is drafted that closes tomorrow at seven, and waits for an approval."""

    world: World
    #: Whether its store has all of that already.
    drafted: bool = False
    editors: tuple[str, ...] = (JANE, SAM)
    keys: tuple[str, ...] = ("a secret of the tests",)
    base_url: str = BASE
    #: That somebody waits for a mail, as often as it was said.
    woken: list[bool] = field(default_factory=list)
    #: How many may ask for a link yet.
    most: int = 10_000

    def __post_init__(self) -> None:
        world = self.world
        (cadence,) = world.digest.cadences
        world.digest = replace(world.digest, cadences=(replace(cadence, approval=Approval.REQUIRED),))
        world.promotable = self._to_promote
        world.clock.now = SUNDAY
        if not self.drafted:
            self._draft()

    def _draft(self) -> None:
        world = self.world
        world.had_an_edition()
        world.join("ann", "ben")
        for number, title in enumerate(("The quiet budget", "Islands", "Empty desks"), start=1):
            published = WEDNESDAY + timedelta(hours=number)
            world.appear(a_source_post(id=str(number), title=title, published=published))
        self.looked()

    # -- what is made of it ------------------------------------------------------------------------

    def looked(self) -> None:
        """A look for editions that are due."""
        settings = self.world.editions_with(lambda edition, reader: f"<{edition}.{reader}@example.org>")
        told = replace(settings, tell_editors=lambda *_: None)
        make(self.world.store, self.world.clock, told, lambda _: ())

    def edition(self) -> Edition:
        with self.world.store.read() as connection:
            found = editions.find(connection, THIS)
        assert found is not None
        return found

    def acts(self) -> list[DeskAct]:
        with self.world.store.read() as connection:
            return desk_store.acts(connection, THIS)

    def letters(self) -> list[Letter]:
        with self.world.store.read() as connection:
            return outbox.listing(connection, limit=100)

    def known(self) -> tuple[KnownEvent, ...]:
        with self.world.store.read() as connection:
            return known_events(connection, (), self.world.clock.now, LONDON)

    def _to_promote(self, connection: Any, now: datetime) -> tuple[Any, ...]:
        known = known_events(connection, (), now, LONDON)
        return events_to_promote(known, (), events.rows(connection), now)

    # -- its pages ---------------------------------------------------------------------------------

    @property
    def door(self) -> DeskDoor:
        return DeskDoor(base_url=self.base_url, keys=self.keys, editors=self.editors)

    def link(self, editor: str = JANE) -> str:
        """Its path."""
        addresses = addresses_in_drafts(self.world.store, self.door, THIS, [editor], at=self.world.clock.now)
        return addresses[editor].removeprefix(BASE)

    def browser(self, editor: str = JANE, path: str | None = None) -> Browser:
        return Browser(client=self.client(), path=path or self.link(editor))

    def client(self) -> Client:
        return Client(application(self.part().pages, desk.routes(self.part())))

    def allows(self, _form: str, _network: str) -> bool:
        self.most -= 1
        return self.most >= 0

    def ask_at_door(self, email: str) -> httpx.Response:
        """From the door's own page."""
        client = self.client()
        token = re.findall(r'name="form" value="([^"]+)"', client.get("/desk").text)[0]
        return client.post("/desk", data={"form": token, "email": email})

    def part(self) -> Desk:
        world = self.world
        return Desk(
            store=world.store,
            clock=world.clock,
            pages=Pages(front=replace(a_front(), site=replace(a_front().site, zone=LONDON)), environment=environment()),
            door=self.door,
            find_digest=lambda _: world.digest,
            renderer=lambda _: world.renderer,
            events=self.known,
            refresh=lambda: refresh_events(world.store, world.clock, (), LONDON),
            send_test=self._send_test,
            wake=lambda: self.woken.append(True),
            allows=self.allows,
        )

    def _send_test(self, edition_id: str, address: str) -> int:
        return send_test(
            self.world.store,
            LetterWords(subject="[Test]", text="Text\n", html="<p>Html</p>", language="en"),
            address,
            edition_id=edition_id,
            only_to=OnlyTo(allowed=self.world.only_to),
            at=self.world.clock.now,
            name=partial(letter_id, sender=ENVELOPE.sender),
        )
