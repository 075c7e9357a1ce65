"""A config file to a frozen ``Config``, or everything that is wrong with it at once, each with its line."""

from __future__ import annotations

import difflib
import hashlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from solacefeed.config import lines, toml
from solacefeed.config.documents import Document, Problem
from solacefeed.config.rules import broken
from solacefeed.config.tables import REPEATED, TABLES, WITHIN, Config, Surroundings, example, header, keys
from solacefeed.errors import ConfigError

_TABLES = {**TABLES, **WITHIN}


def load(path: Path, *, environ: Mapping[str, str]) -> Config:
    """The config in the file *path*, with what *environ* adds to it.

    Raises ``ConfigError`` with one line a problem, in the order of the file.
    """
    text = _text(path)
    document = _document(path, text)
    config, problems = _validated(document, Surroundings(folder=path.parent, environ=environ))
    problems += broken(document, environ)
    if config is None or problems:
        raise ConfigError(_told(problems, path, document, lines.lines(text)))
    return config


def content_known_by(path: Path) -> str | None:
    """Tells what the file *path* says now from what it said before; ``None`` where it can't be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file; name one with --config, or make one with: solacefeed init DIR"]
        ) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be read: {error.strerror}"]) from None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: not UTF-8 text; save the file as UTF-8"]) from None


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax_error(path, text, str(error))]) from None


#: What tomllib says of a text without quotes, with other ones, or with but one of them.
_NO_TEXT = ("Invalid value", "Illegal character", "Unterminated string")
_HOW_TEXT_STANDS = '; a text stands between two straight quotes, such as "smtp.example.org"'


def _syntax_error(path: Path, text: str, message: str) -> str:
    """One line from tomllib's words, which have the place at their end."""
    cause, _, place = message.partition(" (at ")
    at = re.search(r"line (\d+), column (\d+)", place)
    line = int(at[1]) if at else text.rstrip().count("\n") + 1
    twice = re.fullmatch(r"Cannot declare \((.+)\) twice", cause)
    if twice:
        name = tuple(re.findall(r"'([^']*)'", twice[1]))
        first = lines.lines("".join(text.splitlines(keepends=True)[: line - 1])).get(name)
        before = f" at line {first}" if first else " above"
        return f"{path}:{line}: [{'.'.join(name)}] stands there already{before}; write its keys below that one"
    if cause == "Cannot overwrite a value" and (again := lines.twice("".join(text.splitlines(keepends=True)[:line]))):
        key, stood, line = again
        return f"{path}:{line}: {key} stands twice, also on line {stood}; keep one of them"
    column = f" at column {at[2]}" if at else ""
    advice = _HOW_TEXT_STANDS if cause.startswith(_NO_TEXT) else ""
    return f"{path}:{line}: not TOML{column}: {cause[:1].lower()}{cause[1:]}{advice}"


# -- what pydantic finds ------------------------------------------------------------------------------


def _validated(document: Document, around: Surroundings) -> tuple[Config | None, list[Problem]]:
    # A table that is left out is an empty one, so that its keys are checked like any other's.
    tables: dict[str, Any] = {name: {} for name in TABLES.keys() - REPEATED}
    try:
        config = Config.model_validate({**tables, **document}, context=around)
    except ValidationError as error:
        return None, list(_problems(error.errors(include_url=False)))
    return _with_followed_tags(_with_contact(config)), []


def _with_contact(config: Config) -> Config:
    """A source's contact is the site's address where the operator names none."""
    contact = config.source.contact or config.site.base_url
    return config.model_copy(update={"source": config.source.model_copy(update={"contact": contact})})


def _with_followed_tags(config: Config) -> Config:
    """Every digest knows which tags its readers may follow."""
    digests = tuple(each.model_copy(update={"followed": config.tags.follow}) for each in config.digests)
    return config.model_copy(update={"digests": digests})


def _problems(errors: Iterable[ErrorDetails]) -> Iterator[Problem]:
    for error in errors:
        # A default that is taken from another key, which has told already.
        if error["type"] != "default_factory_not_called":
            where = tuple(part for part in error["loc"] if part != "[key]")
            yield Problem(where=where, says=_sentence(error, where))


