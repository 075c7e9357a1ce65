"""Config files for the tests of this room: the smallest one that is in order, and what becomes of others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from solacefeed.config import Config, load
from solacefeed.errors import ConfigError

#: The keys that must be written; six lines.
SMALLEST = """\
[source]
url = "https://blog.example.org"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2026"
organisation = "Example Council"
"""
#: The same, and all that a relay needs; thirteen lines.
MAILING = f"""{SMALLEST}\
postal_address = "1 Market Square"
[mail]
transport = "smtp"
from = "digest@example.org"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
host = "smtp.example.org"
"""


def loaded(folder: Path, text: str = SMALLEST, environ: Mapping[str, str] | None = None) -> Config:
    """The config of a file with this *text* in *folder*."""
    path = folder / "config.toml"
    path.write_bytes(text.encode())
    return load(path, environ=environ or {})


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with such a file, the folder left out; empty where nothing is."""
    try:
        loaded(folder, text, environ)
    except ConfigError as error:
        return [problem.replace(f"{folder}/", "") for problem in error.problems]
    return []


def secret_file(folder: Path, content: str = "swordfish\n", *, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return path
