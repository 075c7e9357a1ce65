"""How a site stands, as names and values that a person reads: at the prompt and on the operator's page."""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.deeds.delivering.pace_status import PaceStatus
from solacefeed.deeds.upkeep.backup_status import BackupStatus
from solacefeed.deeds.upkeep.disk_room import DiskRoom, megabytes
from solacefeed.deeds.upkeep.edition_status import EditionOutcome, SettledEdition
from solacefeed.deeds.upkeep.hints import MOST_DOMAINS, settled_copies
from solacefeed.deeds.upkeep.status import DEEDS, DigestStatus, SiteStatus
from solacefeed.models.editions import Edition, is_notice
from solacefeed.store.calendars import CalendarNotes
from solacefeed.words import counted, tally


def sheet(stands: SiteStatus, store: str, kind: str) -> list[tuple[str, str]]:
    """What is kept in *store*, read by that *kind* of source; what there is none of is left out."""
    rows: list[tuple[str, str | None]] = [
        ("store", f"{store} ({stands.clock or 'new'})"),
        ("source", f"{stands.source}, read by {kind}"),
        ("daemon", _leader(stands)),
        ("workers", _workers(stands)),
        *((deed, _last(stands, deed)) for deed in DEEDS),
        ("posts", tally(stands.posts)),
        ("feeds", _feeds(stands)),
        *((f"calendar {calendar.name}", _calendar(calendar)) for calendar in stands.calendars),
        *((f"digest {digest.name}", _digest(digest, stands.settled, stands.unsent)) for digest in stands.digests),
        *(("edition", f"{each.id} {each.state}: {_sum(each)}{_on_its_way(each)}") for each in stands.editions),
        *((f"pace{f' {each.group}' if each.group else ''}", _pace(each)) for each in stands.paces),
        ("subscribers", _subscribers(stands)),
        ("backup", _backup(stands.backups)),
        ("asked", f"{counted(stands.sign_ups, 'sign-up')} to be answered" if stands.sign_ups else None),
        ("complaints", _complaints(stands)),
        ("suppressed", tally(stands.suppressions) if stands.suppressions else None),
        ("set aside", f"{stands.quarantined} in quarantine" if stands.quarantined else None),
        *(("disk", _disk(each)) for each in stands.disks),
    ]
    return [(name, value) for name, value in rows if value is not None]


def _leader(stands: SiteStatus) -> str | None:
    return (stands.leader or "none leads") if stands.queue else None


def _workers(stands: SiteStatus) -> str | None:
    queue = stands.queue
    if queue is None:
        return None
    who = f" ({'; '.join(queue.workers)})" if queue.workers else ""
    return f"{len(queue.workers)}{who}; {counted(queue.waiting, 'turn')} waiting, {queue.under_way} under way"


def _last(stands: SiteStatus, deed: str) -> str | None:
    record = stands.records.get(deed)
    if record is None:
        return None
    words = record.summary.removeprefix(f"{deed}: ") if record.ok is not None else _without_end(stands, deed)
    last = record.ended_at if record.times > 1 and record.ended_at else record.started_at
    coming = stands.next_looks.get(deed)
    # One that should have been is told among the troubles, once it is over for long.
    after = f"; next {coming:%H:%M}" if coming and coming > stands.now and deed not in stands.under_way else ""
    return f"{last:%Y-%m-%d %H:%M} UTC  {'' if record.ok is not False else 'did not work: '}{words}{after}"


def _without_end(stands: SiteStatus, deed: str) -> str:
    return f"under way: {stands.under_way[deed]}" if deed in stands.under_way else "no end is on record"


def _feeds(stands: SiteStatus) -> str:
    changed = f", changed {stands.feeds_changed:%Y-%m-%d %H:%M} UTC" if stands.feeds_changed else ""
    waiting = f"; the hub is still to be told of {counted(stands.pings, 'document')}" if stands.pings else ""
    return f"{stands.feeds}{changed}{waiting}"


