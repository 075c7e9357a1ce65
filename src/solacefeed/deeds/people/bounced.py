"""What a bounce does to the reader of whose mail it is: it is written down, counted, and may suppress the address.

hard        there is no such mailbox                   suppressed when so many have come
soft        it may take the next mail                  suppressed after so many editions in a row, over so long a time
complaint   its reader called it spam                  suppressed at once
sender      it is about us                             noted

An edition that went well begins anew, for hard ones too; what comes of an older one, when it is sure that it did,
counts for nothing. Doing it twice changes nothing: a bounce is known by its mark, and of one mail of ours one bounce
counts. One that is handed over again may come back again: which of them that was is told by its claims and by no clock,
for one may leap, and the machine that looks has another than the one that sent. Where more than a tenth of an edition
comes back, by mail or at the relay, the operator is asked (``deeds.people.held_bounces``). A reader's choices stay as
they are for when they come back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.delivery.bounce_fields import refusal
from solacefeed.delivery.refusals import without_addresses
from solacefeed.email_addresses import canonical
from solacefeed.models.bounces import Bounce, BounceKind, BounceOutcome, BounceSource, Failure
from solacefeed.models.deliveries import LONGEST_SENDING, Delivery, DeliveryState
from solacefeed.models.letters import Letter, OutboxKind
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.ports import Clock
from solacefeed.store import bounces, deliveries, held_bounces, suppressions
from solacefeed.store.bounces import NewBounce, OfferedCopy
from solacefeed.store.database import Store
from solacefeed.words import counted

#: Refusals of the relay that are taken in one transaction.
CHUNK = 100

#: So long after an edition could leave refusals of its copies are looked for: none goes later (``max_late``), but for
#: those that were sent again, which are looked for as long after the time that they had for themselves.
LOOKED_BACK = LONGEST_SENDING + timedelta(days=1)

#: So long after its closing an edition has come back, if it does: the last of it may leave as late, and servers try for
#: five days (RFC 5321 section 4.5.4.1).
SURELY_ARRIVED = LONGEST_SENDING + timedelta(days=7)

#: Of an edition's copies that the relay has answered: where more than this many, and more than this share, came back
#: hard, the server that speaks for these mailboxes is likelier in trouble than they are. So it is where the relay
#: refused more than this many one after the other. A list that is kept loses one in fifty.
MOST_HARD = 10
LARGEST_HARD_SHARE = 0.10

#: So much of what a server said is kept.
_LONGEST_WORDS = 300

#: Of mail that the relay has, or may have, by its newest claim.
_OUT = (DeliveryState.HANDING, DeliveryState.UNCERTAIN, DeliveryState.ACCEPTED)

#: Letters that strangers ask for in somebody's name: who complains of one is never written to again.
_ASKED_FOR = (OutboxKind.CONFIRMATION, OutboxKind.LINK)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRules:
    """How many bounces suppress an address."""

    hard: int = 1
    #: Editions in a row, and how long it is at least from the first of them to the last.
    soft: int = 4
    soft_over: timedelta = timedelta(days=14)


def take_bounce(
    connection: sa.Connection,
    rules: BounceRules,
    said: Failure,
    mail: Delivery | Letter,
    *,
    mark: str,
    source: BounceSource,
    at: datetime,
    doubted: bool = False,
) -> BounceOutcome | None:
    """Writes down what is *said* of *mail*, and does what it comes to.

    ``None`` where it was read before, or says once more what was said of it often enough. A hard one that is *doubted*
    waits for the operator, however many came.
    """
    is_copy = isinstance(mail, Delivery)
    # Of who is no subscriber no address is kept for it.
    address = canonical(mail.email) if mail.email and _is_a_readers(said.kind, mail) else None
    new = NewBounce(
        mark=mark,
        source=source,
        kind=said.kind,
        delivery_id=mail.id if is_copy else None,
        letter_id=None if is_copy else mail.id,
        claim=mail.claims,
        subscriber_id=mail.subscriber_id,
        canonical=address,
        status=said.status,
        words=without_addresses(said.words)[:_LONGEST_WORDS],
    )
    # Whoever has a mail's path can write as much as they like about it, but what a relay says it says to us.
    can_be_made_up = source is not BounceSource.RELAY
    if can_be_made_up and bounces.says_nothing_new(connection, new, is_out=mail.state in _OUT):
        return None
    if not bounces.add(connection, new, at=at):
        return None
    outcome = _outcome(connection, rules, new, mail, at=at, doubted=doubted)
    bounces.came_to(connection, mark, outcome)
    if outcome is BounceOutcome.NOTED and new.kind is BounceKind.HARD:
        # What is not believed counts for nobody later either.
        bounces.spend_one(connection, mark)
    return outcome


def note_unknown(connection: sa.Connection, said: Failure, *, mark: str, at: datetime) -> BounceOutcome | None:
    """Writes down one that names no mail of ours; ``None`` where it was read before."""
    words = without_addresses(said.words)[:_LONGEST_WORDS]
    new = NewBounce(mark=mark, source=BounceSource.MAIL, kind=said.kind, status=said.status, words=words)
    if not bounces.add(connection, new, at=at):
        return None
    bounces.came_to(connection, mark, BounceOutcome.UNKNOWN)
    return BounceOutcome.UNKNOWN


def _outcome(
    connection: sa.Connection,
    rules: BounceRules,
    new: NewBounce,
    mail: Delivery | Letter,
    *,
    at: datetime,
    doubted: bool,
) -> BounceOutcome:
    if new.canonical is None or new.kind is BounceKind.SENDER:
        return BounceOutcome.NOTED
    instead = _held(connection, new, mail, doubted=doubted)
    if suppressions.find(connection, new.canonical):
        return BounceOutcome.BEFORE
    if instead is not None:
        return instead
    reason = _reason(connection, rules, new, mail, at)
    if reason is None:
        return BounceOutcome.COUNTED
    return suppress_for(connection, new.canonical, reason, new.words, at=at)


def suppress_for(
    connection: sa.Connection, address: str, reason: SuppressionReason, said: str, *, at: datetime
) -> BounceOutcome:
    """Suppresses an address for what was *said* of it."""
    words = _WORDS[reason] + (f": {said}" if said and reason is not SuppressionReason.COMPLAINT else "")
    one = Suppression(canonical=address, reason=reason, words=words, actor=Actor.SUPPRESSION, at=at)
    return BounceOutcome.SUPPRESSED if suppressions.add(connection, one) else BounceOutcome.BEFORE


def _held(connection: sa.Connection, new: NewBounce, mail: Delivery | Letter, *, doubted: bool) -> BounceOutcome | None:
    """What becomes of a hard one instead, of an edition of which too many came; ``None`` where it counts."""
    if new.kind is not BounceKind.HARD or not isinstance(mail, Delivery):
        return None
    told = held_bounces.count(connection, mail.edition_id, mail.id)
    if told.believed is False:
        return BounceOutcome.NOTED
    if told.believed is True:
        return None
    too_many = doubted or came_back_too_often(told.hard, _answered(connection, mail.edition_id, told.hard))
    return BounceOutcome.HELD if too_many else None


def came_back_too_often(hard: int, copies: int) -> bool:
    """Whether so many mailboxes are likelier to be there, and a server that speaks for them in trouble."""
    return hard > MOST_HARD and hard > copies * LARGEST_HARD_SHARE


def _answered(connection: sa.Connection, edition_id: str, hard: int) -> int:
    """Copies of an edition that the relay has answered: those that wait say nothing. Counted as far as it matters."""
    if hard <= MOST_HARD:
        return 0
    return held_bounces.answered(connection, edition_id, most=int(hard / LARGEST_HARD_SHARE) + 1)


_WORDS = {
    SuppressionReason.HARD: "the address does not exist",
    SuppressionReason.SOFT: "mail to it came back edition after edition",
    SuppressionReason.COMPLAINT: "its reader called a mail of ours spam",
}


def _is_a_readers(kind: BounceKind, mail: Delivery | Letter) -> bool:
    """Not an editor's or an operator's, who would hear of nothing any more; nor a stranger's who mistyped a form."""
    if isinstance(mail, Delivery) or mail.subscriber_id is not None:
        return True
    return kind is BounceKind.COMPLAINT and mail.kind in _ASKED_FOR


