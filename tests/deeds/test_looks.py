"""A look that finds nothing to do leaves a heartbeat, in one transaction; what is worked on is begun to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config import load
from solacefeed.deeds.execution import Result, execute
from solacefeed.deeds.posts.take_over import take_over
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import PublishResult, write_changes
from solacefeed.errors import SourceError
from solacefeed.models.records import Record
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store import records
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import heartbeats
from solacefeed.store.schema import records as table
from tests.cli.prompt import PEOPLE, WEEKLY, rehearsed
from tests.deeds.world import BLOG, CATEGORIES, World, environment
from tests.simulation.database_clock import go_by
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.builders import LONDON, MONDAY, a_reading, a_site, a_source_post
from tests.support.counting import transactions_that_write, what_is_asked
from tests.support.fakes import Act, Killed, ScriptedSource

NAMING = Naming(
    site=Site(
        title="Officers' Blog",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        url=BLOG,
        zone=LONDON,
    ),
)
#: What a quiet blog says at each poll.
QUIET = (
    Batch(site=a_site(), categories=CATEGORIES),
    Batch(memory={"watermark": "1"}, complete=True),
)
#: What idles here, idles for good; five hundred looks are for a machine that has time.
LOOKS = 12
MANY_LOOKS = 500


class Looks:
    """Each deed as it is done in production: recorded, on a store of its own making."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        clock = world.clock
        go_by(world.store.engine, lambda: clock.now)
        self._folder = folder
        self.blog: tuple[Batch | BaseException, ...] = QUIET

    def poll(self) -> Result:
        source, clock = ScriptedSource(*self.blog), self.world.clock

        def work(store: Store) -> Result:
            return take_over(store, source, clock, url=BLOG, read=a_reading, on_batch=lambda _: None)

        return self._executed("poll", work)

    def publish(self) -> Result:
        return self._executed("publish", self.published)

    def published(self, store: Store) -> PublishResult:
        settings = PublishSettings(folder=self._folder, naming=NAMING)
        return write_changes(store, self.world.clock, settings, environment, url=BLOG)

    def prepare(self) -> Result:
        return self._executed("prepare", lambda store: self._lent(store).prepare())

    def deliver(self, *script: Act) -> Result:
        return self._executed("deliver", lambda store: self._lent(store).deliver(*script))

    def all(self) -> list[Callable[[], Result]]:
        return [self.poll, self.prepare, self.publish, self.deliver]

    def _lent(self, store: Store) -> World:
        return replace(self.world, store=store, crawled=False)

    def _executed(self, deed: str, work: Callable[[Store], Result]) -> Result:
        return execute(self.world.store, self.world.clock, deed, work, rehearsed=False)


@pytest.fixture
def looks(world: World, tmp_path: Path) -> Looks:
    """A site on which all has been done: two readers have their copies, and the feeds stand there."""
    world.join("ann", "bob")
    world.appear(a_source_post(category_numbers=("1",)))
    made = Looks(world, tmp_path / "feeds")
    for deed in made.all():
        deed()
    return made


def of_all(store: Store, deed: str) -> list[Record]:
    with store.read() as connection:
        rows = connection.execute(table.select().where(table.c.deed == deed).order_by(table.c.id)).all()
    return [Record(**row._mapping) for row in rows]


def last(store: Store, deed: str) -> Record:
    with store.read() as connection:
        found = records.latest(connection, deed)
    assert found is not None
    return found


# -- idle looks -----------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_dozen_idle_looks_leave_a_heartbeat_each_in_one_transaction(looks: Looks) -> None:
    idle_looks_leave_a_heartbeat_each(looks, LOOKS)


@pytest.mark.slow
def test_five_hundred_idle_looks_do_so_too(looks: Looks) -> None:
    idle_looks_leave_a_heartbeat_each(looks, MANY_LOOKS)


def idle_looks_leave_a_heartbeat_each(looks: Looks, times: int) -> None:
    store, clock = looks.world.store, looks.world.clock
    before = {deed: of_all(store, deed) for deed in ("poll", "prepare", "publish", "deliver")}
    looks.poll()
    with transactions_that_write(store) as written:
        for _ in range(times):
            clock.forward(minutes=1)
            for deed in looks.all():
                assert not deed().has_news()
                assert written.since() == 1
    assert {deed: of_all(store, deed) for deed in before} == before
    assert all(len(kept) <= 1 for kept in before.values())
    assert [last(store, deed).looks for deed in ("prepare", "publish", "deliver")] == [times] * 3


