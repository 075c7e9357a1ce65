"""Sites on the sample blog: one from nothing, and one that has done its main job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.prompt import PEOPLE, WEEKLY, rehearsed, well
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.site import Site, copied_site


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    """A config, three subscribers in it, and nothing done."""
    return rehearsed(tmp_path / "fresh", more=WEEKLY + PEOPLE)


@pytest.fixture(scope="session")
def _done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done") / "site"
    well(rehearsed(folder, more=WEEKLY + PEOPLE), "run")
    return folder


@pytest.fixture
def done(_done_once: Path, tmp_path: Path) -> Site:
    """A site after its first run: 20 posts, 7 feeds, one edition, three mails."""
    return Site(copied_site(_done_once, tmp_path / "done"))


@pytest.fixture(scope="session")
def _published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = rehearsed(tmp_path_factory.mktemp("published") / "site", more=WEEKLY + PEOPLE)
    for deed in ("poll", "publish"):
        well(site, deed)
    return site.folder


@pytest.fixture
def published(_published_once: Path, tmp_path: Path) -> Site:
    """A site in the midst of its first run: 20 posts, 7 feeds, and an edition that is due."""
    return Site(copied_site(_published_once, tmp_path / "published"))


@pytest.fixture(scope="session")
def _lives_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = Site.begun(tmp_path_factory.mktemp("live") / "site", source="sample:", more=WEEKLY + PEOPLE)
    well(site, "poll")
    return site.folder


@pytest.fixture
def live(_lives_once: Path, tmp_path: Path) -> Site:
    """A site that lives by the real clock, and has polled."""
    return Site(copied_site(_lives_once, tmp_path / "live"))


@pytest.fixture
def serving() -> Iterator[Serving]:
    """The sample blog under its own origin, over HTTP, open to changes and faults."""
    with serve(Blog.shipped()) as served:
        served.blog.url = served.origin
        yield served
