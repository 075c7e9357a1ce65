"""Starts the kit's servers on free loopback ports, in a folder of their own, and ends them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KIT = Path(__file__).resolve().parents[2].parent / "shared" / "kit"
#: Where the servers have their files; ``None`` for the usual place. Sites stay on a disk, where operators have them.
SCRATCH = os.environ.get("KIT_SCRATCH")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = None
    if not KIT.is_dir():
        missing = "the kit with the real servers does not stand beside this checkout"
    elif os.geteuid() != 0:
        missing = "the kit's servers can only be started by root"
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.real)
            if missing:
                item.add_marker(pytest.mark.skip(reason=missing))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The scripts of one part of the kit, with the folder and port that they work on."""

    scripts: Path
    environ: dict[str, str]

    def do(self, script: str, *words: str, check: bool = True) -> str:
        command = [str(self.scripts / script), *words]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=600, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{script} {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPress:
    kit: Kit
    url: str

    def seed(self, *words: str) -> dict[str, Any]:
        return _json(self.kit.do("seed", *words))

    def mutate(self, *words: str) -> dict[str, Any]:
        return _json(self.kit.do("mutate", *words))

    def reset_hits(self) -> None:
        self.kit.do("hits", "--reset")

    def hits(self) -> dict[str, Any]:
        return _json(self.kit.do("hits"))

    def asked(self) -> list[str]:
        """The target of each request, in their order."""
        return [word for line in self.kit.do("hits", "--list").splitlines() for word in line.split() if word[0] == "/"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    kit: Kit
    port: int
    folder: Path

    @property
    def ca_file(self) -> Path:
        return self.folder / "postfix" / "tls" / "ca.pem"

    def mailbox(self, user: str) -> list[Path]:
        """The messages that lie in *user*'s Maildir."""
        return sorted((self.folder / "postfix" / "mail" / user).glob("**/new/*"))

    def wait_for(self, user: str, count: int, seconds: int = 60) -> None:
        self.kit.do("mail-box", "--wait", str(count), str(seconds), user)

    def clear(self) -> None:
        self.kit.do("mail-box", "--clear")


@pytest.fixture(scope="session")
def wordpress_server() -> Iterator[WordPress]:
    port, folder = free_port(), tempfile.mkdtemp(prefix="solacefeed-wordpress-", dir=SCRATCH)
    # The kit removes its folder whole at the end, and wants to have made it.
    os.rmdir(folder)
    kit = Kit(scripts=KIT / "wordpress", environ=os.environ | {"KIT_DIR": folder, "WP_PORT": str(port)})
    try:
        kit.do("up")
        yield WordPress(kit=kit, url=f"http://127.0.0.1:{port}")
    finally:
        kit.do("down", "--wipe", check=False)


@pytest.fixture
def wordpress(wordpress_server: WordPress) -> WordPress:
    """The real blog as it was: its two real posts, and no fault, for a seed begins with no database and no faults."""
    wordpress_server.seed()
    wordpress_server.reset_hits()
    return wordpress_server


@pytest.fixture(scope="session")
def postfix_server() -> Iterator[Postfix]:
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="solacefeed-postfix-", dir=SCRATCH))
    environ = os.environ | {"KIT_DIR": str(folder), "SMTP_PORT": str(port), "SINK_PORT": str(free_port())}
    kit = Kit(scripts=KIT / "judges", environ=environ)
    try:
        kit.do("mail-up")
        yield Postfix(kit=kit, port=port, folder=folder)
    finally:
        kit.do("mail-down", "--wipe", check=False)
        subprocess.run(["rm", "-rf", str(folder)], check=False)


@pytest.fixture
def postfix(postfix_server: Postfix) -> Postfix:
    postfix_server.clear()
    return postfix_server


def _json(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed)
    return found


def judged(script: str, *words: str | Path, environ: dict[str, str] | None = None) -> None:
    """Lets one of the kit's judges judge; a judge that lacks a program of its own skips the test with its words."""
    command: Sequence[str] = [str(KIT / "judges" / script), *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, env=os.environ | (environ or {})
    )
    if done.returncode == 2:
        pytest.skip(f"{script} could not judge: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
