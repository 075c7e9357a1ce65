"""Attacks on a regular expression: texts that its own tree says may cost it more than they are long.

Of each repeat in it a text is made that it takes again and again, behind what has to stand before it and before what
makes it fail at the end; and a text of nothing but beginnings, each of which looks for an end that never comes. Where
the cost grows with the square of the length, it shows when the same text is four times as long.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]  # Python's own, as its parser gives them
from re import _parser as parser  # type: ignore[attr-defined]
from time import process_time
from types import ModuleType
from typing import Any, Final

import solacefeed

#: Seconds that are none.
_NOTHING: Final = 0.02
#: What a repeat may not take, of which each pattern that we have fails at one: the last for repeats of what is no word.
_ENDS: Final = ("\x00", "", "!", "\n", "x")
#: The functions of ``re`` that are given a pattern, and whether they look for it.
_GIVEN: Final = {
    **dict.fromkeys(("re.search", "re.sub", "re.split", "re.findall", "re.finditer"), True),
    **dict.fromkeys(("re.match", "re.fullmatch"), False),
}
_REPEATS: Final = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_LETTERS: Final = "a A1\n<>\"'=&;.,-/[](){}!?:éx\t"

#: Rooms that meet nothing but what an operator has written, or we ourselves.
_OUR_OWN: Final = (
    "config",
    "cli",
    "sample",
    "store",
    "composition",
    "deeds",
    "digest",
    "web",
    "words",
    "files",
    "site",
)

Compiled = re.Pattern[str] | re.Pattern[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    compiled: Compiled
    #: Whether our code looks for it anywhere in a text; else the text has to begin with it.
    is_searched: bool

    @property
    def source(self) -> str:
        pattern = self.compiled.pattern
        return pattern if isinstance(pattern, str) else pattern.decode("latin-1")


def rooms_that_meet_foreign_text() -> list[str]:
    """The folders and modules at the top of the house that may hold such a pattern."""
    listed = (each.name for each in pkgutil.iter_modules(solacefeed.__path__))
    return [name for name in listed if name not in _OUR_OWN and not name.startswith("_")]


@cache
def patterns_that_meet_foreign_text() -> Mapping[str, Pattern]:
    """Every pattern that a module holds which meets foreign text, by where it stands.

    For this all of the house is imported and its source read: it is asked for by tests, and never to collect them.
    """
    found: dict[str, Pattern] = {}
    for where, module, name, compiled in _held():
        if where.split(".")[0] not in _OUR_OWN and all(compiled is not known.compiled for known in found.values()):
            found[where] = Pattern(compiled=compiled, is_searched=_is_searched(module, name))
    return {**found, **dict(_written_in_calls())}


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for listed in pkgutil.walk_packages(solacefeed.__path__, "solacefeed."):
        if "migrations" not in listed.name and not listed.name.endswith("__main__"):
            yield listed.name.removeprefix("solacefeed."), importlib.import_module(listed.name)


def _held() -> Iterator[tuple[str, ModuleType, str, Compiled]]:
    for where, module in _modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(_patterns_in(value)):
                place = f"{where}.{name}"
                yield f"{place}[{number}]" if number else place, module, name, pattern


def _written_in_calls() -> Iterator[tuple[str, Pattern]]:
    """The patterns that stand in a call, as in ``re.sub(r"...", ...)``, by the source: no module holds them."""
    for where, module in _modules():
        if where.split(".")[0] in _OUR_OWN:
            continue
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and (name := ast.unparse(call.func)) in _GIVEN:
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    flags = re.IGNORECASE if "re.IGNORECASE" in map(ast.unparse, _flags(call)) else re.NOFLAG
                    compiled = re.compile(first.value, flags)
                    yield f"{where}.re:{first.value}", Pattern(compiled=compiled, is_searched=_GIVEN[name])


def _flags(call: ast.Call) -> list[ast.expr]:
    return [*call.args[1:], *(keyword.value for keyword in call.keywords)]


def _is_searched(module: ModuleType, name: str) -> bool:
    """By the calls in its module: a pattern of which these say nothing is searched for."""
    calls = re.findall(rf"\b{name}\.(\w+)\(", inspect.getsource(module))
    mapped = re.findall(rf"\b{name}\.(\w+)\b", inspect.getsource(module))
    return not {*calls, *mapped} or not {*calls, *mapped} <= {"match", "fullmatch"}


def _patterns_in(value: object, depth: int = 0) -> Iterator[Compiled]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _patterns_in(each, depth + 1)
    elif depth < 3 and hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from _patterns_in(getattr(value, name, None), depth + 1)


def attacks(pattern: Pattern) -> Iterator[tuple[str, str, str]]:
    """What stands before, what is repeated, and what makes it fail."""
    tree = parser.parse(pattern.source, pattern.compiled.flags & ~re.DEBUG)
    seen = set()
    for before, pump in _pumps(list(tree), ""):
        for attack in ((before, pump), ("", before + pump), ("", before), ("", pump)):
            if attack not in seen and attack[1]:
                seen.add(attack)
                yield from ((*attack, end) for end in _ENDS)


def _pumps(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """Each repeat in a sequence: what has to stand before it, and what it takes."""
    for operator, argument in items:
        if operator in _REPEATS:
            least, most, inside = argument
            for sample in _samples(list(inside)):
                if most > 8:
                    yield before, sample
            yield from _pumps(list(inside), before)
            before += _sample(list(inside)) * max(least, 1)
        elif operator is sre.BRANCH:
            for branch in argument[1]:
                yield from _pumps(list(branch), before)
            before += _sample([(operator, argument)])
        elif operator is sre.SUBPATTERN:
            yield from _pumps(list(argument[3]), before)
            before += _sample(list(argument[3]))
        elif operator is sre.ATOMIC_GROUP:
            yield from _pumps(list(argument), before)
            before += _sample(list(argument))
        else:
            before += _sample([(operator, argument)])


def _samples(items: list[Any]) -> set[str]:
    """Texts that the sequence takes: the usual one, and one for each branch and each kind of letter."""
    found = {_sample(items)}
    for operator, argument in items:
        if operator is sre.BRANCH:
            found |= {_sample(list(branch)) for branch in argument[1]}
        elif operator is sre.SUBPATTERN:
            found |= _samples(list(argument[3]))
        elif operator in (sre.IN, sre.NOT_LITERAL, sre.ANY) and len(items) == 1:
            found |= {letter for letter in _LETTERS if _takes((operator, argument), letter)}
    return found - {""}


def _sample(items: list[Any]) -> str:
    return "".join(map(_one, items))


def _one(item: Any) -> str:
    operator, argument = item
    if operator is sre.LITERAL:
        return chr(argument)
    if operator in (sre.IN, sre.NOT_LITERAL, sre.ANY):
        return next((letter for letter in _LETTERS if _takes(item, letter)), _first_of(argument))
    if operator in _REPEATS:
        times: int = max(argument[0], 1)
        return _sample(list(argument[2])) * times
    if operator is sre.BRANCH:
        return _sample(list(argument[1][0]))
    if operator is sre.SUBPATTERN:
        return _sample(list(argument[3]))
    return _sample(list(argument)) if operator is sre.ATOMIC_GROUP else ""


def _first_of(argument: Any) -> str:
    with suppress(TypeError):
        for operator, value in argument:
            if operator is sre.RANGE:
                return chr(value[0])
            if operator is sre.LITERAL:
                return chr(value)
    return "a"


def _takes(item: Any, letter: str) -> bool:
    operator, argument = item
    if operator is sre.ANY:
        return letter != "\n"
    if operator is sre.NOT_LITERAL:
        return letter != chr(argument)
    negated = argument[0][0] is sre.NEGATE
    return negated != any(_is_in(each, letter) for each in argument[negated:])


def _is_in(part: Any, letter: str) -> bool:
    operator, argument = part
    if operator is sre.LITERAL:
        return bool(ord(letter) == argument)
    if operator is sre.RANGE:
        return bool(argument[0] <= ord(letter) <= argument[1])
    word, digit, space = letter.isalnum() or letter == "_", letter.isdigit(), letter.isspace()
    kinds: dict[Any, bool] = {
        sre.CATEGORY_DIGIT: digit,
        sre.CATEGORY_NOT_DIGIT: not digit,
        sre.CATEGORY_SPACE: space,
        sre.CATEGORY_NOT_SPACE: not space,
        sre.CATEGORY_WORD: word,
        sre.CATEGORY_NOT_WORD: not word,
    }
    return kinds.get(argument, False)


def grows(pattern: Pattern, attack: tuple[str, str, str], length: int = 2_000) -> str | None:
    """How the cost of *attack* grows beyond its length; ``None`` where it does not."""
    before, pump, end = attack
    long = before + pump * (4 * length // len(pump)) + end
    if _cost(pattern, long) < _NOTHING:
        return None
    short = before + pump * (length // len(pump)) + end
    one, four = (min(_cost(pattern, text) for _ in range(3)) for text in (short, long))
    return f"{attack!r}: {one:.4f} s, four times as long {four:.4f} s" if four > max(8 * one, _NOTHING) else None


def _cost(pattern: Pattern, text: str) -> float:
    """Seconds of this process's own time in which the pattern is looked for in *text*."""
    given = text if isinstance(pattern.compiled.pattern, str) else text.encode()
    begun = process_time()
    if pattern.is_searched:
        deque(pattern.compiled.finditer(given), maxlen=0)  # type: ignore[arg-type]  # it is of the pattern's own kind
    else:
        pattern.compiled.match(given)  # type: ignore[arg-type]
        pattern.compiled.fullmatch(given)  # type: ignore[arg-type]
    return process_time() - begun
