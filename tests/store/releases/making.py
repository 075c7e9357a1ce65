"""Makes the fixture of a release: a site that has lived for five weeks, and what its store then holds.

Run it from a checkout of the release that is about to be followed, before the schema changes::

    python -m tests.store.releases.making tests/store/releases/0004

The folder has the site's ``config.toml``; ``society.ics``, ``store.json.xz`` and ``memories.json`` are made.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path

from solacefeed.app import App
from solacefeed.composition.mail import Mail
from solacefeed.composition.posts import Posts
from solacefeed.config import load
from solacefeed.deeds.events import decisions as event_decisions
from solacefeed.deeds.people.subscribe import end, subscribe
from solacefeed.deeds.posts import decisions as post_decisions
from solacefeed.http_client.client import HttpClient, user_agent
from solacefeed.models.sightings import Edits, KnownEvent
from solacefeed.ports import Known, Pause, Source, Transport
from solacefeed.sample.blog import BlogPost
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.finding import AutoSource
from solacefeed.sources.found import REST
from solacefeed.sources.pages import PagesSource
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.store import facts, quarantine
from solacefeed.store.database import Store, open_store
from tests.store.releases import rows
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.builders import A_CONSENT, NO_KEY
from tests.support.fakes import Act, Killed, ScriptedRelay

#: When the site's life begins, and when it was last looked at.
BEGIN = datetime(2026, 11, 9, 8, tzinfo=UTC)
END = datetime(2026, 12, 14, 8, tzinfo=UTC)

#: What the society's calendar says, as it says it first and after a week.
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Society//Events//EN
BEGIN:VEVENT
UID:finance-day@society.example.org
DTSTAMP:20261101T090000Z
DTSTART:20270120T093000Z
DTEND:20270120T160000Z
SUMMARY:Finance day
LOCATION:Leeds
URL:https://society.example.org/finance-day
END:VEVENT
BEGIN:VEVENT
UID:dinner@society.example.org
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20261118
DTEND;VALUE=DATE:20261119
SUMMARY:Annual dinner
LOCATION:Anytown
END:VEVENT
BEGIN:VEVENT
UID:visit@society.example.org
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20270210
DTEND;VALUE=DATE:20270212
SUMMARY:Study visit
LOCATION:Utrecht
{status}END:VEVENT
BEGIN:VEVENT
UID:lunch@society.example.org
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20270301
DTEND;VALUE=DATE:20270302
SUMMARY:Members’ lunch
END:VEVENT
BEGIN:VEVENT
UID:walk@society.example.org
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:202705{walk}
SUMMARY:Spring walk
LOCATION:Anytown
END:VEVENT
END:VCALENDAR
"""

#: A paragraph that advertises an event.
CONFERENCE = (
    "<p>Questions such as these will be the focus of discussions at the Schools Conference in Leeds on 9-10th February"
    " 2027. More information and details of how to book are"
    ' <a href="https://events.example.org/schools-2027">here</a>.</p>\n'
)
#: Instead of the folder in which the life was lived, and of the key that it made for itself.
FOLDER, SECRET = "/srv/solacefeed", "the-key-of-a-site-that-never-was"


@contextmanager
def reaching(blog: Blog) -> Iterator[HttpClient]:
    """A client that finds *blog* at its own address."""
    with (
        serve(blog) as served,
        HttpClient(
            agent=user_agent("https://feeds.example.org"),
            timeout=30,
            max_bytes=2**25,
            reach={blog.url: served.origin},
        ) as client,
    ):
        yield client


class _Posts(Posts):
    def __init__(self, base: App, life: Life) -> None:
        super().__init__(base, base.events)
        self._blog = life.blog

    @contextmanager
    def source(
        self,
        store: Store,  # noqa: ARG002  # the app's own
        *,
        pause: Pause | None = None,  # noqa: ARG002
        stop: Callable[[], bool] = lambda: False,  # noqa: ARG002
        newest: int | None = None,  # noqa: ARG002
    ) -> Iterator[Source]:
        with reaching(self._blog) as client:
            yield AutoSource(client, self._blog.url, {REST: partial(WordPressSource, client)})


class _Mail(Mail):
    def __init__(self, base: App, life: Life) -> None:
        super().__init__(base, base.events)
        self._relay = life.relay

    def transports(self) -> Callable[[], Transport]:
        return lambda: self._relay


