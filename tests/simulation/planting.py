"""Plants bugs into the product, one at a time, each in a process of its own, and lets the simulator look for them.

python -m tests.simulation.planting                         each bug of planted.toml, on all cores
python -m tests.simulation.planting settles-at-once         one of them
python -m tests.simulation.planting --world 7               what the unchanged product does in a world
python -m tests.simulation.planting --page docs/simulation.md

A bug is one line of the source that is another one. Worlds are played in their order until one breaks a law; in the
same worlds the unchanged source has to break none, which is seen to first.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from solacefeed.store.database import open_store
from tests.simulation import planting_alone
from tests.simulation.delivery_laws import Asking, PatientModel, of_addresses
from tests.simulation.document_laws import ExactFeedModel
from tests.simulation.known import Breach
from tests.simulation.laws import breaches, of_mailboxes
from tests.simulation.paging import put
from tests.simulation.planted import PACKAGE, ROOT, Bug, bugs
from tests.simulation.planting_worlds import ABOUT, OF_FEEDS, HalfOfAWorld, about, released
from tests.simulation.planting_worlds import world as world_of
from tests.simulation.story import Story
from tests.simulation.swapping import swap
from tests.simulation.world import World
from tests.support.fakes import Killed

#: Worlds that are played of a bug at most, beside those that have one thing alone: two about each thing.
WORLDS = 2 * len(ABOUT)
#: How often a world is looked at while it is played.
LOOKED_EVERY = timedelta(hours=2)
#: How long a world is played on with a bug that came in its midst.
SEEN_FOR = timedelta(hours=54)
#: Seconds that may be spent on one bug.
TOO_LONG = 1200
#: What the source is called that has no bug.
UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What became of a bug."""

    bug: str
    #: The world that broke a law; ``None`` where none did.
    world: int | None
    law: str = ""
    #: Simulated weeks until the breach.
    weeks: float = 0.0
    #: Of the clock, for all worlds that were played.
    seconds: float = 0.0
    told: str = ""


# -- playing ------------------------------------------------------------------------------------------


class _Over(Exception):
    """What is to be seen of a world was seen."""


class _Found(Exception):
    """A law is broken: what comes after that does not matter."""

    def __init__(self, breach: Breach) -> None:
        self.breach = breach


def played(
    number: int, empty: bytes, at: Callable[[World], Mapping[datetime, Callable[[], object]]] = lambda _: {}
) -> dict[str, Any]:
    """What the first breach of a world is, where it breaks a law; an empty answer where it breaks none.

    It is looked at while it is played, some times a day, and ends at the breach. *at* says what else is done when.
    """
    story, folder = world_of(number), Path(tempfile.mkdtemp(prefix="planting-"))
    path = folder / "solacefeed.db"
    path.write_bytes(empty)
    store = open_store(f"sqlite:///{path}")
    world = HalfOfAWorld(story, store, folder)
    try:
        facts = world.play({**_looks(story, Watch(story, world)), **at(world)})
        found = breaches(story, facts, store, world.why, world.blog.addresses)
    except _Found as error:
        found = [error.breach]
    except _Over:
        return {}
    except (Exception, Killed):
        # No deed may end so, whatever befell it.
        lines = traceback.format_exc().splitlines()
        return {"law": "broke off", "weeks": _weeks(story, world.clock.true), "told": "\n".join(lines[-12:])}
    finally:
        store.close()
        if not _IN_A_CHILD:
            # Else it is the parent's.
            shutil.rmtree(folder)
    if not found:
        return {}
    first = min(found, key=lambda breach: breach.at)
    return {"law": first.law, "weeks": _weeks(story, first.at), "told": str(first)}


def _looks(story: Story, watch: Watch) -> dict[datetime, Callable[[], object]]:
    """When a world is looked at, and by what."""
    times = int((story.ends - story.starts) / LOOKED_EVERY)
    return {story.starts + number * LOOKED_EVERY: watch.look for number in range(1, times + 1)}


def _weeks(story: Story, at: datetime) -> float:
    return (at - story.starts) / timedelta(weeks=1)


class Watch:
    """Meets the facts of a world as they come; those laws that speak of its end alone are not asked."""

    def __init__(self, story: Story, world: World) -> None:
        self._rules, self._facts, self._met = story.rules, world.facts, 0
        self._model = PatientModel(story.rules, before=story.starts)
        self._asking = Asking()
        self._feeds = ExactFeedModel(story.rules, world.blog.addresses)

    def look(self) -> None:
        """Raises ``_Found`` where a law was broken."""
        new = self._facts[self._met :]
        self._met += len(new)
        found = [*self._model.meet(new), *self._feeds.meet(new), *self._asking.meet(new)]
        if found := [*found, *of_mailboxes(self._rules, self._facts), *of_addresses(self._facts)]:
            raise _Found(min(found, key=lambda breach: breach.at))


