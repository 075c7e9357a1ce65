"""What a reader chose, in words: the part of a mail's foot that is each copy's own."""

from __future__ import annotations

from collections.abc import Mapping

from solacefeed.catalogue import N_, gettext, ngettext
from solacefeed.models.digests import CadenceKind
from solacefeed.models.posts import CategoryId
from solacefeed.words import listing

#: More categories than these are counted, not named.
NAMED = 8


def choice_words(wanted: frozenset[CategoryId] | None, labels: Mapping[CategoryId, str], language: str) -> str:
    """``Housing and Education``, in the order of *labels*; ``every category`` for ``None``.

    A category that is gone, or hidden, is not named.
    """
    if wanted is None:
        return gettext("every category", language)
    names = [labels[category] for category in labels if category in wanted]
    if len(names) > NAMED:
        others = ngettext("%(number)s other", "%(number)s others", len(names) - NAMED + 1, language)
        names = [*names[: NAMED - 1], others]
    return listing(names, language) or gettext("categories that are gone", language)


_CADENCES = {
    CadenceKind.AT_ONCE: N_("as soon as something appears"),
    CadenceKind.DAILY: N_("every day"),
    CadenceKind.WEEKLY: N_("every week"),
    CadenceKind.MONTHLY: N_("every month"),
}


def cadence_words(kind: CadenceKind, language: str) -> str:
    """``every week``"""
    return gettext(_CADENCES[kind], language)
