"""Where templates lie, which there are, and a mark of what they say; whoever renders none loads no Jinja."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from solacefeed.errors import ConfigError
from solacefeed.stable import stable_hash

#: Before the name of a shipped template, for one of the operator's that takes its place and adds to it.
SHIPPED = "shipped/"

# In a wheel (pyproject's force-include), then in a checkout.
_PLACES = (Path(__file__).parent / "_templates", Path(__file__).parents[2] / "templates")
#: The templates that one names: whoever of them changes, changes it. A name that is made up as it renders is none.
_NAMED = re.compile(r"""\{%[-+]?\s*(?:include|import|from|extends)\s+["']([^"'\n]+)["']""")

#: What a file is known by: inode, times and size; ``None`` where it is gone.
_State = tuple[int, int, int, int] | None


def folders(own: Path | None = None) -> tuple[Path, ...]:
    """Where templates are looked for, the operator's *own* first; raises ``ConfigError`` when one is missing."""
    if own and not own.is_dir():
        raise ConfigError([f"templates: no folder {own}; make it, or take [site] templates out"])
    return (own, shipped(_PLACES)) if own else (shipped(_PLACES),)


def shipped(places: Sequence[Path]) -> Path:
    """The first of *places* that is there; raises ``ConfigError`` with all of them when none is."""
    for place in places:
        if place.is_dir():
            return place
    looked = " and ".join(map(str, places))
    raise ConfigError([f"templates: the shipped ones are missing, looked in {looked}; install solacefeed again"])


def known(own: Path | None = None) -> dict[str, Path]:
    """Every template that is used, by its name: the shipped ones, the *own* ones instead, and what these name."""
    files = _files(own)
    waiting = [name for name in files if (shipped(_PLACES) / name).is_file()]
    used: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        if name in files and name not in used:
            used[name] = files[name]
            waiting += _named_in(files[name])
    return used


def unused(own: Path) -> Iterator[str]:
    """A sentence on each file of the folder *own* that takes no template's place, and that none names."""
    used, names = known(own), sorted(_within(shipped(_PLACES)))
    for name, path in sorted(_within(own).items()):
        if name not in used:
            near = get_close_matches(name, names, n=1, cutoff=0.8)
            yield f"templates: {path}: no template has that name" + (f"; did you mean {near[0]}?" if near else "")


def content_mark(part: str, own: Path | None = None) -> str:
    """Changes with what the templates below *part* say, whoever wrote them, and with all that they name.

    Raises ``ConfigError`` for one that can't be read.
    """
    files = _files(own)
    return _mark(part, tuple((name, path, _state(path)) for name, path in files.items()))


@lru_cache(maxsize=16)
def _mark(part: str, there: tuple[tuple[str, Path, _State], ...]) -> str:
    """Asked by each deed that renders: read again only where a file is another one, or was written."""
    files = {name: path for name, path, _ in there}
    waiting = [name for name in files if name.startswith(part)]
    said: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in files and name not in said:
            said[name] = _text(files[name])
            waiting += _named_by(said[name])
    return stable_hash(said)[:12]


def _state(path: Path) -> _State:
    try:
        found = os.stat(path)
    except OSError:
        # Whoever reads it says so.
        return None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _files(own: Path | None) -> Mapping[str, Path]:
    """Every file by its name, the *own* before the shipped; these are there behind ``SHIPPED``, too."""
    ours = _within(folders(own)[-1])
    behind = {f"{SHIPPED}{name}": path for name, path in ours.items()} if own else {}
    return ours | behind | (_within(own) if own else {})


def _within(folder: Path) -> dict[str, Path]:
    """The files below *folder* by their names; what is hidden there is an editor's, or the system's.

    What lies elsewhere and is linked there is rendered, too; a link to a folder around it leads to nothing new.
    """
    found: dict[str, Path] = {}
    been: set[str] = set()
    for there, folders_in_it, files in os.walk(folder, followlinks=True):
        been.add(os.path.realpath(there))
        folders_in_it[:] = [
            each
            for each in folders_in_it
            if not each.startswith(".") and os.path.realpath(os.path.join(there, each)) not in been
        ]
        below = os.path.relpath(there, folder).replace(os.sep, "/")
        for each in files:
            if not each.startswith(".") and os.path.isfile(path := os.path.join(there, each)):
                found[each if below == "." else f"{below}/{each}"] = Path(path)
    return dict(sorted(found.items(), key=lambda each: each[1]))


def _named_in(path: Path) -> Iterable[str]:
    return _named_by(path.read_text(encoding="utf-8", errors="replace"))


def _named_by(text: str) -> list[str]:
    return _NAMED.findall(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"templates: {path}, line {line}: not UTF-8 text"]) from error
    except OSError as error:
        raise ConfigError([f"templates: {path}: can't be read: {error.strerror}"]) from error
