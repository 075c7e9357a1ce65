"""What docs/feeds.md promises of documents beside their posts: when they changed, how categories are called."""

from __future__ import annotations

from tests.simulation.documents import Entry, FeedDocument
from tests.simulation.facts import Published
from tests.simulation.feed_model import FeedModel


class ExactFeedModel(FeedModel):
    """The model of feeds, which also looks at what documents say of themselves, and of each entry's categories."""

    def _one_document(self, fact: Published, document: FeedDocument) -> None:
        """A reader that asks whether something is new goes by the feed's own date."""
        super()._one_document(fact, document)
        changes = [*(each.updated for each in document.entries), *document.gone.values()]
        if document.updated is not None and changes and document.updated != max(changes):
            words = f"it changed on {max(changes):%Y-%m-%d %H:%M:%S}, and says {document.updated:%Y-%m-%d %H:%M:%S}"
            self._breach("another date than its newest change", fact, document.path, set(), words)

    def _one_entry(self, fact: Published, stem: str, number: int, entry: Entry) -> None:
        super()._one_entry(fact, stem, number, entry)
        called = {self.called[each] for each in self.posts[number].shown.categories if each in self.called}
        if entry.terms != called:
            words = f"categories {sorted(entry.terms)}, not {sorted(called)}"
            self._breach("an entry that says otherwise", fact, stem, {number}, words)
