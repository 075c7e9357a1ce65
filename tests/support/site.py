"""A site in a folder, driven by its command line as an operator drives it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import warm

CONFIG = """\
[source]
url = "{source}"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
{more}
"""


def copied_site(folder: Path, to: Path) -> Path:
    """Copies a site that a test begins with; its store is at home there, as if it had always been."""
    shutil.copytree(folder, to)
    for file in (to / "var").glob("*.home"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"place": None}))
    return to


@dataclass
class Site:
    """*folder* has its config; every command runs in a process of its own."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begun(cls, folder: Path, *, source: str, more: str = "") -> Site:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(CONFIG.format(source=source, more=more), encoding="utf-8")
        return cls(folder)

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "solacefeed", *words]

    def do(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a command and gives back what it said and its exit code."""
        if warm.can_be_given(self.environ):
            return warm.run(words, self.folder, os.environ | self.environ)
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=os.environ | self.environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def told(self, *words: str) -> str:
        """Runs a command that has to work, and gives back its words."""
        done = self.do(*words)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def data(self, *words: str) -> Any:
        return json.loads(self.told(*words, "--json"))

    def published(self) -> dict[str, bytes]:
        """Every published document, by its path below the feeds' folder; not their packed forms, nor drafts."""
        return {
            str(path.relative_to(self.feeds)): path.read_bytes()
            for path in sorted(self.feeds.rglob("*"))
            if path.is_file() and path.suffix not in (".gz", ".br") and path.parent.name != ".drafts"
        }