class Era(App):
    """The site at one instant, on a blog and with a relay of ours."""

    def __init__(self, life: Life, at: datetime) -> None:
        super().__init__(load(life.folder / "config.toml", environ={}), as_of=at, folder=life.folder)
        self._life = life

    @cached_property
    def posts(self) -> Posts:
        return _Posts(self, self._life)

    @cached_property
    def mail(self) -> Mail:
        return _Mail(self, self._life)

    def do(self, deed: str, store: Store) -> None:
        deeds: dict[str, Callable[[Store], object]] = {
            "poll": self.posts.poll,
            "prepare": self.mail.prepare,
            "publish": self.publishing.publish,
            "deliver": self.mail.deliver,
        }
        deeds[deed](store)


@dataclass
class Life:
    """A site in *folder* and what befalls it."""

    folder: Path
    store: Store
    blog: Blog = field(default_factory=Blog.shipped)
    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    #: Posts that are not written yet.
    to_come: dict[int, BlogPost] = field(default_factory=dict)

    def at(self, day: date, hour: int = 8, minute: int = 0) -> Era:
        """The site on that day, when the blog has what was written by then."""
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        self.to_come |= {number: post for number, post in self.blog.posts.items() if post.date_gmt > now}
        for number, post in list(self.to_come.items()):
            if post.date_gmt > now:
                self.blog.posts.pop(number, None)
            else:
                self.blog.posts[number] = self.to_come.pop(number)
        return Era(self, now)

    def look(self, era: Era, *deeds: str) -> None:
        for deed in deeds:
            era.do(deed, self.store)

    def calendar_says(self, *, status: str = "", walk: str = "08") -> None:
        text = CALENDAR.format(status=f"STATUS:{status}\n" if status else "", walk=walk)
        (self.folder / "society.ics").write_text(text.replace("\n", "\r\n"), encoding="utf-8")

    def join(self, era: Era, name: str, *slugs: str) -> None:
        email = f"{name}@example.org"
        zone = era.site(self.store).zone
        subscribe(
            self.store,
            era.clock,
            era.digest(),
            zone,
            email=email,
            consent=A_CONSENT,
            key=NO_KEY,
            name=name.title(),
            slugs=slugs or None,
        )

    def known(self, era: Era, name: str) -> KnownEvent:
        known = era.events.known(self.store, era.site(self.store).zone)
        return next(event for event in known if event.name == name)


RUN = ("poll", "prepare", "publish", "deliver")


def live(life: Life) -> None:
    """Five weeks: what the blog, its readers, the calendar, the relay and the operator do."""
    _first_week(life)
    _second_week(life)
    _third_week(life)
    _a_week_without_posts(life)
    _killed_while_delivering(life)
    _prepared_and_not_delivered(life)


def _first_week(life: Life) -> None:
    life.calendar_says()
    era = life.at(date(2026, 11, 9))
    life.look(era, "poll")
    for name, *slugs in (
        ("dora",),
        ("emil", "education"),
        ("finn", "local-government-finance"),
        ("gita",),
        ("hugo", "housing"),
        ("ines", "education", "housing"),
    ):
        life.join(era, name, *slugs)
    life.relay.script = [Act.ACCEPT, Act.REJECT, Act.DEFER, Act.CUT_AFTER_THE_DOT]
    life.look(era, "prepare", "publish", "deliver")
    era = life.at(date(2026, 11, 9), 9)
    life.relay.script = [Act.ACCEPT, Act.CUT_AFTER_THE_DOT]
    life.look(era, "deliver")
    era = life.at(date(2026, 11, 12))
    life.blog.edit(1262, at=era.clock(), content="<p>Eastfield, corrected: the new lifts work.</p>\n")
    life.blog.edit(1255, at=era.clock(), title="The case for the slower merger")
    life.look(era, *RUN)


def _second_week(life: Life) -> None:
    era = life.at(date(2026, 11, 16))
    life.blog.slug_category("Education", "schools")
    life.blog.rename_category("Scotland", "Scotland today")
    life.look(era, "poll")
    for name in ("Study visit", "Members’ lunch"):
        event_decisions.confirm(life.store, era.clock, life.known(era, name))
    event_decisions.dismiss(life.store, era.clock, life.known(era, "Members’ lunch"))
    life.relay.script = [Act.ACCEPT, Act.DEFER, Act.ACCEPT, Act.DEFER]
    life.look(era, "prepare", "publish", "deliver")
    era = life.at(date(2026, 11, 17))
    life.calendar_says(status="CANCELLED", walk="15")
    life.blog.delete(1103)
    life.blog.private(1174, at=era.clock())
    life.look(era, "poll", "publish")
    end(life.store, era.clock, "weekly", email="emil@example.org")
    life.look(life.at(date(2026, 11, 19), 12), *RUN)


