"""The table of posts in ``prose/``: what each announces, and how what the product makes of it is counted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from solacefeed.deeds.events.known_events import understood
from solacefeed.models.sightings import Certainty, Times, Understanding

FOLDER = Path(__file__).with_name("prose")
ZONE = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One event that a post announces; of several values each is right, and ``None`` means that none is said."""

    names: tuple[str, ...]
    starts: date
    ends: date
    times: tuple[Times | None, ...]
    places: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A post, and the events that it announces: none of most."""

    file: str
    title: str
    text: str
    on: date
    language: str
    events: tuple[Right, ...]

    @property
    def html(self) -> str:
        return "\n".join(map(_block, self.text.strip().split("\n\n")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was made of a table: events that are certain and still to be, against those that are right."""

    announced: int
    right: int
    wanted: int
    #: Of the events that were found, with the times and the place that the table has.
    times: tuple[int, int]
    places: tuple[int, int]

    @property
    def precision(self) -> float:
        return self.right / self.announced

    @property
    def recall(self) -> float:
        return self.right / self.wanted


def announcements(*files: str) -> tuple[Announcement, ...]:
    """The posts of those *files* in ``prose/``, or of all."""
    paths = sorted(path for path in FOLDER.glob("*.toml") if not files or path.stem in files)
    return tuple(_post(path.stem, row) for path in paths for row in tomllib.loads(path.read_text("utf-8"))["posts"])


def made_of(post: Announcement) -> tuple[Understanding, ...]:
    """What readers would be told of: the certain events with name and days that are still to be."""
    noon = datetime.combine(post.on, time(12), UTC)
    found = understood(post.html, published=noon, zone=ZONE, title=post.title, language=post.language)
    return tuple(
        event
        for event in found
        if event.certainty is Certainty.CERTAIN and event.name and event.starts and event.standing.is_to_be
    )


def fits(event: Understanding, right: Right) -> bool:
    """Whether name and days are right, and neither times nor place is wrong."""
    return (
        event.name in right.names
        and (_day(event.starts), _day(event.ends)) == (right.starts, right.ends)
        and (event.times is None or _times(event) in right.times)
        and (event.place is None or event.place in right.places)
    )


def counted(posts: Iterable[Announcement]) -> Count:
    announced = right = wanted = 0
    times, places = [0, 0], [0, 0]
    for post in posts:
        made = made_of(post)
        announced += len(made)
        wanted += len(post.events)
        for event, that in _matched(made, post.events):
            right += 1
            times[0] += _times(event) in that.times
            places[0] += event.place in that.places
            times[1] += 1
            places[1] += 1
    return Count(
        announced=announced,
        right=right,
        wanted=wanted,
        times=(times[0], times[1]),
        places=(places[0], places[1]),
    )


def _matched(made: Sequence[Understanding], wanted: Sequence[Right]) -> Iterator[tuple[Understanding, Right]]:
    left = list(wanted)
    for event in made:
        if that := next((one for one in left if fits(event, one)), None):
            left.remove(that)
            yield event, that


def _day(moment: date | datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment


def _times(event: Understanding) -> Times | None:
    """Those that the event has: over several days a beginning alone leaves whole days."""
    return event.times if isinstance(event.starts, datetime) else None


# -- how the table is written -----------------------------------------------------------------------

_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")


def _block(text: str) -> str:
    lines = [_LINK.sub(r'<a href="\2">\1</a>', escape(line, quote=False)) for line in text.split("\n")]
    if lines[0].startswith("# "):
        return f"<h2>{lines[0][2:]}</h2>"
    if lines[0].startswith("- "):
        return f"<ul>{''.join(f'<li>{line[2:]}</li>' for line in lines)}</ul>"
    return f"<p>{'<br>'.join(lines)}</p>"


def _post(file: str, row: dict[str, object]) -> Announcement:
    return Announcement(
        file=file,
        title=str(row["title"]),
        text=str(row["text"]),
        on=date.fromisoformat(str(row["on"])),
        language=str(row.get("language", "en-GB")),
        events=tuple(map(_right, map(str, row.get("events", [])))),  # type: ignore[call-overload]
    )


def _right(row: str) -> Right:
    names, days, times, places = ([part.strip() for part in cell.split(" ~ ")] for cell in row.split(" | "))
    first, _, last = days[0].partition("/")
    return Right(
        names=tuple(names),
        starts=date.fromisoformat(first),
        ends=date.fromisoformat(last or first),
        times=tuple(map(_time, times)),
        places=tuple(None if place == "-" else place for place in places),
    )


def _time(written: str) -> Times | None:
    if written == "-":
        return None
    opens, _, closes = written.partition("-")
    return Times(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes) if closes else None)
