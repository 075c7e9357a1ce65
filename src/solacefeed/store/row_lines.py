"""Rows of the schema as lines of PostgreSQL's COPY, made of SQLite's values in just the octets that PostgreSQL tells.

So a line that was read of the one and a line that was read of the other are the same where the row is
(postgresql.org/docs/current/sql-copy.html, "Text Format"), since our sessions speak as ``server_connections.SPEECH``
has it. Sums of their hashes do not ask in which order they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from solacefeed.store.schema import Instant

_NULL = "\\N"
#: The backslash first: it stands before all others.
_ESCAPES = (("\\", "\\\\"), ("\b", "\\b"), ("\t", "\\t"), ("\n", "\\n"), ("\v", "\\v"), ("\f", "\\f"), ("\r", "\\r"))

_OCTETS = 16
_ROUND = 1 << 8 * _OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSum:
    """By which rows are known again, in whatever order they are read."""

    rows: int = 0
    #: Of the hashes of their lines, modulo 2**128.
    sum: int = 0

    def with_lines(self, lines: Iterable[bytes | memoryview]) -> RowSum:
        rows, total = self.rows, self.sum
        for line in lines:
            rows += 1
            total += int.from_bytes(blake2b(line, digest_size=_OCTETS).digest())
        return RowSum(rows=rows, sum=total % _ROUND)


def spellings(table: sa.Table) -> Sequence[Callable[[Any], str]]:
    """How a value that SQLite holds is spelt in a line, by column."""
    return [next(spelt for kind, spelt in _SPELT if isinstance(column.type, kind)) for column in table.columns]


def line(values: Iterable[Any], spelt: Sequence[Callable[[Any], str]]) -> bytes:
    words = [_NULL if value is None else each(value) for value, each in zip(values, spelt, strict=True)]
    return ("\t".join(words) + "\n").encode()


def _text(value: Any) -> str:
    told = str(value)
    if told.isprintable() and "\\" not in told:
        return told
    for letter, escaped in _ESCAPES:
        told = told.replace(letter, escaped)
    return told


def _instant(value: Any) -> str:
    """Of ``2026-11-23 07:00:00.500000`` PostgreSQL says ``2026-11-23 07:00:00.5+00``."""
    whole, _, parts = str(value).partition(".")
    parts = parts.rstrip("0")
    return f"{whole}.{parts}+00" if parts else f"{whole}+00"


def _truth(value: Any) -> str:
    return "t" if value else "f"


def _octets(value: Any) -> str:
    return f"\\\\x{bytes(value).hex()}"


def _measure(value: Any) -> str:
    """Both tell the fewest digits that name a number, and as a power of ten from 1e16 and from 1e15 on."""
    told = repr(float(value)).removesuffix(".0")
    if told.endswith("inf"):
        return told.replace("inf", "Infinity")
    if len(told.lstrip("-")) == 16 and told.lstrip("-").isdigit():
        digits = told.lstrip("-")
        rest = digits[1:].rstrip("0")
        told = f"{'-' if value < 0 else ''}{digits[0]}{'.' if rest else ''}{rest}e+15"
    return told


#: The first that fits: a number's type may be another's, too.
_SPELT: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], str]], ...] = (
    (Instant, _instant),
    (sa.Boolean, _truth),
    (sa.LargeBinary, _octets),
    (sa.Integer, str),
    (sa.Float, _measure),
    (sa.JSON, _text),
    (sa.Text, _text),
)
