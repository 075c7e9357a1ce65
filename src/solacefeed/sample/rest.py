"""Answers as a WordPress 6.1 does: which request gets what.

The law is what a real one was seen to answer: statuses, codes, messages, headers and the JSON's very bytes. What this
one does not know (search, ``_embed``, ``context``) it passes over, as WordPress does with any unknown parameter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter, gt, lt
from typing import Any, TypeVar
from urllib.parse import urlencode

from solacefeed.addresses import parsed
from solacefeed.sample.answers import (
    Headers,
    Json,
    SampleAnswer,
    home_page,
    json_answer,
    page_not_found,
    refusal,
    with_a_slash,
)
from solacefeed.sample.blog import Blog, BlogCategory, BlogPost, BlogTag, BlogUser
from solacefeed.sample.queries import CATEGORIES, POSTS, TAGS, USERS, Params, Query, RestError, listed, params_of
from solacefeed.sample.rows import category_row, chosen, collated, post_row, tag_row, user_row


def answer(blog: Blog, target: str) -> SampleAnswer:
    """Answers a GET of *target*, a path with its query; every URL in the answer begins with the blog's own."""
    url = parsed(target)
    params = params_of(url.query)
    if route := params.get("rest_route"):
        return _api(blog, str(route), params)
    if url.path in ("/", "/index.php"):
        return home_page(blog)
    if url.path != "/wp-json" and not url.path.startswith("/wp-json/"):
        return page_not_found(blog)
    if blog.permalinks == "pretty":
        return _api(blog, url.path.removeprefix("/wp-json"), params)
    return home_page(blog) if url.path.endswith("/") else with_a_slash(blog, url.path, url.query)


def _api(blog: Blog, route: str, params: Params) -> SampleAnswer:
    path = f"/{route.strip('/')}"
    try:
        for pattern, handler in _ROUTES.items():
            if found := re.fullmatch(pattern, path):
                return handler(blog, params, *map(int, found.groups()))
        raise RestError(404, "rest_no_route", "No route was found matching the URL and request method.")
    except RestError as error:
        return refusal(blog, error)


# -- the API's answers --------------------------------------------------------------------------------


def _index(blog: Blog, params: Params) -> SampleAnswer:
    index = {
        "name": html.escape(blog.title, quote=False),
        "description": html.escape(blog.description, quote=False),
        "url": blog.url,
        "home": blog.url,
        "gmt_offset": blog.gmt_offset,
        "timezone_string": blog.time_zone,
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": [],
    }
    # The index keeps its links whatever _fields says.
    links = {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]}
    return json_answer(blog, {**chosen(index, params), "_links": links})


def _posts(blog: Blog, params: Params) -> SampleAnswer:
    query = POSTS.read(params)
    posts = _ordered([post for post in blog.public_posts() if _wanted(blog, post, query)], query)
    if posts and query.page > _last_page(posts, query):
        raise RestError(
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        )
    return _collection(blog, "posts", params, query, posts, post_row)


def _categories(blog: Blog, params: Params) -> SampleAnswer:
    query = CATEGORIES.read(params)
    categories = [row for row in blog.categories.values() if not query.include or row.id in query.include]
    ordered = _ordered(categories, query)
    return _collection(blog, "categories", params, query, ordered, category_row)


def _tags(blog: Blog, params: Params) -> SampleAnswer:
    query = TAGS.read(params)
    tags = [row for row in blog.tags.values() if not query.include or row.id in query.include]
    return _collection(blog, "tags", params, query, _ordered(tags, query), tag_row)


def _users(blog: Blog, params: Params) -> SampleAnswer:
    query = USERS.read(params)
    writers = {post.author for post in blog.public_posts()} & set(query.include or blog.users)
    ordered = _ordered([blog.users[writer] for writer in writers], query)
    return _collection(blog, "users", params, query, ordered, user_row)


