"""``--json``: every noun that a command may tell is told, and every command's answer can be read by a program."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from pathlib import PurePath
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

import solacefeed
from solacefeed.cli.console import TOLD, plain
from solacefeed.deeds.editions.freeze import NameCopy
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.publishing.output import Difference
from solacefeed.digest.personal_letters import Writer
from solacefeed.models.desk import DeskAct, NewAct
from solacefeed.publish.readers import UnreadCost
from solacefeed.store import quarantine, removals
from solacefeed.store.database import open_store
from solacefeed.store.events import EventRow, KeptEvent
from tests.cli.prompt import NOW, at, set_line, well
from tests.cli.test_manners import EVERY
from tests.support.site import Site

# -- nouns ------------------------------------------------------------------------------------------

#: Where nouns are that a command may tell: what is kept, understood and done.
ROOMS = ("models", "events", "store", "deeds")
#: What a noun can hold.
SINGLE = tuple(kind for kinds, _ in TOLD for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
MANY = (list, tuple, set, frozenset, Mapping)

#: Nouns that hold a row's columns, whatever those are: what ``events show`` tells shows that they are told.
ROWS = (EventRow, KeptEvent, DeskAct, NewAct)

#: What some rooms only name, for they load it later.
NAMED = {
    "Environment": Environment,
    "Difference": Difference,
    "NameCopy": NameCopy,
    "Renderer": Renderer,
    "UnreadCost": UnreadCost,
    "Writer": Writer,
}


def nouns() -> Iterator[type]:
    for module in _modules():
        for value in vars(module).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__:
                yield value


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(solacefeed.__path__, "solacefeed."):
        if found.name.split(".")[1] in ROOMS and "migrations" not in found.name:
            yield importlib.import_module(found.name)


def held(kind: Any) -> Iterator[Any]:
    """The single types that a value of *kind* is made of."""
    origin = get_origin(kind) or kind
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield from (part for each in get_type_hints(kind, localns=NAMED).values() for part in held(each))
    elif origin is Literal:
        yield from map(type, get_args(kind))
    elif origin in (Union, UnionType) or (isinstance(origin, type) and issubclass(origin, MANY) and get_args(kind)):
        yield from (part for each in get_args(kind) if each is not Ellipsis for part in held(each))
    else:
        yield origin


def is_seam(kind: Any) -> bool:
    """Whether what holds one is no noun: something that acts, of ours or of a library."""
    return getattr(kind, "__module__", "").split(".")[0] in ("solacefeed", "collections", "jinja2", "sqlalchemy")


def is_told(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, (*SINGLE, *MANY))


def test_every_noun_is_made_of_what_json_has_a_word_for() -> None:
    wordless = {
        f"{noun.__module__}.{noun.__qualname__}: {kind}"
        for noun in nouns()
        if not any(is_seam(kind) and not is_told(kind) for kind in held(noun))
        for kind in held(noun)
        if not is_told(kind) and noun not in ROWS
    }
    assert len(list(nouns())) > 60
    assert sorted(wordless) == []


ZONES = st.sampled_from([ZoneInfo("Europe/London"), UTC, timezone(timedelta(hours=-5))])
VALUES: dict[type, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(),
    str: st.text(st.characters()),
    bytes: st.binary(),
    datetime: st.datetimes(timezones=st.none() | ZONES),
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    tzinfo: ZONES,
    PurePath: st.just(PurePath("var/mail")),
}


class Colour(Enum):
    RED = (1, "red")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    first: object
    second: object


ANYTHING = st.recursive(
    st.one_of(*VALUES.values(), st.uuids(), st.decimals(), st.just(Colour.RED)),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.dictionaries(st.text() | st.dates() | st.integers() | st.none(), inner)
        | st.builds(Pair, first=inner, second=inner)
    ),
)


@given(ANYTHING)
def test_whatever_is_told_is_json_that_any_program_reads(value: object) -> None:
    told = json.dumps(plain(value), allow_nan=False)
    assert json.loads(told) == plain(value)


@given(st.sets(st.integers() | st.text()))
def test_a_set_is_told_in_one_order_whatever_the_process(value: set[object]) -> None:
    assert plain(value) == plain(frozenset(reversed(list(value))))
    assert plain({3, 1, 20}) == [1, 3, 20]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (time(9, 30), "09:30:00"),
        (timedelta(hours=6), 21600.0),
        (ZoneInfo("Europe/London"), "Europe/London"),
        (PurePath("feeds/all.atom"), "feeds/all.atom"),
        (b"\x00\xff", "AP8="),
        (Colour.RED, [1, "red"]),
        (float("nan"), "nan"),
        ({(1, "a"): date(2026, 11, 23)}, {'[1, "a"]': "2026-11-23"}),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))), "9999-12-31T23:59:59.999999-05:00"),
    ],
)
def test_each_kind_of_value_has_one_way_to_be_told(value: object, told: object) -> None:
    assert plain(value) == told


# -- commands ---------------------------------------------------------------------------------------

#: What a command is given that can't do without.
GIVEN = {
    "adopt": ["--yes"],
    "backup": ["{here}/copy.db"],
    "bounces accept": ["weekly/2026-11-23"],
    "bounces refuse": ["weekly/2026-11-23"],
    "categories move": ["housing", "scotland"],
    "corrections add": ["1303", "--words", "A table was old.", "--as-of", "2026-11-23T09:00:00Z"],
    "corrections drop": ["{correction}"],
    "corrections tell": ["{correction}"],
    "deliveries show": ["1"],
    "deliveries resolve": ["--edition", "weekly/2026-11-23", "--accepted"],
    "editions approve": ["weekly/notice-2026-11-23-1"],
    "editions cancel": ["weekly/notice-2026-11-23-2"],
    "editions edit": ["weekly/notice-2026-11-23-3", "--opening", "Good morning."],
    "editions hold": ["weekly/notice-2026-11-23-3"],
    "editions new": ["weekly", "--notice", "{here}/notice.txt"],
    "editions release": ["weekly/notice-2026-11-23-3"],
    "editions send-again": ["weekly/2026-11-23", "--to", "rejected"],
    "editions show": ["weekly/2026-11-23"],
    "editions test": ["weekly/2026-11-23", "eve@example.org"],
    "editions why": ["weekly/2026-11-23", "alice@example.org"],
    "events confirm": ["{clinic}"],
    "events dismiss": ["{clinic}"],
    "events edit": ["{clinic}", "--place", "Leeds"],
    "events read": ["{here}/evening.txt"],
    "events show": ["{clinic}"],
    "init": ["{here}/new"],
    "install-service": ["--print"],
    "posts import": ["{here}/export.xml"],
    "posts quarantine show": ["post 7"],
    "posts show": ["1311"],
    "redirects": ["nginx"],
    "subscribers add": ["dora@example.org"],
    "subscribers choose": ["alice@example.org", "--everything"],
    "subscribers end": ["alice@example.org"],
    "subscribers history": ["alice@example.org"],
    "subscribers pause": ["bob@example.org"],
    "subscribers resume": ["bob@example.org"],
    "subscribers show": ["alice@example.org"],
    "subscribers may-mail": ["carol@example.org"],
    "subscribers undo": ["alice@example.org"],
    "suppressions add": ["nobody@example.org"],
    "suppressions remove": ["nobody@example.org"],
    "try": ["sample:", "--once", "{here}/tried"],
}
#: They refuse what such a site has: a clock of its own, a digest that the config has, an edition that goes.
REFUSED = {
    "alarms test": [],
    "migrate-store": ["sqlite:///nowhere.db", "postgresql+psycopg://nobody@localhost/nowhere"],
    "restore": ["nowhere.db"],
    "complaints answered": ["9"],
    "dkim record": [],
    "dkim verify": ["nowhere.eml"],
    "editions desk": ["weekly/2026-11-23", "--editor", "ed@example.org"],
    "subscribers change-address": ["nobody@example.org", "anybody@example.org"],
    "subscribers erase": ["nobody@example.org"],
    "subscribers import": ["nowhere.csv"],
    "subscribers sync": ["nowhere.csv", "--source", "members"],
    "bounces read": [],
    "unsubscribes read": [],
    "web snippet": [],
    "clock check": [],
    "clock confirm": [],
    "clock repair": [],
    "digests end": ["weekly"],
    "digests resume": ["weekly"],
    "editions pause": ["weekly/2026-11-23"],
    "editions resume": ["weekly/2026-11-23"],
    "outbox retry": ["7"],
}
#: It tells no program anything.
SILENT = {"daemon", "worker"}
#: It asks servers that must be there: its own tests have them.
ASKING_AROUND = {"doctor"}

CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:clinic
DTSTART:20261203T130000Z
DTEND:20261203T143000Z
SUMMARY:Finance clinic
END:VEVENT
END:VCALENDAR
"""
EVENING = "The Housing Forum will be held in Leeds on 12 May 2027, from 10am to 4pm."
EXPORT = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>
<link>https://blog.example.org</link><wp:wxr_version>1.2</wp:wxr_version></channel></rss>
"""

NOTICE = "We move\n\nOn Monday.\n"
TEXTS = {"clinic.ics": CALENDAR, "evening.txt": EVENING, "export.xml": EXPORT, "notice.txt": NOTICE}


@pytest.fixture
def filled(done: Site) -> Site:
    """A site with something of everything."""
    for name, text in TEXTS.items():
        (done.folder / name).write_text(text, encoding="utf-8")
    set_line(done, "[[digests]]", '[[calendars]]\nname = "clinics"\nfile = "clinic.ics"\n[[digests]]')
    well(done, "poll")
    for _ in range(3):
        well(done, "editions", "new", "weekly", "--notice", str(done.folder / "notice.txt"))
    well(done, "corrections", "add", "1311", "--words", "A name was wrong.", "--as-of", "2026-11-23T09:00:00Z")
    store = open_store(f"sqlite:///{done.folder}/var/solacefeed.db")
    with store.write() as connection:
        quarantine.set_aside(connection, {"post 7": "its date is no date"}, at=datetime.fromisoformat(NOW))
        removals.hold_back(connection, {"1303": "404"}, at=datetime.fromisoformat(NOW))
    store.close()
    return done


def test_every_command_answers_a_program_in_json(filled: Site) -> None:
    clinic = next(event["id"] for event in at(filled, "events", "list", "--json").data if event["place"] is None)
    correction = at(filled, "corrections", "list", "--json").data[0]["correction"]["key"]
    for name, command in commands():
        known = name in GIVEN | REFUSED
        assert known or not any(param.required for param in command.params), f"say in GIVEN how to call {name}"
        if name in REFUSED:
            continue
        given = [word.format(clinic=clinic, here=filled.folder, correction=correction) for word in GIVEN.get(name, [])]
        said = at(filled, *name.split(), *given, "--json")
        # A removal is held back there, which is trouble.
        assert (said.code, said.err) == (int(name == "status"), ""), f"{name}: {said}"
        # Nothing that a program could not tell from what was there before.
        assert said.data is not None, name


def test_what_refuses_tells_a_program_nothing_but_its_exit_code(done: Site) -> None:
    for name, words in REFUSED.items():
        said = at(done, *name.split(), *words, "--json")
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), name


def commands() -> Iterator[tuple[str, click.Command]]:
    """Those that look before those that decide, and those that do last."""
    looks = ("list", "show", "read", "status", "check", "redirects", "preview")
    leaves = {" ".join(words): command for words, command in EVERY.items() if not isinstance(command, click.Group)}
    for name in sorted(leaves.keys() - SILENT - ASKING_AROUND, key=lambda name: (not name.endswith(looks), name)):
        yield name, leaves[name]


def test_a_whole_post_is_read_by_its_title_and_the_language_of_its_site(fresh: Site) -> None:
    post = fresh.folder / "post.txt"
    post.write_text("Join us on 05/06/2031, 10am to 4pm, Town Hall, Leeds.", encoding="utf-8")
    words = ("events", "read", "--json", "--published", "2031-02-01", "--title", "Housing Forum", str(post))
    british, american = at(fresh, *words, "--language", "en-GB").data, at(fresh, *words, "--language", "en-US").data
    assert [told[0]["starts"][:10] for told in (british, american)] == ["2031-06-05", "2031-05-06"]
    assert [(told[0]["name"], told[0]["place"]) for told in (british, american)] == [
        ("Housing Forum", "Town Hall, Leeds")
    ] * 2


def test_an_event_with_its_times_is_told_to_a_program(fresh: Site) -> None:
    (fresh.folder / "evening.txt").write_text(EVENING, encoding="utf-8")
    told = at(fresh, "events", "read", "--json", str(fresh.folder / "evening.txt")).data
    assert told[0]["times"] == {"opens": "10:00:00", "closes": "16:00:00"}
