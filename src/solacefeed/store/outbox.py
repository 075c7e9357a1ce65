"""The outbox: mail to one person that stands in no edition, a row each; delivered before any edition's copies.

Its states are a copy's (``store.mail_states``), with these ends:

    pending --> expired      not accepted by its ``not_after``
            --> cancelled    another letter took its place, its edition is no draft any more, it may not go to its
                             address, or only_to keeps it back

A letter's words are frozen when it is put here, and read again only when it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed import email_addresses as address
from solacefeed.models.deliveries import ClaimKey, DeliveryState, Lease, Mark, Outcome
from solacefeed.models.letters import Letter, LetterWords, NewLetter, OutboxKind
from solacefeed.store import due_letters, held_editions, mail_moves, mail_states
from solacefeed.store.compiled import Compiled
from solacefeed.store.database import among
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.dialects import insert_of
from solacefeed.store.known_names import as_known
from solacefeed.store.mailable import is_leaving
from solacefeed.store.row_tables import Rows
from solacefeed.store.schema import outbox, suppressions

#: What a letter says is long, and may be secret.
_LEFT_OUT = ("text", "html", "language", "worker", "lease_until")
_COLUMNS = [column for column in outbox.columns if column.name not in _LEFT_OUT]

#: Of letters that somebody may have to see to.
_TOLD = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.HANDING,
    DeliveryState.UNCERTAIN,
    DeliveryState.REJECTED,
    DeliveryState.EXPIRED,
)

_PENDING, _NOT_GONE = (DeliveryState.PENDING,), (DeliveryState.PENDING, DeliveryState.CLAIMED)

#: Letters whose addresses are looked at together.
_PAGE = 500

#: Letters that strangers cause.
_ASKED_FOR = (OutboxKind.CONFIRMATION, OutboxKind.LINK, OutboxKind.ACKNOWLEDGEMENT)

#: Gives a letter its Message-ID, by its kind, its number and the instant at which it was put here.
NameLetter = Callable[[OutboxKind, int, datetime], str]


def put(connection: sa.Connection, letter: NewLetter, *, at: datetime, name: NameLetter) -> int | None:
    """Its number; ``None`` where one of the same ``once`` is there already, which stays as it is."""
    fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "doubts": 0, "created_at": at, "changed_at": at}
    statement = insert_of(connection.dialect.name)(outbox).values(
        kind=letter.kind.value,
        email=letter.email,
        name=letter.name,
        subscriber_id=letter.subscriber_id,
        edition_id=letter.edition_id,
        subject=letter.words.subject,
        text=letter.words.text,
        html=letter.words.html,
        language=letter.words.language,
        reply_to=letter.reply_to,
        once=letter.once,
        not_after=letter.not_after,
        message_id="",
        **fresh,
    )
    unless_there = statement.on_conflict_do_nothing(index_elements=[outbox.c.once]).returning(outbox.c.id)
    number = connection.execute(unless_there).scalar()
    if number is None:
        return None
    due_letters.hasten(connection, letter, at=at)
    mail_moves.change(connection, outbox, outbox.c.id == number, message_id=name(letter.kind, int(number), at))
    return int(number)


def not_yet_gone(connection: sa.Connection, edition_id: str, kind: OutboxKind) -> set[int]:
    """The numbers of the letters of an edition that can be taken back yet."""
    its = (outbox.c.edition_id == edition_id) & (outbox.c.kind == kind.value)
    return set(connection.execute(sa.select(outbox.c.id).where(its, _can_be_cancelled())).scalars())


def there(connection: sa.Connection, onces: Iterable[str]) -> set[str]:
    """Those of *onces* of which there is a letter."""
    conditions = among(connection, outbox.c.once, onces)
    return {once for each in conditions for (once,) in connection.execute(sa.select(outbox.c.once).where(each))}


def count_of(connection: sa.Connection, subscriber_id: int, beginnings: Iterable[str], *, after: datetime) -> int:
    """How many letters were put here for a subscriber since an instant whose ``once`` begins like one of those."""
    begins = sa.or_(*(outbox.c.once.startswith(each, autoescape=True) for each in beginnings))
    theirs = (outbox.c.subscriber_id == subscriber_id) & (outbox.c.created_at > after)
    return connection.execute(sa.select(sa.func.count()).select_from(outbox).where(theirs, begins)).scalar_one()


def count_to(connection: sa.Connection, email: str, beginning: str, *, after: datetime) -> int:
    """The same of those for an address, as it is spelt."""
    begins = outbox.c.once.startswith(beginning, autoescape=True)
    there = (outbox.c.email == email) & (outbox.c.created_at > after)
    return connection.execute(sa.select(sa.func.count()).select_from(outbox).where(there, begins)).scalar_one()


def last_put(connection: sa.Connection, onces: Iterable[str]) -> datetime | None:
    """When the newest of those was put here; ``None`` where there is none of them."""
    newest = sa.select(sa.func.max(outbox.c.created_at))
    found = [connection.execute(newest.where(each)).scalar() for each in among(connection, outbox.c.once, onces)]
    return max((each for each in found if each), default=None)


def take_back(
    connection: sa.Connection, edition_id: str, email: str, kind: OutboxKind, *, why: str, at: datetime
) -> int:
    """Cancels what waits for somebody of an edition, since another letter takes its place; returns how many."""
    which = (outbox.c.edition_id == edition_id) & (outbox.c.email == email) & (outbox.c.kind == kind.value)
    held_editions.hold_mail(connection, outbox, which & mail_states.waits(outbox))
    mail_states.leave_in_doubt(connection, outbox, which, at=at)
    ended = {"answer": why, "next_try_at": None, "changed_at": at}
    return mail_moves.move(connection, outbox, which, leaving=_PENDING, to=DeliveryState.CANCELLED, **ended)


def take_one_back(connection: sa.Connection, number: int, *, why: str, at: datetime) -> bool:
    """Cancels a letter; false for one that has left, or may have, or was given up."""
    return _cancel(connection, outbox.c.id == number, why=why, at=at) == 1


def take_all_back(connection: sa.Connection, subscriber_id: int, *, why: str, at: datetime) -> int:
    """Cancels what waits for a subscriber, also what a worker has claimed: its mark finds it claimed no more."""
    return _cancel(connection, outbox.c.subscriber_id == subscriber_id, why=why, at=at)


def take_back_from(connection: sa.Connection, canonicals: Collection[str], *, why: str, at: datetime) -> int:
    """The same of what waits for addresses, however they are spelt there: a database lowers letters in its own way."""
    moves = mail_states.waits(outbox) | mail_states.in_hand(outbox)
    asked = sa.select(outbox.c.id, outbox.c.email).where(moves).order_by(outbox.c.id).limit(_PAGE)
    taken, rows = 0, connection.execute(asked).all()
    while rows:
        ids = [row.id for row in rows if address.canonical(row.email) in canonicals]
        taken += sum(_cancel(connection, some, why=why, at=at) for some in among(connection, outbox.c.id, ids))
        rows = connection.execute(asked.where(outbox.c.id > rows[-1].id)).all()
    return taken


def _cancel(connection: sa.Connection, which: sa.ColumnElement[bool], *, why: str, at: datetime) -> int:
    held_editions.hold_mail(connection, outbox, which & (mail_states.waits(outbox) | _can_be_cancelled()))
    mail_states.leave_in_doubt(connection, outbox, which, at=at)
    ended = {"answer": why, "next_try_at": None, "changed_at": at, **mail_states.NOBODYS}
    its = _can_be_cancelled() & which
    return mail_moves.move(connection, outbox, its, leaving=_NOT_GONE, to=DeliveryState.CANCELLED, **ended)


def _can_be_cancelled() -> sa.ColumnElement[bool]:
    return outbox.c.state.in_(_NOT_GONE) & (outbox.c.doubts == 0)


def remove_ended(connection: sa.Connection, onces: Iterable[str]) -> int:
    """Takes away those of *onces* that are not to be offered any more; returns how many letters."""
    lasts = mail_states.waits(outbox) | mail_states.in_hand(outbox)
    conditions = among(connection, outbox.c.once, onces)
    return sum(connection.execute(outbox.delete().where(each, ~lasts)).rowcount for each in conditions)


# -- handing over -----------------------------------------------------------------------------------------


def stirs(connection: sa.Connection, *, at: datetime, offered: bool = True) -> bool:
    """Whether a letter is to be moved now, be it handed over or given up; without *offered* none is handed over."""
    return _stirring(offered).execute(connection, {mail_states.AT.key: at}).first() is not None


@cache
def _stirring(offered: bool) -> Compiled:
    """Asked with each batch of copies: built once."""
    given_up = _is_too_late(mail_states.AT) | due_letters.is_to_be_taken_back()
    due = mail_states.due(outbox, mail_states.AT) & due_letters.has_its_turn(mail_states.AT)
    which = due | given_up if offered else given_up
    return Compiled(lambda _dialect: _any(which))


def left_in_hand(connection: sa.Connection, *, at: datetime, hold: bool, worker: str | None) -> bool:
    """Whether ``recover`` has something to settle; with *hold* also what was in doubt and to be offered again."""
    given = {mail_states.AT.key: at, mail_states.WORKER.key: worker}
    return connection.execute(_left_in_hand(connection.dialect.name, hold), given).first() is not None


@cache
def _left_in_hand(dialect: str, hold: bool) -> sa.Select[Any]:  # kept by its arguments
    lost = mail_states.has_lost_lease(dialect, outbox, at=mail_states.AT, worker=mail_states.WORKER)
    return _any(lost | mail_states.offered_in_doubt(outbox) if hold else lost)


def _any(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.literal(1)).select_from(outbox).where(which).limit(1)


def _is_too_late(at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    return mail_states.waits(outbox) & (outbox.c.not_after < at)


def recover(connection: sa.Connection, *, at: datetime, offer_again_at: datetime | None, worker: str | None) -> int:
    """Settles what lost its lease; on SQLite, of all but *worker*."""
    return mail_states.recover(connection, outbox, at=at, offer_again_at=offer_again_at, worker=worker)


def expire(connection: sa.Connection, *, at: datetime) -> int:
    """Gives up what is too late; returns how many letters. What may have arrived stays uncertain."""
    late = _is_too_late(at)
    held_editions.hold_mail(connection, outbox, late)
    mail_states.leave_in_doubt(connection, outbox, late, at=at)
    ended = {"next_try_at": None, "changed_at": at}
    return mail_moves.move(connection, outbox, late, leaving=_PENDING, to=DeliveryState.EXPIRED, **ended)


def claim(
    connection: sa.Connection,
    *,
    lease: Lease,
    limit: int,
    at: datetime,
    domains: Collection[str] | None = None,
    others: Collection[str] = (),
    sender_id: int | None = None,
) -> list[Letter]:
    """Takes up to *limit* letters that are due, for one worker alone; those never put off go first.

    None that an older one is to come before, nor what is void (``due_letters``).

    Of those to *domains*, or else to any but *others*. They say of who sends them what *sender_id* tells, but for those
    that may have arrived.
    """
    which = (outbox.c.not_after >= at) & ~due_letters.is_void() & due_letters.has_its_turn(at)
    if domains is not None or others:
        which &= ~_is_to(others) if domains is None else _is_to(domains)
    values = mail_states.taking_values(connection.dialect.name, lease, limit, at, sender_id)
    taken: list[sa.Row[Any]] = []
    for again in (False, True):
        if len(taken) < limit:
            values[mail_states.LIMIT.key] = limit - len(taken)
            taking = mail_states.taking(connection.dialect.name, outbox, which, again=again)
            taken += mail_states.in_order(connection.execute(taking, values))
    return [_letter(row) for row in taken]


def _is_to(domains: Collection[str]) -> sa.ColumnElement[bool]:
    # Domains beyond ASCII stand in an address as IDNA spells them, so any database knows their letters.
    ends = [sa.func.lower(outbox.c.email).endswith(f"@{each}", autoescape=True) for each in sorted(domains)]
    return sa.or_(sa.false(), *ends)


def hold(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Keeps others from changing these letters until the transaction ends (``held_editions.hold_mail``)."""
    held_editions.hold_mail_of(connection, outbox, ids)


