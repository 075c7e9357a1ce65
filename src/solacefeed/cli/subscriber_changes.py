"""``subscribers changes``: what became of subscriptions and addresses, for a database that keeps them too."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from itertools import islice
from typing import Any, TypeAlias

import click

from solacefeed.cli.console import plain
from solacefeed.cli.options import MomentParam, Options, common, pass_options
from solacefeed.cli.subscriber_words import choice_words, state_words
from solacefeed.composition.membership import source_named
from solacefeed.deeds.people.change_log import PAGE, Cursor, LoggedChange, changes, cursor_of
from solacefeed.models.posts import CategoryId
from solacefeed.spreadsheets.writing import rows_to
from solacefeed.store.tags import names_of_choices

#: The cells of a change, one for each heading.
Row: TypeAlias = tuple[object, ...]

_HEADINGS = (
    *("cursor", "at", "what", "member", "address", "before", "name"),
    *("digest", "state", "categories", "cadence", "by", "because"),
)


class SinceParam(click.ParamType[Cursor | date]):
    """``2026-11-01``, an instant, or the cursor at which the last look ended."""

    name = "DAY|INSTANT|CURSOR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Cursor | date:
        if isinstance(value, (Cursor, date)):
            return value
        return cursor_of(str(value)) or MomentParam().convert(value, param, ctx)


@click.command("changes")
@click.option("--since", type=SinceParam(), help="From when, or the cursor of the last change told.  [default: all]")
@click.option(
    "--source",
    metavar="NAME",
    help="Only of members of this [[sync]], each with the number that it has of them.  [default: of everybody]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    help="CSV, safe in spreadsheets, or JSON.  [default: csv, with --json JSON]",
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="Changes at most.  [default: all]")
@common
@pass_options
def tell_changes(
    options: Options, since: Cursor | date | None, source: str | None, form: str | None, limit: int | None
) -> None:
    """Tell another database who came, chose, paused, moved, bounced and left, oldest first.

    Each change has a cursor: give the last one to --since, and what came after it is told, nothing twice and nothing
    left out. Of people who were erased nothing is kept, and nothing is told.

    \b
    Examples:
      solacefeed subscribers changes --since 2026-11-01
      solacefeed subscribers changes --since 1204-16 --source members
    """
    app = options.app
    if source is not None:
        source = source_named(app, source).name
    as_json = form == "json" if form else options.as_json
    with app.looking() as store:
        start, instant = _start(since, app.site(store).zone)
        with store.read() as connection:
            names = names_of_choices(connection)
        log = _Log(changes(store, start, since=instant), source)
        found = islice(log, limit)
        called = app.audience(store).names()
        bare = source is not None
        pages = iter(lambda: [_row(each, called, names, bare=bare) for each in islice(found, PAGE)], [])
        pour = options.console.pour
        if as_json:
            _pour_json(pour, pages, lambda: log.seen or str(start))
            return
        pour(_csv([_HEADINGS]))
        for page in pages:
            pour(_csv(page))


def _start(since: Cursor | date | None, zone: tzinfo) -> tuple[Cursor, datetime | None]:
    """A day begins by the site's clock."""
    if isinstance(since, Cursor):
        return since, None
    if since is None or isinstance(since, datetime):
        return Cursor(), since
    return Cursor(), datetime.combine(since, time(), zone)


def _pour_json(pour: Callable[[str], None], pages: Iterator[list[Row]], cursor: Callable[[], str]) -> None:
    """The same cells by the same names, and the *cursor* at the end; a page of them in memory at a time."""
    between = "\n"
    pour('{"changes": [')
    for page in pages:
        for row in page:
            pour(between + json.dumps(plain(dict(zip(_HEADINGS, row, strict=True))), ensure_ascii=False))
            between = ",\n"
    pour(f'\n], "cursor": {json.dumps(cursor())}}}\n')


class _Log:
    """The changes of a source's members, or all; knows how far it was read, also past those of others."""

    def __init__(self, all_of_it: Iterator[LoggedChange], source: str | None) -> None:
        self.seen: str | None = None
        self._all = all_of_it
        self._source = source

    def __iter__(self) -> Iterator[LoggedChange]:
        for each in self._all:
            self.seen = each.cursor
            if self._source is None:
                yield each
            elif self._source in each.members:
                yield replace(each, members={self._source: each.members[self._source]})


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO(newline="")
    write = rows_to(text)
    for row in rows:
        write([_text(cell) for cell in row])
    return text.getvalue()


def _text(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if cell is None else str(cell)


def _row(each: LoggedChange, called: Mapping[str, str], names: Mapping[CategoryId, str], *, bare: bool) -> Row:
    """*bare*, the number of the one source that is asked for stands without its name."""
    change = each.change
    return (
        each.cursor,
        each.at,
        each.what,
        "; ".join(each.members.values() if bare else _numbers(each)),
        each.after or each.subscriber.email,
        each.before,
        each.subscriber.name,
        called.get(each.digest, each.digest) if each.digest else None,
        state_words(change.state, change.paused_until) if change else None,
        choice_words(change.category_ids, names) if change else None,
        (change.cadence or "first") if change else None,
        each.by,
        each.reason,
    )


def _numbers(each: LoggedChange) -> Iterator[str]:
    return (f"{source} {number}" for source, number in sorted(each.members.items()))


COMMANDS = (tell_changes,)
