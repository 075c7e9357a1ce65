"""Small worlds of posts, closings and one reader, and what the reader must get in them.

What must come is said here in the words of the law, by walking through a story minute by minute and act by act; it
shares no code with the rooms that decide. Times are minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

HOUR = 60
DAY = 24 * HOUR

#: Of each category the one above it: two families, and one by itself.
ABOVE = {"1": None, "2": "1", "3": "2", "4": None, "5": None}

#: How long posts wait, how old they may be when they are met, and how long they may be mailed.
SETTLE = 30
MAX_AGE = 3 * DAY
MAIL_WITHIN = 6 * DAY

#: What a reader may choose besides everything.
CHOICES = ("1", "2", "3", "4", "5", "tag:planning")


@dataclass(frozen=True)
class TellingPost:
    """A post of the story."""

    id: str
    seen: int
    published: int
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    #: When changes of its words were noticed.
    revised: tuple[int, ...]
    #: From when until when it is not public.
    away: tuple[int, int] | None


@dataclass(frozen=True)
class Act:
    """What the reader does at a time."""

    at: int
    #: ``choose``, ``pause``, ``resume``, ``leave``, ``join``, ``cadence``
    what: str
    choice: frozenset[str] | None = None
    cadence: str = "daily"


@dataclass(frozen=True)
class Closing:
    """An edition to come, and how the reader's copy of it will fare, if there is one."""

    at: int
    digest: str
    cadence: str
    #: When the copy is settled, and whether the reader has or may have it then.
    settled: int
    arrives: bool


@dataclass(frozen=True)
class World:
    posts: tuple[TellingPost, ...]
    acts: tuple[Act, ...]
    closings: tuple[Closing, ...]
    #: The digest that brings again what others have brought; ``None`` for none.
    repeats: str | None = None


@dataclass
class Got:
    """A copy that the reader was to get."""

    closing: Closing
    #: By post, the reasons, and whether its title will do.
    posts: dict[str, tuple[frozenset[str], bool]] = field(default_factory=dict)


# -- stories -------------------------------------------------------------------------------------------


def a_world(seed: int) -> World:
    chance = Random(seed)
    length = chance.choice((3, 4, 8)) * DAY
    digests = ("news", "review")[: chance.choice((1, 1, 2))]
    return World(
        posts=tuple(_posts(chance, length)),
        acts=tuple(_acts(chance, length)),
        closings=tuple(_closings(chance, length, digests)),
        repeats=chance.choice((None, "review")) if len(digests) > 1 else None,
    )


def _posts(chance: Random, length: int) -> Iterator[TellingPost]:
    for number in range(chance.randint(2, 8)):
        seen = _a_time(chance, length)
        gone = seen + chance.randrange(3 * DAY)
        yield TellingPost(
            id=f"p{number}",
            seen=seen,
            published=seen - chance.choice((0, 0, 0, 0, 5, DAY, MAX_AGE, MAX_AGE + 1)),
            categories=tuple(sorted(chance.sample(sorted(ABOVE), chance.choice((0, 1, 1, 2, 2))))),
            tags=("planning",) if chance.random() < 0.2 else (),
            revised=tuple(seen + chance.randrange(4 * SETTLE) for _ in range(chance.choice((0, 0, 1, 2, 5)))),
            away=(gone, gone + chance.randrange(1, 3 * DAY)) if chance.random() < 0.2 else None,
        )


