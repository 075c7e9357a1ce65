"""``/readyz``: whether the site does what it is there for, for who watches; nothing in it is secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solacefeed.web.health import HEADERS
from solacefeed.web.routing import PageRequest, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    #: Why it is not, a line each; nothing where it is.
    why_not: Callable[[], tuple[str, ...]]

    def tell(self, _asked: PageRequest) -> Response:
        """200 where it is ready, else 503 with the reasons."""
        reasons = self.why_not()
        said = "".join(f"{each}\n" for each in reasons) or "ready\n"
        return PlainTextResponse(said, 503 if reasons else 200, headers=HEADERS)


def routes(part: Readiness) -> list[Route]:
    return [page("/readyz", part.tell)]
