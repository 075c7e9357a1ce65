"""This machine's own name is told to a relay as it is known, and no resolver keeps the mail waiting for it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from solacefeed.delivery.own_names import NAMELESS, name_by, own_name


@pytest.fixture
def silent_resolver() -> Iterator[Event]:
    """Answers when the test is over."""
    over = Event()
    yield over
    over.set()


@pytest.mark.parametrize("name", ["mail.example.org", "[192.0.2.7]"])
def test_a_name_is_told_as_it_is_known(name: str) -> None:
    assert name_by(lambda: name) == name


@pytest.mark.parametrize(
    "name", ["localhost", "", "two words.example", "z\u00fcrich.example", "a.b\r\nMAIL FROM:<x@y.z>"]
)
def test_what_is_no_name_of_a_machine_is_told_to_no_relay(name: str) -> None:
    assert name_by(lambda: name) == NAMELESS


def test_a_resolver_that_does_not_answer_is_waited_for_once_and_not_for_long(silent_resolver: Event) -> None:
    def ask() -> str:
        silent_resolver.wait()
        return "late.example.org"

    assert name_by(ask, within=0.01) == NAMELESS


def test_it_is_asked_for_once_in_a_process() -> None:
    assert own_name() is own_name()
