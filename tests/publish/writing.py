"""What this program writes of the newest store that is kept, by format: held to the numbers of ``publish.formats``.

``formats.json`` has the hash of each document beside the number under which it was written. After a number was raised::

    python -m tests.publish.writing
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config import load
from solacefeed.publish.formats import NUMBERS, REFRESHING, TEMPLATED
from solacefeed.stable import stable_hash
from solacefeed.store import events
from solacefeed.store import facts as fact_store
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import facts, sightings
from solacefeed.template_files import content_mark
from tests.store.releases import rows
from tests.store.releases.making import END

KEPT = Path(__file__).with_name("formats.json")
#: The events, as a refresh leaves them, are held to a number like a format's documents.
REFRESHED = "events"
_FORMATS = {
    r"feeds\.json": "feeds.json",
    r"feeds\.opml": "opml",
    r"sitemap\.xml": "sitemap",
    r"feed\.css": "feed style",
    r"index\.html": "index page",
    r"4\d\d\.html": "missing page",
    r"events/index\.html": "events page",
    r"digest/.*/\d{4}-\d\d-\d\d\.html": "edition page",
    r".*\.html": "page",
    r".*\.ics": "calendar",
    r".*\.atom": "atom",
    r".*\.rss": "rss",
    r".*\.json": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written in one format."""

    number: int
    #: Of the pages' templates; empty for what has none.
    templates: str
    documents: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose store an earlier release has filled, an hour after that release last looked at it."""

    folder: Path
    store: Store
    at: datetime = END + timedelta(hours=2)

    @property
    def app(self) -> App:
        return App(load(self.folder / "config.toml", environ={}), as_of=self.at, folder=self.folder)

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"


@contextmanager
def site_of(revision: str, folder: Path, url: str | None = None) -> Iterator[Site]:
    """The site of the store that is kept of *revision*, migrated, in *folder*, which has no documents yet."""
    for path in (rows.HERE / revision).iterdir():
        shutil.copy(path, folder)
    url = url or f"sqlite:///{folder}/var/solacefeed.db"
    rows.load(revision, url)
    store = open_store(url)
    try:
        yield Site(folder, store)
    finally:
        store.close()


def format_of(path: str) -> str:
    """The format of the document at *path* below the feeds' folder."""
    return next(name for pattern, name in _FORMATS.items() if re.fullmatch(pattern, path))


def documents(folder: Path) -> dict[str, bytes]:
    """Every document below *folder*, without its packed forms."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in (".gz", ".br"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def written(folder: Path) -> dict[str, Written]:
    """What this program makes of the newest store that is kept, in an empty *folder*."""
    with site_of(rows.kept()[-1], folder) as site:
        _forget_that_events_were_refreshed(site.store)
        site.app.publishing.publish(site.store, everything=True)
        refreshed = {REFRESHED: _short(stable_hash(_events(site.store)).encode())}
        templates = content_mark("site/")
    hashes = {path: _short(content) for path, content in documents(folder / "feeds").items()}
    made = {
        name: Written(
            number=number,
            templates=templates if name in TEMPLATED else "",
            documents={path: digest for path, digest in hashes.items() if format_of(path) == name},
        )
        for name, number in NUMBERS.items()
    }
    return made | {REFRESHED: Written(number=REFRESHING, templates="", documents=refreshed)}


def kept() -> dict[str, Written]:
    return {name: Written(**told) for name, told in json.loads(KEPT.read_text(encoding="utf-8")).items()}


def unraised(before: Mapping[str, Written], now: Mapping[str, Written]) -> Iterator[str]:
    """What must be done about each format whose bytes have changed under the same number and the same templates."""
    for name, made in now.items():
        known = before.get(name)
        if known is not None and made.documents != known.documents and _is_same_writer(made, known):
            paths = sorted(p for p, digest in made.documents.items() if known.documents.get(p) != digest)[:3]
            where = "REFRESHING" if name == REFRESHED else f'NUMBERS["{name}"]'
            yield (
                f"{name} is written otherwise ({', '.join(paths) or 'documents are missing'}): raise {where} in "
                f"publish/formats.py to {known.number + 1}, then: python -m tests.publish.writing"
            )


def _is_same_writer(one: Written, other: Written) -> bool:
    return (one.number, one.templates) == (other.number, other.templates)


def _forget_that_events_were_refreshed(store: Store) -> None:
    with store.write() as connection:
        connection.execute(facts.delete().where(facts.c.name == fact_store.EVENTS_REFRESHED))


def _events(store: Store) -> object:
    with store.read() as connection:
        columns = [sightings.c[name] for name in ("source", "uid", "until", "told", "event_id")]
        told = [tuple(row) for row in connection.execute(sa.select(*columns).order_by(*columns[:3]))]
        known = events.rows(connection).values()
    return told, [(row.id, row.told, row.shown, row.sequence) for row in known]


def _short(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def renew() -> None:
    """Keeps what is written now; refuses while a number is to be raised."""
    with tempfile.TemporaryDirectory() as scratch:
        now = written(Path(scratch))
    problems = list(unraised(kept(), now)) if KEPT.exists() else []
    if problems:
        sys.exit("\n".join(problems))
    told = {name: asdict(made) for name, made in now.items()}
    KEPT.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
