"""How many requests were answered: by the template of their route, so that no token, address or path is kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import MutableMapping
from typing import Any, TypeAlias

from starlette.types import Send

#: Of what no route of ours has taken.
OTHER = "other"
#: Of the published documents.
DOCUMENTS = "documents"

#: The template of a route, and the status of its answer.
AnsweredAs: TypeAlias = tuple[str, int]

#: Where a route leaves its template in a request's scope.
_TEMPLATE = "solacefeed.template"


class RequestCounts:
    """Of this process, since it began; there are as many as routes and statuses, whatever is asked."""

    def __init__(self) -> None:
        self._counts: Counter[AnsweredAs] = Counter()
        self._counting = threading.Lock()

    def count(self, template: str, status: int) -> None:
        with self._counting:
            self._counts[template, status] += 1

    def read(self) -> dict[AnsweredAs, int]:
        with self._counting:
            return dict(self._counts)

    def counting(self, send: Send, scope: MutableMapping[str, Any], template: str | None = None) -> Send:
        """*send*, which counts the answer as that of *template*, else as the route's that takes *scope*."""

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.count(template or scope.get(_TEMPLATE, OTHER), message["status"])
            await send(message)

        return sent


def note_template(scope: MutableMapping[str, Any], template: str) -> None:
    """Says by which route a request is answered."""
    scope[_TEMPLATE] = template
