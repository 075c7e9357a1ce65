"""``worker``: hands over queued mail, beside a daemon here or on another machine."""

from __future__ import annotations

from collections.abc import Callable

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.errors import UsageError


def _runs() -> Callable[..., None]:
    try:
        from solacefeed.daemon.worker import run_worker
    except ImportError as error:
        raise UsageError(f"a worker wants a library: pip install '.[postgres]' in the checkout ({error})") from error
    return run_worker


@click.command
@click.option(
    "--concurrency",
    "turns",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    metavar="N",
    help="Turns at once, each with connections of its own to relay and store.",
)
@common
@pass_options
def worker(options: Options, turns: int) -> None:
    """Hand over queued mail, until SIGTERM.

    It needs engine = "procrastinate" in [store], and runs on as many machines as you like, each with the same config,
    templates and keys. A daemon on one of them does all other deeds, and queues the mail that is due. SIGTERM or Ctrl-C
    ends it after the copies in hand, within half a minute. SIGHUP has it read config and templates again.
    """
    try:
        run_worker = _runs()
        with options.logging() as log:
            run_worker(options.app, options.read_again, log, turns=turns)
    except KeyboardInterrupt:
        # Whoever ends it may do so at any moment, and it is no failure.
        options.console.say("worker: ended before it had begun")
