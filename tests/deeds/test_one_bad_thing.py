"""One bad thing costs no other: a fault of ours at one post, event or feed leaves that one out, and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from jinja2 import Environment, Template

from solacefeed.deeds.events.known_events import sightings_of_posts
from solacefeed.deeds.halving import fitting
from solacefeed.deeds.publishing.build import Build
from solacefeed.deeds.publishing.build_entries import FORMATS, Format
from solacefeed.deeds.publishing.fence import Fence, turn
from solacefeed.deeds.publishing.output import Output
from solacefeed.deeds.publishing.planning import make_plan
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.models.posts import Blurb, Telling
from solacefeed.models.sightings import Sighting
from solacefeed.publish.feeds import Entry, Naming
from solacefeed.store import documents, events, quarantine
from solacefeed.store.database import Store
from tests.deeds.event_world import EventWorld, a_blurb, listed
from tests.deeds.test_publish import Publisher
from tests.deeds.world import BLOG, HOMELESSNESS, HOUSING, SCOTLAND, World, environment
from tests.support.builders import LONDON, MONDAY, a_source_post

SCOTTISH = a_source_post(id="2", title="Islands", category_numbers=("3",))
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
OTHER = a_source_post(id="3", title="Ferries", category_numbers=("3",))


def set_aside(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return {each.key: each.reason for each in quarantine.everything(connection)}


def troubled(store: Store) -> dict[str, str | None]:
    with store.read() as connection:
        return {each.path: each.trouble for each in documents.troubled(connection)}


# -- halves -------------------------------------------------------------------------------------------


def test_what_spoils_a_list_is_found_by_halves() -> None:
    asked = 0

    def work(some: Any) -> None:
        nonlocal asked
        asked += 1
        if {13, 700} & set(some):
            raise ValueError("unlucky")

    fit, left_out = fitting(range(1000), work)
    assert fit == [n for n in range(1000) if n not in (13, 700)]
    assert [(n, str(error)) for n, error in left_out] == [(13, "unlucky"), (700, "unlucky")]
    assert asked < 60


def test_of_two_that_do_not_go_together_the_first_stays() -> None:
    def work(some: Any) -> None:
        if {3, 8} <= set(some):
            raise ValueError

    assert fitting(range(10), work)[0] == [0, 1, 2, 3, 4, 5, 6, 7, 9]


@pytest.mark.parametrize(("every", "enough"), [(3, 400), (20, 700), (1, 150)])
def test_where_more_spoil_a_list_than_can_be_left_out_it_is_as_if_all_did(every: int, enough: int) -> None:
    asked = 0

    def work(some: Any) -> None:
        nonlocal asked
        asked += 1
        if any(n % every == 0 for n in some):
            raise ValueError("unlucky")

    with pytest.raises(ValueError, match="unlucky"):
        fitting(range(1020), work, most=50)
    assert asked < enough
    assert len(fitting(range(50 * every), work, most=50)[1]) == 50


@pytest.mark.parametrize("error", [OSError("disk full"), MemoryError()])
def test_what_is_nobodys_fault_is_raised(error: Exception) -> None:
    def work(_: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        fitting(range(10), work)


# -- entries ------------------------------------------------------------------------------------------


class Builder(Publisher):
    """Builds everything with formats of its own."""

    def build(self, *formats: Format) -> tuple[Build, Output]:
        with self._store.read() as connection:
            plan = make_plan(connection, self.settings, now=self.clock(), everything=True)
            fence = Fence(turn(connection))
        output = Output(self._store, self.clock, self.folder, fence)
        build = Build(self._store, self.settings, environment(), output, plan, formats=formats)
        build.work()
        with self._store.write() as connection:
            build.keep_books(connection, self.clock())
        return build, output


def stumbling(kind: Format, over: Callable[[Entry], bool]) -> Format:
    def entry(wanted: Entry, naming: Naming) -> bytes:
        if over(wanted):
            raise RuntimeError(f"no words for {wanted.title}")
        return kind.entry(wanted, naming)

    return replace(kind, entry=entry)


@pytest.mark.parametrize("which", range(len(FORMATS)), ids=[each.ending for each in FORMATS])
def test_an_entry_that_cant_be_written_down_is_left_out_and_the_others_stand(
    world: World, tmp_path: Path, which: int
) -> None:
    world.appear(POST, SCOTTISH, OTHER)
    builder = Builder(world.store, tmp_path / "feeds", world.clock)
    formats = list(FORMATS)
    formats[which] = stumbling(FORMATS[which], lambda entry: entry.title == "Islands")
    build, output = builder.build(*formats)
    assert output.refused == {}
    assert set_aside(world.store).keys() == {"entry 2"}
    assert "no words for Islands" in build.left_out["2"]
    ending = FORMATS[which].ending
    assert "Ferries" in builder.atom(f"category/scotland.{ending}")
    assert "Islands" not in builder.atom(f"category/scotland.{ending}")
    builder.build(*FORMATS)
    assert set_aside(world.store) == {}
    assert "Islands" in builder.atom(f"category/scotland.{ending}")


def test_where_no_entry_can_be_written_down_none_is_to_blame_and_all_stays_as_it_was(
    world: World, tmp_path: Path
) -> None:
    world.appear(POST, SCOTTISH, OTHER)
    builder = Builder(world.store, tmp_path / "feeds", world.clock)
    builder.publish()
    before = builder.states()
    everything = [stumbling(kind, lambda _: True) for kind in FORMATS]
    build, output = builder.build(*everything)
    assert build.left_out == {}
    assert {path for path in output.refused if path.endswith(".atom") and "2026" not in path} == {
        "all.atom",
        "category/housing.atom",
        "category/scotland.atom",
    }
    after = builder.states()
    assert {path for path in before if path.endswith((".atom", ".rss")) and before[path] != after[path]} <= {
        "all/2026-11.atom"
    }


# -- feeds --------------------------------------------------------------------------------------------


class _Stumbling(Environment):
    """The templates of another environment; raises over the page of one feed."""

    def __init__(self, title: str) -> None:
        super().__init__(loader=environment().loader)  # nothing is rendered by this one
        self._title = title

    def get_template(self, name: str | Template, *args: Any, **kwargs: Any) -> Any:
        return _Page(environment().get_template(name, *args, **kwargs), self._title)


class _Page:
    def __init__(self, behind: Template, title: str) -> None:
        self._behind = behind
        self._title = title

    def render(self, page: Any = None, **said: Any) -> str:
        if getattr(page, "title", "").startswith(self._title):
            raise RuntimeError("no page for that")
        return self._behind.render(page=page, **said)


def published_but_for(publisher: Publisher, title: str) -> None:
    """All is done, and then the fault is told."""
    with pytest.raises(RuntimeError, match="no page for that"):
        write_changes(publisher._store, publisher.clock, publisher.settings, lambda: _Stumbling(title), url=BLOG)


@pytest.fixture
def publisher(world: World, tmp_path: Path) -> Publisher:
    return Publisher(world.store, tmp_path / "feeds", world.clock)


def test_a_category_that_cant_be_made_stays_as_it_was_and_the_others_go_on(world: World, publisher: Publisher) -> None:
    world.appear(POST, SCOTTISH)
    publisher.publish()
    before = publisher.states()
    world.appear(OTHER, a_source_post(id="4", title="Rents", category_numbers=("1",)))
    published_but_for(publisher, "Scotland")
    own = {f"category/scotland{end}" for end in (".atom", ".json", ".rss", "/index.html")}
    assert troubled(world.store).keys() == own
    assert all("no page for that" in (why or "") for why in troubled(world.store).values())
    after = publisher.states()
    assert {path for path in own if after[path] == before[path]} == own
    assert "Rents" in publisher.atom("category/housing.atom")
    assert "Ferries" in publisher.atom("all.atom")
    assert "Ferries" in publisher.atom("category/scotland/2026-11.atom")


def test_the_next_publish_makes_what_could_not_be_made(world: World, publisher: Publisher, tmp_path: Path) -> None:
    world.appear(POST, SCOTTISH)
    published_but_for(publisher, "Scotland")
    assert "category/scotland.atom" not in publisher.files()
    assert "category/housing.atom" in publisher.files()
    assert not publisher.publish().falls_short()
    assert troubled(world.store) == {}
    undisturbed = Publisher(world.store, tmp_path / "undisturbed", world.clock)
    undisturbed.publish(everything=True)
    found, wanted = ({name: state[0] for name, state in each.states().items()} for each in (publisher, undisturbed))
    assert found == wanted


def test_two_categories_of_one_slug_are_published_at_two_addresses(world: World, publisher: Publisher) -> None:
    twin = replace(SCOTLAND, number=replace(HOUSING).number, slug=SCOTLAND.slug, name="Alba")
    world.recategorise(twin, HOMELESSNESS, SCOTLAND)
    world.appear(POST, SCOTTISH)
    publisher.publish()
    # Scotland stood there before; a new one of its slug bears its number, also when that is the lower.
    assert publisher.feeds() == ["all.atom", "category/category-1.atom", "category/scotland.atom"]
    before = publisher.states()
    world.recategorise(HOMELESSNESS, twin)
    publisher.publish()
    world.recategorise(SCOTLAND, HOMELESSNESS, twin)
    publisher.publish()
    after = publisher.states()
    assert {path for path in before if path.endswith("-11.atom") and after[path][0] != before[path][0]} == set()
    assert publisher.feeds() == ["all.atom", "category/category-1.atom", "category/scotland.atom"]


# -- events -------------------------------------------------------------------------------------------

#: A moment without an offset, which no source should tell: nobody can say whether it is over.
NAIVE = datetime(2027, 4, 13, 9, tzinfo=UTC).replace(tzinfo=None)
SUMMIT = a_blurb("Join us at the SOLACE Summit in Coventry on 16-18 October 2027.")


def names(known: Any) -> set[str | None]:
    return {event.name for event in known}


def tellings(*spoilt: str) -> list[Sighting]:
    return [
        listed(str(n), name=f"Clinic {n}", starts=NAIVE if str(n) in spoilt else date(2027, 5, n + 1), url=None)
        for n in range(8)
    ]


@pytest.mark.parametrize("spoilt", [("0",), ("7",), ("2", "3", "6")], ids="-".join)
def test_an_event_that_nobody_can_judge_is_set_aside_and_the_others_are_known(
    telling: EventWorld, spoilt: tuple[str, ...]
) -> None:
    telling.answers["events"] = list(tellings(*spoilt))
    telling.post("9", SUMMIT)
    telling.ask()
    telling.refresh()
    store = telling.world.store
    assert set_aside(store).keys() == {f"telling calendar events {uid}" for uid in spoilt}
    reasons = set_aside(store).values()
    assert all("what it tells can't be used: a bug of solacefeed: TypeError" in why for why in reasons)
    there = {f"Clinic {n}" for n in range(8) if str(n) not in spoilt}
    assert there < names(telling.known())
    with store.read() as connection:
        assert there < names(events.shown(connection))
    telling.at(telling.now + timedelta(hours=7))
    telling.answers["events"] = list(tellings())
    telling.ask()
    telling.refresh()
    assert set_aside(store) == {}
    assert len(telling.known()) == 9


def test_where_no_event_can_be_judged_none_is_set_aside_and_all_stay_as_they_were(telling: EventWorld) -> None:
    telling.answers["events"] = list(tellings())
    telling.ask()
    telling.refresh()
    telling.at(telling.now + timedelta(hours=7))
    telling.answers["events"] = list(tellings(*"01234567"))
    telling.ask()
    with pytest.raises(TypeError):
        telling.refresh()
    with telling.world.store.read() as connection:
        assert len(events.shown(connection)) == 8
    assert set_aside(telling.world.store) == {}


def _telling(post_id: str, blurb: Blurb) -> Telling:
    return Telling(post_id=post_id, title="", published=MONDAY, language=None, blurbs=(blurb,))


def test_a_blurb_that_cant_be_understood_costs_no_other() -> None:
    #: No post has such a text: what goes wrong over it stands for any fault of ours.
    bad = Blurb(text=cast("str", 7))
    left_out: dict[str, str] = {}
    told = sightings_of_posts([_telling("1", bad), _telling("2", SUMMIT)], LONDON, left_out)
    assert {source for source, _ in told} == {"post 2"}
    assert left_out.keys() == {"post 1"}
    with pytest.raises(AttributeError):
        sightings_of_posts([_telling("1", bad), _telling("2", replace(bad, links=("x",)))], LONDON, {})


def test_an_event_that_no_store_can_hold_costs_its_calendar_no_other(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    listing = tellings()
    listing[3] = replace(listing[3], uid="half \ud800")
    telling.answers["events"] = listing
    assert telling.ask().troubles == ()
    telling.refresh()
    assert names(telling.known()) == {f"Clinic {n}" for n in range(8) if n != 3}
    assert (telling.notes()["events"].note or "").startswith("event half ")
