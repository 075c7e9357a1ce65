"""What a reader chose, in words: the part of a mail's foot that is each copy's own."""

from __future__ import annotations

from collections.abc import Mapping

from solacefeed.models.posts import CategoryId
from solacefeed.words import listing

EVERY_CATEGORY = "every category"
#: More categories than these are counted, not named.
NAMED = 8


def choice_words(wanted: frozenset[CategoryId] | None, labels: Mapping[CategoryId, str], language: str) -> str:
    """``Housing and Education``, in the order of *labels*; ``every category`` for ``None``.

    Empty for a choice of categories that are all gone, or hidden.
    """
    if wanted is None:
        return EVERY_CATEGORY
    names = [labels[category] for category in labels if category in wanted]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return listing(names, language)
