"""Our documents before real judges: the W3C's validator, RFC 4287's own schema, and the parsers of many readers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.publish.documents import ARCHIVE, GRAVE, LIVE, WHOLE, as_atom, as_json, as_rss
from tests.real.conftest import judged

TITLES = (
    "Savings & others",
    "<5% more, >3% less",
    "Use <em> wisely",
    "AT&amp;T",
    "]]> and <![CDATA[",
    "“Cyllid” – £3m ½ 🏘",
    "שלום ‮abc",
    "a" * 300,
)
ENTRIES = tuple(
    replace(
        WHOLE,
        id=f"{WHOLE.id}{number}",
        title=title,
        url=f"https://blog.example.org/{number}/?a=1&b=2",
        published=WHOLE.published - timedelta(hours=number),
        updated=WHOLE.updated - timedelta(hours=number),
        content=f"{WHOLE.content}<pre>if a &lt; b &amp;&amp; c:\n\treturn ]]&gt;</pre>",
    )
    for number, title in enumerate(TITLES)
)
#: What docs/feeds.md names with its reason.
KNOWN_WARNINGS = "UnknownNamespace"

FULL = replace(LIVE, entries=ENTRIES)
DOCUMENTS = {
    "live.atom": as_atom(FULL),
    "graves.atom": as_atom(replace(FULL, tombstones=(GRAVE,))),
    "archive.atom": as_atom(replace(ARCHIVE, entries=ENTRIES)),
    "live.rss": as_rss(FULL),
    "live.json": as_json(FULL),
}


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    path.write_bytes(DOCUMENTS[request.param])
    return path


def test_the_w3cs_validator_finds_nothing(document: Path) -> None:
    if document.suffix == ".json":
        judged("jsonfeed-check", document)
    elif document.name == "graves.atom":
        judged("feedvalidator-check", "--strict", "--ignore", KNOWN_WARNINGS, document)
    else:
        judged("feedvalidator-check", "--strict", document)


def test_parsers_of_many_readers_agree(document: Path) -> None:
    judged("feed-parsers", document)


def test_atom_is_what_the_rfcs_schema_wants(document: Path) -> None:
    if document.suffix == ".atom":
        judged("atom-rng", document)


def test_newsboat_takes_every_entry(document: Path) -> None:
    if document.suffix != ".json":
        judged("newsboat-check", document)
