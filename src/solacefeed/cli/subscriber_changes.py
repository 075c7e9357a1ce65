"""``subscribers changes``: what became of subscriptions and addresses, for a database that keeps them too."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from itertools import islice
from typing import Any

import click

from solacefeed.cli.console import plain
from solacefeed.cli.options import MomentParam, Options, common, pass_options
from solacefeed.cli.subscriber_words import choice_words, state_words
from solacefeed.composition.membership import source_named
from solacefeed.deeds.people.change_log import PAGE, Cursor, LoggedChange, changes, cursor_of
from solacefeed.models.posts import CategoryId
from solacefeed.spreadsheets.writing import rows_to
from solacefeed.store.tags import names_of_choices

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
    help="Give the number that this [[sync]] has of each, and none of others.  [default: those of all]",
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
        found = islice(changes(store, start, since=instant), limit)
        called = app.audience(store).names()
        if as_json:
            options.console.pour(_json((_row(each, called, names, source) for each in found), start))
            return
        options.console.pour(_csv([_HEADINGS]))
        while page := list(islice(found, PAGE)):
            options.console.pour(_csv(_row(each, called, names, source) for each in page))


def _start(since: Cursor | date | None, zone: tzinfo) -> tuple[Cursor, datetime | None]:
    """A day begins by the site's clock."""
    if isinstance(since, Cursor):
        return since, None
    if since is None or isinstance(since, datetime):
        return Cursor(), since
    return Cursor(), datetime.combine(since, time(), zone)


def _json(rows: Iterable[tuple[object, ...]], start: Cursor) -> str:
    """The columns of the CSV, by their names."""
    found = [dict(zip(_HEADINGS, row, strict=True)) for row in rows]
    told = {"changes": found, "cursor": found[-1]["cursor"] if found else str(start)}
    return f"{json.dumps(plain(told), indent=2)}\n"


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    write = rows_to(text)
    for row in rows:
        write([_text(cell) for cell in row])
    return text.getvalue()


def _text(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if cell is None else str(cell)


def _row(
    each: LoggedChange, called: Mapping[str, str], names: Mapping[CategoryId, str], source: str | None
) -> tuple[object, ...]:
    change = each.change
    return (
        each.cursor,
        each.at,
        each.what,
        each.members.get(source) if source else "; ".join(_numbers(each)),
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
