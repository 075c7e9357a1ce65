"""``editions send-again``: an edition for those who did not get it, or for one reader once more."""

from __future__ import annotations

from datetime import datetime

import click

from solacefeed.cli.agreement import agree
from solacefeed.cli.options import InstantParam, Options, common, pass_options
from solacefeed.deeds.delivering.sending_again import TO_ALL
from solacefeed.email_addresses import email_address
from solacefeed.models.deliveries import DeliveryState


class ToParam(click.ParamType[DeliveryState | str]):
    """``rejected``, ``expired`` or a reader's address."""

    name = "rejected|expired|ADDRESS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> DeliveryState | str:
        if value in TO_ALL:
            return DeliveryState(str(value))
        try:
            return email_address(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither rejected nor expired, and no address", param, ctx)


@click.command("send-again")
@click.argument("edition_id", metavar="EDITION")
@click.option("--to", type=ToParam(), required=True, help="All whose copies came to that, or one reader.")
@click.option("--until", type=InstantParam(), help="How long they may go.  [default: the digest's max_late from now]")
@click.option("--dry-run", "looks", is_flag=True, help="Only say what would be done, and write nothing.")
@click.option("--yes", is_flag=True, help="Do it, however many they are.")
@common
@pass_options
def send_again(
    options: Options,
    edition_id: str,
    to: DeliveryState | str,
    until: datetime | None,
    looks: bool,
    yes: bool,
) -> None:
    """Send an edition again to those who did not get it, or to one reader, also when it is done or too late.

    Only to who has the subscription now, at the address that they have now. A copy that nobody can have keeps its
    Message-ID; one that its reader has, or may have, is a second one under another, and is written down. What another
    edition has brought since is left alone.

    \b
    Examples:
      solacefeed editions send-again weekly/2026-11-23 --to expired --dry-run
      solacefeed editions send-again weekly/2026-11-23 --to ann@example.org
    """
    app, console = options.app, options.console
    with app.looking() if looks else app.deciding() as store:
        result = app.mail.send_again(store, edition_id, to, until=until, acts=False)
        if not looks:
            if result.copies > 1:
                question = f"Send {result.copies} copies of {edition_id} again?"
                agree(console, question, result.copies, yes=yes)
            result = app.mail.send_again(store, edition_id, to, until=until, acts=True)
    console.tell(result)
    console.say(result.line())


COMMANDS = (send_again,)
