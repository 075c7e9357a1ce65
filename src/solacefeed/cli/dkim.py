"""``dkim``: keys by which mail is signed, the records of them, and what a mail's signatures are worth."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.config.checks import address_of, mail_domain
from solacefeed.config.checks import selector as checked_selector
from solacefeed.config.toml import literal
from solacefeed.errors import UsageError

if TYPE_CHECKING:
    from solacefeed.cli.console import Console
    from solacefeed.delivery.signing import DnsRecord

#: A mail on the standard input.
STDIN = Path("-")


@click.group
def dkim() -> None:
    """Make keys that sign mail, print their records, and look at what signs a mail."""


@dkim.command("keygen")
@click.option("--domain", metavar="DOMAIN", help="Which domain signs; by default that of [mail] from.")
@click.option("--selector", metavar="NAME", default="solacefeed", show_default=True, help="What both names begin with.")
@click.option(
    "--folder", metavar="DIR", type=click.Path(path_type=Path), help="Where the keys are kept; by default var/dkim."
)
@common
@pass_options
def keygen(options: Options, domain: str | None, selector: str, folder: Path | None) -> None:
    """Make an RSA and an Ed25519 key, each in a file of mode 600, and print their records for the DNS.

    Nothing is signed until the config names them: publish the records first. A key that is there already stays: for
    new ones, give another --selector, and leave the old records for two weeks.

    \b
    Example:
      solacefeed dkim keygen --domain example.org
    """
    app, console = options.app, options.console
    wanted = domain or address_of(app.config.mail.sender).rpartition("@")[2].lower()
    try:
        mail_domain(wanted)
    except ValueError as error:
        raise UsageError(f"--domain: {wanted}: {error}") from error
    try:
        checked_selector(selector)
    except ValueError as error:
        raise UsageError(f"--selector: {selector}: {error}") from error
    made = app.signing.make_keys(folder or app.folder / "var" / "dkim", wanted, selector)
    console.tell(made)
    for path in made.files:
        console.say(f"dkim: wrote {path}, for its owner alone")
    console.say("")
    _say_records(console, made.records)
    console.say("When they can be looked up, write this into the config, which may have its first line already:")
    console.say("")
    console.say("\n".join(["[dkim]", *(f"{name} = {literal(value)}" for name, value in made.table.items())]))


@dkim.command("record")
@common
@pass_options
def record(options: Options) -> None:
    """Print the records of the config's keys, as a zone file has them and for the forms of a provider."""
    found = options.app.signing.records()
    options.console.tell(found)
    _say_records(options.console, found)


@dkim.command("verify")
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path))
@common
@pass_options
def verify(options: Options, file: Path) -> None:
    """Say what the signatures of a mail are worth; exits with 1 where none covers what it should, or one is wrong.

    FILE is a mail as it came, saved with all its headers. Signatures by the config's own keys are verified without the
    DNS. Of others, such as a relay's, it says what they cover: whether they are right, only receivers can tell you.

    \b
    Examples:
      solacefeed dkim verify "var/mail/20261123T070000Z-1.eml"
      solacefeed dkim verify - < test.eml
    """
    found = options.app.signing.check(read_mail(file))
    options.console.tell(found)
    for each in found:
        options.console.say(f"dkim: {each.line()}")
    if not found:
        complain("this mail bears no DKIM signature: let the relay sign, or see `solacefeed dkim keygen`")
    elif not any(each.is_enough() for each in found):
        complain("no signature is right and covers what Gmail, Yahoo and Microsoft ask for: see docs/delivery.md")
    sys.exit(0 if any(each.is_enough() for each in found) and not any(each.is_wrong() for each in found) else 1)


def read_mail(file: Path) -> bytes:
    """The mail in *file*, ``-`` for the standard input; raises ``UsageError`` where there is none."""
    from solacefeed.delivery.signature_check import MOST_BYTES

    try:
        if file == STDIN:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{file} is no mail of ours: it has more than {MOST_BYTES} bytes")
    return content


def _say_records(console: Console, records: Iterable[DnsRecord]) -> None:
    for each in records:
        console.say("For a zone file:")
        console.say(f"  {each.in_zone_file()}")
        console.say("For a provider's form, of type TXT:")
        console.say(f"  name   {each.name}")
        console.say(f"  value  {each.text}")
        console.say("")
