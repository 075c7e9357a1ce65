"""What worlds of mails are about, for planted bugs: what befalls their readers around the closings of three days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from tests.simulation.closings import closings_between
from tests.simulation.rules import Kind, Rules
from tests.simulation.story import (
    Answers,
    Beside,
    Bounce,
    Cancel,
    Form,
    Kill,
    Lift,
    Meanwhile,
    Posting,
    Spell,
    SpellKind,
    Step,
    Wish,
)
from tests.simulation.worlds import PARENTS
from tests.support.fakes import Act

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEFER, REJECT, CUT, ACCEPT = Act.DEFER, Act.REJECT, Act.CUT_AFTER_THE_DOT, Act.ACCEPT
#: What a relay does with a reader's mails, one after the other.
REFUSALS = ((REJECT,), (Act.REFUSE_US,), (DEFER,) * 30, (DEFER,) * 7, (REJECT, REJECT), (Act.CUT_BEFORE_THE_DOT,))
DOUBTS = (
    (CUT,),
    (CUT, REJECT),
    (CUT, REJECT),
    (CUT, CUT, CUT),
    (CUT, DEFER, ACCEPT),
    (Act.KILL_AFTER_THE_DOT, CUT, ACCEPT),
    (Act.KILL_AFTER_THE_DOT,),
    (Act.KILL_BEFORE_THE_MARK,),
    (Act.KILL_BEFORE_THE_DOT, CUT, ACCEPT),
)

#: What is reported of the mails of the first readers.
REPORTS: tuple[Literal["no such mailbox", "spam"], ...] = ("no such mailbox", "spam", "no such mailbox")


@dataclass
class Stage:
    """Where a story takes place; posts are numbered as they are written."""

    random: Random
    rules: Rules
    starts: datetime
    ends: datetime
    readers: tuple[str, ...]
    _posts: int = 0
    _written: list[Posting] = field(default_factory=list)

    def closings(self) -> list[datetime]:
        """Those of the first digest's cadence that closes most often."""
        found = [
            sorted(closings_between(each, self.rules.zone, self.starts + 2 * HOUR, self.ends))
            for each in self.rules.digests[0].cadences
            if each.kind != "at-once"
        ]
        return max(found, key=len)

    def writes(self, at: datetime, *, old: timedelta | None = None, tags: tuple[str, ...] = ()) -> Posting:
        self._posts += 1
        filed = tuple(slug for slug in PARENTS if self.random.random() < 0.6)
        published = None if old is None else at - old
        post = Posting(at=at, post=self._posts, what="write", categories=filed, tags=tags, published=published)
        self._written.append(post)
        return post

    def posts(self) -> Iterator[Step]:
        """Some that were there before, and two for each closing."""
        for age in (5 * HOUR, 20 * HOUR, 4 * DAY, 9 * DAY):
            yield self.writes(self.starts + self.minutes(1, 4), old=age)
        for closing in self.closings():
            for _ in range(2):
                yield self.writes(closing - self.minutes(100, 230), tags=self.tags())

    def tags(self) -> tuple[str, ...]:
        return tuple(each for each in ("planning", "in-brief", "jobs") if self.random.random() < 0.2)

    def minutes(self, least: int, most: int) -> timedelta:
        return self.random.randrange(least, most) * MINUTE

    def reader(self) -> str:
        return self.random.choice(self.readers[:4])

    def mailed(self, at: datetime) -> int:
        """A post that may just have been mailed then."""
        lately = [each.post for each in self._written if at - 9 * HOUR < each.at < at - 90 * MINUTE]
        return self.random.choice(lately or [1])

    def wish(self, at: datetime, what: str, reader: str, **values: object) -> Wish:
        digest = self.rules.digests[0]
        given = {"digest": digest.name, "categories": None, **values}
        return Wish(at=at, reader=reader, what=what, **given)  # type: ignore[arg-type]  # a step's own words

    def choice(self) -> tuple[str, ...] | None:
        some = tuple(slug for slug in (*PARENTS, "tag:planning") if self.random.random() < 0.4)
        return some or None

    def has(self, cadence: Kind) -> bool:
        """Whether readers of the first digest are offered it."""
        return any(each.kind == cadence for each in self.rules.digests[0].cadences)

    def cadence(self) -> str:
        return self.random.choice(self.rules.digests[0].cadences).kind

    def spell(self, what: SpellKind, at: datetime, until: datetime) -> Spell:
        return Spell(at=at, until=until, what=what)


