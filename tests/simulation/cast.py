"""Draws what happens to a site by a seed: how much of everything, and the same story each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Literal

from tests.simulation.closings import closings_between
from tests.simulation.facts import Deed
from tests.simulation.rules import Rules
from tests.simulation.story import (
    Answers,
    Beside,
    Bounce,
    BreaksOff,
    Cancel,
    Configure,
    Edit,
    Form,
    Kill,
    KillAtFile,
    Leads,
    Lift,
    Meanwhile,
    Move,
    Posting,
    Rename,
    Restart,
    Spell,
    StandsStill,
    Step,
    Story,
    Wish,
)
from tests.support.fakes import Act

#: What a relay may do with one message, and how often.
_ACTS = {
    Act.DEFER: 6,
    Act.DEFER_AFTER_THE_DOT: 2,
    Act.REJECT: 3,
    Act.CUT_BEFORE_THE_DOT: 2,
    Act.CUT_AFTER_THE_DOT: 4,
    Act.REFUSE_US: 1,
    Act.KILL_BEFORE_THE_MARK: 1,
    Act.KILL_BEFORE_THE_DOT: 1,
    Act.KILL_AFTER_THE_DOT: 1,
    Act.ACCEPT: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How much happens in a story."""

    rules: Rules
    starts: datetime
    weeks: int = 0
    #: Rather than so many weeks.
    days: int = 0
    readers: int = 6
    posts_a_week: float = 4
    wishes_a_week: float = 2
    relay_acts_a_week: float = 2
    kills_a_week: float = 0.5
    cancels_a_week: float = 0.3
    file_kills_a_week: float = 0.3
    besides_a_week: float = 0.5
    meanwhiles_a_week: float = 0.4
    forms_a_week: float = 0.6
    bounces_a_week: float = 0.4
    restarts_a_week: float = 0.3
    configures_a_week: float = 0.25
    renames: int = 1
    moves: int = 0
    #: By how much the clocks of its machines are apart, of several; and what befalls one of several.
    machines: tuple[timedelta, ...] = (timedelta(0),)
    stands_still_a_week: float = 0
    breaks_off_a_week: float = 0
    leads_a_week: float = 0
    #: What authors do not do.
    without: tuple[str, ...] = ()
    #: Of all steps of these kinds; empty for none.
    wishes: tuple[str, ...] = ("join", "choose", "turn", "pause", "resume", "leave", "undo")
    spells: tuple[Spell, ...] = ()

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(days=self.days or 7 * self.weeks)

    def times(self, random: Random, a_week: float) -> int:
        """How often something happens that does so *a_week*; what is rare befalls some of the stories."""
        whole, rest = divmod((self.ends - self.starts) / timedelta(weeks=1) * a_week, 1)
        return int(whole) + (random.random() < rest)


def draw(seed: int, cast: Cast) -> Story:
    random = Random(seed)  # the same story each time
    steps: list[Step] = [
        *cast.spells,
        *_first_readers(random, cast),
        *_postings(random, cast),
        *_wishes(random, cast),
        *_meanwhiles(Random(f"meanwhile {seed}"), cast),
        *_answers(random, cast),
        *_kills(random, cast),
        *_cancels(random, cast),
        *_edits_at_the_desk(Random(f"desk {seed}"), cast),
        *_configures(Random(f"config {seed}"), cast),
        *_forms(Random(f"forms {seed}"), cast),
        *_bounces(Random(f"bounces {seed}"), cast),
        *_files_and_others(Random(f"others {seed}"), cast),
        *_changes_of_the_blog(Random(f"blog {seed}"), cast),
        *_of_several_machines(Random(f"machines {seed}"), cast),
    ]
    steps += _lifts(Random(f"lifts {seed}"), cast, steps)
    steps.sort(key=lambda step: step.at)
    return Story(
        name=f"seed {seed}",
        rules=cast.rules,
        starts=cast.starts,
        ends=cast.ends,
        steps=tuple(steps),
        machines=cast.machines,
    )


def _names(cast: Cast) -> list[str]:
    return ["ann", "bob", "cid", "dot", "eve", "fay", "gus", "hal", "ivy", "jon", "kit", "lou"][: cast.readers]