def _a_time(chance: Random, length: int) -> int:
    """A minute; often one at which something else happens or settles too."""
    minute = chance.randrange(length)
    day = minute // DAY * DAY
    return chance.choice((minute, minute // SETTLE * SETTLE, day, max(day - SETTLE, 0)))


def _acts(chance: Random, length: int) -> Iterator[Act]:
    times = sorted({_a_time(chance, length + 2 * DAY) - 2 * DAY for _ in range(chance.randint(0, 5))})
    first = Act(at=-3 * DAY, what="join", choice=_choice(chance), cadence=chance.choice(("daily", "longer")))
    yield first
    here, paused = True, False
    for at in times:
        if not here:
            what = "join"
        elif paused:
            what = chance.choice(("resume", "resume", "leave"))
        else:
            what = chance.choice(("choose", "choose", "choose", "pause", "pause", "leave", "cadence", "cadence"))
        yield Act(at=at, what=what, choice=_choice(chance), cadence=chance.choice(("daily", "longer")))
        here, paused = what != "leave", what == "pause"


def _choice(chance: Random) -> frozenset[str] | None:
    if chance.random() < 0.3:
        return None
    return frozenset(chance.sample(CHOICES, chance.randint(1, 4) if chance.random() < 0.9 else 0))


def _closings(chance: Random, length: int, digests: tuple[str, ...]) -> Iterator[Closing]:
    cadences = {"daily": DAY, "longer": chance.choice((2, 3, 4)) * DAY}
    due = [
        (at, place, cadence)
        for place in range(len(digests))
        for cadence, every in cadences.items()
        for at in range(-4 * DAY, length + 2 * DAY, every)
    ]
    for at, place, cadence in sorted(due):
        yield Closing(
            at=at,
            digest=digests[place],
            cadence=cadence,
            settled=at + chance.choice((0, 10, DAY, 2 * DAY)),
            arrives=chance.random() < 0.8,
        )


# -- what the reader must get --------------------------------------------------------------------------


def must_get(world: World) -> list[Got]:
    """The copies that the reader must get, in the order in which editions close."""
    copies: list[Got] = []
    for closing in world.closings:
        if _reads(world, closing):
            copy = Got(closing=closing)
            for post in filter(lambda each: _may_be_mailed(each, closing.at), world.posts):
                reasons = _reasons(world, closing, post)
                if reasons and not _has(world, copies, closing, post):
                    copy.posts[post.id] = (reasons - {"everything"}, _came_in_a_pause(world, closing, post))
            if copy.posts:
                copies.append(copy)
    return copies


def _may_be_mailed(post: TellingPost, closes: int) -> bool:
    hidden = post.away is not None and post.away[0] <= closes < post.away[1]
    old = post.published < post.seen - MAX_AGE
    return not hidden and not old and settles(post) < closes and closes - post.seen <= MAIL_WITHIN


@lru_cache(maxsize=1000)
def settles(post: TellingPost) -> int:
    """The first minute in which nothing had changed for half an hour, or two hours were over."""
    minute = post.seen
    quiet = 0
    while quiet < SETTLE and minute - post.seen < 4 * SETTLE:
        minute += 1
        quiet = 0 if minute in post.revised and quiet + 1 < SETTLE else quiet + 1
    return minute


def _has(world: World, copies: list[Got], closing: Closing, post: TellingPost) -> bool:
    """Whether the reader has got the post, or a copy with it is on its way."""
    for copy in copies:
        counts = world.repeats != closing.digest or copy.closing.digest == closing.digest
        on_its_way = closing.at < copy.closing.settled
        if counts and post.id in copy.posts and (on_its_way or copy.closing.arrives):
            return True
    return False


def _before(world: World, at: int) -> list[Act]:
    return [act for act in world.acts if act.at < at]


def _reads(world: World, closing: Closing) -> bool:
    """Whether the reader takes this cadence at that time, and neither has left nor pauses."""
    here, paused, cadence = False, False, ""
    for act in _before(world, closing.at):
        if act.what == "join":
            here, paused, cadence = True, False, act.cadence
        elif act.what == "leave":
            here = False
        elif act.what in ("pause", "resume"):
            paused = act.what == "pause"
        elif act.what == "cadence":
            cadence = act.cadence
    return here and not paused and cadence == closing.cadence


def _came_in_a_pause(world: World, closing: Closing, post: TellingPost) -> bool:
    """Whether it settled before the last pause of this subscription ended."""
    ends = None
    for act in _before(world, closing.at):
        if act.what == "resume":
            ends = act.at
        elif act.what == "join":
            ends = None
    return ends is not None and settles(post) < ends


def _reasons(world: World, closing: Closing, post: TellingPost) -> frozenset[str]:
    """The categories by which the reader had chosen the post by the time at which it settled."""
    chosen_by = {"everything", *(f"tag:{tag}" for tag in post.tags)}
    for category in post.categories:
        above: str | None = category
        while above is not None:
            chosen_by.add(above)
            above = ABOVE[above]
    now = _choice_at(world, closing.at)
    found = set()
    for each in chosen_by:
        begun = _chosen_since(world, closing, each)
        if begun is not None and begun <= settles(post):
            found.add(each)
    if now is None:
        # Whoever takes everything gets it for no other reason.
        return frozenset({"everything"}) if found else frozenset()
    return frozenset(found)


def _choice_at(world: World, at: int) -> frozenset[str] | None:
    choice: frozenset[str] | None = frozenset()
    for act in _before(world, at):
        if act.what in ("join", "choose"):
            choice = act.choice
    return choice


def _chosen_since(world: World, closing: Closing, what: str) -> int | None:
    """The start of the period in which the reader chose it, not to let it go since; ``None`` where they have not."""
    begun: int | None = None
    cadence = ""
    for act in _before(world, closing.at):
        cadence = act.cadence if act.what in ("join", "cadence") else cadence
        if act.what == "leave":
            begun = None
        elif act.what in ("join", "choose"):
            wanted = act.choice is None or what in act.choice
            if not wanted:
                begun = None
            elif begun is None or act.what == "join":
                begun = period_start(world, closing.digest, cadence, act.at)
    return begun


def period_start(world: World, digest: str, cadence: str, at: int) -> int:
    """The last closing by then."""
    past = [each.at for each in world.closings if (each.digest, each.cadence) == (digest, cadence) and each.at <= at]
    return max(past, default=at)
