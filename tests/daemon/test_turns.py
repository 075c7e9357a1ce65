"""What a worker says of its turns: what is wrong is told once, however many turns others have in between."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager
from types import TracebackType

import pytest

from solacefeed.app import App
from solacefeed.daemon.queue import JobQueue
from solacefeed.daemon.turns import Turns
from solacefeed.errors import StoreError
from solacefeed.store.database import Store
from tests.daemon.test_log import Heard

WORDS = ("the first edition's trouble", "the second edition's trouble", "the letters' trouble")


class InVain(AbstractContextManager[tuple[App, Store] | None]):
    """Each turn has its own trouble before it begins."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __enter__(self) -> tuple[App, Store] | None:
        raise StoreError(self._words)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It was never begun."""


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_what_is_wrong_is_told_once_of_each_edition_whoever_has_a_turn_in_between(store: Store) -> None:
    heard, words = Heard("plain"), itertools.cycle(WORDS)
    turns = Turns(lambda: InVain(next(words)), JobQueue(store), heard.log, stop=lambda: False, hurries=lambda: False)
    for _ in range(3):
        turns.edition("weekly/2026-11-23")
        turns.edition("daily/2026-11-23")
        turns.outbox()
    assert [heard.err.count(each) for each in WORDS] == [1, 1, 1]
