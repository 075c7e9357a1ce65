"""What editors and operators are sent of editions: drafts, tests and alarms, put into the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from solacefeed.delivery.trial import OnlyTo
from solacefeed.digest.drafts import (
    DraftedEdition,
    DraftTally,
    draft_key,
    draft_words,
    is_news,
    taken_out_words,
)
from solacefeed.errors import UsageError
from solacefeed.models.editions import Edition
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.stable import stable_hash
from solacefeed.store import outbox
from solacefeed.store.database import Store
from solacefeed.store.outbox import NameLetter

if TYPE_CHECKING:
    from jinja2 import Environment

#: Who tries an edition waits for it, and looks whether it came.
TEST_WITHIN = timedelta(hours=6)

#: What was to be seen to days ago was seen by other ways since.
ALARM_WITHIN = timedelta(days=2)

SUPERSEDED = "a newer draft took its place"


def _no_desk(_editors: Sequence[str]) -> Mapping[str, str]:
    """There are no pages."""
    return {}


def send_draft(
    store: Store,
    draft: DraftedEdition,
    count: Callable[[], DraftTally],
    editors: Sequence[str],
    *,
    at: datetime,
    name: NameLetter,
    environment: Environment,
    desk: Callable[[Sequence[str]], Mapping[str, str]] = _no_desk,
) -> int:
    """Puts a mail about *draft* into the outbox for each editor to whom it is news; returns for how many.

    *desk* has the address of each editor's own page, where there are pages.

    There is one for each version of a draft, and for what is small not too often. What waits of a version before is
    taken back. Where it is news to nobody, nothing is counted, rendered or written.
    """
    with store.read() as connection:
        last = {each: outbox.latest(connection, draft.edition.id, each, OutboxKind.DRAFT) for each in editors}
    to_tell = [each for each in editors if is_news(last[each], draft, at)]
    if not to_tell:
        return 0
    tally, pages = count(), desk(to_tell)
    told = {each: draft_words(draft, tally, each, environment, pages.get(each)) for each in to_tell}
    with store.write() as connection:
        put = 0
        for editor, words in told.items():
            outbox.take_back(connection, draft.edition.id, editor, OutboxKind.DRAFT, why=SUPERSEDED, at=at)
            letter = NewLetter(
                kind=OutboxKind.DRAFT,
                email=editor,
                edition_id=draft.edition.id,
                words=words,
                once=draft_key(draft, editor),
                not_after=draft.of_use_until(at),
            )
            put += outbox.put(connection, letter, at=at, name=name) is not None
    return put


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTest:
    """A mail that tries an edition, in the outbox."""

    edition_id: str
    #: The letter's number.
    letter: int
    #: The edition that was meant, where it has nothing yet and an older one went in its place.
    instead_of: str | None = None
    #: Nothing is in it that a mail is written for: readers would get none.
    is_nothing: bool = False
    #: Whether it has left, so that its page stands.
    has_page: bool = True

    def line(self, address: str) -> str:
        goes = f"goes to {address} as a test with the next deliver (letter {self.letter}); {self._links()}"
        if self.instead_of:
            return (
                f"editions: {self.instead_of} has no post, and would be skipped; "
                f"{self.edition_id}, the newest that has posts, {goes}"
            )
        empty = "; without a post it would be skipped, and readers get none" if self.is_nothing else ""
        return f"editions: {self.edition_id} {goes}{empty}"

    def _links(self) -> str:
        page = "" if self.has_page else ", and so does the one to its page, which stands when it leaves"
        return f"links in it that are a reader's own lead to the blog{page}"


def send_test(
    store: Store, words: LetterWords, address: str, *, edition_id: str, only_to: OnlyTo, at: datetime, name: NameLetter
) -> int:
    """Puts a mail that tries an edition on *address* into the outbox, and returns its number.

    Raises ``UsageError`` where a trial keeps mail back from there.
    """
    if not only_to.reaches(address):
        raise UsageError(f"{address} gets nothing: `[mail] only_to` keeps mail to others back")
    letter = NewLetter(
        kind=OutboxKind.TEST, email=address, edition_id=edition_id, words=words, not_after=at + TEST_WITHIN
    )
    with store.write() as connection:
        number = outbox.put(connection, letter, at=at, name=name)
    assert number is not None
    return number


def tell_what_was_taken_out(
    store: Store, edition: Edition, titles: Sequence[str], to: Sequence[str], *, at: datetime, name: NameLetter
) -> int:
    """Tells each of *to* of an edition that leaves without posts of these titles; once of the same ones."""
    cause = f"{edition.mail_name} without {stable_hash(titles)[:16]}"
    return send_alarm(store, taken_out_words(edition, titles), to, cause=cause, at=at, name=name)


def send_alarm(
    store: Store, words: LetterWords, operators: Sequence[str], *, cause: str, at: datetime, name: NameLetter
) -> int:
    """Puts a mail into the outbox for each operator, once for each *cause*; returns for how many."""
    onces = {f"alarm {cause} {operator}": operator for operator in operators}
    with store.read() as connection:
        told = outbox.there(connection, onces)
    letters = [
        NewLetter(kind=OutboxKind.ALARM, email=operator, words=words, once=once, not_after=at + ALARM_WITHIN)
        for once, operator in onces.items()
        if once not in told
    ]
    # What waits is looked at again and again, and a look that finds nothing new writes nothing.
    if not letters:
        return 0
    with store.write() as connection:
        return sum(outbox.put(connection, letter, at=at, name=name) is not None for letter in letters)
