"""Years of one site, and what its store and its folders have grown to by the end of each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import metadata
from tests.simulation.cast import Cast, draw
from tests.simulation.laws import breaches
from tests.simulation.paging import put
from tests.simulation.world import World
from tests.simulation.worlds import soak_site

WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What there is at an instant."""

    #: By table; empty ones are left out.
    rows: dict[str, int]
    #: Bytes of the database once it is packed, of the folder of feeds, and files in it.
    database: int
    feeds: int
    files: int


def soaked(seed: int, years: int, page: Path | None = None) -> int:
    """Plays *years* of a site, prints what has grown, and returns 1 where a law was broken."""
    cast: Cast = soak_site(weeks=WEEKS * years)
    story = draw(seed, cast)
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        store = open_store(f"sqlite:///{path}/solacefeed.db")
        sizes: list[Size] = []
        world = World(story, store, path, every=timedelta(days=7))
        ends = [story.starts + (story.ends - story.starts) / years * number for number in range(1, years + 1)]

        def measure() -> None:
            sizes.append(_size(store, path))
            print(f"year {len(sizes)}, after {time.process_time() - before:.0f} s: {sizes[-1]}", flush=True)

        facts = world.play(at=dict.fromkeys(ends, measure))
        found = breaches(story, facts, store, world.why, world.blog.addresses)
        store.close()
    lines = list(_lines(sizes))
    print("\n".join(lines))
    if page:
        put(page, ".venv/bin/python -m tests.simulation 1 --soak", lines)
    print(f"\n{story.name}: {years} years, {time.process_time() - before:.0f} s; breaches: {len(found)}")
    print("\n".join(map(str, found[:20])))
    return 1 if found else 0


def _size(store: Store, folder: Path) -> Size:
    with store.read() as connection:
        counts = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
        pages, free = (
            connection.exec_driver_sql(f"PRAGMA {what}").scalar_one() for what in ("page_count", "freelist_count")
        )
        page = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    files = [each for each in (folder / "feeds").rglob("*") if each.is_file()]
    return Size(
        rows={name: count for name, count in counts.items() if count},
        database=(pages - free) * page,
        feeds=sum(each.stat().st_size for each in files),
        files=len(files),
    )


def _lines(sizes: list[Size]) -> Iterator[str]:
    """A row for each table and folder, a column for each year."""
    yield f"| at the end of year | {' | '.join(str(number) for number, _ in enumerate(sizes, 1))} |"
    yield f"| --- |{' --- |' * len(sizes)}"
    names = sorted({name for size in sizes for name in size.rows})
    for name in names:
        yield f"| rows of `{name}` | {' | '.join(f'{size.rows.get(name, 0):,}' for size in sizes)} |"
    yield f"| the database, kB | {' | '.join(f'{size.database // 1024:,}' for size in sizes)} |"
    yield f"| the feeds, kB | {' | '.join(f'{size.feeds // 1024:,}' for size in sizes)} |"
    yield f"| files of feeds | {' | '.join(f'{size.files:,}' for size in sizes)} |"
