"""What readers wait for who came by themselves: an answer to a form, an answer to a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solacefeed.deeds.upkeep.hints import LETTER_SHOULD_HAVE_GONE, Hint, instant
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.words import counted

#: So long before its day a complaint presses.
PRESSES = timedelta(days=5)

_COMPLAINTS = "answer it, then `solacefeed complaints answered {number}`"


def unanswered_forms(status: SiteStatus) -> Iterator[Trouble]:
    since = status.sign_ups_since
    if since is not None and status.now - since > LETTER_SHOULD_HAVE_GONE:
        waits = "sign-up waits" if status.sign_ups == 1 else "sign-ups wait"
        yield Trouble(
            key="sign-ups",
            words=f"{status.sign_ups} {waits} to be answered, the oldest since {instant(since)}",
            ends_by="`solacefeed answer` answers them: is the daemon or cron running?",
        )


def unanswered_complaints(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.complaints:
        if each.due - status.now <= PRESSES:
            was = "was" if each.due < status.now else "is"
            yield Trouble(
                key=f"complaint:{each.id}",
                words=f"complaint {each.id} of a reader {was} to be answered by {each.due:%Y-%m-%d}",
                ends_by=_COMPLAINTS.format(number=each.id),
                # Known a week ahead, it is news once more when its day is over.
                cause=was,
            )


def open_complaints(status: SiteStatus) -> Iterator[Hint]:
    """Those that do not press yet."""
    others = [each for each in status.complaints if each.due - status.now > PRESSES]
    if others:
        wait = counted(len(others), "complaint of a reader waits", "complaints of readers wait")
        yield Hint(
            key="complaints",
            words=f"{wait} for an answer, the first until {others[0].due:%Y-%m-%d}",
            ends_by=_COMPLAINTS.format(number=others[0].id),
        )
