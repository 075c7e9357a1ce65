"""Whatever goes wrong in a run, at whichever step: the other deeds are done, it is told, and the next run mends it."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, Template

from solacefeed.app import App
from solacefeed.cli.options import Options
from solacefeed.cli.root import root
from solacefeed.composition.mail import Mail
from solacefeed.composition.posts import Posts
from solacefeed.config import load
from solacefeed.config.tables import SECRET
from solacefeed.deeds.upkeep.status import BESIDE, DEEDS, SiteStatus
from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import Reading
from solacefeed.models.records import Record
from solacefeed.ports import Batch, Clock, Source, Transport
from solacefeed.store.database import Store
from solacefeed.store.posts import Raw
from solacefeed.store.schema import records
from solacefeed.templating import templates
from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, set_line
from tests.deeds.world import CATEGORIES
from tests.support.builders import WEDNESDAY, a_site, a_source_post
from tests.support.counting import before_each_statement
from tests.support.fakes import ScriptedRelay, ScriptedSource, SettableClock
from tests.support.site import Site, copied_site

#: Those that the first crawl brings, and those that are new since.
POSTS = tuple(
    a_source_post(id=str(n), title=f"Post {n}", category_numbers=(str(1 + n % 3),), content=f"<p>{n}</p>")
    for n in range(1, 7)
)
READERS = PEOPLE.replace("education", "homelessness")
SEAMS = ("source", "clock", "reader", "template", "transport", "statement")


class Oops(Exception):
    """What nobody has thought of."""


class Fault:
    """Raises once, at the n-th call of one seam; counts the calls of all."""

    def __init__(self, seam: str = "", n: int = 0) -> None:
        self._seam = seam
        self._n = n
        self.calls: Counter[str] = Counter()

    def at(self, seam: str) -> None:
        self.calls[seam] += 1
        if seam == self._seam and self.calls[seam] == self._n:
            raise Oops(f"at call {self._n}\nof the {seam}")


class FaultySource(ScriptedSource):
    """The scripted one, whose steps are counted."""

    def __init__(self, fault: Fault, *steps: Batch) -> None:
        super().__init__(*steps)
        self.fault = fault

    def changes(self, *asked: Any) -> Iterator[Batch]:
        self.fault.at("source")
        for batch in super().changes(*asked):
            self.fault.at("source")
            yield batch


class FaultyRelay(ScriptedRelay):
    """The scripted one, which may break at the beginning of a message, or after it has taken it."""

    fault = Fault()

    def hand_over(self, *handed: Any) -> str:
        self.fault.at("transport")
        answer = super().hand_over(*handed)
        self.fault.at("transport")
        return answer


class FaultyTemplate(Template):
    """One that may break when it is rendered."""

    fault = Fault()

    def render(self, *args: Any, **kwargs: Any) -> str:
        self.fault.at("template")
        return super().render(*args, **kwargs)


@cache
def faulty_templates() -> Environment:
    """Compiled once for all runs."""
    environment = templates()
    environment.template_class = FaultyTemplate
    return environment


class FaultyApp(App):
    """The app with a blog and a relay in the test's hand, and a fault somewhere."""

    def __init__(self, site: Site, relay: FaultyRelay, fault: Fault) -> None:
        config = load(site.folder / "config.toml", environ=site.environ)
        super().__init__(config, as_of=config.as_of, folder=site.folder)
        self.relay = relay
        self.fault = relay.fault = fault

    @property
    def clock(self) -> Clock:
        assert self.as_of is not None
        still = SettableClock(self.as_of)

        def tick() -> datetime:
            self.fault.at("clock")
            return still()

        return tick

    @cached_property
    def environment(self) -> Environment:
        FaultyTemplate.fault = self.fault
        return faulty_templates()

    @contextmanager
    def store(self, *, create: bool = True, moved_too: bool = False) -> Iterator[Store]:
        with (
            super().store(create=create, moved_too=moved_too) as store,
            before_each_statement(store, lambda: self.fault.at("statement")),
        ):
            yield store

    @cached_property
    def posts(self) -> Posts:
        return FaultyPosts(self)

    @cached_property
    def mail(self) -> Mail:
        return FaultyMail(self)


class FaultyPosts(Posts):
    def __init__(self, app: FaultyApp) -> None:
        super().__init__(app, app.events)
        self.fault = app.fault

    @contextmanager
    def source(self, store: Store, **_: Any) -> Iterator[Source]:  # noqa: ARG002  # the app's own
        yield FaultySource(self.fault, Batch(posts=POSTS[4:]), Batch(memory={"watermark": "1"}, complete=True))

    def read(self, post: SourcePost | Raw, recurring: frozenset[str]) -> Reading:
        self.fault.at("reader")
        return super().read(post, recurring)


