"""What runs for good says what happens: one event a line, in words, as key=value pairs or as JSON, and about nobody.

Its law: no address and no token stands in a line, whoever said it; of a library's records, tracebacks too. What is said
never changes what is done: nobody need listen.

    plain    poll: 1 new, 0 changed, 0 gone
    logfmt   time=2026-11-23T08:00:00.000Z level=info event=poll new=1 changed=0 seconds=0.4 msg="poll: 1 new, ..."
    json     {"time": "2026-11-23T08:00:00.000Z", "level": "info", "event": "poll", "new": 1, ...}

A journal adds the time by itself. Whether one listens is told by ``JOURNAL_STREAM``, which names the device and the
inode of what it reads; there a line begins with its level (``sd-daemon(3)``), which the journal takes off.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from solacefeed.log_stream import LogStream
from solacefeed.ports import Clock
from solacefeed.traces import nameless
from solacefeed.words import counted

Format = Literal["auto", "plain", "logfmt", "json"]
Level = Literal["error", "warning", "info", "debug"]

#: What is told at a level, with what is told at those before it; and how urgent it is to a journal.
_LEVELS: Final[Mapping[str, int]] = {"error": 3, "warning": 4, "info": 6, "debug": 7}
#: Of our own modules: what they note is the small steps of what is told besides.
_NOTED: Final[Mapping[Level, int]] = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.WARNING,
    "debug": logging.INFO,
}
#: What ``tokens`` signs ends in 32 octets, in base64; its dot as URLs, HTML, JSON and quoted-printable write it, whose
#: lines may end anywhere in it.
_TOKEN = re.compile(
    r"[\w-]{2,400}(?:=\r?\n)?(?:\.|%(?:25)?2[Ee]|=2[Ee]|&period;|&\#(?:0*46|[xX]0*2[Ee]);?|\\+u002[Ee])"
    r"(?:(?:=\r?\n)?[A-Za-z0-9_-]){43,}"
)
_HIDDEN = "(a token)"
_PLAIN_VALUE = re.compile(r"[^\s\"=\\]+")


class Log:
    """Where events are told; of what is below *level* nothing is.

    *form* is the one that is written, never ``auto`` (``fitting``). *say* writes what is news in plain words, on *out*
    where that may be read no more; all else goes to *err*. With *dated* a line begins with its time, and with *urged*
    with how urgent it is.
    """

    def __init__(
        self,
        form: Format,
        level: Level,
        *,
        say: Callable[[str], object],
        err: TextIO,
        out: TextIO | None = None,
        clock: Clock = lambda: datetime.now(UTC),
        dated: bool = False,
        urged: bool = False,
    ) -> None:
        self._form = form
        self._level = _LEVELS[level]
        self._say = say
        self._err = LogStream(err)
        self._out = LogStream(out) if out is not None else None
        # Threads speak at once, each line in one piece.
        self._speaking = threading.RLock()
        self._clock = clock
        self._dated = dated
        self._urged = urged
        #: What is said in the place of an address, such as ``subscriber 17``; ``None`` where nobody knows it.
        self.naming: Callable[[str], str | None] = lambda _: None

    def news(self, event: str, words: str, **fields: object) -> None:
        """Something happened, as it should."""
        self._tell("info", event, words, fields)

    def trouble(self, event: str, words: str, **fields: object) -> None:
        """Something is to be looked at."""
        self._tell("warning", event, words, fields)

    def failure(self, event: str, words: str, error: BaseException, **fields: object) -> None:
        """A bug: its traceback is part of the event."""
        self._tell("error", event, words, fields, "".join(traceback.format_exception(error)).rstrip())

    def record(self, record: logging.LogRecord) -> None:
        """What a module or a library has noted."""
        level = next((name for name, least in _RECORDED if record.levelno >= least), "debug")
        words = record.getMessage()
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip() if record.exc_info else None
        self._tell(level, "noted", words, {"logger": record.name}, trace)

    def _tell(self, level: str, event: str, words: str, fields: Mapping[str, object], trace: str | None = None) -> None:
        if _LEVELS[level] > self._level:
            return
        if self._form == "plain":
            self._tell_plainly(level, words, str(fields.get("logger", "")), trace)
            return
        told: dict[str, object] = {"level": level, "event": event, **fields, "msg": words}
        if trace:
            told["traceback"] = trace
        if self._dated:
            told = {"time": self._now(), **told}
        line = _in_json if self._form == "json" else _in_pairs
        self._write(level, line({name: self._fit(value) for name, value in told.items()}))

    def _tell_plainly(self, level: str, words: str, logger: str, trace: str | None) -> None:
        time = f"{self._now()} " if self._dated else ""
        if level == "info":
            with self._speaking:
                if self._out is None or self._is_taken(self._out):
                    self._say(f"{time}{_visible(str(self._fit(words)))}\n")
            return
        line = f"{logger}: {words}" if level == "debug" else words if trace else f"solacefeed: {words}"
        # A traceback alone has several lines.
        lines = [_visible(str(self._fit(line))), *map(_visible, str(self._fit(trace or "")).split("\n"))]
        self._write(level, time + "\n".join(lines if trace else lines[:1]))

    def _write(self, level: str, line: str) -> None:
        urgency = f"<{_LEVELS[level]}>" if self._urged else ""
        # Nobody need listen.
        with self._speaking, suppress(OSError, ValueError):
            if self._is_taken(self._err):
                self._err.write(f"{urgency}{line}\n")

    def _is_taken(self, stream: LogStream) -> bool:
        """Whether *stream* takes a line; how many it did not take is told before it."""
        if not stream.takes():
            return False
        lost, stream.lost = stream.lost, 0
        if lost:
            words = f"{counted(lost, 'line of this log is', 'lines of this log are')} lost, since nobody read them"
            self._tell("warning", "log", words, {"lost": lost})
        return True

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _fit(self, value: object) -> object:
        """*value* without addresses and tokens."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {str(self._fit(str(name))): self._fit(each) for name, each in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._fit(each) for each in value]
        return _TOKEN.sub(_HIDDEN, nameless(str(value), self.naming))


