"""What a publish remembers of itself: another process finds the same, and what documents do not show moves nothing."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from solacefeed.deeds.publishing.made_with import (
    CONFIG,
    CONFIG_OR_ELSE,
    EARLIER_RELEASE,
    FIRST_EVENT,
    FIRST_TIME,
    SITE,
    SPOILED,
    MadeWith,
    why_anew,
)
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.planning import make_plan
from solacefeed.deeds.publishing.publish import PublishResult, forecast, write_changes
from solacefeed.models.digests import CategoryNames, Combined
from solacefeed.models.events import Event, EventStatus
from solacefeed.ports import Batch
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.feeds import Naming
from solacefeed.publish.ics import EventNaming
from solacefeed.site import Site
from solacefeed.stable import stable_hash
from solacefeed.store.database import Store
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import LONDON, MONDAY, a_category, a_source_post, an_event, of_a_site

NAMES = CategoryNames(hidden=frozenset({"uncategorized", "homelessness", "internal", "members", "press"}))
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
    names=NAMES,
)


def some_settings(folder: Path) -> PublishSettings:
    """Of a site that hides several categories."""
    return PublishSettings(folder=folder / "feeds", naming=NAMING, formats={"atom": "1"})


def published(world: World, settings: PublishSettings) -> PublishResult:
    return write_changes(world.store, world.clock, settings, environment, url=BLOG)


def reason(store: Store, settings: PublishSettings) -> str | None:
    """Why a publish would make everything anew."""
    with store.read() as connection:
        return make_plan(connection, settings, now=MONDAY, everything=False).since


def states(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """The bytes, the time and the inode of each file."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for name, path in found.items()}


@pytest.fixture
def filled(sqlite_store: Store) -> World:
    world = World(sqlite_store)
    world.appear(
        a_source_post(id="1", category_numbers=("1",)),
        a_source_post(id="2", category_numbers=("3",), published=MONDAY - timedelta(days=200)),
    )
    return world


# -- another process ------------------------------------------------------------------------------------

LOOK = """
import pickle, sys
from contextlib import closing
from datetime import UTC, datetime
from solacefeed.deeds.publishing.planning import make_plan
from solacefeed.store.database import open_store

settings = pickle.load(sys.stdin.buffer)
with closing(open_store(sys.argv[1])) as store, store.read() as connection:
    found = make_plan(connection, settings, now=datetime.now(UTC), everything=False)
print("nothing" if found.nothing else "everything")
"""


def test_a_look_by_another_process_finds_nothing_to_do_however_many_categories_are_hidden(
    filled: World, tmp_path: Path
) -> None:
    looks_by_others_find_nothing(filled, some_settings(tmp_path), seeds=2)


@pytest.mark.slow
def test_nor_do_the_looks_of_many_other_processes(filled: World, tmp_path: Path) -> None:
    looks_by_others_find_nothing(filled, some_settings(tmp_path), seeds=12)


def looks_by_others_find_nothing(filled: World, settings: PublishSettings, *, seeds: int) -> None:
    published(filled, settings)
    before = states(settings.folder)
    looks = [_a_process(f"sqlite:///{filled.store.file}", seed) for seed in range(seeds)]
    assert [look.communicate(pickle.dumps(settings))[0] for look in looks] == [b"nothing\n"] * seeds
    assert published(filled, settings).line() == "publish: 3 feeds of 2 posts; 0 files changed, 0 removed"
    assert states(settings.folder) == before


