"""What programs and operators see of how a site stands: who may, what it says, and that it says nothing of anybody."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import html as lxml_html
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from solacefeed import tokens
from solacefeed.composition.monitoring import LINK_FOR, Held, Monitoring
from solacefeed.store import facts, reader_counts, records, schema
from solacefeed.store.database import Store, open_store
from solacefeed.words import near_instant_words
from tests.support.counting import transactions_that_write, what_is_asked
from tests.support.fakes import SettableClock
from tests.web.watching import HERE, Watched

PROXIED = {"X-Forwarded-For": "203.0.113.9"}
NETWORKS = '[monitoring]\nallow = ["192.0.2.0/24", "2001:db8::/32"]\n'
ALLOWED = f'trusted_proxies = ["127.0.0.0/8", "::1/128"]\n{NETWORKS}'
PAGES = ("/metrics", "/statusz")
ANN = "ann.smith@example.org"


@pytest.fixture
def watched(tmp_path: Path, sqlite_store: Store) -> Watched:
    return Watched.site(tmp_path, sqlite_store, more=ALLOWED)


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Watched]:
    """One for all who only ask whether they may see."""
    folder = tmp_path_factory.mktemp("open")
    store = open_store(f"sqlite:///{shutil.copy(migrated_file, folder / 'solacefeed.db')}")
    yield Watched.site(folder, store, more=ALLOWED)
    store.close()


def values(body: str) -> dict[str, float]:
    """Each series with its value: ``posts{state="published"}``."""
    found = {}
    for family in read_text(body):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def shown(watched: Watched) -> Any:
    """The page, as a tree."""
    return lxml_html.document_fromstring(watched.watch("/statusz").text)


def somebody(store: Store) -> None:
    """Ann reads the digest, was suppressed, complained, and her copy was deferred; the editor's note has a secret."""
    now = datetime.now(UTC)
    with store.write() as connection:

        def put(table: sa.Table, **row: Any) -> None:
            connection.execute(table.insert().values(**row))

        put(schema.subscribers, id=1, email=ANN, canonical=ANN, name="Ann Smith", created_at=now)
        put(schema.subscriptions, subscriber_id=1, digest="weekly", state="confirmed", changed_at=now)
        put(schema.suppressions, canonical=ANN, reason="hard", words=f"550 {ANN} unknown", actor="bounce", at=now)
        put(schema.reader_complaints, words=f"Stop, says {ANN}", at=now, due=now + timedelta(days=3))
        edition = {"digest": "weekly", "starts": now, "ends": now, "prepared_at": now, "cadence": "weekly"}
        put(schema.editions, id="weekly/2026-11-23", state="delivering", **edition)
        copy = {"edition_id": "weekly/2026-11-23", "email": ANN, "selection": "*", "attempts": 1, "changed_at": now}
        for number, (state, again) in enumerate((("pending", now), ("rejected", None), ("accepted", None)), start=1):
            told = {"state": state, "doubts": 0, "next_try_at": again, "answer": f"450 {ANN} is busy"}
            put(schema.deliveries, subscriber_id=number, message_id=f"<{number}@x>", **copy, **told)
        put(schema.bounces, mark="m", source="mail", kind="hard", words=ANN, outcome="noted", spent=False, at=now)
        number = records.begin(connection, "poll", at=now)
        records.finish(connection, number, at=now, ok=False, summary=f"no answer for {ANN}", counts={})


# -- who may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "127.1.2.3", "::ffff:127.0.0.1"])
def test_this_machine_itself_may_see_where_it_asks_apart(open_site: Watched, path: str, peer: str) -> None:
    for host in (HERE, "localhost:8026", "[::1]:8026"):
        assert open_site.watch(path, peer=peer, host=host).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost:8025", "[::1]:8025", "news.example.org"])
def test_where_pages_are_served_it_may_not_since_a_proxy_that_tells_nothing_looks_the_same(
    open_site: Watched, path: str, host: str
) -> None:
    assert open_site.ask(path, peer="127.0.0.1", host=host).status_code == 404
    # Neither what a client has made up, which such a proxy hands on.
    for forged in ("127.0.0.1", "::1", "localhost"):
        assert open_site.ask(path, host=host, headers={"X-Forwarded-For": forged}).status_code == 404