def _third_week(life: Life) -> None:
    life.look(life.at(date(2026, 11, 22)), "poll")
    era = life.at(date(2026, 11, 23))
    life.blog.recategorise(1219, "Housing", at=era.clock())
    life.blog.recategorise(1291, "Housing", at=era.clock())
    life.look(era, "poll", "prepare", "publish")
    moved = Edits(starts=date(2027, 1, 21), ends=date(2027, 1, 21), place="York")
    event_decisions.edit(life.store, era.clock, life.known(era, "Finance day"), moved)
    life.look(life.at(date(2026, 11, 23), 9), *RUN)


def _a_week_without_posts(life: Life) -> None:
    era = life.at(date(2026, 11, 30))
    for number in (1014, 1052, 1160, 1187):
        life.blog.trash(number, at=era.clock())
    life.look(era, *RUN)
    post_decisions.refuse_removals(life.store)


def _killed_while_delivering(life: Life) -> None:
    era = life.at(date(2026, 12, 4))
    life.blog.add_category("Well-being & work", parent="Education")
    life.blog.add(
        "Rents & <em>rooms</em> in winter",
        "<p>What a room costs &ndash; and whom.</p>\n<p>First published in the <em>Anytown Post</em> on 1 December"
        " 2026.</p>\n<p><img src='https://blog.example.org/rooms.jpg' alt='A room' width='640' height='480'></p>\n",
        at=datetime(2026, 12, 2, 9, tzinfo=UTC),
        categories=["Housing", "Scotland today"],
        author="mnicrath",
    )
    life.blog.add(
        "Teachers who stay",
        "<p>They stay for their pupils, and leave for the forms.</p>\n" + CONFERENCE,
        at=datetime(2026, 12, 3, 9, tzinfo=UTC),
        categories=["Well-being & work"],
    )
    life.look(era, *RUN)
    era = life.at(date(2026, 12, 7))
    life.relay.script = [Act.ACCEPT, Act.DEFER, Act.REJECT, Act.KILL_AFTER_THE_DOT]
    with suppress(Killed):
        life.look(era, *RUN)
    with life.store.write() as connection:
        reasons = {"1399": "it shows a date that no calendar has"}
        quarantine.set_aside(connection, reasons, at=era.clock())


def _prepared_and_not_delivered(life: Life) -> None:
    era = life.at(date(2026, 12, 11))
    life.blog.add("A budget by committee", at=datetime(2026, 12, 10, 9, tzinfo=UTC), author="mleigh")
    life.blog.delete(1277)
    life.look(era, "poll", "publish")
    life.look(life.at(date(2026, 12, 14)), "poll", "prepare", "publish")
    for number in (1201, 1226, 1247, 1298):
        life.blog.trash(number, at=era.clock())
    life.look(life.at(date(2026, 12, 14), 9), "poll", "publish")


#: Sources that know posts by digests.
DIGESTING: Mapping[str, Callable[[HttpClient, Blog], Source]] = {
    "feed": lambda client, blog: FeedSource(client, f"{blog.url}/feed/atom/"),
    "pages": lambda client, blog: PagesSource(client, blog.url),
}


def memories() -> dict[str, Mapping[str, str]]:
    """What such sources remember of the shipped blog, by kind."""
    blog = Blog.shipped()
    with reaching(blog) as client:
        return {kind: _crawled(source(client, blog)) for kind, source in DIGESTING.items()}


def _crawled(source: Source) -> Mapping[str, str]:
    memory: Mapping[str, str] = {}
    for batch in source.changes(Known(memory={}, posts={}), END):
        memory = memory if batch.memory is None else batch.memory
    return memory


def make(folder: Path) -> None:
    """Makes the fixture in *folder*, beside its config."""
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch)
        shutil.copy(folder / "config.toml", site)
        with closing(open_store(f"sqlite:///{site}/store.db")) as store:
            with store.write() as connection:
                facts.put(connection, facts.SECRET, SECRET, for_good=True)
            life = Life(site, store)
            live(life)
            rows.keep(store, folder, instead={str(site): FOLDER})
        shutil.copy(site / "society.ics", folder)
        told = json.dumps(memories(), indent=1, sort_keys=True, ensure_ascii=False)
        (folder / "memories.json").write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
