"""``status``: what stands, what did not come out as it should have, and what ends that."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.console import tally
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.delivering.pace_status import PaceStatus
from solacefeed.deeds.upkeep.hints import Hint, settled_copies
from solacefeed.deeds.upkeep.status import DEEDS, DigestStatus, EditionOutcome, SettledEdition, SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.deeds.upkeep.troubles import line
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import shown
from solacefeed.words import counted


@click.command
@click.option("--acknowledge", is_flag=True, help="Say that you know of the troubles there are now.")
@common
@pass_options
def status(options: Options, acknowledge: bool) -> None:
    """Say what stands, what did not come out as it should have, and what ends that.

    The exit code is 1 while there is trouble that you do not know of, and 0 else: monitoring may go by it. With
    --acknowledge you know of all there is now; each is news again when it is another one, or grows.

    \b
    Example, silent unless something is wrong:
      0 9 * * *  cd /srv/solacefeed && solacefeed status -q
    """
    app, console = options.app, options.console
    with app.deciding() if acknowledge else app.looking() as store:
        if acknowledge:
            app.upkeep.acknowledge(store)
        stands = app.upkeep.status(store)
        kind = app.upkeep.source_in_use(store)
    judged = app.upkeep.judgement(stands)
    said: list[Trouble | Hint] = [*judged.troubles, *judged.acknowledged, *judged.hints]
    console.tell(
        {
            "standing": stands,
            "source_in_use": kind,
            "advice": [line(each) for each in said],
            "troubles": judged.troubles,
            "acknowledged": judged.acknowledged,
            "hints": judged.hints,
        }
    )
    console.sheet(
        [
            ("store", f"{shown(app.config.store.url)} ({stands.clock or 'new'})"),
            ("source", f"{stands.source}, read by {kind}"),
            *((deed, _last(stands, deed)) for deed in DEEDS),
            ("posts", tally(stands.posts)),
            ("feeds", _feeds(stands)),
            *((f"calendar {calendar.name}", _calendar(calendar)) for calendar in stands.calendars),
            *((f"digest {digest.name}", _digest(digest, stands.settled)) for digest in stands.digests),
            *(("edition", f"{each.id} {each.state}: {_sum(each)}") for each in stands.editions),
            *((f"pace{f' {each.group}' if each.group else ''}", _pace(each)) for each in stands.paces),
            ("subscribers", tally(stands.subscriptions)),
            ("backup", f"{stands.backups.last_good:%Y-%m-%d %H:%M} UTC" if stands.backups.last_good else None),
            ("asked", f"{counted(stands.sign_ups, 'sign-up')} to be answered" if stands.sign_ups else None),
            ("trouble", _lines(judged.troubles)),
            ("known", _lines(judged.acknowledged)),
            ("hint", _lines(judged.hints)),
            ("to do", None if said else "nothing, all is well"),
        ]
    )
    if options.quiet:
        for trouble in judged.troubles:
            complain(line(trouble))
    sys.exit(1 if judged.troubles else 0)


def _lines(said: Sequence[Trouble | Hint]) -> str | None:
    return "\n".join(line(each) for each in said) or None


def _last(stands: SiteStatus, deed: str) -> str | None:
    record = stands.records.get(deed)
    if record is None:
        return None
    words = record.summary.removeprefix(f"{deed}: ") if record.ok is not None else _without_end(stands, deed)
    last = record.ended_at if record.times > 1 and record.ended_at else record.started_at
    return f"{last:%Y-%m-%d %H:%M} UTC  {'' if record.ok is not False else 'did not work: '}{words}"


def _without_end(stands: SiteStatus, deed: str) -> str:
    return f"under way: {stands.under_way[deed]}" if deed in stands.under_way else "ended by force"


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


def _pace(pace: PaceStatus) -> str:
    second = f"{pace.per_second:g} a second" if pace.per_second else None
    slowed = f"slowed to {pace.slowed_to:.2g} a second, since mail is deferred" if pace.slowed_to else None
    hour = f"{pace.in_hour} of {pace.per_hour} an hour used" if pace.per_hour else None
    day = f"{pace.in_day} of {pace.per_day} today used, by the ramp" if pace.per_day else None
    waiting = counted(pace.waiting, "copy", "copies") + " waiting" if pace.waiting else None
    ends = f"the last about {pace.ends_at:%Y-%m-%d %H:%M} UTC" if pace.ends_at else None
    return ", ".join(filter(None, (second, slowed, hour, day, waiting, ends)))


def _digest(digest: DigestStatus, settled: Sequence[SettledEdition]) -> str:
    own = [each for each in settled if each.digest == digest.key]
    words = "".join(f"{each.id} leaves {each.leaves_at:%Y-%m-%d %H:%M} UTC{settled_copies(each)}; " for each in own)
    words += f"{'the next ' if own else ''}closes {digest.next_closing:%Y-%m-%d %H:%M} UTC"
    last = digest.last_edition
    if last and digest.passed_over:
        words += f", not {digest.passed_over[0]:%Y-%m-%d %H:%M} UTC, since {last.id} is there already"
    if last is None:
        return f"{words}; no edition yet"
    return f"{words}; last {last.id} {last.state}: {last.reason or tally(digest.deliveries)}"
