"""``init``: begins a site."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from solacefeed.addresses import parsed
from solacefeed.cli.options import Options, common, is_there, pass_options
from solacefeed.config.checks import tag_authority
from solacefeed.config.starter import starter, typed_source
from solacefeed.errors import UsageError
from solacefeed.files import publish_file


@click.command
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--source",
    metavar="URL",
    default="https://blog.example.org",
    show_default=True,
    help='The blog\'s address; "sample:" is the bundled one.',
)
@common
@pass_options
def init(options: Options, folder: Path, source: str) -> None:
    """Begin a site in DIR, with a commented config.

    Store, feeds and rehearsed mails will stand beside it. A config that is there is never touched.

    \b
    Example:
      solacefeed init ~/blog --source https://blog.example.org
    """
    target = folder / "config.toml"
    if os.path.islink(target) or is_there(target):
        raise UsageError(f"{target} is there already; it stays as it is")
    try:
        address = typed_source(source)
        authority = _authority(address)
    except ValueError as error:
        raise UsageError(f"--source {_shown(source)!r} {error}") from error
    publish_file(folder, target.name, starter(address, tag_authority=authority).encode())
    options.console.tell({"config": str(target), "tag_authority": authority})
    named = shlex.quote(str(target))
    options.console.say(f"init: {target} is written; edit [site], then: solacefeed --config {named} check")


def _authority(source: str) -> str:
    """The blog's domain and this year: ours for good, also when the domain is somebody else's one day (RFC 4151)."""
    return tag_authority(f"{parsed(source).host or 'example.org'},{datetime.now(UTC):%Y}")


def _shown(address: str) -> str:
    """*address* without a user and a password that may stand in it: no secret is printed."""
    before, at, after = address.rpartition("@")
    return f"{before.partition('//')[0]}//{after}" if at and "//" in before else address
