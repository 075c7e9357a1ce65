"""What an editor decides besides, in words: corrections of mailed posts, and events with what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from solacefeed.catalogue import gettext
from solacefeed.digest.corrections import tells
from solacefeed.events.decision import OPERATOR, in_config
from solacefeed.models.digests import Corrections
from solacefeed.models.events import over_at
from solacefeed.models.sightings import Certainty, KnownEvent, Origin, Sighting
from solacefeed.words import span_in_words

if TYPE_CHECKING:
    from solacefeed.deeds.editions.correcting import Proposal
    from solacefeed.deeds.editions.desk import DeskSight

#: Sources of an event that are named.
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRow:
    key: str
    #: What readers would be told.
    words: str
    #: The editions that brought the post.
    mailed: str
    #: Whether they are.
    stands: str
    can_be_told: bool
    can_be_dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent:
    """An event, with what is known of it and from where."""

    id: str
    #: What it is called, or that nobody knows.
    title: str
    when: str
    place: str | None
    url: str | None
    state: str
    sources: str
    #: Why not enough is certain to promote it.
    doubt: str | None
    #: Stands in the draft.
    is_promoted: bool
    #: It is tentative or dismissed, and has a name and a day.
    can_be_confirmed: bool
    can_be_dismissed: bool
    #: The config has it not, which would win.
    can_be_decided: bool
    #: As its form has them; days and times are of the site's clock.
    name: str
    first: str
    begins: str
    last: str
    ends: str


def correction_rows(sight: DeskSight, language: str) -> Iterator[CorrectionRow]:
    policy = sight.digest.corrections
    if policy is Corrections.NEVER:
        return
    for each in sight.corrections:
        key = each.correction.key
        is_told = tells(key, policy=policy, decisions={} if each.told is None else {key: each.told})
        yield CorrectionRow(
            key=key,
            words=_correction(each, language),
            mailed=", ".join(each.edition_ids),
            stands=_told_or_not(is_told=is_told, is_decided=each.told is not None, language=language),
            can_be_told=not is_told,
            can_be_dropped=is_told or each.told is None,
        )


def _told_or_not(*, is_told: bool, is_decided: bool, language: str) -> str:
    if is_told:
        return gettext("Readers are told.", language)
    if is_decided:
        return gettext("Nobody is told.", language)
    return gettext("Nobody is told yet: it waits for your word.", language)


def _correction(proposal: Proposal, language: str) -> str:
    correction = proposal.correction
    if correction.new_title is None:
        return gettext("‘%(title)s’ was withdrawn", language, title=proposal.title)
    if correction.words is not None:
        return f"{correction.new_title}: {correction.words}"
    return gettext(
        "‘%(before)s’ is called ‘%(now)s’ now", language, before=correction.old_title, now=correction.new_title
    )


def desk_events(sight: DeskSight, zone: tzinfo, now: datetime, language: str) -> Iterator[DeskEvent]:
    """Those to come, and those without a day, the nearest first; what was dismissed last."""
    promoted = {event.id for event in sight.draft.events} if sight.draft else set[str]()
    to_come = [event for event in sight.events if event.ends is None or over_at(event.ends, zone) > now]
    for event in sorted(to_come, key=lambda each: each.dismissed):
        first, begins = _day_and_time(event.starts, zone)
        last, ends = _day_and_time(event.ends, zone)
        is_tentative = event.certainty is Certainty.TENTATIVE and not event.dismissed
        yield DeskEvent(
            id=event.id,
            title=event.name or gettext("Without a name", language),
            when=_when(event, zone, language),
            place=event.place,
            url=event.url,
            state=_state(event, language),
            sources=_sources(event, language),
            doubt=_doubt(event) if is_tentative else None,
            is_promoted=event.id in promoted,
            can_be_confirmed=(is_tentative or event.dismissed) and event.name is not None and event.starts is not None,
            can_be_dismissed=not event.dismissed,
            can_be_decided=not in_config(event),
            name=event.name or "",
            first=first,
            begins=begins,
            last=last,
            ends=ends,
        )


def _when(event: KnownEvent, zone: tzinfo, language: str) -> str:
    if event.starts is None or event.ends is None:
        return gettext("Without a day", language)
    return span_in_words(event.starts, event.ends, zone, language)


def _day_and_time(moment: date | datetime | None, zone: tzinfo) -> tuple[str, str]:
    if moment is None:
        return "", ""
    if isinstance(moment, datetime):
        local = moment.astimezone(zone)
        return local.date().isoformat(), f"{local:%H:%M}"
    return moment.isoformat(), ""


def _state(event: KnownEvent, language: str) -> str:
    if event.dismissed:
        return gettext("Dismissed: no reader sees it", language)
    if event.certainty is Certainty.TENTATIVE:
        return gettext("Tentative: not promoted until it is confirmed", language)
    return {
        "scheduled": gettext("Certain", language),
        "moved": gettext("Moved to other days", language),
        "postponed": gettext("Postponed", language),
        "cancelled": gettext("Cancelled", language),
    }[event.standing.value]


def _doubt(event: KnownEvent) -> str | None:
    """Why, as the most exact source has it."""
    reasons = (sighting.told.missing.get("certainty") for sighting in event.sightings)
    return next(filter(None, reasons), None)


def _sources(event: KnownEvent, language: str) -> str:
    named = list(dict.fromkeys(_source(sighting, language) for sighting in event.sightings))
    if OPERATOR in event.known_from.values():
        named = [gettext("what editors wrote", language), *named]
    rest = len(named) - NAMED
    more = gettext("and %(number)s more", language, number=rest) if rest > 0 else ""
    return f"{', '.join(named[:NAMED])} {more}".strip()


def _source(sighting: Sighting, language: str) -> str:
    return gettext("the config", language) if sighting.origin is Origin.CONFIG else sighting.source
