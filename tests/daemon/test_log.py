"""What the daemon says: one event a line, in words, as pairs or as JSON, and about nobody."""

from __future__ import annotations

import io
import json
import logging
import os
import shlex
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from solacefeed import tokens
from solacefeed.logs import Format, Level, Log, is_journal, records_taken
from tests.daemon.conftest import PATIENCE, Daemon
from tests.daemon.test_daemon import listening
from tests.support import warm
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

AT = datetime(2026, 11, 23, 8, 0, 0, 250_000, tzinfo=UTC)
TOKEN = tokens.sign("unsubscribe", "weekly:1", ("secret",))


class Heard:
    """A log that a test reads."""

    def __init__(self, form: Format, level: Level = "info", *, dated: bool = True, urged: bool = False) -> None:
        self._err, self._said = io.StringIO(), io.StringIO()
        self.log = Log(form, level, say=self._said.write, err=self._err, clock=lambda: AT, dated=dated, urged=urged)

    @property
    def said(self) -> str:
        return self._said.getvalue()

    @property
    def err(self) -> str:
        return self._err.getvalue()


def test_an_event_is_a_line_of_pairs_with_its_time() -> None:
    heard = Heard("logfmt")
    heard.log.news("poll", "poll: 1 new", new=1, seconds=0.4, editions=["weekly/2026-11-23", "daily/2026-11-23"])
    assert heard.err == (
        "time=2026-11-23T08:00:00.250Z level=info event=poll new=1 seconds=0.4 "
        'editions=weekly/2026-11-23,daily/2026-11-23 msg="poll: 1 new"\n'
    )


def test_an_event_is_an_object_with_its_time() -> None:
    heard = Heard("json")
    heard.log.trouble("deliver", 'the relay said "no"', deferred=3)
    assert json.loads(heard.err) == {
        "time": "2026-11-23T08:00:00.250Z",
        "level": "warning",
        "event": "deliver",
        "deferred": 3,
        "msg": 'the relay said "no"',
    }
    assert heard.err.count("\n") == 1


def test_in_words_what_is_news_is_said_and_what_is_amiss_complained_of() -> None:
    heard = Heard("plain", dated=False)
    heard.log.news("poll", "poll: 1 new")
    heard.log.trouble("poll", "the blog is away")
    assert (heard.said, heard.err) == ("poll: 1 new\n", "solacefeed: the blog is away\n")


def test_in_words_the_time_stands_before_where_nobody_else_adds_it() -> None:
    heard = Heard("plain")
    heard.log.news("poll", "poll: 1 new")
    assert heard.said == "2026-11-23T08:00:00.250Z poll: 1 new\n"


def test_a_journal_is_told_how_urgent_a_line_is() -> None:
    heard = Heard("logfmt", dated=False, urged=True)
    heard.log.news("poll", "well")
    heard.log.trouble("poll", "amiss")
    assert heard.err == "<6>level=info event=poll msg=well\n<4>level=warning event=poll msg=amiss\n"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("error", ["failed"]),
        ("warning", ["failed", "amiss"]),
        ("info", ["failed", "amiss", "well"]),
        ("debug", ["failed", "amiss", "well", "noted"]),
    ],
)
def test_what_is_below_the_level_is_not_told(level: Level, told: list[str]) -> None:
    heard = Heard("json", level)
    with records_taken(heard.log, level):
        heard.log.failure("poll", "failed", ValueError())
        heard.log.trouble("poll", "amiss")
        heard.log.news("poll", "well")
        logging.getLogger("solacefeed.files").info("noted")
    assert [json.loads(line)["msg"] for line in heard.err.splitlines()] == told


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_bug_with_its_traceback_is_one_event(form: Format) -> None:
    heard = Heard(form)
    try:
        raise ValueError("broken\nin two lines")
    except ValueError as error:
        heard.log.failure("poll", "a look failed", error)
    assert heard.err.count("\n") == 1
    assert "Traceback (most recent call last)" in heard.err
    assert "ValueError: broken" in heard.err


@pytest.mark.parametrize("form", ["plain", "logfmt", "json"])
def test_no_address_and_no_token_stands_in_a_line_whoever_says_it(form: Format) -> None:
    heard = Heard(form)
    with records_taken(heard.log, "info"):
        heard.log.news(
            "deliver", f"ann@example.org, https://news.example.org/unsubscribe/{TOKEN}", who="ann@example.org"
        )
        heard.log.trouble("deliver", "550 <ann@example.org>", also=["bob@example.org", TOKEN])
        try:
            raise RuntimeError(f"ann@example.org {TOKEN}")
        except RuntimeError as error:
            heard.log.failure("deliver", "a look failed", error)
            logging.getLogger("uvicorn.error").exception("GET /my/%s.atom by %s", TOKEN, "ann@example.org")
    everything = heard.said + heard.err
    assert "Traceback" in everything
    assert "@example.org" not in everything
    assert TOKEN not in everything
    assert TOKEN.partition(".")[2] not in everything


def test_a_reader_whom_the_store_knows_is_told_of_by_their_number() -> None:
    heard = Heard("logfmt")
    heard.log.naming = {"ann@example.org": "subscriber 17"}.get
    heard.log.news("deliver", "ann@example.org left")
    assert 'msg="subscriber 17 left"' in heard.err


