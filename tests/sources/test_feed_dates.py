"""Dates of feeds that feedparser does not read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.sources.feed_dates import instant

NINE = datetime(2026, 10, 5, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Mon,05 Oct 2026 09:00:00 +0000",
        "lun, 05 oct. 2026 11:00:00 +0200",
        "Mo, 05 Okt 2026 11:00:00 +0200",
        "lun, 05 ott 2026 09:00:00 GMT",
        "Llun, 05 Hyd 2026 09:00:00 +0000",
        "pon, 05 pa\u017a 2026 09:00:00 Z",
        "Monday, October 5, 2026 09:00",
        "October 5th, 2026, 09:00",
        "1791190800",
    ],
)
def test_a_date_is_read_in_whatever_language_it_is_written(written: str) -> None:
    assert instant(written) == NINE


@pytest.mark.parametrize("written", ["5 de octubre de 2026", "5. Oktober 2026", "October 5, 2026", "5 October 2026"])
def test_a_day_is_enough(written: str) -> None:
    assert instant(written) == MIDNIGHT


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    assert instant("Sun, 04 Oct 2026 24:00:00 +0000") == MIDNIGHT


@pytest.mark.parametrize(
    "written",
    ["", "05/10/2026 09:00", "Tue, 31 Feb 2026 09:00:00 +0000", "Mon, 30 Nov -0001 00:00:00 +0000", "soon", "2026"],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_no_date(written: str) -> None:
    assert instant(written) is None


@given(st.text())
def test_whatever_is_written_is_a_date_or_none(written: str) -> None:
    assert instant(written) is None or instant(written) is not None
