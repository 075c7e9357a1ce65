"""Complaints of readers: each is acknowledged at once, and has to be answered within thirty days."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.people.available import writer
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.digest.personal_letters import acknowledgement_words, complaint_words
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import ReaderComplaint, Subscriber
from solacefeed.ports import Clock
from solacefeed.store import outbox, reader_complaints, reader_links, suppressions
from solacefeed.store.database import Store

#: Data (Use and Access) Act 2025, section 103, has a complaint acknowledged within thirty days; ours is at once, and in
#: thirty days there is to be an answer.
ANSWERED_WITHIN = timedelta(days=30)

#: Characters: some pages.
LONGEST = 10_000

#: Letters that acknowledge complaints of one reader, within so long.
ACKNOWLEDGED = 3
ACKNOWLEDGED_WITHIN = timedelta(hours=24)

#: Also a relay that is down for days is to bring it.
LETTER_WITHIN = timedelta(days=14)


def complain(
    store: Store, clock: Clock, settings: PeopleSettings, *, number: int | None, digest: str | None, words: str
) -> int:
    """Keeps a complaint, then tells whoever answers it, and the reader that it has come; returns its number.

    It is kept also where a letter about it can't be made: the status tells of it. Raises ``UsageError`` for one without
    words, or with too many.
    """
    said, now = _said(words), clock()
    with store.write() as connection:
        subscriber = reader_links.whose(connection, number) if number is not None else None
        whose = subscriber.id if subscriber else None
        about = digest if digest in settings.digests else None
        due = now + ANSWERED_WITHIN
        new = reader_complaints.add(connection, subscriber_id=whose, digest=about, words=said, at=now, due=due)
        complaint = ReaderComplaint(
            id=new, subscriber_id=whose, digest=about, words=said, at=now, due=due, answered_at=None
        )
    _tell(store, settings, complaint, subscriber, now)
    settings.wake()
    return new


def _said(words: str) -> str:
    said = words.strip()
    if not said:
        raise UsageError("say what you complain of")
    if len(said) > LONGEST:
        raise UsageError(f"say it in {LONGEST:,} characters at most")
    return said


def _tell(
    store: Store,
    settings: PeopleSettings,
    complaint: ReaderComplaint,
    subscriber: Subscriber | None,
    now: datetime,
) -> None:
    by, title = writer(settings, None), settings.digests[complaint.digest].title if complaint.digest else None
    email = subscriber.email if subscriber else None
    told = complaint_words(by, complaint, email=email, digest=title)
    acknowledged = acknowledgement_words(by, complaint) if subscriber is not None else None
    with store.write() as connection:
        _put(connection, settings, settings.complaints, told, complaint, to="whoever answers", now=now)
        if subscriber is not None and acknowledged and _may_acknowledge(connection, subscriber, now):
            _put(connection, settings, subscriber.email, acknowledged, complaint, to="reader", now=now)


def _may_acknowledge(connection: sa.Connection, subscriber: Subscriber, now: datetime) -> bool:
    """Not to an address that is never mailed, and no flood by whoever holds a forwarded link."""
    if suppressions.find(connection, canonical(subscriber.email)):
        return False
    return reader_complaints.count_by(connection, subscriber.id, after=now - ACKNOWLEDGED_WITHIN) <= ACKNOWLEDGED


def _put(
    connection: sa.Connection,
    settings: PeopleSettings,
    email: str,
    words: LetterWords,
    complaint: ReaderComplaint,
    *,
    to: str,
    now: datetime,
) -> None:
    letter = NewLetter(
        kind=OutboxKind.COMPLAINT,
        email=email,
        # Of both, so that who is erased is found in them.
        subscriber_id=complaint.subscriber_id,
        words=words,
        once=f"complaint {complaint.id} to {to}",
        not_after=now + LETTER_WITHIN,
    )
    outbox.put(connection, letter, at=now, name=settings.name_letter)


def answered(store: Store, clock: Clock, complaint_id: int) -> bool:
    """Writes down that it was answered; false where it was before. Raises ``UsageError`` where there is none."""
    with store.write() as connection:
        if reader_complaints.find(connection, complaint_id) is None:
            raise UsageError(f"there is no complaint {complaint_id}: `solacefeed complaints list`")
        return reader_complaints.answer(connection, complaint_id, at=clock())
