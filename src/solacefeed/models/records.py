"""What deeds have done, written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

#: By what name a record says what of the config forbids a deed.
PROBLEMS = "problems"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One execution of a deed, written down."""

    id: int
    deed: str
    started_at: datetime
    ended_at: datetime | None
    #: ``None`` while it runs, or when it was killed.
    ok: bool | None
    #: The deed's countable line, or its error.
    summary: str
    counts: dict[str, int] = field(default_factory=dict)
    #: What its result says in words, by the field's name, as ``trouble``; of what did not work ``PROBLEMS`` alone.
    said: dict[str, str] = field(default_factory=dict)
    #: How often in a row it failed in just this way: it began the first time and ended the last.
    times: int = 1
    #: Of a heartbeat, how many looks in a row found nothing to do; 0 of a record.
    looks: int = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What of the config forbids it, a line each; none where it did not work for anything else."""
        return tuple(self.said.get(PROBLEMS, "").splitlines())
