"""Why a reader got what they got of an edition, and why not the rest: of one that is frozen as it was decided then, of
one to come as it would be decided now.

    the edition, or the one to come --> the subscription and the ledger as they stood --> a line for each post

What was picked is asked of the rooms that pick. Where a copy is there, it has the last word: a post may be filed
otherwise since, and the config may say other things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.editions.why_known import Asked, KnownOfReader, known_of
from solacefeed.digest.eligibility import Candidate, Obstacle, why_not
from solacefeed.digest.explaining import Labels, words_of_choice, words_of_reason, words_of_verdict
from solacefeed.digest.selection import Order, PostOutcome, verdict
from solacefeed.errors import UsageError
from solacefeed.models.editions import FROZEN, EditionState
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.store import subscribers
from solacefeed.store.deliveries import UNSETTLED
from solacefeed.store.delivery_ends import unwanted
from solacefeed.store.ledger import ReaderCopy
from solacefeed.store.subscription_changes import history_begins, unnoted
from solacefeed.words import counted, instant_words, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an edition did with one post for one reader."""

    post_id: str
    title: str
    brought: bool
    #: In a word: ``picked``, ``got``, ``unsettled`` and the like.
    verdict: str
    #: What decided it.
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a reader got what they got of an edition."""

    edition_id: str
    email: str
    #: ``None`` of one to come that nobody has drafted yet.
    state: EditionState | None
    #: Of what it is: the name of its digest, and its cadence.
    of: str
    starts: datetime
    ends: datetime
    #: ``None`` of one to come: it is told as it would be now.
    frozen_at: datetime | None
    #: What the reader had, or has, of the digest.
    subscription: str
    #: What has become of that since it was frozen; ``None`` where nothing has.
    since: str | None
    choice: str | None
    #: How their copy stands; ``None`` where there is none.
    copy: str | None
    #: Why there is none.
    nothing: str | None
    lines: tuple[Line, ...]
    #: What can't be told, and why.
    unknown: tuple[str, ...]

    @property
    def standing(self) -> str | None:
        """Its state as people are told it; ``None`` of one that nobody has drafted yet."""
        is_frozen = self.state is EditionState.PREPARING and self.frozen_at is not None
        return FROZEN if is_frozen else self.state

    def some(self, most: int) -> tuple[Line, ...]:
        """What the reader got, and of each reason why not as many at *most*."""
        told: Counter[str] = Counter()
        found: list[Line] = []
        for line in self.lines:
            told[line.verdict] += not line.brought
            if line.brought or told[line.verdict] <= most:
                found.append(line)
        return tuple(found)


def why(connection: sa.Connection, asked: Asked, email: str, *, zone: tzinfo, order: Order, labels: Labels) -> Why:
    """*labels* are what categories and followed tags are called. Raises ``UsageError`` for nobody's address."""
    person = subscribers.find(connection, email)
    if person is None:
        raise UsageError(f"{email} is nobody's address here: `solacefeed subscribers list`")
    found = known_of(connection, asked, person, zone)
    lines = tuple(_lines(found, order, labels))
    now = subscribers.subscription(connection, person.id, asked.digest.key) if asked.decided else found.reader
    return Why(
        edition_id=asked.edition_id,
        email=person.email,
        state=asked.edition.state if asked.edition else None,
        of=_of(asked),
        starts=asked.period.starts,
        ends=asked.period.ends,
        frozen_at=asked.at if asked.decided else None,
        subscription=_subscription(connection, found, person),
        since=_in_words(now, asked) if now and now.changed_at > asked.at else None,
        choice=words_of_choice(found.wishes, labels) if found.wishes else None,
        copy=_copy(found.copy, will_go=not unwanted(connection, asked.edition_id, subscriber_id=person.id))
        if found.copy
        else None,
        nothing=None if found.copy else _nothing(found, lines),
        lines=lines,
        unknown=tuple(_unknown(found)),
    )