def renew(connection: sa.Connection, *, lease: Lease, at: datetime) -> int:
    """Begins the leases of a worker's letters anew that have not ended; returns how many."""
    return mail_states.renew(connection, outbox, lease=lease, at=at)


def release(connection: sa.Connection, keys: Iterable[ClaimKey], *, worker: str, at: datetime) -> None:
    """Puts letters back that *worker* has claimed so and not tried."""
    mail_states.release(connection, outbox, keys, worker=worker, at=at)


def keep_back(connection: sa.Connection, keys: Iterable[ClaimKey], *, worker: str, answer: str, at: datetime) -> None:
    """Ends letters that *worker* has claimed so and that shall not be handed over."""
    mail_states.keep_back(connection, outbox, keys, worker=worker, answer=answer, at=at)


def mark_all(
    connection: sa.Connection, marks: Collection[Mark], *, worker: str, at: datetime
) -> dict[ClaimKey, DeliveryState]:
    """The durable marks before final dots: what has become of each letter; those that are ``handing`` may go."""
    addresses: dict[int, str] = {}
    for some in among(connection, outbox.c.id, (mark.id for mark in marks)):
        found = connection.execute(sa.select(outbox.c.id, outbox.c.email).where(some))
        # An address is compared as we lower it, whatever letters the database knows.
        addresses |= {row.id: address.canonical(row.email) for row in found}
    rows = [(mark.id, mark.claim, addresses[mark.id]) for mark in marks if mark.id in addresses]
    return mail_states.mark_all(connection, _MARKING, rows, worker=worker, at=at)


