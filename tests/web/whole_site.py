"""A whole site in a folder, served by ``solacefeed web`` in a process of its own: readers, sign-ups, a draft's desk."""

from __future__ import annotations

import email
import email.policy
import re
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from lxml import html as lxml_html

from solacefeed import tokens
from solacefeed.store import facts, schema
from solacefeed.store.database import open_store
from solacefeed.tokens import Keys
from tests.support import warm
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.site import Site
from tests.web.conftest import Got

MORE = """
[[events]]
id = "summit-2099"
name = "Chief Officers' Summit"
place = "Harrogate"
starts = 2099-04-13
[[digests]]
name = "daily"
title = "The Daily Digest"
closes = "daily {closes}"
approval = "required"
max_late = "1h"
settle = "1s"
max_age_days = 3660
[[digests]]
name = "jobs"
title = "Jobs"
closes = "first mon of month 07:00"
[mail]
from = "Chief Officers <digest@example.org>"
unsubscribe_mailbox = "unsubscribe@example.org"
editors = ["jane@example.org"]
[web]
base_url = "http://localhost:{port}"
sign_ups_per_network = 100000
sign_ups_in_all = 100000
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = "List-Unsubscribe=One-Click"
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class WholeSite:
    site: Site
    port: int

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.site.folder}/var/solacefeed.db"

    def rows(self) -> Rows:
        """All that the store holds."""
        store = open_store(self.store_url)
        try:
            with store.read() as connection:
                return {
                    table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
                    for table in schema.metadata.sorted_tables
                }
        finally:
            store.close()

    def keys(self) -> Keys:
        store = open_store(self.store_url)
        try:
            return (facts.signing_key(store),)
        finally:
            store.close()

    def standing(self, address: str) -> dict[str, object]:
        """How the subscription to the daily digest stands."""
        shown = self.site.data("subscribers", "show", address)
        return next(each for each in shown["subscriptions"] if each["digest"] == "daily")

    def mailed(self, purpose: str) -> str:
        """The path of the newest link to *purpose* in a rehearsed mail."""
        return self._mailed(purpose)[-1]

    def has_mailed(self, purpose: str) -> bool:
        return bool(self._mailed(purpose))

    def _mailed(self, purpose: str) -> list[str]:
        files = sorted((self.site.folder / "var" / "mail").rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
        texts = [body.get_content() for each in messages if (body := each.get_body(("plain",)))]
        found = [re.search(rf"http://localhost:\d+(/{purpose}/\S+)", text) for text in texts]
        return [each[1] for each in found if each]

    @contextmanager
    def served(self) -> Iterator[warm.Command]:
        """``solacefeed web``, until the context ends or something ends it."""
        with (self.site.folder / "web.log").open("ab") as log:
            words = ["web", "--listen", f"127.0.0.1:{self.port}"]
            command = warm.Command(words, self.site.folder, {}, out=log.fileno(), err=log.fileno())
            try:
                self._wait(command)
                yield command
            finally:
                command.send(signal.SIGTERM)
                command.wait()

    def _wait(self, command: warm.Command) -> None:
        end = monotonic() + 60
        while command.runs and monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            sleep(0.05)
        raise AssertionError((self.site.folder / "web.log").read_text(encoding="utf-8"))

    # -- over the wire -----------------------------------------------------------------------------

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Got:
        with wire(self.port) as kept:
            return kept.ask(method, path, body, headers)

    def subscribe(self, address: str) -> Got:
        """By a form of ours that stands on another site."""
        snippet = self.site.told("web", "snippet", "--digest", "daily")
        token = snippet.partition('name="form" value="')[2].partition('"')[0]
        return self.ask("POST", "/subscribe", f"form={token}&digest=daily&email={address}", FORM)

    def press(self, path: str, words: str, cookie: str = "", **filled: object) -> Got:
        """Opens a page and presses its button with these *words*, as a browser does."""
        shown = self.ask("GET", path, headers={"Cookie": cookie} if cookie else {})
        cookie = shown.headers.get("set-cookie", cookie).partition(";")[0]
        tree: Any = lxml_html.fromstring(shown.raw)
        button = next(each for each in tree.iter("button") if each.text_content().strip().startswith(words))
        form = next(each for each in button.iterancestors("form"))
        fields = [(name, value) for name, value in form.form_values() if name not in filled]
        fields += [(button.get("name"), button.get("value"))] if button.get("name") else []
        sent = urlencode([*fields, *filled.items()], doseq=True)
        where = re.sub(r"^https?://[^/]+", "", form.get("action") or path)
        where = where if where.startswith("/") else f"{path.rpartition('/')[0]}/{where}"
        return self.ask("POST", where, sent, {**FORM, "Cookie": cookie})


@dataclass(slots=True)
class Wire:
    """A connection that is kept for several requests, where the other side keeps it."""

    port: int
    _open: HTTPConnection | None = None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Got:
        try:
            return self._asked(method, path, body, headers)
        except (HTTPException, OSError):
            self.close()
            return self._asked(method, path, body, headers)

    def _asked(self, method: str, path: str, body: str | bytes | None, headers: Mapping[str, str]) -> Got:
        self._open = self._open or HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._open.request(method, path, body, dict(headers))
        answer = self._open.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Got(status=answer.status, headers=named, raw=answer.read())


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    kept = Wire(port=port)
    try:
        yield kept
    finally:
        kept.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def begun(folder: Path) -> WholeSite:
    """Ann has the daily digest, Cat has just ended it, Ben has asked for it, and Jane's draft is mailed."""
    port = free_port()
    closes = f"{datetime.now(UTC) + timedelta(hours=3):%H:%M}"
    with serve(Blog.shipped()) as blog:
        blog.blog.url = blog.origin
        site = Site.begun(folder, source=blog.origin, more=MORE.format(closes=closes, port=port))
        site.told("poll")
        blog.blog.add("A new post", categories=["Housing"], at=datetime.now(UTC))
        site.told("poll")
    for who in ("ann", "cat"):
        site.told("subscribers", "add", f"{who}@example.org", "--digest", "daily")
    site.told("publish")
    whole = WholeSite(site, port)
    with whole.served():
        whole.ask("POST", f"/unsubscribe/{tokens.for_unsubscribing('daily', 2, whole.keys())}", ONE_CLICK, FORM)
        whole.subscribe("ben@example.org")
    drafted(whole)
    return whole


