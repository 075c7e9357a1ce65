"""Disbelief has one room: what can't be believed is one line, whatever is asked, and who asks for rest gets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.client import LONGEST_PAUSE, HttpClient
from solacefeed.models.events import CalendarKind
from solacefeed.ports import Known, Pause
from solacefeed.sources import answers
from solacefeed.sources.calendar_answers import Validators
from solacefeed.sources.calendars import ask
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.finding import AutoSource, Kinds
from solacefeed.sources.pages import PagesSource
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.sources.wordpress_com import PUBLIC_API, WordPressComSource
from tests.sources.calendar_world import LONDON, a_calendar
from tests.sources.feed_world import ATOM, an_atom, an_entry
from tests.sources.source_world import NOW, a_client, an_answer, scripted


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How it was refused, and after how many questions."""

    line: str
    rest: timedelta | None
    asked: int


@given(st.text(alphabet="0123456789-+ _.e\u0661\u00b2", max_size=30) | st.integers(0, 10**40).map(str))
@example("9" * 5_000)
def test_what_a_header_counts_is_a_number_of_64_bits_or_none(said: str) -> None:
    number = answers.whole_number(said)
    assert number is None or (str(number) == (said.lstrip("0") or "0") and number < 2**63)


def test_a_number_without_end_costs_nothing_that_stands_beside_it() -> None:
    endless = "9" * 5_000
    told = answers.from_json(f'[{{"id": {endless}}}, {{"id": -{endless}}}, {{"id": 7, "of": 1.5e3}}]')
    assert [isinstance(row["id"], int) for row in told] == [False, False, True]
    assert told[2] == {"id": 7, "of": 1500.0}


NOBODY = Known(memory={}, posts={})
HTML = "text/html; charset=UTF-8"


def _by_rest(client: HttpClient, origin: str) -> object:
    known = Known(memory={"home": origin, "api": f"{origin}/wp-json/"}, posts={})
    return list(WordPressSource(client, origin).changes(known, NOW))


def _by_wordpress_com(client: HttpClient, _origin: str) -> object:
    return list(WordPressComSource(client, "https://officers.wordpress.com").changes(NOBODY, NOW))


def _by_feed(client: HttpClient, origin: str) -> object:
    return list(FeedSource(client, f"{origin}/feed/").changes(NOBODY, NOW))


def _by_feeds(client: HttpClient, origin: str) -> object:
    return list(FeedSource(client, [f"{origin}/feed/", f"{origin}/category/housing/feed/"]).changes(NOBODY, NOW))


def _by_pages(client: HttpClient, origin: str) -> object:
    return list(PagesSource(client, f"{origin}/").changes(NOBODY, NOW))


def _by_whatever_it_has(client: HttpClient, origin: str) -> object:
    kinds: Kinds = {"feed": lambda url: FeedSource(client, url), "pages": lambda url: PagesSource(client, url)}
    return list(AutoSource(client, origin, kinds).changes(NOBODY, NOW))


def _as(kind: CalendarKind) -> Callable[[HttpClient, str], object]:
    return lambda client, origin: ask(client, a_calendar(f"{origin}/a", kind=kind), Validators(), NOW, zone=LONDON)


#: Everything that asks the web for posts or events.
WAYS: dict[str, Callable[[HttpClient, str], object]] = {
    "rest": _by_rest,
    "wordpress.com": _by_wordpress_com,
    "feed": _by_feed,
    "several feeds": _by_feeds,
    "pages": _by_pages,
    "auto": _by_whatever_it_has,
    "ics": _as(CalendarKind.ICS),
    "tribe": _as(CalendarKind.TRIBE),
    "page": _as(CalendarKind.PAGE),
    "a calendar of any kind": _as(CalendarKind.AUTO),
}
#: Of those, what wants no web page.
MACHINES = ("rest", "feed", "ics", "tribe")


def refusal(way: str, *answers: bytes, pause: Pause | None = None, kind: type[SourceError] = Refused) -> Refusal:
    """How it is refused by a server that gives these answers, and the last of them from then on."""
    told = [*([answer] for answer in answers), *[[answers[-1]]] * 9]
    with ExitStack() as stack:
        script = stack.enter_context(scripted(*told))
        client = stack.enter_context(a_client(reach={PUBLIC_API: script.origin}, pause=pause))
        with pytest.raises(kind) as refused:
            WAYS[way](client, script.origin)
    assert str(refused.value).isprintable()
    rest = refused.value.retry_after if isinstance(refused.value, Refused) else None
    return Refusal(line=str(refused.value), rest=rest, asked=len(script.heard))


def busy(status: str, *headers: str) -> bytes:
    return an_answer(b"<p>Later.</p>", status=status, kind=HTML, more="".join(f"{line}\r\n" for line in headers))


FORMS = {
    "seconds": ("Retry-After: 120",),
    "a date": ("Retry-After: Mon, 23 Nov 2026 08:02:00 GMT",),
    # What counts is the clock by which it was said: ours may be wrong, or a rehearsal's.
    "a date by its own clock": ("Date: Sun, 01 Feb 2026 10:00:00 GMT", "Retry-After: Sun, 01 Feb 2026 10:02:00 GMT"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
@pytest.mark.parametrize("way", WAYS)
def test_whoever_asks_for_rest_is_heard_and_asked_for_nothing_more(way: str, status: str, form: str) -> None:
    refused = refusal(way, busy(status, *FORMS[form]))
    assert refused.line.endswith("; asks to come back in 120 s")
    assert f": answered {status[:3]} ({status[4:]}); " in refused.line
    assert (refused.rest, refused.asked) == (timedelta(seconds=120), 1)


UNANSWERED = {
    "broken off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "the connection broke off"),
    "leading elsewhere": (
        an_answer(status="302 Found", more="Location: https://b.example/\r\n"),
        "another host; if it",
    ),
    "too large": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n",
        ": the answer is larger than 4000000 bytes; if that can be right, raise [source] max_bytes",
    ),
}


@pytest.mark.parametrize("name", UNANSWERED)
@pytest.mark.parametrize("way", WAYS)
def test_what_has_no_answer_is_the_sources_trouble_with_what_to_do(way: str, name: str) -> None:
    answer, words = UNANSWERED[name]
    refused = refusal(way, answer, kind=SourceError)
    assert words in refused.line
    assert refused.rest is None


@pytest.mark.parametrize("asked", ["864000", "9" * 40, "Mon, 23 Nov 2099 08:00:00 GMT"])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_left_alone_for_longer_than_a_day(way: str, asked: str) -> None:
    assert refusal(way, busy("503 Service Unavailable", f"Retry-After: {asked}")).rest == timedelta(days=1)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "auto"])