def _may_go(rows: Rows) -> sa.ColumnElement[bool]:
    """Asks, in the statement itself, whether a letter to its address may go.

    Who is to be erased gets none but what asks them to confirm: that they have asked for since.
    """
    to_it = sa.select(sa.literal(1)).where(suppressions.c.canonical == rows.c.canonical)
    asked_since = outbox.c.kind == OutboxKind.CONFIRMATION.value
    may = asked_since | outbox.c.subscriber_id.is_(None) | ~is_leaving(outbox.c.subscriber_id)
    return ~sa.exists(to_it.correlate_except(suppressions)) & may & ~due_letters.is_void()


_MARKING = mail_states.Marking(
    table=outbox,
    told={"canonical": suppressions.c.canonical},
    still=_may_go,
    now=_may_go,
    # Be it suppressed, or its reader to be erased.
    unwanted=lambda: sa.case((due_letters.is_void(), due_letters.DECIDED), else_="its address may not be mailed"),
)


def settle_all(connection: sa.Connection, outcomes: Sequence[Outcome], *, worker: str, at: datetime) -> set[ClaimKey]:
    """Writes down how letters in hand came out; returns the claims of what is so now (``mail_states.settle_all``)."""
    return mail_states.settle_all(connection, outbox, outcomes, worker=worker, at=at)


