"""What is as it should be, and that a person may want to know: one function a thought, from a ``SiteStatus``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from solacefeed.deeds.delivering.outcome import canary_words, has_reached_nobody
from solacefeed.deeds.delivering.pace_status import PaceStatus
from solacefeed.deeds.upkeep.edition_status import EditionOutcome, SettledEdition
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.delivery.refusals import without_addresses
from solacefeed.models.editions import FROZEN, EditionState
from solacefeed.sources.found import IN_WORDS
from solacefeed.store.outbox import OutboxStanding
from solacefeed.words import counted, listing

#: Somebody waits for a letter: so long after it was written it should have gone.
LETTER_SHOULD_HAVE_GONE = timedelta(hours=1)

#: So long after it was prepared an edition should have gone, retries of greylisted copies included.
SHOULD_HAVE_GONE = timedelta(hours=4)

#: A large edition takes as long as it takes: it goes while the relay took a copy within so long.
GOES = timedelta(hours=1)


#: Of the domains that refuse an edition so many are named.
MOST_DOMAINS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something that is as it should be, and that a person may want to know."""

    key: str
    words: str
    ends_by: str


def why_no_patience(status: SiteStatus, edition: EditionOutcome) -> str | None:
    if is_paused(status, edition):
        return None
    if not edition.has_come and has_reached_nobody(edition.copies, edition.deferred):
        return "has reached nobody"
    if status.relay_lost:
        return "found no relay in the last round"
    if _waits_for_its_canary(status, edition):
        return None
    if status.now - edition.due_since > SHOULD_HAVE_GONE and not _still_goes(status, edition):
        return f"should have gone by {instant(edition.due_since + SHOULD_HAVE_GONE)}"
    return None


def _still_goes(status: SiteStatus, edition: EditionOutcome) -> bool:
    """Whether its copies go one after the other, however many they are and how slowly they may."""
    last = edition.last_accepted
    return last is not None and (status.now - last <= GOES or any(map(_is_used_up, status.paces)))


def _is_used_up(pace: PaceStatus) -> bool:
    """Whether copies wait for a limit, and for nothing else."""
    hour = pace.per_hour is not None and pace.in_hour >= pace.per_hour
    day = pace.per_day is not None and pace.in_day >= pace.per_day
    return pace.waiting > 0 and (hour or day)


def _waits_for_its_canary(status: SiteStatus, edition: EditionOutcome) -> bool:
    until = edition.canary.waits_until if edition.canary else None
    return until is not None and status.now <= until


def why_no_patience_with_letters(status: SiteStatus) -> str | None:
    """Why what waits in the outbox waits too long; ``None`` where it does not."""
    since = status.outbox.waits_since
    if since is None:
        return None
    if status.letters_refused:
        return "the relay refuses us"
    if status.now - since > LETTER_SHOULD_HAVE_GONE:
        return f"the oldest since {instant(since)}"
    return None


def waiting_letters(status: SiteStatus) -> int:
    return sum(status.outbox.states.get(state, 0) for state in ("pending", "claimed", "handing"))


def is_paused(status: SiteStatus, edition: EditionOutcome) -> bool:
    return edition.id in {paused.id for paused in status.paused}


def answer(outcome: EditionOutcome | OutboxStanding) -> str:
    """The relay's words without anybody's address in them."""
    return f" ({without_addresses(outcome.answer)})" if outcome.answer else ""


def relay_answer(status: SiteStatus) -> str:
    """Which relay copies have not found, and how."""
    return f" ({without_addresses(status.relay_trouble)})" if status.relay_trouble else ""


def instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _nothing_polled(status: SiteStatus) -> Iterator[Hint]:
    if "poll" not in status.records:
        yield Hint(key="new", words="nothing was polled yet", ends_by="`solacefeed run` begins")


def _outdated_config(status: SiteStatus) -> Iterator[Hint]:
    if status.outdated_configs:
        read = [f"{_RUNNING[kind].who} on {instant(at)}" for kind, at in status.outdated_configs.items()]
        ends = dict.fromkeys(_RUNNING[kind].ends_by for kind in status.outdated_configs)
        yield Hint(
            key="config-not-read",
            words=f"the config's file was changed since it was read, by {listing(read)}",
            ends_by=f"`solacefeed check`, then {' and '.join(ends)}",
        )


class _Running(NamedTuple):
    who: str
    #: What has it go by the file.
    ends_by: str


_RUNNING: Mapping[str, _Running] = {
    "daemon": _Running("the daemon", "`systemctl reload solacefeed` or a SIGHUP to the daemon"),
    "worker": _Running("a worker", "a SIGHUP to each worker"),
    "web": _Running("`solacefeed web`", "a restart of `solacefeed web`"),
}


def _nobody(status: SiteStatus) -> Iterator[Hint]:
    # Those whom the config lists are entered by the first prepare.
    if status.digests and "prepare" in status.records and not status.subscriptions.get("confirmed"):
        by_themselves = "the form does (`solacefeed web snippet` prints it for your blog), and so does "
        by_you = "`solacefeed subscribers add ADDRESS`"
        ends_by = f"{by_themselves if status.has_forms else ''}{by_you}"
        yield Hint(key="nobody", words="nobody has subscribed", ends_by=ends_by)


def _who_hands_over(status: SiteStatus) -> str:
    if status.queue and status.queue.workers:
        return "the workers hand over what is due"
    return "each `solacefeed deliver` hands over what is due"


