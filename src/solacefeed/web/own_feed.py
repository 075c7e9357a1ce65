"""``/my/TOKEN.atom``: a reader's own choice as a feed, for who reads in a feed reader instead of in mails."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed.deeds.publishing.own_feed import OwnFeed, OwnFeeds
from solacefeed.errors import UsageError
from solacefeed.tokens import feeding
from solacefeed.web.negotiation import IDENTITY, encoding
from solacefeed.web.negotiation import names as has
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page

_TYPE = "application/atom+xml; charset=utf-8"
#: It is one person's: no cache that others share keeps it, and nothing that searches lists it.
_HEADERS = {
    "Cache-Control": "private, max-age=300",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "none",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedByFeed:
    feeds: OwnFeeds
    pages: Pages

    def feed(self, asked: PageRequest) -> Response:
        """The feed; 404 for no link of ours, 410 for one that was made void or of which nothing stands."""
        token = asked.path("token")
        try:
            number, generation = feeding(token, self.pages.front.keys)
        except UsageError:
            return self.pages.refuse(404)
        own = self.feeds.of(number)
        if own is None or own.generation != generation:
            return self.pages.refuse(410)
        return self._answer(asked, own, number, f"{self.pages.front.base_url}/my/{token}.atom")

    def _answer(self, asked: PageRequest, own: OwnFeed, number: int, address: str) -> Response:
        headers = asked.request.headers
        form = encoding(headers.get("accept-encoding"), ("gzip",))
        etag = f'"{own.mark[:24]}"' if form == IDENTITY else f'"{own.mark[:24]}-{form}"'
        if has(headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=_HEADERS | {"ETag": etag})
        content = self.feeds.document(own, number, address)
        if form != IDENTITY:
            content = gzip.compress(content, compresslevel=4, mtime=0)
        packed = {} if form == IDENTITY else {"Content-Encoding": form}
        return Response(content, headers=_HEADERS | {"ETag": etag, "Content-Type": _TYPE} | packed)


def routes(part: FollowedByFeed) -> list[Route]:
    return [page("/my/{token}.atom", part.feed)]