def _post(blog: Blog, params: Params, post_id: int) -> SampleAnswer:
    post = blog.posts.get(post_id)
    if post is None:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    if not post.public:
        raise RestError(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    link = ("Link", f'<{blog.permalink(post)}>; rel="alternate"; type=text/html')
    return json_answer(blog, chosen(post_row(blog, post), params), more=(link,))


def _category(blog: Blog, params: Params, category_id: int) -> SampleAnswer:
    category = blog.categories.get(category_id)
    if category is None:
        raise RestError(404, "rest_term_invalid", "Term does not exist.")
    return json_answer(blog, chosen(category_row(blog, category), params))


def _user(blog: Blog, params: Params, user_id: int) -> SampleAnswer:
    user = blog.users.get(user_id)
    if user is None:
        raise RestError(404, "rest_user_invalid_id", "Invalid user ID.")
    if all(post.author != user_id for post in blog.public_posts()):
        raise RestError(401, "rest_user_cannot_view", "Sorry, you are not allowed to list users.")
    return json_answer(blog, chosen(user_row(blog, user), params))


_ROUTES: dict[str, Callable[..., SampleAnswer]] = {
    r"/": _index,
    r"/wp/v2/posts": _posts,
    r"/wp/v2/posts/(\d+)": _post,
    r"/wp/v2/categories": _categories,
    r"/wp/v2/categories/(\d+)": _category,
    r"/wp/v2/tags": _tags,
    r"/wp/v2/users": _users,
    r"/wp/v2/users/(\d+)": _user,
}


# -- choosing, ordering, paging -----------------------------------------------------------------------

_Row = TypeVar("_Row", BlogPost, BlogCategory, BlogTag, BlogUser)

_BOUNDS: tuple[tuple[str, str, Callable[[datetime, datetime], bool]], ...] = (
    ("after", "date", gt),
    ("before", "date", lt),
    ("modified_after", "modified", gt),
    ("modified_before", "modified", lt),
)

_KEYS: dict[str, Callable[[Any], Any]] = {
    "author": attrgetter("author"),
    "date": attrgetter("date"),
    "modified": attrgetter("modified"),
    "title": lambda post: collated(post.title),
    "slug": lambda row: getattr(row, "slug", None) or row.login,
    "name": lambda row: collated(row.name),
}


def _wanted(blog: Blog, post: BlogPost, query: Query) -> bool:
    return (
        (not query.include or post.id in query.include)
        and (not query.categories or not post.categories.isdisjoint(query.categories))
        and all(
            beyond(getattr(post, column), blog.local(bound) if bound.tzinfo else bound)
            for name, column, beyond in _BOUNDS
            if (bound := getattr(query, name))
        )
    )


def _ordered(rows: Iterable[_Row], query: Query) -> list[_Row]:
    """Orders as WordPress does: what it can order by and this one can't, goes by id."""
    if query.orderby == "include":
        return sorted(rows, key=lambda row: query.include.index(row.id))
    down = query.order == "desc"
    # MySQL promises no order among posts modified in the same second, and each page is a query of its own: a crawl
    # by ``modified`` misses some. So the equals lie differently on every page.
    shuffle = query.page if query.orderby == "modified" else 1
    equals = sorted(rows, key=lambda row: (row.id % shuffle, row.id), reverse=down)
    return sorted(equals, key=_KEYS.get(query.orderby, attrgetter("id")), reverse=down)


def _last_page(rows: Sequence[_Row], query: Query) -> int:
    return -(-len(rows) // query.per_page)


def _collection(
    blog: Blog,
    name: str,
    params: Params,
    query: Query,
    rows: Sequence[_Row],
    shape: Callable[[Blog, _Row], Json],
) -> SampleAnswer:
    first = (query.page - 1) * query.per_page
    last_page = _last_page(rows, query)
    counts = (("X-WP-Total", str(len(rows))), ("X-WP-TotalPages", str(last_page)))
    page = [chosen(shape(blog, row), params) for row in rows[first : first + query.per_page]]
    return json_answer(blog, page, more=counts + _neighbours(blog, name, params, query.page, last_page))


def _neighbours(blog: Blog, name: str, params: Params, page: int, last_page: int) -> Headers:
    base = f"{blog.url}/wp-json/wp/v2/{name}" if blog.permalinks == "pretty" else f"{blog.url}/index.php"
    asked = {key: listed(value) if key in _LISTS else value for key, value in params.items()}
    links = []
    if page > 1:
        links.append(f'<{base}?{_php_query(asked | {"page": str(min(page - 1, last_page))})}>; rel="prev"')
    if page < last_page:
        links.append(f'<{base}?{_php_query(asked | {"page": str(page + 1)})}>; rel="next"')
    return (("Link", ", ".join(links)),) if links else ()


_LISTS = ("include", "categories")


def _php_query(params: Params) -> str:
    pairs = []
    for name, value in params.items():
        if isinstance(value, list):
            pairs += [(f"{name}[{place}]", part) for place, part in enumerate(value)]
        else:
            pairs.append((name, value))
    return urlencode(pairs)
