"""Workers that are killed while they deliver over several connections, and a relay that records what it took.

    .venv/bin/python -m tests.deeds.killing --kills 10000 --copies 100000 --policy hold

One warm process prepares an edition and forks the relay and one worker after the other; each worker dies of SIGKILL
when the relay has heard so many more lines and bodies as chance says. In the end one is let live. A line tells what
came of it; the exit code is 1 where a promise was broken. The same --seed draws the same chances.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from select import select
from typing import BinaryIO, NoReturn

import sqlalchemy as sa

from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.models.digests import Digest
from solacefeed.store.database import open_store
from solacefeed.store.schema import deliveries
from tests.deeds.world import World
from tests.support.builders import MONDAY, a_digest, a_source_post

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
#: Longer than a copy in doubt rests; so much later it is for each worker than for the one before.
_STEP = timedelta(minutes=16)
#: What the relay hears of one copy: three lines and a body.
_EVENTS = 4


# -- a relay that takes everything, and writes it down before it says so --------------------------------------


def record(listener: socket.socket, book: Path, heard: int) -> NoReturn:
    """Writes the recipient of each body to *book*, and an octet to *heard* for each line and body."""
    with book.open("ab", buffering=0) as file:
        while True:
            wire, _ = listener.accept()
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_hear, args=(wire, file, heard), daemon=True).start()


def _hear(wire: socket.socket, book: BinaryIO, heard: int) -> None:
    try:
        with wire, wire.makefile("rb") as lines:
            wire.sendall(b"220 relay.example.org\r\n")
            _converse(wire, lines, book, heard)
    except OSError:
        """Its worker is dead."""


def _converse(wire: socket.socket, lines: BinaryIO, book: BinaryIO, heard: int) -> None:
    recipient = b""
    while line := lines.readline():
        os.write(heard, b".")
        match line[:4].upper():
            case b"EHLO":
                wire.sendall(b"250-relay.example.org\r\n250 PIPELINING\r\n")
            case b"DATA":
                wire.sendall(b"354 go\r\n")
                while (line := lines.readline()) not in (b".\r\n", b""):
                    pass
                if not line:
                    return
                book.write(recipient + b"\n")
                os.write(heard, b".")
                wire.sendall(b"250 2.0.0 queued\r\n")
            case b"QUIT":
                wire.sendall(b"221 bye\r\n")
                return
            case verb:
                recipient = line.partition(b"<")[2].partition(b">")[0] if verb == b"RCPT" else recipient
                wire.sendall(b"250 ok\r\n")


# -- workers --------------------------------------------------------------------------------------------------


def forked(work: Callable[[], object]) -> int:
    number = os.fork()
    if number:
        return number
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def deliver(url: str, port: int, connections: int, policy: str, generation: int) -> None:
    """One round of a worker of its own."""
    with closing(open_store(url)) as store:
        world = World(store, crawled=False, connections=connections, repeat_uncertain=policy == "retry")
        world.digest = patient()
        world.clock.now = MONDAY + generation * _STEP
        world.transports = partial(SmtpTransport, host="127.0.0.1", port=port, tls="none")
        world.deliver()


def patient() -> Digest:
    return replace(a_digest(), max_late=timedelta(days=3650))


def prepare(url: str, copies: int) -> None:
    with closing(open_store(url)) as store:
        world = World(store)
        world.digest = patient()
        world.join_at_once({f"reader{number}": None for number in range(copies)})
        world.appear(POST)
        world.prepare()


def kill_many(url: str, port: int, heard: int, told: argparse.Namespace) -> int:
    """Returns how many workers were killed; the last one has lived."""
    random, kills = Random(told.seed), 0  # the same chances again
    between = max(1, 2 * _EVENTS * told.copies // max(1, told.kills))
    work = partial(deliver, url, port, told.connections, told.policy)
    for generation in range(told.kills):
        worker = forked(partial(work, generation))
        left = random.randrange(between)
        while left > 0 and (octets := _some(heard, left, worker)):
            left -= octets
        os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        kills += os.WIFSIGNALED(status)
    for generation in range(told.kills, told.kills + 4):
        worker = forked(partial(work, generation))
        _, status = os.waitpid(worker, 0)
        assert status == 0, f"the worker that was to live has ended with {status}"
    return kills


def _some(heard: int, most: int, worker: int) -> int:
    """How many octets have come, up to *most*; none when the worker has ended by itself."""
    while True:
        if select([heard], [], [], 0.05)[0]:
            return len(os.read(heard, most))
        if os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return 0


# -- what came of it ------------------------------------------------------------------------------------------


def broken(url: str, book: Path, policy: str) -> tuple[list[str], Counter[str]]:
    """Which promises were broken, and how many copies are in each state."""
    got = Counter(book.read_text().split())
    with closing(open_store(url)) as store, store.read() as connection:
        rows = connection.execute(sa.select(deliveries.c.email, deliveries.c.state, deliveries.c.doubts)).all()
    most = 1 if policy == "hold" else 2
    found = [f"{email} has {number} copies" for email, number in got.items() if number > most]
    for row in rows:
        number = got[row.email]
        if row.state not in ("accepted", "uncertain"):
            found.append(f"{row.email}'s copy is {row.state}")
        if row.state == "accepted" and not number:
            found.append(f"{row.email}'s copy is accepted, and the relay has none")
        if number > 1 and not row.doubts:
            found.append(f"{row.email} has {number} copies, and nothing was in doubt")
    return found, Counter(row.state for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kills workers while they deliver.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--policy", choices=("hold", "retry"), default="retry")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        url, book = f"sqlite:///{name}/store.db", Path(name) / "book"
        prepare(url, told.copies)
        reading, writing = os.pipe()
        relay = forked(partial(record, listener, book, writing))
        try:
            kills = kill_many(url, listener.getsockname()[1], reading, told)
        finally:
            os.kill(relay, signal.SIGKILL)
            os.waitpid(relay, 0)
        found, states = broken(url, book, told.policy)
        bodies = len(book.read_text().split())
    print(f"{told.policy}: {kills} killed, {bodies} bodies for {told.copies} copies, {dict(sorted(states.items()))}")
    print(*found[:20], sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
