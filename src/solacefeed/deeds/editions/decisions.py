"""What is decided of editions and their copies: before they leave, as part of a greater change; and on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.editions import cancelling
from solacefeed.digest.periods import is_too_late
from solacefeed.errors import UsageError
from solacefeed.models.canaries import CanaryState
from solacefeed.models.digests import Digest
from solacefeed.models.editions import BY_OPERATOR, WAITING, Editing, Edition, EditionState
from solacefeed.ports import Clock
from solacefeed.store import (
    alarms,
    canaries,
    copy_decisions,
    deliveries,
    delivery_ends,
    editions,
    held_editions,
    ledger,
    letter_refusals,
    senders,
)
from solacefeed.store.database import Store
from solacefeed.store.deliveries import Retryable
from solacefeed.words import counted, instant_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision on an edition that was carried out."""

    edition_id: str
    #: What it is now, and what comes of that.
    words: str

    def line(self) -> str:
        return f"editions: {self.edition_id} {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    edition_id: str
    #: Copies that wait to be offered.
    waiting: int
    #: Of these alone the next deliver offers some first; ``None`` where it offers all.
    canary: int | None = None

    def line(self) -> str:
        words = f"editions: {self.edition_id} resumed; the next deliver offers "
        if self.canary is None:
            return f"{words}{counted(self.waiting, 'copy', 'copies')}"
        return (
            f"{words}its canary of {counted(self.canary, 'copy', 'copies')}, and {self.waiting} wait; "
            f"`solacefeed editions resume {self.edition_id}` once more lets them go too"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    edition_id: str
    #: Copies that go to nobody.
    copies: int
    #: Copies that had gone, or may have.
    handed: int
    #: Posts that nobody was handed: they stand in the next edition.
    posts: int
    #: Its closing may have another edition, as was asked for.
    made_anew: bool = False

    def line(self) -> str:
        words = f"editions: {self.edition_id} cancelled; {counted(self.copies, 'copy', 'copies')} not sent"
        words += f", {self.handed} had gone" if self.handed else ""
        if self.made_anew:
            return f"{words}; while its closing may be answered, the next prepare makes it anew for who has none"
        if self.posts:
            stand = "stands" if self.posts == 1 else "stand"
            return f"{words}; its closing mails nobody any more, {counted(self.posts, 'post')} {stand} in the next one"
        return f"{words}; its closing mails nobody any more, what it had stands in the next one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    #: Copies that are offered again, by edition.
    editions: Mapping[str, int]
    #: Rejected copies that are not, by reason.
    left: Mapping[str, int]

    def line(self) -> str:
        words = [f"{counted(count, 'copy', 'copies')} of {name}" for name, count in self.editions.items()]
        again = f"the next deliver offers {' and '.join(words)} again" if words else "nothing to offer again"
        left = "".join(f"; {count} not, {why}" for why, count in self.left.items())
        return f"deliveries: {again}{left}"


#: The digest of a name; raises ``UsageError`` where the config has none such.
FindDigest = Callable[[str], Digest]

#: Why an edition is held that a person keeps back.
HELD = "by an editor"

#: Copies that are decided of in one transaction.
CHUNK = 2_000

_IN_DOUBT = "it may have arrived when it was first offered"
CANCELLED = "the edition was cancelled"
TOO_LATE = "it would come too late"
_NO_DIGEST = "the config has its digest no more"
_OVERTAKEN = "another edition has brought one of its posts since, or is about to"


def approve_within(connection: sa.Connection, edition_id: str, now: datetime) -> Decided:
    """Says that an edition may leave when it closes, as it reads now; raises ``UsageError`` for one that is leaving."""
    edition = find_edition(connection, edition_id)
    leaving = (EditionState.DRAFT, EditionState.HELD)
    to = EditionState.APPROVED if edition.counts is None else EditionState.PREPARING
    if not editions.move(connection, edition_id, leaving=leaving, to=to):
        raise UsageError(_no_more(edition, "approved"))
    early = "; what comes until then waits for the next one" if edition.period.ends > now else ""
    return Decided(edition_id=edition_id, words=f"approved; {_when_it_leaves(edition, now)}{early}")


def hold_within(connection: sa.Connection, edition_id: str, reason: str) -> Decided:
    """Keeps an edition back until it is released; raises ``UsageError`` for one that has begun to leave."""
    edition = find_edition(connection, edition_id)
    leaving = [state for state in WAITING if state is not EditionState.HELD]
    _not_in_the_making(edition, "hold")
    if not editions.move(connection, edition_id, leaving=leaving, to=EditionState.HELD, reason=reason):
        raise UsageError(_no_more(edition, "held"))
    return Decided(
        edition_id=edition_id, words="held: it leaves when it is released, or is skipped at the next closing"
    )


def _not_in_the_making(edition: Edition, what: str) -> None:
    """What is being written just now can be held and cancelled when that is done."""
    if edition.state is EditionState.PREPARING and edition.counts is None:
        raise UsageError(f"{edition.id} is being prepared just now: {what} it in a minute")


def release_within(connection: sa.Connection, edition_id: str, find_digest: FindDigest, now: datetime) -> Decided:
    """Lets an edition leave that is held; raises ``UsageError`` for one that is not."""
    edition = find_edition(connection, edition_id)
    if edition.state is not EditionState.HELD:
        raise UsageError(f"{edition_id} is not held but {edition.standing}: there is nothing to release")
    if edition.counts is not None and _is_late(edition, find_digest(edition.digest), now):
        raise UsageError(
            f"{edition_id} is too late to go as it was frozen: `solacefeed editions cancel {edition_id}` leaves "
            "its posts to the next one"
        )
    editions.move(connection, edition_id, leaving=(EditionState.HELD,), to=_released(edition, now))
    return Decided(edition_id=edition_id, words=f"released; {_when_it_leaves(edition, now)}")


def _released(edition: Edition, now: datetime) -> EditionState:
    """Before its closing it goes on being drafted; after it the word of who releases it stands for an approval."""
    if edition.counts is not None:
        return EditionState.PREPARING
    return EditionState.DRAFT if edition.period.ends > now else EditionState.APPROVED


def edit_within(connection: sa.Connection, edition_id: str, change: Callable[[Editing], Editing]) -> Editing:
    """Keeps what an editor makes of an edition; raises ``UsageError`` for one that is frozen."""
    edition = find_edition(connection, edition_id)
    editing = change(edition.editing)
    if not editions.edit(connection, edition_id, editing):
        raise UsageError(
            f"{edition_id} is frozen: its words stay as they are; `solacefeed editions cancel {edition_id}` leaves "
            "what nobody has to the next one, with --make-anew to itself made anew"
        )
    return editing


def _when_it_leaves(edition: Edition, now: datetime) -> str:
    if edition.period.ends <= now:
        return "the next prepare lets it leave"
    return f"it leaves when it closes, {instant_words(edition.period.ends)}"


def _no_more(edition: Edition, what: str) -> str:
    if edition.state is EditionState.DELIVERING:
        return f"{edition.id} is on its way: `solacefeed editions pause {edition.id}` stops what has not left"
    return f"{edition.id} is {edition.standing} and can't be {what} any more"


def pause(store: Store, edition_id: str) -> Decided:
    """Lets no further copy go until the edition is resumed; raises ``UsageError`` for one that is not on its way."""
    with store.write() as connection:
        edition = find_edition(connection, edition_id)
        moved = editions.move(
            connection,
            edition_id,
            leaving=(EditionState.DELIVERING,),
            to=EditionState.PAUSED,
            reason=BY_OPERATOR,
        )
        if not moved:
            raise UsageError(_not_to_pause(edition))
    return Decided(edition_id=edition_id, words=f"paused; `solacefeed editions resume {edition_id}` lets it go on")


def _not_to_pause(edition: Edition) -> str:
    if edition.state in WAITING and edition.state is not EditionState.HELD:
        keeps = f"`solacefeed editions hold {edition.id}` keeps it back"
        return f"{edition.id} is {edition.standing}, and nothing of it has left: {keeps}"
    return f"{edition.id} is not on its way but {edition.standing}: there is nothing to pause"


def resume(store: Store, machines_clock: Clock, edition_id: str, find_digest: FindDigest) -> Resumed:
    """Lets a paused edition go on, at once, or one that waits for its canary: where that was taken badly, all the same.

    Raises ``UsageError`` for one that does not stand paused nor waits so, or for which it is too late.
    """
    clock = SharedClock(store, machines_clock)
    with store.write() as connection:
        held_editions.hold(connection, [edition_id])
        edition = find_edition(connection, edition_id)
        canary = canaries.find(connection, edition_id)
        waits = canary is not None and canary.state is CanaryState.OUT
        stops = CanaryState.OUT if edition.state is EditionState.DELIVERING else CanaryState.STOPPED
        passes = canaries.decide(connection, edition_id, leaving=stops, to=CanaryState.OVERRULED, at=clock())
        if edition.state is not EditionState.PAUSED and not (edition.state is EditionState.DELIVERING and passes):
            raise UsageError(f"{edition_id} is not paused but {edition.standing}: there is nothing to resume")
        late = _is_late(edition, find_digest(edition.digest), clock())
        if late and not deliveries.goes_beyond(connection, edition_id, clock()):
            raise UsageError(
                f"{edition_id} is too late to go: its digest's max_late is over; "
                f"`solacefeed editions send-again {edition_id} --to expired` sends it all the same"
            )
        if editions.move(connection, edition_id, leaving={EditionState.PAUSED}, to=EditionState.DELIVERING):
            senders.forget_of(connection, edition_id)
        waiting = deliveries.offer_at_once(connection, edition_id, at=clock())
        # Who writes copies and letters takes letters last.
        letter_refusals.offer_at_once(connection, at=clock())
        # It was mended: another pause is news, whatever it is for.
        alarms.note_mended(connection, f"paused:{edition_id}")
    left = canary.copies if canary and waits and not passes else None
    return Resumed(edition_id=edition_id, waiting=waiting, canary=left)


def cancel(store: Store, machines_clock: Clock, edition_id: str, *, make_anew: bool = False) -> Cancelled:
    """Lets no further copy of an edition go, and leaves its posts that nobody was handed to the next closing's.

    *make_anew*, its closing may be answered by another one, for those who have got nothing of this one. Raises
    ``UsageError`` where there is no such edition, or it was cancelled before.
    """
    clock = SharedClock(store, machines_clock)
    with store.write() as connection:
        done = cancel_within(connection, edition_id, at=clock(), make_anew=make_anew)
    rest = cancelling.drop(store, clock, edition_id)
    with store.read() as connection:
        handed = editions.handed(connection, edition_id)
    return replace(done, copies=done.copies + rest.copies, handed=handed, posts=done.posts + rest.posts)


def cancel_within(
    connection: sa.Connection, edition_id: str, *, at: datetime, make_anew: bool = False, even_done: bool = False
) -> Cancelled:
    """The same, as part of a greater change; *even_done*, what left whole, since its closing is yet to come.

    Of what has many copies the next deliver or prepare ends the rest (``cancelling``).
    """
    edition = find_edition(connection, edition_id)
    if not even_done and edition.state is EditionState.DONE and not deliveries.has_unsettled(connection, edition_id):
        raise UsageError(
            f"{edition_id} is done: every copy has gone or was given up, and its page stays for those who have one"
        )
    _not_in_the_making(edition, "cancel")
    reason = f"cancelled {instant_words(at)}"
    if edition.state in WAITING and not make_anew:
        editions.skip(connection, edition_id, reason, folded=True)
        copies = delivery_ends.drop_skipped(connection, edition_id, at=at)
        return Cancelled(edition_id=edition_id, copies=copies, handed=0, posts=0)
    if not editions.cancel(connection, edition_id, reason, folded=not make_anew):
        raise UsageError(f"{edition_id} was cancelled before")
    dropped = cancelling.drop_first(connection, edition_id, at=at)
    return Cancelled(
        edition_id=edition_id,
        copies=dropped.copies,
        handed=editions.handed(connection, edition_id),
        posts=dropped.posts,
        made_anew=make_anew,
    )


def retry(
    store: Store,
    machines_clock: Clock,
    find_digest: FindDigest,
    *,
    edition_id: str | None = None,
    ids: Collection[int] | None = None,
) -> Retried:
    """Offers rejected copies again: those of *ids*, of an edition, or all; their Message-IDs stay.

    Left are those whose reader ended the subscription, which would come too late, may have arrived, or whose posts came
    otherwise since. Raises ``UsageError`` while an edition is being made, which counts on their posts being free. It is
    done by chunks; cut off in between, what is left is rejected still.
    """
    clock = SharedClock(store, machines_clock)
    with store.read() as connection:
        names = _with_rejected(connection, edition_id, ids)
        # The newest first, each asked anew: what one offers again another must not.
        names.sort(key=lambda name: find_edition(connection, name).period.ends, reverse=True)
    counts, left = Counter[str](), Counter[str]()
    for name in names:
        after: int | None = 0
        while after is not None:
            with store.write() as connection:
                if editions.is_one_being_made(connection):
                    raise UsageError("an edition is being made: `solacefeed prepare` ends that, then try again")
                held_editions.hold(connection, [name])
                found = deliveries.rejected(connection, name, ids=ids, after=after, limit=CHUNK)
                why_left = _why_all_left(connection, name, found, find_digest, clock())
                left.update(why_left.values())
                if going := [each.id for each in found if each.id not in why_left]:
                    counts[name] += deliveries.retry(connection, name, going, at=clock())
                    if editions.move(connection, name, leaving={EditionState.DONE}, to=EditionState.DELIVERING):
                        senders.forget_of(connection, name)
            after = found[-1].id if len(found) == CHUNK else None
    return Retried(editions=counts, left=left)


def _with_rejected(connection: sa.Connection, edition_id: str | None, ids: Collection[int] | None) -> list[str]:
    """The editions of the copies that are asked for; raises ``UsageError`` where there is none such, or for another."""
    if edition_id is not None:
        find_edition(connection, edition_id)
    names = copy_decisions.editions_with_rejected(connection, ids)
    names = names if edition_id is None else names & {edition_id}
    if ids:
        found = {each.id for name in names for each in deliveries.rejected(connection, name, ids=ids, limit=len(ids))}
        if others := set(ids) - found:
            raise UsageError(f"{min(others)} is no rejected copy: `solacefeed deliveries list --state rejected`")
    return sorted(names)


def _why_all_left(
    connection: sa.Connection, edition_id: str, found: Collection[Retryable], find_digest: FindDigest, now: datetime
) -> dict[int, str]:
    """Those of *found* that are not offered again, each with its reason."""
    edition = find_edition(connection, edition_id)
    of_it = CANCELLED if edition.state is EditionState.CANCELLED else why_not(edition, find_digest, now)
    left = {each.id: why for each in found if (why := _why_left(each, of_it, now))}
    going = [each.id for each in found if each.id not in left]
    if not going:
        return left
    digest = find_digest(edition.digest)
    counting = ledger.digests_that_count(digest)
    overtaken = ledger.overtaken(connection, edition_id, going, digests=counting, within=digest.mail_within)
    return left | dict.fromkeys(overtaken, _OVERTAKEN)


def find_edition(connection: sa.Connection, edition_id: str) -> Edition:
    """Raises ``UsageError`` where there is none such."""
    edition = editions.find(connection, edition_id)
    if edition is None:
        raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
    return edition


def _is_late(edition: Edition, digest: Digest, now: datetime) -> bool:
    return is_too_late(edition.leaves_at, now, max_late=digest.max_late)


def why_not(edition: Edition, find_digest: FindDigest, now: datetime) -> str | None:
    """Why no copy of an edition goes any more, as far as time and config say; ``None`` where they can."""
    try:
        return TOO_LATE if _is_late(edition, find_digest(edition.digest), now) else None
    except UsageError:
        # Copies of years ago must not keep those of today from going.
        return _NO_DIGEST


def _why_left(copy: Retryable, of_its_edition: str | None, now: datetime) -> str | None:
    has_its_own_time = of_its_edition == TOO_LATE and copy.until is not None and copy.until > now
    if of_its_edition and not has_its_own_time:
        return of_its_edition
    if copy.unwanted:
        return copy.unwanted
    return _IN_DOUBT if copy.doubtful else None