def sought(bug: Bug | None, worlds: Iterable[int], empty: bytes) -> Find:
    """Plays *worlds* until *bug* (``None``: nothing) is found; a planted one stays in this process."""
    begins, name = time.process_time(), bug.name if bug else UNCHANGED
    _plant(bug)
    for number in worlds:
        if told := played(number, empty):
            return Find(bug=name, world=number, seconds=time.process_time() - begins, **told)
    return Find(bug=name, world=None, seconds=time.process_time() - begins)


def _plant(bug: Bug | None) -> None:
    """For as long as this process lives."""
    if bug is not None:
        before = (ROOT / PACKAGE / bug.file).read_text(encoding="utf-8")
        swap(bug.module, before, bug.planted(before))


def in_forks(
    wanted: Iterable[tuple[Bug | None, Sequence[int]]], empty: bytes, scratch: Path, *, jobs: int
) -> Iterator[Find]:
    """What ``sought`` says of each, in a process of its own; as they end, so many at once."""
    rest, names = deque(wanted), dict[int, tuple[str, Path]]()
    while rest or names:
        while rest and len(names) < jobs:
            bug, worlds = rest.popleft()
            answer = scratch / f"find-{len(rest)}"
            names[_forked(bug, worlds, empty, answer)] = bug.name if bug else UNCHANGED, answer
        child, _ = os.wait()
        name, answer = names.pop(child)
        told = answer.read_text(encoding="utf-8") if answer.exists() else ""
        yield Find(**json.loads(told)) if told else Find(bug=name, world=None, law="the process ended")


def _forked(bug: Bug | None, worlds: Sequence[int], empty: bytes, answer: Path) -> int:
    """The child's number; it is warm, and has neither a thread nor a connection of ours."""
    gc.freeze()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(TOO_LONG)
            answer.write_text(json.dumps(asdict(sought(bug, worlds, empty))), encoding="utf-8")
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    return child


def from_a_release(
    number: int, wanted: Sequence[Bug | None], empty: bytes, scratch: Path, on_find: Callable[[Find], bool]
) -> None:
    """Each of *wanted* planted in the midst of a world, as a release brings a bug: shortly before something closes.

    What comes before is played once. Each has a process of its own, and the store and the files as they were then.
    *on_find* is told of each, and says whether to go on.
    """
    story = world_of(number)
    begins = released(story)

    def at(world: World) -> Mapping[datetime, Callable[[], object]]:
        release = {begins: partial(_release, world, wanted, scratch, on_find)}
        # A look at feeds alone costs little.
        return release if about(number) in OF_FEEDS else {**release, begins + SEEN_FOR: _end}

    ended = played(number, empty, at)
    if _IN_A_CHILD:
        answer, name, since = _IN_A_CHILD[0]
        find = Find(bug=name, world=number if ended else None, seconds=time.process_time() - since, **ended)
        answer.write_text(json.dumps(asdict(find)), encoding="utf-8")
        os._exit(0)
    if ended:
        raise RuntimeError(f"world {number} is not silent before: {ended['law']}: {ended['told']}")


#: Of a process that was forked in the midst of a world: where it says what it found, of which bug, and since when.
_IN_A_CHILD: list[tuple[Path, str, float]] = []


def _end() -> None:
    raise _Over


def _release(world: World, wanted: Sequence[Bug | None], scratch: Path, on_find: Callable[[Find], bool]) -> None:
    """Comes back in each child, which plays on; and when all have ended, raises ``_Over``."""
    # No connection is taken over from one process to another, and what was written is in one file.
    world.store.close()
    kept = scratch / f"kept-{_number(world)}"
    shutil.copytree(world.folder, kept)
    gc.freeze()
    for bug in wanted:
        name = bug.name if bug else UNCHANGED
        answer = scratch / f"find-{name}"
        child = os.fork()
        if child == 0:
            signal.alarm(TOO_LONG)
            _IN_A_CHILD.append((answer, name, time.process_time()))
            _plant(bug)
            return
        os.waitpid(child, 0)
        told = answer.read_text(encoding="utf-8") if answer.exists() else ""
        if not on_find(Find(**json.loads(told)) if told else Find(bug=name, world=None, law="no end")):
            break
        _bring_back(kept, world.folder)
    raise _Over


def _bring_back(kept: Path, folder: Path) -> None:
    """The same files as before, not others of the same names: by that a store knows that it was not copied."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if not (kept / path.relative_to(folder)).exists():
            path.rmdir() if path.is_dir() else path.unlink()
    for path in sorted(kept.rglob("*")):
        place = folder / path.relative_to(kept)
        if path.is_dir():
            place.mkdir(exist_ok=True)
            continue
        place.write_bytes(path.read_bytes())
        shutil.copystat(path, place)


def _number(world: World) -> int:
    return int(world.story.name.rpartition(" ")[2])


def empty_store(scratch: Path) -> bytes:
    """A migrated database: migrations are another's test."""
    path = scratch / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path.read_bytes()


