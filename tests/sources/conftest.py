from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.source_world import Reader, a_blog
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve


@pytest.fixture
def blog() -> Blog:
    return a_blog()


@pytest.fixture
def serving(blog: Blog) -> Iterator[Serving]:
    with serve(blog) as serving:
        yield serving


@pytest.fixture
def reader(serving: Serving) -> Reader:
    """Somebody who has never asked this blog."""
    return Reader(serving)


@pytest.fixture
def regular(reader: Reader) -> Reader:
    """Somebody who knows this blog as it was at the test's beginning."""
    reader.poll()
    return reader