def _first_readers(random: Random, cast: Cast) -> Iterator[Wish]:
    for name in _names(cast):
        for digest in cast.rules.digests:
            if digest is cast.rules.digests[0] or random.random() < 0.6:
                at = cast.starts + timedelta(minutes=random.randrange(60, 60 * 72))
                yield _wish(random, cast, name, digest.name, "join", at)


def _postings(random: Random, cast: Cast) -> Iterator[Posting]:
    for number in range(1, cast.times(random, cast.posts_a_week) + 1):
        at = _moment(random, cast)
        filed, tags = _some(random, list(cast.rules.parents)), _some(random, ["planning", "in-brief", "jobs"], 0.15)
        old = at - timedelta(days=random.choice([2, 20, 29, 31, 400])) if random.random() < 0.08 else None
        yield Posting(at=at, post=number, what="write", categories=filed, tags=tags, published=old)
        yield from (each for each in _edits(random, cast, number, at) if each.what not in cast.without)


_EDITS: tuple[Literal["title", "text", "address", "touch"], ...] = ("title", "text", "address", "touch")


def _edits(random: Random, cast: Cast, number: int, at: datetime) -> Iterator[Posting]:
    for _ in range(random.choice([0, 0, 0, 1, 1, 2, 6])):
        after = timedelta(minutes=random.randrange(1, 150)) if random.random() < 0.6 else _days(random, 9)
        yield Posting(at=at + after, post=number, what=random.choice(_EDITS))
    if random.random() < 0.1:
        filed = _some(random, list(cast.rules.parents))
        yield Posting(at=at + _days(random, 10), post=number, what="refile", categories=filed)
    if random.random() < 0.12:
        gone = at + _days(random, 9)
        yield Posting(at=gone, post=number, what="withdraw")
        if random.random() < 0.5:
            yield Posting(at=gone + _days(random, 12), post=number, what="republish")
    if random.random() < 0.08:
        shut = at + _days(random, 6)
        yield Posting(at=shut, post=number, what="protect")
        if random.random() < 0.6:
            yield Posting(at=shut + _days(random, 9), post=number, what="open")


def _wishes(random: Random, cast: Cast) -> Iterator[Wish]:
    for _ in range(cast.times(random, cast.wishes_a_week)):
        name, digest = random.choice(_names(cast)), random.choice(cast.rules.digests).name
        what, at = random.choice(cast.wishes), _moment(random, cast)
        if what == "undo":
            yield _wish(random, cast, name, digest, "leave", at - timedelta(minutes=random.choice([5, 50, 59, 61])))
        yield _wish(random, cast, name, digest, what, at)


def _wish(random: Random, cast: Cast, name: str, digest: str, what: str, at: datetime) -> Wish:
    rule = cast.rules.digest(digest)
    wish = Wish(at=at, reader=name, digest=digest, what=what)  # type: ignore[arg-type]  # one of its words
    if what in ("join", "choose"):
        choosable = [*cast.rules.parents, *(f"tag:{slug}" for slug in cast.rules.follow)]
        wish = replace(wish, categories=None if random.random() < 0.4 else _some(random, choosable, 0.4, least=1))
    if what in ("join", "turn"):
        wish = replace(wish, cadence=random.choice(rule.cadences).kind)
    if what == "pause" and random.random() < 0.6:
        wish = replace(wish, until=at + _days(random, 20))
    return wish


def _meanwhiles(random: Random, cast: Cast) -> Iterator[Meanwhile]:
    for _ in range(cast.times(random, cast.meanwhiles_a_week)):
        reader, digest = random.choice(_names(cast)), random.choice(cast.rules.digests).name
        what: Literal["leave", "pause"] = random.choice(["leave", "pause"])
        yield Meanwhile(at=_moment(random, cast), reader=reader, digest=digest, what=what)


def _answers(random: Random, cast: Cast) -> Iterator[Answers]:
    for _ in range(cast.times(random, cast.relay_acts_a_week)):
        acts = tuple(random.choices(list(_ACTS), list(_ACTS.values()), k=random.choice([1, 1, 2, 3, 30])))
        yield Answers(at=_moment(random, cast), reader=random.choice(_names(cast)), acts=acts)