def _a_process(url: str, seed: int) -> subprocess.Popen[bytes]:
    """One that orders sets by *seed*, and says what it would do."""
    return subprocess.Popen(
        [sys.executable, "-c", LOOK, url],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


# -- what moves the mark ----------------------------------------------------------------------------------

OTHER: dict[str, object] = {
    "naming": replace(NAMING, rights="All rights reserved"),
    "most_entries": 7,
    "most_bytes": 1000,
    "combined": (Combined(slug="both", title="Both", categories=("housing", "scotland")),),
    "authors": True,
    "digests": (("weekly", "Weekly digest"),),
    "brand": "another",
    "events": True,
    "subscribe_url": "mailto:web@example.org",
}


def test_everything_that_documents_show_of_the_config_moves_the_mark_and_the_folder_does_not(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    assert {each.name for each in fields(PublishSettings)} == {*OTHER, "folder", "formats", "no_zone"}
    moved = {name: replace(settings, **{name: value}).made_with for name, value in OTHER.items()}  # type: ignore[arg-type]
    assert [name for name, made in moved.items() if made.config == settings.made_with.config] == []
    assert replace(settings, folder=tmp_path / "elsewhere").made_with == settings.made_with


OTHER_OF_A_SITE: dict[str, object] = {
    "title": "Another blog",
    "url": "https://other.example.org",
    "base_url": "https://other.example.org/feeds",
    "tag_authority": "other.example.org,2012",
    "language": "cy",
    "organisation": "Another society",
    "zone": ZoneInfo("Europe/Paris"),
}


@pytest.mark.parametrize("name", [each.name for each in fields(Site)])
def test_all_that_a_site_is_called_and_lives_by_moves_the_mark(tmp_path: Path, name: str) -> None:
    settings = some_settings(tmp_path)
    other = replace(settings, naming=of_a_site(settings.naming, **{name: OTHER_OF_A_SITE[name]}))
    assert other.made_with.config != settings.made_with.config


def test_the_order_in_which_the_config_names_things_that_stand_in_none_moves_nothing(tmp_path: Path) -> None:
    labels = {"housing": "Homes", "scotland": "The north"}
    orders = (labels, dict(reversed(labels.items())))
    several = [
        replace(some_settings(tmp_path), naming=replace(NAMING, names=replace(NAMES, labels=order))) for order in orders
    ]
    assert several[0].made_with == several[1].made_with


def test_a_zone_whose_rules_are_others_moves_the_mark(tmp_path: Path) -> None:
    with (resources.files("tzdata") / "zoneinfo/Asia/Tokyo").open("rb") as rules:
        named = ZoneInfo.from_file(rules, key="Europe/London")
    settings = some_settings(tmp_path)
    assert stable_hash(named) == stable_hash(settings.site.zone)
    assert (
        replace(settings, naming=of_a_site(settings.naming, zone=named)).made_with.config != settings.made_with.config
    )


EVENT = replace(an_event(), book_by=date(2027, 3, 1), known_since=MONDAY, changed=MONDAY)
OTHER_OF_AN_EVENT: dict[str, object] = {
    "id": "summit-2028",
    "name": "Officers' Summit",
    "place": "Leeds",
    "starts": date(2027, 4, 12),
    "ends": date(2027, 4, 14),
    "url": "https://events.example.org/other",
    "book_by": date(2027, 4, 1),
    "booking_over": True,
    "text": "Three days.",
    "categories": ("housing",),
    "standing": EventStatus.MOVED,
    "sequence": 1,
    "known_since": MONDAY - timedelta(days=1),
    "changed": MONDAY + timedelta(days=1),
}


def test_each_field_of_an_event_moves_its_mark_and_a_document() -> None:
    assert {each.name for each in fields(Event)} == OTHER_OF_AN_EVENT.keys()
    for name, value in OTHER_OF_AN_EVENT.items():
        other = replace(EVENT, **{name: value})  # type: ignore[arg-type]
        assert stable_hash([other]) != stable_hash([EVENT]), name
        assert _documents_of(other) != _documents_of(EVENT), name


def _documents_of(event: Event) -> object:
    site = EventNaming(
        site=Site(
            title="Officers' Blog",
            url=BLOG,
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
            language="en-GB",
            organisation="Society of Officers",
            zone=LONDON,
        ),
        labels={"housing": "Housing"},
    )
    return list(event_documents([event], [a_category()], site, environment())), event_entries([event], site)


# -- why everything is made anew ----------------------------------------------------------------------------

MADE = MadeWith(config="1", formats={"atom": "1, lxml 6.0.2", "rss": "1", "page": "1"})


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (None, FIRST_TIME),
        (MADE.written(), None),
        ("Place(folder=PosixPath('feeds'), naming=Naming(site_title='A blog'))", EARLIER_RELEASE),
        ("{}", EARLIER_RELEASE),
        (replace(MADE, config="2").written(), CONFIG_OR_ELSE),
        (replace(MADE, formats={**MADE.formats, "atom": "1, lxml 6.0.1"}).written(), "library or template writes atom"),
        (replace(MADE, formats={"rss": "1"}).written(), "writes atom and page"),
        (replace(MADE, formats={**MADE.formats, "gone": "1"}).written(), None),
    ],
)
def test_it_is_said_why_everything_is_made_anew(before: str | None, reason: str | None) -> None:
    said = why_anew(before, MADE)
    assert (said is None) == (reason is None)
    assert (reason or "") in (said or "")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"naming": replace(NAMING, rights="All rights reserved")}, CONFIG),
        ({"naming": replace(NAMING, site=replace(NAMING.site, title="Another"))}, SITE),
        ({"naming": replace(NAMING, site=replace(NAMING.site, zone=ZoneInfo("Asia/Tokyo")))}, SITE),
        ({"events": True, "naming": replace(NAMING, events_url="https://news.example.org/events/")}, FIRST_EVENT),
        ({"events": True, "most_entries": 9}, f"{CONFIG}; {FIRST_EVENT}"),
        # A line that leads to the events is of the config, where events have been there.
        ({"naming": replace(NAMING, events_url="https://news.example.org/events/")}, CONFIG),
    ],
)
def test_of_config_blog_and_events_it_is_said_which_has_changed(
    tmp_path: Path, changed: dict[str, Any], why: str
) -> None:
    before = some_settings(tmp_path)
    assert why_anew(before.made_with.written(), replace(before, **changed).made_with) == why


