"""Moving in: readers of the blog's own feeds are led to ours."""

from __future__ import annotations

from collections.abc import Callable

from solacefeed.errors import UsageError
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.feeds import Feed, Naming, author_feeds, category_feeds
from solacefeed.publish.redirects import Server, rules
from solacefeed.store import categories, feeds
from solacefeed.store.database import Store


def redirects(
    store: Store,
    server: Server,
    naming: Naming,
    *,
    blog_url: str,
    category_base: str,
    is_there: Callable[[str], bool],
) -> str:
    """The rules that lead from the feeds of *blog_url* to ours, in the words of *server*.

    *is_there* tells whether the document at a path is published: nobody is led to what is not. Raises ``UsageError``
    before anything is.
    """
    with store.read() as connection:
        listed = categories.everything(connection)
        former = categories.slugs_before(connection)
        numbers = categories.numbering(connection).numbers
        authors = [feed.name for feed in feeds.everything(connection).values() if feed.kind is FeedKind.AUTHOR]
    candidates = category_feeds(listed, {category.id for category in listed}, naming, former)
    candidates += author_feeds(authors, naming)
    published = [feed for feed in candidates if is_there(_document(feed, "atom"))]
    if not published:
        raise UsageError("there are no feeds to lead to yet: `solacefeed publish`")
    return rules(
        server,
        published,
        naming.site.base_url,
        blog_url,
        listed,
        numbers=numbers,
        category_base=category_base,
        rss="rss" if all(is_there(_document(feed, "rss")) for feed in published) else "atom",
    )


def _document(feed: Feed, ending: str) -> str:
    return f"{feed.stem}.{ending}"
