"""``status`` and ``check``: what stands, and what a person should do about it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.deeds.standing import DigestStanding, Standing, advice
from solacefeed.models import Record
from solacefeed.sample import faults
from solacefeed.sample.server import Serving
from solacefeed.store.calendars import CalendarNotes
from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, set_line, well
from tests.support.site import Site

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def a_record(deed: str, *, ok: bool | None = True, summary: str = "", **counts: int) -> Record:
    return Record(id=1, deed=deed, started_at=NOW, ended_at=NOW, ok=ok, summary=summary or deed, counts=counts)


def a_digest(**deliveries: int) -> DigestStanding:
    return DigestStanding(name="weekly", next_closing=NOW, last_edition=None, deliveries=deliveries)


def a_calendar(*, trouble: str | None) -> CalendarNotes:
    return CalendarNotes(name="events", address="https://events.example.org/", asked_at=NOW, trouble=trouble)


def a_standing(*records: Record) -> Standing:
    """A live site on which all is well."""
    well_done = {deed: a_record(deed) for deed in ("poll", "publish", "prepare", "deliver")}
    return Standing(
        troubled={},
        pings=0,
        now=NOW,
        source="https://blog.example.org",
        clock="live",
        crawled=True,
        records=well_done | {record.deed: record for record in records},
        last_good_poll=NOW,
        posts={"published": 3},
        feeds=2,
        feeds_changed=NOW,
        digests=(a_digest(accepted=2),),
        subscriptions={"confirmed": 2},
        deliveries={"accepted": 2},
    )


LONG_AGO = NOW - timedelta(hours=7)


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        (a_standing(), None),
        (replace(a_standing(), records={}, last_good_poll=None), "nothing was polled yet: `solacefeed run`"),
        (
            a_standing(a_record("poll", ok=False, summary="blog.example.org: 503")),
            "the last poll did not work: blog.example.org: 503",
        ),
        (a_standing(a_record("poll", held=1)), "1 removal held back, too many at once to be believed"),
        (a_standing(a_record("poll", held=12)), "12 removals held back, too many at once to be believed"),
        (replace(a_standing(), last_good_poll=LONG_AGO), "no poll has worked since 23 November, 01:00 UTC"),
        (replace(a_standing(a_record("poll", ok=None)), last_good_poll=LONG_AGO), "no poll has worked since"),
        (replace(a_standing(), clock="rehearsed", last_good_poll=LONG_AGO), None),
        (
            replace(a_standing(), calendars=(a_calendar(trouble="events.example.org: answered 404"),)),
            "calendar events could not be read: events.example.org: answered 404",
        ),
        (replace(a_standing(), calendars=(a_calendar(trouble=None),)), None),
        (a_standing(a_record("publish", ok=False, summary="disk full")), "the last publish did not work: disk full"),
        (a_standing(a_record("deliver", ok=False, summary="no")), "the last deliver did not work: no"),
        (
            replace(a_standing(), subscriptions={"ended": 2}),
            "nobody has subscribed: `solacefeed subscribers add ADDRESS`",
        ),
        (replace(a_standing(), subscriptions={}, digests=()), None),
        (
            a_standing(a_record("deliver", summary="deliver: 0 accepted; the rest waits: no relay")),
            "the relay did not take all: deliver: 0 accepted; the rest waits: no relay",
        ),
        (replace(a_standing(), digests=(a_digest(uncertain=1),)), "1 copy is uncertain"),
        (replace(a_standing(), digests=(a_digest(uncertain=2),)), "2 copies are uncertain"),
        (replace(a_standing(), deliveries={"uncertain": 1}), None),
    ],
)
def test_each_trouble_has_its_advice_and_a_good_day_has_none(stands: Standing, words: str | None) -> None:
    said = advice(stands)
    assert len(said) == (words is not None)
    assert all(line.startswith(words or "") for line in said)


def test_the_most_pressing_comes_first() -> None:
    stands = replace(
        a_standing(a_record("poll", ok=False, summary="503"), a_record("publish", ok=False, summary="full")),
        digests=(a_digest(uncertain=1),),
    )
    assert [line.split()[2] for line in advice(stands)] == ["poll", "publish", "is"]


def test_before_the_first_run_status_says_what_to_do(fresh: Site) -> None:
    said = at(fresh, "status")
    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("var/solacefeed.db yet: `solacefeed run` makes it\n")


def test_after_the_first_run_all_is_well(done: Site) -> None:
    lines = dict(line.split(maxsplit=1) for line in well(done, "status").replace("to do", "to-do").splitlines())
    assert lines["poll"] == "2026-11-23 08:00 UTC  20 new, 0 changed, 0 gone; 7 categories new or changed"
    assert lines["posts"] == "1 protected, 19 published"
    assert lines["digest"].startswith("weekly  closes 2026-11-30 07:00 UTC; last weekly/2026-11-23 done: 3 accepted")
    assert lines["subscribers"] == "3 confirmed"
    assert lines["to-do"] == "nothing, all is well"


def test_looking_changes_nothing_in_the_store(done: Site) -> None:
    before = dump(done)
    for words in (
        ("status",),
        ("posts", "list"),
        ("editions", "list"),
        ("deliveries", "list"),
        ("subscribers", "list"),
    ):
        well(done, *words)
        well(done, *words, "--json", "--as-of", "2030-01-01T00:00Z")
    assert dump(done) == before


def dump(site: Site) -> list[str]:
    """All that the store holds, as SQL."""
    database = sqlite3.connect(f"file:{site.folder}/var/solacefeed.db?mode=ro", uri=True)
    try:
        return list(database.iterdump())
    finally:
        database.close()


def test_status_tells_of_a_blog_that_could_not_be_read(
    serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"), source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "run")
    serving.faults.add(faults.status(503))
    complaint = at(site, "poll").err.removeprefix("solacefeed: ").strip()
    told = at(site, "status", "--json").data
    assert told["advice"] == [f"the last poll did not work: {complaint}"]
    assert told["standing"]["records"]["poll"]["ok"] is False


def test_status_and_check_promise_no_closing_that_makes_no_edition(
    serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"), source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "run")
    set_line(site, 'closes = "mon 07:00"', 'closes = "mon 08:45"')
    assert (
        "closes 2026-11-30 08:45 UTC, not 2026-11-23 08:45 UTC, since weekly/2026-11-23 is there already; last weekly"
        in well(site, "status", "--as-of", "2026-11-23T08:30Z")
    )
    assert well(site, "check", "--as-of", "2026-11-23T08:30Z").startswith(
        "check: worth a look: [[digests]] closes: weekly/2026-11-23 is there already, so the closing on Monday 23 "
        "November 2026, 08:45 makes no edition; the next closes on Monday 30 November 2026, 08:45\n"
    )
    set_line(site, f"as_of = {NOW:%Y-%m-%dT%H:%M:%SZ}", "as_of = 2026-11-30T08:45:00Z")
    assert well(site, "prepare").startswith("prepare: weekly/2026-11-30 ")


# -- check ----------------------------------------------------------------------------------------------


def test_check_needs_no_store_and_makes_none(fresh: Site) -> None:
    assert well(fresh, "check").endswith("config.toml and templates are in order; no store yet\n")
    assert not (fresh.folder / "var").exists()


def test_check_looks_at_the_store(done: Site) -> None:
    assert "store at revision " in well(done, "check").splitlines()[-1]


def test_check_names_every_problem_of_the_config_at_once(fresh: Site) -> None:
    set_line(fresh, 'language = "en-GB"', 'language = "!"\ntimezone = "Europe/London"')
    said = at(fresh, "check")
    assert (said.code, said.out) == (2, "")
    assert ['"!"' in said.err, "did you mean" in said.err] == [False, True]
    assert said.err.count("config.toml:") == 2


def test_check_says_what_is_worth_a_look_and_is_content(fresh: Site) -> None:
    set_line(fresh, 'base_url = "https:', 'base_url = "http:')
    first, last = well(fresh, "check").splitlines()
    assert first.startswith("check: worth a look: [site] base_url: http ")
    assert last.endswith("in order; no store yet")


def test_a_blog_that_is_polled_rarely_is_not_missed_in_between() -> None:
    quiet = replace(a_standing(), last_good_poll=NOW - timedelta(hours=30))
    assert advice(quiet, poll_every=timedelta(hours=12)) == []
    assert advice(quiet, poll_every=timedelta(minutes=15)) != []
