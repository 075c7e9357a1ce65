"""The whole site against the web as it is: scanners that open all, Hosts that nobody has, and a machine that dies."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from solacefeed import tokens
from tests.web.whole_site import FORM, WholeSite, addresses, begun, wire

pytestmark = pytest.mark.slow

#: Who opens every link of a mail before its reader does, or instead of them, and with which words.
SCANNERS: tuple[Mapping[str, str], ...] = (
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 Safari/537.36"},
    {"User-Agent": "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "Accept": "*/*"},
    {"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", "Accept-Encoding": "identity"},
    {"User-Agent": "Mimecast/URL-Protect", "Accept": "text/html"},
    {"User-Agent": "Proofpoint URL Defense", "Accept": "text/plain;q=0.1"},
    {"User-Agent": "Symantec Email Security.cloud", "Connection": "close"},
    {"User-Agent": "Trend Micro WTP Add-On", "X-Forwarded-For": "203.0.113.9"},
    {"User-Agent": "Sophos Time of Click", "Via": "1.1 proxy.example.net"},
    {"User-Agent": "Cisco-IronPort-OutbreakFilter", "Cache-Control": "no-cache"},
    {"User-Agent": "FortiMail/7", "Range": "bytes=0-1023"},
    {"User-Agent": "Mozilla/5.0 (compatible; GoogleImageProxy)", "Accept": "image/avif,image/webp,*/*;q=0.8"},
    {"User-Agent": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"},
    {"User-Agent": "Outlook-iOS/709", "Purpose": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (Macintosh) AppleWebKit/605 Safari/605", "X-Purpose": "preview"},
    {
        "User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/120",
        "Sec-Purpose": "prefetch;prerender",
        "Sec-Fetch-Dest": "empty",
    },
    {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"},
    {"User-Agent": "facebookexternalhit/1.1", "Accept-Encoding": "deflate, gzip, br, zstd"},
    {"User-Agent": "Microsoft Office Existence Discovery", "X-Http-Method-Override": "POST"},
    {"User-Agent": "curl/8", "X-Method-Override": "DELETE", "Content-Type": "application/x-www-form-urlencoded"},
    {"User-Agent": "", "Accept": "", "Cookie": "desk=x; a=b"},
)
TRACKING = ("utm_source=mail&utm_medium=email", "fbclid=x", "List-Unsubscribe=One-Click", "act=stop&way-daily=off", "")
ROUNDS = 5


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> WholeSite:
    return begun(tmp_path_factory.mktemp("whole") / "site")


def as_a_scanner(path: str, habit: int, round_: int) -> str:
    """*path* as it comes through one: escaped, or with more behind it."""
    if habit % 3 == 1:
        head, _, query = path.partition("?")
        path = head.replace("-", "%2D").replace(".", "%2e") + (f"?{query}" if query else "")
    more = TRACKING[(habit + round_) % len(TRACKING)]
    return f"{path}{'&' if '?' in path else '?'}{more}" if more else path


def scanned(whole: WholeSite, paths: list[str], habit: int) -> set[tuple[str, int]]:
    """All addresses, HEAD before GET; what was answered with anything but the page or a file."""
    amiss = set()
    with wire(whole.port) as kept:
        for round_, path, method in product(range(ROUNDS), paths, ("HEAD", "GET")):
            status = kept.ask(method, as_a_scanner(path, habit, round_), headers=SCANNERS[habit]).status
            if status != 200:
                amiss.add((path.split("/")[1], status))
    return amiss


def test_twenty_scanners_that_open_all_addresses_a_hundred_times_change_nothing(whole: WholeSite) -> None:
    paths, before = addresses(whole), whole.rows()
    with whole.served(), ThreadPoolExecutor(8) as pool:
        amiss = list(pool.map(lambda habit: scanned(whole, paths, habit), range(len(SCANNERS))))
    assert set().union(*amiss) == set()
    assert whole.rows() == before


HOSTS = ("evil.example", "evil.example:443", "evil.example/x", "x@evil.example", "EVIL.example.", "[::evil]", "evil")


def test_none_of_500_hosts_stands_in_any_answer(whole: WholeSite) -> None:
    paths = [*addresses(whole), "/nowhere", "/subscribe/", "/desk/x", "//evil.example/"]
    with whole.served(), wire(whole.port) as kept:
        for number in range(500):
            host = f"{number}.{HOSTS[number % len(HOSTS)]}"
            forwarded = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher", "Forwarded": f"host={host}"}
            path = paths[number % len(paths)]
            # One click and an undo act whatever is posted to them.
            method = ("GET", "HEAD", "GET" if path.startswith(("/unsubscribe/", "/undo/")) else "POST")[number % 3]
            got = kept.ask(method, path, "", {"Host": host, **forwarded, **FORM})
            assert "evil" not in (got.body + str(got.headers)).lower().replace("//evil.example/", "")
            assert "gopher" not in got.headers.get("location", "")


# -- a machine that dies -------------------------------------------------------------------------------


Act = Callable[[WholeSite], Callable[[], bool]]


def _subscribes(whole: WholeSite) -> Callable[[], bool]:
    assert "Look into your mailbox" in whole.subscribe("eve@example.org").body
    return lambda: any("eve@example.org" in row for row in whole.rows()["sign_ups"])


def _confirms(whole: WholeSite) -> Callable[[], bool]:
    whole.site.told("deliver")
    got = whole.press(whole.mailed("confirm"), "Yes, subscribe me")
    assert "You are subscribed" in got.body
    return lambda: whole.standing("eve@example.org")["state"] == "confirmed"


def _chooses(whole: WholeSite) -> Callable[[], bool]:
    link = tokens.for_preferences(1, 0, whole.keys())
    got = whole.press(f"/preferences/{link}", "Save", **{"way-daily": "open", "name": "Ann Other"})
    assert "Ann Other" in got.body
    return lambda: whole.standing("ann@example.org")["state"] == "paused"


def _unsubscribes(whole: WholeSite) -> Callable[[], bool]:
    got = whole.press(f"/unsubscribe/{tokens.for_unsubscribing('daily', 1, whole.keys())}", "Unsubscribe")
    assert "You are unsubscribed" in got.body
    return lambda: whole.standing("ann@example.org")["state"] == "ended"


def _clicks_once(whole: WholeSite) -> Callable[[], bool]:
    path = f"/unsubscribe/{tokens.for_unsubscribing('daily', 3, whole.keys())}"
    assert whole.ask("POST", path, "List-Unsubscribe=One-Click", FORM).status == 200
    return lambda: whole.standing("eve@example.org")["state"] == "ended"


def _approves(whole: WholeSite) -> Callable[[], bool]:
    got = whole.press(whole.mailed("desk"), "Approve it as it is")
    assert got.status == 303
    return lambda: "approved" in [each["state"] for each in whole.site.data("editions", "list")]


def test_what_was_answered_is_there_after_a_kill(whole: WholeSite) -> None:
    for act in (_subscribes, _confirms, _chooses, _unsubscribes, _clicks_once, _approves):
        with whole.served() as process:
            is_there = act(whole)
            process.send(signal.SIGKILL)
            assert process.wait() != 0
        assert is_there(), act.__name__
