"""What of deeds is trouble: they did not work, were killed, or have been silent for longer than one is patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from solacefeed.deeds.upkeep.hints import instant
from solacefeed.deeds.upkeep.status import BESIDE, DEEDS, OF_MAIL, SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.models.records import Record
from solacefeed.store import facts
from solacefeed.words import near_instant_words

#: After so long without a good look somebody should look, unless looks are meant to be rarer.
QUIET_TOO_LONG = timedelta(hours=6)

#: Of several machines another daemon takes over within seconds; a restart, and some looks, take less.
LEADERLESS_TOO_LONG = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long no good look of a deed is no trouble yet, by how often it is meant to look."""

    poll: timedelta = QUIET_TOO_LONG
    mail: timedelta = QUIET_TOO_LONG
    #: Of a site with a queue of jobs: how long nobody need lead.
    lead: timedelta = LEADERLESS_TOO_LONG

    @classmethod
    def with_looks(cls, *, poll_every: timedelta, look_every: timedelta) -> Patience:
        return cls(
            poll=max(QUIET_TOO_LONG, 3 * poll_every),
            mail=max(QUIET_TOO_LONG, 3 * look_every),
            lead=max(LEADERLESS_TOO_LONG, 3 * look_every),
        )

    def of(self, deed: str) -> timedelta:
        return self.poll if deed in ("poll", "publish") else self.mail


def failed(status: SiteStatus) -> Iterator[Trouble]:
    for deed in wanted_deeds(status):
        record = status.records.get(deed)
        if record is not None and record.ok is False and not _is_told_of_readers(status, record):
            words = f"the last {deed} did not work: {record.summary}{_how_often(record)}"
            yield Trouble(key=f"failed:{deed}", words=words, ends_by=f"a {deed} that works ends it", cause=_of(record))


def _is_told_of_readers(status: SiteStatus, record: Record) -> bool:
    """Whether it did not work by what this config forbids as well, and which is told by itself."""
    return bool(record.problems) and set(record.problems) <= set(status.people)


def killed(status: SiteStatus) -> Iterator[Trouble]:
    for deed in wanted_deeds(status):
        record = status.records.get(deed)
        if record is not None and record.ok is None and deed not in status.under_way:
            began = instant(record.started_at)
            ended = status.unkept_ends.get(deed)
            words = (
                f"the {deed} of {began} ended, and the store could not take how: {ended}"
                if ended
                else f"the {deed} of {began} was ended by force, or nothing at all could be written when it ended"
            )
            yield Trouble(
                key=f"killed:{deed}", words=words, ends_by=f"`solacefeed {deed}` takes it up again", cause=_of(record)
            )


def failed_beside(status: SiteStatus) -> Iterator[Trouble]:
    for name, words in BESIDE.items():
        record = status.beside.get(name)
        if record is not None and record.ok is False:
            said = f"{words}: {record.summary}{_how_often(record)}"
            yield Trouble(key=f"failed:{name}", words=said, ends_by="one that works ends it", cause=_of(record))


def silent(status: SiteStatus, patience: Patience) -> Iterator[Trouble]:
    """Of deeds that were done before: a site need not have all of them."""
    if status.clock != facts.LIVE:
        return
    for deed, good in status.last_good.items():
        if deed not in wanted_deeds(status):
            continue
        record = status.records[deed]
        if record.ok is not False and deed not in status.under_way and status.now - good > patience.of(deed):
            words = f"no {deed} has worked since {near_instant_words(good, status.now)}"
            ends_by = "the next that works ends it: is the daemon or cron running?"
            yield Trouble(key=f"silent:{deed}", words=words, ends_by=ends_by, cause=good.isoformat())


def leaderless(status: SiteStatus, patience: Patience) -> Iterator[Trouble]:
    """Where deeds are a daemon's of several, and none leads."""
    last = max((each.ended_at or each.started_at for each in status.records.values()), default=None)
    if status.queue is None or status.leader or status.clock != facts.LIVE or last is None:
        return
    if status.now - last > patience.lead:
        yield Trouble(
            key="leaderless",
            words=f"no daemon leads, and no deed was done since {instant(last)}",
            ends_by="begin one: `systemctl start solacefeed`, or `solacefeed daemon`",
        )


def wanted_deeds(status: SiteStatus) -> tuple[str, ...]:
    """The deeds that this site has."""
    return deeds_wanted(has_digests=bool(status.digests), has_forms=status.has_forms)


def deeds_wanted(*, has_digests: bool, has_forms: bool) -> tuple[str, ...]:
    """Without a digest there is no mail, and what once became of it is no trouble."""
    without = OF_MAIL if not has_digests else () if has_forms else ("answer",)
    return tuple(deed for deed in DEEDS if deed not in without)


def _of(record: Record) -> str:
    return f"record {record.id}"


def _how_often(record: Record) -> str:
    return f" ({record.times} times since {instant(record.started_at)})" if record.times > 1 else ""
