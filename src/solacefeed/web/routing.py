"""How a request comes to a page's handler: its form read whole within its limits, then the handler in a thread.

A handler is a plain function, and may wait for the store; a client who is slow to send holds no thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
