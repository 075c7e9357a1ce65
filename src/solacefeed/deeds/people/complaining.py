"""Complaints of readers: each is acknowledged at once, and has to be answered within thirty days.

Who complains without a link is acknowledged at the address that they have typed, as a form is answered
(``answer_letters``): the same for every address, by one letter at most where many are asked for.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.people.available import writer
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import an_address, write_down
from solacefeed.digest.personal_letters import Writer, acknowledgement_words, complaint_words
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.letters import NewLetter, OutboxKind
from solacefeed.models.people import ReaderComplaint, Subscriber
from solacefeed.models.sign_ups import NewSignUp, SignUpKind
from solacefeed.ports import Clock
from solacefeed.store import mailable, outbox, reader_complaints, reader_links, suppressions
from solacefeed.store.database import Store

#: Data (Use and Access) Act 2025, section 103, has a complaint acknowledged within thirty days; ours is at once, and in
#: thirty days there is to be an answer.
ANSWERED_WITHIN = timedelta(days=30)

#: Characters: some pages.
LONGEST = 5000
#: What ``by_a_stranger`` writes before their words.
_TYPED = re.compile(r"(\S[^\s@]*+@\S+):\n\n")

#: Letters that acknowledge complaints of one reader, within so long.
ACKNOWLEDGED = 3
ACKNOWLEDGED_WITHIN = timedelta(hours=24)

#: Also a relay that is down for days is to bring it.
LETTER_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Who complains without a link."""

    #: As it was typed.
    email: str
    #: BCP 47, of the page; ``None`` for the site's.
    language: str | None = None
    #: A prefix of the address that it came from.
    network: str | None = None
    #: Where the form stood.
    page: str | None = None


def complain(
    store: Store,
    clock: Clock,
    settings: PeopleSettings,
    *,
    number: int | None,
    digest: str | None,
    words: str,
    stranger: Stranger | None = None,
) -> int:
    """Keeps a complaint, then tells whoever answers it, and the reader that it has come; returns its number.

    *stranger* is who complains without a link and has said an address: of the store nothing is read by it. All is kept
    in one transaction; where a letter can't be made, the complaint is kept without, the status tells of it, and what
    went wrong is raised. Raises ``UsageError`` for one without words, or with too many, and for what is no address.
    """
    said, now = _said(words), clock()
    asked = _to_be_told(stranger) if stranger else None
    if asked is not None:
        said = by_a_stranger(asked.email, said)
    about = digest if digest in settings.digests else None
    complaint = ReaderComplaint(
        id=_draft_number(),
        subscriber_id=None,
        digest=about,
        words=said,
        at=now,
        due=now + ANSWERED_WITHIN,
        answered_at=None,
    )
    with store.read() as connection:
        subscriber = reader_links.whose(connection, number) if number is not None else None
    letters, fault = _made(settings, complaint, subscriber, asked, now)
    with store.write() as connection:
        mailable.hold(connection)
        if number is not None and (still := reader_links.whose(connection, number)) != subscriber:
            # They have moved since, or are not there any more.
            subscriber = still
            letters, fault = _made(settings, complaint, subscriber, asked, now)
        if asked is not None:
            write_down(connection, settings.key, asked, None, at=now)
        new = reader_complaints.add(
            connection,
            subscriber_id=subscriber.id if subscriber else None,
            digest=about,
            words=said,
            at=now,
            due=complaint.due,
        )
        for each in letters:
            if each.kind is OutboxKind.COMPLAINT or (subscriber and _may_acknowledge(connection, subscriber, now)):
                outbox.put(connection, _numbered(each, complaint.id, new), at=now, name=settings.name_letter)
    settings.wake()
    if fault is not None:
        raise fault
    return new


def by_a_stranger(email: str, said: str) -> str:
    """The words of a complaint that came without a link, as they are kept."""
    return f"{email}:\n\n{said}"


def who_said(complaint: ReaderComplaint) -> tuple[str | None, str]:
    """The address that somebody has typed who came without a link, where they did, and what they say."""
    typed = _TYPED.match(complaint.words) if complaint.subscriber_id is None else None
    return (typed[1], complaint.words[typed.end() :]) if typed else (None, complaint.words)


