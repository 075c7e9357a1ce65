"""What a request's headers ask of a document, and what they do not say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solacefeed.web.negotiation import encoding, has_it

AT = datetime(2026, 11, 23, 8, 0, 0, 500, tzinfo=UTC)
ON_TIME = "Mon, 23 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br;q=0.9", "gzip"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("gzip, *;q=0", "gzip"),
        ("br;q=0, *", "gzip"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("gzip ; q=1.0", "gzip"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=inf", "identity"),
        ("gzip;q=-1", "identity"),
        ("gzip;q=", "identity"),
        (";;,,;q=1", "identity"),
        ("deflate, zstd", "identity"),
        ("gzip," * 1000, "identity"),
    ],
)
def test_a_document_comes_packed_as_its_client_likes_it_best(accepted: str | None, form: str) -> None:
    assert encoding(accepted, ("br", "gzip")) == form


@pytest.mark.parametrize(
    ("none_match", "modified_since", "has"),
    [
        (None, None, False),
        ('"a"', None, True),
        ('W/"a"', None, True),
        ('"b", W/"a"', None, True),
        ('"b"', None, False),
        ("a", None, False),
        ("*", None, True),
        ('"a-gzip"', None, False),
        ('"b"', ON_TIME, False),
        (None, ON_TIME, True),
        (None, "Monday, 23-Nov-26 08:00:00 GMT", True),
        (None, "Mon Nov 23 08:00:00 2026", True),
        (None, "Mon, 23 Nov 2026 08:00:01 GMT", True),
        (None, "Mon, 23 Nov 2026 07:59:59 GMT", False),
        (None, "yesterday", False),
        (None, "Mon, 99 Nov 99999999999 08:00:00 GMT", False),
        (None, "9" * 10_000, False),
        ('"a"', "Mon, 23 Nov 2020 08:00:00 GMT", True),
    ],
)
def test_what_a_client_has_it_is_not_sent_again(none_match: str | None, modified_since: str | None, has: bool) -> None:
    assert has_it('"a"', AT, if_none_match=none_match, if_modified_since=modified_since) is has
