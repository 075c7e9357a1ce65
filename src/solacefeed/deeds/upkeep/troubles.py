"""What a person should know of how a site status: troubles, each with what ends it, and hints.

    status --> troubles --> not known to the operator     exit code 1
                          --> acknowledged                  shown as such, until it is another one or grows
             --> hints                                      exit code 0

Each concern is one function from a ``SiteStatus``; ``CONCERNS`` has them, the most pressing first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.deeds.delivering.outcome import has_reached_nobody
from solacefeed.deeds.upkeep.status import BESIDE, DEEDS, OF_MAIL, EditionOutcome, SiteStatus
from solacefeed.delivery.refusals import without_addresses
from solacefeed.models.records import Record
from solacefeed.sources.found import IN_WORDS
from solacefeed.stable import stable_hash
from solacefeed.store import facts
from solacefeed.store.acknowledgements import Acknowledgement
from solacefeed.words import counted

#: After so long without a good look somebody should look, unless looks are meant to be rarer.
QUIET_TOO_LONG = timedelta(hours=6)
#: So long after it was prepared an edition should have gone, retries of greylisted copies included.
SHOULD_HAVE_GONE = timedelta(hours=4)

_ACKNOWLEDGE = "`solacefeed status --acknowledge` ends this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that did not come out as it should have."""

    #: Its kind, and what it is about: ``rejected:weekly/2026-11-23``. Programs may go by it.
    key: str
    words: str
    #: A command, or what passes by itself.
    ends_by: str
    #: The occasion: with another one it is news, also to an operator who knew of the last.
    cause: str = ""
    #: How large it is: when it grows it is news.
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something that is as it should be, and that a person may want to know."""

    key: str
    words: str
    ends_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be said of how a site status."""

    #: Those that count for the exit code, the most pressing first.
    troubles: tuple[Trouble, ...]
    #: Those that the operator knows of.
    acknowledged: tuple[Trouble, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long no good look of a deed is no trouble yet, by how often it is meant to look."""

    poll: timedelta = QUIET_TOO_LONG
    mail: timedelta = QUIET_TOO_LONG

    @classmethod
    def with_looks(cls, *, poll_every: timedelta, look_every: timedelta) -> Patience:
        return cls(poll=max(QUIET_TOO_LONG, 3 * poll_every), mail=max(QUIET_TOO_LONG, 3 * look_every))

    def of(self, deed: str) -> timedelta:
        return self.poll if deed in ("poll", "publish") else self.mail


def judgement(status: SiteStatus, patience: Patience = Patience()) -> Judgement:  # it is frozen
    """What is trouble now, what of it the operator knows, and what is worth a hint."""
    found = [*_silent(status, patience), *(trouble for concern in CONCERNS for trouble in concern(status))]
    known = {trouble.key for trouble in found if _is_known(trouble, status.acknowledged)}
    return Judgement(
        troubles=tuple(trouble for trouble in found if trouble.key not in known),
        acknowledged=tuple(trouble for trouble in found if trouble.key in known),
        hints=tuple(hint for thought in HINTS for hint in thought(status)),
    )


def line(said: Trouble | Hint) -> str:
    """In one line: what it is, and what ends it."""
    return f"{said.words}; {said.ends_by}"


def acknowledged(troubles: Iterable[Trouble], *, at: datetime) -> list[Acknowledgement]:
    """What is to be written down when the operator says to know of these."""
    return [Acknowledgement(key=each.key, cause=each.cause, size=each.size, at=at) for each in troubles]


def _is_known(trouble: Trouble, acknowledged: Mapping[str, Acknowledgement]) -> bool:
    known = acknowledged.get(trouble.key)
    return known is not None and known.cause == trouble.cause and trouble.size <= known.size


# -- the clock --------------------------------------------------------------------------------------


def _clock(status: SiteStatus) -> Iterator[Trouble]:
    state = status.clock_state
    if state.doubt:
        words = f"no edition is prepared, sent or expired, and nothing published: {state.doubt}"
        yield Trouble(key="clock", words=words, ends_by="`solacefeed clock check` says more")
    elif state.ahead:
        count, furthest = sum(each.count for each in state.ahead), max(each.furthest for each in state.ahead)
        instants = counted(count, "kept instant lies", "kept instants lie")
        yield Trouble(
            key="clock-ahead",
            words=f"{instants} ahead of now, up to {furthest:%Y-%m-%d}",
            ends_by="`solacefeed clock check`, then `solacefeed clock repair`",
            size=count,
        )


# -- deeds ------------------------------------------------------------------------------------------


def _failed(status: SiteStatus) -> Iterator[Trouble]:
    for deed in _wanted(status):
        record = status.records.get(deed)
        if record is not None and record.ok is False:
            words = f"the last {deed} did not work: {record.summary}{_how_often(record)}"
            yield Trouble(key=f"failed:{deed}", words=words, ends_by=f"a {deed} that works ends it", cause=_of(record))


def _killed(status: SiteStatus) -> Iterator[Trouble]:
    for deed in _wanted(status):
        record = status.records.get(deed)
        if record is not None and record.ok is None and deed not in status.under_way:
            words = f"the {deed} of {_instant(record.started_at)} was ended by force"
            yield Trouble(
                key=f"killed:{deed}", words=words, ends_by=f"`solacefeed {deed}` takes it up again", cause=_of(record)
            )


def _failed_beside(status: SiteStatus) -> Iterator[Trouble]:
    for name, words in BESIDE.items():
        record = status.beside.get(name)
        if record is not None and record.ok is False:
            said = f"{words}: {record.summary}{_how_often(record)}"
            yield Trouble(key=f"failed:{name}", words=said, ends_by="one that works ends it", cause=_of(record))


def _silent(status: SiteStatus, patience: Patience) -> Iterator[Trouble]:
    """Of deeds that were done before: a site need not have all of them."""
    if status.clock != facts.LIVE:
        return
    for deed, good in status.last_good.items():
        if deed not in _wanted(status):
            continue
        record = status.records[deed]
        if record.ok is not False and deed not in status.under_way and status.now - good > patience.of(deed):
            words = f"no {deed} has worked since {good:%d %B, %H:%M} UTC"
            ends_by = "the next that works ends it: is the daemon or cron running?"
            yield Trouble(key=f"silent:{deed}", words=words, ends_by=ends_by, cause=good.isoformat())


def _wanted(status: SiteStatus) -> tuple[str, ...]:
    """The deeds that this site has: without a digest there is no mail, and what once became of it is no trouble."""
    return DEEDS if status.digests else tuple(deed for deed in DEEDS if deed not in OF_MAIL)


def _of(record: Record) -> str:
    return f"record {record.id}"


def _how_often(record: Record) -> str:
    return f" ({record.times} times since {_instant(record.started_at)})" if record.times > 1 else ""


# -- the blog, calendars, documents -----------------------------------------------------------------


def _held(status: SiteStatus) -> Iterator[Trouble]:
    if status.held:
        yield Trouble(
            key="held",
            words=f"{counted(status.held, 'removal')} held back, too many at once to be believed",
            ends_by="`solacefeed posts removals list`, then accept or refuse",
            size=status.held,
        )


def _waits(status: SiteStatus) -> Iterator[Trouble]:
    if status.crawled and status.waits_for and status.digests:
        words = f"no edition is prepared before {status.waits_for}"
        yield Trouble(key="waits", words=words, ends_by="a poll that can read it ends it", cause=status.waits_for)


def _calendars(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.calendars:
        if each.trouble:
            yield Trouble(
                key=f"calendar:{each.name}",
                words=f"calendar {each.name} could not be read: {each.trouble}",
                ends_by="it is asked again when its `every` is over",
                cause=f"{each.read_at and each.read_at.isoformat()} {each.trouble}",
            )


def _documents(status: SiteStatus) -> Iterator[Trouble]:
    for path, why in status.troubled.items():
        yield Trouble(
            key=f"document:{path}",
            words=f"{path} stays as it was, its newest version is not right: {why}",
            ends_by="the next version that is right ends it",
            cause=why,
        )


# -- readers: who is kept from a digest that they are to have ------------------------------------------


def _audience(status: SiteStatus) -> Iterator[Trouble]:
    for words in status.people:
        key = f"audience:{stable_hash(words)[:8]}"
        yield Trouble(key=key, words=words, ends_by="a config that is right ends it")


# -- editions: what should have been, against what was ----------------------------------------------


def _rejected(status: SiteStatus) -> Iterator[Trouble]:
    return _lost_for_good(status, "rejected", "were rejected")


def _expired(status: SiteStatus) -> Iterator[Trouble]:
    return _lost_for_good(status, "expired", "came too late and expired")


def _uncertain(status: SiteStatus) -> Iterator[Trouble]:
    return _lost_for_good(status, "uncertain", "are uncertain, cut off before the relay's answer")


def _lost_for_good(status: SiteStatus, state: str, words: str) -> Iterator[Trouble]:
    for each in status.editions:
        if count := each.copies.get(state, 0):
            show = f"`solacefeed deliveries list --edition {each.id} --state {state}` shows them"
            yield Trouble(
                key=f"{state}:{each.id}",
                words=f"{count} of {counted(each.intended, 'copy', 'copies')} of {each.id} {words}",
                ends_by=f"{show}, {_ACKNOWLEDGE}",
                size=count,
            )


def _left_out(status: SiteStatus) -> Iterator[Trouble]:
    if status.left_out:
        were = "reader whom the config lists was" if status.left_out == 1 else "readers whom the config lists were"
        yield Trouble(
            key="left-out",
            words=f"{status.left_out} {were} left out of the last edition",
            ends_by=f"the next edition ends this, or {_ACKNOWLEDGE}",
            size=status.left_out,
        )


def _paused(status: SiteStatus) -> Iterator[Trouble]:
    for edition in status.paused:
        yield Trouble(
            key=f"paused:{edition.id}",
            words=f"{edition.id} is paused, {edition.reason}",
            ends_by=f"mend that, then `solacefeed editions resume {edition.id}`",
            cause=edition.reason or "",
        )


def _stranded(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        if each.in_hand and "deliver" not in status.under_way:
            copies = counted(each.in_hand, "copy", "copies")
            yield Trouble(
                key=f"stranded:{each.id}",
                words=f"{copies} of {each.id} in hand, and nobody delivers",
                ends_by="`solacefeed deliver` takes them up again",
                size=each.in_hand,
            )


def _waiting(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        if each.waiting and (why := _why_no_patience(status, each)):
            copies = f"{each.waiting} of {counted(each.intended, 'copy', 'copies')}"
            yield Trouble(
                key=f"waiting:{each.id}",
                words=f"{each.id} {why}: {copies} wait{_answer(each)}",
                ends_by="they are offered again by themselves, look at [mail], the relay and the daemon or cron",
                cause=why,
            )


def _why_no_patience(status: SiteStatus, edition: EditionOutcome) -> str | None:
    if _is_paused(status, edition):
        return None
    if has_reached_nobody(edition.copies, edition.deferred):
        return "has reached nobody"
    if status.relay_lost:
        return "found no relay in the last round"
    if status.now - edition.due_since > SHOULD_HAVE_GONE:
        return f"should have gone by {_instant(edition.due_since + SHOULD_HAVE_GONE)}"
    return None


def _is_paused(status: SiteStatus, edition: EditionOutcome) -> bool:
    return edition.id in {paused.id for paused in status.paused}


def _answer(edition: EditionOutcome) -> str:
    """The relay's words without anybody's address in them."""
    return f" ({without_addresses(edition.answer)})" if edition.answer else ""


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


#: One function a concern, the most pressing first; the deeds' silence, which alone wants patience, comes before them.
CONCERNS: tuple[Callable[[SiteStatus], Iterator[Trouble]], ...] = (
    _clock,
    _failed,
    _killed,
    _held,
    _waits,
    _calendars,
    _failed_beside,
    _documents,
    _audience,
    _left_out,
    _paused,
    _stranded,
    _waiting,
    _rejected,
    _expired,
    _uncertain,
)


# -- hints ------------------------------------------------------------------------------------------


def _nothing_polled(status: SiteStatus) -> Iterator[Hint]:
    if "poll" not in status.records:
        yield Hint(key="new", words="nothing was polled yet", ends_by="`solacefeed run` begins")


def _nobody(status: SiteStatus) -> Iterator[Hint]:
    # Those whom the config lists are entered by the first prepare.
    if status.digests and "prepare" in status.records and not status.subscriptions.get("confirmed"):
        yield Hint(key="nobody", words="nobody has subscribed", ends_by="`solacefeed subscribers add ADDRESS`")


def _on_its_way(status: SiteStatus) -> Iterator[Hint]:
    for each in status.editions:
        if each.waiting and not _why_no_patience(status, each) and not _is_paused(status, each):
            copies = f"{each.waiting} of {counted(each.intended, 'copy', 'copies')}"
            yield Hint(
                key=f"to-go:{each.id}",
                words=f"{copies} of {each.id} are still to go{_answer(each)}",
                ends_by="each `solacefeed deliver` hands over what is due",
            )


def _quarantined(status: SiteStatus) -> Iterator[Hint]:
    if status.quarantined:
        yield Hint(
            key="quarantine",
            words=f"{status.quarantined} set aside that could not be read, kept, understood or shown",
            ends_by="`solacefeed posts quarantine list` says why",
        )


def _lacking(status: SiteStatus) -> Iterator[Hint]:
    for what, why in status.lacking.items():
        words = f"the blog's posts are read, but {IN_WORDS[what]} could not be, and stays as it was known: {why}"
        yield Hint(key=f"lacking:{what}", words=words, ends_by="a poll that can read it ends it")


def _mails_stay_here(status: SiteStatus) -> Iterator[Hint]:
    if status.mails_stay_here and status.clock == "live" and status.deliveries:
        yield Hint(
            key="rehearsal",
            words="mails are rehearsed: each is written to a file, and nobody is mailed",
            ends_by='`[mail] transport = "smtp"` sends them',
        )


HINTS: tuple[Callable[[SiteStatus], Iterator[Hint]], ...] = (
    _nothing_polled,
    _nobody,
    _mails_stay_here,
    _on_its_way,
    _lacking,
    _quarantined,
)
