"""A stable hash: one for one value, in whichever process, on whichever Python, in whichever release."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field, is_dataclass, make_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.stable import shared, stable_hash
from tests.support.builders import LONDON, MONDAY, a_category


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    NONE = 0
    LARGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    name: str
    colour: Colour = Colour.RED
    size: Size = Size.NONE
    labels: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    note: str | None = None


FULL = Thing(name="a", labels={"x": "1", "y": "2"}, hidden=frozenset({"one", "two", "three"}), note="n")

#: What marks kept in stores were made of: whoever changes one of these makes every store's marks strangers.
GOLDEN: list[tuple[object, str]] = [
    (None, "01114164b564"),
    (True, "8d67ac8ab991"),
    (0, "1ad1c3ed291b"),
    (-17, "32a6b226a0bb"),
    (3.0, "0eadbdd6a314"),
    ("£ \ud800", "b7a71d970a2e"),
    (b"\x00", "5787e76e5b10"),
    (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), "406a9efbc019"),
    (MONDAY.replace(microsecond=250, tzinfo=None), "278a655c25af"),
    (date(2026, 11, 23), "09db45b46ffa"),
    (time(7, 30), "f02c339076f4"),
    (timedelta(days=1, microseconds=5), "28d6322fb67f"),
    (LONDON, "2212dd582e0f"),
    (UTC, "43bf46c842da"),
    (Path("a/b"), "e41556626874"),
    (Colour.RED, "81fea3a0949e"),
    (Size.LARGE, "c16fec445086"),
    (("a", ["b", ()]), "73be18ce261a"),
    ({"b": 1, "a": {2, 1}}, "8c9eb2643f3d"),
    (FULL, "4f7acbe128e8"),
    (a_category(), "c1571289e3e0"),
]


@pytest.mark.parametrize(("value", "expected"), GOLDEN, ids=[repr(value)[:30] for value, _ in GOLDEN])
def test_a_hash_is_the_one_that_earlier_releases_computed(value: object, expected: str) -> None:
    assert stable_hash(value)[:12] == expected


def test_processes_with_other_hash_seeds_compute_the_same() -> None:
    program = (
        "from solacefeed.stable import stable_hash; "
        "print(stable_hash([frozenset(map(str, range(50))), {str(n): n for n in set(map(str, range(50)))}]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(5)
    }
    assert len(found) == 1


def test_a_new_field_that_is_empty_moves_no_hash() -> None:
    grown = make_dataclass(
        "Thing",
        [
            *((name, Any) for name in asdict(FULL)),
            ("since", Any, None),
            ("tags", tuple[str, ...], ()),
            ("more", dict[str, str], field(default_factory=dict)),
            ("done", bool, False),
        ],
    )
    same = grown(**{name: getattr(FULL, name) for name in asdict(FULL)})
    assert stable_hash(same) == stable_hash(FULL)
    assert stable_hash(grown(**{**asdict(FULL), "tags": ("new",)})) != stable_hash(FULL)


def test_an_empty_value_that_is_not_the_default_counts() -> None:
    @dataclass
    class Counted:
        comments: int | None = None
        #: What is not empty by default is always told.
        kind: str = "post"

    assert len({stable_hash(Counted(comments=each)) for each in (None, 0, 1)}) == 3
    assert stable_hash(Counted(kind="")) != stable_hash(Counted())


def test_the_name_of_a_class_and_the_order_of_its_fields_count_for_nothing() -> None:
    one = make_dataclass("One", [("a", int), ("b", str)])(a=1, b="x")
    other = make_dataclass("Other", [("b", str), ("a", int)])(a=1, b="x")
    assert stable_hash(one) == stable_hash(other)


def test_an_instant_is_one_wherever_it_is_told() -> None:
    assert stable_hash(MONDAY) == stable_hash(MONDAY.astimezone(LONDON)) == stable_hash(MONDAY.astimezone(UTC))
    assert stable_hash(MONDAY) != stable_hash(MONDAY.replace(tzinfo=None))


@pytest.mark.parametrize("value", [object(), 1j, {"a": [object()]}, iter([1]), len, Thing, ZoneInfo])
def test_what_has_no_one_way_to_be_written_down_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no stable hash"):
        stable_hash(value)


# -- the law ------------------------------------------------------------------------------------------

THEN = MONDAY.replace(year=1980, tzinfo=None)
_ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.binary(max_size=4)
    | st.datetimes()
    | st.datetimes(timezones=st.sampled_from([UTC, LONDON, timezone(timedelta(hours=-3))]), min_value=THEN)
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.sampled_from([UTC, LONDON, ZoneInfo("Asia/Tokyo"), PurePosixPath("a/b"), *Colour, *Size])
)
_VALUES = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(_ATOMS, max_size=3)
        | st.dictionaries(_ATOMS, inner, max_size=3)
        | st.builds(Thing, name=st.text(max_size=2), note=st.none() | st.text(max_size=2))
    ),
    max_leaves=6,
)


def told(value: object) -> object:
    """What the hash is to tell apart, in values that Python compares."""
    if isinstance(value, Enum):
        return told(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        return ("record", frozenset((name, told(part)) for name, part in _fields(value)))
    if isinstance(value, list | tuple):
        return ("list", tuple(map(told, value)))
    if isinstance(value, Mapping):
        return ("mapping", frozenset((told(name), told(part)) for name, part in value.items()))
    if isinstance(value, AbstractSet):
        return ("set", frozenset(map(told, value)))
    if isinstance(value, datetime) and value.tzinfo is not None:
        return ("instant", value.astimezone(UTC))
    return (type(value).__name__, str(value) if isinstance(value, PurePosixPath | ZoneInfo) else value)


def _fields(value: Any) -> list[tuple[str, object]]:
    empty: dict[str, object] = {"labels": {}, "hidden": frozenset(), "note": None}
    told_of = ((name, getattr(value, name)) for name in type(value).__dataclass_fields__)
    return [(name, part) for name, part in told_of if name not in empty or part != empty[name]]


@given(_VALUES, _VALUES)
def test_two_values_have_one_hash_just_when_they_say_the_same(one: object, other: object) -> None:
    assert (stable_hash(one) == stable_hash(other)) == (told(one) == told(other))


@given(st.dictionaries(_ATOMS, _ATOMS, max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_a_mapping_or_a_set_was_filled_counts_for_nothing(filled: dict[Any, Any], dice: Any) -> None:
    shuffled = list(filled.items())
    dice.shuffle(shuffled)
    assert stable_hash(dict(shuffled)) == stable_hash(filled)
    assert stable_hash(set(dict(shuffled))) == stable_hash(frozenset(filled))


def test_what_stands_in_many_values_is_written_once_and_no_otherwise_than_before() -> None:
    looked_at = []

    class Counted(str):
        __slots__ = ()

        def __str__(self) -> str:
            looked_at.append(self)
            return "a roof first"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Story:
        title: str
        labels: tuple[str, ...] = ()

    story = Story(title=Counted("a roof first"))
    here = stable_hash([story])
    shared_story = shared(make_dataclass("Story", [("title", str), ("labels", tuple, ())], frozen=True, kw_only=True))
    looked_at.clear()
    there = [stable_hash([number, shared_story(title=Counted("a roof first"))]) for number in range(9)]
    assert len(looked_at) == 1
    assert len(set(there)) == 9
    assert stable_hash([shared_story(title="a roof first")]) == here
    assert stable_hash([shared_story(title="a roof last")]) != here
