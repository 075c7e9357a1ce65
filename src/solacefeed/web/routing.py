"""How a request comes to a page's handler: its form read whole within its limits, then the handler in a thread.

A handler is a plain function, and may wait for the store; a client who is slow to send holds no thread. What few ask
for and takes much to load is put together when it is first asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from solacefeed.web import clients
from solacefeed.web.limits import Form, FormLimits, first, read_form
from solacefeed.web.request_counts import note_template

#: What proxies add; what is asked on this machine has none of them.
FORWARDED = ("x-forwarded-for", "forwarded", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


#: Where a request's scope has whether a proxy that is trusted has said who asks.
TOLD_OF = "solacefeed.told_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a handler is asked."""

    request: Request
    #: What was filled in; empty unless it was posted.
    form: Form

    @property
    def acts(self) -> bool:
        """Whether anything may change: a GET only shows."""
        return self.request.method == "POST"

    @property
    def network(self) -> str:
        """Of who asks; see ``clients.network``."""
        return clients.network(self.request.client.host if self.request.client else "")

    @property
    def came_directly(self) -> bool:
        """Whether no proxy has passed it on, as far as its headers tell."""
        return not any(name in self.request.headers for name in FORWARDED)

    @property
    def is_told_of(self) -> bool:
        """Whether a proxy that the site trusts has said who asks."""
        return bool(self.request.scope.get(TOLD_OF))

    def path(self, name: str) -> str:
        """What stands in the address for *name*."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> tuple[str, ...]:
        return tuple(self.request.query_params.getlist(name))

    def field(self, name: str) -> str:
        """What was filled in first as *name*; empty for nothing."""
        return first(self.form, name)


Handler = Callable[[PageRequest], Response]


def page(
    path: str,
    handler: Handler,
    *,
    methods: Sequence[str] = ("GET",),
    limits: FormLimits | None = None,
    form: bool = True,
) -> Route:
    """The route of *handler*: ``form=False`` for one to which it is all the same what a POST's body holds."""

    async def asked(request: Request) -> Response:
        note_template(request.scope, path)
        filled = await read_form(request, limits or FormLimits()) if form and request.method == "POST" else {}
        return await run_in_threadpool(handler, PageRequest(request=request, form=filled))

    return Route(path, asked, methods=list(methods))


class LateRoutes(BaseRoute):
    """The routes that *make* gives, of paths whose first word is one of *words*; made by who asks for one of them.

    Raises ``ValueError`` then for a route whose paths begin otherwise: nobody would ever reach it.
    """

    def __init__(self, words: Iterable[str], make: Callable[[], Sequence[BaseRoute]]) -> None:
        self.words = frozenset(words)
        self._make = make
        self._making = threading.Lock()
        self._made: Router | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        mine = scope["type"] == "http" and first_word(path) in self.words
        return (Match.FULL if mine else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Loading it takes a moment, for which others are answered.
        if self._made is None:
            self._made = await run_in_threadpool(self._once)
        await self._made(scope, receive, send)

    def _once(self) -> Router:
        with self._making:
            if self._made is None:
                routes = self._make()
                beyond = {word for route in routes for word in first_words(route)} - self.words
                if beyond:
                    raise ValueError(
                        f"late routes of /{', /'.join(sorted(self.words))} can't begin with {sorted(beyond)}"
                    )
                # It would redirect to wherever the request's Host says.
                self._made = Router(routes, redirect_slashes=False)
            return self._made


def first_words(route: BaseRoute) -> frozenset[str]:
    """What the paths of *route* begin with."""
    if isinstance(route, LateRoutes):
        return route.words
    return frozenset({first_word(route.path)}) if isinstance(route, Route) else frozenset()


def first_word(path: str) -> str:
    """The first word of a path; empty for the page at its root."""
    return path.removeprefix("/").partition("/")[0]