def _calendar(calendar: CalendarNotes) -> str:
    read = f"read {calendar.read_at:%Y-%m-%d %H:%M} UTC" if calendar.read_at else "not read yet"
    trouble = f"; did not work {calendar.asked_at:%Y-%m-%d %H:%M} UTC" if calendar.trouble else ""
    return f"{read}{trouble}{f'; {calendar.note}' if calendar.note else ''}"


def _sum(edition: EditionOutcome) -> str:
    """Of an edition's copies, which add up to its recipients."""
    copies = tally(edition.copies)
    if edition.recipients is None:
        return copies
    return f"{copies}, in all {edition.written} of {edition.recipients}"


def _on_its_way(edition: EditionOutcome) -> str:
    """Of one that leaves: which copies are put off, and when the last goes."""
    most = sorted(edition.deferred_domains.items(), key=lambda found: (-found[1], found[0]))
    named = ", ".join(f"{count} to {domain}" for domain, count in most[:MOST_DOMAINS])
    deferred = f"; {edition.deferred} deferred{f' ({named})' if named else ''}" if edition.deferred else ""
    ends = f"; the last about {edition.ends_at:%Y-%m-%d %H:%M} UTC" if edition.ends_at else ""
    return f"{deferred}{ends}"


def _backup(backups: BackupStatus) -> str | None:
    if backups.by_server:
        return "none by us: `solacefeed backup` says how pg_dump makes one"
    return f"{backups.last_good:%Y-%m-%d %H:%M} UTC" if backups.last_good else None


def _subscribers(stands: SiteStatus) -> str:
    """One person may have several digests."""
    subscriptions = sum(stands.subscriptions.values())
    if stands.subscribers == subscriptions:
        return tally(stands.subscriptions)
    people = counted(stands.subscribers, "person", "people")
    return f"{people} with {counted(subscriptions, 'subscription')}: {tally(stands.subscriptions)}"


def _complaints(stands: SiteStatus) -> str | None:
    if not stands.complaints:
        return None
    first = stands.complaints[0]
    clocks = f"{counted(len(stands.complaints), 'complaint')} to be answered, the first by {first.due:%Y-%m-%d}"
    days = (first.due - stands.now).days
    left = f"in {counted(days, 'day')}" if days >= 0 else "which is over"
    return f"{clocks}, {left}"


def _pace(pace: PaceStatus) -> str:
    second = f"{pace.per_second:g} a second" if pace.per_second else None
    slowed = f"slowed to {pace.slowed_to:.2g} a second, since mail is deferred" if pace.slowed_to else None
    hour = f"{pace.in_hour} of {pace.per_hour} an hour used" if pace.per_hour else None
    day = f"{pace.in_day} of {pace.per_day} today used, by the ramp" if pace.per_day else None
    waiting = counted(pace.waiting, "copy", "copies") + " waiting" if pace.waiting else None
    ends = f"the last about {pace.ends_at:%Y-%m-%d %H:%M} UTC" if pace.ends_at else None
    return ", ".join(filter(None, (second, slowed, hour, day, waiting, ends)))


def _digest(digest: DigestStatus, settled: Sequence[SettledEdition], unsent: Sequence[Edition]) -> str:
    own = [each for each in settled if each.digest == digest.key]
    words = "".join(f"{each.id} leaves {each.leaves_at:%Y-%m-%d %H:%M} UTC{settled_copies(each)}; " for each in own)
    words += f"{'the next ' if own else ''}closes {digest.next_closing:%Y-%m-%d %H:%M} UTC"
    last = digest.last_edition
    if last and digest.passed_over:
        there = "that day's edition" if is_notice(last.id) else last.id
        words += f", not {digest.passed_over[0]:%Y-%m-%d %H:%M} UTC, since {there} is there already"
    if last is None:
        begun = ", ".join(f"{each.id} {each.standing}" for each in unsent if each.digest == digest.key)
        return f"{words}; none has left yet: {begun}" if begun else f"{words}; no edition yet"
    return f"{words}; last {last.id} {last.standing}: {last.reason or tally(digest.deliveries)}"


def _disk(disk: DiskRoom) -> str:
    return f"{megabytes(disk.free)} of {megabytes(disk.size)} free ({disk.holds})"