# -- post by post ------------------------------------------------------------------------------------


def _lines(known: KnownOfReader, order: Order, labels: Labels) -> Iterator[Line]:
    """What the reader got comes first, in the order in which the edition tells it."""
    told = [_line(each, known, order, labels) for each in known.candidates]
    place = {post_id: number for number, post_id in enumerate(known.copy.post_ids if known.copy else ())}
    yield from sorted(told, key=lambda line: (not line.brought, place.get(line.post_id, 0)))


def _line(candidate: Candidate, known: KnownOfReader, order: Order, labels: Labels) -> Line:
    post_id = candidate.post.id
    decided, words = _decided(candidate, known, order, labels)
    by_the_rules = decided == PostOutcome.PICKED
    if known.copy is None and not known.asked.decided:
        brought = by_the_rules and _reads(known)
    else:
        brought = known.copy is not None and post_id in known.copy.post_ids
    if brought and not by_the_rules:
        decided, words = (
            PostOutcome.PICKED.value,
            f"it was chosen when it was frozen; by what is known now {words}",
        )
    if by_the_rules and not brought:
        decided, words = _left_after_all(post_id, known, words)
    return Line(post_id=post_id, title=candidate.post.title, brought=brought, verdict=decided, why=words)


def _decided(candidate: Candidate, known: KnownOfReader, order: Order, labels: Labels) -> tuple[str, str]:
    """What the rooms that pick say of a post, in a word and in a sentence."""
    digest, post_id = known.asked.digest, candidate.post.id
    reason = why_not(candidate, digest, closes=known.closes, dropped=known.dropped)
    if reason is not None:
        where = f" from {known.dropped[post_id]}" if reason.kind is Obstacle.DROPPED else ""
        return reason.kind.value, words_of_reason(reason, digest) + where
    if known.wishes is None:
        return "no subscription", "the reader had no subscription"
    said = verdict(candidate, known.wishes, known.before.keys(), order)
    if said.outcome is PostOutcome.GOT:
        return said.outcome.value, _got_by(known.before[post_id])
    return said.outcome.value, words_of_verdict(said, candidate, known.wishes, labels, known.asked.at)


def _got_by(copy: ReaderCopy) -> str:
    when = instant_words(copy.changed_at)
    if copy.counts and copy.state not in UNSETTLED:
        return f"it was got by {copy.edition_id} ({copy.state} {when})"
    if copy.counts:
        return f"it is promised by {copy.edition_id}, whose copy is {copy.state}"
    return f"it was promised by {copy.edition_id} then, whose copy was {copy.state} {when}: it is free again"


def _left_after_all(post_id: str, known: KnownOfReader, words: str) -> tuple[str, str]:
    """Of a post that the rules would bring, why it is not there."""
    if known.copy and post_id in known.first:
        return "taken out", "it was withdrawn, or put behind a password, before the copy left"
    if known.copy is None:
        return "no copy", f"{words}; but the reader has no copy"
    if known.brought is not None and post_id not in known.brought:
        return (
            "not in it",
            "the edition brought it to nobody: it was not known or not public then, or has its own mail",
        )
    return "otherwise then", f"by what is known now it would be brought ({words}); when it was frozen it was not"


# -- the reader --------------------------------------------------------------------------------------


def _of(asked: Asked) -> str:
    cadence = "a notice" if asked.cadence is None else f"{asked.cadence} cadence"
    return f"{asked.digest.name}, {cadence}"


def _reads(known: KnownOfReader) -> bool:
    """Whether the reader gets editions of this kind at all."""
    reader = known.reader
    may = reader is not None and reader.state is SubscriptionState.CONFIRMED and known.consented
    return may and reader is not None and _is_of_cadence(reader, known.asked)


def _is_of_cadence(reader: Subscription, asked: Asked) -> bool:
    return asked.cadence is None or asked.digest.cadence(reader.cadence).kind is asked.cadence


