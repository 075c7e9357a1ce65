"""Pages that are put together when the first visitor asks for one: none of them is out of everybody's reach."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute

from solacefeed.web.limits import FormLimits
from solacefeed.web.routing import LateRoutes, page


def a_page(path: str) -> BaseRoute:
    return page(path, lambda _asked: Response(path), limits=FormLimits())


def answered(routes: LateRoutes, path: str) -> str:
    async def ask() -> str:
        transport = httpx.ASGITransport(app=Starlette(routes=[routes]))
        async with httpx.AsyncClient(transport=transport, base_url="http://news.example.org") as client:
            return (await client.get(path)).text

    return asyncio.run(ask())


def test_they_are_put_together_once_when_one_of_them_is_asked_for() -> None:
    made: list[int] = []

    def make() -> list[BaseRoute]:
        made.append(1)
        return [a_page("/desk"), a_page("/desk/mail")]

    routes = LateRoutes(("desk",), make)
    assert made == []
    assert [answered(routes, path) for path in ("/desk", "/desk/mail")] == ["/desk", "/desk/mail"]
    assert made == [1]


def test_one_that_nobody_could_reach_is_refused_with_its_first_word() -> None:
    routes = LateRoutes(("desk",), lambda: [a_page("/desk"), a_page("/diary/today")])
    with pytest.raises(ValueError, match=r"late routes of /desk can't begin with \['diary'\]"):
        answered(routes, "/desk")
