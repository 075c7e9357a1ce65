"""``/healthz``: whether our pages can be served, for who watches; the same words to everybody."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solacefeed.errors import StoreError
from solacefeed.store import facts
from solacefeed.store.database import Store
from solacefeed.web.routing import PageRequest, page

#: Of what is asked by programs that watch, and kept by nobody.
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}

#: By which ``doctor`` sees whether a web server before our pages says who asks, and is believed.
TOLD = "X-Client-Told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    store: Store

    def tell(self, asked: PageRequest) -> Response:
        """200 while the store can be read, else 503; why not is told by ``status``, to the operator alone."""
        reads = self._reads()
        headers = {**HEADERS, TOLD: "yes" if asked.is_told_of else "no"}
        return PlainTextResponse("ok\n" if reads else "unavailable\n", 200 if reads else 503, headers=headers)

    def _reads(self) -> bool:
        try:
            with self.store.read() as connection:
                facts.names(connection, "health")
        except StoreError:
            return False
        return True


def routes(part: Health) -> list[Route]:
    return [page("/healthz", part.tell)]
