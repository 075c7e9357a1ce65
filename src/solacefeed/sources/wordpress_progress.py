"""How far a way through all posts has come, for a poll that does not reach its end: the next one goes on there.

A blog is gone through by ascending number, so one number says what was read: all up to it. Where that stands by now is
looked up anew (``wordpress_paging.rows_up_to``), since posts may have gone or come before it.

    the first crawl      whole posts; when several polls made it, a sweep proves it before it counts as complete
    what was modified    the stamps of those that were modified since an instant, which stays the same on the way
    a sweep              all stamps

What a list of stamps shows to be new or changed is owed until it was fetched. What it lacks is but noted: whether that
is gone is asked when the whole blog was listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

CRAWL: Final = "crawl"
MODIFIED: Final = "modified"
SWEEP: Final = "sweep"
#: So many posts are owed or noted as lacking at most; of more, the first ones are.
MOST_OWED: Final = 1_000


@dataclass(slots=True, kw_only=True)
class Progress:
    """One way; up to *last_id* all was read."""

    #: When its first poll began: a change that came later may have been missed.
    begun: datetime
    #: What it was asked for first, where it is no way through all posts.
    since: str | None = None
    last_id: int = 0
    #: How many rows were read.
    taken: int = 0
    #: Where the last page of them began, and its size.
    page: tuple[int, int] = (0, 0)
    #: Numbers of posts to be fetched yet.
    owed: list[str] = field(default_factory=list)
    #: Numbers of known posts that were not listed where they should stand.
    absent: list[str] = field(default_factory=list)
    #: Its end was reached; what is owed may be left.
    over: bool = False
    #: The number up to which earlier polls have read; ``None`` where this poll has begun it.
    resumed_behind: int | None = None

    @classmethod
    def of(cls, written: str) -> Self:
        told = json.loads(written)
        return cls(
            begun=datetime.fromisoformat(told["begun"]),
            since=told["since"],
            last_id=told["last_id"],
            taken=told["taken"],
            page=(told["page"][0], told["page"][1]),
            owed=told["owed"].split(),
            absent=told["absent"].split(),
            over=told["over"],
            resumed_behind=told["last_id"],
        )

    @property
    def is_resumed(self) -> bool:
        return self.resumed_behind is not None

    def written(self) -> str:
        return json.dumps(
            {
                "begun": self.begun.isoformat(),
                "since": self.since,
                "last_id": self.last_id,
                "taken": self.taken,
                "page": self.page,
                "owed": " ".join(self.owed),
                "absent": " ".join(self.absent[:MOST_OWED]),
                "over": self.over,
            }
        )

    def fetched_up_to(self, number: int) -> None:
        """What is owed is fetched by ascending number."""
        self.owed = [each for each in self.owed if int(each) > number]


class Ways:
    """Those that are under way, by what earlier polls remembered of them."""

    def __init__(self, memory: Mapping[str, str], now: datetime) -> None:
        self._now = now
        self._under_way = {
            name: Progress.of(memory[name]) for name in (CRAWL, MODIFIED, SWEEP) if memory.get(name) is not None
        }
        modified = self._under_way.get(MODIFIED)
        if modified and modified.over and not modified.owed:
            # All of it was done; the poll failed later.
            self.end(MODIFIED)

    def is_under_way(self, name: str) -> bool:
        return name in self._under_way

    def begin(self, name: str, *, since: str | None = None) -> Progress:
        """The way of that *name*: goes on with it where it is under way."""
        return self._under_way.setdefault(name, Progress(begun=self._now, since=since))

    def end(self, name: str) -> None:
        self._under_way.pop(name, None)

    @property
    def begun(self) -> datetime:
        """Since when something may have been missed that is still under way."""
        return min((self._now, *(way.begun for way in self._under_way.values())))

    def written(self) -> dict[str, str]:
        """To be remembered."""
        return {name: way.written() for name, way in self._under_way.items()}
