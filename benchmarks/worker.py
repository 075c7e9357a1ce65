"""One delivering process: does what ``solacefeed deliver`` does, and tells what that took.

python -m benchmarks.worker CONFIG [--most COPIES] [--statements]

Says ``ready`` once it has loaded all, begins when it is told anything, and ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import Any

import sqlalchemy as sa

from benchmarks.editions import opened
from solacefeed.cli import FEW_LOOKS_FOR_GARBAGE
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """By the machine's own clock, in seconds."""

    begun: float
    ended: float
    processor: float
    accepted: int
    #: The most memory of the process, in megabytes: before it began, and until its end.
    memory_before: int
    memory: int
    said: str
    #: By statement: how often, and seconds in all.
    statements: dict[str, tuple[int, float]]


class Most:
    """Stops after so many copies; 0 is for none too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0

    def count(self) -> None:
        self._count += 1

    def is_reached(self) -> bool:
        return 0 < self._most <= self._count


def deliver(config: Path, most: Most, *, watched: bool) -> Delivered:
    site = opened(config)
    with site.store() as store, statements(store, watched=watched) as asked:
        load_all(site.mail.transports)
        print("ready", flush=True)
        sys.stdin.readline()
        before, begun, used = peak(), monotonic(), process_time()
        done = site.mail.deliver(store, on_copy=most.count, stop=most.is_reached)
        return Delivered(
            begun=begun,
            ended=monotonic(),
            processor=process_time() - used,
            accepted=done.accepted,
            memory_before=before,
            memory=peak(),
            said=done.line(),
            statements=dict(asked),
        )


def load_all(_parts: object) -> None:
    """What is loaded when the first copy is made."""
    import solacefeed.composition.mail_parts
    import solacefeed.deeds.delivering.round
    import solacefeed.deeds.delivering.taken_mail
    import solacefeed.deeds.events.remake
    import solacefeed.templating  # noqa: F401


@contextmanager
def statements(store: Store, *, watched: bool) -> Iterator[dict[str, tuple[int, float]]]:
    """What each took."""
    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    def before(_connection: Any, _cursor: Any, _text: str, _values: Any, context: Any, _many: bool) -> None:
        context.begun = perf_counter()

    def after(_connection: Any, _cursor: Any, text: str, _values: Any, context: Any, _many: bool) -> None:
        count, seconds = found[text]
        found[text] = count + 1, seconds + perf_counter() - context.begun

    if watched:
        sa.event.listen(store.engine, "before_cursor_execute", before)
        sa.event.listen(store.engine, "after_cursor_execute", after)
    yield found


def peak() -> int:
    """Of this process alone: what it was begun by is not counted, as getrusage would."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--statements", action="store_true")
    given = parser.parse_args()
    gc.set_threshold(FEW_LOOKS_FOR_GARBAGE)
    print(json.dumps(asdict(deliver(given.config, Most(given.most), watched=given.statements))))


if __name__ == "__main__":
    main()
