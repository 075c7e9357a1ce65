"""The root of the command line: the options that every command takes, before its name or after it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click

from solacefeed.app import App
from solacefeed.cli.console import Console
from solacefeed.config import Config, load
from solacefeed.config.checks import http_url
from solacefeed.errors import UsageError

CONFIG = Path("config.toml")

#: Years in which a closing before and one after can be told; the calendar's ends are near no blog.
YEARS = range(1900, 3000)

#: The commands in the order in which a site needs them, as ``--help`` lists them.
SECTIONS = {
    "Begin": ("init", "check", "redirects"),
    "Do": ("run", "daemon", "poll", "publish", "prepare", "deliver"),
    "Look": ("status", "preview", "posts", "events", "editions", "deliveries"),
    "Decide": ("subscribers", "digests", "clock"),
}

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Options:
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
    def console(self) -> Console:
        return Console(as_json=self.as_json, quiet=self.quiet, bars=not self.verbose)

    @cached_property
    def app(self) -> App:
        as_of = self.as_of or self.config.as_of
        if as_of and as_of.year not in YEARS:
            raise UsageError(f"as_of {as_of.isoformat()} is no instant of a blog: take one from 1900 to 2999")
        return App(self.config, as_of=as_of, folder=self.config_path.resolve().parent)

    @cached_property
    def moment(self) -> datetime:
        """The instant to look at: ``--as-of`` works anywhere for looking."""
        return self.app.clock()


pass_options = click.make_pass_decorator(Options, ensure=True)


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
            local = instant.isoformat(timespec="minutes")
            self.fail(f"{value!r} has no offset: write {local}Z or {local}+01:00", param, ctx)
        try:
            return instant.astimezone(UTC)
        except OverflowError:
            self.fail(f"{value!r} is beyond the calendar", param, ctx)


class Moment(click.ParamType[date]):
    """``2027-04-13``, which means all day, or an instant."""

    name = "DAY|INSTANT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return Instant().convert(value, param, ctx)


class WebAddress(click.ParamType[str]):
    """``https://events.example.org/summit``."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return http_url(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class Slugs(click.ParamType[tuple[str, ...]]):
    """``housing,education``: at least one slug."""

    name = "A,B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        slugs = tuple(filter(None, map(str.strip, value.split(","))))
        if not slugs:
            self.fail("names no category; leave it out for everything", param, ctx)
        return slugs


def _wish(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def take(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value not in (None, False, 0):
            setattr(ctx.ensure_object(Options), name, value)

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
        click.option(
            "--as-of",
            type=Instant(),
            help="Take this for now, such as 2026-11-23T08:00Z; deeds then want a store for rehearsals.",
            **_hidden("as_of"),
        ),
        click.option("--json", is_flag=True, help="Answer in JSON, for programs.", **_hidden("as_json")),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.", **_hidden("quiet")),
        click.option(
            "-v",
            "--verbose",
            count=True,
            help="Tell on stderr what is asked, written and handed over; -vv also the small steps.",
            callback=_listen,
            expose_value=False,
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _hidden(name: str) -> dict[str, Any]:
    return {"callback": _wish(name), "expose_value": False}


def _listen(ctx: click.Context, _param: click.Parameter, value: int) -> None:
    if value:
        ctx.ensure_object(Options).verbose = value
        # Libraries stay at their warnings: their small steps would name tokens and addresses.
        logging.basicConfig(format="%(name)s: %(message)s")
        logging.getLogger("solacefeed").setLevel(logging.INFO if value == 1 else logging.DEBUG)


def keep_libraries_quiet() -> None:
    """Lets what libraries warn of stand in the log, which ``-v`` shows: an operator can do nothing about it.

    What they call an error is shown all the same, and so is all that we say ourselves.
    """
    logging.captureWarnings(True)
    # The handler of records that nobody asked for.
    if logging.lastResort:
        logging.lastResort.addFilter(_is_pressing)


def _is_pressing(record: logging.LogRecord) -> bool:
    return record.name.startswith("solacefeed") or record.levelno >= logging.ERROR


class Root(click.Group):
    """Lists its commands under the headings of ``SECTIONS``."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        listed = {name for names in SECTIONS.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        for heading, names in {**SECTIONS, "More": others}.items():
            there = [(name, command) for name in names if (command := self.get_command(ctx, name))]
            if there:
                with formatter.section(heading):
                    formatter.write_dl([(name, command.get_short_help_str(limit=80)) for name, command in there])


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@common
@click.version_option(version("solacefeed"), prog_name="solacefeed", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Feeds and email digests for a WordPress blog.

    Every command takes the options below, before its name or after it, and works on the config.toml of the folder in
    which it is called. Exit codes: 0 done, 1 it did not work, 2 the config or the command is not right.
    """
    if ctx.invoked_subcommand is None:
        click.echo(_what_next(ctx.ensure_object(Options)))


def is_there(path: Path) -> bool:
    """Whether something stands at *path*; raises ``UsageError`` where nobody may look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UsageError(f"{path} can't be looked at: {error.strerror}") from error
    return True


def _what_next(options: Options) -> str:
    if is_there(options.config_path):
        return (
            f"{options.config_path} is here. What next?\n"
            "  solacefeed run       poll the blog, publish feeds, prepare and deliver what is due\n"
            "  solacefeed status    what stands, and what to do\n"
            "  solacefeed --help    every command"
        )
    return (
        f"There is no {options.config_path} here. What next?\n"
        "  solacefeed init DIR --source https://blog.example.org    begin a new site in DIR\n"
        "  solacefeed --config FILE status                          look at one that stands elsewhere\n"
        "  solacefeed --help                                        every command"
    )