@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("401 Unauthorized", "wants a password; open it to visitors"),
        ("403 Forbidden", "is closed to us; allow our User-Agent in the blog's security plugin or firewall"),
        ("500 Internal Server Error", "the blog has a fault of its own; look into its log"),
        ("502 Bad Gateway", "the blog has a fault of its own; look into its log"),
        ("418 I'm a Teapot", "open it in a browser"),
    ],
)
def test_each_kind_says_what_to_do_in_the_same_words(way: str, status: str, hint: str) -> None:
    refused = refusal(way, busy(status))
    assert f"answered {status[:3]} ({status[4:]}); " in refused.line
    assert hint in refused.line
    assert refused.rest is None


LOGIN = b'<!DOCTYPE html><title>Log In</title><form name="loginform" id="loginform" method="post"></form></html>'
SOON = b"<!DOCTYPE html><html><head><title>We are under construction</title></head><body>Soon.</body></html>"

INSTEAD = {
    "a page": (an_answer(b"<html><p>Welcome.</p></html>", kind=HTML), r"HTML instead of [\w ]+; is "),
    "a login": (an_answer(LOGIN, kind=HTML), r"a login page instead of [\w ]+; open .* to visitors"),
    "maintenance": (an_answer(SOON, kind=HTML), r"a maintenance page instead of [\w ]+; it will be asked again"),
    "a challenge": (
        an_answer(b"<html>Just a moment...</html>", kind=HTML, more="CF-Mitigated: challenge\r\n"),
        r"a firewall's challenge instead of [\w ]+; allow our User-Agent there",
    ),
    "nothing": (an_answer(b" \n", kind="application/json"), r"an empty answer instead of [\w ]+; was it cut off"),
}


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("way", MACHINES)
def test_what_stands_there_instead_is_named(way: str, name: str) -> None:
    answer, words = INSTEAD[name]
    assert re.search(words, refusal(way, answer).line)


def test_a_login_that_every_page_leads_to_is_no_page_of_the_blog() -> None:
    leading = an_answer(status="302 Found", more="Location: /wp-login.php?redirect_to=%2F\r\n")
    refused = refusal("pages", leading, an_answer(LOGIN, kind=HTML))
    assert refused.line.endswith("/wp-login.php: a login page instead of a web page; open the page to visitors")


def test_a_form_to_log_in_beside_the_posts_is_no_login_page() -> None:
    home = LOGIN.replace(b"</html>", b"<p>Posts stand here.</p></html>")
    assert "no posts are found on this page" in refusal("pages", an_answer(home, kind=HTML), kind=SourceError).line


def test_a_site_that_asks_for_rest_is_searched_for_no_weaker_kind() -> None:
    home = an_answer(b"<html></html>", kind=HTML)
    refused = refusal("auto", home, busy("503 Service Unavailable", "Retry-After: 120"), home)
    assert "/feed/: answered 503 (Service Unavailable)" in refused.line
    assert (refused.rest, refused.asked) == (timedelta(seconds=120), 2)


# -- where somebody waits -----------------------------------------------------------------------------

FEED = an_answer(an_atom(an_entry()).encode(), kind=ATOM)


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ((), LONGEST_PAUSE),
        (("Retry-After: 600",), LONGEST_PAUSE),
        (("Retry-After: 5",), timedelta(seconds=5)),
        (("Date: Mon, 23 Nov 2026 08:00:00 GMT", "Retry-After: Mon, 23 Nov 2026 08:00:07 GMT"), timedelta(seconds=7)),
    ],
)
def test_where_somebody_waits_a_maintenance_is_asked_once_more(headers: Sequence[str], waited: timedelta) -> None:
    pauses: list[timedelta] = []
    maintenance = busy("503 Service Unavailable", *headers)
    with scripted([maintenance, FEED, FEED]) as script, a_client(pause=pauses.append) as client:
        WAYS["feed"](client, script.origin)
    assert pauses == [waited]
    assert len(script.heard) > 1


def test_a_maintenance_that_lasts_is_waited_for_once_in_a_poll() -> None:
    pauses: list[timedelta] = []
    refused = refusal("auto", busy("503 Service Unavailable", "Retry-After: 600"), pause=pauses.append)
    assert (len(pauses), refused.asked) == (1, 2)
    assert refused.rest == timedelta(minutes=10)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Internal Server Error", "502 Bad Gateway"])
def test_whoever_says_anything_but_maintenance_is_not_asked_again(status: str) -> None:
    pauses: list[timedelta] = []
    refused = refusal("feed", busy(status, "Retry-After: 1"), pause=pauses.append)
    assert (pauses, refused.asked) == ([], 1)


def test_where_nobody_waits_a_maintenance_is_asked_once() -> None:
    assert refusal("feed", busy("503 Service Unavailable")).asked == 1
