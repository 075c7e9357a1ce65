"""A blog's web pages as they are asked for: decoded, whole, of the blog's own host, or not believed."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus
from typing import Final

from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.sources import answers
from solacefeed.sources.answers import Wanted
from solacefeed.sources.pages_links import Home, paged
from solacefeed.sources.pages_reading import read_page
from solacefeed.sources.pages_shown import BlogPage, Shown

NOT_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_PAGE: Final = Wanted(
    it="the page",
    form="a web page",
    types=re.compile(r"text/html|application/xhtml\+xml"),
    doubt="is the address right?",
)
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)
_END: Final = re.compile(r"</html\s*>", re.IGNORECASE)
#: A tree takes many times as much memory as its page.
_MOST_BYTES: Final = 8_000_000
#: What browsers read as Windows-1252 (WHATWG Encoding, section 4.2).
_LATIN: Final = frozenset({"iso-8859-1", "latin1", "us-ascii", "ascii"})


class Web:
    """The pages of the blog at *url*, as far as they can be believed."""

    def __init__(self, client: HttpClient, url: str, now: datetime) -> None:
        self.home = Home(url)
        self._client = client
        self._now = now
        self._first: BlogPage | None = None

    def home_page(self) -> BlogPage:
        """Where a reader begins."""
        asked = self.html(self.home.url, none=frozenset())
        assert asked is not None
        self._first = read_page(*asked, self.home)
        return self._first

    def page(self, address: str) -> BlogPage | None:
        """A page that lists posts; ``None`` where there is none."""
        if self._first and address == paged(self._first.url)[0]:
            return self._first
        asked = self.html(address, none=NOT_THERE)
        return asked and read_page(*asked, self.home)

    def address_of(self, shown: Shown) -> str | None:
        """Where the post's own page is asked for."""
        if shown.url:
            return self.home.own(shown.url, self.home.url)
        return self.home.by_number(shown.number) if shown.number else None

    def html(self, address: str, *, none: Collection[int]) -> tuple[str, str] | None:
        """The HTML at *address*, and where it answered; ``None`` for the statuses in *none*."""
        answer = answers.asked(self._client, address, accept="text/html")
        if answer.status in none:
            return None
        answer = answers.believed(answer, _PAGE, self._now)
        return self._decoded(answer), self.home.own(answer.url, answer.url) or address

    def _decoded(self, answer: Answer) -> str:
        if len(answer.body) > _MOST_BYTES:
            why = f"a page of more than {_MOST_BYTES} bytes; no page of a blog needs so many"
            raise answers.refused(answer, why, self._now)
        charset = _charset(answer)
        try:
            html = answer.body.decode(charset)
        except (LookupError, UnicodeDecodeError) as error:
            why = f"is not written in {charset.removesuffix('-sig')} as it says; look at the blog's charset"
            raise answers.refused(answer, why, self._now) from error
        if not _END.search(html):
            why = f"the page has no end ({len(answer.body)} bytes); was it cut off on its way?"
            raise answers.refused(answer, why, self._now)
        return html


def _charset(answer: Answer) -> str:
    """As the header says, else the page itself."""
    said = _CHARSET.search(answer.headers.get("content-type", ""))
    said = said or _CHARSET.search(answer.body[:2048].decode("ascii", "replace"))
    charset = said[1].lower() if said else "utf-8"
    return "utf-8-sig" if charset == "utf-8" else "windows-1252" if charset in _LATIN else charset