def _on_its_way(status: SiteStatus) -> Iterator[Hint]:
    for each in status.editions:
        if each.waiting and not (each.canary or why_no_patience(status, each) or is_paused(status, each)):
            copies = f"{each.waiting} of {counted(each.intended, 'copy', 'copies')}"
            # The relay may be mended by now, and take all others.
            put_off = f", {each.deferred} of them put off" if 0 < each.deferred < each.waiting else ""
            to_go = f"{'is' if each.waiting == 1 else 'are'} still to go{put_off}{answer(each)}"
            yield Hint(
                key=f"to-go:{each.id}",
                words=f"{copies} of {each.id} {to_go}",
                ends_by=_who_hands_over(status),
            )


def _canaries_out(status: SiteStatus) -> Iterator[Hint]:
    for each in status.editions:
        if each.canary and not why_no_patience(status, each):
            resume, cancel = f"`solacefeed editions resume {each.id}`", f"`solacefeed editions cancel {each.id}`"
            yield Hint(
                key=f"canary:{each.id}",
                words=canary_words(each.canary),
                ends_by=f"nothing need be done, {resume} lets the rest go now, {cancel} stops it",
            )


def _refusing_domains(status: SiteStatus) -> Iterator[Hint]:
    for each in status.editions:
        if each.refusing:
            most = sorted(each.refusing.items(), key=lambda found: (-found[1], found[0]))
            named = [f"{count} at {domain}" for domain, count in most[:MOST_DOMAINS]]
            named += [f"{sum(count for _, count in most[MOST_DOMAINS:])} elsewhere"] if most[MOST_DOMAINS:] else []
            copies = counted(sum(each.refusing.values()), "copy", "copies")
            yield Hint(
                key=f"policy:{each.id}",
                words=f"{copies} of {each.id} refused for a policy, or for no cause: {', '.join(named)}",
                ends_by=f"`solacefeed deliveries list --edition {each.id} --state rejected` shows what was said",
            )


def _drafted(status: SiteStatus) -> Iterator[Hint]:
    for edition in status.unsent:
        if edition.state is EditionState.DRAFT and edition.period.ends > status.now:
            yield Hint(
                key=f"draft:{edition.id}",
                words=f"{edition.id} is drafted, and closes on {instant(edition.period.ends)}",
                ends_by=f"`solacefeed editions show {edition.id}`, then approve, hold or edit it",
            )


_APPROVED = EditionState.APPROVED.value


def _settled(status: SiteStatus) -> Iterator[Hint]:
    for each in status.settled:
        stands = _APPROVED if each.copies is None else FROZEN
        yield Hint(
            key=f"settled:{each.id}",
            words=f"{each.id} is {stands}, and leaves on {instant(each.leaves_at)}{settled_copies(each)}",
            ends_by=f"nothing need be done, `solacefeed editions hold {each.id}` keeps it back",
        )


def settled_copies(edition: SettledEdition) -> str:
    if edition.copies is None:
        return ", to whoever reads it when the next `prepare` freezes it"
    return f" in {counted(edition.copies, 'copy', 'copies')}"


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


def _left_without(status: SiteStatus) -> Iterator[Hint]:
    for each in status.left_without:
        yield Hint(
            key=f"left-without:{each.digest}",
            words=f"{counted(each.readers, 'reader')} of {each.digest} chose only what the blog has no more "
            f"({', '.join(each.slugs)})",
            ends_by="`solacefeed categories move OLD NEW` gives them another category",
        )


def _to_be_told(status: SiteStatus) -> Iterator[Hint]:
    if status.corrections:
        yield Hint(
            key="corrections",
            words=f"{counted(status.corrections, 'correction')} of posts that were mailed, told on your word alone",
            ends_by="`solacefeed corrections list` shows what, `tell` and `drop` decide",
        )


def _mails_stay_here(status: SiteStatus) -> Iterator[Hint]:
    mailed = status.deliveries or status.sign_ups or status.outbox.states or status.has_forms
    if status.mails_stay_here and status.clock == "live" and mailed:
        yield Hint(
            key="rehearsal",
            words="mails are rehearsed: each, those that answer a form too, is written to a file below `[mail] dir`",
            ends_by='`[mail] transport = "smtp"` sends them',
        )


def _a_trial(status: SiteStatus) -> Iterator[Hint]:
    if status.only_to:
        yield Hint(
            key="only-to",
            words=f"a trial: mail goes to {listing(status.only_to)} alone, what is for others is cancelled",
            ends_by="take `[mail] only_to` out when it is over",
        )


def _cut_off(status: SiteStatus) -> Iterator[Hint]:
    if status.cut_off:
        yield Hint(
            key="only-to-operators",
            words=f"alarms and drafts do not reach {listing(status.cut_off)}: `[mail] only_to` keeps their mail back",
            ends_by="add them to `[mail] only_to`",
        )


def _letters_on_their_way(status: SiteStatus) -> Iterator[Hint]:
    waiting = waiting_letters(status)
    if waiting and not why_no_patience_with_letters(status):
        are = "letter of the outbox is" if waiting == 1 else "letters of the outbox are"
        yield Hint(
            key="outbox-to-go",
            words=f"{waiting} {are} still to go{answer(status.outbox)}",
            ends_by=_who_hands_over(status),
        )


HINTS: tuple[Callable[[SiteStatus], Iterator[Hint]], ...] = (
    _nothing_polled,
    _outdated_config,
    _nobody,
    _mails_stay_here,
    _a_trial,
    _cut_off,
    _letters_on_their_way,
    _on_its_way,
    _canaries_out,
    _refusing_domains,
    _drafted,
    _settled,
    _left_without,
    _to_be_told,
    _lacking,
    _quarantined,
)