def test_the_first_publish_and_one_that_was_asked_for_say_nothing_of_it(filled: World, tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    first = published(filled, settings)
    asked = write_changes(filled.store, filled.clock, settings, environment, url=BLOG, everything=True)
    assert (first.since, asked.since) == ("", "")
    assert (asked.changed, published(filled, settings).since) == (0, "")


def test_a_changed_config_and_a_spoiled_file_are_said_once(filled: World, tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    published(filled, settings)
    settings = replace(settings, naming=replace(NAMING, rights="All rights reserved"))
    assert (published(filled, settings).since, published(filled, settings).since) == (CONFIG, "")
    (settings.folder / "all.atom").unlink()
    found = forecast(filled.store, filled.clock, settings, environment, url=BLOG)
    assert {each.why for each in found.differences} == {f"everything is made anew, since {SPOILED}"}
    again = published(filled, settings)
    assert f"; everything was made anew, since {SPOILED}" in again.line()
    assert (again.changed, published(filled, settings).since) == (1, "")


# -- another folder -----------------------------------------------------------------------------------------


def test_a_folder_that_was_moved_with_its_files_is_as_good(filled: World, tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    published(filled, settings)
    moved = replace(settings, folder=tmp_path / "elsewhere")
    settings.folder.rename(moved.folder)
    before = states(moved.folder)
    result = published(filled, moved)
    assert (result.since, result.changed) == ("", 0)
    assert states(moved.folder) == before


def test_a_folder_that_was_left_and_is_taken_up_again_gets_what_changed_meanwhile(
    filled: World, tmp_path: Path
) -> None:
    settings = replace(some_settings(tmp_path), most_entries=1)
    published(filled, settings)
    elsewhere = replace(settings, folder=tmp_path / "elsewhere")
    shutil.copytree(settings.folder, elsewhere.folder)
    old = a_source_post(
        id="2", category_numbers=("3",), published=MONDAY - timedelta(days=200), content="<p>Corrected</p>"
    )
    filled.blog_says(Batch(posts=(old,)))
    published(filled, elsewhere)
    published(filled, settings)
    assert {path: state[0] for path, state in states(settings.folder).items()} == {
        path: state[0] for path, state in states(elsewhere.folder).items()
    }
