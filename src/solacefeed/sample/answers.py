"""What goes back over the wire: JSON as WordPress's API sends it, and its pages of HTML."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import Any

from solacefeed.sample.blog import Blog
from solacefeed.sample.queries import RestError

Json = dict[str, Any]
Headers = tuple[tuple[str, str], ...]

HTML = ("Content-Type", "text/html; charset=UTF-8")
JSON = ("Content-Type", "application/json; charset=UTF-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAnswer:
    """What goes back over the wire."""

    status: int
    headers: Headers
    body: bytes = b""


def api_root(blog: Blog) -> str:
    """Where the REST API begins, as the home page's ``Link`` says."""
    return f"{blog.url}/wp-json/" if blog.permalinks == "pretty" else f"{blog.url}/index.php?rest_route=/"


def php_json(value: Any) -> bytes:
    r"""*value* as PHP's ``json_encode`` writes it: no spaces, ``\/`` for a slash, ``\u2019`` beyond ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def refusal(blog: Blog, error: RestError) -> SampleAnswer:
    """*error* as WordPress sends it."""
    return json_answer(blog, error.body, status=error.status)


def json_answer(blog: Blog, value: Any, *, status: int = 200, more: Headers = ()) -> SampleAnswer:
    """*value* with the API's headers and *more*; a ``Link`` among these takes the place of the API's own."""
    linked = any(name == "Link" for name, _ in more)
    headers = (
        JSON,
        ("X-Robots-Tag", "noindex"),
        *(() if linked else (_link_to_api(blog),)),
        ("X-Content-Type-Options", "nosniff"),
        ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
        ("Access-Control-Allow-Headers", "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"),
        *more,
        *((("Allow", "GET"),) if status in (200, 400) else ()),
        ("Vary", "Origin"),
    )
    return SampleAnswer(status=status, headers=headers, body=php_json(value))


def _link_to_api(blog: Blog) -> tuple[str, str]:
    return "Link", f'<{api_root(blog)}>; rel="https://api.w.org/"'


def home_page(blog: Blog) -> SampleAnswer:
    """The front page, with the newest posts."""
    newest = sorted(blog.public_posts(), key=lambda post: (post.date, post.id), reverse=True)[:10]
    posts = "".join(f'<h2><a href="{blog.permalink(post)}">{post.title}</a></h2>\n' for post in newest)
    return _page(blog, 200, html.escape(blog.title), posts)


def page_not_found(blog: Blog) -> SampleAnswer:
    """What WordPress shows where there is nothing."""
    title = f"Page not found &#8211; {html.escape(blog.title)}"
    return _page(blog, 404, title, "<p>It looks like nothing was found here.</p>\n")


def _page(blog: Blog, status: int, title: str, body: str) -> SampleAnswer:
    text = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="UTF-8" />\n'
        f'<title>{title}</title>\n<link rel="https://api.w.org/" href="{api_root(blog)}" />\n'
        f"</head>\n<body>\n{body}</body>\n</html>\n"
    )
    return SampleAnswer(status=status, headers=(HTML, _link_to_api(blog)), body=text.encode())


def with_a_slash(blog: Blog, path: str, query: str) -> SampleAnswer:
    """Sends the reader to the same address with a slash at its end."""
    location = f"{blog.url}{path}/" + (f"?{query}" if query else "")
    return SampleAnswer(status=301, headers=(HTML, ("X-Redirect-By", "WordPress"), ("Location", location)))
