"""``try``: what is understood of any blog, as a page; nothing is mailed, and nothing of it is kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solacefeed.cli.console import from_here
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.config.starter import typed_source
from solacefeed.errors import ConfigError, SolacefeedError, SourceError, UsageError
from solacefeed.scratch import scratch_folder
from solacefeed.signals import Orders, broken_off_by_signals, ordered_by_signals
from solacefeed.words import counted

if TYPE_CHECKING:
    from solacefeed.tryout import Tryout

LOOPBACK = "127.0.0.1"
#: What folders are called that are not kept.
PREFIX = "solacefeed-try-"


@click.command("try")
@click.argument("url", metavar="URL")
@click.option(
    "--posts",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    help="How many of its newest are read.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where the page is served, on this machine alone.  [default: any]",
)
@click.option(
    "--once",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the page into DIR, which is new or empty, and end.",
)
@common
@pass_options
def try_(options: Options, url: str, posts: int, port: int | None, folder: Path | None) -> None:
    """Show what is understood of a blog, as a page; nothing is mailed or kept.

    Its newest posts are read, over WordPress's API, a feed or its pages; its feeds are published and its digests
    previewed in a temporary folder, and the page that shows all of it is served on this machine until Ctrl-C. No config
    is needed, and none is looked at.

    \b
    Examples:
      solacefeed try https://blog.example.org
      solacefeed try sample:
      solacefeed try blog.example.org --posts 30 --once /tmp/blog
    """
    address = _checked(url)
    if folder is not None:
        if port is not None:
            raise UsageError("--once serves nothing; leave out --port")
        _once(options, address, posts, folder)
    else:
        _serve(options, address, posts, port)


def _checked(url: str) -> str:
    """The blog's address."""
    try:
        return typed_source(url)
    except ValueError as error:
        raise UsageError(f"{url!r} {error}") from error


def _once(options: Options, url: str, posts: int, folder: Path) -> None:
    from solacefeed.tryout import INDEX, SOMEWHERE

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name a new folder")
    with _broken_off_by_signals(), scratch_folder(PREFIX) as work:
        made = _made(options, url, posts, SOMEWHERE, folder=folder, work=work)
    _tell(options, made, str(folder / INDEX))
    options.console.say(f"     open {from_here(folder / INDEX)} in a browser")


def _serve(options: Options, url: str, posts: int, port: int | None) -> None:
    from solacefeed.tryout import FEEDS
    from solacefeed.web.server import port_of, serving_on

    with _broken_off_by_signals(), scratch_folder(PREFIX) as work, _listening(port) as listener:
        address = f"http://{LOOPBACK}:{port_of(listener)}"
        # Who opens it at once waits there until the page is made.
        options.console.say(f"try: {address}/ shows {url} as soon as it is read; Ctrl-C ends it, and nothing is kept")
        site = work / "site"
        made = _made(options, url, posts, f"{address}/{FEEDS}", folder=site, work=work)
        from solacefeed.composition.tryout import tryout_application

        served = tryout_application(made.site, made.page, made.html, made.editions, feeds=site / FEEDS)
        with Orders() as orders, ordered_by_signals(orders.give), serving_on(listener, served):
            _tell(options, made, f"{address}/")
            orders.next(None)
    options.console.say("try: ended; nothing is kept")


@contextmanager
def _broken_off_by_signals() -> Iterator[None]:
    try:
        with broken_off_by_signals():
            yield
    except KeyboardInterrupt:
        raise SolacefeedError("broken off; nothing is kept") from None


def _listening(port: int | None) -> socket.socket:
    from solacefeed.web.server import listening

    try:
        return listening(f"{LOOPBACK}:{port or 0}")
    except ConfigError as error:
        raise UsageError(str(error).replace("[web] listen:", "--port:")) from error


def _made(options: Options, url: str, posts: int, base_url: str, *, folder: Path, work: Path) -> Tryout:
    from solacefeed.tryout import TryoutSettings, try_out

    with options.console.progress("reading") as advance, _in_words_of_this():
        return try_out(
            TryoutSettings(
                url=url,
                posts=posts,
                folder=folder.absolute(),
                work=work,
                base_url=base_url,
                as_of=options.as_of,
                on_batch=advance,
            )
        )


#: What errors tell somebody to do who has a config, and what it is for one who has none.
_ADVICE = {
    "write its new address into the configuration": "try that address",
    "write the address itself into the configuration": "try the address itself",
    "write its address into [source] url, else choose another [source] kind": "try its address",
    "if that is the blog's own address, write it into [source] url": "if that is the blog's own address, try that",
}


@contextmanager
def _in_words_of_this() -> Iterator[None]:
    """Says what did not work as somebody reads it who has no config to write anything into."""
    try:
        yield
    except SourceError as error:
        words = str(error)
        for before, instead in _ADVICE.items():
            words = words.replace(before, instead)
        raise SourceError(words) from error


def _tell(options: Options, made: Tryout, where: str) -> None:
    told = made.report
    counts = {
        "posts": len(told.posts),
        "categories": len(told.categories),
        "events": len(told.events),
        "digests": len(made.editions),
        "set aside": len(told.quarantined),
    }
    options.console.tell({"page": where, "counts": counts, "source": told.found, "feeds": made.published.feeds})
    options.console.say(
        f"try: {counted(counts['posts'], 'post')}, {counted(counts['categories'], 'category', 'categories')}, "
        f"{counted(counts['events'], 'event')}, {counted(counts['digests'], 'digest')} previewed, "
        f"{counts['set aside']} set aside"
    )