@pytest.mark.parametrize("form", ["plain", "logfmt", "json"])
def test_nor_as_anything_else_than_words_nor_as_others_write_it(form: Format) -> None:
    heard = Heard(form)
    payload, _, seal = TOKEN.partition(".")
    addresses = ("ann%40example.org", "ann=40example.org", "ann&#64;example.org", '"ann smith"@example.org')
    links = (f"{payload}%2E{seal}", f"{payload}=2E{seal}", f"{payload}.{seal[:20]}=\n{seal[20:]}", f"{TOKEN}-")
    for each in (*addresses, *links):
        heard.log.trouble("deliver", f"550 see https://relay.example.net/why?id={each}")
    for value in (
        {"to": "ann@example.org", "ann@example.org": 1},
        {"ann@example.org"},
        ValueError(TOKEN),
        b"ann@x.org",
    ):
        heard.log.news("deliver", "left", value=value, many=[value])
    everything = heard.said + heard.err
    assert "ann" not in everything
    assert "example.org" not in everything
    assert seal[:20] not in everything


@pytest.mark.parametrize("form", ["plain", "logfmt", "json"])
def test_what_a_terminal_would_obey_stands_there_as_its_number(form: Format) -> None:
    heard = Heard(form)
    heard.log.news("poll", "a \x1b[31mred\u2028 post\nlevel=error \U000e0041")
    heard.log.trouble("poll", "a \x1b[31mred\u2028 post\nlevel=error \U000e0041")
    lines = heard.said + heard.err
    assert lines.count("\n") == 2
    assert all(line.isprintable() for line in lines.splitlines())


def test_of_a_traceback_in_words_each_line_is_one() -> None:
    heard = Heard("plain", dated=False)
    try:
        raise ValueError("a \x1b[31mred one")
    except ValueError as error:
        heard.log.failure("poll", "a look\nfailed", error)
    lines = heard.err.splitlines()
    assert lines[:2] == ["a look\\nfailed", "Traceback (most recent call last):"]
    assert lines[-1] == "ValueError: a \\u001b[31mred one"


def test_pairs_are_read_back_as_they_were_meant() -> None:
    heard = Heard("logfmt")
    heard.log.news("poll", 'says "no" level=error', path="a b", none=None, yes=True, empty="")
    assert shlex.split(heard.err) == [
        "time=2026-11-23T08:00:00.250Z", "level=info", "event=poll",
        "path=a b", "none=null", "yes=true", "empty=", 'msg=says "no" level=error',
    ]  # fmt: skip


def test_the_journal_is_told_by_device_and_inode_and_nothing_else_is_one() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w") as stream:
        found = os.fstat(writing)
        assert is_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        assert not is_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
        assert not is_journal(stream, {})
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:1"})


class Deaf(io.StringIO):
    """Who has read it has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_what_nobody_reads_any_more_ends_nothing() -> None:
    log = Log("logfmt", "info", say=lambda _: None, err=Deaf(), clock=lambda: AT)
    log.news("poll", "poll: 1 new")
    log.failure("poll", "a look failed", ValueError())


def test_who_reads_it_no_more_and_has_not_gone_holds_nothing_up_and_is_told_what_is_lost() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "w") as stream:
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writing, b"x" * 4096)
        os.set_blocking(writing, True)
        log = Log("plain", "info", say=stream.write, err=stream, out=stream)
        for _ in range(3):
            log.trouble("poll", "the blog is away")
        log.news("poll", "poll: 1 new")
        os.set_blocking(reading, False)
        while reader.read1(1 << 20):
            pass
        os.set_blocking(reading, True)
        log.trouble("poll", "y" * 10_000)
        stream.close()
        told = reader.read().decode().splitlines()
    assert told[-1] == f"solacefeed: {'y' * 10_000}"
    assert "solacefeed: 3 lines of this log are lost, since nobody read them" in told


def test_each_line_of_a_daemon_is_an_event_with_what_it_counted(begin: Begin, daemon: Start) -> None:
    site = begin(log="json")
    one = daemon(site, environ={"JOURNAL_STREAM": ""})
    one.until('"event": "deliver", .*\n')
    assert one.end() == 0
    events = [json.loads(line) for line in one.said.splitlines()]
    assert all({"time", "level", "event", "msg"} <= event.keys() for event in events)
    # Of each kind the first: a poll may have been broken off by the end.
    told = {event["event"]: event for event in reversed(events)}
    assert told["poll"]["new"] == 1
    assert told["prepare"]["edition"].startswith("weekly/")
    assert told["deliver"]["accepted"] == 3
    assert told["deliver"]["seconds"] >= 0
    assert events[-1]["msg"] == "daemon: ended"


def test_the_pages_alone_write_the_same_log(begin: Begin, daemon: Start) -> None:
    web = daemon(begin(log="logfmt"), "web")
    web.until('^level=info event=web msg="web: serves http://')
    assert web.end() == 0
    assert web.said.endswith('level=info event=web msg="web: ending"\nlevel=info event=web msg="web: ended"\n')


def test_a_daemon_whose_log_nobody_reads_works_and_ends(begin: Begin) -> None:
    site = begin()
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w"):
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writing, b"x" * 4096)
        os.set_blocking(writing, True)
        command = warm.Command(["daemon"], site.folder, {}, out=writing, err=writing)
        host, _, port = listening(site).rpartition(":")
        while command.runs:
            with suppress(OSError), socket.create_connection((host, int(port)), timeout=PATIENCE):
                break
        command.send(signal.SIGTERM)
        assert command.wait() == 0
