"""Posts of blogs that people have, rebuilt from what they reported: each reads as its author wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from solacefeed.models.posts import Byline, Reading
from solacefeed.text.reading import read
from tests.text.furniture import URL

_CASES = Path(__file__).parents[3] / "shared" / "cases"
_HELD = "Find out more and how to book."
_FIRST = "Councils in the north are changing how they build homes, and the first results are in."
_SECOND = "The second paragraph tells of the money that was found and how it was spent over two years."


def readings(name: str) -> dict[str, Reading]:
    path = _CASES / name
    if not path.is_file():
        pytest.skip(f"the kit's cases are not here: {name}")
    posts: list[dict[str, Any]] = json.loads(path.read_text())["posts"]
    return {post["title"]: read(post["title"], post["content"], url=URL) for post in posts}


def test_what_plugins_leave_opens_no_excerpt_and_hides_no_blurb() -> None:
    for title, reading in readings("plugin-residue.json").items():
        told = reading.excerpt.removeprefix("A picture. ").removeprefix("A picture follows in this post about homes. ")
        assert told.startswith(f"{_FIRST} {_SECOND}"), title
        assert told.removeprefix(f"{_FIRST} {_SECOND}").strip() in ("", "More.", "Hidden words."), title
        for words in (
            "Reading Time",
            "Table of Contents",
            "Related",
            "Ann",
            "Sign up",
            "Play in",
            "[et_pb",
            "font-face",
            "Like",
        ):
            assert words not in reading.content, title
        advertised = any(_HELD in blurb.text for blurb in reading.blurbs)
        assert advertised == (title not in _WITHOUT_BLURB), title
        assert "SOLACE Summit" not in reading.content, title
    residue = readings("plugin-residue.json")
    assert residue["footnotes after promo"].content.count("on the source") == 6
    assert residue["crp related after promo"].lead_image is None
    assert residue["author box after promo"].lead_image is None


_WITHOUT_BLURB = {
    "lazy optimole+noscript", "lazy placeholder web + srcset", "powerpress audio", "divi shortcodes raw", "wp embed",
    "word paste", "details/cover/buttons/video",
}  # fmt: skip


def test_an_advertisement_of_blocks_is_lifted_whole() -> None:
    for title, reading in readings("promo-blocks.json").items():
        assert (
            reading.excerpt == "Councils in the north are changing how they build homes. More words here on money."
        ), title
        assert reading.content.count("<") == 4, title
        assert [blurb.links for blurb in reading.blurbs] == [("https://events.example.org/summit",)], title
        assert reading.lead_image is None, title


def test_a_note_costs_no_byline() -> None:
    found = readings("blocks.json")
    signed = Byline(name="Jo Bloggs", role="Chief Executive, Anytown Council")
    assert found["signature + footnote"].byline == signed
    assert found["signature plain (control)"].byline == signed
    assert "One source." in found["signature + footnote"].content
    assert found["signature + footnote"].excerpt == found["signature plain (control)"].excerpt
