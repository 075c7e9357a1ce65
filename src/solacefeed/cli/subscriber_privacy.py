"""``subscribers erase``, ``export ADDRESS``, ``may-mail`` and ``change-address``: what the law gives people."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.config import email_address
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor
from solacefeed.traces import Traces


@click.command("erase")
@click.argument("email", metavar="ADDRESS")
@click.option("--ours", is_flag=True, help="It is your decision, not their wish.")
@common
@pass_options
def erase(options: Options, email: str, ours: bool) -> None:
    """Forget somebody: all that is kept of them goes, and can't be had back.

    Copies of editions stay without address, name, Message-ID and answer, so that their sums hold. A keyed fingerprint
    stays too: it tells nobody whose it is, and keeps lists, imports and you from entering the address again; the person
    themselves can come back by the form. While copies are being handed over it is only begun: nothing more goes to
    them, and the next look of the daemon, or of run, does the rest.

    What lies outside stays yours: the config's list, mailboxes, the relay's log, backups.

    \b
    Example:
      solacefeed subscribers erase ann@example.org
    """
    app = options.app
    by = Actor.OPERATOR if ours else Actor.READER
    with app.deciding() as store:
        done = app.privacy.erase(store, _address(email), by=by)
    elsewhere = [str(path) for path in (options.config_path,) if _names(path, email)]
    options.console.tell({"done": not done.waits_for, "erased": done, "named_in": elsewhere})
    options.console.say(done.line())
    if done.waits_for:
        options.console.say("nothing goes to them any more; the next look does the rest, or this command once more")
    for place in elsewhere:
        options.console.say(f"{place} still names the address: that is yours to change")


def _address(said: str) -> str:
    try:
        return email_address(said)
    except ValueError as error:
        raise UsageError(f"ADDRESS {said!r} {error}") from error


def _names(path: Path, email: str) -> bool:
    """Whether a file of the operator's has the address."""
    return Traces((email.strip(),)).stand_in(path.read_text(encoding="utf-8", errors="replace"))


COMMANDS = (erase,)
