"""``suppressions``: addresses that are never mailed."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.deeds.people import suppressing
from solacefeed.errors import UsageError
from solacefeed.models.people import SuppressionReason
from solacefeed.store import suppressions as suppression_store

REASON = click.Choice([reason.value for reason in SuppressionReason])


@click.group
def suppressions() -> None:
    """Look at addresses that are never mailed, and decide of them."""


@suppressions.command("list")
@click.option("--after", metavar="ADDRESS", default="", help="Those after this one, by address.")
@MOST
@common
@pass_options
def list_suppressions(options: Options, after: str, limit: int) -> None:
    """Addresses that are never mailed, and why."""
    with options.app.looking() as store, store.read() as connection:
        found = suppression_store.listing(connection, after=after, limit=limit)
    options.console.tell(found)
    rows = ((each.canonical, each.reason, each.at, each.actor, each.words) for each in found)
    options.console.table(("address", "reason", "since", "by", "because"), rows, "no address is suppressed")
    if len(found) == limit:
        options.console.say(f"these are {limit}: --after {found[-1].canonical} shows more")


@suppressions.command("add")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@click.option("--from", "file", type=click.File(encoding="utf-8"), help="A file of addresses, one a line; - is stdin.")
@click.option("--reason", type=REASON, default="operator", show_default=True, help="Of which kind it is.")
@click.option("--because", "words", metavar="TEXT", help="Why, in words.")
@common
@pass_options
def add(options: Options, addresses: tuple[str, ...], file: TextIO | None, reason: str, words: str | None) -> None:
    """Never mail somebody any more, whatever they subscribe to.

    It holds at once, also for copies that wait; subscriptions are told as bounced. No list, no import and no sync
    brings the address back. A line that is no address is told, and the others are taken.

    \b
    Examples:
      solacefeed suppressions add ann@example.org --because "wrote to the board"
      solacefeed suppressions add --from left.txt --reason hard
    """
    if not addresses and file is None:
        raise UsageError("say which: an ADDRESS, or --from FILE")
    app = options.app
    with app.deciding(create=True) as store:
        lines = [*addresses] if file is None else (line for source in (addresses, file) for line in source)
        done = suppressing.suppress(store, app.clock, lines, reason=SuppressionReason(reason), words=words)
    options.console.tell(done)
    options.console.say(done.line())
    for line in done.refused:
        complain(line)
    sys.exit(1 if done.refused else 0)


@suppressions.command("remove")
@click.argument("email", metavar="ADDRESS")
@common
@pass_options
def remove(options: Options, email: str) -> None:
    """Let somebody be mailed again: their subscriptions are as they were before.

    A copy that was cancelled meanwhile stays cancelled.
    """
    app = options.app
    with app.deciding() as store:
        if not suppressing.allow_again(store, app.clock, email):
            raise UsageError(f"{email} is not suppressed: `solacefeed suppressions list`")
    options.console.tell({"email": email, "changed": True})
    options.console.say(f"suppressions: {email} may be mailed again, by what they subscribe to")
