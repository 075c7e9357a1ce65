"""From the blog's feed addresses to ours, as rules for the web server that stands before the blog.

Only what is surely the same feed leads on: an address with a query of its own (``?paged=2``, ``?s=budget``) stays
WordPress's, and so do the feeds of comments, tags and searches. Each format leads to its own, so that a reader finds
the entries by the ids it knows (``[feeds] ids = "blog"``); RSS 0.92, 1.0 and 2.0 all lead to RSS 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from solacefeed.addresses import parsed
from solacefeed.errors import UsageError
from solacefeed.models.blog import CategoryNumber
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId
from solacefeed.publish.feeds import Feed

Server = Literal["nginx", "caddy", "apache"]

#: What WordPress calls its formats, at the end of a path and behind ``feed=``, by the ending of our documents.
_FORMATS = {"atom": "atom", "rss": "(feed|rdf|rss2?)"}
_OLD_FILES = {"atom": "wp-atom[.]php", "rss": "wp-(feed|rdf|rss2?)[.]php"}

#: The blog's words go into a server's config: what could mean anything there, or in a pattern, gets no rule.
_SLUG = re.compile(r"[A-Za-z0-9_~%-]+")
_NUMBER = re.compile(r"[0-9]+")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(?:/[A-Za-z0-9._~%@:/-]*)?")
_BASE = re.compile(r"[A-Za-z0-9_~%/-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Redirect:
    """One address of ours, and all those of the blog that lead there."""

    #: Of the whole of a request's path and query, in any case; in the syntax that all three servers share.
    pattern: str
    target: str


def rules(
    server: Server,
    feeds: Iterable[Feed],
    base_url: str,
    blog_url: str,
    categories: Sequence[Category],
    *,
    numbers: Mapping[CategoryId, CategoryNumber] | None = None,
    category_base: str = "category",
    rss: Literal["rss", "atom"] = "rss",
) -> str:
    """The rules in the words of *server*.

    *numbers* has the blog's number of each category by our id, for addresses such as ``/?feed=rss2&cat=3``;
    *category_base* is what stands before a category's slug (Settings > Permalinks); *rss* is the format of ours that
    RSS leads to. Raises ``UsageError`` for an address that can't stand in a server's config.
    """
    for address in (base_url, blog_url):
        if not _ADDRESS.fullmatch(address):
            raise UsageError(f"{address!r} can't stand in a server's config: one of letters, digits, -, . and / can")
    if not _BASE.fullmatch(category_base.strip("/")):
        raise UsageError(f"{category_base!r} is no category base, such as category or blog/topics")
    blog = _Blog(
        root=_literal(parsed(blog_url).path.rstrip("/")),
        category_base=category_base.strip("/"),
        slugs={category.id: category.slug for category in categories},
        numbers=dict(numbers or {}),
    )
    endings = {"atom": "atom", "rss": rss}
    found = [
        _Redirect(pattern="|".join(addresses), target=f"{base_url.rstrip('/')}/{feed.stem}.{endings[format_]}")
        for feed in feeds
        for format_ in endings
        if (addresses := list(_addresses(feed, blog, format_)))
    ]
    return _SERVERS[server](found, blog_url)


# -- which --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blog:
    """How the blog addresses its feeds."""

    #: The pattern of the path that it stands at, without a slash at its end.
    root: str
    category_base: str
    #: Of each category, by our id.
    slugs: Mapping[CategoryId, str]
    #: The blog's own, by our id.
    numbers: Mapping[CategoryId, CategoryNumber]


def _addresses(feed: Feed, blog: _Blog, format_: str) -> Iterator[str]:
    """The patterns of the addresses at which the blog has *feed*; an empty query is none."""
    written = _FORMATS[format_]
    short = "feed/?|" if format_ == "rss" else ""
    ends = f"({short}(feed/)?{written}/?)[?]"
    for path in _paths(feed, blog):
        yield f"{blog.root}(/index[.]php)?{path}/{ends}?"
    for choice in _choices(feed, blog):
        yield f"{blog.root}/{ends}{choice}"
        yield f"{blog.root}/?(index[.]php)?[?](feed={written}&{choice}|{choice}&feed={written})"
    if feed.kind is FeedKind.ALL:
        yield f"{blog.root}/?(index[.]php)?[?]feed={written}"
        yield f"{blog.root}/{_OLD_FILES[format_]}[?]?"


def _paths(feed: Feed, blog: _Blog) -> Iterator[str]:
    """What stands before ``/feed/``; WordPress goes by a category's last slug, whatever stands before it."""
    if feed.kind is FeedKind.ALL:
        yield ""
    elif feed.author_slug:
        yield f"/author/{feed.author_slug}"
    elif slugs := _slugs(feed, blog):
        yield f"/{blog.category_base}/([^/?]+/)*({'|'.join(slugs)})"


def _choices(feed: Feed, blog: _Blog) -> Iterator[str]:
    """What stands beside ``feed=`` in a query."""
    if feed.author_slug:
        yield f"author_name={feed.author_slug}"
    elif slugs := _slugs(feed, blog):
        yield f"category_name=({'|'.join(slugs)})"
    number = blog.numbers.get(CategoryId(feed.subject), "")
    if feed.kind is FeedKind.CATEGORY and _NUMBER.fullmatch(number):
        yield f"cat={number}"


def _slugs(feed: Feed, blog: _Blog) -> list[str]:
    """The category's slug and those it had before, as far as they can stand in a server's config."""
    if feed.kind is not FeedKind.CATEGORY:
        return []
    slugs = dict.fromkeys([blog.slugs.get(CategoryId(feed.subject), ""), *feed.former_slugs])
    return [slug for slug in slugs if _SLUG.fullmatch(slug)]


def _literal(path: str) -> str:
    return path.replace(".", "[.]")


# -- in which words -----------------------------------------------------------------------------------


def _nginx(found: Sequence[_Redirect], blog_url: str) -> str:
    mapped = "\n".join(f'    "~*^({each.pattern})$" {each.target};' for each in found)
    return f"""\
# solacefeed: from the feeds of {blog_url} to ours. In the http block:
map $request_uri $solacefeed_feed {{
    default "";
{mapped}
}}

# And in the blog's server block:
if ($solacefeed_feed) {{
    return 301 $solacefeed_feed;
}}
"""


def _caddy(found: Sequence[_Redirect], blog_url: str) -> str:
    mapped = "\n".join(f'\t"~(?i)^({each.pattern})$" {each.target}' for each in found)
    return f"""\
# solacefeed: from the feeds of {blog_url} to ours. In the blog's site block:
map {{http.request.orig_uri}} {{solacefeed_feed}} {{
{mapped}
\tdefault ""
}}
@solacefeed_feed expression `{{solacefeed_feed}} != ""`
redir @solacefeed_feed {{solacefeed_feed}} 301
"""


def _apache(found: Sequence[_Redirect], blog_url: str) -> str:
    # THE_REQUEST is what the reader asked for, whatever other rules made of it.
    written = "\n".join(
        f'RewriteCond %{{THE_REQUEST}} "^[A-Z]+ ({each.pattern}) HTTP/" [NC]\n'
        f'RewriteRule "^" "{each.target}" [R=301,L,QSD,NE]'
        for each in found
    )
    return f"""\
# solacefeed: from the feeds of {blog_url} to ours. In the blog's virtual host, or in its .htaccess above
# "# BEGIN WordPress"; needs mod_rewrite.
RewriteEngine On
{written}
"""


_SERVERS: Mapping[str, Callable[[Sequence[_Redirect], str], str]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "apache": _apache,
}
