"""``events``: what is known of them, and what is understood of a paragraph."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import IO

import click

from solacefeed.cli.complaints import exit_with
from solacefeed.cli.options import MomentParam, Options, WebAddressParam, common, pass_options
from solacefeed.deeds.events.decisions import confirm, dismiss, edit, find
from solacefeed.deeds.events.known_events import understood
from solacefeed.errors import UsageError
from solacefeed.models.events import over_at
from solacefeed.models.sightings import Edits, KnownEvent, Origin, Sighting, Understanding
from solacefeed.ports import Clock
from solacefeed.store import events as event_store
from solacefeed.store import quarantine as quarantine_store
from solacefeed.store.database import Store
from solacefeed.words import span_in_words


@click.group
def events() -> None:
    """Look at events, decide of them, and try a wording."""


@events.command("list")
@click.option("--tentative", is_flag=True, help="Those alone of which too little is certain to promote them.")
@click.option("--past", is_flag=True, help="Also those that are over.")
@common
@pass_options
def list_events(options: Options, tentative: bool, past: bool) -> None:
    """The events that are known, by their first day."""
    app = options.app
    now = options.moment
    with app.looking() as store:
        zone = app.site(store).zone
        every = app.events.known(store, zone)
        with store.read() as connection:
            aside = sum(each.kind in _OF_EVENTS for each in quarantine_store.everything(connection))
    known = [
        event for event in every if (past or not _is_over(event, now, zone)) and (not tentative or _is_tentative(event))
    ]
    options.console.tell(known)
    rows = ((e.id, _when(e, zone), _state(e, now, zone), e.name, e.place, _sources(e)) for e in known)
    options.console.table(
        ("id", "when", "state", "name", "place", "known from"), rows, _nothing(len(every) - len(known))
    )
    if aside:
        options.console.say(f"{aside} more set aside: `solacefeed posts quarantine list` says why")


#: What in quarantine is about events.
_OF_EVENTS = (quarantine_store.Kind.TELLING, quarantine_store.Kind.EVENT)


def _nothing(others: int) -> str:
    if others:
        return f"no such events; {others} more with `solacefeed events list --past`"
    return "no events: posts advertise none, and the config has no [[events]] and no [[calendars]]"


@events.command("show")
@click.argument("event_id", metavar="ID")
@common
@pass_options
def show_event(options: Options, event_id: str) -> None:
    """One event, and where each thing about it is known from."""
    app = options.app
    with app.looking() as store:
        zone = app.site(store).zone
        found = find(app.events.known(store, zone), event_id)
        with store.read() as connection:
            kept = event_store.rows(connection).get(found.id)
    options.console.tell({"event": found, "kept": kept})
    options.console.sheet(
        [
            ("id", found.id),
            ("name", _said(found.name, found, "name")),
            ("when", _said(_when(found, zone), found, "starts")),
            ("place", _said(found.place, found, "place")),
            ("url", _said(found.url, found, "url")),
            ("book by", kept and kept.told["book_by"]),
            ("text", kept and kept.told["text"]),
            ("categories", list(found.categories) or None),
            ("state", _state(found, options.moment, zone)),
            ("certainty", f"{found.certainty} {_doubt(found)}".rstrip()),
            ("known since", kept and kept.known_since),
            ("changed", kept and kept.changed),
            ("sequence", kept and kept.sequence),
            ("seen in", _sources(found)),
        ]
    )


# -- deciding ---------------------------------------------------------------------------------------


@events.command("confirm")
@click.argument("event_id", metavar="ID")
@common
@pass_options
def confirm_event(options: Options, event_id: str) -> None:
    """Say that an event is right as it stands, so that it is promoted."""
    _decide(options, event_id, confirm, _confirmed)


@events.command("dismiss")
@click.argument("event_id", metavar="ID")
@common
@pass_options
def dismiss_event(options: Options, event_id: str) -> None:
    """Say that it is no event, or none of yours; `events confirm` takes it back."""
    _decide(options, event_id, dismiss, lambda _: "dismissed: no reader sees it")


@events.command("edit")
@click.argument("event_id", metavar="ID")
@click.option("--name", metavar="NAME", help="What it is called.")
@click.option("--place", metavar="PLACE", help="Where it is held.")
@click.option("--starts", type=MomentParam(), help="Its first day, such as 2027-04-13, or an instant with its offset.")
@click.option("--ends", type=MomentParam(), help="Its last day, or the instant at which it ends.")
@click.option("--url", type=WebAddressParam(), help="Where to book.")
@common
@pass_options
def edit_event(
    options: Options,
    event_id: str,
    name: str | None,
    place: str | None,
    starts: date | None,
    ends: date | None,
    url: str | None,
) -> None:
    """Write instead of what was read of an event; it stands over all but [[events]] of the config.

    Days that you write are certain. A new beginning alone keeps the event's length.

    \b
    Example:
      solacefeed events edit solace-summit-2012 --starts 2012-10-17 --ends 2012-10-19
    """
    edits = Edits(name=_line(name), place=_line(place), starts=starts, ends=ends, url=url)
    if edits == Edits():
        raise UsageError("nothing to edit: give --name, --place, --starts, --ends or --url")
    _decide(options, event_id, lambda store, clock, event: edit(store, clock, event, edits), lambda _: "edited")


def _line(words: str | None) -> str | None:
    """*words* on one line; nothing where there are none."""
    return " ".join(words.split()) or None if words else None


def _confirmed(over: bool) -> str:
    when = "it is over, and promoted no more" if over else "it is promoted when its time comes"
    return f"confirmed: {when}"


def _decide(
    options: Options,
    event_id: str,
    decision: Callable[[Store, Clock, KnownEvent], object],
    words: Callable[[bool], str],
) -> None:
    """Says so in *words*, which are told whether the event is over."""
    app = options.app
    with app.deciding() as store:
        zone = app.site(store).zone
        event = find(app.events.known(store, zone), event_id)
        decision(store, app.clock, event)
        troubles = app.events.refresh(store)
        after = find(app.events.known(store, zone), event.id)
    options.console.tell(after)
    said = words(_is_over(after, app.clock(), zone))
    options.console.say(f"events: {after.id} {said}; {after.name}, {_when(after, zone) or 'without a date'}")
    exit_with(troubles)


@events.command("read")
@click.argument("file", type=click.File(encoding="utf-8"), metavar="FILE|-")
@click.option(
    "--published",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="When the post appears.  [default: today, or --as-of]",
)
@click.option("--title", default="", metavar="WORDS", help="The post's title: what stands there is then a whole post.")
@click.option(
    "--language", metavar="TAG", help="By which days in numbers are read, such as en-GB.  [default: that of the site]"
)
@common
@pass_options
def read(options: Options, file: IO[str], published: datetime | None, title: str, language: str | None) -> None:
    """What is understood of a paragraph or a post, in text or HTML: try a wording before you publish it."""
    day = (published or options.as_of or datetime.now(UTC)).date()
    noon = datetime.combine(day, time(12), UTC)
    site = options.config.site.language if options.config_path.exists() else None
    found = understood(_text_of(file), published=noon, zone=UTC, title=title, language=language, site=site)
    options.console.tell(found)
    for event in found:
        options.console.sheet(_told(event))
    if not found:
        options.console.say(f"{Path(file.name).name}: no event is understood here")


def _text_of(file: IO[str]) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise UsageError(f"{file.name}: not UTF-8 text; save the file as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{file.name}: can't be read: {error.strerror}") from None


def _told(event: Understanding) -> list[tuple[str, object]]:
    missing = {name: f"- ({reason})" for name, reason in event.missing.items()}
    when = span_in_words(event.starts, event.ends, UTC, "en") if event.starts and event.ends else None
    return [
        ("name", event.name or missing.get("name")),
        ("when", when or missing.get("starts")),
        ("place", event.place or missing.get("place")),
        ("url", event.url or missing.get("url")),
        ("state", event.standing),
        ("certainty", f"{event.certainty} {missing.get('certainty', '')}".rstrip(" -")),
    ]


def _said(value: str | None, event: KnownEvent, attribute: str) -> str | None:
    """*value*, and where it is known from, as ``seen in`` calls it."""
    known_from = event.known_from.get(attribute)
    if not value or known_from is None:
        return value
    names = {sighting.source: _source(sighting) for sighting in event.sightings}
    return f"{value} ({names.get(known_from, known_from)})"


def _when(event: KnownEvent, zone: tzinfo) -> str | None:
    return span_in_words(event.starts, event.ends, zone, "en") if event.starts and event.ends else None


def _state(event: KnownEvent, now: datetime, zone: tzinfo) -> str:
    if event.dismissed:
        return "dismissed"
    if _is_over(event, now, zone):
        return "over"
    if event.ends is None:
        return "without a date"
    return "tentative" if _is_tentative(event) and event.standing == "scheduled" else event.standing


# "Next spring" is over at some time, too.
_SOON = timedelta(days=366)


def _is_over(event: KnownEvent, now: datetime, zone: tzinfo) -> bool:
    ends = event.ends
    if ends is None:
        return now - max(sighting.said_at for sighting in event.sightings) > _SOON
    return over_at(ends, zone) <= now


def _is_tentative(event: KnownEvent) -> bool:
    return event.certainty == "tentative" and not event.dismissed


def _doubt(event: KnownEvent) -> str:
    """Why it is tentative, as the most exact source has it."""
    reasons = (sighting.told.missing.get("certainty") for sighting in event.sightings)
    reason = next(filter(None, reasons), "") if event.certainty == "tentative" else ""
    return f"({reason})" if reason else ""


def _sources(event: KnownEvent) -> str:
    first = list(dict.fromkeys(_source(sighting) for sighting in event.sightings))
    return ", ".join(first[:3]) + (f" and {len(first) - 3} more" if len(first) > 3 else "")


def _source(sighting: Sighting) -> str:
    return "[[events]]" if sighting.origin is Origin.CONFIG else sighting.source
