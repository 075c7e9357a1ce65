"""Where in a TOML text each table and key stands, since ``tomllib`` does not say.

Law: the text was accepted by ``tomllib`` before, so this scanner checks nothing; it only has to step over values,
whatever they hold.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

#: Table names, keys, and the index within an array of tables: ``("events", 1, "ends")``.
Path = tuple[str | int, ...]

_STRING = r"""
    \"{3} (?: \\. | [^\\] )*? \"{3,5}
  | '{3} .*? '{3,5}
  | \" (?: \\. | [^"\\\n] )* \"
  | ' [^'\n]* '
"""
_PART = r"""(?: "(?: \\. | [^"\\\n] )*" | '[^'\n]*' | [A-Za-z0-9_-]+ )"""
_NAME = rf"{_PART} (?: [ \t]* \. [ \t]* {_PART} )*"

_BLANK = re.compile(r"(?: \s | \#[^\n]* )*", re.VERBOSE)
_HEADER = re.compile(rf"(?P<open> \[{{1,2}} ) [ \t]* (?P<name> {_NAME} ) [ \t]* \]{{1,2}}", re.VERBOSE)
_KEY = re.compile(rf"(?P<name> {_NAME} ) [ \t]* =", re.VERBOSE)
_PIECE = re.compile(
    rf"(?P<string> {_STRING} ) | (?P<comment> \#[^\n]* ) | (?P<open> [\[{{] ) | (?P<close> [\]}}] ) "
    r"| (?P<newline> \n ) | [^\n\"'\#\[\]{}]+",
    re.VERBOSE | re.DOTALL,
)


def lines(text: str) -> dict[Path, int]:
    """The line, from 1, on which each table and key of *text* first stands; inline values share their key's."""
    found: dict[Path, int] = {}
    for line, path, _ in _places(text):
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], line)
    return found


def twice(text: str) -> tuple[str, int, int] | None:
    """The key that ends *text*, the line on which it stood before, and its own; ``None`` where it did not."""
    *before, (line, path, is_key) = [(0, (), False), *_places(text)]
    first = next((earlier for earlier, other, _ in before if other[: len(path)] == path), None)
    return (str(path[-1]), first, line) if is_key and first else None


def _places(text: str) -> Iterator[tuple[int, Path, bool]]:
    """The line and the path of each header and each key of *text*, and whether it is a key."""
    lengths: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        parts = _parts(statement["name"])
        if statement.re is _KEY:
            yield line, table + parts, True
            continue
        table = _resolved(parts, lengths) if statement["open"] == "[" else _appended(parts, lengths)
        yield line, table, False


def _statements(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each header and each key of *text* with its line."""
    line, counted, at = 1, 0, _end(_BLANK, text, 0)
    while statement := _HEADER.match(text, at) or _KEY.match(text, at):
        line, counted = line + text.count("\n", counted, at), at
        yield line, statement
        at = _end(_BLANK, text, _after_value(text, statement.end()))


def _after_value(text: str, at: int) -> int:
    """The end of the value that begins at *at*: the first line end outside strings and brackets."""
    depth = 0
    for piece in _PIECE.finditer(text, at):
        depth += {"open": 1, "close": -1}.get(piece.lastgroup or "", 0)
        if piece.lastgroup == "newline" and not depth:
            return piece.start()
    return len(text)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a dotted name, unquoted: ``site."base.url"`` has two."""
    return tuple(
        part if part[0] not in "\"'" else str(tomllib.loads(f"part = {part}")["part"])
        for part in re.findall(_PART, name, re.VERBOSE)
    )


def _resolved(parts: tuple[str, ...], lengths: dict[Path, int]) -> Path:
    """The path that *parts* mean: through an array of tables, its last one."""
    path: Path = ()
    for part in parts:
        path += (part,)
        if path in lengths:
            path += (lengths[path] - 1,)
    return path


def _appended(parts: tuple[str, ...], lengths: dict[Path, int]) -> Path:
    """The path of one more table in the array that *parts* name."""
    array = (*_resolved(parts[:-1], lengths), parts[-1])
    lengths[array] = lengths.get(array, 0) + 1
    return (*array, lengths[array] - 1)
