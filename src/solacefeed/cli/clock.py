"""``clock``: whether the time is believed, and what a clock that was ahead has left behind."""

from __future__ import annotations

import sys

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.upkeep import clock_check
from solacefeed.errors import UsageError


@click.group
def clock() -> None:
    """Look whether the time is believed, and mend what a wrong clock left behind."""


@clock.command("check")
@common
@pass_options
def check(options: Options) -> None:
    """What lies ahead of now and should not; exits with 1 where there is any, or the clock is in doubt."""
    app = options.app
    _refuse_a_rehearsal(options)
    with app.looking() as store:
        state = clock_check.look(store, app.clock())
    options.console.tell(state)
    if state.doubt:
        complain(state.doubt)
    else:
        rows = ((each.kept, each.count, each.furthest) for each in state.ahead)
        options.console.table(("kept", "how many", "up to"), rows, "clock: nothing lies ahead of now")
    sys.exit(1 if state.doubt or state.ahead else 0)


@clock.command("repair")
@common
@pass_options
def repair(options: Options) -> None:
    """Bring back what lies ahead of now, and cancel editions that close ahead of it.

    `clock check` shows what that is. Posts of a cancelled edition that nobody was handed stand in the next one.
    """
    app = options.app
    _refuse_a_rehearsal(options)
    with app.deciding() as store:
        result = clock_check.repair(store, app.clock)
    options.console.tell(result)
    options.console.say(result.line())


@clock.command("confirm")
@common
@pass_options
def confirm(options: Options) -> None:
    """Say that this machine's time is right, where the blog can't bear it out."""
    app = options.app
    _refuse_a_rehearsal(options)
    with app.deciding() as store:
        clock_check.confirm(store, app.clock)
    options.console.tell({"now": app.clock()})
    options.console.say("clock: taken for right")


def _refuse_a_rehearsal(options: Options) -> None:
    if options.app.rehearsed:
        raise UsageError("a rehearsal lives by its --as-of (or as_of in the config), not by a clock")
