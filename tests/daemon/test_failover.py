"""The database goes over to its standby while an edition is sent, and what becomes of mail that the standby lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.upkeep.doctor.database import database_findings
from solacefeed.store import facts, home
from solacefeed.store.database import open_store
from solacefeed.store.home_log import LogKind
from solacefeed.store.taken_claims import written
from tests.daemon.faults import play
from tests.daemon.machines import Machines
from tests.daemon.test_faults import told
from tests.store.rows import EDITION, LEASE, claimed, copies_for, marked
from tests.support.site import Site
from tests.support.standby import Pair, paired

pytestmark = pytest.mark.slow


@pytest.fixture
def careless() -> Iterator[Pair]:
    """Commits wait for the first one alone."""
    with paired(waits_for_both=False) as pair:
        yield pair


def fails_over_twice(machines: Machines) -> None:
    for part in (4, 2):
        machines.ears.hear(machines.told.copies // part, 120)
        machines.befall("failover")


def test_an_edition_is_sent_whole_across_two_failovers_and_nobody_gets_it_twice() -> None:
    outcome = play(told(policy="hold", copies=400), fails_over_twice)
    assert outcome.broken == [], outcome.line()


def test_an_address_with_both_servers_finds_the_one_that_takes_writes() -> None:
    with paired() as pair, closing(open_store(pair.address.format("postgres"))) as store:
        for word in ("before", "after"):
            with store.write() as connection:
                facts.put(connection, word, word, for_good=True)
            pair.fail_over()
            store.engine.dispose()
            with store.read() as connection:
                assert facts.read(connection, word) == word
            pair.follow()


@pytest.mark.parametrize("waits", [True, False])
def test_the_doctor_tells_of_a_standby_that_no_commit_waits_for(waits: bool) -> None:
    with paired(waits_for_both=waits) as pair, closing(open_store(pair.address.format("postgres"))) as store:
        notes = [found.words for found in database_findings(store) if "no commit waits for it" in found.words]
    assert len(notes) == (not waits)


def test_what_the_standby_lacks_of_mail_is_never_sent_again_without_the_operators_word(
    careless: Pair, begin: Callable[..., Site]
) -> None:
    site = Site(begin().folder, {"SOLACEFEED_STORE_URL": careless.address.format("postgres")})
    site.told("poll")
    careless.leave_behind()
    site.told("run", "--now")
    assert [copy["state"] for copy in site.data("deliveries", "list")] == ["accepted"] * 3
    careless.fail_over()
    again = site.do("run", "--now")
    assert again.returncode == 1
    assert "no mail leaves: " in again.stderr, again.stderr
    assert {copy["state"] for copy in site.data("deliveries", "list")} == {"pending"}


@pytest.mark.parametrize("lost", ["the mark", "the claim"])
def test_where_a_standby_takes_over_amid_a_round_without_its_last_commits_no_mail_leaves(
    careless: Pair, tmp_path: Path, lost: str
) -> None:
    now = datetime.now(UTC)
    with closing(open_store(careless.address.format("postgres"))) as store:
        copies_for(store, "ann@example.org")
        where = home.home_of(store, tmp_path / "home")
        home.note_progress(store, where, at=now)
        if lost == "the claim":
            follow_no_further(careless)
        (copy,) = claimed(store)
        if lost == "the mark":
            follow_no_further(careless)
        assert marked(store, copy)
        where.log.add(LogKind.COPIES, written([copy.subscriber_id], [copy.claim_key], LEASE.worker), at=now, of=EDITION)
        assert home.why_not_at_home(store, where) is None
        careless.fail_over()
        store.engine.dispose()
        said = home.why_not_at_home(store, where) or ""
        assert said.startswith("the database lacks what was written last")
        # What it lacked is no matter any more, wherever it is adopted.
        home.settle(store, home.home_of(store, tmp_path / "another"), at=now + timedelta(seconds=1))
        assert home.why_not_at_home(store, where) is None
        home.note_progress(store, where, at=now + timedelta(seconds=2))
        assert home.why_not_at_home(store, where) is None


def follow_no_further(pair: Pair) -> None:
    """The second one has all that there is now, and hears of nothing more."""
    pair.leave_behind()
    pair.follow()
    pair.leave_behind()