class FaultyMail(Mail):
    def __init__(self, app: FaultyApp) -> None:
        super().__init__(app, app.events)
        self._relay = app.relay

    def transports(self) -> Callable[[], Transport]:
        return lambda: self._relay


class FirstCrawl(FaultyApp):
    @cached_property
    def posts(self) -> Posts:
        return FirstPosts(self)


class FirstPosts(FaultyPosts):
    @contextmanager
    def source(self, store: Store, **_: Any) -> Iterator[Source]:  # noqa: ARG002  # the app's own
        yield ScriptedSource(
            Batch(site=a_site(), categories=CATEGORIES, posts=POSTS[:4]), Batch(memory={}, complete=True)
        )


@dataclass
class Given(Options):
    """The wishes of a prompt, with an app of the test's making."""

    made: App | None = None

    @cached_property
    def app(self) -> App:
        assert self.made is not None
        return self.made


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str
    fault: Fault


class Run:
    """A site whose weekly digest has closed, and whose blog has two new posts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.relay = FaultyRelay()

    @classmethod
    def begun(cls, folder: Path, *, url: str | None = None) -> Run:
        site = rehearsed(folder, source="https://blog.example.org", more=WEEKLY + READERS)
        set_line(site, 'name = "Chief Officers\' Summit"', 'name = "Chief Officers\' Summit"\ncategories = ["housing"]')
        # The same in each store, so that their mails can be compared.
        site.environ[SECRET] = "correct horse battery staple, and more of that"
        if url is not None:
            site.environ["SOLACEFEED_STORE_URL"] = url
        run = cls(site)
        first = FirstCrawl(site, run.relay, Fault())
        first.as_of = WEDNESDAY
        with first.store() as store:
            first.posts.poll(store)
        return run

    def copied(self, folder: Path) -> Run:
        return Run(Site(copied_site(self.site.folder, folder), self.site.environ))

    def run(self, seam: str = "", n: int = 0) -> Ended:
        """``solacefeed run``, with a fault at the n-th call of a seam."""
        fault = Fault(seam, n)
        options = Given(config_file=str(self.site.folder / "config.toml"), made=FaultyApp(self.site, self.relay, fault))
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
            root.main(["run"], standalone_mode=False, obj=options)
        return Ended(code=int(end.value.code or 0), out=out.getvalue(), err=err.getvalue(), fault=fault)

    def status(self) -> tuple[SiteStatus, list[str]]:
        """How it stands, and the keys of its troubles."""
        app = FaultyApp(self.site, self.relay, Fault())
        with app.store() as store:
            stands = app.upkeep.status(store)
        return stands, [trouble.key for trouble in app.upkeep.judgement(stands).troubles]

    def failed(self) -> list[Record]:
        """The records of what did not work."""
        app = FaultyApp(self.site, self.relay, Fault())
        with app.store() as store, store.read() as connection:
            rows = connection.execute(records.select().where(~records.c.ok)).all()
        return [Record(**row._mapping) for row in rows]

    def came_of_it(self) -> tuple[dict[str, bytes], list[tuple[str, bytes]]]:
        """The documents, and who got which mail."""
        mails = sorted((message.recipient, message.content) for message in self.relay.mailbox)
        return self.site.published(), mails


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run.begun(tmp_path_factory.mktemp("before") / "site")


@pytest.fixture(scope="module")
def undisturbed(before: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Fault]:
    run = before.copied(tmp_path_factory.mktemp("undisturbed") / "site")
    ended = run.run()
    assert (ended.code, ended.err) == (0, "")
    assert [line.partition(":")[0] for line in ended.out.splitlines()][:4] == ["poll", "prepare", "publish", "deliver"]
    return run, ended.fault


def assert_the_rest_is_done_and_the_next_run_mends_it(run: Run, seam: str, n: int, whole: Run) -> None:
    ended = run.run(seam, n)
    stands, troubles = run.status()
    # There is no form on this site that could be answered.
    did_not = [deed for deed in DEEDS if deed != "answer" and stands.records[deed].ok is not True]
    if seam == "reader" and ended.code == 0:
        # A post that can't be read costs no deed anything: it is set aside, and named.
        assert "set aside" in ended.out
        assert stands.quarantined == 1
    else:
        (failed,) = run.failed()
        # What stands beside the deeds may have worked again by the end of the run.
        assert did_not == [failed.deed] or (did_not == [] and failed.deed in BESIDE), (seam, n, ended, troubles)
        assert f"failed:{failed.deed}" in troubles or failed.deed in BESIDE
        assert failed.summary == f"a bug of solacefeed: Oops: at call {n} of the {seam}"
        assert (ended.code, failed.summary in ended.err) == (1, True), (seam, n, ended)
        assert "Traceback" not in ended.err
    again = run.run()
    assert (again.code, again.err) == (0, ""), (seam, n, again)
    assert run.came_of_it() == whole.came_of_it(), (seam, n)
    assert [key for key in run.status()[1] if key.startswith("failed:")] == []


def disturb(before: Run, undisturbed: tuple[Run, Fault], folder: Path, seam: str, calls: range) -> int:
    """Does it at each of these calls, up to the last there is; returns how many there were."""
    whole, counted = undisturbed
    done = 0
    for n in range(calls.start, min(calls.stop, counted.calls[seam] + 1), calls.step):
        run = before.copied(folder / f"{seam}-{n}")
        assert_the_rest_is_done_and_the_next_run_mends_it(run, seam, n, whole)
        shutil.rmtree(run.site.folder)
        done += 1
    return done


@pytest.mark.more
@pytest.mark.parametrize(
    ("seam", "call"),
    [("source", 3), ("clock", 83), ("reader", 1), ("template", 15), ("transport", 4), ("statement", 218)],
)
def test_an_error_that_nobody_thought_of_costs_no_other_deed_and_is_mended_by_the_next_run(
    before: Run, undisturbed: tuple[Run, Fault], tmp_path: Path, seam: str, call: int
) -> None:
    assert disturb(before, undisturbed, tmp_path, seam, range(call, call + 1)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seam", SEAMS)
def test_at_every_call_of_every_seam_an_error_costs_no_other_deed_and_is_mended_by_the_next_run(
    before: Run, undisturbed: tuple[Run, Fault], tmp_path: Path, seam: str
) -> None:
    assert disturb(before, undisturbed, tmp_path, seam, range(1, 100_000)) == undisturbed[1].calls[seam]


@pytest.mark.more
@pytest.mark.both_stores
@pytest.mark.parametrize(("seam", "n"), [("statement", 70)])
def test_it_is_so_on_either_database(
    undisturbed: tuple[Run, Fault], tmp_path: Path, store_url: str, seam: str, n: int
) -> None:
    run = Run.begun(tmp_path / "site", url=store_url)
    assert_the_rest_is_done_and_the_next_run_mends_it(run, seam, n, undisturbed[0])


# -- at the prompt ----------------------------------------------------------------------------------------


def notes_become(site: Site, notes: str) -> str:
    """Writes *notes* where the source keeps its own, and gives back what stood there."""
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db")) as database:
        (before,) = database.execute("SELECT memory FROM sources").fetchone()
        database.execute("UPDATE sources SET memory = ?", (notes,))
        database.commit()
    return str(before)


def test_a_bug_is_one_line_and_v_shows_where(done: Site) -> None:
    notes_become(done, "{")
    for words in (("poll",), ("status",), ("posts", "quarantine", "retry")):
        said = at(done, *words)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert said.err.startswith("solacefeed: a bug of solacefeed: JSONDecodeError: ")
        assert said.err.endswith("; the same with -v shows where\n")
    shown = done.do("poll", "-v")
    assert shown.returncode == 1
    assert "Traceback (most recent call last):" in shown.stderr
    assert shown.stderr.endswith("; the same with -v shows where\n")


def test_a_poll_that_died_of_a_bug_is_what_status_tells_until_one_works(done: Site) -> None:
    notes = notes_become(done, "{")
    assert at(done, "run").code == 1
    notes_become(done, notes)
    said = at(done, "status", "--json")
    assert said.code == 1
    assert {"failed:poll", "failed:events"} <= {trouble["key"] for trouble in said.data["troubles"]}
    assert any("a bug of solacefeed: JSONDecodeError" in line for line in said.data["advice"])
    assert at(done, "run").code == 0
    assert at(done, "status").code == 0


@pytest.mark.more
def test_a_run_says_once_what_did_not_work_beside_each_deed(before: Run, tmp_path: Path) -> None:
    run = before.copied(tmp_path / "site")
    with closing(sqlite3.connect(run.site.folder / "var" / "solacefeed.db")) as database:
        database.execute(
            "INSERT INTO facts (name, value) VALUES ('events_refreshed', 'x') ON CONFLICT (name) "
            "DO UPDATE SET value = 'x'"
        )
        database.commit()
    ended = run.run()
    assert ended.code == 1
    assert ended.err.count("solacefeed: events: a bug of solacefeed: ValueError: ") == ended.err.count("\n") == 1
    assert [line.partition(":")[0] for line in ended.out.splitlines()][:4] == ["poll", "prepare", "publish", "deliver"]
    assert len(run.relay.mailbox) == 3
    assert run.status()[1] == ["failed:events"]
