"""``subscribers``: who gets a digest, and by whose word; and whom the config's list names no more."""

from __future__ import annotations

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriber_changes import COMMANDS as LOG
from solacefeed.cli.subscriber_export import COMMANDS as EXPORTS
from solacefeed.cli.subscriber_import import COMMANDS as IMPORTS
from solacefeed.cli.subscriber_looks import COMMANDS as LOOKS
from solacefeed.cli.subscriber_privacy import COMMANDS as PRIVACY
from solacefeed.cli.subscriber_show import COMMANDS as SHOWING
from solacefeed.cli.subscriber_sync import COMMANDS as SYNC
from solacefeed.cli.subscriptions import COMMANDS as CHANGES
from solacefeed.words import counted


@click.group
def subscribers() -> None:
    """Add, end and look at subscribers."""


for command in (*CHANGES, *EXPORTS, *IMPORTS, *LOOKS, *SHOWING, *PRIVACY, *SYNC, *LOG):
    subscribers.add_command(command)


# -- the list ---------------------------------------------------------------------------------------


@subscribers.group
def held() -> None:
    """Readers whom the config lists no more, too many at once to be believed."""


@held.command("list")
@common
@pass_options
def list_held(options: Options) -> None:
    """Who is held back; they get their mail."""
    app = options.app
    with app.looking() as store:
        found = app.audience(store).outlook().held
    options.console.tell(found)
    rows = ((each.subscriber.email, each.subscriber.name, each.changed_at) for each in found)
    options.console.table(("address", "name", "since"), rows, "nobody is held back")


@held.command("accept")
@common
@pass_options
def accept(options: Options) -> None:
    """Believe the config: their subscriptions end."""
    with options.app.deciding() as store:
        count = options.app.audience(store).accept_held()
    options.console.tell({"subscriptions": count})
    options.console.say(f"held: {counted(count, 'subscription')} ended")


@held.command("refuse")
@common
@pass_options
def refuse(options: Options) -> None:
    """Let them stay, as if you had entered them by hand."""
    with options.app.deciding() as store:
        count = options.app.audience(store).refuse_held()
    options.console.tell({"subscriptions": count})
    options.console.say(f"held: {counted(count, 'subscription')} stay")