def _settling(stage: Stage) -> Iterator[Step]:
    """Posts that are seen, edited, protected and tagged so that they settle about a closing."""
    edit: Literal["title", "text", "address"]
    for closing in stage.closings():
        for edit in ("title", "address"):
            post = stage.writes(closing - stage.minutes(105, 180))
            yield post
            yield Posting(at=post.at + stage.minutes(35, 75), post=post.post, what=edit)
        yield stage.writes(closing - stage.minutes(54, 113))
        yield stage.writes(closing - 4 * HOUR, old=30 * DAY - stage.minutes(20, 220))
        yield stage.writes(closing - 4 * HOUR, tags=stage.random.choice([("in-brief",), ("jobs",), ("planning",)]))
        shut = stage.writes(closing - 4 * HOUR)
        yield shut
        yield Posting(at=shut.at + stage.minutes(5, 150), post=shut.post, what="protect")
    restless = stage.writes(stage.closings()[0] + 2 * HOUR)
    yield restless
    for number in range(1, 11):
        yield Posting(at=restless.at + 45 * number * MINUTE, post=restless.post, what="text")


def _choosing(stage: Stage) -> Iterator[Step]:
    """Choices between a closing and the look that answers it, and soon after posts have settled."""
    for closing in stage.closings():
        for at in (closing + stage.minutes(1, 6), closing + stage.minutes(1, 6), closing + stage.minutes(60, 300)):
            yield stage.wish(
                at,
                stage.random.choice(["choose", "choose", "turn"]),
                stage.reader(),
                categories=stage.choice(),
                cadence=stage.cadence(),
            )
        yield stage.wish(closing + stage.minutes(1, 6), "choose", stage.readers[0], categories=("housing", "scotland"))
        yield stage.wish(closing + stage.minutes(1, 6), "join", stage.readers[4], cadence=stage.cadence())
        yield stage.wish(closing + stage.minutes(1, 6), "leave", stage.readers[4])
        for _ in range(2):
            yield stage.writes(closing + stage.minutes(90, 240), tags=("planning",))
        yield stage.wish(closing + stage.minutes(90, 300), "choose", stage.reader(), categories=stage.choice())
    yield from _each_misses_another(stage)


def _each_misses_another(stage: Stage) -> Iterator[Step]:
    """Of two posts one reader is refused the first and another one the second; then both have the digest daily."""
    if not stage.has("at-once"):
        return
    closing, ann, cid = stage.closings()[0], stage.readers[0], stage.readers[2]
    at = closing + HOUR
    for reader in (ann, cid):
        yield stage.wish(at, "turn", reader, cadence="at-once")
        yield stage.wish(at, "choose", reader, categories=None)
    yield Answers(at=at, reader=ann, acts=(REJECT, ACCEPT))
    yield Answers(at=at, reader=cid, acts=(ACCEPT, REJECT))
    yield stage.writes(at + 2 * HOUR)
    yield stage.writes(at + 5 * HOUR)
    yield from (stage.wish(at + 12 * HOUR, "turn", reader, cadence="daily") for reader in (ann, cid))


def _joining(stage: Stage) -> Iterator[Step]:
    """Whoever joins in the midst of a period, some time after posts."""
    for number, closing in enumerate(stage.closings()):
        for at in (3 * HOUR, 5 * HOUR):
            yield stage.writes(closing + at + stage.minutes(0, 55))
        yield stage.wish(closing + stage.minutes(360, 500), "join", f"late{number}", cadence=stage.cadence())
        if stage.has("at-once"):
            yield stage.wish(closing + stage.minutes(200, 400), "join", f"soon{number}", cadence="at-once")


def _coming_back(stage: Stage) -> Iterator[Step]:
    """Who leaves, pauses, takes that back and comes again."""
    first, *_, last = stage.closings()
    ann, bob, cid, dot = stage.readers[:4]
    yield stage.wish(first - 2 * HOUR, "leave", ann)
    yield stage.wish(first + stage.minutes(60, 600), "join", ann, cadence=stage.cadence())
    yield stage.wish(first + HOUR, "pause", bob, until=first + 20 * HOUR)
    yield stage.wish(first + 2 * HOUR, "pause", cid, until=first + 18 * HOUR)
    yield stage.wish(first + 3 * HOUR, "leave", cid)
    yield stage.wish(first + 2 * HOUR, "pause", dot)
    yield stage.wish(first + 3 * HOUR, "leave", dot)
    yield stage.wish(first + 3 * HOUR + 30 * MINUTE, "undo", dot)
    yield stage.writes(last - stage.minutes(200, 300))


