"""Other programs that hand mail of the same size over to the same relay; they write nothing down.

python -m benchmarks.peers smtplib|aiosmtplib PORT COPIES SIZE CONNECTIONS

Each says for how many seconds it worked, and the processor, without those in which it began: an interpreter's start is
nobody's speed.
aiosmtplib, nodemailer (node finds it by NODE_PATH) and smtp-source are left out where they are not installed.
"""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.children import child, processor_of_children, python

SENDER = "bounces@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be handed over, and where."""

    port: int
    copies: int
    #: Of a mail, in octets.
    size: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds by the clock, and of the processor."""

    seconds: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    name: str
    #: Its command for a load.
    command: Callable[[Load], list[str | Path]]
    #: How many copies it is given of a hundred that we are: who is slower need not hand over as many.
    share: int
    #: Whether it says itself how long it worked.
    tells: bool = True

    def hand_over(self, load: Load, *, within: float) -> Took:
        used, begun = processor_of_children(), perf_counter()
        with child(self.command(load)) as process:
            said = process.finish(within=within)
        if self.tells:
            seconds, processor = map(float, said.split())
            return Took(seconds=seconds, processor=processor)
        return Took(seconds=perf_counter() - begun, processor=processor_of_children() - used)


def peers() -> tuple[list[Peer], list[str]]:
    """Those that are here, and the names of those that are not."""
    all_of_them = [
        (Peer(name="smtp-source -d", command=_smtp_source, share=100, tells=False), bool(_postfixs())),
        (Peer(name="smtplib", command=_ours("smtplib"), share=40), True),
        (Peer(name="aiosmtplib", command=_ours("aiosmtplib"), share=25), find_spec("aiosmtplib") is not None),
        (Peer(name="nodemailer", command=_nodemailer, share=25), has_nodemailer()),
    ]
    return [peer for peer, here in all_of_them if here], [peer.name for peer, here in all_of_them if not here]


# -- programs that are there ------------------------------------------------------------------------------


def _postfixs() -> str | None:
    return shutil.which("smtp-source") or shutil.which("smtp-source", path="/usr/sbin:/usr/lib/postfix/sbin")


def _smtp_source(load: Load) -> list[str | Path]:
    told = {"-s": load.connections, "-l": load.size, "-m": load.copies}
    words = [str(word) for pair in told.items() for word in pair]
    return [_postfixs() or "smtp-source", "-d", *words, f"127.0.0.1:{load.port}"]


NODEMAILER = """
const [port, copies, size, connections] = process.argv.slice(1).map(Number);
const pool = require("nodemailer").createTransport({
  host: "127.0.0.1", port, pool: true, maxConnections: connections, maxMessages: Infinity, ignoreTLS: true,
});
const raw = "Subject: Digest\\r\\n\\r\\n" + ("y".repeat(74) + "\\r\\n").repeat(size / 76);
const send = (n) => pool.sendMail({envelope: {from: "bounces@example.org", to: [`reader${n}@example.org`]}, raw});
const begun = process.hrtime.bigint(), used = process.cpuUsage();
Promise.all([...Array(copies).keys()].map(send)).then(() => {
  const {user, system} = process.cpuUsage(used);
  console.log(Number(process.hrtime.bigint() - begun) / 1e9, (user + system) / 1e6);
  pool.close();
});
"""


def _nodemailer(load: Load) -> list[str | Path]:
    return ["node", "-e", NODEMAILER, *map(str, (load.port, load.copies, load.size, load.connections))]


def has_nodemailer() -> bool:
    node, asks = shutil.which("node"), 'require("nodemailer")'
    if node is None:
        return False
    asked = subprocess.run([node, "-e", asks], capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)  # noqa: S603
    return asked.returncode == 0


# -- libraries of Python, in a process of their own -------------------------------------------------------


def _ours(name: str) -> Callable[[Load], list[str | Path]]:
    return lambda load: python("peers", name, load.port, load.copies, load.size, load.connections)


def a_mail(size: int) -> bytes:
    lines = b"Subject: Digest\r\n\r\n" + b"x" * 74 + b"\r\n"
    return lines + (b"y" * 74 + b"\r\n") * ((size - len(lines)) // 76)


def by_smtplib(load: Load) -> None:
    """A thread for each connection."""
    content = a_mail(load.size)

    def send(numbers: range) -> None:
        with smtplib.SMTP("127.0.0.1", load.port) as session:
            session.ehlo()
            for number in numbers:
                session.sendmail(SENDER, [f"reader{number}@example.org"], content)

    with ThreadPoolExecutor(load.connections) as threads:
        list(threads.map(send, _shares(load)))


def by_aiosmtplib(load: Load) -> None:
    aiosmtplib = import_module("aiosmtplib")
    content = a_mail(load.size)

    async def send(numbers: range) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=load.port, start_tls=False) as session:
            for number in numbers:
                await session.sendmail(SENDER, [f"reader{number}@example.org"], content)

    async def send_all() -> None:
        await asyncio.gather(*map(send, _shares(load)))

    asyncio.run(send_all())


def _shares(load: Load) -> list[range]:
    return [range(first, load.copies, load.connections) for first in range(load.connections)]


def main() -> None:
    name, *numbers = sys.argv[1:]
    port, copies, size, connections = map(int, numbers)
    by = {"smtplib": by_smtplib, "aiosmtplib": by_aiosmtplib}[name]
    if name == "aiosmtplib":
        import_module(name)
    begun, used = perf_counter(), process_time()
    by(Load(port=port, copies=copies, size=size, connections=connections))
    print(perf_counter() - begun, process_time() - used)


if __name__ == "__main__":
    main()