# -- looking ------------------------------------------------------------------------------------------------


def words(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, LetterWords]:
    """What these letters say."""
    says = sa.select(outbox.c.id, outbox.c.subject, outbox.c.text, outbox.c.html, outbox.c.language)
    rows = (row for some in among(connection, outbox.c.id, numbers) for row in connection.execute(says.where(some)))
    return {
        number: LetterWords(subject=subject, text=text, html=html, language=language)
        for number, subject, text, html, language in rows
    }


def find(connection: sa.Connection, number: int) -> Letter | None:
    if not 0 < number <= LARGEST_NUMBER:
        # A statement could not even ask for it.
        return None
    row = connection.execute(sa.select(*_COLUMNS).where(outbox.c.id == number)).one_or_none()
    return _letter(row) if row else None


def latest(connection: sa.Connection, edition_id: str, email: str, kind: OutboxKind) -> Letter | None:
    """The newest letter to somebody about an edition."""
    own = (outbox.c.edition_id == edition_id, outbox.c.email == email, outbox.c.kind == kind.value)
    row = connection.execute(sa.select(*_COLUMNS).where(*own).order_by(outbox.c.id.desc()).limit(1)).one_or_none()
    return _letter(row) if row else None


def by_once(connection: sa.Connection, onces: Iterable[str]) -> list[Letter]:
    """The letters that have one of *onces*, oldest first."""
    conditions = among(connection, outbox.c.once, onces)
    rows = [row for each in conditions for row in connection.execute(sa.select(*_COLUMNS).where(each))]
    return sorted(map(_letter, rows), key=lambda letter: letter.id)


def listing(connection: sa.Connection, *, state: DeliveryState | None = None, limit: int) -> list[Letter]:
    """The newest *limit* letters, newest first."""
    query = sa.select(*_COLUMNS).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    return [_letter(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStanding:
    """How the outbox stands."""

    #: By state, of letters that wait, are in hand, or ended otherwise than they should of late.
    states: Mapping[str, int] = field(default_factory=dict)
    #: When the oldest that waits was put there; and of those that were tried, what most were answered.
    waits_since: datetime | None = None
    answer: str | None = None


def newest(connection: sa.Connection) -> int:
    """The number of the newest letter; 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(outbox.c.id))).scalar() or 0


def standing(connection: sa.Connection, *, since: datetime) -> OutboxStanding:
    """Of letters put there since *since*, and of all that wait; those that went well are not counted."""
    waiting = mail_states.waits(outbox)
    # Who asks on a form may write an address that there is not: of that nobody need be told.
    of_ours = outbox.c.kind.not_in(_ASKED_FOR)
    told = outbox.c.state.in_(_TOLD) & (waiting | ((outbox.c.created_at >= since) & of_ours))
    counted = sa.select(outbox.c.state, sa.func.count()).where(told)
    states = {row[0]: row[1] for row in connection.execute(counted.group_by(outbox.c.state))}
    oldest = connection.execute(sa.select(sa.func.min(outbox.c.created_at)).where(waiting)).scalar()
    answers = sa.select(outbox.c.answer).where(waiting, outbox.c.answer.is_not(None)).group_by(outbox.c.answer)
    commonest = answers.order_by(sa.func.count().desc(), outbox.c.answer).limit(1)
    return OutboxStanding(states=states, waits_since=oldest, answer=connection.execute(commonest).scalar())


def _letter(row: sa.Row[Any]) -> Letter:
    told: Mapping[str, Any] = {column.name: row._mapping[column] for column in _COLUMNS}
    return Letter(**{**told, "state": as_known(DeliveryState, row.state)})