def _kills(random: Random, cast: Cast) -> Iterator[Kill]:
    for _ in range(cast.times(random, cast.kills_a_week)):
        deed: Deed = random.choice(_DEEDS)
        yield Kill(at=_moment(random, cast), deed=deed, transaction=random.choice([1, 1, 2, 3, 5]))


def _cancels(random: Random, cast: Cast) -> Iterator[Cancel | Answers]:
    """While somebody's copy waits: else everything has gone before."""
    for _ in range(cast.times(random, cast.cancels_a_week)):
        at = _moment(random, cast)
        waits = (Act.DEFER,) * random.randint(3, 12)
        yield from (Answers(at=at - timedelta(days=1), reader=name, acts=waits) for name in _names(cast)[::2])
        yield Cancel(at=at)


_DEEDS: tuple[Deed, ...] = ("poll", "prepare", "prepare", "deliver")


#: How long people take to press the button; for seven days it works.
_CONFIRMS = (timedelta(hours=1), timedelta(hours=5), timedelta(days=1), timedelta(days=4), timedelta(days=9))


def _configures(random: Random, cast: Cast) -> Iterator[Configure]:
    for _ in range(cast.times(random, cast.configures_a_week)):
        rule, at = random.choice(cast.rules.digests), _moment(random, cast)
        if rule.approval != "none" or random.random() < 0.4:
            settle = timedelta(minutes=random.choice([5, 30, 90]))
            yield Configure(at=at, digest=rule.name, settle=settle)
        else:
            closes_at = time(random.choice([1, 7, 7, 15, 21]), random.choice([0, 30]))
            yield Configure(at=at, digest=rule.name, closes_at=closes_at, days=random.choice([0, 0, 1, -1, 3]))


def _edits_at_the_desk(random: Random, cast: Cast) -> Iterator[Edit]:
    """Before a closing mostly, of most of them; what is held is let go some time later, or never."""
    for rule in cast.rules.digests:
        if rule.approval == "none":
            continue
        for cadence in rule.cadences:
            if cadence.kind == "at-once":
                continue
            for closes in closings_between(cadence, cast.rules.zone, cast.starts, cast.ends):
                yield from _edits_of_one(random, cast, rule.name, closes)


def _edits_of_one(random: Random, cast: Cast, digest: str, closes: datetime) -> Iterator[Edit]:
    at = closes - timedelta(minutes=random.choice([20, 100, 200, 330, 900, -90]))
    number = random.randint(1, max(cast.times(random, cast.posts_a_week), 1))
    if random.random() < 0.3:
        yield Edit(at=at, digest=digest, what=random.choice(["drop", "drop", "keep"]), post=number)
    if random.random() < 0.3:
        yield Edit(at=at, digest=digest, what="hold")
        at += timedelta(hours=random.choice([1, 4, 12, 30, 70]))
        if random.random() < 0.5:
            yield Edit(at=at, digest=digest, what="release")
            at += timedelta(hours=1)
    if random.random() < 0.6:
        yield Edit(at=at + timedelta(minutes=5), digest=digest, what="approve")


def _forms(random: Random, cast: Cast) -> Iterator[Form | Wish]:
    """By some who were never here, and some who have left."""
    for number in range(cast.times(random, cast.forms_a_week)):
        at, digest = _moment(random, cast), random.choice(cast.rules.digests).name
        reader = f"visitor{number}" if random.random() < 0.6 else random.choice(_names(cast))
        wish = _wish(random, cast, reader, digest, "join", at)
        if not reader.startswith("visitor"):
            yield _wish(random, cast, reader, digest, "leave", at - timedelta(hours=3))
        yield Form(
            at=at,
            reader=reader,
            digest=digest,
            categories=wish.categories,
            cadence=wish.cadence or cast.rules.digest(digest).first.kind,
            confirms_after=random.choice(_CONFIRMS),
        )


def _bounces(random: Random, cast: Cast) -> Iterator[Bounce | Lift | Restart]:
    for _ in range(cast.times(random, cast.bounces_a_week)):
        at, reader = _moment(random, cast), random.choice(_names(cast))
        yield Bounce(at=at, reader=reader, what=random.choice(["no such mailbox", "spam"]))
        if random.random() < 0.7:
            yield Lift(at=at + _days(random, 9), reader=reader)
    for _ in range(cast.times(random, cast.restarts_a_week)):
        yield Restart(at=_moment(random, cast))


