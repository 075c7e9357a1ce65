"""``upgrade``: brings the store up to date, and says before what that changes."""

from __future__ import annotations

import sys

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.store import migrations
from solacefeed.words import counted


@click.command
@click.option("--check", "look_only", is_flag=True, help="Say what would change, also for readers; change nothing.")
@common
@pass_options
def upgrade(options: Options, look_only: bool) -> None:
    """Bring the store up to date with this release.

    The first deed does so too. --check tries it on a copy of an SQLite store, in a temporary folder: which migrations
    wait, which documents would read otherwise and why, and what readers would see again.
    """
    if look_only:
        _say_what_would_change(options)
        return
    app, console = options.app, options.console
    before = app.upgrading.revision()
    with app.store(create=False):
        console.tell({"before": before, "now": migrations.HEAD})
    if before == migrations.HEAD:
        console.say(f"upgrade: the store is at revision {before}, the newest")
    else:
        console.say(f"upgrade: the store was at revision {before}, and is at {migrations.HEAD}")


def _say_what_would_change(options: Options) -> None:
    app, console = options.app, options.console
    waiting = migrations.waiting(app.upgrading.revision())
    found = app.upgrading.forecast()
    differences = found.differences if found else ()
    console.tell({"migrations": waiting, "differences": differences, "unread": found.unread if found else None})
    for each in waiting:
        console.say(f"upgrade: {each.revision} {each.words}")
    rows = ((each.path, each.what, each.why) for each in differences)
    console.table(("document", "would be", "because of"), rows, "upgrade: no document would change")
    if found and differences:
        console.say(found.unread.line())
    refused = found.refused if found else {}
    for path, why in refused.items():
        complain(f"{path} would not be let through: {why}")
    console.say(
        f"upgrade: {counted(len(waiting), 'migration waits', 'migrations wait')}; editions that are frozen keep their "
        "words; nothing was changed"
    )
    sys.exit(1 if refused else 0)
