"""Where templates lie, and a mark of what they say; whoever renders none loads no Jinja."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solacefeed.errors import ConfigError
from solacefeed.stable import stable_hash

# In a wheel (pyproject's force-include), then in a checkout.
_PLACES = (Path(__file__).parent / "_templates", Path(__file__).parents[2] / "templates")


def folders(own: Path | None = None) -> tuple[Path, ...]:
    """Where templates are looked for, the operator's *own* first; raises ``ConfigError`` when one is missing."""
    if own and not own.is_dir():
        raise ConfigError([f"templates: no folder {own}"])
    return (own, shipped(_PLACES)) if own else (shipped(_PLACES),)


def shipped(places: Sequence[Path]) -> Path:
    """The first of *places* that is there; raises ``ConfigError`` with all of them when none is."""
    for place in places:
        if place.is_dir():
            return place
    looked = " and ".join(map(str, places))
    raise ConfigError([f"templates: the shipped ones are missing, looked in {looked}; install solacefeed again"])


def content_mark(part: str, own: Path | None = None) -> str:
    """Changes with what the templates below *part* say, whoever wrote them.

    Raises ``ConfigError`` for one that can't be read.
    """
    found: dict[str, Path] = {}
    for folder in folders(own):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                found.setdefault(path.relative_to(folder).as_posix(), path)
    return stable_hash({name: _text(path) for name, path in found.items()})[:12]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"templates: {path}, line {line}: not UTF-8 text"]) from error
    except OSError as error:
        raise ConfigError([f"templates: {path}: can't be read: {error.strerror}"]) from error
