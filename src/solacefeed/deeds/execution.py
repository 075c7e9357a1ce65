"""How every deed is done: alone on its store, and written down from beginning to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar, Protocol, TypeVar

from solacefeed.errors import SolacefeedError
from solacefeed.ports import Clock
from solacefeed.store import facts, records
from solacefeed.store.database import Store
from solacefeed.store.locks import only_one


class Result(Protocol):
    """What a deed did: a dataclass of counts."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def line(self) -> str:
        """One countable line: ``poll: 3 new, 1 changed, 0 gone``."""
        ...


R = TypeVar("R", bound=Result)


def execute(store: Store, clock: Clock, deed: str, work: Callable[[], R], *, rehearsed: bool) -> R:
    """Does *work* as *deed*, and keeps its record.

    Raises ``Busy`` when another process does the deed now, ``StoreError`` when the store lives by the other clock, and
    whatever *work* raises.
    """
    with only_one(store, deed):
        with store.write() as connection:
            facts.settle_clock(connection, rehearsed=rehearsed)
            records.forget_old(connection, deed)
            number = records.begin(connection, deed, at=clock())
        try:
            result = work()
        except SolacefeedError as error:
            _finish(store, clock, number, ok=False, summary=str(error), counts={})
            raise
        _finish(store, clock, number, ok=True, summary=result.line(), counts=_counts(result))
        return result


def _counts(result: Result) -> dict[str, int]:
    return {name: value for name, value in asdict(result).items() if isinstance(value, int)}


def _finish(store: Store, clock: Clock, number: int, *, ok: bool, summary: str, counts: dict[str, int]) -> None:
    with store.write() as connection:
        records.finish(connection, number, at=clock(), ok=ok, summary=summary, counts=counts)
