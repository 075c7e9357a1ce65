"""What of keeping a store is trouble: it can't be written, was copied or restored, or no backup was made in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solacefeed.deeds.upkeep.hints import instant
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.store.home import ADOPT

#: By how much a backup may be late: a daemon that was ended for a night is no trouble.
_PATIENCE = timedelta(hours=12)


def read_only(status: SiteStatus) -> Iterator[Trouble]:
    if why := status.no_writes:
        yield Trouble(key="read-only", words=f"no deed can be done: {why.words}", ends_by=why.to_do)


def not_at_home(status: SiteStatus) -> Iterator[Trouble]:
    if status.backups.not_at_home:
        words = f"no mail leaves: {status.backups.not_at_home}"
        yield Trouble(key="home", words=words, ends_by=ADOPT, cause=status.backups.not_at_home)


def gap_in_log(status: SiteStatus) -> Iterator[Trouble]:
    if log := status.backups.log_with_gap:
        words = f"what the relay took, or who left, could not be written into {log}: an older store would lack it"
        ends_by = "a line that can be written ends it: is the disk full, and whose is the file?"
        yield Trouble(key="home-log", words=words, ends_by=ends_by)


def no_backup(status: SiteStatus) -> Iterator[Trouble]:
    every, last, good = status.backups.every, status.backups.last, status.backups.last_good
    if every is None:
        return
    known = f"the last good one is of {instant(good)}" if good else "there is none yet"
    if last is not None and last.ok is False:
        words = f"the store could not be backed up: {last.summary}; {known}"
        yield Trouble(key="backup", words=words, ends_by="the next one that works ends this", cause=last.summary)
    elif status.clock and (good is None or status.now - good > 2 * every + _PATIENCE):
        ends_by = "`solacefeed backup` makes one, as do the daemon and `solacefeed run`"
        yield Trouble(key="backup", words=f"no backup was made when it was time: {known}", ends_by=ends_by)
