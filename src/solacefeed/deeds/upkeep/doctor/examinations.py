"""Examinations of what a site stands on: each by itself, within its time, all at once.

The laws: an examination changes nothing. One that raises is a finding of its own, and stops no other; one that takes
too long is left where it is. What nobody has answered is ``unknown``: neither well nor wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from time import monotonic

from solacefeed.errors import SolacefeedError, in_a_line, is_a_bug

_log = logging.getLogger(__name__)


class FindingLevel(StrEnum):
    OK = "ok"
    #: Works, and may not be what was meant, or will not work for ever.
    NOTE = "note"
    #: To be mended: mail does not arrive, readers see nothing, or data is lost.
    TROUBLE = "trouble"
    #: Nobody has answered.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFinding:
    """One thing that an examination has found."""

    level: FindingLevel
    words: str
    #: What to do; ``None`` where that is nothing.
    to_do: str | None = None


def ok(words: str) -> SiteFinding:
    return SiteFinding(level=FindingLevel.OK, words=words)


def note(words: str, to_do: str | None = None) -> SiteFinding:
    return SiteFinding(level=FindingLevel.NOTE, words=words, to_do=to_do)


def trouble(words: str, to_do: str) -> SiteFinding:
    return SiteFinding(level=FindingLevel.TROUBLE, words=words, to_do=to_do)


def unknown(words: str, to_do: str | None = None) -> SiteFinding:
    return SiteFinding(level=FindingLevel.UNKNOWN, words=words, to_do=to_do)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One thing to look at."""

    #: Programs may go by it: ``spf``.
    name: str
    #: What it belongs to, as the sheet has it: ``dns``.
    part: str
    #: What it tells.
    promise: str
    examine: Callable[[], Iterable[SiteFinding]]
    #: How long it may take, in seconds.
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationResult:
    """What one examination has found."""

    name: str
    part: str
    promise: str
    findings: tuple[SiteFinding, ...]


def examine_all(examinations: Sequence[Examination]) -> Iterator[ExaminationResult]:
    """What each of *examinations* finds, in their order; all are begun at once, for most of their time they wait."""
    begun = [_Running(each) for each in examinations]
    return (each.result() for each in begun)


class _Running:
    """One examination in a thread of its own, which dies with the process where it never ends."""

    def __init__(self, examination: Examination) -> None:
        self._examination = examination
        self._findings: tuple[SiteFinding, ...] | None = None
        self._ends = monotonic() + examination.seconds
        self._thread = Thread(target=self._examine, name=f"doctor {examination.name}", daemon=True)
        self._thread.start()

    def _examine(self) -> None:
        findings: list[SiteFinding] = []
        try:
            # What was found before it failed is told too.
            findings.extend(self._examination.examine())
        except Exception as error:
            findings.append(_failed(self._examination, error))
        self._findings = tuple(findings)

    def result(self) -> ExaminationResult:
        self._thread.join(max(self._ends - monotonic(), 0))
        seen, asked = self._findings, self._examination
        late = unknown(f"{asked.promise}: no answer within {asked.seconds:g} s", "ask again, or look at it by hand")
        return ExaminationResult(
            name=asked.name, part=asked.part, promise=asked.promise, findings=(late,) if seen is None else seen
        )


def _failed(examination: Examination, error: Exception) -> SiteFinding:
    if isinstance(error, SolacefeedError):
        return unknown(str(error))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return unknown(f"{examination.promise}: could not be looked at: {where}{error.strerror or error}")
    _log.info("%s did not work", examination.name, exc_info=is_a_bug(error))
    return unknown(
        f"{examination.promise}: could not be looked at: {in_a_line(error)}",
        "the same with -v shows where; all else went on",
    )
