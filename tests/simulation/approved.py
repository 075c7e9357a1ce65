"""What an editor has approved of an edition, by the words of docs/digests.md: it goes, and nothing that came after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulation.facts import Shown

#: What is told of a post in a mail: what is read of it, and under which words it stands.
Reads = tuple[str, str | None, str, tuple[str, ...], tuple[str | None, ...]]


@dataclass(slots=True)
class Approved:
    """What stood in an edition's draft when it was approved."""

    #: How each post read that it might have brought then.
    posts: Mapping[int, Reads]
    #: Those of them that no edition had brought before.
    own: frozenset[int]
    #: How each post was called, and whether it was public: of what has changed since no reader is told.
    titles: Mapping[int, tuple[str, bool]]
    #: Another editor has changed it since.
    edited: bool = False


def reads(shown: Shown, names: Mapping[str, str]) -> Reads:
    """*names* are those of the categories by which readers see them."""
    filed = tuple(sorted(shown.categories))
    return shown.title, shown.text, shown.url, filed, tuple(names.get(slug) for slug in filed)
