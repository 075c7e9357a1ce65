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

from solacefeed.deeds.editions.decisions import HELD
from solacefeed.deeds.upkeep.backup_troubles import gap_in_log, no_backup, not_at_home, read_only
from solacefeed.deeds.upkeep.copy_troubles import not_adding_up, stranded
from solacefeed.deeds.upkeep.deed_troubles import Patience, failed, failed_beside, killed, leaderless, silent
from solacefeed.deeds.upkeep.edition_status import EditionOutcome
from solacefeed.deeds.upkeep.hints import HINTS, Hint, answer, instant, relay_answer, why_no_patience
from solacefeed.deeds.upkeep.letter_troubles import letters_that_ended, letters_waiting
from solacefeed.deeds.upkeep.outlook_troubles import (
    HINTS_OF_OUTLOOK,
    audience_jumps,
    complained_of,
    full_disks,
    not_done,
    site_checks,
)
from solacefeed.deeds.upkeep.reader_troubles import (
    HINTS_OF_READERS,
    bounces_held,
    bounces_of_us,
    digests_half_ended,
    fingerprint_key_missed,
    forms_set_aside,
    mailboxes_far_behind,
    syncs_held_back,
    unanswered_complaints,
    unanswered_forms,
    unerased,
    unread_mails,
)
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import ACKNOWLEDGE, Trouble
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import BY_OPERATOR, EditionState
from solacefeed.stable import stable_hash
from solacefeed.store.acknowledgements import Acknowledgement
from solacefeed.words import counted

_PATIENT = Patience()

#: Some addresses are always gone; where they are no larger share of an edition's, nobody need be told unasked.
_ANY_EDITION_HAS = 0.02

