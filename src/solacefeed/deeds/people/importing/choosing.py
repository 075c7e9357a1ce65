"""Which categories a list's words mean: slugs, names, or what readers see instead of these."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.models.digests import CategoryNames
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId
from solacefeed.store import categories

#: Words that are told of those that mean no category.
_MOST_UNKNOWN = 1000

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(kw_only=True)
class CategoryWords:
    """What the words of a list's column mean; it counts those that mean nothing."""

    #: By slug, former slug, name and label, folded.
    ids: Mapping[str, CategoryId]
    #: What those get of whom the list says nothing; ``None`` for everything.
    otherwise: tuple[CategoryId, ...] | None
    #: Whether that is somebody's word, so that it also serves where the list's column is empty.
    is_said: bool
    unknown: Counter[str] = field(default_factory=Counter)
    _read: dict[str, tuple[tuple[CategoryId, ...], tuple[str, ...]]] = field(default_factory=dict)

    def chosen(self, text: str | None) -> tuple[CategoryId, ...] | str | None:
        """The ids that a cell means, ``None`` for everything; or why it means none."""
        if text is None or (not text and self.is_said):
            return self.otherwise
        if text == EVERY:
            return None
        if not text:
            return "it names no category; --categories says what those get"
        known, unknown = self._meant(text)
        for word in unknown:
            if word in self.unknown or len(self.unknown) < _MOST_UNKNOWN:
                self.unknown[word] += 1
        return known or f"none of what it names is a category: {', '.join(unknown)[:200]}"

    def _meant(self, text: str) -> tuple[tuple[CategoryId, ...], tuple[str, ...]]:
        """The ids, and the words that are no category."""
        if text not in self._read:
            if len(self._read) >= _MOST_UNKNOWN:
                self._read.clear()
            said = {word: self.ids.get(folded(word)) for word in self._words(text)}
            known = tuple(sorted({each for each in said.values() if each is not None}))
            self._read[text] = known, tuple(word for word, each in said.items() if each is None)
        return self._read[text]

    def _words(self, text: str) -> Iterable[str]:
        """A list in JSON, in quotes (as Mailchimp's tags stand) or between commas; a name that has one is whole."""
        if folded(text) in self.ids:
            return (text,)
        if text.startswith("["):
            try:
                return [str(each) for each in json.loads(text)]
            except ValueError:
                pass
        quoted = _QUOTED.findall(text)
        return quoted or filter(None, (word.strip() for word in re.split(r"[,;|]", text)))


def words_of(
    connection: sa.Connection, names: CategoryNames, *, followed: tuple[str, ...], slugs: tuple[str, ...] | None
) -> CategoryWords:
    """The words by which the blog's categories are known, and the tags that may be *followed*; *slugs* are known."""
    known = known_slugs(connection, followed)
    called = {
        folded(word): each.id for each in categories.everything(connection) for word in (each.name, names.label(each))
    }
    former = {folded(old): known.ids[now] for old, now in known.renamed.items()}
    ids = called | former | {folded(slug): each for slug, each in known.ids.items()}
    otherwise = None if slugs is None else known.ids_of(slugs)
    return CategoryWords(ids=ids, otherwise=otherwise, is_said=slugs is not None)


def folded(word: str) -> str:
    """As words of lists are compared."""
    return " ".join(word.casefold().split())
