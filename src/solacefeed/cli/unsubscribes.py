"""``unsubscribes``: mails that ask to be unsubscribed."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.errors import UsageError


@click.group
def unsubscribes() -> None:
    """Read mails that ask to be unsubscribed."""


@unsubscribes.command("read")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@common
@pass_options
def read(options: Options, files: tuple[Path, ...]) -> None:
    """Take what is new in mailboxes: mbox files or Maildir folders, by default those of [mail] unsubscribe_files.

    A token of ours ends the subscription that its mail was of. Who asks without one is mailed their own link, for a
    sender's name can be anybody's. The rest is for you to read. Each mail is taken once, and no mailbox is changed.

    \b
    Example:
      solacefeed unsubscribes read /var/mail/unsubscribe
    """
    app = options.app
    if not files and not app.config.mail.unsubscribe_files:
        raise UsageError("say which mailbox: a FILE here, or [mail] unsubscribe_files in the config")
    with app.deciding() as store:
        done = app.privacy.read_mail(store, files) if files else app.privacy.read_configured_mail(store)
    options.console.tell(done)
    options.console.say(done.line())
