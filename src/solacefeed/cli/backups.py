"""``backup``, ``restore`` and ``adopt``: copies of the store, and one of them in its place."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options

_FILE = click.Path(path_type=Path)


@click.command
@click.argument("to", metavar="[DIR|FILE]", type=_FILE, required=False)
@click.option("--keep", type=click.IntRange(1, 10_000), metavar="N", help="Let the newest N of the folder stay.")
@common
@pass_options
def backup(options: Options, to: Path | None, keep: int | None) -> None:
    """Write a copy of the store while it is used, and look through it.

    Into a folder it goes under a name that says when; a name with an ending, such as copy.db, is a FILE that is made.
    Without either it goes to [backup] dir, where the daemon also puts one every [backup] every. Of PostgreSQL it says
    how.
    """
    app = options.app
    with app.store(create=False) as store:
        done = app.backups.back_up(store, to, keep)
    options.console.tell(done)
    options.console.say(done.line())
    for line in app.backups.not_in_backups():
        options.console.say(f"backup: not in it: {line}")
    for trouble in done.troubles:
        complain(trouble)
    sys.exit(1 if done.troubles else 0)


@click.command
@click.argument("file", metavar="FILE", type=_FILE)
@common
@pass_options
def restore(options: Options, file: Path) -> None:
    """Put a backup in the store's place; the store that is there is kept aside.

    The daemon, `solacefeed web` and every deed must have ended. The backup is looked through first, and what is brought
    back sends nothing until `solacefeed adopt`.
    """
    done = options.app.backups.restore(file)
    options.console.tell(done)
    options.console.say(done.line())


@click.command
@click.option("--yes", is_flag=True, help="Do it, and ask nothing.")
@click.option(
    "--relay-log",
    "logs",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A log of Postfix, such as /var/log/mail.log, that says which mails it has taken; several, if need be.",
)
@click.option("--erased", type=_FILE, metavar="FILE", help="Addresses to be erased again, one a line.")
@common
@pass_options
def adopt(options: Options, yes: bool, logs: tuple[Path, ...], erased: Path | None) -> None:
    """Let a store that was copied or restored send; says first what that means.

    Who has left or was erased since the copy was made leaves again, and what the relay had taken since is not sent
    again, as far as the log beside the store or the relay's log knows. The rest is in doubt: [mail] on_uncertain
    says what becomes of it.
    """
    app, console = options.app, options.console
    with app.deciding(moved_too=True) as store:
        found = app.backups.look_at_adopting(store, logs, erased)
        for line in found.lines():
            console.say(f"adopt: {line}")
        if found.why is None:
            console.tell(found)
            return
        if not console.agreed("Shall this store send from now on?", yes=yes):
            console.tell(found)
            console.say("adopt: nothing was changed; --yes does it")
            sys.exit(1)
        done = app.backups.adopt(store, logs, erased)
        _, amiss = app.privacy.look(store)
    console.tell(done)
    console.say(done.line())
    for line in amiss:
        complain(line)
    sys.exit(1 if amiss else 0)
