"""What deeds that are done for good say: what is wrong once, whichever of several looks comes upon it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.daemon.telling import DeedTeller
from solacefeed.deeds.clock import doubt
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.logs import Log
from solacefeed.words import instant_words, near_instant_words

GONE = "the store solacefeed.db is not there any more, while this process has it open"


class Overheard(io.StringIO):
    """What a teller says, and *meanwhile*, before the first line of it is out, another look."""

    def __init__(self, meanwhile: Callable[[DeedTeller], object] = lambda _: None) -> None:
        super().__init__()
        self._meanwhile: Callable[[DeedTeller], object] | None = meanwhile
        self.why_gone: str | None = None
        self.teller = DeedTeller(Log("plain", "info", say=self.write, err=self), lambda: self.why_gone)

    def write(self, words: str) -> int:
        another, self._meanwhile = self._meanwhile, None
        if another is not None:
            another(self.teller)
        return super().write(words)

    @property
    def lines(self) -> list[str]:
        return [line.removeprefix("solacefeed: ") for line in self.getvalue().splitlines()]


def test_it_is_said_once_while_it_lasts_and_again_when_it_has_come_back() -> None:
    heard = Overheard()
    for amiss in (("a",), ("a", "b"), ("a", "b"), (), ("a",)):
        heard.teller.complain_of("privacy", amiss)
    assert heard.lines == ["a", "b", "a"]


AT, LATER = datetime(2026, 11, 23, 8, 0, tzinfo=UTC), datetime(2026, 11, 24, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "told_at",
    [
        lambda at: f"the hub was told last {instant_words(at)}: it answered 503",
        lambda at: f"no backup has worked since {near_instant_words(at, LATER)}",
        lambda at: f"no backup has worked since {near_instant_words(at, LATER + timedelta(days=500))}",
        lambda at: f"the server says: locked since {at.isoformat()}",
        lambda at: f"the server says: locked since {at:%Y-%m-%dT%H:%M:%S.%f}Z",
    ],
)
@pytest.mark.parametrize("say", ["complain_of", "say_fails"])
def test_what_tells_another_instant_each_time_is_said_once(told_at: Callable[[datetime], str], say: str) -> None:
    heard = Overheard()
    for at in (AT, LATER):
        words = told_at(at)
        getattr(heard.teller, say)("backup", words if say == "say_fails" else (words,))
    assert heard.lines == [told_at(AT)]


def test_what_a_relay_numbers_anew_each_time_is_said_once_and_another_answer_is_news() -> None:
    heard = Overheard()
    for answer in ("4.7.1 greylisted, id A1B2C3", "4.7.1 greylisted, id D4E5F6", "4.3.2 going down"):
        heard.teller.say_deliveries(DeliverResult(trouble=f"RCPT TO answered 451 {answer}"), 0.0)
    said = ("4.7.1 greylisted, id A1B2C3", "4.3.2 going down")
    assert heard.lines == [f"deliver: the rest waits: RCPT TO answered 451 {answer}" for answer in said]


def test_that_it_is_about_more_is_news() -> None:
    heard = Overheard()
    for lines in (("3 readers are left out",), ("4 readers are left out",), ("4 readers are left out",)):
        heard.teller.complain_of("prepare", lines)
    assert heard.lines == ["3 readers are left out", "4 readers are left out"]


@pytest.mark.parametrize(
    "say",
    [
        lambda teller: teller.complain_of("home-log", ("the disk is full",)),
        lambda teller: teller.say_fails("home-log", "the disk is full"),
    ],
    ids=["a complaint", "a failure"],
)
def test_two_looks_that_find_the_same_at_once_say_it_once(say: Callable[[DeedTeller], object]) -> None:
    heard = Overheard(meanwhile=say)
    say(heard.teller)
    assert heard.lines == ["the disk is full"]


def test_a_clock_that_is_in_doubt_is_said_once_and_not_once_a_minute() -> None:
    heard = Overheard()
    leapt, sure = datetime(2030, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for minutes in range(3):
        heard.teller.say_fails("prepare", doubt(leapt + timedelta(minutes=minutes), sure) or "")
    assert [line.partition(", but")[0] for line in heard.lines] == ["this machine's clock says 2030-01-01 00:00 UTC"]


def test_that_the_store_is_gone_is_said_once_by_all_deeds_together_and_when_it_is_there_again() -> None:
    heard = Overheard(meanwhile=lambda teller: teller.store_is_gone())
    heard.why_gone = GONE
    heard.teller.say_fails("poll", GONE)
    heard.teller.complain_of("unsubscribes", (f"unsubscribe: {GONE}", "the mailbox can't be read"))
    assert heard.teller.store_is_gone()
    assert heard.lines == [GONE, "the mailbox can't be read"]
    heard.why_gone = None
    assert not heard.teller.store_is_gone()
    heard.why_gone = GONE
    heard.teller.say_fails("poll", GONE)
    assert heard.lines[2:] == ["store: its file is there again", GONE]


def test_after_the_config_was_read_again_what_is_wrong_is_said_again() -> None:
    heard = Overheard()
    heard.why_gone = GONE
    for _ in range(2):
        heard.teller.say_fails("bounces", "the mailbox can't be read")
        heard.teller.store_is_gone()
        heard.teller.forget()
    assert heard.lines == ["the mailbox can't be read", GONE] * 2


def test_what_a_round_leaves_is_complained_of_and_stands_in_no_news_besides() -> None:
    heard, paused = Overheard(), "weekly/2026-11-23 is paused, the relay refuses us"
    for accepted in (2, 1):
        heard.teller.say_deliveries(DeliverResult(accepted=accepted, pauses=(paused,), trouble="no relay"), 0.0)
    assert heard.lines == ["deliver: 2 accepted", "deliver: the rest waits: no relay", paused, "deliver: 1 accepted"]
