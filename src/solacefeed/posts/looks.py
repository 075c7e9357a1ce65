"""What one look at a source has shown so far of which posts stand there; it lives as long as the look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: What tells one post of a source from another in one look: its number, or its guid and its address.
Told = tuple[str | None, ...]


@dataclass(slots=True, kw_only=True)
class Look:
    """What is known of a look by now: a batch is read by it, and adds to it once it is kept."""

    #: All numbers that stand on the blog, where its source has listed them.
    listed: frozenset[str] | None = None
    #: Those of them whose posts are as they were known.
    unchanged: set[str] = field(default_factory=set)
    #: Those that were told.
    numbers: set[str] = field(default_factory=set)
    #: By the id of each post that was met, what it was told as.
    taken: dict[str, Told] = field(default_factory=dict)
    #: Some post was met under another number than before: the blog was numbered anew.
    renumbered: bool = False
    #: All was told once: what could not be decided so far is decided now.
    is_final: bool = False

    def learn(self, *, numbers: Iterable[str], taken: Mapping[str, Told], renumbered: bool) -> None:
        """Adds what a batch has shown that was kept."""
        self.numbers.update(numbers)
        self.taken.update(taken)
        self.renumbered = self.renumbered or renumbered
