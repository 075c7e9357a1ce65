"""What files and folders that a config names have to be; each raises ``ValueError`` with what is wrong."""

from __future__ import annotations

import os
from pathlib import Path


def private_file(path: Path) -> Path:
    """A file with a secret, which nobody but its owner may read."""
    secret_in(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ValueError(f"{path} is open to other users (mode {mode:03o}); say: chmod 600 {path}")
    return path


def readable_file(path: Path) -> Path:
    """A file that is there, and that we may read."""
    _bytes_of(path)
    return path


def readable_folder(path: Path) -> Path:
    """A folder that is there, and that we may look into."""
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise ValueError(f"{path} can't be looked into: its mode forbids it")
    return path


def secret_in(path: Path) -> str:
    """The secret in the file *path*, trimmed."""
    try:
        secret = _bytes_of(path).decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    if not secret:
        raise ValueError(f"{path} is empty")
    return secret


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
