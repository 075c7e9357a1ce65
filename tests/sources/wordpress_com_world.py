"""A fake of WordPress.com's public API, for one blog: as its documentation has it, for nobody saw it answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

from solacefeed.models.blog import Author, BlogInfo, SourceCategory, SourcePost, Stamp
from solacefeed.ports import Batch, Known, Source
from solacefeed.sample import rest
from solacefeed.sample.blog import BlogPost
from tests.sources.source_world import NOW
from tests.support.blog.blog import Blog

SITE = "officers.wordpress.com"
HOME = f"https://{SITE}"

Params = dict[str, str]
Said = tuple[int, Any]


@dataclass(slots=True)
class PublicApi:
    """WordPress.com, and what was asked of it."""

    blog: Blog
    origin: str = ""
    asked: list[str] = field(default_factory=list)
    #: The namespaces that answer; another one refuses with ``shut``.
    open: tuple[str, ...] = ("wp/v2", "rest/v1.1")
    shut: int = 403
    #: Whether the blog's zone is told.
    tells_zone: bool = True
    #: What rest/v1.1 says to a route instead of the truth.
    instead: dict[str, object] = field(default_factory=dict)
    #: What rest/v1.1 says of every post besides.
    more: dict[str, object] = field(default_factory=dict)

    def answer(self, target: str) -> tuple[int, list[tuple[str, str]], bytes]:
        self.asked.append(target)
        path, _, query = target.partition("?")
        namespace, _, rest_of_it = path.lstrip("/").partition("/sites/")
        site, _, route = rest_of_it.partition("/")
        if namespace not in self.open or site != SITE:
            status = self.shut if site == SITE else 404
            return _json(status, {"error": "unauthorized", "message": "User cannot access this private blog."})
        if namespace == "wp/v2":
            core = rest.answer(self.blog, f"/wp-json/wp/v2/{route}?{query}")
            return core.status, list(core.headers), core.body
        route = route.rstrip("/")
        if route in self.instead:
            return _json(200, self.instead[route])
        return _json(*_V11[route](self, dict(parse_qsl(query))))

    def site(self, params: Params) -> Said:
        zone = {"options": {"timezone": "Europe/London", "gmt_offset": 0}} if self.tells_zone else {}
        said = {"ID": 1, "name": self.blog.title, "description": "", "URL": self.blog.url} | zone
        return 200, _chosen(said, params)

    def categories(self, params: Params) -> Said:
        first = (int(params["page"]) - 1) * int(params["number"])
        rows = [_category(self.blog, number) for number in sorted(self.blog.categories)]
        page = rows[first : first + int(params["number"])]
        return 200, {"found": len(page), "categories": page}

    def posts(self, params: Params) -> Said:
        posts = [post for post in self.blog.public_posts() if not post.password]
        if "modified_after" in params:
            posts = [post for post in posts if post.modified_gmt > datetime.fromisoformat(params["modified_after"])]
        posts.sort(key=lambda post: post.id, reverse=params.get("order") != "ASC")
        if "page_handle" in params:
            handle = dict(parse_qsl(params["page_handle"]))
            if not handle["value"].isdecimal():
                return 400, {"error": "invalid_page_handle", "message": "No."}
            posts = [post for post in posts if post.id > int(handle["value"])]
        page = posts[: int(params["number"])]
        meta: dict[str, Any] = {"links": {}, "wpcom": True}
        if len(page) < len(posts):
            meta["next_page"] = urlencode({"value": page[-1].id, "id": page[-1].id})
        return 200, {
            "found": len(posts),
            "posts": [_chosen(_post(self.blog, post) | self.more, params) for post in page],
            "meta": meta,
        }


_V11: dict[str, Callable[[PublicApi, Params], Said]] = {
    "": PublicApi.site,
    "categories": PublicApi.categories,
    "posts": PublicApi.posts,
}


def _post(blog: Blog, post: BlogPost) -> dict[str, Any]:
    author = blog.users[post.author]
    return {
        "ID": post.id,
        "site_ID": 1,
        "author": {"ID": author.id, "login": author.login, "email": False, "name": author.name},
        "date": post.date_gmt.astimezone(blog.zone).isoformat(),
        "modified": post.modified_gmt.astimezone(blog.zone).isoformat(),
        "title": post.title,
        "URL": blog.permalink(post),
        "content": post.content,
        "excerpt": "",
        "guid": blog.guid(post),
        "status": "publish",
        "password": "",
        "categories": {blog.categories[number].name: _category(blog, number) for number in post.categories} or [],
    }


def _category(blog: Blog, number: int) -> dict[str, Any]:
    category = blog.categories[number]
    return {"ID": number, "name": category.name, "slug": category.slug, "parent": category.parent, "post_count": 1}


def _chosen(said: dict[str, Any], params: Params) -> dict[str, Any]:
    wanted = params["fields"].split(",")
    return {name: value for name, value in said.items() if name in wanted}


def _json(status: int, said: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    return status, [("Content-Type", "application/json")], json.dumps(said).encode()


@contextmanager
def public_api(blog: Blog) -> Iterator[PublicApi]:
    """WordPress.com, on a loopback port until the context ends."""
    api = PublicApi(blog)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = api.answer(self.path)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent: ``asked`` is the log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.origin = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Follower:
    """Somebody who follows a source and commits each batch, as the deed does."""

    source: Source
    site: BlogInfo | None = None
    categories: tuple[SourceCategory, ...] = ()
    authors: dict[str, Author] = field(default_factory=dict)
    posts: dict[str, SourcePost] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    complete: bool = False

    def poll(self, now: datetime = NOW) -> None:
        stamps = {number: _stamp(post) for number, post in self.posts.items()}
        known = Known(
            memory=self.memory,
            posts=stamps,
            categories=self.categories,
            authors=self.authors,
            complete=self.complete,
        )
        for batch in self.source.changes(known, now):
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        self.site = batch.site or self.site
        self.categories = self.categories if batch.categories is None else batch.categories
        self.authors |= {author.id: author for author in batch.authors or ()}
        self.posts |= {str(post.number): post for post in batch.posts}
        for number in batch.gone:
            del self.posts[number]
        self.gone |= batch.gone
        self.unreadable |= batch.unreadable
        self.memory = self.memory if batch.memory is None else dict(batch.memory)
        self.complete = self.complete or batch.complete


def _stamp(post: SourcePost) -> Stamp:
    return Stamp(
        modified=post.modified or post.published,
        url=post.url,
        author_id=post.author_id,
        category_numbers=post.category_numbers or (),
    )
