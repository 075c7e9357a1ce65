"""restore: a backup in the place of an SQLite store, which is kept aside; while nobody has it open.

backup looked through --> copied beside the store --> brought up to date, at home nowhere --> the present one kept aside
--> in its place

The last step is one rename: before it the present store is there, after it the other one, which sends nothing until it
is adopted.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import StoreError, UsageError
from solacefeed.ports import Clock
from solacefeed.store import copying, home
from solacefeed.store.copying import CopyContents
from solacefeed.store.database import open_store, shown, unopened_store
from solacefeed.store.locks import not_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What stands in the store's place now."""

    file: Path
    contents: CopyContents
    #: Where the one before is kept; ``None`` where there was none.
    aside: Path | None

    def line(self) -> str:
        """``restore: revision 0040, 20 posts, ...; the one before is solacefeed.db.before-20261123T080000Z``."""
        kept = f"; the one before is kept as {self.aside}" if self.aside else ""
        return f"restore: {self.contents.line()}{kept}; no mail leaves until `solacefeed adopt`"


def restore(url: str, source: Path, clock: Clock) -> Restored:
    """Puts a backup in the place of the store at *url*, and brings its schema up to date.

    Raises ``UsageError`` on PostgreSQL and for no file, ``StoreError`` for what is no store, is damaged or of a newer
    release, and where it can't be written; ``Busy`` where somebody has the store open. The present store stays then.
    """
    with closing(unopened_store(url)) as store:
        if store.file is None:
            raise UsageError(
                f"{shown(url)} is PostgreSQL's: createdb a new database, pg_restore --dbname=NEW {source}, let [store] "
                "url name it, then `solacefeed adopt`; docs/recovery.md has the rest"
            )
        file = store.file
        if file.exists() and not file.is_file():
            raise UsageError(f"{file} is no regular file: let [store] url name one")
        if not source.is_file():
            raise UsageError(f"{source} is no file: name a backup")
        if file.exists() and source.samefile(file):
            raise UsageError(f"{source} is the store itself: name a backup")
        found = copying.contents(source, thoroughly=True)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with not_in_use(file):
                word = f"before-{clock().astimezone(UTC):%Y%m%dT%H%M%SZ}"
                aside = _put_in_place(source, file, store.engine.url, word)
        except OSError as error:
            raise StoreError(f"restore: {file} can't be replaced: {error.strerror}") from error
    return Restored(file=file, contents=found, aside=aside)


def _put_in_place(source: Path, file: Path, url: sa.URL, word: str) -> Path | None:
    draft = file.with_name(f".{file.name}.restored")
    copying.remove(draft)
    try:
        copying.copy_file(source, draft)
        with closing(open_store(url.set(database=str(draft)), create=False)) as opened:
            # Else one that never sent, or is of an older release, would be taken for being at home.
            home.leave(opened)
        copying.sync(draft)
        aside = _keep_aside(file, word) if file.exists() else None
        # A log of the one before would be read into the other.
        for each in copying.beside(file):
            with suppress(FileNotFoundError):
                each.unlink()
        os.replace(draft, file)
    except BaseException:
        copying.remove(draft)
        raise
    copying.sync(file.parent)
    return aside


def _keep_aside(file: Path, word: str) -> Path:
    """Where it is then, with its log; the present one stays in its place."""
    names = (f"{file.name}.{word}", *(f"{file.name}.{word}-{number}" for number in range(2, 100)))
    aside = next(path for name in names if not os.path.lexists(path := file.with_name(name)))
    # Its log first: where it can be read, nothing is left in that.
    copying.take_in_log(file)
    for ending in ("", *copying.BESIDE):
        each = file.with_name(f"{file.name}{ending}")
        if each.exists():
            _link(each, aside.with_name(f"{aside.name}{ending}"))
    copying.sync(file.parent)
    return aside


def _link(file: Path, other: Path) -> None:
    try:
        os.link(file, other)
    except OSError:
        # A file system without links.
        shutil.copy2(file, other)
        copying.sync(other)