@pytest.mark.parametrize("written", ["", "trusted_proxies = []\n"])
def test_whom_a_proxy_tells_of_is_believed_where_the_operator_has_named_the_proxy(
    tmp_path: Path, sqlite_store: Store, written: str
) -> None:
    watched = Watched.site(tmp_path, sqlite_store, more=f"{written}{NETWORKS}")
    for path in PAGES:
        assert watched.ask(path, headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
        assert watched.ask(path, peer="192.0.2.7").status_code == 200
        # One that nobody has named, in a network that may see: for whom it asks nobody knows.
        for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
            assert watched.ask(path, peer="192.0.2.7", headers={name: "203.0.113.9"}).status_code == 404


def test_no_network_that_is_named_lets_in_what_looks_like_this_machine(tmp_path: Path, sqlite_store: Store) -> None:
    more = 'trusted_proxies = []\n[monitoring]\nallow = ["127.0.0.0/8", "::1/128"]\n'
    watched = Watched.site(tmp_path, sqlite_store, more=more)
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert watched.ask("/metrics", peer=peer, host="127.0.0.1:8025").status_code == 404


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("peer", "forwarded"),
    [
        ("192.0.2.7", None),
        ("2001:db8::9", None),
        # Through a proxy that the site trusts it is where it came from.
        ("127.0.0.1", "192.0.2.7"),
        ("127.0.0.1", "203.0.113.9, 192.0.2.7"),
    ],
)
def test_a_network_that_is_named_may_see(open_site: Watched, path: str, peer: str, forwarded: str | None) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert open_site.ask(path, peer=peer, headers=headers).status_code == 200
    if forwarded is None:
        assert open_site.watch(path, peer=peer, host="monitor.example.org:8026").status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.9", {}),
        # A header opens nothing, whoever sends it.
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}),
        ("203.0.113.9", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7, 203.0.113.9"}),
        ("127.0.0.1", {"X-Forwarded-For": "no address"}),
        ("127.0.0.1", PROXIED),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        # What came under another name a browser was led to.
        ("127.0.0.1", {"Host": "news.example.org"}),
        ("127.0.0.1", {"Host": "127.0.0.1.evil.example"}),
        ("127.0.0.1", {"Host": "evil.example@127.0.0.1"}),
    ],
)
def test_to_all_others_there_is_no_such_page(open_site: Watched, path: str, peer: str, headers: dict[str, str]) -> None:
    for answer in (open_site.ask(path, peer=peer, headers=headers), open_site.watch(path, peer=peer, headers=headers)):
        assert answer.status_code == 404
        assert "solacefeed_" not in answer.text


