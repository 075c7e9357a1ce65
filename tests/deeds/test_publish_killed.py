"""Killed at any step of a publish, every document is whole, and the next publish ends where an undisturbed one does."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from posixpath import dirname, join, normpath

import brotli
import pytest

from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.models.blog import SourcePost
from solacefeed.ports import Batch
from solacefeed.publish import gate
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store.database import open_store
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import LONDON, MONDAY, WEEK, a_source_post, category_numbers

BASE = "https://feeds.example.org"
NAMING = Naming(
    site=Site(
        title="Officers' Blog",
        base_url=BASE,
        tag_authority="example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        url=BLOG,
        zone=LONDON,
    ),
)
#: What a process tells Python's audit hooks when it touches files.
STEPS = frozenset({"open", "os.rename", "os.remove", "os.utime", "os.chmod", "os.mkdir"})
KILLED = 9


def posts() -> tuple[SourcePost, ...]:
    return tuple(
        a_source_post(id=str(n), title=f"Post {n}", category_numbers=(str(1 + n % 3),), published=MONDAY - n * WEEK)
        for n in range(1, 9)
    )


class Folder:
    """A store with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.feeds = folder / "feeds"
        folder.mkdir(exist_ok=True)

    def begin(self) -> None:
        with closing(open_store(f"sqlite:///{self.folder}/store.db")) as store:
            World(store).blog_says(Batch(posts=posts()))
        self.publish()
        with closing(open_store(f"sqlite:///{self.folder}/store.db")) as store:
            world = World(store, crawled=False)
            refiled = replace(posts()[2], category_numbers=category_numbers("3"))
            changed = replace(refiled, content="<p>Corrected.</p>", modified=MONDAY)
            # A month that was not there before.
            old = a_source_post(id="21", category_numbers=("2",), published=MONDAY - 60 * WEEK)
            world.blog_says(Batch(posts=(changed, a_source_post(id="20", category_numbers=("2",)), old)))
            world.vanish("5")

    def publish(self) -> None:
        with closing(open_store(f"sqlite:///{self.folder}/store.db")) as store:
            world = World(store, crawled=False)
            settings = PublishSettings(folder=self.feeds, naming=NAMING, most_entries=4)
            write_changes(store, world.clock, settings, environment, url=BLOG)

    def documents(self) -> dict[str, bytes]:
        found = (path for path in sorted(self.feeds.rglob("*")) if path.is_file() and path.parent.name != ".drafts")
        return {path.relative_to(self.feeds).as_posix(): path.read_bytes() for path in found}

    def text_documents(self) -> dict[str, bytes]:
        return {path: content for path, content in self.documents().items() if not path.endswith((".gz", ".br"))}


def publish_and_die(folder: Path, step: int) -> int:
    """Publishes in a process that ends at that step; returns its exit code."""
    child = os.fork()
    if child == 0:
        try:
            die_at(step)
            Folder(folder).publish()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def serve() -> None:
    """Publishes and dies for whoever asks, from one warm process without threads."""
    environment()
    for line in sys.stdin:
        step, _, folder = line.strip().partition(" ")
        print(publish_and_die(Path(folder), int(step)), flush=True)


@contextmanager
def mortals() -> Iterator[Callable[[Path, int], bool]]:
    """Lends processes that publish into a folder and die at a step; they say whether they came so far."""
    command = [sys.executable, "-c", "from tests.deeds.test_publish_killed import serve; serve()"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as warm:
        assert warm.stdin is not None
        assert warm.stdout is not None

        def publish_and_die(folder: Path, step: int) -> bool:
            print(step, folder, file=warm.stdin, flush=True)
            assert warm.stdout is not None
            return int(warm.stdout.readline()) == KILLED

        yield publish_and_die
        warm.stdin.close()


def die_at(step: int) -> None:
    """Ends this process, as kill -9 would, when it touches a file for the *step*-th time."""
    left = step

    def count(event: str, _arguments: object) -> None:
        nonlocal left
        if event in STEPS:
            left -= 1
            if left == 0:
                os._exit(KILLED)

    sys.addaudithook(count)


def assert_whole(documents: dict[str, bytes]) -> None:
    for path, content in documents.items():
        match path.rpartition(".")[2]:
            case "gz":
                gzip.decompress(content)
            case "br":
                brotli.decompress(content)
            case "atom":
                assert gate.problems("atom", content) == []
            case "rss":
                assert gate.problems("rss", content) == []
            case "html":
                assert gate.problems("html", content) == []


def assert_leads_to_what_is_there(documents: dict[str, bytes]) -> None:
    """No page, no list and no live document leads to a file of ours that does not stand there yet, or no more."""
    for path, content in documents.items():
        missing = set(targets(path, content.decode())) - documents.keys()
        assert missing == set(), f"{path} leads to what is not there"


def targets(path: str, content: str) -> Iterator[str]:
    """The paths that a document leads its readers on to."""
    match path.rpartition(".")[2]:
        case "html":
            relative = re.findall(r'href="([^":#]+)"', content)
            yield from (normpath(join(dirname(path), href)) for href in relative)
        case "opml":
            yield from re.findall(rf'xmlUrl="{BASE}/([^"]+)"', content)
        case "atom":
            yield from re.findall(rf'href="{BASE}/([^"]+)" rel="prev-archive"', content)


def die_and_go_on(tmp_path: Path, steps: range) -> int:
    """Does it for each of *steps*, and returns how many of them there were."""
    before, undisturbed = Folder(tmp_path / "before"), Folder(tmp_path / "undisturbed")
    before.begin()
    shutil.copytree(before.folder, undisturbed.folder, dirs_exist_ok=True)
    undisturbed.publish()
    died = 0
    with mortals() as publish_and_die:
        for step in steps:
            shutil.rmtree(tmp_path / "site", ignore_errors=True)
            site = Folder(tmp_path / "site")
            shutil.copytree(before.folder, site.folder, dirs_exist_ok=True)
            if not publish_and_die(site.folder, step):
                break
            died += 1
            assert_whole(site.documents())
            assert_leads_to_what_is_there(site.text_documents())
            site.publish()
            assert site.documents() == undisturbed.documents()
            assert not (site.feeds / ".drafts").exists()
    return died


def test_killed_at_some_steps_every_document_is_whole_and_the_next_publish_ends_the_same(tmp_path: Path) -> None:
    assert die_and_go_on(tmp_path, range(5, 200, 90)) >= 2


@pytest.mark.slow
def test_killed_at_every_step_every_document_is_whole_and_the_next_publish_ends_the_same(tmp_path: Path) -> None:
    assert die_and_go_on(tmp_path, range(1, 10_000)) > 100