#: An edition that an editor has approved leaves with the next look.
_A_LOOK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be said of how a site status."""

    #: Those that count for the exit code, the most pressing first.
    troubles: tuple[Trouble, ...]
    #: Those that the operator knows of.
    acknowledged: tuple[Trouble, ...]
    hints: tuple[Hint, ...]


def judgement(status: SiteStatus, patience: Patience = _PATIENT) -> Judgement:
    """What is trouble now, what of it the operator knows, and what is worth a hint."""
    found = [
        *leaderless(status, patience),
        *silent(status, patience),
        *(trouble for concern in CONCERNS for trouble in concern(status)),
    ]
    known = {trouble.key for trouble in found if _is_known(trouble, status.acknowledged)}
    return Judgement(
        troubles=tuple(trouble for trouble in found if trouble.key not in known),
        acknowledged=tuple(trouble for trouble in found if trouble.key in known),
        hints=tuple(hint for thought in (*HINTS, *HINTS_OF_READERS, *HINTS_OF_OUTLOOK) for hint in thought(status)),
    )


def line(said: Trouble | Hint) -> str:
    """In one line: what it is, and what ends it."""
    return f"{said.words.rstrip('.')}; {said.ends_by}"


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


def _templates(status: SiteStatus) -> Iterator[Trouble]:
    """Whether a deed has met it yet or not: one of mails would be met as its edition closes."""
    if status.templates_amiss:
        first, *others = status.templates_amiss
        more = f", and {counted(len(others), 'more mistake')}" if others else ""
        yield Trouble(
            key="templates",
            words=f"{first}{more}; what is shown by it can't be made",
            ends_by="mend it: `solacefeed check` says all that is wrong",
            cause=first,
            size=len(status.templates_amiss),
        )


# -- readers: who is kept from a digest that they are to have ------------------------------------------


def _audience(status: SiteStatus) -> Iterator[Trouble]:
    for words in status.people:
        key = f"audience:{stable_hash(words)[:8]}"
        yield Trouble(key=key, words=words, ends_by="a config that is right ends it")


# -- editions: what should have been, against what was ----------------------------------------------


def _rejected(status: SiteStatus) -> Iterator[Trouble]:
    again = "`solacefeed deliveries retry`, later `solacefeed editions send-again {} --to rejected`, offers them again"
    return _lost_for_good(status, "rejected", ("was rejected", "were rejected"), again)


def _expired(status: SiteStatus) -> Iterator[Trouble]:
    again = "`solacefeed editions send-again {} --to expired` sends them all the same"
    return _lost_for_good(status, "expired", ("came too late and expired",) * 2, again)


def _uncertain(status: SiteStatus) -> Iterator[Trouble]:
    again = "`solacefeed deliveries resolve --edition {} --accepted`, or --resend, says how they came out"
    words = "uncertain, cut off before the relay's answer"
    return _lost_for_good(status, "uncertain", (f"is {words}", f"are {words}"), again)


def _lost_for_good(status: SiteStatus, state: str, words: tuple[str, str], again: str) -> Iterator[Trouble]:
    """Of copies in a *state* that ends by nothing; *words* are those of one of them, and of several."""
    for each in status.editions:
        if count := each.copies.get(state, 0):
            show = f"`solacefeed deliveries list --edition {each.id} --state {state}` shows them"
            goes = state == DeliveryState.UNCERTAIN or state in each.may_go_again
            then = again.format(each.id) if goes else _none_goes(each)
            yield Trouble(
                key=f"{state}:{each.id}",
                words=f"{count} of {counted(each.intended, 'copy', 'copies')} of {each.id} {words[count > 1]}",
                ends_by=f"{show}, {then}, {ACKNOWLEDGE}",
                size=count,
                is_quiet=state == DeliveryState.REJECTED and count <= each.intended * _ANY_EDITION_HAS,
            )


def _none_goes(edition: EditionOutcome) -> str:
    if edition.state is EditionState.CANCELLED:
        return "the edition was cancelled and they go no more"
    return "their readers are mailed no more or may have them"


def _left_out(status: SiteStatus) -> Iterator[Trouble]:
    if status.left_out:
        were = "reader whom the config lists was" if status.left_out == 1 else "readers whom the config lists were"
        yield Trouble(
            key="left-out",
            words=f"{status.left_out} {were} left out of the last edition",
            ends_by=f"the next edition ends this, or {ACKNOWLEDGE}",
            size=status.left_out,
        )


def _paused(status: SiteStatus) -> Iterator[Trouble]:
    for edition in status.paused:
        resume, is_theirs = f"`solacefeed editions resume {edition.id}`", edition.reason == BY_OPERATOR
        yield Trouble(
            key=f"paused:{edition.id}",
            words=f"{edition.id} is paused, {edition.reason}",
            ends_by=f"{resume} lets it go on" if is_theirs else f"mend that, then {resume}",
            cause=edition.reason or "",
            is_quiet=is_theirs,
        )


def _kept_back(status: SiteStatus) -> Iterator[Trouble]:
    for edition in status.unsent:
        if edition.state is EditionState.HELD:
            yield Trouble(
                key=f"held:{edition.id}",
                words=f"{edition.id} is held: {edition.reason}",
                ends_by=f"`solacefeed editions release {edition.id}` lets it go, the next closing skips it",
                cause=edition.reason or "",
                is_quiet=edition.reason == HELD,
            )


def _unapproved(status: SiteStatus) -> Iterator[Trouble]:
    for edition in status.unsent:
        if edition.state is EditionState.DRAFT and edition.period.ends <= status.now - _A_LOOK:
            yield Trouble(
                key=f"unapproved:{edition.id}",
                words=f"{edition.id} closed on {instant(edition.period.ends)}, and waits for an editor",
                ends_by=f"`solacefeed editions approve {edition.id}`, the next closing skips it",
            )


def _waiting(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        if each.waiting and (why := why_no_patience(status, each)):
            copies = f"{each.waiting} of {counted(each.intended, 'copy', 'copies')}"
            said = answer(each) or (relay_answer(status) if status.relay_lost else "")
            yield Trouble(
                key=f"waiting:{each.id}",
                words=f"{each.id} {why}: {copies} {'waits' if each.waiting == 1 else 'wait'}{said}",
                ends_by="they are offered again by themselves, look at [mail], the relay and the daemon or cron",
                cause=why,
            )


#: One function a concern, the most pressing first; the deeds' silence, which alone wants patience, comes before them.
CONCERNS: tuple[Callable[[SiteStatus], Iterator[Trouble]], ...] = (
    read_only,
    not_at_home,
    _clock,
    full_disks,
    failed,
    killed,
    _held,
    _waits,
    _calendars,
    failed_beside,
    _documents,
    _templates,
    site_checks,
    _audience,
    audience_jumps,
    digests_half_ended,
    syncs_held_back,
    _left_out,
    unanswered_complaints,
    unanswered_forms,
    forms_set_aside,
    unerased,
    fingerprint_key_missed,
    gap_in_log,
    no_backup,
    unread_mails,
    mailboxes_far_behind,
    bounces_of_us,
    bounces_held,
    letters_waiting,
    letters_that_ended,
    _paused,
    _kept_back,
    _unapproved,
    not_done,
    not_adding_up,
    stranded,
    _waiting,
    _rejected,
    _expired,
    _uncertain,
    complained_of,
)
