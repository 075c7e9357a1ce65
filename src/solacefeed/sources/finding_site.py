"""What a site says of where its sources are: its address, and its page, which is asked for once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from http import HTTPStatus
from itertools import islice
from typing import Final

from solacefeed.addresses import is_web, joined, parsed
from solacefeed.errors import SourceError
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.sources import answers, feed_answers
from solacefeed.sources.answers import Wanted

_HOME: Final = Wanted(it="the blog", form="a web page", types=re.compile("text/html"), doubt="is the address right?")


class Candidates:
    """Where the site at *url* may have a source of each kind; its page is asked for when it is needed, once."""

    def __init__(self, client: HttpClient, url: str, now: datetime) -> None:
        self._client = client
        self._url = url
        self._now = now
        self._page: Answer | None = None
        #: Why the page can't be had.
        self.out_of_reach: SourceError | None = None

    def addresses(self, kind: str) -> tuple[str, ...]:
        """Where the site may have a source of this kind; raises ``SourceError`` where it has none."""
        match kind:
            case "wordpress.com" if not (self._is_at_wordpress_com() or says_wordpress_com(self.page())):
                raise SourceError("neither the address nor the page says that the blog is there")
            case "feed":
                return feeds_of(self.page())
            case "pages":
                self.page()
        return (self._url,)

    def page(self) -> Answer:
        if self.out_of_reach:
            raise self.out_of_reach
        if self._page is None:
            try:
                self._page = self._asked()
            except SourceError as error:
                self.out_of_reach = error
                raise
        return self._page

    def _asked(self) -> Answer:
        page = answers.asked(self._client, self._url, accept="text/html, */*;q=0.1")
        if page.status >= HTTPStatus.INTERNAL_SERVER_ERROR or page.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise answers.refusal(page, _HOME, self._now)
        return page

    def _is_at_wordpress_com(self) -> bool:
        return parsed(self._url).host.endswith(".wordpress.com")


#: Best first: Atom tells when an entry was changed.
_FEED_TYPES: Final = ("application/atom+xml", "application/rss+xml", "application/feed+json")
_XML_TYPES: Final = (*_FEED_TYPES, "application/xml", "text/xml")
#: So much of a page is looked at: links stand in its head.
_HEAD: Final = 200_000
_LINK_FIELD: Final = re.compile(r"""<([^<>]*+)>((?:\s*+;\s*+[\w*-]++\s*+=\s*+(?:"[^"]*+"|[^\s",;]*+))*+)""")
_ELEMENT: Final = re.compile(r"<(link|meta)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>;]++)""")
_HTML: Final = re.compile(r"<html\b([^<>]*)>", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_OF_COMMENTS: Final = re.compile(r"\bcomments?\b", re.IGNORECASE)
_GENERATOR: Final = {"name": "generator", "content": "WordPress.com"}
_MOST_FEEDS: Final = 3


def feeds_of(page: Answer) -> tuple[str, ...]:
    """Returns the addresses at which *page* may have its feed, on its own host and best first: those that it announces
    (RFC 8288; comments' feeds left out), else WordPress's ``/feed/``. A page that is a feed is its own.
    """
    if page.content_type in _XML_TYPES or feed_answers.is_feed(page):
        return (page.url,)
    announced = (link for link in _links(page) if _announces_a_feed(link))
    addresses = {joined(page.url, link["href"].strip()): None for link in sorted(announced, key=_preference)}
    sound = (address for address in addresses if address and is_web(address))
    own = (address for address in sound if parsed(address).host == parsed(page.url).host)
    return tuple(islice(own, _MOST_FEEDS)) or (joined(page.url, "feed/") or page.url,)


def language_of(page: Answer) -> str | None:
    """The language (BCP 47) that *page* says it is in; ``None`` where it says none, or what can be none."""
    head = page.body[:_HEAD].decode("utf-8", "replace")
    found = _HTML.search(head)
    said = _attributes(found[1]).get("lang", "") if found else ""
    return said if _LANGUAGE.fullmatch(said) else None


def says_wordpress_com(page: Answer) -> bool:
    """Whether *page* says that WordPress.com has it: by a header, its generator or its API's address."""
    return (
        page.headers.get("host-header", "").lower() == "wordpress.com"
        or any(_GENERATOR.items() <= meta.items() for meta in _elements(page, "meta"))
        or any(parsed(link["href"]).host == "public-api.wordpress.com" for link in _links(page))
    )


def _announces_a_feed(link: Mapping[str, str]) -> bool:
    return (
        "alternate" in link.get("rel", "").lower().split()
        and link.get("type", "").lower() in _FEED_TYPES
        and not _OF_COMMENTS.search(f"{link['href']} {link.get('title', '')}")
    )


def _preference(link: Mapping[str, str]) -> int:
    return _FEED_TYPES.index(link["type"].lower())


def _links(page: Answer) -> Iterator[Mapping[str, str]]:
    """The links of the header and of the HTML that have an address, by their attributes."""
    for field_value in _LINK_FIELD.finditer(page.headers.get("link", "")[:_HEAD]):
        yield {**_attributes(field_value[2]), "href": field_value[1]}
    yield from (link for link in _elements(page, "link") if "href" in link)


def _elements(page: Answer, name: str) -> Iterator[Mapping[str, str]]:
    head = page.body[:_HEAD].decode("utf-8", "replace")
    return (_attributes(found[2]) for found in _ELEMENT.finditer(head) if found[1].lower() == name)


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): unescape(value.strip("\"'")).strip() for name, value in _ATTRIBUTE.findall(text)}
