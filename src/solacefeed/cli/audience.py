"""``audience``: who follows what is published, by web servers' logs and by what our own server was asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options

if TYPE_CHECKING:
    from solacefeed.cli.console import Console
    from solacefeed.deeds.upkeep.readership import LogsRead, Readership
    from solacefeed.store.database import Store

_LOG = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
#: Days that are kept.
_MOST_DAYS = 3 * 366


@click.command
@click.argument("logs", metavar="[FILE]...", type=_LOG, nargs=-1)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=28,
    show_default=True,
    help="Tell of the last N days, today among them.",
)
@common
@pass_options
def audience(options: Options, logs: tuple[Path, ...], days: int) -> None:
    """Say who follows the feeds and reads the editions, in numbers alone.

    Each FILE is a log of a web server that serves the documents: nginx's or Apache's "combined", or Caddy's JSON; plain
    or packed with gzip; - is what comes in. Without one it tells what is known. A log that is read twice counts once.
    Give all logs of a day together, or within a day of its end.

    \b
    Examples:
      solacefeed audience /var/log/nginx/access.log.1
      journalctl -u caddy -o cat --since yesterday | solacefeed audience -
      solacefeed audience --days 365 --json
    """
    from solacefeed.composition.readership import told

    app, done = options.app, None
    if logs:
        with app.deciding() as store:
            done = _read(options, store, logs)
            found = told(app, store, days)
    else:
        with app.looking() as store:
            found = told(app, store, days)
    options.console.tell({"logs": done, "readership": found})
    _show(options.console, found)
    if done is not None:
        options.console.say(done.line())
        _complain(done)


def _read(options: Options, store: Store, logs: tuple[Path, ...]) -> LogsRead:
    from solacefeed.composition.readership import read_logs

    with options.console.progress("lines") as step:
        return read_logs(options.app, store, logs, step)


def _complain(done: LogsRead) -> None:
    for trouble in done.troubles:
        complain(trouble)
    # A log of another format says nothing at all; a few broken lines are everywhere.
    is_strange = done.lines > 0 and done.unreadable == done.lines
    if is_strange:
        complain('no line could be read: let the web server write "combined", or Caddy its JSON')
    if done.troubles or is_strange:
        sys.exit(1)


def _show(console: Console, found: Readership) -> None:
    if not found.by_day:
        console.say(
            f"nothing is counted since {found.since}: give the web server's log, or set [web] count_readers for our own"
        )
        return
    console.table(
        ("week of", "days", "subscribers", "single readers", "readers of pages", "of editions"),
        (
            (
                each.monday,
                each.days,
                _number(each.subscribers),
                _number(each.readers),
                _number(each.page_readers),
                _number(each.edition_readers),
            )
            for each in found.weeks
        ),
        "",
    )
    console.say("")
    formats = sorted({form for feed in found.feeds for form in feed.formats})
    console.table(
        ("feed", *formats, "subscribers", "single readers"),
        (
            (
                each.stem,
                *(_number(each.formats.get(form, 0)) for form in formats),
                _number(each.subscribers),
                _number(each.readers),
            )
            for each in found.feeds
        ),
        "no feed was fetched",
    )
    console.say("")
    console.table(
        ("aggregator", "subscribers"),
        ((name, _number(number) if number else "does not say") for name, number in found.aggregators.items()),
        "no aggregator came",
    )
    console.say("")
    console.table(
        ("edition", "readers", "first", "last"),
        ((each.path, each.readers, each.first_day, each.last_day) for each in found.editions),
        "no edition's page was read",
    )
    console.say("")
    console.say(
        f"a day, over {found.days} counted from {found.since} to {found.until}: subscribers as aggregators state them, "
        "single readers within 5 %; of an edition the days are summed"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
