"""``subscribers export``: everyone, or those who are asked for, as CSV or JSON; and one person, all of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from solacefeed.cli.console import Console, plain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriber_filters import Filters, filters
from solacefeed.cli.subscriber_privacy import tell_person
from solacefeed.deeds.people.list_export import FIELDS, ExportedSubscription, cells_of, exported
from solacefeed.errors import UsageError
from solacefeed.spreadsheets.writing import private_text, rows_to
from solacefeed.words import counted


@click.command("export")
@click.argument("email", metavar="[ADDRESS]", required=False)
@filters
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    help="CSV, safe in spreadsheets, or a JSON array of an object a line.  [default: csv, with --json JSON]",
)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, for your eyes alone (0600).  [default: print it]",
)
@common
@pass_options
def export_list(
    options: Options, /, email: str | None, form: str | None, target: Path | None, **asked: str | None
) -> None:
    """Write everyone with what they get, on which consent, and since when; or those who are asked for.

    What is written can be imported again: `solacefeed subscribers import FILE` knows its columns. With an ADDRESS it is
    all that is kept of that person, for them to read: JSON, with words for each part.

    \b
    Examples:
      solacefeed subscribers export --to readers.csv
      solacefeed subscribers export --digest weekly --state confirmed --format json
      solacefeed subscribers export ann@example.org > ann.json
    """
    if email is not None:
        if form == "csv" or target or any(asked.values()):
            raise UsageError("with an ADDRESS, export tells all that is kept of that person, as JSON: say nothing else")
        tell_person(options, email)
        return
    app, console = options.app, options.console
    as_json = form == "json" if form else options.as_json
    count = 0
    with app.looking() as store, _written(console, target) as write:
        pages = exported(store, Filters(**asked).of(app, store), app.config.tags.follow)
        with console.progress("export") if target else _unseen() as advance:
            write("[" if as_json else _csv([_headings()]))
            for page in pages:
                write(_json(page, count) if as_json else _csv(map(cells_of, page)))
                count += len(page)
                advance(len(page))
            write("\n]\n" if as_json else "")
    if target:
        console.tell({"file": target, "subscriptions": count})
        console.say(f"export: {counted(count, 'subscription')} in {target}")


@contextmanager
def _written(console: Console, target: Path | None) -> Iterator[Callable[[str], object]]:
    if target is None:
        yield console.pour
        return
    with private_text(target) as file:
        yield file.write


@contextmanager
def _unseen() -> Iterator[Callable[[int], None]]:
    """No bar where the rows themselves are printed."""
    yield lambda _count: None


def _headings() -> list[str]:
    return [name.replace("_", " ") for name in FIELDS]


def _csv(rows: Iterator[list[str]] | list[list[str]]) -> str:
    text = io.StringIO(newline="")
    write = rows_to(text)
    for row in rows:
        write(row)
    return text.getvalue()


def _json(page: list[ExportedSubscription], before: int) -> str:
    rows = (json.dumps(plain(row), ensure_ascii=False) for row in page)
    return ("," if before else "") + "\n" + ",\n".join(rows)


COMMANDS = (export_list,)
