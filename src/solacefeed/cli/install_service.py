"""``install-service``: what makes a service of a site, for systemd; it writes nothing by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.errors import UsageError
from solacefeed.service_units import Layout, files, script

_USUAL = Layout()


def _own_program() -> str:
    """The command that runs now, by the path that it was called by."""
    called = Path(sys.argv[0])
    return str(called.absolute()) if called.name == "solacefeed" and called.is_file() else _USUAL.program


@click.command
@click.option("--print", "prints", is_flag=True, help="Print it: nothing else is done.")
@click.option("--user", default=_USUAL.user, show_default=True, help="Who shall do the deeds; made where it is not.")
@click.option("--dir", "folder", default=_USUAL.folder, show_default=True, help="The folder of config.toml.")
@click.option("--program", default=None, metavar="PATH", help="What the service calls.  [default: this solacefeed]")
@click.option("--timer", is_flag=True, help="Let a timer do the deeds every quarter of an hour, instead of the daemon.")
@common
@pass_options
def install_service(options: Options, prints: bool, user: str, folder: str, program: str | None, timer: bool) -> None:
    """Print what makes a service: units for systemd, its user and its folders.

    It is a script that root's shell can do as it stands, once you have read it.

    \b
    Example:
      solacefeed install-service --print --dir /srv/solacefeed | sudo sh
    """
    if not prints:
        raise UsageError("install-service writes nothing by itself: say --print, read it, and give it to root's shell")
    at = Layout(user=user, folder=folder.rstrip("/") or "/", program=program or _own_program())
    options.console.tell({"files": files(at, timer=timer)})
    if not options.as_json:
        options.console.pour(script(at, timer=timer))