def test_a_heartbeat_counts_as_a_good_look_with_its_line(looks: Looks) -> None:
    store, clock = looks.world.store, looks.world.clock
    clock.forward(hours=3)
    looks.poll()
    looks.deliver()
    with store.read() as connection:
        good = records.latest_good(connection, "poll")
    assert good is not None
    assert (good.ended_at, good.summary) == (MONDAY + timedelta(hours=3), "poll: 0 new, 0 changed, 0 gone")
    assert last(store, "deliver").summary == "deliver: 0 accepted"
    with store.read() as connection:
        delivered = records.latest_with_news(connection, "deliver")
    assert delivered is not None
    assert delivered.summary == "deliver: 2 accepted"


@pytest.mark.more
def test_an_idle_look_for_editions_counts_no_readers(looks: Looks) -> None:
    with what_is_asked(looks.world.store) as asked:
        looks.prepare()
    assert [text for text in asked if "subscriptions" in text]
    assert not [text for text in asked if "count(" in text and "subscriptions" in text]


def test_copies_that_wait_for_their_next_try_make_no_records_either(world: World, tmp_path: Path) -> None:
    world.join("ann", "bob")
    world.appear(a_source_post(category_numbers=("1",)))
    looks = Looks(world, tmp_path / "feeds")
    for deed in (looks.poll, looks.prepare, looks.publish):
        deed()
    looks.deliver(Act.DEFER, Act.DEFER)
    with transactions_that_write(world.store) as written:
        # Waits are shorter by a quarter at most.
        for _ in range(3):
            world.clock.forward(minutes=1)
            assert not looks.deliver().has_news()
            assert written.since() == 1
        world.clock.forward(minutes=2)
        assert looks.deliver().has_news()
    assert [record.summary.partition(";")[0] for record in of_all(world.store, "deliver")] == [
        "deliver: 0 accepted, 2 deferred",
        "deliver: 2 accepted",
    ]


@pytest.fixture(scope="module")
def quiet_blog() -> Iterator[str]:
    with serve(Blog.shipped()) as served:
        served.blog.url = served.origin
        yield served.origin


@pytest.mark.more
@pytest.mark.parametrize("kind", ["rest", "feed", "pages"])
def test_a_poll_without_change_writes_once_whatever_the_kind_of_source(
    quiet_blog: str, tmp_path: Path, kind: str
) -> None:
    with whole_site(tmp_path, quiet_blog, kind) as (app, store), transactions_that_write(store) as written:
        for deed in (app.posts.poll, app.mail.prepare, app.publishing.publish, app.mail.deliver):
            assert not deed(store).has_news()
            assert written.since() == 1
        with app.store() as again, transactions_that_write(again) as opening:
            assert again.file == store.file
        assert opening.count == 0


@contextmanager
def whole_site(folder: Path, source: str, kind: str) -> Iterator[tuple[App, Store]]:
    """A site after two runs: the second poll of some sources still learns of the blog."""
    site = rehearsed(folder / kind, source=source, more=WEEKLY + PEOPLE)
    path = site.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[source]\n", f'[source]\nkind = "{kind}"\n', 1))
    config = load(path, environ={})
    app = App(config, as_of=config.as_of, folder=site.folder)
    with app.store() as store:
        for _ in range(2):
            for deed in (app.posts.poll, app.mail.prepare, app.publishing.publish, app.mail.deliver):
                deed(store)
        yield app, store


# -- failures that come again ---------------------------------------------------------------------------


def failed_polls(looks: Looks, times: int, words: str) -> None:
    looks.blog = (SourceError(words),)
    for _ in range(times):
        looks.world.clock.forward(minutes=15)
        with pytest.raises(SourceError):
            looks.poll()
    looks.blog = QUIET


def told(store: Store) -> list[tuple[bool | None, str, int]]:
    return [(record.ok, record.summary, record.times) for record in of_all(store, "poll")]


def test_the_same_failure_again_counts_up_with_its_first_and_last_instant(looks: Looks) -> None:
    looks.poll()
    before = told(looks.world.store)
    failed_polls(looks, LOOKS, "the blog is down")
    assert told(looks.world.store) == [*before, (False, "the blog is down", LOOKS)]
    record = last(looks.world.store, "poll")
    assert record.started_at == MONDAY + timedelta(minutes=15)
    assert record.ended_at == MONDAY + LOOKS * timedelta(minutes=15)