def _refusals(stage: Stage) -> Iterator[Step]:
    """Relays that put off, reject and refuse."""
    for closing in stage.closings():
        for reader in stage.readers[:4]:
            if stage.random.random() < 0.7:
                yield Answers(at=closing - 5 * MINUTE, reader=reader, acts=stage.random.choice(REFUSALS))
    closing, what = stage.closings()[1], stage.random.choice(["relay dead", "relay refuses us"])
    yield stage.spell(what, closing - HOUR, closing + 2 * HOUR)  # type: ignore[arg-type]  # two of its words


def _doubts(stage: Stage) -> Iterator[Step]:
    """Mails that may have come, and what changes before they are offered again."""
    for closing in stage.closings():
        for reader in stage.readers[:4]:
            if stage.random.random() < 0.7:
                yield Answers(at=closing - 5 * MINUTE, reader=reader, acts=stage.random.choice(DOUBTS))
        for _ in range(2):
            yield Posting(at=closing + stage.minutes(10, 55), post=stage.mailed(closing), what="withdraw")
        if stage.random.random() < 0.5:
            yield stage.wish(closing + stage.minutes(10, 55), "leave", stage.reader())


def _waiting(stage: Stage) -> Iterator[Step]:
    """Copies wait for the relay while their readers pause or leave, and their posts change."""
    ways: tuple[Literal["pause", "leave"], ...] = ("pause", "leave", "pause")
    for closing, going, what in zip(stage.closings(), stage.readers[3::-1], ways, strict=False):
        yield from (
            Answers(at=closing - 5 * MINUTE, reader=reader, acts=(DEFER,) * stage.random.choice([2, 3, 30]))
            for reader in stage.readers[:4]
            if reader != going
        )
        # Who ends or pauses while their mail is in hand is not put off: that comes before the mark.
        yield Meanwhile(at=closing - 4 * MINUTE, reader=going, digest=stage.rules.digests[0].name, what=what)
        yield Posting(at=closing + stage.minutes(10, 55), post=stage.mailed(closing), what="title")
        yield Posting(at=closing + stage.minutes(10, 55), post=stage.mailed(closing), what=_shut(stage))
        yield stage.wish(closing + stage.minutes(10, 55), stage.random.choice(["pause", "leave"]), stage.reader())


def _shut(stage: Stage) -> Literal["withdraw", "protect"]:
    return "withdraw" if stage.random.random() < 0.7 else "protect"


def _cancelling(stage: Stage) -> Iterator[Step]:
    """Editions are cancelled while some copies wait."""
    for closing in stage.closings():
        yield from (
            Answers(at=closing - 5 * MINUTE, reader=reader, acts=(DEFER,) * stage.random.choice([1, 3]))
            for reader in stage.readers[: stage.random.choice([1, 2, 4])]
        )
        yield Cancel(at=closing + stage.minutes(20, 100))


def _blog_down(stage: Stage) -> Iterator[Step]:
    """All through a period, or about a closing alone; and a blog that has much to say when it is back."""
    closings = stage.closings()
    closes_twice = any(len(each.closings) > 1 for each in stage.rules.digests[0].cadences)
    # Of a cadence that closes twice in these days the whole period between, which is longer than editions may be late.
    before = 53 if closes_twice else stage.random.choice([2, 2, 26])
    closing = closings[1 if before < 53 else -1]
    ends = closing + stage.random.choice([3, 5, 9]) * HOUR
    yield stage.spell("blog down", max(closing - before * HOUR, stage.starts + 2 * HOUR), ends)
    yield stage.writes(closing - 3 * HOUR)
    for hours in (-2, 1, 2, 3, 4, 5):
        yield stage.writes(ends - hours * HOUR - stage.minutes(5, 50))


def _machine_off(stage: Stage) -> Iterator[Step]:
    """For longer than an edition may be late, or over the closings of two digests."""
    closing = stage.closings()[0]
    off = stage.random.choice([53, 53, 26, 4])
    yield stage.spell("machine off", closing - HOUR, closing + off * HOUR)


