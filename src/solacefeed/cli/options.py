"""The options that every command takes, before its name or after it, and the kinds of values that commands take.

It loads click and nothing of ours but errors: the config, the app and the console come when a command asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from solacefeed.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from solacefeed.app import App
    from solacefeed.cli.console import Console
    from solacefeed.config import Config
    from solacefeed.logs import Log
    from solacefeed.store.config_read import ConfigRead

CONFIG = "config.toml"

#: Years in which a closing before and one after can be told; the calendar's ends are near no blog.
YEARS = range(1900, 3000)

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Options:
    """What the options asked for, wherever they stood."""

    config_file: str = CONFIG
    as_of: datetime | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: int = 0

    @cached_property
    def config_path(self) -> Path:
        from pathlib import Path

        return Path(self.config_file)

    @cached_property
    def config(self) -> Config:
        from solacefeed.config import load

        # Before: what is changed meanwhile is seen to be another.
        _ = self._read
        return load(self.config_path, environ=os.environ)

    @cached_property
    def _read(self) -> ConfigRead | None:
        from solacefeed.config import content_known_by
        from solacefeed.store.config_read import ConfigRead

        content = content_known_by(self.config_path)
        return ConfigRead.of(self.config_path, content, datetime.now(UTC)) if content else None

    @cached_property
    def console(self) -> Console:
        from solacefeed.cli.console import Console

        return Console(as_json=self.as_json, quiet=self.quiet, bars=not self.verbose)

    @contextmanager
    def logging(self) -> Iterator[Log]:
        """Where what runs for good says what happens; whatever is logged meanwhile goes there, too."""
        from solacefeed.logs import fitting, records_taken

        said = self.config.log
        level = "debug" if self.verbose else "warning" if self.quiet else said.level
        log = fitting("json" if self.as_json else said.format, level, say=self.console.pour, environ=os.environ)
        with records_taken(log, level, small_steps=self.verbose > 1):
            yield log

    def glance_again(self) -> Config:
        """The config as it stands now, which nothing goes by yet; raises as ``config`` does."""
        return Options(config_file=self.config_file, as_of=self.as_of).config

    def read_again(self) -> App:
        """The app as the config wants it now; raises as ``config`` and ``app`` do."""
        return Options(config_file=self.config_file, as_of=self.as_of).app

    @cached_property
    def app(self) -> App:
        from solacefeed.app import App

        as_of = self.as_of or self.config.as_of
        if as_of and as_of.year not in YEARS:
            raise UsageError(f"as_of {as_of.isoformat()} is no instant of a blog: take one from 1900 to 2999")
        return App(self.config, as_of=as_of, folder=self.config_path.resolve().parent, read=self._read)

    @cached_property
    def moment(self) -> datetime:
        """The instant to look at: ``--as-of`` works anywhere for looking."""
        return self.app.clock()


#: For lists that can be long.
MOST = click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows at most.")

pass_options = click.make_pass_decorator(Options, ensure=True)


class InstantParam(click.ParamType[datetime]):
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


def _is_instant(value: str) -> bool:
    """Whether it is one, with its offset or without."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


class MomentParam(click.ParamType[date]):
    """``2027-04-13``, which means all day, or an instant."""

    name = "DAY|INSTANT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            if not _is_instant(value):
                self.fail(f"{value!r} is no day, such as 2027-04-13, and no instant, as 2027-04-13T08:00Z", param, ctx)
            return InstantParam().convert(value, param, ctx)


class DurationParam(click.ParamType[timedelta]):
    """``10m``: as the config writes how long something takes."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from solacefeed.config.checks import duration

        try:
            return duration(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class WebAddressParam(click.ParamType[str]):
    """``https://events.example.org/summit``."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from solacefeed.config.checks import http_url

        try:
            return http_url(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class SlugsParam(click.ParamType[tuple[str, ...]]):
    """``housing,education``: at least one slug."""

    name = "A,B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        slugs = tuple(filter(None, map(str.strip, value.split(","))))
        if not slugs:
            self.fail("names no category; leave it out for everything", param, ctx)
        return slugs


def _taking(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def take(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value not in (None, False, 0):
            setattr(ctx.ensure_object(Options), name, value)

    return take


def common(command: Command) -> Command:
    """Gives *command* the options that all have."""
    options = (
        click.option(
            "--config",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="The config to use.  [default: config.toml]",
            **_hidden("config_file"),
        ),
        click.option(
            "--as-of",
            type=InstantParam(),
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
    return {"callback": _taking(name), "expose_value": False}


def _listen(ctx: click.Context, _param: click.Parameter, value: int) -> None:
    if value:
        import logging

        from solacefeed.cli.complaints import NamelessFormatter

        ctx.ensure_object(Options).verbose = value
        # Libraries stay at their warnings: their small steps would name tokens and addresses.
        logging.basicConfig()
        for handler in logging.getLogger().handlers:
            handler.setFormatter(NamelessFormatter("%(name)s: %(message)s"))
        logging.getLogger("solacefeed").setLevel(logging.INFO if value == 1 else logging.DEBUG)


def is_there(path: Path) -> bool:
    """Whether something stands at *path*; raises ``UsageError`` where nobody may look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UsageError(f"{path} can't be looked at: {error.strerror}") from error
    return True


class LeadingGroup(click.Group):
    """Of a word that is no command it says which commands have an option of that name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            option = f"--{args[0]}"
            meant = [
                f"`{ctx.command_path} {name} {option}`"
                for name, command in self.commands.items()
                if any(option in each.opts for each in command.params)
            ]
            if not meant:
                raise
            raise click.UsageError(f"there is no command {args[0]}; did you mean {' or '.join(meant)}?", ctx) from error
