"""Addresses are taken out of words that are kept in a log."""

from __future__ import annotations

import logging

import pytest

from solacefeed.cli.complaints import NamelessFormatter
from solacefeed.traces import nameless


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("ann@example.org is left out", "subscriber 7 is left out"),
        ("250 for <ann@example.org>, ben@example.org.", "250 for <subscriber 7>, (an address)."),
        ("/srv/mail/weekly/ben@example.org.eml: full", "/srv/mail/weekly/(an address): full"),
        ("o'neil+news@mail.example.org", "(an address)"),
        ("renée@exämple.org", "(an address)"),
        ("https://example.org/@officers could not be read", "https://example.org/@officers could not be read"),
        ("poll: 1 new @ noon", "poll: 1 new @ noon"),
    ],
)
def test_an_address_is_a_number_or_none_in_a_log(words: str, told: str) -> None:
    assert nameless(words, lambda each: "subscriber 7" if each == "ann@example.org" else None) == told


def test_nor_does_a_traceback_have_one() -> None:
    try:
        raise ValueError("ann@example.org: no such reader")
    except ValueError as error:
        record = logging.LogRecord("solacefeed", logging.ERROR, "", 1, "of %s", ("ben@example.org",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    told = NamelessFormatter("%(name)s: %(message)s").format(record)
    assert told.startswith("solacefeed: of (an address)\nTraceback ")
    assert told.endswith("ValueError: (an address): no such reader")
