"""``init`` begins a site, and ``check`` looks whether one is in order."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from solacefeed.app import App
from solacefeed.cli.options import Options, common, is_there, pass_options
from solacefeed.config import starter, warnings
from solacefeed.config.checks import source_url, tag_authority
from solacefeed.errors import MissingStore, OlderStore, UsageError
from solacefeed.files import publish_file
from solacefeed.store import migrations
from solacefeed.store.database import SOUND_WAL, sqlite_module


def add_to(root: click.Group) -> None:
    for command in (init, check):
        root.add_command(command)


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
        address = source_url(source)
        authority = _authority(address)
    except ValueError as error:
        raise UsageError(f"--source {source!r} {error}") from error
    publish_file(folder, target.name, starter(address, tag_authority=authority).encode())
    options.console.tell({"config": str(target), "tag_authority": authority})
    named = shlex.quote(str(target))
    options.console.say(f"init: {target} is written; edit [site], then: solacefeed --config {named} check")


def _authority(source: str) -> str:
    """The blog's domain and this year: ours for good, also when the domain is somebody else's one day (RFC 4151)."""
    return tag_authority(f"{urlsplit(source).hostname or 'example.org'},{datetime.now(UTC):%Y}")


@click.command
@common
@pass_options
def check(options: Options) -> None:
    """Look over config, templates and store; asks nothing of the network, and changes nothing."""
    app, console = options.app, options.console
    said = warnings(app.config)
    app.check_templates()
    found, warned = _store(app)
    said += warned
    sqlite = sqlite_module()
    if app.config.store.url.startswith("sqlite") and sqlite.sqlite_version_info < SOUND_WAL:
        said.append(
            f"SQLite {sqlite.sqlite_version} has a WAL that can lose data, so a slower rollback journal is used; "
            "install pysqlite3 where it has a wheel"
        )
    console.tell({"config": str(options.config_path), "store": found, "warnings": said})
    for line in said:
        console.say(f"check: worth a look: {line}")
    console.say(f"check: {options.config_path} and templates are in order; {found}")


def _store(app: App) -> tuple[str, list[str]]:
    """How the store stands, and what is worth a look there."""
    try:
        with app.looking() as store:
            return f"store at revision {migrations.HEAD}", [*app.moved_closings(store), *app.beside_the_store(store)]
    except MissingStore:
        return "no store yet", []
    except OlderStore as older:
        return f"store at revision {older.revision}; the next deed brings it to {migrations.HEAD}", [
            "the store is of an older release, and what the next deed makes of it no older release can read: back it up"
        ]
