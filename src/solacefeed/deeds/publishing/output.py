"""The output: puts documents into the folder, each whole and only when it changed, and keeps the books of them.

    gate --> drafted and packed beside, while the next is made --> announced --> on the disk --> names --> books

So it is done by a hundred documents. The gate reads each once more; one that it refuses leaves what stands there. What
is announced in the store is ours before it has its name, and is in the books after: a publish that dies in between
leaves no file without an owner, and is done again. They take their names in the order in which they were made.
A file's time is when its bytes last changed, and grows by a second at least, since that is all that HTTP can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from solacefeed import files
from solacefeed.deeds.publishing.fence import Fence
from solacefeed.errors import in_a_line, is_about_one
from solacefeed.ports import Clock
from solacefeed.publish import gate
from solacefeed.publish.readers import UnreadCost, cost
from solacefeed.store import documents, pings
from solacefeed.store.database import Store
from solacefeed.store.documents import Document

_SECOND = timedelta(seconds=1)

#: Documents that take their names together.
AT_ONCE = 100

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
    #: Why it could not be made, so that what stands there stays.
    trouble: str | None = None

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
    fence: Fence
    look_only: bool = False
    #: Whether packed forms stand beside documents.
    packed: bool = True
    changed: int = 0
    removed: int = 0
    #: Why documents were not let through, by path.
    refused: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    #: What the changes cost readers, by the ids of the entries that they would show again.
    unread: UnreadCost = field(default_factory=UnreadCost)
    #: Every path that was put, also those that were refused.
    put_paths: set[str] = field(default_factory=set)

    def put(self, drafts: Iterable[Draft]) -> None:
        """Makes the folder hold these documents, in their order; one that the gate refuses leaves what stands there."""
        if self.look_only:
            for draft in drafts:
                if self._may_pass(draft):
                    self._compare(draft)
            return
        rest = iter(drafts)
        while self._put_some(islice(rest, AT_ONCE)):
            pass

    def _put_some(self, drafts: Iterable[Draft]) -> bool:
        """Puts these, which are made while those before them are packed; returns whether there were any."""
        with files.Staging(self.folder) as staging:
            made = [self._staged(draft, staging) for draft in drafts]
            if made:
                self._publish(made, staging)
        return bool(made)

    def take_away(self, paths: Iterable[str]) -> None:
        """Removes documents of ours that are published no more."""
        stale = sorted(paths)
        self.removed += len(stale)
        self.differences += [Difference(path=path, what="removed", why="nothing stands in it") for path in stale]
        if stale and not self.look_only:
            with self.store.read() as connection:
                self.fence.ask(connection)
            for path in stale:
                files.remove_file(self.folder, path)
            with self.store.write() as connection:
                self.fence.ask(connection)
                documents.forget(connection, stale, at=self.clock())

    # -- one document -----------------------------------------------------------------------------

    def _may_pass(self, draft: Draft) -> bool:
        self.put_paths.add(draft.path)
        problems = _problems(draft)
        if problems:
            self.refused[draft.path] = "; ".join(problems[:3])
        return not problems

    def _staged(self, draft: Draft, staging: files.Staging) -> _Made:
        note = Document(path=draft.path, sha256="", published_at=self.clock().replace(microsecond=0), feed=draft.feed)
        if not self._may_pass(draft):
            return _Made(note=replace(note, trouble=self.refused[draft.path]), topic=None)
        packing = files.packing(len(draft.content), often=not draft.month) if self.packed else None
        staging.add(files.File(path=draft.path, content=draft.content, packing=packing))
        digest, size = hashlib.sha256(draft.content).hexdigest(), len(draft.content)
        note = replace(note, sha256=digest, month=draft.month, entries=draft.entries, size=size)
        return _Made(note=note, topic=draft.topic)

    # -- what was made ----------------------------------------------------------------------------

    def _publish(self, made: Sequence[_Made], staging: files.Staging) -> None:
        with self.store.read() as connection:
            self.fence.ask(connection)
            known = documents.some(connection, [each.note.path for each in made])
        notes = [_noted(each.note, known.get(each.note.path)) for each in made]
        if new := {note.path for note in notes if note.trouble is None} - known.keys():
            with self.store.write() as connection:
                self.fence.ask(connection)
                documents.announce(connection, new, at=self.clock())
        times = {note.path: note.published_at for note in notes if note.trouble is None}
        self.changed += len(staging.publish(times))
        news = [note for note in notes if note != known.get(note.path)]
        self._keep_books(news, {each.note.path: each.topic for each in made if each.topic is not None})

    def _keep_books(self, notes: list[Document], topics: Mapping[str, str]) -> None:
        if not notes:
            return
        with self.store.write() as connection:
            self.fence.ask(connection)
            documents.note(connection, notes)
            told = [topics[note.path] for note in notes if note.path in topics]
            pings.want(connection, told, at=self.clock())

    # -- a look -----------------------------------------------------------------------------------

    def _compare(self, draft: Draft) -> None:
        before = files.content(self.folder, draft.path)
        if before == draft.content:
            return
        self.changed += 1
        what = "new" if before is None else "changed"
        self.differences.append(Difference(path=draft.path, what=what, why=draft.why))
        if draft.kind == "atom" and not draft.month:
            self.unread += cost(before, draft.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A document that is on its way."""

    #: What the books say of it if it stands nowhere yet.
    note: Document
    topic: str | None


def _problems(draft: Draft) -> list[str]:
    if draft.trouble is not None:
        return [draft.trouble]
    try:
        return gate.problems(draft.kind, draft.content) if draft.kind else []
    except Exception as error:
        if not is_about_one(error):
            raise
        return [f"it can't be read again: {in_a_line(error)}"]


def _noted(note: Document, known: Document | None) -> Document:
    """What the books will say of it, with what they said."""
    if known is None:
        return note
    if note.trouble is not None:
        return replace(known, trouble=note.trouble)
    if known.sha256 == note.sha256:
        return replace(note, published_at=known.published_at)
    after = known.published_at + _SECOND if known.sha256 else note.published_at
    return replace(note, published_at=max(note.published_at, after))
