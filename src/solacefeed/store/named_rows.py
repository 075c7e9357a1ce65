"""Rows that are somebody's or name them: the database is asked roughly, and what it finds is looked at exactly.

No database knows a letter's case beyond ASCII, or how URLs and mails write it: it is asked for a part of the address
that stands in each spelling, beside what may be an at sign, and ``traces`` decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from solacefeed.store.database import among
from solacefeed.store.dialects import has_letter, has_one
from solacefeed.store.personal_columns import ADDRESSES, is_words
from solacefeed.store.schema import subscribers
from solacefeed.traces import AT_SIGNS, HIDING, Traces

#: A row's primary key.
Key = tuple[Any, ...]

#: Words on one line that are no longer than this hold no mail that somebody has pasted, and are not looked at for
#: base64.
_LONG = 200

#: One of these is in each of ``AT_SIGNS``, and in words of several lines, also as JSON has them.
_SIGNS = "@%=&\\\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """What a row has by which somebody can be known."""

    key: Key
    #: The number of the subscriber whose it is.
    owner: int | None
    #: Columns that hold an address and nothing else.
    emails: Sequence[str]
    #: By column, all other words; those of JSON are read.
    words: Mapping[str, Any]

    def is_of(self, number: int, traces: Traces, *, before_them: Collection[int] = ()) -> bool:
        """Whether it is theirs who have this number; *before_them* others have had their address."""
        return self.owner == number or (self.owner not in before_them and any(map(traces.are, self.emails)))

    def names(self, traces: Traces) -> bool:
        return any(stand_in(each, traces) for each in self.words.values())


def rows(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> Iterator[NamedRow]:
    keys, owner, emails = list(table.primary_key.columns), owner_of(table), _emails(table)
    words = [each for each in table.columns if is_words(table, each)]
    told = [each.label(f"told_{number}") for number, each in enumerate(words)]
    whose = sa.null() if owner is None else owner
    asked: sa.Select[Any] = sa.select(*keys, whose.label("whose"), *(each.label(f"the_{each.name}") for each in emails))
    for row in connection.execute(asked.add_columns(*told).where(which)):
        rest = row[len(keys) + 1 :]
        yield NamedRow(
            key=tuple(row[: len(keys)]),
            owner=row[len(keys)],
            emails=[each for each in rest[: len(emails)] if each is not None],
            words={
                each.name: value for each, value in zip(words, rest[len(emails) :], strict=True) if value is not None
            },
        )


def rows_of(
    connection: sa.Connection, table: sa.Table, number: int, traces: Traces, *, before_them: Collection[int] = ()
) -> Iterator[Mapping[str, Any]]:
    """The rows of *table*, whole, that bear the number or have one of the addresses for their own (``is_of``)."""
    owner = owner_of(table)
    its = may_be_theirs(connection, table, [traces])
    its = its if owner is None else its | (owner == number)
    for row in connection.execute(table.select().where(its).order_by(*table.primary_key.columns)).mappings():
        whose = None if owner is None else row[owner.name]
        there = any(row[each.name] and traces.are(row[each.name]) for each in _emails(table))
        if (owner is not None and whose == number) or (there and whose not in before_them):
            yield dict(row)


def may_be_met(connection: sa.Connection, table: sa.Table, traces: Sequence[Traces]) -> sa.ColumnElement[bool]:
    """Whether a row may have one of the addresses for its own or name it: true of each that does, and of few others."""
    words = [sa.cast(each, sa.Text) for each in table.columns if is_words(table, each)]
    named = (_may_name(connection, each, traces) for each in words)
    return sa.or_(may_be_theirs(connection, table, traces), *named)


def may_be_theirs(connection: sa.Connection, table: sa.Table, traces: Sequence[Traces]) -> sa.ColumnElement[bool]:
    """Whether a row may have one of the addresses for its own."""
    plain = {form for each in traces for form in each.plain}
    cores = {core for each in traces if not each.plain for core in each.cores}
    found: sa.ColumnElement[bool] = sa.false()
    for email in _emails(table):
        lower = sa.func.lower(sa.func.trim(email), type_=sa.Text())
        found = sa.or_(found, *among(connection, lower, plain), *(lower.contains(core) for core in sorted(cores)))
    return found


def owner_of(table: sa.Table) -> sa.Column[Any] | None:
    """The column that says whose a row is."""
    return subscribers.c.id if table is subscribers else table.columns.get("subscriber_id")


def stand_in(value: Any, traces: Traces) -> bool:
    """Whether one of the addresses stands in words, or in a value of JSON."""
    return traces.stand_in(value) if isinstance(value, str) else bool(traces.out_of_all(value) != value)


def this(key: Key, table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(table.primary_key.columns, key, strict=True)))


def has_addresses(table: sa.Table) -> bool:
    """Whether its rows may have an address for their own."""
    return bool(_emails(table))


def _emails(table: sa.Table) -> list[sa.Column[Any]]:
    return [each for each in table.columns if each.name in ADDRESSES]


def _may_name(
    connection: sa.Connection, words: sa.ColumnElement[str], traces: Sequence[Traces]
) -> sa.ColumnElement[bool]:
    # What costs little, and leaves most words out, is asked first.
    worth = (sa.func.length(words) > _LONG) | has_letter(connection, words, _SIGNS)
    signed = sa.or_(*(_has(words, each) for each in AT_SIGNS))
    cores = has_one(connection, sa.func.lower(words), (core for each in traces for core in each.cores))
    hidden = sa.or_(*(_has(words, each) for each in HIDING))
    pasted = (sa.func.length(words) > _LONG) | _has(words, "\n") | _has(words, "\\n")
    encoded = has_one(connection, words, (part for each in traces for part in each.encoded))
    return worth & ((signed & (cores | hidden)) | (pasted & encoded))


def _has(words: sa.ColumnElement[str], part: str) -> sa.ColumnElement[bool]:
    return words.contains(part, autoescape=True)