def test_where_it_is_asked_apart_no_proxy_is_believed_and_no_reader_is_served(open_site: Watched) -> None:
    for path in PAGES:
        assert open_site.watch(path, headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    assert [open_site.watch(path).status_code for path in ("/healthz", "/readyz")] == [200, 503]
    assert {open_site.watch(path).status_code for path in ("/", "/subscribe", "/desk", "/all.atom")} == {404}


def test_a_proxy_is_nobody_whom_a_network_lets_in(tmp_path: Path, sqlite_store: Store) -> None:
    more = '[monitoring]\nallow = ["10.0.0.0/8"]\n'
    watched = Watched.site(tmp_path, sqlite_store, more=f'trusted_proxies = ["10.0.0.2"]\n{more}')
    for headers in ({}, {"X-Forwarded-For": "no address"}):
        assert watched.ask("/metrics", peer="10.0.0.2", headers=headers).status_code == 404
    assert watched.ask("/metrics", peer="10.0.0.3").status_code == 200


def test_a_link_shows_the_page_to_whoever_has_it_for_a_day(watched: Watched, sqlite_store: Store) -> None:
    address, until = Monitoring(watched.app).link(sqlite_store)
    assert datetime.now(UTC) + LINK_FOR - timedelta(minutes=1) < until <= datetime.now(UTC) + LINK_FOR
    path = address.removeprefix("http://news.example.org")
    assert re.fullmatch(r"/statusz/[\w.-]+", path)
    answer = watched.ask(path, peer="203.0.113.9", host="news.example.org")
    assert answer.status_code == 200
    told = {name: answer.headers[name] for name in ("cache-control", "x-robots-tag", "referrer-policy")}
    assert told == {"cache-control": "no-store", "x-robots-tag": "noindex", "referrer-policy": "no-referrer"}


def test_no_other_link_shows_it(watched: Watched, sqlite_store: Store) -> None:
    keys, now = (facts.signing_key(sqlite_store),), datetime.now(UTC)
    over = tokens.for_statusz(keys, until=now - timedelta(seconds=2))
    another = tokens.for_statusz(("another site's",), until=now + timedelta(hours=1))
    other_purpose = tokens.for_preferences(1, 0, keys)
    for token in (over, another, other_purpose, "x", "x.y"):
        assert watched.ask(f"/statusz/{token}", peer="203.0.113.9").status_code == 404


# -- what it says ------------------------------------------------------------------------------------------


def test_the_metrics_say_how_it_stands(watched: Watched, sqlite_store: Store) -> None:
    somebody(sqlite_store)
    answer = watched.watch("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    told = values(answer.text)
    expected = {
        "store_up": 1,
        'subscriptions{digest="weekly",state="confirmed"}': 1,
        'subscriptions{digest="weekly",state="ended"}': 0,
        'suppressions{reason="hard"}': 1,
        'recent_bounces{kind="hard"}': 1,
        'recent_bounces{kind="soft"}': 0,
        "complaints_open": 1,
        'editions{digest="weekly",state="delivering"}': 1,
        'copies{state="pending"}': 1,
        'current_copies{digest="weekly",state="accepted"}': 1,
        'deferred_copies{group=""}': 1,
        'deed_last_run_failed{deed="poll"}': 1,
        'troubles{acknowledged="false",kind="failed"}': 1,
        'troubles{acknowledged="false",kind="complaint"}': 1,
    }
    assert {name: told[f"solacefeed_{name}"] for name in expected} == expected
    assert told["solacefeed_troubles_unacknowledged"] >= 2


def test_openmetrics_is_told_where_it_is_asked_for(watched: Watched) -> None:
    answer = watched.watch("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    read: Callable[[str], Iterator[Metric]] = read_openmetrics
    assert "solacefeed_posts" in {family.name for family in read(answer.text)}


def test_requests_are_counted_by_their_route_and_by_nothing_that_was_asked(watched: Watched) -> None:
    token = tokens.for_preferences(1, 0, ("nobody's",))
    for path in (
        f"/preferences/{token}",
        f"/preferences/{token}x",
        "/metrics",
        "/healthz",
        "/nothing/here",
        "/all.atom",
    ):
        watched.ask(path)
    body = watched.watch("/metrics").text
    told = {name: value for name, value in values(body).items() if name.startswith("solacefeed_web_requests_total")}
    assert told == {
        'solacefeed_web_requests_total{route="/preferences/{token}",status="404"}': 2,
        'solacefeed_web_requests_total{route="/metrics",status="404"}': 1,
        'solacefeed_web_requests_total{route="/healthz",status="200"}': 1,
        'solacefeed_web_requests_total{route="documents",status="404"}': 2,
    }
    assert token not in body


def test_nobody_is_named_by_the_metrics_the_page_or_readiness(watched: Watched, sqlite_store: Store) -> None:
    somebody(sqlite_store)
    for path in ("/metrics", "/statusz", "/readyz"):
        text = watched.watch(path).text
        for word in ("ann.smith", "Ann Smith", "Stop, says"):
            assert word not in text, (path, word)


def test_the_page_tells_what_needs_somebody_first_with_the_command_for_it(
    watched: Watched, sqlite_store: Store
) -> None:
    somebody(sqlite_store)
    page = shown(watched)
    assert page.get("lang") == "en"
    headings = [each.text_content() for each in page.iter("h2")]
    assert headings[0] == "What needs you"
    assert headings[-5:] == [
        "Copies of each edition", "Subscriptions", "Share that came back", "How long polls took", "All of it",
    ]  # fmt: skip
    commands = [each.text_content() for each in page.iter("code")]
    assert "solacefeed complaints answered 1" in commands
    assert not list(page.iter("script", "form", "iframe", "img"))


def test_commands_look_alike_wherever_they_stand_on_the_page(watched: Watched, sqlite_store: Store) -> None:
    somebody(sqlite_store)
    now = datetime.now(UTC)
    with sqlite_store.write() as connection:
        period = {"starts": now - timedelta(days=6), "ends": now + timedelta(days=1), "prepared_at": now}
        connection.execute(
            schema.editions.insert().values(
                id="weekly/2027-01-04", digest="weekly", cadence="weekly", state="approved", **period
            )
        )
    page = shown(watched)
    (facts,) = page.find_class("facts")
    assert "when the next prepare freezes it" in facts.text_content()
    assert "prepare" in [each.text_content() for each in facts.iter("code")]
    assert "`" not in page.text_content()


def test_each_chart_has_a_title_a_description_and_a_table_with_all_that_it_shows(
    watched: Watched, sqlite_store: Store
) -> None:
    somebody(sqlite_store)
    page = shown(watched)
    charts, tables = list(page.iter("svg")), list(page.iter("table"))
    assert len(charts) == len(tables) == 4
    for chart in charts:
        named = [page.get_element_by_id(each).text_content() for each in chart.get("aria-labelledby").split()]
        assert len(named) == 2
        assert all(named)
    cells = [each.text_content() for each in tables[0].iter("th", "td")]
    assert cells == ["Edition", "Accepted", "Pending", "Rejected", "weekly/2026-11-23", "1", "1", "1"]


def test_who_is_confirmed_is_counted_as_status_does_also_since_the_days_count(
    watched: Watched, sqlite_store: Store
) -> None:
    somebody(sqlite_store)
    today = datetime.now(UTC).date()
    with sqlite_store.write() as connection:
        for days, readers in ((7, 5), (0, 2)):
            counts = [reader_counts.ReaderCount(digest="weekly", state="confirmed", readers=readers)]
            reader_counts.keep(connection, today - timedelta(days=days), counts)
        for number in (2, 3, 4):
            row = {"id": number, "email": f"{number}@example.org", "canonical": f"{number}@example.org"}
            connection.execute(schema.subscribers.insert().values(**row, created_at=datetime.now(UTC)))
            held = {"subscriber_id": number, "digest": "weekly", "state": "confirmed"}
            connection.execute(schema.subscriptions.insert().values(**held, changed_at=datetime.now(UTC)))
    page = shown(watched)
    text = " ".join(page.text_content().split())
    assert f"Confirmed subscriptions, week by week, for up to a year; 4 on {today}." in text
    assert "4 confirmed" in text
    cells = [each.text_content() for each in list(page.iter("table"))[1].iter("td")]
    assert cells == ["4", "5"]
    assert "Of the last edition, how many copies came to what" in text


def test_a_page_of_a_site_that_has_done_nothing_says_so(watched: Watched) -> None:
    text = " ".join(shown(watched).text_content().split())
    for words in ("Nothing needs you.", "No edition has had a copy yet.", "Nobody has subscribed yet"):
        assert words in text


# -- what it costs -----------------------------------------------------------------------------------------


def test_who_asks_again_at_once_costs_the_store_nothing(watched: Watched, sqlite_store: Store) -> None:
    for path in (*PAGES, "/readyz"):
        watched.watch(path)
        with what_is_asked(sqlite_store) as asked:
            watched.watch(path)
        assert asked == [], path


def test_watching_writes_nothing(watched: Watched, sqlite_store: Store) -> None:
    somebody(sqlite_store)
    with transactions_that_write(sqlite_store) as tally:
        for path in (*PAGES, "/readyz", "/healthz"):
            watched.watch(path)
        assert tally.since() == 0


def test_what_is_held_is_made_anew_when_its_time_is_over_or_the_clock_was_set_back() -> None:
    clock, numbers = SettableClock(datetime(2026, 11, 23, tzinfo=UTC)), count(1)
    held = Held(lambda: next(numbers), clock, timedelta(seconds=10))
    assert [held(), held()] == [1, 1]
    clock.now += timedelta(seconds=10)
    assert held() == 2
    clock.now -= timedelta(hours=1)
    assert held() == 3


def test_the_series_are_as_many_however_many_readers_and_posts_there_are(watched: Watched, sqlite_store: Store) -> None:
    def series() -> int:
        # By a process that has told nobody yet.
        return len(values(Watched.again(watched.app, sqlite_store).watch("/metrics").text))

    somebody(sqlite_store)
    before = series()
    now = datetime.now(UTC)
    with sqlite_store.write() as connection:
        for number in range(2, 60):
            address = f"r{number}@example.org"
            row = {"id": number, "email": address, "canonical": address, "created_at": now}
            connection.execute(schema.subscribers.insert().values(**row))
            theirs = {"subscriber_id": number, "state": "confirmed", "changed_at": now}
            # Also of digests that the config has no more.
            connection.execute(schema.subscriptions.insert().values(digest=f"lost-{number}", **theirs))
            gone = {"canonical": address, "reason": "hard", "actor": "bounce", "at": now}
            connection.execute(schema.suppressions.insert().values(**gone))
    after = series()
    # Of digests that are lost there is one more, whichever they are; and the trouble that they are.
    assert after - before <= 3


# -- readiness ---------------------------------------------------------------------------------------------


def ready(watched: Watched, store: Store) -> tuple[int, str]:
    """As somebody from anywhere is told, by a process that has told nobody yet."""
    answer = Watched.again(watched.app, store).ask("/readyz", peer="203.0.113.9", host="news.example.org")
    return answer.status_code, answer.text


def test_a_site_that_works_is_ready(watched: Watched, sqlite_store: Store) -> None:
    watched.app.config.feeds.dir.mkdir(parents=True)
    watched.app.settle_clock(sqlite_store)
    with sqlite_store.write() as connection:
        records.beat(connection, "poll", None, at=datetime.now(UTC), summary="poll: 0 new", counts={})
    assert ready(watched, sqlite_store) == (200, "ready\n")


def test_one_that_has_published_nothing_is_not(watched: Watched, sqlite_store: Store) -> None:
    assert ready(watched, sqlite_store) == (503, "nothing is published: the feeds' folder is not there\n")


def test_one_whose_deeds_are_silent_is_not(watched: Watched, sqlite_store: Store) -> None:
    watched.app.config.feeds.dir.mkdir(parents=True)
    watched.app.settle_clock(sqlite_store)
    long_ago = datetime.now(UTC) - timedelta(hours=7)
    with sqlite_store.write() as connection:
        records.beat(connection, "poll", None, at=long_ago, summary="poll: 0 new", counts={})
    assert ready(watched, sqlite_store) == (503, f"no poll since {near_instant_words(long_ago, datetime.now(UTC))}\n")


def test_one_whose_store_is_of_another_release_is_not(watched: Watched, sqlite_store: Store) -> None:
    watched.app.config.feeds.dir.mkdir(parents=True)
    with sqlite_store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0039'"))
    assert ready(watched, sqlite_store) == (503, "the store can't be read, or is not of this release\n")


def test_one_whose_store_is_broken_says_no_more_than_that(watched: Watched, sqlite_store: Store) -> None:
    broken = sa.exc.OperationalError("SELECT secret", {}, Exception("password of the database"))

    @sa.event.listens_for(sqlite_store.engine, "before_cursor_execute")
    def breaks(*_: object) -> None:
        raise broken

    assert watched.ask("/readyz").text == "the store can't be read, or is not of this release\n"
    assert values(watched.watch("/metrics").text)["solacefeed_store_up"] == 0
    assert watched.watch("/statusz").status_code == 503
    sa.event.remove(sqlite_store.engine, "before_cursor_execute", breaks)
