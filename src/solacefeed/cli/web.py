"""``web``: our pages and the published documents, served without the daemon's deeds."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.web_snippet import snippet
from solacefeed.config.checks import listen as checked
from solacefeed.errors import SolacefeedError, UsageError

if TYPE_CHECKING:
    from solacefeed.app import App
    from solacefeed.logs import Log
    from solacefeed.signals import Order, Orders
    from solacefeed.store.database import Store

#: Seconds between two looks whether somebody has left, as often as the daemon has them.
_LEAVERS_EVERY = 3.0


@click.group(invoke_without_command=True)
@click.option("--listen", metavar="HOST:PORT", help="Serve there, whatever [web] listen says.")
@common
@pass_options
@click.pass_context
def web(ctx: click.Context, options: Options, listen: str | None) -> None:
    """Serve our pages and the published documents, until SIGTERM.

    It does no deed, and runs beside the daemon or cron: the daemon serves the same by itself where [web] listen is set,
    unless it is told not to (--no-pages).
    """
    if ctx.invoked_subcommand is None:
        _serve(options, listen)


def _serve(options: Options, listen: str | None) -> None:
    from solacefeed.composition.pages import served
    from solacefeed.daemon.service_manager import ServiceManager
    from solacefeed.signals import Orders, ordered_by_signals
    from solacefeed.store.config_read import noted_while_it_runs

    app = options.app
    if app.rehearsed:
        raise UsageError("our pages live by the real clock: take as_of out of the config, or --as-of off the command")
    if app.config.web.base_url is None:
        raise UsageError(
            "[web] base_url is missing, and every link to our pages is made of it: write it into the config"
        )
    if listen is None and app.config.web.listen is None:
        raise UsageError('[web] listen is missing: write listen = "127.0.0.1:8025", or say --listen HOST:PORT')
    manager = ServiceManager.of(os.environ, os.getpid())
    ended = threading.Event()
    with (
        options.logging() as log,
        app.store() as store,
        Orders() as orders,
        ordered_by_signals(partial(_give, orders, ended)),
    ):
        # What keeps the main thread from hearing the order may be a wait for the store.
        store.lock_wait.end_with(ended.is_set)
        app.settle_clock(store)
        with served(app, store, listen=_checked(listen)) as pages, noted_while_it_runs(store, "web", app.read):
            ours = dict.fromkeys((app.config.web.base_url, app.config.site.base_url))
            words = f"serves {' and '.join(map(str, ours))} on {pages.where}"
            words += f", tells how it stands on {pages.apart}" if pages.apart else ""
            log.news("web", f"web: {words}")
            manager.ready(words)
            _keep_leavers(app, store, log, orders)
            log.news("web", "web: ending")
            manager.stopping("ends after the answers that are under way")
        # Also who left while it ended.
        _note_leavers(app, store, log, "")
    log.news("web", "web: ended")


def _give(orders: Orders, ended: threading.Event, order: Order) -> None:
    ended.set()
    orders.give(order)


def _keep_leavers(app: App, store: Store, log: Log, orders: Orders) -> None:
    """Until it is to end, who leaves by a page is written beside the store within seconds, should that be lost.

    A daemon beside it does that itself.
    """
    told = ""
    while orders.next(_LEAVERS_EVERY) is None:
        told = _note_leavers(app, store, log, told)


def _note_leavers(app: App, store: Store, log: Log, told: str) -> str:
    """What is amiss, which is *told* once."""
    from solacefeed.store.locks import DAEMON, holder

    try:
        if holder(store, DAEMON) is not None:
            return told
        amiss = "; ".join(app.backups.note_people(store))
    except SolacefeedError as error:
        amiss = str(error)
    if amiss and amiss != told:
        log.trouble("home-log", amiss)
    return amiss


def _checked(listen: str | None) -> str | None:
    try:
        return None if listen is None else checked(listen)
    except ValueError as error:
        raise UsageError(f"--listen {listen}: {error}") from error


web.add_command(snippet)
