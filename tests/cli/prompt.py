"""A prompt in a site's folder: commands in this process, which is quick; ``Site.do`` runs them in one of their own."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from solacefeed.cli import main
from solacefeed.store.database import open_store
from tests.support.site import Site

#: The instant of the shipped config: the sample blog's newest edition has just closed.
NOW = "2026-11-23T08:00:00Z"
WEEK_LATER = "2026-11-30T08:00:00Z"

WEEKLY = """
[[events]]
id = "summit-2027"
name = "Chief Officers' Summit"
place = "Harrogate"
starts = 2027-04-13
ends = 2027-04-15
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
[mail]
from = "Chief Officers <digest@example.org>"
unsubscribe_mailbox = "unsubscribe@example.org"
"""
PEOPLE = """
[[subscribers]]
email = "alice@example.org"
name = "Alice"
[[subscribers]]
email = "bob@example.org"
categories = ["housing", "education"]
[[subscribers]]
email = "carol@example.org"
categories = ["scotland"]
"""

#: Deeds that a site begins with.
_BEGINS = frozenset({"run", "poll"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


def typed(*words: str) -> Said:
    """What ``solacefeed WORDS`` says."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


def at(site: Site, *words: str) -> Said:
    """What a command says to somebody who works on *site*."""
    if words and words[0] in _BEGINS:
        lend_a_store(site)
    return typed(*words, "--config", str(site.folder / "config.toml"))


def in_terminal(site: Site, answer: str, *words: str) -> Said:
    """What a command says to somebody who sits there, and answers what they are asked."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", 0) as keys, os.fdopen(theirs) as terminal, _listening_to(terminal):
        keys.write(f"{answer}\n".encode())
        return at(site, *words)


def handed(site: Site, content: bytes, *words: str) -> Said:
    """What a command says that is given *content* on its standard input."""
    with io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))) as given, _listening_to(given):
        return at(site, *words)


@contextmanager
def _listening_to(stream: TextIO) -> Iterator[None]:
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before


def lend_a_store(site: Site) -> None:
    """Puts an empty store where the first deed would make one, unless the test has its own."""
    file, config = site.folder / "var" / "solacefeed.db", site.folder / "config.toml"
    if os.path.lexists(file.parent) or not os.path.isfile(config) or b"[store]" in config.read_bytes():
        return
    file.parent.mkdir()
    file.touch(mode=0o600)
    file.write_bytes(_empty_store())


@cache
def _empty_store() -> bytes:
    """One at its newest schema: migrations have tests of their own, and ``Site.do`` goes through them all."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "solacefeed.db"
        open_store(f"sqlite:///{file}").close()
        return file.read_bytes()


def well(site: Site, *words: str) -> str:
    """The words of a command that has to work."""
    said = at(site, *words)
    assert (said.code, said.err) == (0, ""), f"{words}: {said}"
    return said.out


def rehearsed(folder: Path, *, source: str = "sample:", more: str = WEEKLY) -> Site:
    """A site whose config fixes the instant."""
    site = Site.begun(folder, source=source, more=more)
    set_line(site, "", f"as_of = {NOW}\n")
    return site


def set_line(site: Site, old: str, new: str) -> None:
    """Edits the config: the first *old* becomes *new*."""
    path = site.folder / "config.toml"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")


def files(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file below *folder* with its bytes, its time and its place on the disk."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def mails(site: Site) -> list[str]:
    """Who got which edition, as the rehearsal has it."""
    folder = site.folder / "var" / "mail"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.eml"))


def tokens(site: Site) -> dict[str, str]:
    """The token in each rehearsed mail's List-Unsubscribe, by its reader's address."""
    pattern = re.compile(rb"^List-Unsubscribe: <mailto:[^?]+\?subject=unsubscribe%20([^>&]+)>", re.M)
    headers = {path: pattern.search((site.folder / "var" / "mail" / path).read_bytes()) for path in mails(site)}
    return {path.rpartition("/")[2].removesuffix(".eml"): found[1].decode() for path, found in headers.items() if found}
