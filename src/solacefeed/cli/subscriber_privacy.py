"""``subscribers erase``, ``export ADDRESS``, ``may-mail`` and ``change-address``: what the law gives people."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from solacefeed.cli.console import plain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriptions import ANY_DIGEST
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.email_addresses import email_address
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor
from solacefeed.store import subscribers
from solacefeed.store.database import Store
from solacefeed.traces import Traces


@click.command("erase")
@click.argument("email", metavar="ADDRESS")
@click.option("--ours", is_flag=True, help="It is your decision, not their wish.")
@click.option("--yes", is_flag=True, help="Do it, and ask nothing.")
@common
@pass_options
def erase(options: Options, email: str, ours: bool, yes: bool) -> None:
    """Forget somebody: all that is kept of them goes, and can't be had back. In a terminal you are asked before.

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
        address = _address(email)
        if options.console.can_ask and not options.console.agreed(_whether(store, address), yes=yes):
            options.console.say("erase: nothing was changed")
            return
        done = app.privacy.erase(store, address, by=by)
    elsewhere = [str(path) for path in (options.config_path,) if _names(path, email)]
    options.console.tell({"done": not done.waits_for, "erased": done, "named_in": elsewhere})
    options.console.say(done.line())
    if done.waits_for:
        options.console.say("nothing goes to them any more; the next look does the rest, or this command once more")
    for place in elsewhere:
        options.console.say(f"{place} still names the address: that is yours to change")


def _whether(store: Store, address: str) -> str:
    with store.read() as connection:
        known = subscribers.find(connection, address)
    who = f"{address}, {known.name}," if known and known.name else address
    return f"Shall all be forgotten that is kept of {who} for good?"


def tell_person(options: Options, email: str) -> None:
    """Tells a person all that is kept of them, as JSON: with ``subscribers export ADDRESS``."""
    from solacefeed.deeds.people.exporting import export_of

    app = options.app
    with app.looking() as store:
        with store.read() as connection:
            number = known_subscriber(connection, email).id
        found = export_of(store, number)
    click.echo(json.dumps(plain(found), indent=2, ensure_ascii=False))


@click.command("may-mail")
@click.argument("email", metavar="ADDRESS")
@ANY_DIGEST
@common
@pass_options
def may_mail(options: Options, email: str, digest: str | None) -> None:
    """Say whether somebody may be mailed, on which basis, and if not, why not.

    The exit code is 0 where they may, by one digest at least, and 1 else.

    \b
    Example:
      solacefeed subscribers may-mail ann@example.org --digest weekly
    """
    from solacefeed.deeds.people.may_mail import verdicts

    app = options.app
    with app.looking() as store:
        audience = app.audience(store)
        called, keys = audience.names(), audience.keys_to_end(digest) if digest else None
        with store.read() as connection:
            found = verdicts(connection, email, app.fingerprints, digests=keys)
    may = any(each.may for each in found)
    options.console.tell({"email": email, "may": may, "verdicts": found})
    for each in found:
        name = f" {called.get(each.digest, each.digest)}" if each.digest else ""
        options.console.say(f"{email}{name}: {'yes' if each.may else 'no'}, {each.why}")
        if each.wording:
            options.console.say(f"  agreed to: {each.wording}")
    sys.exit(0 if may else 1)


@click.command("change-address")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@common
@pass_options
def change_address(options: Options, old: str, new: str) -> None:
    """Give somebody another address, as they asked you; what they chose, wished and have got stays theirs.

    Links in mails to the old address work no more, but for those that unsubscribe. Copies that wait go to the new one.
    Where the config has pages, the old address is told by mail. Make sure that it is they who ask: who has the mailbox
    can do it by themselves, by the link in every mail.
    """
    from solacefeed.deeds.people.address_by_operator import change_address as change_address_of

    app = options.app
    address = _address(new)
    with app.deciding() as store:
        letters = app.people.settings(store) if app.people.come_by_themselves else None
        changed = change_address_of(store, app.clock, old, address, app.fingerprints, letters)
    options.console.tell({"old": old, "new": address, "changed": changed})
    options.console.say(f"subscribers: {old} is {address} from now on" + ("" if changed else ", as before"))
    if changed and _names(options.config_path, old):
        options.console.say(f"{options.config_path} still names {old}: that is yours to change")


def _address(said: str) -> str:
    try:
        return email_address(said)
    except ValueError as error:
        raise UsageError(f"ADDRESS {said!r} {error}") from error


def _names(path: Path, email: str) -> bool:
    """Whether a file of the operator's has the address."""
    return Traces((email.strip(),)).stand_in(path.read_text(encoding="utf-8", errors="replace"))


COMMANDS = (erase, may_mail, change_address)