def _reason(
    connection: sa.Connection, rules: BounceRules, new: NewBounce, mail: Delivery | Letter, at: datetime
) -> SuppressionReason | None:
    """Why the address is to be suppressed now; ``None`` where it is not."""
    if new.kind is BounceKind.COMPLAINT:
        return SuppressionReason.COMPLAINT
    assert new.canonical is not None
    assert mail.subscriber_id is not None
    had = bounces.of_address(connection, new.canonical)
    all_of_theirs = bounces.offered_to(connection, mail.subscriber_id, besides=new.delivery_id)
    offered = [each for each in all_of_theirs if _went_to(each, new.canonical)]
    kinds = bounces.kinds_of_copies(had)
    row, since = in_a_row(offered, kinds, new.delivery_id)
    if row and _went_well_after(row[-1], offered, kinds, at):
        return None
    if new.kind is BounceKind.HARD and _hard_ones(row, kinds, had, since) >= rules.hard:
        return SuppressionReason.HARD
    if len(row) >= rules.soft and row[-1].closed_at - row[0].closed_at >= rules.soft_over:
        return SuppressionReason.SOFT
    return None


def _went_well_after(
    last: OfferedCopy, offered: Sequence[OfferedCopy], kinds: Mapping[int, BounceKind], at: datetime
) -> bool:
    """Whether the mailbox has taken a later edition, whose bounce would be here by now: what it said before is over.

    Else who keeps the return path of an old mail could have its reader suppressed for as long as we keep its copy.
    """
    later = (copy for copy in offered if (copy.closed_at, copy.id) > (last.closed_at, last.id))
    return any(
        copy.state is DeliveryState.ACCEPTED and copy.id not in kinds and at - copy.closed_at >= SURELY_ARRIVED
        for copy in later
    )


