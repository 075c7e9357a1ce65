"""``init``: begins a site."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from solacefeed.addresses import parsed
from solacefeed.cli.options import Options, common, is_there, pass_options
from solacefeed.config.checks import base_url, tag_authority
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
@click.option(
    "--pages",
    metavar="URL",
    help="The address at which people will reach our own pages, to subscribe and to leave; they are served on this "
    "machine alone.",
)
@common
@pass_options
def init(options: Options, folder: Path, source: str, pages: str | None) -> None:
    """Begin a site in DIR, with a commented config.

    Store, feeds and rehearsed mails will stand beside it. A config that is there is never touched.

    \b
    Example:
      solacefeed init ~/blog --source https://blog.example.org
      solacefeed init trial --source sample: --pages http://localhost:8025
    """
    target = folder / "config.toml"
    if os.path.islink(target) or is_there(target):
        raise UsageError(f"{target} is there already; it stays as it is")
    address = _checked("--source", source, typed_source)
    authority = _checked("--source", source, lambda _: _authority(address))
    reached_at = None if pages is None else _checked("--pages", pages, base_url)
    publish_file(folder, target.name, starter(address, tag_authority=authority, pages=reached_at).encode())
    options.console.tell({"config": str(target), "tag_authority": authority})
    named = shlex.quote(str(target))
    # Of the bundled blog nothing need be said before it is tried.
    after = (
        "then: solacefeed --config {} run"
        if address == "sample:"
        else "edit [site], then: solacefeed --config {} check"
    )
    options.console.say(f"init: {target} is written; {after.format(named)}")


def _checked(option: str, value: str, check: Callable[[str], str]) -> str:
    try:
        return check(value)
    except ValueError as error:
        raise UsageError(f"{option} {_shown(value)!r} {error}") from error


def _authority(source: str) -> str:
    """The blog's domain and this year: ours for good, also when the domain is somebody else's one day (RFC 4151)."""
    return tag_authority(f"{parsed(source).host or 'example.org'},{datetime.now(UTC):%Y}")


def _shown(address: str) -> str:
    """*address* without a user and a password that may stand in it: no secret is printed."""
    before, at, after = address.rpartition("@")
    return f"{before.partition('//')[0]}//{after}" if at and "//" in before else address
