"""The export of a membership database, read whole: whom it has, and which of its rows can't be taken."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from solacefeed.deeds.people.sync_rules import MemberRow
from solacefeed.deeds.people.sync_settings import LeftAlone
from solacefeed.email_addresses import canonical, email_address
from solacefeed.errors import UsageError
from solacefeed.person_names import person_name
from solacefeed.spreadsheets.cells import plain
from solacefeed.spreadsheets.opening import opened
from solacefeed.spreadsheets.rows import TableRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberColumns:
    """The headings of an export's columns, as the config has them."""

    member: str
    email: str
    #: Their cells are put together.
    names: tuple[str, ...] = ()
    #: ``None`` where everybody gets everything.
    interests: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """What an export says."""

    rows: tuple[MemberRow, ...]
    #: The numbers of all who are in it, also of those whose row can't be taken: they are members still.
    present: frozenset[str]
    refused: tuple[LeftAlone, ...]
    #: How it was read: ``UTF-8, separated by commas``.
    reading: str


def read_members(path: Path, columns: MemberColumns) -> MemberFile:
    """The export at *path*; raises ``UsageError`` where it can't be read, or lacks one of the *columns*."""
    table = opened(path)
    headings = next(table.rows, None)
    if headings is None:
        raise UsageError(f"{path} is empty, and has no headings: nothing was done")
    places = _Places(path, headings.cells, columns)
    found = _Found()
    for row in table.rows:
        if any(cell.strip() for cell in row.cells):
            _take(found, row, places)
    return MemberFile(
        rows=tuple(each for each in found.rows.values() if each.member not in found.torn),
        present=frozenset(found.present),
        refused=tuple(sorted(found.refused, key=lambda each: each.line)),
        reading=table.reading,
    )


@dataclass(kw_only=True)
class _Found:
    rows: dict[str, MemberRow] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    #: Members who stand there with several addresses.
    torn: set[str] = field(default_factory=set)
    refused: list[LeftAlone] = field(default_factory=list)


class _Places:
    """Which cell of a row is what."""

    def __init__(self, path: Path, headings: Sequence[str], columns: MemberColumns) -> None:
        known = {_key(plain(heading)): place for place, heading in reversed(list(enumerate(headings)))}

        def place(heading: str) -> int:
            if _key(heading) in known:
                return known[_key(heading)]
            near = difflib.get_close_matches(_key(heading), known, n=1)
            meant = f"; did you mean {headings[known[near[0]]].strip()}?" if near else ""
            there = ", ".join(filter(None, map(str.strip, headings)))
            raise UsageError(
                f"{path} has no column {heading}{meant} (it has {there[:300]}): see [[sync]] of the config"
            )

        self._member, self._email = place(columns.member), place(columns.email)
        self._names = [place(each) for each in columns.names]
        self._interests = None if columns.interests is None else place(columns.interests)

    def member(self, row: TableRow) -> str:
        return _cell(row, self._member)

    def email(self, row: TableRow) -> str:
        return _cell(row, self._email)

    def name(self, row: TableRow) -> str | None:
        return person_name(" ".join(_cell(row, each) for each in self._names))

    def interests(self, row: TableRow) -> str | None:
        return None if self._interests is None else _cell(row, self._interests) or None


def _take(found: _Found, row: TableRow, places: _Places) -> None:
    member = places.member(row)
    if not member:
        found.refused.append(LeftAlone(line=row.number, member="", why="has no number, by which members are known"))
        return
    found.present.add(member)
    try:
        taken = _member_row(row, member, places)
    except ValueError as error:
        found.refused.append(LeftAlone(line=row.number, member=member, why=str(error)))
        return
    first = found.rows.setdefault(member, taken)
    if canonical(first.email) != canonical(taken.email):
        found.torn.add(member)
        why = f"stands on line {first.line} with another address, so that neither is taken"
        found.refused.append(LeftAlone(line=row.number, member=member, why=why))


def _member_row(row: TableRow, member: str, places: _Places) -> MemberRow:
    """Raises ``ValueError`` for an address that is none."""
    if not (email := places.email(row)):
        raise ValueError("has no address")
    return MemberRow(
        line=row.number,
        member=member,
        email=email_address(email),
        name=places.name(row),
        interests=places.interests(row),
    )


def _cell(row: TableRow, place: int) -> str:
    return plain(row.cells[place]).strip() if place < len(row.cells) else ""


def _key(heading: str) -> str:
    return " ".join(heading.casefold().split())


def alone_of(file: MemberFile, others: Sequence[LeftAlone]) -> Iterator[LeftAlone]:
    """The rows that can't be taken, and *others*, as they stand in the file."""
    yield from sorted((*file.refused, *others), key=lambda each: each.line)
