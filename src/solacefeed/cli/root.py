"""The root of the command line: the options that every command takes, before its name or after it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click

from solacefeed.app import App
from solacefeed.cli.saying import Voice
from solacefeed.config import Config, load

CONFIG = Path("config.toml")

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Wishes:
    """What the options asked for, wherever they stood."""

    config_path: Path = CONFIG
    as_of: datetime | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: int = 0

    @cached_property
    def config(self) -> Config:
        return load(self.config_path, environ=os.environ)

    @cached_property
    def voice(self) -> Voice:
        return Voice(as_json=self.as_json, quiet=self.quiet)

    @cached_property
    def app(self) -> App:
        folder = self.config_path.resolve().parent
        return App(self.config, as_of=self.as_of or self.config.as_of, folder=folder)

    @cached_property
    def moment(self) -> datetime:
        """The instant to look at: ``--as-of`` works anywhere for looking."""
        return self.app.clock()


pass_wishes = click.make_pass_decorator(Wishes, ensure=True)


class Instant(click.ParamType[datetime]):
    """``2012-06-04T08:00+01:00``: an instant has its offset, for a bare local time means nothing without a place."""

    name = "INSTANT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant, such as 2012-06-04T08:00+01:00", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset: write {value}Z or {value}+01:00", param, ctx)
        return instant.astimezone(UTC)


def _wish(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def take(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value not in (None, False, 0):
            setattr(ctx.ensure_object(Wishes), name, value)

    return take


def common(command: Command) -> Command:
    """Gives *command* the options that all have."""
    options = (
        click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="The config to use.  [default: config.toml]",
            **_hidden("config_path"),
        ),
        click.option("--as-of", type=Instant(), help="The instant to take for now.", **_hidden("as_of")),
        click.option("--json", is_flag=True, help="Say it for programs.", **_hidden("as_json")),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.", **_hidden("quiet")),
        click.option("-v", "--verbose", count=True, help="Say more; twice: all.", callback=_listen, expose_value=False),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _hidden(name: str) -> dict[str, Any]:
    return {"callback": _wish(name), "expose_value": False}


def _listen(ctx: click.Context, _param: click.Parameter, value: int) -> None:
    if value:
        ctx.ensure_object(Wishes).verbose = value
        logging.basicConfig(format="%(name)s: %(message)s", level=logging.INFO if value == 1 else logging.DEBUG)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@common
@click.version_option(version("solacefeed"), prog_name="solacefeed")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Feeds and email digests for a WordPress blog."""
    if ctx.invoked_subcommand is None:
        click.echo(_what_next(ctx.ensure_object(Wishes)))


def _what_next(wishes: Wishes) -> str:
    if wishes.config_path.exists():
        return (
            f"{wishes.config_path} is here. What next?\n"
            "  solacefeed run       poll the blog, publish feeds, prepare and deliver what is due\n"
            "  solacefeed status    what stands, and what to do\n"
            "  solacefeed --help    every command"
        )
    return (
        f"There is no {wishes.config_path} here. What next?\n"
        "  solacefeed init DIR --source https://blog.example.org    begin a new site in DIR\n"
        "  solacefeed --config FILE status                          look at one that stands elsewhere\n"
        "  solacefeed --help                                        every command"
    )
