"""All that the tests' blog answers: its feeds, its pages, its API, and what breaks off or never ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from solacefeed.sample import rest
from solacefeed.sample.answers import SampleAnswer
from solacefeed.sample.queries import params_of
from tests.support.blog.blog import Blog
from tests.support.blog.feeds import feed
from tests.support.blog.pages import web_page

__all__ = ["Broken", "SampleAnswer", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(SampleAnswer):
    """What does not come as it was announced."""

    #: Written after ``body`` until it ends or the client goes; no length is announced.
    stream: Iterator[bytes] | None = None
    #: Octets that are announced and never come: the connection breaks off.
    missing: int = 0

    @classmethod
    def of(cls, given: SampleAnswer, *, body: bytes, stream: Iterator[bytes] | None = None, missing: int = 0) -> Self:
        """*given* with that in its body's place."""
        return cls(status=given.status, headers=given.headers, body=body, stream=stream, missing=missing)


def answer(blog: Blog, target: str) -> SampleAnswer:
    """Answers a GET of *target*, a path with its query; every URL in the answer begins with the blog's own."""
    url = urlsplit(target)
    params = params_of(url.query)
    return feed(blog, url.path, params) or web_page(blog, url.path, params) or rest.answer(blog, target)