def _draft_number() -> int:
    """In letters about a complaint that has no number yet: one of so many digits that it stands in no other words."""
    return 10**17 + secrets.randbelow(10**17)


def _numbered(letter: NewLetter, draft: int, number: int) -> NewLetter:
    said, once = letter.words, letter.once
    subject, text, html = (each.replace(str(draft), str(number)) for each in (said.subject, said.text, said.html))
    words = replace(said, subject=subject, text=text, html=html)
    return replace(letter, words=words, once=once and once.replace(str(draft), str(number)))


def _to_be_told(stranger: Stranger) -> NewSignUp:
    return NewSignUp(
        kind=SignUpKind.COMPLAINT,
        email=an_address(stranger.email),
        language=stranger.language,
        network=stranger.network,
        page=stranger.page,
    )


def _said(words: str) -> str:
    said = words.strip()
    if not said:
        raise UsageError("say what you complain of")
    if len(said) > LONGEST:
        raise UsageError(f"say it in {LONGEST:,} characters at most")
    return said


def _made(
    settings: PeopleSettings,
    complaint: ReaderComplaint,
    subscriber: Subscriber | None,
    asked: NewSignUp | None,
    now: datetime,
) -> tuple[tuple[NewLetter, ...], Exception | None]:
    """The letters about it; none where one can't be made, and what went wrong: the complaint is worth more."""
    try:
        return _letters(settings, complaint, subscriber, asked.email if asked else None, now), None
    except Exception as error:
        return (), error


def _letters(
    settings: PeopleSettings, complaint: ReaderComplaint, subscriber: Subscriber | None, said: str | None, now: datetime
) -> tuple[NewLetter, ...]:
    """*said* is the address of who came without a link, where they have one."""
    by, title = writer(settings, None), settings.digests[complaint.digest].title if complaint.digest else None
    email = subscriber.email if subscriber else None
    told = NewLetter(
        kind=OutboxKind.COMPLAINT,
        email=settings.complaints,
        # Of both, so that who is erased is found in them.
        subscriber_id=subscriber.id if subscriber else None,
        words=complaint_words(by, complaint, email=email, said=said, digest=title),
        reply_to=_answerable(email or said),
        once=f"complaint {complaint.id} to whoever answers",
        not_after=now + LETTER_WITHIN,
    )
    return (told, _acknowledgement(by, complaint, subscriber, now)) if subscriber else (told,)


def _answerable(email: str | None) -> str | None:
    """To answer the mail is to answer the complaint; not every relay takes one with a name beyond ASCII in its head."""
    return email if email and email.isascii() else None


def _acknowledgement(by: Writer, complaint: ReaderComplaint, subscriber: Subscriber, now: datetime) -> NewLetter:
    return NewLetter(
        kind=OutboxKind.ACKNOWLEDGEMENT,
        email=subscriber.email,
        subscriber_id=subscriber.id,
        words=acknowledgement_words(by, at=complaint.at, due=complaint.due, number=complaint.id),
        once=f"complaint {complaint.id} to reader",
        not_after=now + LETTER_WITHIN,
    )


def _may_acknowledge(connection: sa.Connection, subscriber: Subscriber, now: datetime) -> bool:
    """Not to an address that is never mailed, and no flood by whoever holds a forwarded link."""
    if suppressions.find(connection, canonical(subscriber.email)):
        return False
    return reader_complaints.count_by(connection, subscriber.id, after=now - ACKNOWLEDGED_WITHIN) <= ACKNOWLEDGED


def answered(store: Store, clock: Clock, complaint_id: int) -> bool:
    """Writes down that it was answered; false where it was before. Raises ``UsageError`` where there is none."""
    with store.write() as connection:
        if reader_complaints.find(connection, complaint_id) is None:
            raise UsageError(f"there is no complaint {complaint_id}: `solacefeed complaints list`")
        return reader_complaints.answer(connection, complaint_id, at=clock())
