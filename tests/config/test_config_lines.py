"""Each key is found on the line on which it stands, whatever stands around it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.config import toml
from solacefeed.config.lines import Path, lines
from solacefeed.config.starter import brief, starter, written

SCANNED = {
    "a key, a table and a comment": (
        'as_of = 1 # "\n# [site]\n\n[site]\ntitle = "x" # = [\n',
        {("as_of",): 1, ("site",): 4, ("site", "title"): 5},
    ),
    "lines within a text": (
        'a = """\nb = 1\n[c]\n"""\nd = \'\'\'\n"""\n\'\'\'\ne = 1',
        {("a",): 1, ("d",): 5, ("e",): 8},
    ),
    "one quote at the end of a text": ('a = ["""x"""", "]"]\nb = 1', {("b",): 2}),
    "two quotes at the end of a text": ('a = ["""x""""", "]"]\nb = 1', {("b",): 2}),
    "one apostrophe at the end of a text": ("a = ['''x'''', ']']\nb = 1", {("b",): 2}),
    "escaped quotes": ('a = "\\"# ["\nb = """\\"""\\\\"""\nc = 1', {("b",): 2, ("c",): 3}),
    "a list over many lines": (
        'a = [\n  "x", # ]\n  ["]"],\n  \'[\',\n]\nb = 1',
        {("a",): 1, ("b",): 6},
    ),
    "a table within a line": ("a = { b = 1, c = [2] }\nd = 1", {("a",): 1, ("d",): 2}),
    "dotted and quoted keys": (
        '[site]\na . "b.c" = 1\n\'d e\'.f = 2\n"\\u0067" = 3',
        {("site", "a"): 2, ("site", "a", "b.c"): 2, ("site", "d e", "f"): 3, ("site", "g"): 4},
    ),
    "dotted tables": (
        '[ categories . "labels" ]\nx = 1\n[categories]\nhide = 2',
        {("categories",): 1, ("categories", "labels", "x"): 2, ("categories", "hide"): 4},
    ),
    "several of a kind": (
        "[[events]]\nid = 1\n[events.more]\nx = 1\n[[events]]\n\nid = 2\n[[events.parts]]\ny = 1\n[[events.parts]]\n",
        {
            ("events",): 1,
            ("events", 0, "id"): 2,
            ("events", 0, "more", "x"): 4,
            ("events", 1): 5,
            ("events", 1, "id"): 7,
            ("events", 1, "parts", 0, "y"): 9,
            ("events", 1, "parts", 1): 10,
        },
    ),
    "line ends of Windows": (
        '[site]\r\ntitle = """\r\n"""\r\nlist = [\r\n]\r\nx = 1\r\n',
        {("site",): 1, ("site", "title"): 2, ("site", "list"): 4, ("site", "x"): 6},
    ),
    "no line end at the end": ("a = 1", {("a",): 1}),
    "nothing": ("# only this\n\n", {}),
}


@pytest.mark.parametrize(("text", "places"), SCANNED.values(), ids=SCANNED)
def test_a_key_is_found_on_its_line(text: str, places: dict[Path, int]) -> None:
    tomllib.loads(text)
    found = lines(text)
    assert {path: found.get(path) for path in places} == places
    assert bool(found) == bool(places)


# -- laws ---------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    alphabet="\"'\\#[]{}=\n a", max_size=12
)
_PLAIN = _TEXTS | st.integers() | st.booleans() | st.dates()
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_TABLES = st.dictionaries(_TEXTS, _VALUES, max_size=4)
_DOCUMENTS = st.dictionaries(_TEXTS, _TABLES | st.lists(_TABLES, min_size=1, max_size=3), max_size=4)


@given(_VALUES)
@example("\x7f\x80\u2028")
def test_a_value_is_read_as_it_was_written(value: object) -> None:
    assert tomllib.loads(toml.assignment("key", value)) == {"key": value}


@given(_DOCUMENTS)
def test_every_key_of_a_random_document_is_found_where_it_was_written(document: dict[str, Any]) -> None:
    rows = list(_rows(document))
    text = "\n".join(row for row, _ in rows)
    assert tomllib.loads(text) == document
    found = lines(text)
    # A row may itself have no line end: values are written on one line.
    assert [found[path] for _, path in rows] == list(range(1, len(rows) + 1))


def test_every_key_of_the_starter_is_found_where_it_stands() -> None:
    text = starter("https://blog.example.org", tag_authority="example.org,2026")
    rows = text.splitlines()
    for path, line in lines(text).items():
        last = next(part for part in reversed(path) if isinstance(part, str))
        assert rows[line - 1].lstrip("[").startswith(last)


@given(
    st.lists(
        st.fixed_dictionaries({"id": _TEXTS, "name": _TEXTS, "starts": st.dates()}, optional={"text": _TEXTS}),
        max_size=3,
    )
)
def test_reading_a_written_config_and_writing_it_again_gives_the_same_file(events: list[dict[str, Any]]) -> None:
    text = written({"site": {"title": "x"}, "events": events})
    assert written(tomllib.loads(text)) == text


def _rows(document: dict[str, Any]) -> list[tuple[str, Path]]:
    """Each line of a file with this *document*, and the path that it is about."""
    rows: list[tuple[str, Path]] = []
    for name, content in document.items():
        several = isinstance(content, list)
        for number, table in enumerate(content if several else [content]):
            path: Path = (name, number) if several else (name,)
            rows.append((f"[[{toml.name(name)}]]" if several else f"[{toml.name(name)}]", path))
            rows += [(toml.assignment(key, value), (*path, key)) for key, value in table.items()]
    return rows


def test_a_config_without_its_explanations_says_the_same() -> None:
    document = {
        "source": {"url": "https://blog.example.org"},
        "site": {"title": 'It\'s "ours"', "organisation": "Officers \\ others"},
        "digests": [{"name": "weekly", "closes": "mon 07:00"}, {"name": "daily", "closes": ["mon 07:00", "tue 07:00"]}],
    }
    assert tomllib.loads(brief(document)) == document