def _sentence(error: ErrorDetails, where: lines.Path) -> str:
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "missing":
        return f"missing; write {_example(where)}"
    if kind == "extra_forbidden":
        return _unknown(where, error["input"])
    if kind == "literal_error":
        return "must be " + str(error["ctx"]["expected"]).replace("'", '"')
    table, key = _within(where)
    if not key:
        return f'must be a table that begins with "{header(table)}"'
    if kind == "tuple_type":
        return f"must be a list of texts, such as {toml.literal(example(keys(_TABLES[table])[key[0]]))}"
    return _TYPES.get(kind, error["msg"])


_TYPES = {
    "string_type": "must be text in quotes",
    "is_instance_of": "must be a path in quotes",
    "bool_type": "must be true or false",
    "dict_type": 'must be a table of texts, such as { housing = "Homes" }',
}


def _within(where: lines.Path) -> tuple[str, tuple[str, ...]]:
    """The innermost table that *where* leads into, and the names of what follows there."""
    names = tuple(part for part in where if isinstance(part, str))
    inner = ".".join(names[:2])
    return (inner, names[2:]) if inner in WITHIN else (names[0], names[1:])


def _example(where: lines.Path) -> str:
    table, key = _within(where)
    if key:
        return toml.assignment(key[0], example(keys(_TABLES[table])[key[0]]))
    return header(table)


def _unknown(where: lines.Path, value: object) -> str:
    """That nobody knows the key or table, and what may have been meant."""
    name = str(where[-1])
    kind = "unknown table" if len(where) == 1 and _is_table(value) else "unknown key"
    known = _known_beside(where)
    if near := difflib.get_close_matches(name, known, n=1):
        return f'{kind}; did you mean "{known[near[0]]}"?'
    if homes := _homes(name):
        return f"{kind} here; it belongs {homes[0]}"
    return f"{kind}; known are {', '.join(known.values())}"


def _known_beside(where: lines.Path) -> dict[str, str]:
    """What may stand in the place of *where*, and how it is written."""
    if len(where) == 1:
        return {name: name for name in keys(Config)} | {name: header(name) for name in TABLES}
    return {name: name for name in keys(_TABLES[_within(where)[0]])}


def _homes(name: str) -> list[str]:
    """The places at which there is a key of this *name*."""
    top = ["at the top of the file, above the first table"] if name in keys(Config) else []
    return top + [f"in {header(table)}" for table, model in _TABLES.items() if name in keys(model)]


# -- how it is told -------------------------------------------------------------------------------------


def _told(problems: Iterable[Problem], path: Path, document: Document, found: Mapping[lines.Path, int]) -> list[str]:
    """Each problem with its place, in the order of the file; last those of which nothing stands there."""
    numbered = [(_line(problem.where, found), problem) for problem in problems]
    in_order = sorted(numbered, key=lambda pair: pair[0] or sys.maxsize)
    return [
        f"{path}:{line}: ".replace(":None", "") + f"{_place(problem.where, document)}: {problem.says}"
        for line, problem in in_order
    ]


def _line(where: lines.Path, found: Mapping[lines.Path, int]) -> int | None:
    """The line of *where*, else that of the table it would stand in."""
    prefixes = (where[:length] for length in range(len(where), 0, -1))
    return next((found[prefix] for prefix in prefixes if prefix in found), None)


def _place(where: lines.Path, document: Document) -> str:
    """``[[events]] ends``: a problem's place as the file writes it, without indices."""
    table, rest = _within(where)
    opening = header(table) if table in _TABLES else _written(table, document.get(table))
    return " ".join([opening, ".".join(map(toml.name, rest))]).rstrip()


def _written(name: str, value: object) -> str:
    """How an unknown *name* with this *value* stands at the top of the file."""
    written = toml.name(name)
    if not _is_table(value):
        return written
    return f"[{written}]" if isinstance(value, dict) else f"[[{written}]]"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and value != [] and isinstance(value[0], dict))