def test_another_failure_and_one_after_a_good_look_are_new_ones(looks: Looks) -> None:
    looks.poll()
    before = told(looks.world.store)
    failed_polls(looks, 2, "the blog is down")
    failed_polls(looks, 1, "the blog answered 500")
    looks.poll()
    failed_polls(looks, 1, "the blog answered 500")
    assert told(looks.world.store) == [
        *before,
        (False, "the blog is down", 2),
        (False, "the blog answered 500", 1),
        (False, "the blog answered 500", 1),
    ]


def test_a_clock_that_leapt_does_not_make_an_old_look_the_last(looks: Looks) -> None:
    looks.world.clock.now = datetime(2030, 1, 1, tzinfo=MONDAY.tzinfo)
    looks.poll()
    looks.world.clock.now = MONDAY
    failed_polls(looks, 1, "the blog is down")
    assert (last(looks.world.store, "poll").ok, last(looks.world.store, "poll").looks) == (False, 0)


# -- what is worked on ------------------------------------------------------------------------------------


def test_a_poll_that_is_killed_after_a_batch_is_seen(looks: Looks) -> None:
    looks.blog = (Batch(posts=(a_source_post(id="7"),)), Killed())
    with pytest.raises(Killed):
        looks.poll()
    assert (last(looks.world.store, "poll").ok, last(looks.world.store, "poll").ended_at) == (None, None)


def test_a_publish_that_is_killed_before_its_first_document_is_seen(looks: Looks) -> None:
    looks.world.appear(a_source_post(id="7"))

    def die() -> datetime:
        if of_all(looks.world.store, "publish")[-1].ok is None:
            raise Killed
        return MONDAY

    def work(store: Store) -> Result:
        looks.world.clock = die  # type: ignore[assignment]
        return looks.published(store)

    with pytest.raises(Killed):
        execute(looks.world.store, lambda: MONDAY, "publish", work, rehearsed=False)
    assert last(looks.world.store, "publish").ok is None


def test_a_preparation_that_is_killed_is_seen(world: World) -> None:
    world.join("ann", "bob")
    world.appear(a_source_post())

    def die(store: Store) -> Result:
        replace(world, store=store, crawled=False).prepare_and_die()
        raise AssertionError

    with pytest.raises(Killed):
        execute(world.store, world.clock, "prepare", die, rehearsed=False)
    assert last(world.store, "prepare").ok is None


def test_a_look_after_one_that_was_killed_is_the_last(looks: Looks) -> None:
    test_a_poll_that_is_killed_after_a_batch_is_seen(looks)
    looks.blog = QUIET
    looks.poll()
    assert (last(looks.world.store, "poll").ok, last(looks.world.store, "poll").looks) == (True, 1)


def test_two_workers_of_one_store_begin_each_their_own_record(store_url: str) -> None:
    with closing(open_store(store_url)) as store:
        mine, yours = (store.beginning_with(_noted(name)) for name in ("poll", "deliver"))
        for worker in (mine, yours, mine, yours):
            with worker.write():
                """Nothing more than what comes first."""
        assert [len(of_all(store, deed)) for deed in ("poll", "deliver")] == [1, 1]


def test_a_write_that_is_rolled_back_was_not_the_first(store_url: str) -> None:
    with closing(open_store(store_url)) as store:
        mine = store.beginning_with(_noted("poll"))
        with pytest.raises(ZeroDivisionError), mine.write():
            raise ZeroDivisionError
        assert (of_all(store, "poll"), mine.has_written) == ([], False)
        mine.begin_work()
        mine.begin_work()
        assert (len(of_all(store, "poll")), mine.has_written) == (1, True)


def _noted(deed: str) -> Callable[[sa.Connection], object]:
    return lambda connection: records.begin(connection, deed, at=MONDAY)


def test_no_more_than_one_heartbeat_a_deed_is_kept(looks: Looks) -> None:
    for _ in range(3):
        looks.deliver()
    with looks.world.store.read() as connection:
        counted = connection.execute(sa.select(sa.func.count()).select_from(heartbeats)).scalar_one()
    assert counted <= 4
