"""The database goes over to its standby while an edition is sent, and what becomes of mail that the standby lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from solacefeed.deeds.upkeep.doctor.database import database_findings
from solacefeed.store import facts
from solacefeed.store.database import open_store
from tests.daemon.faults import play
from tests.daemon.machines import Machines
from tests.daemon.test_faults import told
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