def drafted(whole: WholeSite) -> None:
    """Looks for mail until the posts have stood unchanged for their second, and the draft of them is mailed."""
    end = monotonic() + 120
    while not whole.has_mailed("desk"):
        assert monotonic() < end
        whole.site.told("prepare")
        whole.site.told("deliver")


def addresses(whole: WholeSite) -> list[str]:
    """Every address that leads somewhere, whoever is given it."""
    keys, until = whole.keys(), datetime.now(UTC) + timedelta(hours=1)
    desk = whole.mailed("desk")
    found = ["/", "/subscribe", "/subscribe?embed=1", "/subscribe?categories=housing&digest=daily", "/find"]
    found += ["/complain", "/healthz", whole.mailed("confirm"), "/desk", desk, f"{desk}/mail", f"{desk}/text"]
    found += [f"/preferences/{tokens.for_preferences(1, 0, keys)}", f"/complain/{tokens.for_preferences(1, 0, keys)}"]
    found += [f"/unsubscribe/{tokens.for_unsubscribing('daily', number, keys)}" for number in (1, 2)]
    end = tokens.OwnEnd(digest="daily", subscriber_id=2, generation=0, change=1)
    found += [f"/undo/{tokens.for_undoing(end, keys, until=until)}"]
    found += [f"/{each}/{tokens.for_hour(each, 1, 0, keys, until=until)}" for each in ("export", "erase", "move")]
    found += [f"/my/{tokens.for_feed(1, 0, keys)}.atom"]
    found += ["/index.html", "/all.atom", "/all.rss", "/all.json", "/category/housing.atom", "/events/", "/events.ics"]
    return found
