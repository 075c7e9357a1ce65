"""``clock`` at the operator's prompt: what lies ahead of now is listed and brought back; a rehearsal has no clock."""

from __future__ import annotations

import sqlite3

import pytest

from tests.cli.prompt import at, well
from tests.support.site import Site


def written(site: Site, statement: str) -> None:
    database = sqlite3.connect(site.folder / "var" / "solacefeed.db")
    with database:
        database.execute(statement)
    database.close()


def test_all_is_well_with_a_clock_that_never_leapt(live: Site) -> None:
    assert well(live, "clock", "check") == "clock: nothing lies ahead of now\n"
    assert well(live, "clock", "repair") == "clock: 0 instants brought back\n"


def test_what_lies_ahead_is_said_by_status_listed_and_brought_back(live: Site) -> None:
    written(live, "UPDATE sources SET not_before = '2999-01-01 00:00:00.000000'")
    written(live, "UPDATE records SET ended_at = '2998-01-01 00:00:00.000000'")
    assert at(live, "poll").code == 1
    told = at(live, "status", "--json").data["advice"]
    assert (
        "2 kept instants lie ahead of now, up to 2999-01-01; `solacefeed clock check`, then `solacefeed clock repair`"
    ) in told
    listed = at(live, "clock", "check")
    assert listed.code == 1
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == ["sources.not_before", "records.ended_at"]
    assert well(live, "clock", "repair") == "clock: 2 instants brought back\n"
    assert well(live, "clock", "check") == "clock: nothing lies ahead of now\n"
    assert at(live, "poll").code == 0


def test_a_clock_in_doubt_stops_every_deed_until_a_poll_or_the_operator_settles_it(live: Site) -> None:
    written(live, "UPDATE facts SET value = '2026-01-01T00:00:00+00:00' WHERE name = 'clock_sure'")
    for words in (("prepare",), ("publish",), ("deliver",), ("clock", "repair"), ("clock", "check")):
        said = at(live, *words)
        assert said.code == 1, words
        assert "but the last good look was on 2026-01-01 00:00 UTC" in said.err
        assert said.err.count("\n") == 1
    told = at(live, "status", "--json").data["advice"]
    assert told[0].startswith("no edition is prepared, sent or expired, and nothing published: this machine's clock")
    assert well(live, "clock", "confirm") == "clock: taken for right\n"
    assert well(live, "prepare").startswith("prepare: ")


def test_a_good_poll_settles_it_too(live: Site) -> None:
    written(live, "UPDATE facts SET value = '2026-01-01T00:00:00+00:00' WHERE name = 'clock_sure'")
    said = at(live, "run")
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("command", ["check", "repair", "confirm"])
def test_a_rehearsal_has_no_clock_to_check(done: Site, command: str) -> None:
    said = at(done, "clock", command)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("solacefeed: a rehearsal lives by its --as-of")


def test_who_looks_as_of_another_instant_is_told_nothing_of_the_clock(live: Site) -> None:
    told = at(live, "status", "--json", "--as-of", "2020-01-01T00:00Z").data
    assert not any("ahead of now" in line or "clock" in line for line in told["advice"])
