"""What is amiss with the outbox: mail to one person that waits too long, or did not go."""

from __future__ import annotations

from collections.abc import Iterator

from solacefeed.deeds.upkeep.hints import answer, waiting_letters, why_no_patience_with_letters
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import ACKNOWLEDGE, Trouble
from solacefeed.words import counted


def letters_waiting(status: SiteStatus) -> Iterator[Trouble]:
    waiting, why = waiting_letters(status), why_no_patience_with_letters(status)
    if waiting and why:
        wait = "letter of the outbox waits" if waiting == 1 else "letters of the outbox wait"
        yield Trouble(
            key="outbox:waiting",
            words=f"{waiting} {wait}, {why}{answer(status.outbox)}",
            ends_by="they are offered again by themselves, look at [mail], the relay and the daemon or cron",
            cause=why,
        )


def letters_that_ended(status: SiteStatus) -> Iterator[Trouble]:
    for state, ended in _LETTER_ENDS.items():
        if count := status.outbox.states.get(state, 0):
            was = ended if count == 1 else ended.replace("was ", "were ").replace("is ", "are ")
            again = ", `solacefeed outbox retry ID` offers one again, `--all` each" if state == "rejected" else ""
            yield Trouble(
                key=f"outbox:{state}",
                words=f"{counted(count, 'letter')} of the outbox {was}",
                ends_by=f"`solacefeed outbox list --state {state}` shows them{again}, {ACKNOWLEDGE}",
                size=count,
            )


_LETTER_ENDS = {
    "rejected": "was rejected",
    "expired": "came too late and expired",
    "uncertain": "is uncertain, cut off before the relay's answer",
}
