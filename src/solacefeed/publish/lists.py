"""The lists that programs read: all feeds as OPML 2.0 and as JSON, and the pages as a sitemap.

The law: same feeds, same bytes. Nothing in them changes but with the feeds; so OPML gets no ``dateCreated``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from solacefeed.catalogue import N_, gettext
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.describing import Kin, describe, kinship
from solacefeed.publish.directory import ListedFeed
from solacefeed.publish.feeds import Feed, Naming
from solacefeed.publish.page import FORMAT_NAMES, PagesInCommon, instant_words
from solacefeed.words import interface

OPML = "feeds.opml"

#: Folders within folders; readers give up somewhere, and XML parsers at 256.
DEEPEST = 10

#: URLs in one sitemap (sitemaps.org).
MOST_URLS = 50_000

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FOLDERS = (
    (FeedKind.COMBINED, N_("Several categories in one")),
    (FeedKind.DIGEST, N_("Digests")),
    (FeedKind.AUTHOR, N_("Authors")),
)


# -- OPML -----------------------------------------------------------------------------------------


def opml(feeds: Sequence[Feed], naming: Naming) -> bytes:
    """All *feeds* in their order, to be taken into a reader at once.

    A category with others below it is a folder of them all, itself first: many readers overlook what stands within
    the outline of a feed.
    """
    title = gettext("Feeds of %(site)s", interface(naming.site.language), site=naming.site.title)
    lines = [
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{escape(title)}</title>",
        f"    <ownerName>{escape(naming.site.organisation)}</ownerName>",
        f"    <ownerId>{escape(naming.url(''))}</ownerId>",
        "  </head>",
        "  <body>",
        *_body(feeds, naming),
        "  </body>",
        "</opml>",
    ]
    return (_XML + "\n".join(lines) + "\n").encode()


def _body(feeds: Sequence[Feed], naming: Naming) -> Iterator[str]:
    around = kinship(feeds)
    reached: set[str] = set()
    for feed in feeds:
        if feed.kind in (FeedKind.ALL, FeedKind.CATEGORY) and not around[feed.key].parent:
            yield from _branch(feed, around, naming, reached)
    # Categories that stand, by way of others, above themselves hang from nothing.
    yield from (
        _outline(feed, around, naming, 2)
        for feed in feeds
        if feed.kind is FeedKind.CATEGORY and feed.key not in reached
    )
    for kind, title in _FOLDERS:
        own = [_outline(feed, around, naming, 3) for feed in feeds if feed.kind is kind]
        if own:
            yield from (_open(gettext(title, interface(naming.site.language)), 2), *own, _close(2))


def _branch(feed: Feed, around: dict[str, Kin], naming: Naming, reached: set[str]) -> Iterator[str]:
    """*feed* and all below it, however deep; their keys go into *reached*."""
    waiting: list[tuple[Feed | None, int]] = [(feed, 2)]
    while waiting:
        next_one, level = waiting.pop()
        if next_one is None:
            yield _close(level)
            continue
        reached.add(next_one.key)
        parts = around[next_one.key].parts
        inside = level
        if parts and level < DEEPEST:
            yield _open(next_one.name, level)
            waiting.append((None, level))
            inside = level + 1
        yield _outline(next_one, around, naming, inside)
        waiting.extend((part, inside) for part in reversed(parts))


def _open(title: str, level: int) -> str:
    # What has more than a text is a feed or a link, and says which; so the W3C's validator.
    return f"{'  ' * level}<outline {_attributes(text=title)}>"


def _close(level: int) -> str:
    return f"{'  ' * level}</outline>"


def _outline(feed: Feed, around: dict[str, Kin], naming: Naming, level: int) -> str:
    attributes = _attributes(
        type="rss",
        text=feed.name,
        title=feed.title,
        description=describe(feed, naming, around[feed.key].parts),
        language=naming.site.language,
        xmlUrl=naming.url(f"{feed.stem}.atom"),
        htmlUrl=naming.url(f"{feed.stem}/"),
    )
    return f"{'  ' * level}<outline {attributes}/>"


def _attributes(**said: str) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in said.items())


# -- JSON -----------------------------------------------------------------------------------------


def feeds_json(feeds: Sequence[ListedFeed], naming: Naming, common: PagesInCommon) -> bytes:
    """All *feeds* in their order, with the keys that docs/feeds.md names."""
    around = kinship([each.feed for each in feeds])
    value = {
        "title": naming.site.title,
        "blog": naming.site.url,
        "organisation": naming.site.organisation,
        "language": naming.site.language,
        "page": naming.url(""),
        "opml": naming.url(OPML),
        "subscribe": common.subscribe_url,
        "events": naming.url(common.events_page.removesuffix("index.html")) if common.events_page else None,
        "feeds": [_listed(each, around[each.feed.key], naming) for each in feeds],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _listed(each: ListedFeed, around: Kin, naming: Naming) -> dict[str, object]:
    feed = each.feed
    return {
        "key": feed.key,
        "id": feed.id,
        "kind": feed.kind,
        "name": feed.name,
        "title": feed.title,
        "description": describe(feed, naming, around.parts),
        "parent": around.parent.key if around.parent else None,
        "parts": [part.key for part in around.parts],
        "page": naming.url(f"{feed.stem}/"),
        **{ending: naming.url(f"{feed.stem}.{ending}") for ending in FORMAT_NAMES},
        "entries": each.posts,
        "updated": instant_words(each.updated),
    }


# -- the sitemap ----------------------------------------------------------------------------------


def sitemap(pages: Iterable[tuple[str, datetime]]) -> bytes:
    """*pages* by their absolute addresses, each with its newest change; the first ``MOST_URLS`` of them."""
    urls = (
        f"<url><loc>{escape(url)}</loc><lastmod>{instant_words(changed)}</lastmod></url>"
        for url, changed in islice(pages, MOST_URLS)
    )
    body = "\n".join(['<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', *urls, "</urlset>"])
    return f"{_XML}{body}\n".encode()
