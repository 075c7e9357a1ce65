"""Whether a site does what it is there for: asked by a load balancer or a monitor, every few seconds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from solacefeed.deeds.upkeep.deed_troubles import Patience
from solacefeed.errors import StoreError
from solacefeed.store import facts, migrations, records
from solacefeed.store.database import Store
from solacefeed.store.locks import holder
from solacefeed.store.trouble import trouble_told
from solacefeed.store.writable import why_not_writable
from solacefeed.words import near_instant_words


def why_not_ready(
    store: Store, now: datetime, *, folder: Path, deeds: Collection[str], patience: Patience
) -> tuple[str, ...]:
    """Why the site is not ready, a line each without names or paths; nothing where it is.

    Of *deeds* each is to have worked within its *patience*. Nothing is written, and no large table is read.
    """
    try:
        with trouble_told(store.file):
            migrations.require_newest(store.engine)
        amiss = why_not_writable(store)
        silent = _silent(store, now, deeds, patience)
    except StoreError:
        return ("the store can't be read, or is not of this release",)
    unkept = [f"what became of {deed} could not be written down" for deed in sorted(store.unkept)]
    found = [*([amiss] if amiss else []), *unkept, *silent]
    if not folder.is_dir():
        found.append("nothing is published: the feeds' folder is not there")
    return tuple(found)


def _silent(store: Store, now: datetime, deeds: Collection[str], patience: Patience) -> list[str]:
    """Of deeds that were done before, as in ``status``; what a deed fails at is no silence, but a trouble there."""
    with store.read() as connection:
        if facts.read(connection, facts.CLOCK) != facts.LIVE:
            return []
        latest = {deed: record for deed in deeds if (record := records.latest(connection, deed))}
    ended = {deed: record.ended_at or record.started_at for deed, record in latest.items()}
    quiet = [deed for deed, at in ended.items() if now - at > patience.of(deed)]
    return [f"no {deed} since {near_instant_words(ended[deed], now)}" for deed in quiet if not holder(store, deed)]
