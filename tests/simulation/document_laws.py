"""What docs/feeds.md promises of documents beside their posts: when they changed, how categories are called, where they
stood before."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.simulation.documents import Entry, FeedDocument
from tests.simulation.facts import Published, Told
from tests.simulation.feed_model import FeedModel


@dataclass(slots=True)
class ExactFeedModel(FeedModel):
    """The model of feeds, which also looks at what documents say of themselves, and of each entry's categories."""

    #: The category whose feed stood at an address last, by the slug that it had then.
    _had: dict[str, str] = field(default_factory=dict)

    def _told(self, fact: Told) -> None:
        self._had |= {slug: category for category, (slug, _) in self.called.items()}
        FeedModel._told(self, fact)

    def _published(self, fact: Published, *, whole: bool) -> None:
        FeedModel._published(self, fact, whole=whole)
        if whole:
            self._where_feeds_stood(fact)

    def _where_feeds_stood(self, fact: Published) -> None:
        """At the old address of a category stands a copy of its live document, as long as no other one takes it."""
        slugs = {slug for slug, _ in self.called.values()}
        for slug, category in self._had.items():
            live = fact.documents.get(f"category/{self.called[category][0]}.atom")
            former = fact.documents.get(f"category/{slug}.atom")
            if slug in slugs or live is None or former is None or not live.entries:
                continue
            if (former.feed_id, former.entries) != (live.feed_id, live.entries):
                words = f"it is no copy of {live.path}"
                self._breach("an old address that says otherwise", fact, former.path, set(), words)

    def _one_document(self, fact: Published, document: FeedDocument) -> None:
        """A reader that asks whether something is new goes by the feed's own date."""
        FeedModel._one_document(self, fact, document)
        changes = [*(each.updated for each in document.entries), *document.gone.values()]
        if document.updated is not None and changes and document.updated != max(changes):
            words = f"it changed on {max(changes):%Y-%m-%d %H:%M:%S}, and says {document.updated:%Y-%m-%d %H:%M:%S}"
            self._breach("another date than its newest change", fact, document.path, set(), words)

    def _one_entry(self, fact: Published, stem: str, number: int, entry: Entry) -> None:
        FeedModel._one_entry(self, fact, stem, number, entry)
        called = {self.called[each] for each in self.posts[number].shown.categories if each in self.called}
        if entry.terms != called:
            words = f"categories {sorted(entry.terms)}, not {sorted(called)}"
            self._breach("an entry that says otherwise", fact, stem, {number}, words)
