"""Whom a refusal is about: what relays in the field say, as the book has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solacefeed.delivery.refusals import About, Stage, about, alike, wants_fewer, without_addresses

BOOK = Path(__file__).parents[2] / "docs" / "delivery.md"


def said_by_relays() -> list[tuple[str, Stage, int, str, About]]:
    """The rows of the book's table: relay, stage, code, text and whom it is about."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `(\d{3})[ -]([^`]+)` \| (\w+) \|$", BOOK.read_text(), re.MULTILINE)
    return [(relay, Stage(stage), int(code), text, About(whom)) for relay, stage, code, text, whom in rows]


def test_every_refusal_in_the_book_is_understood_as_the_book_says() -> None:
    rows = said_by_relays()
    assert len(rows) > 170
    assert {row[-1] for row in rows} == set(About)
    assert {row[1] for row in rows} == set(Stage)
    misunderstood = [(row, found) for row in rows if (found := about(*row[1:4])) is not row[-1]]
    assert misunderstood == []


@pytest.mark.parametrize("name", ["spamhaus", "relay.denied", "daily-limit", "full-quota", "no-such-user", "dnsbl"])
def test_an_address_says_nothing_of_whom_its_refusal_is_about(name: str) -> None:
    for text, whom in (("5.1.1 <{}>: User unknown", About.READER), ("5.7.1 <{}>: not today", About.EITHER)):
        for address in (f"{name}@example.net", f"ann@{name}.example.net"):
            assert about(Stage.RCPT, 550, text.format(address)) is whom, address


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("code", [421, 450, 451, 452, 454])
def test_what_a_relay_may_take_later_is_about_nobody(stage: Stage, code: int) -> None:
    assert about(stage, code, "4.7.1 Relay access denied") is About.MOMENT


@pytest.mark.parametrize("code", [525, 530, 534, 535, 538])
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.MESSAGE])
def test_a_relay_that_wants_another_login_means_us_whatever_else_it_says(stage: Stage, code: int) -> None:
    assert about(stage, code, "5.1.1 who knows") is About.SENDER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5.7.1 <ann@example.net>: rejected by policy 17", "5.7.1 <ben@example.com>: rejected by policy 4"),
        ("Denied (4ZkX2q): see https://relay.example.org/17", "denied (9AbC3d): see https://relay.example.org/99"),
    ],
)
def test_two_refusals_are_alike_whomever_they_name_and_however_they_are_numbered(one: str, other: str) -> None:
    assert alike(one) == alike(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5.7.1 rejected by policy", "5.7.0 rejected by policy"),
        ("5.7.1 rejected by policy", "5.7.1 looks like spam"),
        ("5.7.1 rejected", "rejected"),
    ],
)
def test_two_refusals_that_say_another_thing_are_not_alike(one: str, other: str) -> None:
    assert alike(one) != alike(other)


def test_a_refusal_that_is_told_to_many_names_no_address() -> None:
    told = without_addresses("554 5.7.1 <ann@example.net>: Relay access denied for ben@example.com")
    assert told == "554 5.7.1 <...>: Relay access denied for <...>"


@pytest.mark.parametrize(
    ("text", "fewer"),
    [
        ("454 Throttling failure: Maximum sending rate exceeded", True),
        ("432 4.3.2 Concurrent connections limit exceeded", True),
        ("421 4.7.0 Try again later, closing connection", True),
        ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", True),
        ("451 4.3.0 <ann@example.net>: try later", True),
        ("450 4.2.0 <ann@example.net>: Recipient address rejected: Greylisted", False),
        ("451 4.7.1 Greylisting in action, please come back later", False),
        ("450 4.1.1 <ann@example.net>: Recipient address rejected: unverified address", False),
        ("452 4.2.2 The recipient's inbox is out of storage space", False),
        ("450 <full-rate@example.net> try later", True),
    ],
    ids=[
        "SES",
        "Exchange",
        "Gmail",
        "Gmail's floods",
        "any",
        "greylist",
        "greylisting",
        "verifying",
        "full",
        "address",
    ],
)
def test_a_deferral_that_is_about_one_address_asks_for_no_slower_pace(text: str, fewer: bool) -> None:
    assert wants_fewer(text) is fewer