def _went_to(copy: OfferedCopy, address: str) -> bool:
    return bool(copy.email) and canonical(copy.email) == address


def in_a_row(
    offered: Sequence[OfferedCopy], kinds: Mapping[int, BounceKind], which: int | None
) -> tuple[list[OfferedCopy], datetime | None]:
    """The copies that came back in a row around the one *which*, or last where that is ``None``.

    And when the edition before them closed that went well. *offered* are in the order of their editions, *kinds* what
    came of some. Of a copy that was refused because of us, or that is in doubt, nobody knows how the reader's mailbox
    would have taken it: it stands in no row, and ends none.
    """
    row: list[OfferedCopy] = []
    since, is_it = None, which is None
    for copy in offered:
        kind = kinds.get(copy.id)
        if kind in (BounceKind.HARD, BounceKind.SOFT):
            row.append(copy)
            is_it = is_it or copy.id == which
        elif kind is None and copy.state is DeliveryState.ACCEPTED:
            if is_it and which is not None:
                break
            row, since = [], copy.closed_at
    return row, since


def _hard_ones(
    row: Sequence[OfferedCopy], kinds: Mapping[int, BounceKind], had: Sequence[Bounce], since: datetime | None
) -> int:
    """How many mails have come back hard, each once, since an edition went well."""
    letters = {
        each.letter_id
        for each in had
        if each.letter_id is not None and each.kind is BounceKind.HARD and (since is None or each.at > since)
    }
    return sum(kinds[copy.id] is BounceKind.HARD for copy in row) + len(letters)


# -- refusals of the relay ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalsTaken:
    """What became of copies that the relay refused at once."""

    suppressed: int = 0
    counted: int = 0
    #: Of editions of which it refused so many that the operator is asked.
    held: int = 0

    def has_news(self) -> bool:
        return bool(self.suppressed or self.held)

    def line(self) -> str:
        """``refusals: 2 addresses suppressed``."""
        told = [f"{counted(self.suppressed, 'address', 'addresses')} suppressed"] if self.suppressed else []
        if self.held:
            told.append(f"{counted(self.held, 'copy', 'copies')} held, for too many of an edition came back")
        return f"refusals: {', '.join(told) or 'nothing new'}"


def take_refusals(store: Store, clock: Clock, rules: BounceRules) -> RefusalsTaken:
    """Counts what the relay has refused as what comes back: a copy that it does not take bounces as surely.

    Where it refuses too many of an edition, or too many one after the other, it is likelier in trouble than they are:
    the operator is asked.
    """
    tally = Counter[BounceOutcome]()
    since = dict[str, datetime | None]()
    while numbers := _refused(store, clock()):
        taken = list[BounceOutcome | None]()
        with store.write() as connection:
            found = (deliveries.find(connection, number) for number in numbers)
            # One that was offered again meanwhile is refused no more.
            for copy in (each for each in found if each is not None and each.state is DeliveryState.REJECTED):
                if copy.edition_id not in since:
                    since[copy.edition_id] = _row_begins(connection, copy.edition_id)
                begins = since[copy.edition_id]
                doubted = begins is not None and copy.changed_at >= begins
                taken.append(_take_refusal(connection, rules, copy, doubted=doubted, at=clock()))
        tally.update(each for each in taken if each is not None)
        if not any(taken):
            # Another look takes the same: there is nothing to wait for.
            break
    return RefusalsTaken(
        suppressed=tally[BounceOutcome.SUPPRESSED],
        counted=tally[BounceOutcome.COUNTED],
        held=tally[BounceOutcome.HELD],
    )


def _refused(store: Store, now: datetime) -> list[int]:
    with store.read() as connection:
        return bounces.refused_copies(connection, left_since=now - LOOKED_BACK, limit=CHUNK)


def _row_begins(connection: sa.Connection, edition_id: str) -> datetime | None:
    """When the relay began to refuse all that it is offered; ``None`` where so few were refused in a row."""
    row = held_bounces.refused_in_row(connection, edition_id)
    return row.since if row.copies > MOST_HARD else None


def _take_refusal(
    connection: sa.Connection, rules: BounceRules, copy: Delivery, *, doubted: bool, at: datetime
) -> BounceOutcome | None:
    said, mark = refusal(copy.email, copy.answer or ""), f"refused copy {copy.id} by claim {copy.claims}"
    return take_bounce(connection, rules, said, copy, mark=mark, source=BounceSource.RELAY, at=at, doubted=doubted)