#: How urgent a record is, by what it is at least.
_RECORDED = (("error", logging.ERROR), ("warning", logging.WARNING))


def _in_json(told: Mapping[str, Any]) -> str:
    return _visible(json.dumps(told, ensure_ascii=False, default=str))


def _in_pairs(told: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_in_pair(value)}" for name, value in told.items())


def _in_pair(value: object) -> str:
    text = (
        ",".join(map(str, value)) if isinstance(value, list) else json.dumps(value) if _is_plain(value) else str(value)
    )
    return (
        text if _PLAIN_VALUE.fullmatch(text) and text.isprintable() else _visible(json.dumps(text, ensure_ascii=False))
    )


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _visible(line: str) -> str:
    """What a terminal would obey stands there as its number."""
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


class _Records(logging.Handler):
    """Tells what is logged as events of a ``Log``."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._log.record(record)
        except Exception as error:
            self._log.failure("noted", f"what {record.name} noted can't be told: {type(error).__name__}", error)


@contextmanager
def records_taken(log: Log, level: Level, *, small_steps: bool = False) -> Iterator[None]:
    """While the context lasts, whatever is logged in this process is told by *log*, and nowhere else.

    What libraries warn of an operator can do nothing about: it is told with *level* ``debug``, and what they call an
    error always. *small_steps* tells those of our own modules too.
    """
    root, ours = logging.getLogger(), logging.getLogger("solacefeed")
    before, level_before = root.handlers[:], ours.level
    taking = _Records(log)
    if level != "debug":
        taking.addFilter(lambda record: record.name.startswith("solacefeed") or record.levelno >= logging.ERROR)
    root.handlers[:] = [taking]
    ours.setLevel(logging.DEBUG if small_steps else _NOTED[level])
    try:
        yield
    finally:
        root.handlers[:] = before
        ours.setLevel(level_before)


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether *stream* is read by systemd's journal (``systemd.exec(5)``, ``JOURNAL_STREAM``)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def fitting(form: Format, level: Level, *, say: Callable[[str], object], environ: Mapping[str, str]) -> Log:
    """A log for this process's own streams: *form* ``auto`` is plain at a terminal, and key=value elsewhere."""
    at_terminal, in_journal = sys.stderr.isatty(), is_journal(sys.stderr, environ)
    return Log(
        ("plain" if at_terminal else "logfmt") if form == "auto" else form,
        level,
        say=say,
        err=sys.stderr,
        out=sys.stdout,
        dated=not (at_terminal or in_journal),
        urged=in_journal,
    )
