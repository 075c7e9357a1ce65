"""The blog's feeds as WordPress 6.1 writes them: Atom and RSS 2.0, of the site and of each category, ten posts a page.

Its manners are kept, also where they are odd: both validators of every feed are the newest change of the whole site,
all Atom feeds have one id, a category that does not exist has a feed without entries, and a control character in a
post makes the feed ill-formed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from solacefeed.sample.answers import Headers, SampleAnswer
from solacefeed.sample.blog import BlogCategory, BlogPost
from solacefeed.sample.queries import Params
from solacefeed.sample.rows import collated, post_row
from tests.support.blog.blog import Blog

PER_PAGE = 10

_PRETTY = re.compile(r"(?:/category/(?:[^/]+/)*([^/]+))?/feed(?:/(atom|rss2))?/?")
_LOCKED = (
    '<form action="{url}/wp-login.php?action=postpass" class="post-password-form" method="post">\n'
    "<p>This content is password protected. To view it please enter your password below:</p>\n"
    '<p><label>Password: <input name="post_password" type="password" size="20" /></label></p></form>\n'
)
_NO_EXCERPT = "There is no excerpt because this is a protected post."


def feed(blog: Blog, path: str, params: Params) -> SampleAnswer | None:
    """Answers a GET of a feed; ``None`` where *path* and *params* ask for none."""
    pretty = _PRETTY.fullmatch(path) if blog.permalinks == "pretty" else None
    if pretty:
        slug, kind = pretty.groups()
        wanted = [category for category in blog.categories.values() if category.slug == slug]
        return _answer(blog, kind or "rss2", slug is not None, wanted, params)
    if path in ("/", "/index.php") and params.get("feed") in _KINDS:
        number = str(params.get("cat", ""))
        wanted = [category for category in blog.categories.values() if str(category.id) == number]
        return _answer(blog, str(params["feed"]), bool(number), wanted, params)
    return None


def unless_known(given: SampleAnswer, asked: Message) -> SampleAnswer:
    """*given*, or 304 where the headers *asked* show that it is known; both have to match where both are sent."""
    theirs = dict(given.headers)
    if given.status != 200 or "Last-Modified" not in theirs:
        return given
    etag, since = asked.get("If-None-Match"), asked.get("If-Modified-Since")
    # WordPress compares an ETag letter by letter, so a weak one never matches.
    matches = [etag == theirs["ETag"]] if etag else []
    matches += [parsedate_to_datetime(since) >= parsedate_to_datetime(theirs["Last-Modified"])] if since else []
    return replace(given, status=304, body=b"") if matches and all(matches) else given


def _answer(blog: Blog, kind: str, by_category: bool, wanted: list[BlogCategory], params: Params) -> SampleAnswer:
    posts = _posts(blog, wanted) if wanted or not by_category else []
    paged = str(params.get("paged", "1"))
    first = (max(int(paged), 1) - 1) * PER_PAGE if paged.isdigit() else 0
    shown = posts[first : first + PER_PAGE]
    status = 404 if first and not shown else 200
    title = "Page not found" if status == 404 else wanted[0].name if wanted else None
    form = _KINDS[kind]
    head = f"{escape(title, quote=False)} &#8211; " if title else ""
    document = form.whole(blog, head + escape(blog.title, quote=False), map(form.entry, _shown(blog, shown)))
    return SampleAnswer(
        status=status, headers=(("Content-Type", form.content_type), *_validators(blog)), body=document.encode()
    )


def _posts(blog: Blog, categories: Iterable[BlogCategory]) -> list[BlogPost]:
    """The newest first; of *categories* and all below them, or of the whole site."""
    ids = {below for category in categories for below in _family(blog, category.id)}
    found = [post for post in blog.public_posts() if not ids or not ids.isdisjoint(post.categories)]
    return sorted(found, key=lambda post: (post.date, post.id), reverse=True)


def _family(blog: Blog, category_id: int) -> Iterator[int]:
    yield category_id
    for child in tuple(blog.categories.values()):
        if child.parent == category_id:
            yield from _family(blog, child.id)


def _validators(blog: Blog) -> Headers:
    changed = _changed(blog)
    if changed is None:
        return ()
    moment = format_datetime(changed, usegmt=True)
    etag = hashlib.md5(moment.encode(), usedforsecurity=False).hexdigest()
    return ("Last-Modified", moment), ("ETag", f'"{etag}"')


def _changed(blog: Blog) -> datetime | None:
    public = blog.public_posts()
    return max((max(post.modified_gmt, post.date_gmt) for post in public), default=None)


# -- what a feed shows of a post ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    url: str
    guid: str
    #: HTML, as are summary and content.
    title: str
    author: str
    published: datetime
    updated: datetime
    categories: tuple[str, ...]
    site: str
    summary: str
    content: str


def _shown(blog: Blog, posts: Iterable[BlogPost]) -> Iterator[_Shown]:
    for post in posts:
        hidden = bool(post.password)
        excerpt = re.sub(r"<[^>]*>", "", post_row(blog, post)["excerpt"]["rendered"]).strip()
        content = _LOCKED.format(url=blog.url) if hidden else post.content
        yield _Shown(
            url=blog.permalink(post),
            guid=blog.guid(post),
            title=f"Protected: {post.title}" if hidden else post.title,
            author=blog.users[post.author].name,
            published=post.date_gmt,
            updated=post.modified_gmt,
            categories=tuple(sorted((blog.categories[each].name for each in post.categories), key=collated)),
            site=blog.url,
            summary=_NO_EXCERPT if hidden else excerpt.replace("]]>", "]]&gt;"),
            content=content.replace("]]>", "]]&gt;"),
        )


# -- the two formats ----------------------------------------------------------------------------------


def _atom(blog: Blog, title: str, entries: Iterable[str]) -> str:
    changed = _changed(blog)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed\n\txmlns="http://www.w3.org/2005/Atom"\n'
        '\txmlns:thr="http://purl.org/syndication/thread/1.0"\n\txml:lang="en-GB"\n\t>\n'
        f'\t<title type="text">{title}</title>\n'
        f'\t<subtitle type="text">{escape(blog.description, quote=False)}</subtitle>\n\n'
        f"\t<updated>{_rfc3339(changed) if changed else ''}</updated>\n\n"
        f'\t<link rel="alternate" type="text/html" href="{blog.url}" />\n\t<id>{blog.url}/feed/atom/</id>\n'
        '\t<generator uri="https://wordpress.org/" version="6.1.9">WordPress</generator>\n'
        f"{''.join(entries)}</feed>\n"
    )


def _atom_entry(post: _Shown) -> str:
    filed = "".join(f'<category scheme="{post.site}" term="{escape(name)}" />' for name in post.categories)
    return (
        f"\t<entry>\n\t\t<author>\n\t\t\t<name>{escape(post.author, quote=False)}</name>\n\t\t</author>\n"
        f'\t\t<title type="html"><![CDATA[{post.title}]]></title>\n'
        f'\t\t<link rel="alternate" type="text/html" href="{escape(post.url)}" />\n\n\t\t<id>{escape(post.guid)}</id>\n'
        f"\t\t<updated>{_rfc3339(post.updated)}</updated>\n\t\t<published>{_rfc3339(post.published)}</published>\n"
        f'\t\t{filed}\n\t\t<summary type="html"><![CDATA[{post.summary}]]></summary>\n'
        f'\t\t<content type="html" xml:base="{escape(post.url)}"><![CDATA[{post.content}]]></content>\n'
        f'\t\t<link rel="replies" type="text/html" href="{escape(post.url)}#comments" thr:count="0" />\n'
        "\t\t<thr:total>0</thr:total>\n\t</entry>\n"
    )


def _rss(blog: Blog, title: str, entries: Iterable[str]) -> str:
    changed = _changed(blog)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"\n\t>\n\n'
        f"<channel>\n\t<title>{title}</title>\n\t<link>{blog.url}</link>\n"
        f"\t<description>{escape(blog.description, quote=False)}</description>\n"
        f"\t<lastBuildDate>{format_datetime(changed) if changed else ''}</lastBuildDate>\n"
        "\t<language>en-GB</language>\n\t<generator>https://wordpress.org/?v=6.1.9</generator>\n"
        f"{''.join(entries)}</channel>\n</rss>\n"
    )


def _rss_entry(post: _Shown) -> str:
    filed = "".join(f"\t\t<category><![CDATA[{name}]]></category>\n" for name in post.categories)
    title = re.sub(r"<[^>]*>", "", post.title)
    return (
        f"\t<item>\n\t\t<title>{_numeric(title)}</title>\n\t\t<link>{escape(post.url)}</link>\n"
        f"\t\t<comments>{escape(post.url)}#respond</comments>\n"
        f"\t\t<dc:creator><![CDATA[{post.author}]]></dc:creator>\n"
        f"\t\t<pubDate>{format_datetime(post.published)}</pubDate>\n{filed}"
        f'\t\t<guid isPermaLink="false">{escape(post.guid)}</guid>\n\n'
        f"\t\t<description><![CDATA[{post.summary}]]></description>\n"
        f"\t\t<content:encoded><![CDATA[{post.content}]]></content:encoded>\n"
        "\t\t<slash:comments>0</slash:comments>\n\t</item>\n"
    )


def _numeric(html: str) -> str:
    """*html* with a number for each named entity, as its RSS titles have them."""
    return html.replace("&amp;", "&#038;").replace("&lt;", "&#060;").replace("&gt;", "&#062;")


def _rfc3339(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    content_type: str
    whole: Callable[[Blog, str, Iterable[str]], str]
    entry: Callable[[_Shown], str]


_KINDS = {
    "atom": _Kind(content_type="application/atom+xml; charset=UTF-8", whole=_atom, entry=_atom_entry),
    "rss2": _Kind(content_type="application/rss+xml; charset=UTF-8", whole=_rss, entry=_rss_entry),
}