# -- what is told ---------------------------------------------------------------------------------------


def table(all_bugs: Mapping[str, Bug], finds: Iterable[Find]) -> Iterator[str]:
    """As docs/simulation.md has it."""
    yield "| bug | what somebody would suffer | world | law | weeks | seconds |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in finds:
        suffers = all_bugs[each.bug].suffers
        weeks = f"{each.weeks:.1f}" if each.world is not None else ""
        found = f"{each.world} | {each.law}" if each.world is not None else f"none | {each.law}"
        yield f"| {each.bug} | {suffers} | {found} | {weeks} | {each.seconds:.0f} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planting", description="Plants bugs, and seeks.")
    parser.add_argument("names", nargs="*", help="of the bugs; all without")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="so many of each at most")
    parser.add_argument("--most", type=int, help="so many of them, of each bug those first that have what it is about")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first world")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once")
    parser.add_argument("--world", type=int, help="play this one with the source as it is, and tell")
    parser.add_argument("--finds", type=Path, help="what was found before, a line each; what is found is added")
    parser.add_argument("--midst", type=int, nargs="+", help="plant them in the midst of these worlds, one by one")
    parser.add_argument("--unchecked", action="store_true", help="do not play the unchanged source first")
    parser.add_argument("--page", type=Path, help="put the table into its place in this page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        empty = empty_store(scratch)
        # Of what a world makes most goes at once, and a world is short.
        gc.set_threshold(100_000, 50, 50)
        if given.world:
            told = played(given.world, empty)
            print(f"world {given.world}: {told.get('told', 'no law is broken')}")
            return 1 if told else 0
        return _seek(given, empty, scratch)


def _seek(given: argparse.Namespace, empty: bytes, scratch: Path) -> int:
    all_bugs = {bug.name: bug for bug in bugs()}
    worlds = [*range(given.first, given.first + given.worlds), *planting_alone.NUMBERS]
    if given.midst:
        return _seek_in_the_midst(given, all_bugs, empty, scratch)
    # What is compiled once is compiled before the forks.
    played(worlds[0], empty)
    if not given.unchecked:
        each_one = ((None, [number]) for number in worlds)
        loud = [each for each in in_forks(each_one, empty, scratch, jobs=given.jobs) if each.law]
        if loud:
            print("\n".join(f"world {each.world} is not silent: {each.law}: {each.told}" for each in loud))
            return 1
    finds = _before(given.finds)
    wanted = [all_bugs[name] for name in given.names or all_bugs]
    left = [(bug, bug.first(worlds)[: given.most]) for bug in wanted if bug.name not in finds]
    for each in in_forks(left, empty, scratch, jobs=given.jobs):
        finds[each.bug] = each
        print(_in_a_line(each), flush=True)
        if given.finds:
            _write_down(given.finds, each)
    of_these = [finds[bug.name] for bug in wanted if bug.name in finds]
    lines = list(table(all_bugs, of_these))
    missed = [each.bug for each in of_these if each.world is None]
    lines += ["", f"{len(of_these) - len(missed)} of {len(of_these)} bugs are found."]
    print("\n".join(lines))
    if given.page:
        put(given.page, ".venv/bin/python -m tests.simulation.planting", lines)
    return 1 if missed else 0


def _seek_in_the_midst(given: argparse.Namespace, all_bugs: Mapping[str, Bug], empty: bytes, scratch: Path) -> int:
    """In each of the worlds those that it is about, or those that are named; first the source as it is: where that is
    not silent nothing is sought."""

    def on_find(find: Find) -> bool:
        print(_in_a_line(find), flush=True)
        if find.bug == UNCHANGED:
            return not find.law
        if find.world is not None and given.finds:
            _write_down(given.finds, find)
        return True

    for number in given.midst:
        known = _before(given.finds)
        about_it = (bug.name for bug in all_bugs.values() if bug.story == about(number))
        asked = [all_bugs[name] for name in given.names or about_it if name not in known]
        print(f"world {number}, about {about(number)}: {len(asked)} bugs", flush=True)
        if asked:
            from_a_release(number, [*(() if given.unchecked else [None]), *asked], empty, scratch, on_find)
    return 0


def _in_a_line(find: Find) -> str:
    where = "not found" if find.world is None else f"world {find.world}, {find.weeks:.1f} weeks: {find.law}"
    if find.world is None and find.law:
        where = f"not found, for {find.law}"
    return f"{find.bug}: {where} ({find.seconds:.0f} s) {find.told if find.bug == UNCHANGED else find.told[:160]}"


def _write_down(path: Path, find: Find) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(find)) + "\n")


def _before(path: Path | None) -> dict[str, Find]:
    if path is None or not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {each["bug"]: Find(**each) for each in map(json.loads, lines)}


if __name__ == "__main__":
    raise SystemExit(main())
