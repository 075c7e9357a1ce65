"""Every pattern that meets foreign text costs in proportion to it: attacked by texts made of its own tree.

What an attack costs is compared with what the same one costs that is four times as long; a square shows as sixteen.
"""

from __future__ import annotations

import re
from itertools import islice

import pytest

from tests.support.patterns import (
    Pattern,
    attacks,
    grows,
    patterns_that_meet_foreign_text,
    rooms_that_meet_foreign_text,
)
from tests.support.steps import patience

#: Patterns whose cost grows with the square, and what holds the text short that they are given.
BOUNDED = {
    "delivery.bounce_fields._ADDRESS": "a field, or what a server says, is cut to 500 characters",
    "delivery.refusals._NUMBERED": "a relay's reply is cut to a few lines before it is read",
    "delivery.refusals._OF_US": "a relay's reply is cut to a few lines before it is read",
    "events.date_tokens._TOKEN": "white space costs where nothing stands behind it, and the text is stripped of that",
    "sources.pages_reading._CUT_OFF": "it is looked for in the last 200 characters of a text",
    "text.advertising._EVENT": "a part that may advertise has 800 characters",
    "text.labels.TO_SUBSCRIBE": "what leads to a form has 200 characters",
    "text.labels._PARTS": "a line of software has 160 characters",
    "text.labels._SMALL": "a line of software has 160 characters",
    "text.byline._IN_A_SENTENCE": "a standfirst has 500 characters",
    "text.byline._WITH_BY": "a standfirst has 500 characters",
    "text.byline._WITH_ROLE": "a standfirst has 500 characters, a signature's line 140",
    "text.byline._WITH_VERB": "a standfirst has 500 characters",
}
#: Patterns that cost the square, each by another kind of attack; the last two have their like in texts of others.
OF_THE_SQUARE = (
    r"[\w-]+\s*=",
    r"<([^>]*)>\s*;",
    r"[a-c]*[b-d]*e",
    r"[.!?]+[)\"]*(?=\s)",
    r"\s+$",
    r"(?s)\A\s*<!--.*-->\s*\Z|\bmso-[a-z-]+\s*:|\bp\.Mso[A-Z]\w+|X-NONE X-NONE",
    r"\[\s*(?:…|\.\.\.)\s*\]\W*$",
)


def test_what_is_bounded_by_another_is_still_there() -> None:
    assert BOUNDED.keys() <= patterns_that_meet_foreign_text().keys()


def test_every_pattern_stands_in_a_room_that_is_attacked() -> None:
    rooms = {where.split(".")[0] for where in patterns_that_meet_foreign_text()}
    assert len(rooms) > 5
    assert rooms <= {*rooms_that_meet_foreign_text()}


@pytest.mark.slow
@pytest.mark.parametrize("room", rooms_that_meet_foreign_text())
def test_a_pattern_costs_in_proportion_to_the_text_that_it_meets(room: str) -> None:
    patterns = patterns_that_meet_foreign_text()
    attacked = (where for where in patterns if where.split(".")[0] == room and where not in BOUNDED)
    assert {where: grown for where in attacked if (grown := found(patterns[where]))} == {}


@pytest.mark.slow
@pytest.mark.parametrize("where", BOUNDED)
def test_what_is_bounded_costs_little_within_its_bound(where: str) -> None:
    tried = attacks(patterns_that_meet_foreign_text()[where])
    assert [grown for attack in tried if (grown := short(where, attack))] == []


@pytest.mark.slow
def test_the_attack_finds_what_costs_the_square() -> None:
    for source in OF_THE_SQUARE:
        assert found(Pattern(compiled=re.compile(source), is_searched=True)), source


def test_a_pattern_of_many_branches_is_attacked_at_each_and_at_what_is_no_word() -> None:
    tried = {source: {*attacks(Pattern(compiled=re.compile(source), is_searched=True))} for source in OF_THE_SQUARE}
    assert ("", "mso-", "\n") in tried[OF_THE_SQUARE[-2]]
    assert ("", "[ … ]", "x") in tried[OF_THE_SQUARE[-1]]


def test_a_pattern_that_stands_in_a_call_is_attacked_too() -> None:
    assert r"text.excerpt.re:[\s(\[“‘\"'/–—-]" in patterns_that_meet_foreign_text()


def found(pattern: Pattern) -> list[str]:
    with patience():
        tried = (grows(pattern, attack) for attack in attacks(pattern))
        return list(islice(filter(None, tried), 1))


def short(where: str, attack: tuple[str, str, str]) -> str | None:
    with patience():
        return grows(patterns_that_meet_foreign_text()[where], attack, length=125)
