"""Names that a store holds, as this release knows them: what a newer one has written is refused, and not guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

from solacefeed.errors import StoreError

E = TypeVar("E", bound=Enum)


def as_known(kind: type[E], value: str | int) -> E:
    """*value* as this release knows it; raises ``StoreError`` for one that a newer release has written."""
    try:
        return kind(value)
    except ValueError:
        raise _from_a_newer_release(f"{_words(kind.__name__)} {value!r}") from None


def only_known(names: Iterable[str], kind: type[Any]) -> None:
    """Raises ``StoreError`` where one of *names* is none of the dataclass *kind*: a newer release has written it."""
    strange = set(names) - kind.__dataclass_fields__.keys()
    if strange:
        raise _from_a_newer_release(f"{_words(kind.__name__)} with {', '.join(sorted(strange))}")


def _from_a_newer_release(what: str) -> StoreError:
    return StoreError(f"the store holds the {what}, which this release does not know: install the newer one again")


def _words(name: str) -> str:
    """``edition state`` for ``EditionState``."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