def _subscription(connection: sa.Connection, known: KnownOfReader, person: Subscriber) -> str:
    reader, asked = known.reader, known.asked
    if reader is None:
        begins = history_begins(connection, person.id, asked.digest.key)
        return f"none; one began {instant_words(begins)}" if begins else "none"
    return _in_words(reader, asked)


def _in_words(reader: Subscription, asked: Asked) -> str:
    by = f" by the {_BY[reader.changed_by]}" if reader.changed_by else ""
    words = f"{reader.state}, {asked.digest.cadence(reader.cadence).kind}"
    words += f" (changed {instant_words(reader.changed_at)}{by}{f': {reader.reason}' if reader.reason else ''})"
    if reader.state is SubscriptionState.PAUSED and reader.paused_until:
        words += f", until {instant_words(reader.paused_until)}"
    return words


_BY = {
    Actor.READER: "reader",
    Actor.OPERATOR: "operator",
    Actor.LIST: "list",
    Actor.DIGEST: "digest's end",
    Actor.IMPORT: "import",
    Actor.SYNC: "sync",
    Actor.SUPPRESSION: "suppression of the address",
}


def _copy(copy: ReaderCopy, *, will_go: bool) -> str:
    answer = f": {copy.answer}" if copy.answer else ""
    ends = "" if will_go else "; it will not go, for nothing of this digest is mailed to them now"
    before = "; it came when it was offered or sent before, or may have come" if copy.came_in_spite_of_it else ""
    return f"{copy.state} {instant_words(copy.changed_at)}{answer}{before}{ends}"


def _nothing(known: KnownOfReader, lines: Sequence[Line]) -> str:
    """Why the reader has no copy."""
    asked, reader = known.asked, known.reader
    if reader is None:
        return f"they were not subscribed {_then(asked)}"
    if reader.state is SubscriptionState.ENDED:
        return f"their subscription was ended {_change(reader)}"
    if reader.state is SubscriptionState.PAUSED:
        return f"their subscription was paused {_change(reader)}"
    if reader.state is SubscriptionState.BOUNCED:
        return f"nothing was mailed to their address {_change(reader)}{f': {reader.reason}' if reader.reason else ''}"
    if not known.consented:
        return "no consent of theirs was on record, and without one nothing is mailed"
    if not _is_of_cadence(reader, asked):
        return f"they have the {asked.digest.cadence(reader.cadence).kind} cadence, and this is {asked.cadence}"
    if asked.edition and asked.edition.state in (EditionState.SKIPPED, EditionState.CANCELLED):
        return f"the edition is {asked.edition.state}: {asked.edition.reason or 'no reason is noted'}"
    if not asked.decided:
        return "it is not frozen yet: this is as it would be now"
    if asked.edition and asked.edition.editing.audience:
        return "the notice is for readers of other categories than theirs"
    if all(line.verdict != "no copy" for line in lines):
        return "none of the posts that it could bring is for them"
    if known.mails_of_day >= (most := asked.digest.cadence(asked.cadence).most_a_day) and asked.is_at_once:
        return f"they had had {counted(most, 'mail')} that day, as many as they get: it waited for the morning's"
    return "no copy is on record: their subscription changed while it was prepared, or their address is not mailed to"


def _then(asked: Asked) -> str:
    return f"when it was frozen ({instant_words(asked.at)})" if asked.decided else "yet"


def _change(reader: Subscription) -> str:
    by = f" by the {_BY[reader.changed_by]}" if reader.changed_by else ""
    return f"{instant_words(reader.changed_at)}{by}"


def _unknown(known: KnownOfReader) -> Iterator[str]:
    if known.is_old:
        yield "an earlier release froze it: which posts it left out for everybody, and why, is told by the rules of now"
    if known.reader and (gaps := unnoted(known.reader)):
        yield f"an earlier release wrote the subscription: {listing(gaps)} is not noted"
