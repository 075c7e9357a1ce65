"""Who follows what is published, as a config wants it counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.upkeep.readership import LogsRead, Readership
    from solacefeed.readership.counting import Fetch


def read_logs(base: Base, store: Store, paths: Sequence[Path], step: Callable[[int], None]) -> LogsRead:
    """Counts what these logs say; ``-`` is standard input."""
    from solacefeed.access_logs import lines
    from solacefeed.deeds.upkeep.readership import ServedAt, read_logs

    address = parsed(base.config.site.base_url)
    served_at = ServedAt(host=address.host, prefix=address.path.rstrip("/"))
    return read_logs(store, map(lines, paths), base.clock(), served_at, step)


def told(base: Base, store: Store, days: int) -> Readership:
    from solacefeed.deeds.upkeep.readership import told

    return told(store, base.clock(), days)


def counted(base: Base, store: Store) -> Callable[[Collection[Fetch]], None]:
    """What writes down who fetched from our own server."""

    def write(fetches: Collection[Fetch]) -> None:
        from solacefeed.deeds.upkeep.readership import count

        count(store, fetches, base.clock())

    return write
