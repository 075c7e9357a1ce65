"""The blog's pages of HTML, in two shapes: as themes of 2012 wrote them, and as the block themes of today do.

    2012     whole posts one below another, "Filed under", "Leave a comment", "Older posts"
    today    titles, dates and excerpts; text and categories stand on a post's own page, which has no box around them

Both have what WordPress itself writes: the names of the boxes, the head of a post's own page, ``/page/2/``, 404 beyond
the last page, and ``?p=ID`` that leads to the permalink. They are served where permalinks are pretty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from solacefeed.sample.answers import HTML, SampleAnswer, api_root
from solacefeed.sample.blog import BlogCategory, BlogPost
from solacefeed.sample.queries import Params
from solacefeed.sample.rows import collated, post_row
from tests.support.blog.blog import Blog

PER_PAGE = 10

_ARCHIVE = re.compile(
    r"(?P<base>/|/category/(?:[^/]+/)*?(?P<slug>[^/]+)/|/(?P<month>\d{4}/\d{2})/)(?:page/(?P<page>\d+)/)?"
)
_LOCKED = (
    '<form action="{url}/wp-login.php?action=postpass" class="post-password-form" method="post">\n'
    "<p>This content is password protected. To view it please enter your password below:</p>\n"
    '<p><label>Password: <input name="post_password" type="password" size="20" /></label></p></form>\n'
)


def web_page(blog: Blog, path: str, params: Params) -> SampleAnswer | None:
    """Answers a GET of a page; ``None`` where *path* and *params* ask for none that is there."""
    if blog.permalinks != "pretty" or "rest_route" in params:
        return None
    posts = sorted(blog.public_posts(), key=lambda post: (post.date, post.id), reverse=True)
    if path == "/" and "p" in params:
        return next((_moved(blog.permalink(post)) for post in posts if str(post.id) == params["p"]), None)
    archive = _ARCHIVE.fullmatch(path)
    if archive:
        return _archive(blog, archive, posts)
    return next((_alone(blog, post) for post in posts if blog.permalink(post) == blog.url + path), None)


def _archive(blog: Blog, asked: re.Match[str], posts: Sequence[BlogPost]) -> SampleAnswer | None:
    category = next((each for each in blog.categories.values() if each.slug == asked["slug"]), None)
    if asked["slug"] and category is None:
        return None
    family = set(_family(blog, category)) if category else set()
    listed = [
        post
        for post in posts
        if (not family or family & post.categories) and f"{post.date:%Y/%m}" == (asked["month"] or f"{post.date:%Y/%m}")
    ]
    number = int(asked["page"] or 1)
    page = listed[(number - 1) * PER_PAGE : number * PER_PAGE]
    if not page and asked["base"] + (asked["page"] or "") != "/":
        return None
    theme = _THEMES[blog.theme]
    older = f"{blog.url}{asked['base']}page/{number + 1}/" if number * PER_PAGE < len(listed) else None
    heading = f"Category: {category.name}" if category else asked["month"] or blog.title
    body = theme.listed("".join(theme.box(blog, post) for post in page), older)
    return _document(blog, escape(heading, quote=False), "", body)


def _family(blog: Blog, category: BlogCategory) -> Iterator[int]:
    """A category's archive holds its children's posts too."""
    yield category.id
    for child in tuple(blog.categories.values()):
        if child.parent == category.id:
            yield from _family(blog, child)


def _alone(blog: Blog, post: BlogPost) -> SampleAnswer:
    head = (
        f'<link rel="canonical" href="{blog.permalink(post)}" />\n'
        f"<link rel='shortlink' href='{blog.url}/?p={post.id}' />\n"
    )
    return _document(blog, _title(post), head, _THEMES[blog.theme].alone(blog, post))


def _moved(url: str) -> SampleAnswer:
    return SampleAnswer(status=301, headers=(HTML, ("X-Redirect-By", "WordPress"), ("Location", url)))


def _document(blog: Blog, title: str, head: str, body: str) -> SampleAnswer:
    name = escape(blog.title, quote=False)
    text = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="UTF-8" />\n'
        f"<title>{title} &#8211; {name}</title>\n"
        f'<link rel="alternate" type="application/rss+xml" title="{name} &raquo; Feed" href="{blog.url}/feed/" />\n'
        f'<link rel="https://api.w.org/" href="{api_root(blog)}" />\n{head}</head>\n<body>\n'
        f'<p class="site-title"><a href="{blog.url}/" rel="home">{name}</a></p>\n'
        f'<p class="site-description">{escape(blog.description, quote=False)}</p>\n'
        f"{body}</body>\n</html>\n"
    )
    link = ("Link", f'<{api_root(blog)}>; rel="https://api.w.org/"')
    return SampleAnswer(status=200, headers=(HTML, link), body=text.encode("utf-8", "replace"))


# -- what both shapes say of a post -------------------------------------------------------------------


def _title(post: BlogPost) -> str:
    return f"Protected: {post.title}" if post.password else post.title


def _linked_title(blog: Blog, post: BlogPost) -> str:
    return f'<a href="{blog.permalink(post)}" rel="bookmark">{_title(post)}</a>'


def _content(blog: Blog, post: BlogPost) -> str:
    return _LOCKED.format(url=blog.url) if post.password else post.content


def _names(blog: Blog, post: BlogPost) -> str:
    filed = " ".join(sorted(f"category-{blog.categories[each].slug}" for each in post.categories))
    locked = "post-password-required " if post.password else ""
    return f"post-{post.id} post type-post status-publish format-standard {locked}hentry {filed}"


def _instant(blog: Blog, local: datetime) -> str:
    return local.replace(tzinfo=blog.zone).isoformat()


def _day(local: datetime) -> str:
    return f"{local:%B} {local.day}, {local.year}"


def _category_links(blog: Blog, post: BlogPost, rel: str) -> str:
    filed = sorted((blog.categories[each] for each in post.categories), key=lambda each: collated(each.name))
    return ", ".join(
        f'<a href="{blog.url}/category/{each.slug}/" rel="{rel}">{escape(each.name, quote=False)}</a>' for each in filed
    )


# -- 2012 ---------------------------------------------------------------------------------------------


def _box_of_2012(blog: Blog, post: BlogPost) -> str:
    author, url = blog.users[post.author], blog.permalink(post)
    return (
        f'<div id="post-{post.id}" class="{_names(blog, post)}">\n<div class="entry-meta">\n'
        f'<span class="by-author">by <span class="author vcard"><a class="url fn n" href="{blog.url}/author/'
        f'{author.login}/" rel="author">{escape(author.name, quote=False)}</a></span> | </span>'
        f'<a href="{url}" rel="bookmark"><abbr class="published" title="{_instant(blog, post.date)}">'
        f'{_day(post.date)}</abbr></a>\n</div>\n<h2 class="entry-title">{_linked_title(blog, post)}</h2>\n'
        f'<div class="entry entry-content">\n{_content(blog, post)}</div>\n<div class="entry-links">\n'
        f'<p class="comment-number"><a href="{url}#respond">Leave a comment</a></p>\n'
        f'<p class="entry-categories tagged">Filed under {_category_links(blog, post, "category tag")}</p>\n'
        "</div>\n</div>\n"
    )


def _list_of_2012(boxes: str, older: str | None) -> str:
    link = f'<div class="nav-previous"><a href="{older}">&larr; Older posts</a></div>\n' if older else ""
    return f'<div id="content" role="main">\n{boxes}{link}</div>\n'


def _alone_in_2012(blog: Blog, post: BlogPost) -> str:
    return _list_of_2012(_box_of_2012(blog, post), None)


# -- today --------------------------------------------------------------------------------------------


def _box_of_today(blog: Blog, post: BlogPost) -> str:
    locked = "There is no excerpt because this is a protected post."
    excerpt = locked if post.password else post_row(blog, post)["excerpt"]["rendered"]
    return (
        f'<li class="wp-block-post {_names(blog, post)}">\n'
        f'<h2 class="wp-block-post-title">{_linked_title(blog, post)}</h2>\n'
        f'<div class="wp-block-post-excerpt">{excerpt}</div>\n{_date_of_today(blog, post)}</li>'
    )


def _date_of_today(blog: Blog, post: BlogPost) -> str:
    time = f'<time datetime="{_instant(blog, post.date)}">{_day(post.date)}</time>'
    return f'<div class="wp-block-post-date">{time}</div>\n'


def _list_of_today(boxes: str, older: str | None) -> str:
    link = f'<a href="{older}" class="wp-block-query-pagination-next">Next Page</a>\n' if older else ""
    return f'<main>\n<ul class="wp-block-post-template">{boxes}</ul>\n{link}</main>\n'


def _alone_today(blog: Blog, post: BlogPost) -> str:
    return (
        f'<main>\n<h1 class="wp-block-post-title">{_title(post)}</h1>\n'
        f'<div class="entry-content wp-block-post-content">{_content(blog, post)}</div>\n'
        f"{_date_of_today(blog, post)}"
        f'<div class="taxonomy-category wp-block-post-terms">{_category_links(blog, post, "tag")}</div>\n'
        '<div class="wp-block-post-author"><p class="wp-block-post-author__name">'
        f"{escape(blog.users[post.author].name, quote=False)}</p></div>\n</main>\n"
    )


# -- themes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Theme:
    #: A post in a list.
    box: Callable[[Blog, BlogPost], str]
    #: A list of boxes, and the address of older ones.
    listed: Callable[[str, str | None], str]
    #: A post on its own page.
    alone: Callable[[Blog, BlogPost], str]


_THEMES = {
    "2012": _Theme(box=_box_of_2012, listed=_list_of_2012, alone=_alone_in_2012),
    "today": _Theme(box=_box_of_today, listed=_list_of_today, alone=_alone_today),
}
