"""Addresses on a blog's pages: which are the blog's own, and what they lead to; pure.

Law: no query leads anywhere but those that WordPress writes where permalinks are plain (``?paged=2``), so that no
calendar, filter or "reply to this comment" is ever followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import Address, parsed
from solacefeed.posts.identity import canonical
from solacefeed.text.urls import absolute

_PAGE_IN_PATH: Final = re.compile(r"(.*/)page/([0-9]{1,6})/?")
#: The second is what block themes write for a list of posts of its own.
_PAGE_IN_QUERY: Final = re.compile(r"paged|query-[0-9]+-page")
_SLUG: Final = re.compile(r".*/([^/]+)/?")
_CATEGORY_QUERY: Final = re.compile(r"cat=[0-9]+")
_MONTH: Final = re.compile(r".*/[12][0-9]{3}/[01][0-9]/")
_DEFAULT_PORTS: Final = (None, 80, 443)


@dataclass(frozen=True, slots=True)
class Home:
    """Where the blog is; what does not lie at or below *url* is not its own."""

    url: str

    def own(self, href: str | None, page: str) -> str | None:
        """*href* as it is meant on *page*, where it is the blog's own: without fragment, at the home's very origin."""
        address = absolute(href, page)
        if address is None:
            return None
        here, there = parsed(self.url), parsed(address)
        path = there.path or "/"
        if _place(here) != _place(there) or not _closed(path).startswith(_closed(here.path)):
            return None
        return str(replace(there, scheme=here.scheme, authority=here.authority, path=path, fragment=""))

    def by_number(self, number: str) -> str:
        """The short link of the post with this number, which any WordPress answers."""
        return f"{_closed(self.url)}?p={number}"


def _place(address: Address) -> tuple[str, int | None]:
    return address.host, None if address.port in _DEFAULT_PORTS else address.port


def _closed(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


def bare(address: str) -> str:
    """What identifies of a post's address, on whatever page; with a question mark, as it has always been remembered."""
    identity = canonical(address).partition("#")[0]
    return identity if "?" in identity else f"{identity}?"


def paged(address: str) -> tuple[str, int]:
    """The archive that *address* is a page of, and which: ``/category/x/page/2/`` is the second of ``/category/x/``."""
    parts = parsed(address)
    query = dict(parse_qsl(parts.query))
    asked = [query.pop(name) for name in tuple(query) if _PAGE_IN_QUERY.fullmatch(name)]
    in_path = _PAGE_IN_PATH.fullmatch(parts.path)
    number = in_path[2] if in_path else next((said for said in asked if re.fullmatch("[0-9]{1,6}", said)), "1")
    path = _closed(in_path[1] if in_path else parts.path).replace("/index.php/", "/")
    return str(replace(parts, path=path, query=urlencode(sorted(query.items()), errors="replace"))), int(number)


def numbered(archive: str, number: int) -> str:
    """The address of a page of *archive*, as WordPress writes it."""
    if number <= 1:
        return archive
    return f"{archive}&paged={number}" if "?" in archive else f"{archive}page/{number}/"


def next_page(links: Iterable[str], address: str) -> str | None:
    """The one of *links* that leads to the page after *address*; what it is called means a thing in each theme."""
    archive, number = paged(address)
    return next((link for link in links if paged(link) == (archive, number + 1)), None)


def slug(address: str) -> str | None:
    """The last part of the path; none where a query says what is meant."""
    parts = parsed(address)
    found = None if parts.query else _SLUG.fullmatch(parts.path)
    return found[1] if found else None


def is_category(address: str) -> bool:
    """Whether it is the first page of a category's archive, by WordPress's own names."""
    parts = parsed(address)
    named = bool(_CATEGORY_QUERY.fullmatch(parts.query)) if parts.query else _is_below_a_category(parts.path)
    return named and paged(address)[1] == 1


def _is_below_a_category(path: str) -> bool:
    """Whether something stands behind ``/category/``, and no ``/feed/`` there."""
    parts = path.split("/")
    places = [place for place in range(1, len(parts) - 1) if parts[place] == "category" and parts[place + 1 :] != [""]]
    return bool(places) and "feed" not in parts[places[-1] + 1 :]


def is_month(address: str) -> bool:
    """Whether it is the first page of a month's archive."""
    parts = parsed(address)
    return not parts.query and bool(_MONTH.fullmatch(_closed(parts.path)))