def _lifts(random: Random, cast: Cast, steps: Sequence[Step]) -> list[Lift]:
    """Of most whom the relay may refuse, where that suppresses them."""
    refused = [each for each in steps if isinstance(each, Answers) and Act.REJECT in each.acts]
    if not cast.rules.refusals_suppress:
        return []
    return [Lift(at=each.at + _days(random, 9), reader=each.reader) for each in refused if random.random() < 0.8]


def _files_and_others(random: Random, cast: Cast) -> Iterator[KillAtFile | Kill | Beside]:
    for _ in range(cast.times(random, cast.file_kills_a_week)):
        yield KillAtFile(at=_moment(random, cast), step=random.choice([1, 2, 4, 7, 12, 20, 33, 54, 88]))
        yield Kill(at=_moment(random, cast), deed="publish", transaction=random.choice([1, 1, 2, 3]))
    for _ in range(cast.times(random, cast.besides_a_week)):
        yield Beside(at=_moment(random, cast), deed=random.choice(DEEDS), transaction=random.choice([1, 1, 2, 3, 4]))


DEEDS: tuple[Deed, ...] = ("poll", "prepare", "publish", "deliver")


#: How long a machine stands still: for longer than its leases, and not until the next look. What settles in five,
#: thirty or ninety minutes has settled by then on each of them or on none, however its clock is apart.
_STILL = (timedelta(minutes=11), timedelta(minutes=18))


def _of_several_machines(random: Random, cast: Cast) -> Iterator[StandsStill | BreaksOff | Leads]:
    for _ in range(cast.times(random, cast.stands_still_a_week)):
        deed: Deed = random.choice([*DEEDS, "prepare", "deliver", "deliver", "deliver"])
        yield StandsStill(
            at=_moment(random, cast),
            deed=deed,
            # A turn at mail writes more often: its marks are behind the first eight.
            transaction=random.randint(1, 14) if deed == "deliver" else random.choice([1, 1, 2, 2, 3, 4]),
            span=random.choice(_STILL),
            # A worker's stay, as nobody deposes it.
            connections=random.choice(["ended", "kept"]) if deed == "deliver" else "ended",
        )
    for _ in range(cast.times(random, cast.breaks_off_a_week)):
        number, kept = random.choice([1, 1, 2, 3, 4, 5]), random.random() < 0.5
        yield BreaksOff(at=_moment(random, cast), deed=random.choice(DEEDS), transaction=number, kept=kept)
    for _ in range(cast.times(random, cast.leads_a_week)):
        yield Leads(at=_moment(random, cast), machine=random.randrange(len(cast.machines)))


def _changes_of_the_blog(random: Random, cast: Cast) -> Iterator[Rename | Move]:
    for number in range(cast.renames):
        category = random.choice(list(cast.rules.parents))
        named = {slug for rule in cast.rules.digests for slug in (*(rule.categories or ()), *rule.leave_out)}
        # What the config names by its slug keeps that: else the operator would have to name it anew.
        keeps = category in named or random.random() < 0.4
        slug = category if keeps else f"{category}-{number + 2}"
        yield Rename(at=_moment(random, cast), category=category, slug=slug, name=f"All of {category} {number}")
    for number in range(cast.moves):
        yield Move(at=_moment(random, cast), home=f"https://moved-{number}.example.org")


def _moment(random: Random, cast: Cast) -> datetime:
    minutes = int((cast.ends - cast.starts) / timedelta(minutes=1))
    return cast.starts + timedelta(minutes=random.randrange(90, minutes))


def _days(random: Random, most: int) -> timedelta:
    return timedelta(minutes=random.randrange(60, most * 24 * 60))


def _some(random: Random, among: list[str], share: float = 0.35, *, least: int = 0) -> tuple[str, ...]:
    found = [each for each in among if random.random() < share]
    while len(found) < least:
        found.append(random.choice([each for each in among if each not in found]))
    return tuple(sorted(found, key=among.index))


#: Well after the last closing of any cadence in use.
BEGINNING = datetime(2026, 11, 19, 12, 20, tzinfo=UTC)
