"""What was made once and may be wanted again, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Keeps what was used last, as long as all of it is no more than *most_bytes* by *size*; the newest always."""

    def __init__(self, most_bytes: int, size: Callable[[V], int]) -> None:
        self._most = most_bytes
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._bytes = 0

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def get(self, key: K, make: Callable[[], V]) -> V:
        """What is kept under *key*; else what *make* makes, which is kept from now on."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = make()
        self.put(key, made)
        return made

    def put(self, key: K, made: V) -> None:
        """Keeps *made* from now on, whatever was kept under *key*."""
        if key in self._kept:
            self._bytes -= self._size(self._kept.pop(key))
        self._kept[key] = made
        self._bytes += self._size(made)
        self._forget()

    def _forget(self) -> None:
        """Lets go what was not used for longest."""
        while self._bytes > self._most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= self._size(gone)
