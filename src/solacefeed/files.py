"""Publishes bytes to files: whole or not at all, and only when they changed."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from solacefeed.errors import PublishError

_log = logging.getLogger(__name__)

#: Readable by the web server that serves the folder.
MODE = 0o644


def publish_file(folder: Path, path: str, content: bytes) -> bool:
    """Makes *path* below *folder* hold *content* and returns whether that changed anything.

    Whoever reads the file meanwhile gets the old bytes or the new ones, also over a power cut; an unchanged file keeps
    its time. Raises ``PublishError``.
    """
    target = inside(folder, path)
    try:
        if target.is_file() and target.read_bytes() == content:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, content)
    except OSError as error:
        raise PublishError(f"{target} can't be written: {error.strerror}; the old file stays") from error
    _log.info("%s: %d bytes written", target, len(content))
    return True


def remove_file(folder: Path, path: str) -> None:
    """Takes *path* below *folder* away; one that is not there is as good."""
    target = inside(folder, path)
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise PublishError(f"{target} can't be removed: {error.strerror}") from error
    _log.info("%s: removed", target)


def inside(folder: Path, path: str) -> Path:
    """*path* below *folder*; raises ``PublishError`` for one that leads out of it."""
    root = folder.resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root) or target == root:
        raise PublishError(f"{path!r} leads out of {folder}")
    return target


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as file:
            os.fchmod(handle, MODE)
            file.write(content)
            file.flush()
            os.fsync(handle)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
