"""A whole site in a folder of its own, and programs that watch it from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from solacefeed.app import App
from solacefeed.composition.pages import put_apart, put_together
from solacefeed.config import load
from solacefeed.store.database import Store
from solacefeed.web.application import Application
from tests.support.site import CONFIG

MORE = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
[mail]
from = "Officers <digest@example.org>"
[web]
base_url = "http://news.example.org"
"""
#: Where a program of this machine itself asks.
HERE = "127.0.0.1:8026"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    app: App
    #: Pages and documents, which a proxy may hand on.
    served: Application
    #: What ``[monitoring] listen`` serves.
    apart: Application

    @classmethod
    def site(cls, folder: Path, store: Store, *, more: str = "") -> Watched:
        config = folder / "config.toml"
        config.write_text(CONFIG.format(source="https://blog.example.org", more=MORE + more), encoding="utf-8")
        app = App(load(config, environ={}), as_of=None, folder=folder)
        return cls.again(app, store)

    @classmethod
    def again(cls, app: App, store: Store) -> Watched:
        """As a process that has told nobody yet."""
        return cls(app=app, served=put_together(app, store), apart=put_apart(app, store))

    def watch(
        self, path: str, *, peer: str = "127.0.0.1", host: str = HERE, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """What who connects from *peer* is answered where it is told apart how the site stands."""
        return asyncio.run(_asked(self.apart, path, peer, {"Host": host, **(headers or {})}))

    def ask(
        self,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
        host: str = "news.example.org",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The same where pages are served; with *form*, which they post."""
        return asyncio.run(_asked(self.served, path, peer, {"Host": host, **(headers or {})}, form))


async def _asked(
    served: Application, path: str, peer: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=served, client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://news.example.org") as client:
        return await client.request("GET" if form is None else "POST", path, headers=headers, data=form)
