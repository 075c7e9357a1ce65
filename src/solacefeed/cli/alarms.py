"""``alarms``: what operators were told of troubles, and whether alarms arrive."""

from __future__ import annotations

import sys

import click

from solacefeed.cli.ending import ended_in_time
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.errors import UsageError


@click.group
def alarms() -> None:
    """Look at what you were told of troubles, and try whether alarms arrive."""


@alarms.command("list")
@MOST
@common
@pass_options
def list_alarms(options: Options, limit: int) -> None:
    """What was told, newest first, and what became of it at the webhook."""
    with options.app.looking() as store:
        found = options.app.alarms.list(store, limit)
    options.console.tell(found)
    rows = (
        (f"{each.at:%Y-%m-%d %H:%M} UTC", each.state, each.key, each.words, each.letters, each.post, each.answer)
        for each in found
    )
    options.console.table(
        ("told", "state", "key", "words", "letters", "webhook", "answer"), rows, "nothing was told yet", most=limit
    )


@alarms.command("test")
@common
@pass_options
def test(options: Options) -> None:
    """Send a test by each way that is configured, and say what became of it.

    The exit code is 1 where one of them did not take it. The heartbeat's address is not fetched: only a good run does
    that.
    """
    app = options.app
    if not (app.alarms.operators or app.config.monitoring.webhook):
        raise UsageError(
            "nobody would be told: name addresses in [mail] operators (with [[digests]]), or set [monitoring] webhook"
        )
    with app.deciding(create=True) as store, ended_in_time(store) as ending:
        tried = app.alarms.try_out(store, ending.is_set)
    options.console.tell(tried)
    options.console.table(("to", "state", "answer"), ((each.to, each.state, each.answer) for each in tried), "")
    went = sum(each.went_well for each in tried)
    options.console.say(f"alarms: {went} of {len(tried)} tests taken")
    sys.exit(0 if went == len(tried) else 1)
