"""What is told of a relay that copies have not found, from the round to the status."""

from __future__ import annotations

import pytest

from solacefeed.deeds.delivering.outcome import DeliverResult, LettersOutcome
from solacefeed.deeds.execution import execute
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.store.database import Store
from tests.support.builders import LONDON, MONDAY, a_digest
from tests.support.fakes import SettableClock

BUSY = "127.0.0.1:25: 421 4.3.2 closing; the rest waits: come back; later"


@pytest.mark.parametrize(
    "round_",
    [
        DeliverResult(lost=2, trouble=BUSY),
        DeliverResult(lost=1, trouble=BUSY, accepted=3, pauses=("weekly/2026-11-23 is paused",)),
        DeliverResult(lost=2, trouble=BUSY, letters=LettersOutcome(refusal="550 no; the rest waits: never")),
    ],
    ids=["a look", "with news", "beside letters"],
)
def test_status_tells_the_words_of_a_relay_whole_whatever_is_in_them(
    sqlite_store: Store, round_: DeliverResult
) -> None:
    execute(sqlite_store, SettableClock(MONDAY), "deliver", lambda _: round_, rehearsed=True)
    told = site_status(sqlite_store, MONDAY, "x", [a_digest()], LONDON)
    assert (told.relay_lost, told.relay_trouble) == (round_.lost, BUSY)
