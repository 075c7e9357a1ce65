"""A line of a web server's log is read as the server meant it, or not at all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.readership.log_lines import LoggedRequest, logged
from tests.readership.population import combined, of_caddy

AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
A_LINE = combined("192.0.2.7", AT, "/all.atom", "newsboat/2.36")
READ = LoggedRequest(
    day=date(2026, 11, 22),
    address="192.0.2.7",
    method="GET",
    path="/all.atom",
    status=200,
    user_agent="newsboat/2.36",
)


@pytest.mark.parametrize(
    ("line", "path", "host"),
    [
        (A_LINE, "/all.atom", None),
        (A_LINE + ' "198.51.100.1" rt=0.001', "/all.atom", None),
        (A_LINE.replace(" - - ", " - jane doe "), "/all.atom", None),
        (f"Feeds.example.org:443 {A_LINE}", "/all.atom", "feeds.example.org"),
        (A_LINE.replace("/all.atom", "/all.atom?x=1"), "/all.atom", None),
        (A_LINE.replace("/all.atom", "http://feeds.example.org/all.atom"), "/all.atom", "feeds.example.org"),
        (A_LINE.replace(" 5120 ", " - "), "/all.atom", None),
        (of_caddy("192.0.2.7", AT, "/all.atom", "newsboat/2.36"), "/all.atom", "feeds.example.org"),
    ],
    ids=["plain", "with more behind", "a user", "vhost", "a query", "the absolute form", "no size", "caddy"],
)
def test_a_line_is_read(line: str, path: str, host: str | None) -> None:
    found = logged(line)
    assert found is not None
    assert (found.day, found.address, found.path, found.host) == (READ.day, READ.address, path, host)
    assert (found.method, found.status, found.user_agent) == (READ.method, READ.status, READ.user_agent)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("+0000", "2026-11-22"), ("-0100", "2026-11-23"), ("+2330", "2026-11-22"), ("-0500", "2026-11-23")],
)
def test_a_day_is_that_of_utc_wherever_the_server_stands(zone: str, day: str) -> None:
    found = logged(A_LINE.replace("+0000", zone))
    assert found is not None
    assert found.day.isoformat() == day


def test_caddy_may_write_its_time_in_words() -> None:
    told = json.loads(of_caddy("192.0.2.7", AT, "/all.atom", "x"))
    told["ts"] = "2026-11-22T22:30:00-01:00"
    found = logged(json.dumps(told))
    assert found is not None
    assert found.day == READ.day


def test_a_quotation_mark_within_a_word_ends_nothing() -> None:
    found = logged(combined("192.0.2.7", AT, "/all.atom", r"a \"reader\" of mine"))
    assert found is not None
    assert found.user_agent == r"a \"reader\" of mine"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "192.0.2.7 - - [",
        A_LINE.replace("Nov", "Nov\x00"),
        A_LINE.replace("22/Nov", "31/Nov"),
        A_LINE.replace("22/Nov/2026", "00/Nov/0000"),
        A_LINE.replace("+0000", "+9999"),
        A_LINE.replace("GET /all.atom HTTP/1.1", "\\x16\\x03\\x01"),
        A_LINE.replace("GET /all.atom HTTP/1.1", "-"),
        A_LINE.replace(' "newsboat/2.36"', ""),
        A_LINE.replace("/all.atom", "all.atom"),
        A_LINE.replace("/all.atom", f"/{'a' * 5000}"),
        A_LINE.replace("192.0.2.7", "a" * 5000),
        '"' * 30_000,
        "\\" * 30_000,
        f'192.0.2.7 - - [22/Nov/2026:23:30:00 +0000] "{"a" * 30_000}',
        "{" * 30_000,
        '{"a":' * 10_000,
        "{}",
        '{"request": []}',
        '{"request": {}, "ts": 1e400, "status": 200}',
        of_caddy("192.0.2.7", AT, "/all.atom", "x").replace('"status": 200', '"status": "200"'),
        of_caddy("192.0.2.7", AT, "/all.atom", "x").replace('"192.0.2.7"', "[1]"),
        '{"ts": "2026-11-22T22:30:00", "request": {"remote_ip": "::1", "method": "GET", "uri": "/"}, "status": 200}',
    ],
)
def test_a_line_that_says_nothing_is_left_out(line: str) -> None:
    assert logged(line) is None


@given(st.text())
def test_no_line_at_all_stops_the_reading(line: str) -> None:
    for each in (line, "{" + line, A_LINE.replace("/all.atom", line), A_LINE.replace("22/Nov", line)):
        found = logged(each)
        assert found is None or found.path.startswith("/")
