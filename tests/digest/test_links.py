"""What booking links say of where they were clicked, if the config asks."""

from __future__ import annotations

import pytest

from solacefeed.digest.links import parameters, tagged

UTM = {"source": "digest", "campaign": "weekly-2026-11-23"}


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://e.example.org/s", "https://e.example.org/s?utm_source=digest&utm_campaign=weekly-2026-11-23"),
        ("https://e.example.org/?id=7", "https://e.example.org/?id=7&utm_source=digest&utm_campaign=weekly-2026-11-23"),
        (
            "http://e.example.org/s?a=%20b&a=c&empty=#how-to-book",
            "http://e.example.org/s?a=%20b&a=c&empty=&utm_source=digest&utm_campaign=weekly-2026-11-23#how-to-book",
        ),
        (
            "https://e.example.org/s?utm_source=theirs",
            "https://e.example.org/s?utm_source=theirs&utm_campaign=weekly-2026-11-23",
        ),
        ("https://[e.example.org/s", "https://[e.example.org/s"),
        ("mailto:book@example.org?subject=Summit", "mailto:book@example.org?subject=Summit"),
    ],
)
def test_parameters_stand_behind_the_query_and_change_nothing_that_is_there(url: str, link: str) -> None:
    assert tagged(url, UTM) == link


def test_a_link_is_left_as_it_is_when_nobody_asks() -> None:
    assert tagged("https://e.example.org/s?", {}) == "https://e.example.org/s?"


def test_what_would_end_a_parameter_is_written_so_that_it_does_not() -> None:
    assert (
        tagged("https://e.example.org/", {"term": "a&b=c#d é"})
        == "https://e.example.org/?utm_term=a%26b%3Dc%23d+%C3%A9"
    )


def test_a_campaign_can_be_named_by_its_edition() -> None:
    told = {"source": "digest", "campaign": "EDITION"}
    assert parameters(told, "weekly/2026-11-23") == {"source": "digest", "campaign": "weekly-2026-11-23"}
