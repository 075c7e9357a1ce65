"""The output: puts documents into the folder, each whole and only when it changed, and keeps the books of them.

A document is looked at once more by the gate before it replaces the one that stands there. A batch is announced in the
store, then written, then noted: a publish that dies in between leaves no file without an owner, and is done again.
A file's time is when its bytes last changed, and grows by a second at least, since that is all that HTTP can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from solacefeed import files
from solacefeed.ports import Clock
from solacefeed.publish import gate
from solacefeed.publish.readers import UnreadCost, cost
from solacefeed.store import documents, pings
from solacefeed.store.database import Store
from solacefeed.store.documents import Document

_SECOND = timedelta(seconds=1)

_KINDS_BY_ENDING: Mapping[str, gate.Kind] = {
    "atom": "atom",
    "rss": "rss",
    "json": "json",
    "html": "html",
    "opml": "opml",
}
_KINDS_BY_NAME: Mapping[str, gate.Kind | None] = {"sitemap.xml": "sitemap", "feeds.json": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document that is to stand at *path*."""

    path: str
    content: bytes
    feed: str = ""
    month: str = ""
    entries: int = 0
    #: What its hub is told when it changed; ``None`` for nothing.
    topic: str | None = None
    #: Why it is made, for the operator.
    why: str = ""

    @property
    def kind(self) -> gate.Kind | None:
        """What the gate judges it as; ``None`` for a document of our own making."""
        return _KINDS_BY_NAME.get(self.path, _KINDS_BY_ENDING.get(self.path.rpartition(".")[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a publish would do to one document."""

    path: str
    #: ``new``, ``changed`` or ``removed``.
    what: str
    why: str


@dataclass(slots=True)
class Output:
    """Writes into *folder*; with *look_only* it writes nothing and only tells what it would."""

    store: Store
    clock: Clock
    folder: Path
    look_only: bool = False
    changed: int = 0
    removed: int = 0
    #: Why documents were not let through, by path.
    refused: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    #: What the changes cost readers, by the ids of the entries that they would show again.
    unread: UnreadCost = field(default_factory=UnreadCost)
    #: Every path that was put, also those that were refused.
    put_paths: set[str] = field(default_factory=set)

    def put(self, drafts: Sequence[Draft]) -> None:
        """Makes the folder hold these documents; one that the gate refuses leaves what stands there."""
        self.put_paths.update(draft.path for draft in drafts)
        with self.store.read() as connection:
            known = documents.some(connection, [draft.path for draft in drafts])
        good = [draft for draft in drafts if self._may_pass(draft)]
        if self.look_only:
            for draft in good:
                self._compare(draft)
            return
        if new := {draft.path for draft in good} - known.keys():
            with self.store.write() as connection:
                documents.announce(connection, new, at=self.clock())
        notes = [self._note(draft, known.get(draft.path)) for draft in good]
        self.changed += len(files.publish_files(self.folder, list(map(_file, good, notes))))
        notes += [self._troubled(draft, known.get(draft.path)) for draft in drafts if draft.path in self.refused]
        self._keep_books([note for note in notes if note != known.get(note.path)], drafts)

    def take_away(self, paths: Iterable[str]) -> None:
        """Removes documents of ours that are published no more."""
        stale = sorted(paths)
        self.removed += len(stale)
        self.differences += [Difference(path=path, what="removed", why="nothing stands in it") for path in stale]
        if stale and not self.look_only:
            for path in stale:
                files.remove_file(self.folder, path)
            with self.store.write() as connection:
                documents.forget(connection, stale)

    def holds(self, expected: Iterable[Document]) -> bool:
        """Whether the files are there as they were written, by their sizes and times."""
        written = (each for each in expected if each.sha256)
        return all(files.stands(self.folder, each.path, each.size, each.published_at) for each in written)

    # -- one document -----------------------------------------------------------------------------

    def _may_pass(self, draft: Draft) -> bool:
        problems = gate.problems(draft.kind, draft.content) if draft.kind else []
        if problems:
            self.refused[draft.path] = "; ".join(problems[:3])
        return not problems

    def _note(self, draft: Draft, known: Document | None) -> Document:
        """What the books will say of it."""
        digest = hashlib.sha256(draft.content).hexdigest()
        if known is not None and known.sha256 == digest:
            at = known.published_at
        else:
            at = self.clock().replace(microsecond=0)
            at = max(at, known.published_at + _SECOND) if known is not None and known.sha256 else at
        return Document(
            path=draft.path,
            sha256=digest,
            published_at=at,
            feed=draft.feed,
            month=draft.month,
            entries=draft.entries,
            size=len(draft.content),
        )

    def _troubled(self, draft: Draft, known: Document | None) -> Document:
        stands = known or Document(path=draft.path, sha256="", published_at=self.clock(), feed=draft.feed)
        return replace(stands, trouble=self.refused[draft.path])

    def _keep_books(self, notes: list[Document], drafts: Iterable[Draft]) -> None:
        if not notes:
            return
        topics = {draft.path: draft.topic for draft in drafts if draft.topic is not None}
        with self.store.write() as connection:
            documents.note(connection, notes)
            told = [topics[note.path] for note in notes if note.path in topics and note.trouble is None]
            pings.want(connection, told, at=self.clock())

    def _compare(self, draft: Draft) -> None:
        before = files.content(self.folder, draft.path)
        if before == draft.content:
            return
        self.changed += 1
        what = "new" if before is None else "changed"
        self.differences.append(Difference(path=draft.path, what=what, why=draft.why))
        if draft.kind == "atom" and not draft.month:
            self.unread += cost(before, draft.content)


def _file(draft: Draft, note: Document) -> files.File:
    return files.File(path=draft.path, content=draft.content, at=note.published_at, packed=True)
