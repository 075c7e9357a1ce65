"""``bounces``: mails that came back, and complaints."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.errors import UsageError
from solacefeed.models.bounces import BounceKind, BounceOutcome
from solacefeed.store import bounces as bounce_store
from solacefeed.words import instant_words

#: A mail on the standard input.
STDIN = Path("-")


@click.group
def bounces() -> None:
    """Read mails that came back, and look at what became of them."""


@bounces.command("read")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@common
@pass_options
def read(options: Options, files: tuple[Path, ...]) -> None:
    """Take what is new: of a Maildir folder, an mbox file, a file of one mail, or - for the standard input.

    By default those of [bounces]. A bounce counts for the copy whose signed return path it names, or whose Message-ID,
    and suppresses the address when enough have come; a complaint does at once. What names no mail of ours changes
    nothing and is listed; what no rule understands is left in [bounces] unread for you. Each mail is taken once, and no
    mailbox is changed.

    \b
    Examples:
      solacefeed bounces read /var/mail/bounces
      solacefeed bounces read - < bounce.eml
    """
    app = options.app
    config = app.config.bounces
    if not files and not config.maildir and not config.imap:
        raise UsageError("say which: a FILE here, or maildir or imap in [bounces] of the config")
    with app.deciding() as store:
        if not files:
            done = app.bounces.read_configured(store)
        else:
            done = app.bounces.read(store, [each for each in files if each != STDIN])
            if STDIN in files:
                done = done + app.bounces.read_stream(store, sys.stdin.buffer)
    options.console.tell(done)
    options.console.say(done.line())


@bounces.command("accept")
@click.argument("edition")
@common
@pass_options
def accept(options: Options, edition: str) -> None:
    """Believe an edition's bounces that are held since too many came: suppress the addresses that they are of.

    So is what comes back of it later. `bounces list --outcome held` shows what was said; look whether it names one
    server, or one fault of ours.

    \b
    Example:
      solacefeed bounces accept weekly/2026-11-23
    """
    with options.app.deciding() as store:
        done = options.app.bounces.accept(store, edition)
    options.console.tell(done)
    options.console.say(done.line())


@bounces.command("refuse")
@click.argument("edition")
@common
@pass_options
def refuse(options: Options, edition: str) -> None:
    """Believe no hard bounce of an edition: nobody is suppressed for one, nor stays so who was before they were held.

    \b
    Example:
      solacefeed bounces refuse weekly/2026-11-23
    """
    with options.app.deciding() as store:
        done = options.app.bounces.refuse(store, edition)
    options.console.tell(done)
    options.console.say(done.line())


@bounces.command("list")
@click.option("--outcome", type=click.Choice([each.value for each in BounceOutcome]), help="What became of them.")
@click.option("--kind", type=click.Choice([each.value for each in BounceKind]), help="Of this kind alone.")
@click.option("--to", "address", metavar="ADDRESS", help="Of mail to this address alone.")
@MOST
@common
@pass_options
def list_bounces(options: Options, outcome: str | None, kind: str | None, address: str | None, limit: int) -> None:
    """The newest bounces and complaints, and refusals of the relay that count as such.

    One of outcome unknown names no mail of ours that is on record.
    """
    from solacefeed.email_addresses import canonical

    with options.app.looking() as store, store.read() as connection:
        found = bounce_store.listing(
            connection,
            outcome=BounceOutcome(outcome) if outcome else None,
            kind=BounceKind(kind) if kind else None,
            canonical=canonical(address) if address else None,
            limit=limit,
        )
    options.console.tell(found)
    rows = (
        (
            each.id,
            instant_words(each.at),
            each.canonical,
            each.kind,
            each.outcome,
            f"copy {each.delivery_id}" if each.delivery_id else f"letter {each.letter_id}" if each.letter_id else None,
            each.status,
            each.words,
        )
        for each in found
    )
    names = ("id", "came", "address", "kind", "outcome", "of", "status", "said")
    options.console.table(names, rows, "nothing has come back", most=limit)