def _kills(stage: Stage) -> Iterator[Step]:
    """Processes that die, or have company, as editions are made and handed over."""
    for closing in stage.closings():
        yield Kill(at=closing - 3 * MINUTE, deed="prepare", transaction=stage.random.randrange(1, 9))
        if stage.random.random() < 0.5:
            yield Kill(at=closing - 3 * MINUTE, deed="deliver", transaction=stage.random.randrange(1, 7))
        if stage.random.random() < 0.4:
            yield Beside(at=closing - 3 * MINUTE, deed="prepare", transaction=stage.random.randrange(1, 4))


def _clocks_turn(stage: Stage) -> Iterator[Step]:
    """Posts in each of the hours about the turn."""
    for closing in stage.closings():
        for hours in (-2, -1, 0, 1):
            yield stage.writes(closing + hours * HOUR - stage.minutes(5, 50))


def _clock_leapt(stage: Stage) -> Iterator[Step]:
    """While copies wait, or as a digest closes."""
    closing = stage.random.choice(stage.closings())
    for reader in stage.readers[:3]:
        yield Answers(at=closing - 5 * MINUTE, reader=reader, acts=(DEFER,) * 2)
    at = closing + stage.random.choice([20 * MINUTE, -HOUR])
    yield stage.spell("clock leapt", at, at + 5 * HOUR)


def _bounces(stage: Stage) -> Iterator[Step]:
    """Mail that comes back, and a reader who may be mailed again some hours later."""
    *before, last = stage.closings()
    for closing in before:
        for reader, what in zip(stage.readers, REPORTS, strict=False):
            yield Bounce(at=closing + stage.minutes(65, 130), reader=reader, what=what)
        yield from (stage.writes(closing + stage.minutes(200, 500)) for _ in range(2))
    yield Lift(at=last - 6 * HOUR, reader=stage.readers[2])


def _busy_days(stage: Stage) -> Iterator[Step]:
    """More posts than mails at once that somebody wants on a day; some in one hour."""
    if not stage.has("at-once"):
        return
    ann, _, _, dot = stage.readers[:4]
    yield from (stage.wish(stage.starts + 2 * HOUR, "turn", reader, cadence="at-once") for reader in (ann, dot))
    for closing in stage.closings()[:2]:
        for hours in (2, 4, 5, 7):
            at = closing + hours * HOUR
            yield from (stage.writes(at + stage.minutes(0, 50)) for _ in range(2 if hours == 2 else 1))
        # Both of one poll settle at one instant: the process dies between their mails.
        looked_at = closing + 3 * HOUR + -(-stage.rules.digests[0].settle // HOUR) * HOUR
        yield Kill(at=looked_at - 3 * MINUTE, deed="prepare", transaction=stage.random.randrange(2, 8))


def _monthly(stage: Stage) -> Iterator[Step]:
    yield stage.writes(stage.starts + 3 * HOUR)


def _forms(stage: Stage) -> Iterator[Step]:
    """Who asks on the form, while processes die with their letter in hand."""
    for number, closing in enumerate(stage.closings()):
        visitor = f"visitor{number}"
        act = stage.random.choice([Act.KILL_BEFORE_THE_MARK, Act.KILL_BEFORE_THE_DOT, Act.KILL_AFTER_THE_DOT])
        at = closing + stage.minutes(60, 300)
        yield Answers(at=at - MINUTE, reader=visitor, acts=(act,))
        yield Form(
            at=at,
            reader=visitor,
            digest=stage.rules.digests[0].name,
            categories=None,
            cadence=stage.cadence(),
            confirms_after=6 * HOUR,
        )


STORIES: Mapping[str, Callable[[Stage], Iterator[Step]]] = {
    "settling": _settling,
    "choosing": _choosing,
    "joining": _joining,
    "coming back": _coming_back,
    "refusals": _refusals,
    "doubts": _doubts,
    "waiting": _waiting,
    "cancelling": _cancelling,
    "blog down": _blog_down,
    "machine off": _machine_off,
    "kills": _kills,
    "clocks turn": _clocks_turn,
    "clock leapt": _clock_leapt,
    "bounces": _bounces,
    "busy days": _busy_days,
    "monthly": _monthly,
    "forms": _forms,
}
