"""``status`` and ``check``: what status, and what a person should do about it."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solacefeed.cli.options import Options
from solacefeed.deeds.delivering.pace_status import PaceStatus
from solacefeed.deeds.people.category_moves import LeftWithout
from solacefeed.deeds.people.digests import HalfEnded
from solacefeed.deeds.upkeep import hints
from solacefeed.deeds.upkeep.backup_status import BackupStatus
from solacefeed.deeds.upkeep.clock_check import ClockState
from solacefeed.deeds.upkeep.deed_troubles import Patience
from solacefeed.deeds.upkeep.disk_room import DiskRoom
from solacefeed.deeds.upkeep.edition_status import EditionOutcome, SettledEdition
from solacefeed.deeds.upkeep.outlook import AudienceCount, OverdueEdition, SiteOutlook
from solacefeed.deeds.upkeep.outlook_troubles import HINTS_OF_OUTLOOK
from solacefeed.deeds.upkeep.status import DigestStatus, SiteStatus
from solacefeed.deeds.upkeep.trouble import ACKNOWLEDGE
from solacefeed.deeds.upkeep.troubles import CONCERNS, Judgement, acknowledged, judgement, line
from solacefeed.models.canaries import Canary, CanaryState
from solacefeed.models.editions import BY_OPERATOR, Edition, EditionState, Period
from solacefeed.models.people import ReaderComplaint
from solacefeed.models.records import PROBLEMS, Record
from solacefeed.stable import stable_hash
from solacefeed.store import config_read, records
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import open_store
from solacefeed.store.digests import ServedDigest
from solacefeed.store.instants import Ahead
from solacefeed.store.job_tables import QueueStanding
from solacefeed.store.locks import DAEMON, only_one
from solacefeed.store.outbox import OutboxStanding
from solacefeed.store.unkept_ends import UnkeptEnds
from solacefeed.store.writable import NoWrites
from tests.cli.prompt import PEOPLE, WEEKLY, Said, at, rehearsed, set_line, well
from tests.support.blog import faults
from tests.support.blog.server import Serving
from tests.support.site import Site

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def a_record(
    deed: str,
    *,
    ok: bool | None = True,
    summary: str = "",
    times: int = 1,
    problems: Sequence[str] = (),
    **counts: int,
) -> Record:
    return Record(
        id=1,
        deed=deed,
        started_at=NOW,
        ended_at=NOW,
        ok=ok,
        summary=summary or deed,
        counts=counts,
        said={PROBLEMS: "\n".join(problems)} if problems else {},
        times=times,
    )


def a_digest(**deliveries: int) -> DigestStatus:
    return DigestStatus(key="weekly", name="weekly", next_closing=NOW, last_edition=None, deliveries=deliveries)


def an_edition(*, deferred: int = 0, answer: str | None = None, hours: float = 1, **copies: int) -> EditionOutcome:
    since = NOW - timedelta(hours=hours)
    return EditionOutcome(id=EDITION, due_since=since, copies=copies, deferred=deferred, answer=answer)


def a_canary(waits: timedelta = timedelta(minutes=35)) -> Canary:
    return Canary(
        edition_id=EDITION,
        copies=60,
        state=CanaryState.OUT,
        begun_at=NOW - timedelta(hours=1),
        went_at=NOW - timedelta(minutes=10),
        waits_until=NOW + waits,
    )


def a_paused_edition() -> Edition:
    return Edition(
        id=EDITION,
        digest="weekly",
        period=Period(starts=NOW - timedelta(days=7), ends=NOW),
        state=EditionState.PAUSED,
        reason="the relay refuses us",
        prepared_at=NOW,
    )


def an_outbox(*, waits_since: datetime | None = None, answer: str | None = None, **states: int) -> OutboxStanding:
    return OutboxStanding(states=states, waits_since=waits_since, answer=answer)


def a_disk(*, free: int) -> DiskRoom:
    return DiskRoom(holds="the store", free=free, size=2 * 10**10)


def a_complaint(*, due: datetime) -> ReaderComplaint:
    return ReaderComplaint(id=7, subscriber_id=1, digest=None, words="", at=NOW, due=due, answered_at=None)


def a_calendar(*, trouble: str | None) -> CalendarNotes:
    return CalendarNotes(name="events", address="https://events.example.org/", asked_at=NOW, trouble=trouble)


def a_waiting_edition(*, closes_in: timedelta, state: EditionState = EditionState.DRAFT) -> Edition:
    closes = NOW + closes_in
    return replace(
        a_paused_edition(), state=state, reason=None, period=Period(starts=closes - timedelta(days=7), ends=closes)
    )


def a_settled_edition(*, copies: int | None) -> SettledEdition:
    leaves = NOW + timedelta(days=1)
    return SettledEdition(id=EDITION, digest="weekly", leaves_at=leaves, copies=copies)


def a_status(*records: Record, **other: Any) -> SiteStatus:
    """A live site on which all is well, but for what is said of it."""
    well_done = {deed: a_record(deed) for deed in ("poll", "publish", "prepare", "deliver")}
    status = SiteStatus(
        troubled={},
        pings=0,
        now=NOW,
        source="https://blog.example.org",
        clock="live",
        crawled=True,
        records=well_done | {record.deed: record for record in records},
        last_good_poll=NOW,
        last_good=dict.fromkeys(well_done, NOW),
        under_way={},
        beside={},
        posts={"published": 3},
        feeds=2,
        feeds_changed=NOW,
        digests=(a_digest(accepted=2),),
        subscriptions={"confirmed": 2},
        subscribers=2,
        deliveries={"accepted": 2},
        editions=(an_edition(accepted=2),),
        relay_lost=0,
        left_out=0,
        held=0,
        quarantined=0,
        acknowledged={},
    )
    return replace(status, **other)


def silent(deed: str, hours: float) -> dict[str, datetime]:
    return {**a_status().last_good, deed: NOW - timedelta(hours=hours)}


EDITION = "weekly/2026-11-23"
A_HALF_ENDED_DIGEST = HalfEnded(
    digest=ServedDigest(key="weekly", name="weekly", title=None, ended_at=NOW), subscriptions=6000, copies=1
)
AUTH_WITHOUT_ADDRESS = "AUTH answered 535 5.7.8 bad credentials for <...>"
AUTH = f"relay.example.org:587: {AUTH_WITHOUT_ADDRESS.replace('<...>', '<ann@example.org>')}"


def an_audience(*, before: int, now: int) -> AudienceCount:
    return AudienceCount(digest="weekly", edition_id=EDITION, before=before, now=now)


def outlook(**said: Any) -> SiteStatus:
    return a_status(editions=(an_edition(accepted=900),), outlook=SiteOutlook(**said))


A_DUE_EDITION = OverdueEdition(id=EDITION, closed_at=NOW, state=None)
A_DISK = DiskRoom(holds="the store and feeds", free=90_000_000, size=50_000_000_000)

TROUBLES = [
    (
        "read-only",
        a_status(no_writes=NoWrites(words="PostgreSQL is a standby there", to_do="name its primary in [store] url")),
        "no deed can be done: PostgreSQL is a standby there; name its primary in [store] url",
    ),
    (
        f"not-done:{EDITION}",
        outlook(not_done=(A_DUE_EDITION,)),
        f"{EDITION} closed on 2026-11-23 08:00 UTC, and is not made; `solacefeed prepare` makes it",
    ),
    (
        f"not-done:{EDITION}",
        outlook(not_done=(OverdueEdition(id=EDITION, closed_at=NOW, state=EditionState.PREPARING),)),
        f"{EDITION} closed on 2026-11-23 08:00 UTC, and is preparing; `solacefeed prepare` makes it",
    ),
    (
        "audience-jump:weekly",
        outlook(audiences=(an_audience(before=100, now=70),)),
        f"weekly has 70 readers, and had 100 when {EDITION} was made; look at `solacefeed subscribers list",
    ),
    (
        f"called-spam:{EDITION}",
        outlook(complaints={EDITION: 3}),
        f"3 of 900 copies of {EDITION} were called spam: above 0.3 % large providers take no more mail from you; `sol",
    ),
    (
        "disk:store-and-feeds",
        a_status(disks=(A_DISK,)),
        "the disk of the store and feeds has 90 MB free; make room there",
    ),
    (
        "disk:feeds",
        a_status(disks=(replace(A_DISK, holds="feeds", free=10**12, takes_files=False),)),
        "the disk of feeds has no room for one more file; make room there",
    ),
    (
        "disk:feeds",
        a_status(disks=(replace(A_DISK, holds="feeds", free=900_000_000),)),
        "the disk of feeds has 900 MB free; make room there",
    ),
    (
        "certificate:https://feeds.example.org",
        outlook(checks={"certificate https://feeds.example.org": (("it ends", "renew it"),)}),
        "it ends; renew it; `solacefeed doctor` looks again at once",
    ),
    (
        "dkim",
        outlook(checks={"dkim": (("DKIM: there is no record x", "`solacefeed dkim record`"),)}),
        "DKIM: there is no record x; `solacefeed dkim record`; `solacefeed doctor` looks again at once",
    ),
    (
        "failed:webhook",
        a_status(beside={"webhook": a_record("webhook", ok=False, summary="the webhook answered 404")}),
        "alarms could not be posted to the webhook: the webhook answered 404; one that works ends it",
    ),
    ("silent:poll", a_status(last_good=silent("poll", 7)), "no poll has worked since 23 November, 01:00 UTC"),
    (
        "leaderless",
        a_status(queue=QueueStanding(), now=NOW + timedelta(minutes=11)),
        "no daemon leads, and no deed was done since 2026-11-23 08:00 UTC; begin one: `systemctl start solacefeed`",
    ),
    ("silent:deliver", a_status(last_good=silent("deliver", 7)), "no deliver has worked since 23 November, 01:00"),
    (
        "failed:poll",
        a_status(a_record("poll", ok=False, summary="blog.example.org: 503")),
        "the last poll did not work: blog.example.org: 503; a poll that works ends it",
    ),
    (
        "failed:publish",
        a_status(a_record("publish", ok=False, summary="disk full", times=3)),
        "the last publish did not work: disk full (3 times since 2026-11-23 08:00 UTC); a publish",
    ),
    (
        "killed:poll",
        a_status(a_record("poll", ok=None)),
        "the poll of 2026-11-23 08:00 UTC was ended by force, or nothing at all could be written when it ended; `sol",
    ),
    (
        "killed:poll",
        a_status(a_record("poll", ok=None), unkept_ends={"poll": "the store is locked"}),
        "the poll of 2026-11-23 08:00 UTC ended, and the store could not take how: the store is locked; `solacefeed po",
    ),
    (
        "failed:events",
        a_status(beside={"events": a_record("events", ok=False, summary="a bug of solacefeed: KeyError: 'day'")}),
        "events could not be brought up to date: a bug of solacefeed: KeyError: 'day'",
    ),
    (
        "clock",
        a_status(clock_state=ClockState(doubt="this machine's clock says 2030")),
        "no edition is prepared, sent or expired, and nothing published: this machine's clock says 2030; `sol",
    ),
    (
        "clock-ahead",
        a_status(
            clock_state=ClockState(
                ahead=(Ahead(kept="posts seen", count=2, furthest=datetime(2030, 1, 1, tzinfo=UTC)),)
            )
        ),
        "2 kept instants lie ahead of now, up to 2030-01-01; `solacefeed clock check`, then `solacefeed clock repair`",
    ),
    (
        "waits",
        a_status(waits_for="the blog's categories are known (answered 401)"),
        "no edition is prepared before the blog's categories are known (answered 401); a poll that can read it ends it",
    ),
    (
        f"paused:{EDITION}",
        a_status(paused=(a_paused_edition(),)),
        f"{EDITION} is paused, the relay refuses us; mend that, then `solacefeed editions resume {EDITION}`",
    ),
    (
        f"paused:{EDITION}",
        a_status(paused=(replace(a_paused_edition(), reason=BY_OPERATOR),)),
        f"{EDITION} is paused, by the operator; `solacefeed editions resume {EDITION}` lets it go on",
    ),
    (
        f"audience:{stable_hash('[[subscribers]] ann is left out')[:8]}",
        a_status(people=("[[subscribers]] ann is left out",)),
        "[[subscribers]] ann is left out; a config that is right ends it",
    ),
    (
        "outbox:waiting",
        a_status(outbox=an_outbox(pending=2, waits_since=NOW - timedelta(hours=2), answer="450 4.2.0 <a@b.org> later")),
        "2 letters of the outbox wait, the oldest since 2026-11-23 06:00 UTC (450 4.2.0 <...> later); they are offered",
    ),
    (
        "outbox:waiting",
        a_status(outbox=an_outbox(pending=1, waits_since=NOW, answer="535 5.7.8 no"), letters_refused=True),
        "1 letter of the outbox waits, the relay refuses us (535 5.7.8 no); they are offered again by themselves, look",
    ),
    (
        "outbox:rejected",
        a_status(outbox=an_outbox(rejected=2, accepted=5)),
        (
            "2 letters of the outbox were rejected; `solacefeed outbox list --state rejected` shows them, "
            "`solacefeed outbox retry ID` offers one again, `--all` each, `solacefeed status --acknowledge` ends this"
        ),
    ),
    (
        "outbox:uncertain",
        a_status(outbox=an_outbox(uncertain=1)),
        "1 letter of the outbox is uncertain, cut off before the relay's answer; `solacefeed outbox list --state unc",
    ),
    (
        "outbox:expired",
        a_status(outbox=an_outbox(expired=1)),
        "1 letter of the outbox came too late and expired; `solacefeed outbox list --state expired` shows them, `sol",
    ),
    (
        "complaint:7",
        a_status(complaints=(a_complaint(due=NOW + timedelta(days=4)),)),
        "complaint 7 of a reader is to be answered by 2026-11-27; answer it, then `solacefeed complaints answered 7`",
    ),
    (
        "complaint:7",
        a_status(complaints=(a_complaint(due=NOW - timedelta(days=1)),)),
        "complaint 7 of a reader was to be answered by 2026-11-22; answer it",
    ),
    (
        "sign-ups",
        a_status(sign_ups=2, sign_ups_since=NOW - timedelta(hours=2)),
        "2 sign-ups wait to be answered, the oldest since 2026-11-23 06:00 UTC; `solacefeed answer` answers them",
    ),
    (
        "sign-ups-aside",
        a_status(sign_ups_aside=1, sign_ups_aside_why="ConfigError: link.txt:3"),
        "1 sign-up is set aside, for the letter can't be made: ConfigError: link.txt:3; mend what it names",
    ),
    (
        "half-ended:weekly",
        a_status(half_ended=(A_HALF_ENDED_DIGEST,)),
        "weekly was given up, and its end was cut off: it has still 6000 subscriptions, 1 waiting copy; the next look",
    ),
    (
        "erase",
        a_status(to_erase=1, to_erase_since=NOW - timedelta(days=8)),
        "1 person waits to be erased, the first since",
    ),
    (
        "home",
        a_status(backups=BackupStatus(not_at_home="the store was restored from a backup")),
        "no mail leaves: the store was restored from a backup",
    ),
    (
        "home-log",
        a_status(backups=BackupStatus(log_with_gap=Path("var/solacefeed.db.home.log"))),
        (
            "what the relay took, or who left, could not be written into var/solacefeed.db.home.log: "
            "an older store would lack it"
        ),
    ),
    (
        "backup",
        a_status(backups=BackupStatus(every=timedelta(days=1), last_good=NOW - timedelta(days=4))),
        "no backup was made when it was time: the last good one is of 2026-11-19 08:00 UTC",
    ),
    (
        "backup",
        a_status(backups=BackupStatus(every=timedelta(days=1), last=a_record("backup", ok=False, summary="no room"))),
        "the store could not be backed up: no room; there is none yet",
    ),
    (
        "fingerprint-key",
        a_status(key_amiss="var/fingerprint.key is not there"),
        "who was erased can't be known: var/fingerprint.key is not there",
    ),
    (
        "erase:file",
        a_status(to_rewrite_since=NOW - timedelta(days=8)),
        "the store's file may hold bytes of who was erased since",
    ),
    (
        "sync:members",
        a_status(
            syncs_held={"members": a_record("sync:members", ok=False, summary="the export has 9 members no more")}
        ),
        "the sync of members is held back since 2026-11-23 08:00 UTC: the export has 9 members no more; look at",
    ),
    (
        f"bounces-held:{EDITION}",
        a_status(bounces_held={EDITION: 2}),
        f"2 mails came back of {EDITION} beyond what is believed, and suppress nobody until you say so; `solacefeed",
    ),
    (
        "bounces-of-us",
        a_status(bounces_of_us=2),
        "2 mails of late came back because of us, and not of the reader; `solacefeed bounces list --kind sender` shows",
    ),
    ("unsubscribes", a_status(mails_unread=1), "1 mail to the unsubscribe mailbox can't be read, or has a token"),
    (
        "mailbox-behind:bounces /var/mail/bounces",
        a_status(mailboxes_behind={"bounces /var/mail/bounces": NOW - timedelta(hours=7)}),
        "since 2026-11-23 01:00 UTC more mails wait in /var/mail/bounces than looks at it read; look who fills it",
    ),
    ("left-out", a_status(left_out=1), "1 reader whom the config lists was left out of the last edition; the next"),
    ("left-out", a_status(left_out=2), "2 readers whom the config lists were left out of the last edition"),
    (
        f"held:{EDITION}",
        a_status(unsent=(replace(a_paused_edition(), state=EditionState.HELD, reason="by an editor"),)),
        f"{EDITION} is held: by an editor",
    ),
    (
        f"unapproved:{EDITION}",
        a_status(unsent=(a_waiting_edition(closes_in=-timedelta(hours=2)),)),
        f"{EDITION} closed on ",
    ),
    ("held", a_status(held=1), "1 removal held back, too many at once to be believed; `solacefeed posts removals"),
    ("held", a_status(held=12), "12 removals held back, too many at once to be believed"),
    (
        "calendar:events",
        a_status(calendars=(a_calendar(trouble="events.example.org: answered 404"),)),
        "calendar events could not be read: events.example.org: answered 404",
    ),
    (
        "document:all.atom",
        a_status(troubled={"all.atom": "line 3: not well-formed"}),
        "all.atom stays as it was, its newest version is not right: line 3: not well-formed",
    ),
    (
        "disk:store",
        a_status(disks=(a_disk(free=99_000_000),)),
        "the disk of the store has 99 MB free; make room there: where it ends, nothing is kept of what happens",
    ),
    (
        f"rejected:{EDITION}",
        a_status(editions=(an_edition(rejected=22),)),
        f"22 of 22 copies of {EDITION} were rejected; `solacefeed deliveries list --edition {EDITION} --state rejected",
    ),
    (
        f"rejected:{EDITION}",
        a_status(editions=(an_edition(accepted=9, rejected=1),)),
        f"1 of 10 copies of {EDITION} was rejected; ",
    ),
    (
        f"expired:{EDITION}",
        a_status(editions=(an_edition(accepted=1, expired=3, cancelled=1),)),
        f"3 of 4 copies of {EDITION} came too late and expired",
    ),
    (
        f"uncertain:{EDITION}",
        a_status(editions=(an_edition(accepted=1, uncertain=1),)),
        f"1 of 2 copies of {EDITION} is uncertain, cut off before the relay's answer",
    ),
    (
        f"sum:{EDITION}",
        a_status(editions=(replace(an_edition(accepted=3), recipients=4),)),
        f"{EDITION} was frozen for 4 readers, and has 3 copies; bring a whole store back, or `solacefeed editions",
    ),
    (
        f"stranded:{EDITION}",
        a_status(editions=(an_edition(claimed=29, handing=1, accepted=1),)),
        (
            f"30 copies of {EDITION} in hand, and nobody delivers; `solacefeed deliver` takes them up again, on "
            "PostgreSQL once their lease ends (5 min at most)"
        ),
    ),
    (
        f"waiting:{EDITION}",
        a_status(editions=(an_edition(pending=22, deferred=2, answer=AUTH),)),
        f"{EDITION} has reached nobody: 22 of 22 copies wait (relay.example.org:587: {AUTH_WITHOUT_ADDRESS}); they are",
    ),
    (
        f"waiting:{EDITION}",
        a_status(editions=(an_edition(pending=2, accepted=5, deferred=2, answer="no relay"),), relay_lost=2),
        f"{EDITION} found no relay in the last round: 2 of 7 copies wait (no relay)",
    ),
    (
        f"waiting:{EDITION}",
        a_status(
            editions=(an_edition(pending=1),), relay_lost=1, relay_trouble="127.0.0.1:25: Connection refused (0.1 s)"
        ),
        f"{EDITION} found no relay in the last round: 1 of 1 copy waits (127.0.0.1:25: Connection refused (0.1 s))",
    ),
    (
        "templates",
        a_status(
            templates_amiss=("templates: mine/digest/body.html, line 3: no total", "templates: b", "templates: c")
        ),
        "templates: mine/digest/body.html, line 3: no total, and 2 more mistakes; what is shown by it can't",
    ),
    (
        f"waiting:{EDITION}",
        a_status(editions=(an_edition(pending=3, hours=5),)),
        f"{EDITION} should have gone by 2026-11-23 07:00 UTC: 3 of 3 copies wait; they",
    ),
]
HINTS = [
    (
        f"to-go:{EDITION}",
        a_status(
            editions=(an_edition(accepted=1, pending=1),),
            queue=QueueStanding(workers=("7 on web1",)),
            leader="process 7 on web1",
        ),
        f"1 of 2 copies of {EDITION} is still to go; the workers hand over what is due",
    ),
    (
        "config-not-read",
        a_status(outdated_configs={"daemon": NOW}),
        (
            "the config's file was changed since it was read, by the daemon on 2026-11-23 08:00 UTC; "
            "`solacefeed check`, then `systemctl reload solacefeed`"
        ),
    ),
    (
        "config-not-read",
        a_status(outdated_configs={"worker": NOW, "web": NOW}),
        (
            "the config's file was changed since it was read, by a worker on 2026-11-23 08:00 UTC and `solacefeed web` "
            "on 2026-11-23 08:00 UTC; `solacefeed check`, then a SIGHUP to each worker and a restart of "
            "`solacefeed web`"
        ),
    ),
    (
        "disk:store",
        a_status(disks=(a_disk(free=700_000_000), a_disk(free=10**9))),
        "the disk of the store has 700 MB free; make room before it ends",
    ),
    (
        f"called-spam:{EDITION}",
        a_status(editions=(an_edition(accepted=2000),), outlook=SiteOutlook(complaints={EDITION: 3})),
        f"3 of 2000 copies of {EDITION} were called spam: more than 0.1 %; `solacefeed bounces list --kind complaint`",
    ),
    (
        "by-mail-alone",
        outlook(by_mail_alone=True),
        "alarms go by mail alone, and none can tell of a relay that takes no mail; [monitoring] heartbeat or webhook",
    ),
    (
        "mailbox-to-come:/var/mail/bouncse",
        a_status(mailboxes_to_come={"[bounces] maildir": "/var/mail/bouncse"}),
        "[bounces] maildir: /var/mail/bouncse is not there yet; does mail come there, and is it spelt so?",
    ),
    (
        "bounces-to-read",
        a_status(bounces_to_read=1, bounces_folder="var/unread"),
        "1 mail waits to be read by you, since no rule understands what came back; read them in var/unread, a Maildir",
    ),
    (
        f"canary:{EDITION}",
        a_status(editions=(replace(an_edition(accepted=60, pending=5940), canary=a_canary()),)),
        f"the canary of {EDITION}, 60 copies, went 2026-11-23 07:50 UTC; the rest goes 2026-11-23 08:35 UTC, unless it",
    ),
    (
        f"policy:{EDITION}",
        a_status(editions=(replace(an_edition(accepted=9), refusing={"a.example": 1, "b.example": 2}),)),
        f"3 copies of {EDITION} refused for a policy, or for no cause: 2 at b.example, 1 at a.example; `solacefeed",
    ),
    (
        "bounces-unknown",
        a_status(bounces_unknown=3),
        "3 bounces of late name no mail of ours, and count for nobody: forged, or another's; `solacefeed bounces list",
    ),
    (
        "mailbox-behind:/var/mail/leave",
        a_status(mailboxes_behind={"/var/mail/leave": NOW - timedelta(hours=1)}),
        "more mails wait in /var/mail/leave than one look reads; the next looks go on there",
    ),
    (
        "unsubscribes-to-read",
        a_status(mails_to_read=3),
        "3 mails to the unsubscribe mailbox of the last fortnight asked in other words",
    ),
    (
        f"draft:{EDITION}",
        a_status(unsent=(a_waiting_edition(closes_in=timedelta(days=1)),)),
        f"{EDITION} is drafted, and closes on ",
    ),
    (
        f"settled:{EDITION}",
        a_status(settled=(a_settled_edition(copies=2),)),
        f"{EDITION} is frozen, and leaves on 2026-11-24 08:00 UTC in 2 copies; nothing need be done, `solacefeed",
    ),
    (
        f"settled:{EDITION}",
        a_status(settled=(a_settled_edition(copies=None),)),
        f"{EDITION} is approved, and leaves on 2026-11-24 08:00 UTC, to whoever reads it when the next `prepare` freez",
    ),
    (
        "left-without:weekly",
        a_status(left_without=(LeftWithout(digest="weekly", readers=2, slugs=("gone",)),)),
        "2 readers of weekly chose only what the blog has no more (gone)",
    ),
    (
        "corrections",
        a_status(corrections=2),
        "2 corrections of posts that were mailed, told on your word alone",
    ),
    (
        "complaints",
        a_status(complaints=(a_complaint(due=NOW + timedelta(days=6)),)),
        "1 complaint of a reader waits for an answer, the first until 2026-11-29; answer it, then `solacefeed compl",
    ),
    (
        "lacking:authors",
        a_status(lacking={"authors": "answered 401"}),
        "the blog's posts are read, but its list of authors could not be, and stays as it was known: answered 401; a",
    ),
    ("new", a_status(records={}, last_good={}), "nothing was polled yet; `solacefeed run` begins"),
    (
        "rehearsal",
        a_status(mails_stay_here=True),
        (
            "mails are rehearsed: each, those that answer a form too, is written to a file below `[mail] dir`; "
            '`[mail] transport = "smtp"` sends them'
        ),
    ),
    (
        "only-to",
        a_status(only_to=("me@example.org", "@example.net")),
        (
            "a trial: mail goes to me@example.org and @example.net alone, what is for others is cancelled; "
            "take `[mail] only_to` out when it is over"
        ),
    ),
    (
        "only-to-operators",
        a_status(cut_off=("op@example.org",)),
        (
            "alarms and drafts do not reach op@example.org: `[mail] only_to` keeps their mail back; "
            "add them to `[mail] only_to`"
        ),
    ),
    (
        "outbox-to-go",
        a_status(outbox=an_outbox(pending=1, waits_since=NOW, answer="450 4.2.0 greylisted")),
        "1 letter of the outbox is still to go (450 4.2.0 greylisted); each `solacefeed deliver` hands over what is",
    ),
    (
        "nobody",
        a_status(subscriptions={"ended": 2}, has_forms=False),
        "nobody has subscribed; `solacefeed subscribers add ADDRESS`",
    ),
    (
        "nobody",
        a_status(subscriptions={"ended": 2}),
        (
            "nobody has subscribed; the form does (`solacefeed web snippet` prints it for your blog), and so does "
            "`solacefeed subscribers add ADDRESS`"
        ),
    ),
    (
        f"to-go:{EDITION}",
        a_status(editions=(an_edition(pending=225, accepted=75, deferred=3, answer="550 5.7.1 no"),)),
        f"225 of 300 copies of {EDITION} are still to go, 3 of them put off (550 5.7.1 no); each",
    ),
    (
        f"to-go:{EDITION}",
        a_status(editions=(an_edition(pending=1, accepted=9, deferred=1, answer="450 4.2.0 greylisted"),)),
        f"1 of 10 copies of {EDITION} is still to go (450 4.2.0 greylisted)",
    ),
    (
        "quarantine",
        a_status(quarantined=2),
        "2 set aside that could not be read, kept, understood or shown; `solacefeed posts quarantine",
    ),
]
NOTHING = [
    a_status(),
    # Two complaints of three readers are no share, and an audience of a few may double.
    outlook(complaints={EDITION: 2}),
    outlook(complaints={"weekly/2026-11-16": 9}),
    outlook(
        audiences=(an_audience(before=100, now=125), an_audience(before=10, now=30), an_audience(before=0, now=900))
    ),
    # A large disk of which much is left, and a small one.
    a_status(disks=(replace(A_DISK, free=40_000_000_000, size=4_000_000_000_000),)),
    a_status(disks=(replace(A_DISK, free=30_000_000, size=64_000_000),)),
    # While the categories are not known nothing is due.
    a_status(waits_for="the first crawl is complete", crawled=False, outlook=SiteOutlook(not_done=(A_DUE_EDITION,))),
    a_status(clock="rehearsed", last_good=silent("poll", 7)),
    a_status(a_record("poll", ok=None), under_way={"poll": "process 9 on here"}),
    a_status(calendars=(a_calendar(trouble=None),)),
    a_status(subscriptions={}, digests=()),
    # Without a digest there is no mail, and what once became of it is no trouble that anything could end.
    a_status(a_record("prepare", ok=False, summary="no"), digests=(), last_good=silent("deliver", 700)),
    a_status(beside={"events": a_record("events")}),
    a_status(editions=(an_edition(claimed=3, handing=1, accepted=4),), under_way={"deliver": "process 9 on here"}),
    a_status(editions=(an_edition(accepted=4, cancelled=2),)),
    a_status(sign_ups=2, sign_ups_since=NOW - timedelta(minutes=2)),
    # Pages that were taken away answer nobody any more.
    a_status(a_record("answer", ok=False, summary="no"), last_good=silent("answer", 700), has_forms=False),
]


@pytest.mark.parametrize(
    ("edition", "words"),
    [
        (
            an_edition(uncertain=2),
            f"`solacefeed deliveries resolve --edition {EDITION} --accepted`, or --resend, says how they came out",
        ),
        (an_edition(expired=2), f"`solacefeed editions send-again {EDITION} --to expired` sends them all the same"),
        (
            replace(an_edition(rejected=2), may_go_again=frozenset()),
            "their readers are mailed no more or may have them",
        ),
        (
            replace(an_edition(expired=2), may_go_again=frozenset(), state=EditionState.CANCELLED),
            "the edition was cancelled and they go no more",
        ),
    ],
    ids=["uncertain", "expired", "rejected, of readers who are mailed no more", "expired, of a cancelled edition"],
)
def test_what_came_to_nothing_is_told_with_a_command_that_would_be_taken(edition: EditionOutcome, words: str) -> None:
    (trouble,) = judgement(a_status(editions=(edition,))).troubles
    (state,) = edition.copies
    show = f"`solacefeed deliveries list --edition {EDITION} --state {state}` shows them"
    assert trouble.ends_by == f"{show}, {words}, {ACKNOWLEDGE}"


@pytest.mark.parametrize(("key", "status", "words"), TROUBLES)
def test_each_trouble_is_named_with_what_ends_it(key: str, status: SiteStatus, words: str) -> None:
    (trouble,) = judgement(status).troubles
    assert trouble.key == key
    assert line(trouble).startswith(words)
    assert judgement(status).hints == ()


@pytest.mark.parametrize(("key", "status", "words"), HINTS)
def test_a_hint_is_no_trouble(key: str, status: SiteStatus, words: str) -> None:
    (hint,) = judgement(status).hints
    assert hint.key == key
    assert line(hint).startswith(words)
    assert judgement(status).troubles == ()


@pytest.mark.parametrize(("waits", "keys"), [(timedelta(hours=1), []), (timedelta(minutes=-1), [f"waiting:{EDITION}"])])
def test_an_edition_that_waits_for_its_canary_is_not_late(waits: timedelta, keys: list[str]) -> None:
    edition = replace(an_edition(accepted=60, pending=5940, hours=9), canary=a_canary(waits))
    assert [each.key for each in judgement(a_status(editions=(edition,))).troubles] == keys


@pytest.mark.parametrize(
    ("ago", "pace", "keys"),
    [
        (timedelta(minutes=59), None, []),
        (timedelta(minutes=61), None, [f"waiting:{EDITION}"]),
        # The rest of today's is for tomorrow.
        (timedelta(hours=20), {"per_day": 500, "in_day": 500}, []),
        (timedelta(hours=20), {"per_day": 500, "in_day": 400}, [f"waiting:{EDITION}"]),
    ],
)
def test_a_large_edition_takes_as_long_as_it_takes(
    ago: timedelta, pace: dict[str, int] | None, keys: list[str]
) -> None:
    limits: dict[str, Any] = {"per_day": None, "in_day": 0} | (pace or {})
    paces = PaceStatus(
        group="", per_second=None, slowed_to=None, per_hour=None, in_hour=0, waiting=500, ends_at=NOW, **limits
    )
    edition = replace(an_edition(accepted=500, pending=500, hours=30), last_accepted=NOW - ago)
    judged = judgement(a_status(editions=(edition,), paces=(paces,)))
    assert [each.key for each in judged.troubles] == keys


@pytest.mark.parametrize("status", NOTHING)
def test_a_good_day_has_neither(status: SiteStatus) -> None:
    assert judgement(status) == Judgement(troubles=(), acknowledged=(), hints=())


def test_what_the_config_forbids_now_is_told_once_and_what_an_older_one_forbade_as_a_failed_deed() -> None:
    lost = ("weekly is lost; rename it", "news is lost")
    refused = [a_record(deed, ok=False, summary="; ".join(lost), problems=lost) for deed in ("prepare", "deliver")]
    by_this_config = judgement(a_status(*refused, people=(*lost, "ann is left out")))
    assert [trouble.key.partition(":")[0] for trouble in by_this_config.troubles] == ["audience"] * 3
    others: tuple[tuple[str, ...], ...] = ((), lost[:1], ("news is lost; now", lost[0]))
    for status in (a_status(*refused, people=people) for people in others):
        failed = [trouble.key for trouble in judgement(status).troubles if trouble.key.startswith("failed:")]
        assert failed == ["failed:prepare", "failed:deliver"]


def test_what_fails_otherwise_in_the_words_of_what_the_config_forbids_is_told() -> None:
    failed = a_record("prepare", ok=False, summary="weekly is lost")
    assert "failed:prepare" in {each.key for each in judgement(a_status(failed, people=("weekly is lost",))).troubles}


@pytest.mark.parametrize(
    "status",
    [
        a_status(queue=QueueStanding(), now=NOW + timedelta(minutes=9)),
        a_status(queue=QueueStanding(), leader="process 7 on web1", now=NOW + timedelta(minutes=11)),
        a_status(now=NOW + timedelta(minutes=11)),
    ],
)
def test_who_leads_is_asked_of_a_site_with_a_queue_and_not_within_a_restart(status: SiteStatus) -> None:
    assert "leaderless" not in {trouble.key for trouble in judgement(status).troubles}


def test_the_most_pressing_comes_first() -> None:
    failed = (a_record("poll", ok=False, summary="503"), a_record("publish", ok=False, summary="full"))
    status = a_status(*failed, editions=(an_edition(accepted=1, uncertain=1),))
    assert [trouble.key for trouble in judgement(status).troubles] == [
        "failed:poll",
        "failed:publish",
        f"uncertain:{EDITION}",
    ]


def test_every_trouble_and_hint_stands_in_the_operators_book() -> None:
    book = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    chapter = book.partition("\n## When something is wrong\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([a-z-]+)(?::[\w.]+)?` \|", chapter, re.M))
    assert {key.partition(":")[0] for key, _, _ in (*TROUBLES, *HINTS)} == told
    # The table above has a case for each concern there is.
    assert all(any(list(concern(status)) for _, status, _ in TROUBLES) for concern in CONCERNS)
    assert all(any(list(thought(status)) for _, status, _ in HINTS) for thought in (*hints.HINTS, *HINTS_OF_OUTLOOK))


# -- what the operator knows of ---------------------------------------------------------------------------


def known(status: SiteStatus) -> SiteStatus:
    """The same, and the operator has acknowledged it."""
    judged = judgement(status)
    noted = {each.key: each for each in acknowledged((*judged.troubles, *judged.acknowledged), at=NOW)}
    return replace(status, acknowledged=noted)


@pytest.mark.parametrize(("key", "status", "words"), TROUBLES)
def test_a_trouble_that_the_operator_knows_of_counts_no_more(key: str, status: SiteStatus, words: str) -> None:
    judged = judgement(known(status))
    assert (judged.troubles, [trouble.key for trouble in judged.acknowledged]) == ((), [key])
    assert words


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (an_edition(accepted=9, rejected=1), an_edition(accepted=8, rejected=2)),
        (an_edition(pending=2, deferred=2), an_edition(pending=2, accepted=1, hours=5)),
    ],
)
def test_a_known_trouble_that_grows_or_becomes_another_is_news(before: EditionOutcome, after: EditionOutcome) -> None:
    status = known(a_status(editions=(before,)))
    assert judgement(status).troubles == ()
    assert len(judgement(replace(status, editions=(after,))).troubles) == 1
    assert judgement(replace(status, editions=(before,))).troubles == ()


def test_a_known_trouble_that_ended_and_came_back_is_news() -> None:
    status = known(a_status(a_record("poll", ok=False, summary="503")))
    again = replace(a_record("poll", ok=False, summary="503"), id=7)
    assert judgement(replace(status, records={**status.records, "poll": again})).troubles != ()


def test_before_the_first_run_status_says_what_to_do(fresh: Site) -> None:
    said = at(fresh, "status")
    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("var/solacefeed.db yet: `solacefeed run` makes it\n")


def test_after_the_first_run_all_is_well(done: Site) -> None:
    lines = dict(line.split(maxsplit=1) for line in well(done, "status").replace("to do", "to-do").splitlines())
    assert lines["poll"] == "2026-11-23 08:00 UTC  20 new, 0 changed, 0 gone; 7 categories new or changed"
    assert lines["posts"] == "1 protected, 19 published"
    assert lines["digest"].startswith("weekly  closes 2026-11-30 07:00 UTC; last weekly/2026-11-23 done: 3 accepted")
    assert lines["subscribers"] == "3 confirmed"
    assert lines["to-do"] == "nothing, all is well"


def test_looking_changes_nothing_in_the_store(done: Site) -> None:
    before = dump(done)
    for words in (
        ("status",),
        ("posts", "list"),
        ("editions", "list"),
        ("deliveries", "list"),
        ("subscribers", "list"),
    ):
        well(done, *words)
        well(done, *words, "--json", "--as-of", "2030-01-01T00:00Z")
    assert dump(done) == before


def dump(site: Site) -> list[str]:
    """All that the store holds, as SQL."""
    database = sqlite3.connect(f"file:{site.folder}/var/solacefeed.db?mode=ro", uri=True)
    try:
        return list(database.iterdump())
    finally:
        database.close()


@pytest.mark.more
def test_status_tells_of_a_blog_that_could_not_be_read(
    serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"), source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "run")
    serving.faults.add(faults.status(503))
    complaint = at(site, "poll").err.removeprefix("solacefeed: ").strip()
    told = at(site, "status", "--json").data
    assert told["advice"] == [f"the last poll did not work: {complaint}; a poll that works ends it"]
    assert told["standing"]["records"]["poll"]["ok"] is False


def test_status_and_check_promise_no_closing_that_makes_no_edition(
    serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"), source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "run")
    set_line(site, 'closes = "mon 07:00"', 'closes = "mon 08:45"')
    assert (
        "closes 2026-11-30 08:45 UTC, not 2026-11-23 08:45 UTC, since weekly/2026-11-23 is there already; last weekly"
        in well(site, "status", "--as-of", "2026-11-23T08:30Z")
    )
    assert (
        "check: worth a look: [[digests]] closes: weekly/2026-11-23 is there already, so the closing on Monday 23 "
        "November 2026, 08:45 makes no edition; the next closes on Monday 30 November 2026, 08:45\n"
    ) in well(site, "check", "--as-of", "2026-11-23T08:30Z")
    set_line(site, f"as_of = {NOW:%Y-%m-%dT%H:%M:%SZ}", "as_of = 2026-11-30T08:45:00Z")
    assert well(site, "prepare").startswith("prepare: weekly/2026-11-30 ")


# -- what should have been, against what was -----------------------------------------------------------------


def troubles_of(site: Site, *words: str) -> dict[str, str]:
    """The words of each trouble that counts, by key; the exit code is 1 when there is one."""
    said = at(site, "status", "--json", *words)
    found = {trouble["key"]: trouble["words"] for trouble in said.data["troubles"]}
    assert said.code == bool(found)
    return found


def copies_become(site: Site, state: str, answer: str | None = None) -> None:
    """Every copy of the site's edition status so."""
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db")) as database:
        database.execute("UPDATE deliveries SET state = ?, answer = ?", (state, answer))
        if state == "claimed":
            # A dead worker's.
            database.execute("UPDATE deliveries SET worker = 'gone', lease_until = changed_at")
        database.execute("UPDATE editions SET state = ?", ("done" if state == "rejected" else "delivering",))
        database.commit()


def test_an_edition_that_every_relay_refused_is_never_all_is_well(done: Site) -> None:
    copies_become(done, "rejected", "554 5.7.1 <ann@example.org>: Relay access denied")
    assert troubles_of(done) == {f"rejected:{EDITION}": f"3 of 3 copies of {EDITION} were rejected"}
    said = at(done, "status")
    assert (said.code, said.err, "all is well" in said.out) == (1, "", False)


def test_quiet_it_says_the_troubles_alone_and_on_stderr(done: Site) -> None:
    assert at(done, "status", "-q") == Said(code=0, out="", err="")
    copies_become(done, "rejected")
    said = at(done, "status", "-q")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith(f"solacefeed: 3 of 3 copies of {EDITION} were rejected; `solacefeed deliveries list")


def test_an_acknowledged_trouble_is_shown_and_counts_no_more_until_it_grows(done: Site) -> None:
    copies_become(done, "rejected")
    said = at(done, "status", "--acknowledge")
    assert (said.code, said.err) == (0, "")
    for shown in (said.out, well(done, "status")):
        assert re.search(f"^known +3 of 3 copies of {EDITION} were rejected; ", shown, re.M)
        assert "all is well" not in shown
    with closing(sqlite3.connect(done.folder / "var" / "solacefeed.db")) as database:
        database.execute("UPDATE acknowledgements SET size = 2")
        database.commit()
    assert list(troubles_of(done)) == [f"rejected:{EDITION}"]


def test_copies_in_hand_of_a_dead_process_are_told_and_those_of_a_living_one_are_not(done: Site) -> None:
    copies_become(done, "claimed")
    with closing(open_store(f"sqlite:///{done.folder}/var/solacefeed.db")) as store:
        with only_one(store, "deliver"):
            assert troubles_of(done) == {}
        assert troubles_of(done) == {f"stranded:{EDITION}": f"3 copies of {EDITION} in hand, and nobody delivers"}
        assert well(done, "deliver") == "deliver: 3 accepted\n"
    assert troubles_of(done) == {}


def test_a_killed_deed_is_told_apart_from_one_under_way(done: Site) -> None:
    with closing(open_store(f"sqlite:///{done.folder}/var/solacefeed.db")) as store:
        with store.write() as connection:
            records.begin(connection, "publish", at=NOW)
        with only_one(store, "publish"):
            said = at(done, "status")
            assert (said.code, f"under way: process {os.getpid()}" in said.out) == (0, True)
        assert list(troubles_of(done)) == ["killed:publish"]
    assert "was ended by force, or nothing at all could be written when it ended" in at(done, "status").out
    ends = UnkeptEnds.beside(done.folder / "var/solacefeed.db.home")
    with closing(open_store(f"sqlite:///{done.folder}/var/solacefeed.db")) as store, store.read() as connection:
        begun = records.newest(connection, "publish", limit=1)[0]
    ends.add("publish", begun.id, at=NOW, words="database is locked")
    assert "ended, and the store could not take how: database is locked" in " ".join(at(done, "status").out.split())
    assert at(done, "run").code == 0
    assert troubles_of(done) == {}


@pytest.mark.more
def test_the_same_failure_again_is_told_with_how_often_it_came(serving: Serving, tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "run")
    serving.faults.add(faults.status(503))
    for _ in range(3):
        assert at(site, "poll").code == 1
    (words,) = troubles_of(site).values()
    assert words.endswith("(3 times since 2026-11-23 08:00 UTC)")
    serving.faults.clear()
    well(site, "poll")
    assert troubles_of(site) == {}


# -- check ----------------------------------------------------------------------------------------------


def test_check_needs_no_store_and_makes_none(fresh: Site) -> None:
    assert well(fresh, "check").endswith("config.toml and templates are in order; no store yet\n")
    assert not (fresh.folder / "var").exists()


def test_check_looks_at_the_store(done: Site) -> None:
    assert "store at revision " in well(done, "check").splitlines()[-1]


def test_check_names_every_problem_of_the_config_at_once(fresh: Site) -> None:
    set_line(fresh, 'language = "en-GB"', 'language = "!"\ntimezone = "Europe/London"')
    said = at(fresh, "check")
    assert (said.code, said.out) == (2, "")
    assert ['"!"' in said.err, "did you mean" in said.err] == [False, True]
    assert said.err.count("config.toml:") == 2


def test_check_says_what_is_worth_a_look_and_is_content(fresh: Site) -> None:
    set_line(fresh, 'base_url = "https:', 'base_url = "http:')
    first, last = well(fresh, "check").splitlines()
    assert first.startswith("check: worth a look: [site] base_url: http ")
    assert last.endswith("in order; no store yet")


MISSPELT = """
[[combined]]
slug = "people"
title = "People"
categories = ["housng"]
[[events]]
id = "day"
name = "A day"
starts = 2027-05-01
categories = ["scotlnd"]
[categories]
hide = ["uncategorized", "educaton"]
labels = { "housing" = "Homes", "scotlan" = "Scots" }
"""


@pytest.mark.more
def test_a_slug_that_means_nothing_stops_nothing_and_check_says_what_may_be_meant(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"), more=WEEKLY + MISSPELT + PEOPLE)
    assert len(well(site, "check").splitlines()) == 1
    assert "deliver: 3 accepted\n" in well(site, "run")
    assert well(site, "check").splitlines()[:-1] == [
        "check: worth a look: [[combined]] people: the blog has no category housng; did you mean housing?",
        "check: worth a look: [categories] hide: the blog has no category educaton; did you mean education?",
        "check: worth a look: [categories] labels: the blog has no category scotlan; did you mean scotland?",
        "check: worth a look: [[events]] day: the blog has no category scotlnd; did you mean scotland?",
    ]
    assert well(site, "status").startswith("to do          nothing, all is well\n")


def test_check_says_whose_own_word_stands_over_the_list(done: Site) -> None:
    well(done, "subscribers", "end", "alice@example.org")
    well(done, "subscribers", "add", "bob@example.org", "--everything")
    assert well(done, "check").splitlines()[:-1] == [
        "check: worth a look: [[subscribers]] alice@example.org: ended on 23 November 2026, and stays so",
        "check: worth a look: [[subscribers]] bob@example.org: has chosen other categories, which stay",
    ]
    assert well(done, "status").startswith("to do          nothing, all is well\n")


def test_a_blog_that_is_polled_rarely_is_not_missed_in_between() -> None:
    quiet = a_status(last_good=silent("poll", 30))
    for every, missed in ((12 * 60, False), (15, True)):
        patience = Patience.with_looks(poll_every=timedelta(minutes=every), look_every=timedelta(minutes=1))
        assert bool(judgement(quiet, patience).troubles) is missed


@pytest.mark.more
def test_a_broken_template_of_a_mail_is_told_before_any_deed_meets_it_and_no_more_when_it_is_mended(
    tmp_path: Path,
) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY + PEOPLE)
    own = site.folder / "mine" / "digest"
    own.mkdir(parents=True)
    set_line(site, "[site]\n", '[site]\ntemplates = "mine"\n')
    well(site, "run")
    (own / "body.txt").write_text("{{ unsubscribe }}\n{{ edition.nothing }}", encoding="utf-8")
    (trouble,) = at(site, "status", "--json").data["troubles"]
    assert trouble["key"] == "templates"
    assert "mine/digest/body.txt, line 2: " in trouble["words"]
    (own / "body.txt").unlink()
    assert "all is well" in well(site, "status")


def test_a_file_that_was_changed_since_the_daemon_has_read_it_is_told_while_one_runs(done: Site) -> None:
    config = done.folder / "config.toml"
    read = Options(config_file=str(config)).app.read
    with closing(open_store(f"sqlite:///{done.folder}/var/solacefeed.db")) as store:
        with store.write() as connection:
            config_read.note(connection, read)

        def is_told(*, runs: bool) -> bool:
            with only_one(store, DAEMON) if runs else nullcontext():
                return "config-not-read" in {each["key"] for each in at(done, "status", "--json").data["hints"]}

        assert not is_told(runs=True)
        set_line(done, "[site]\n", '[site]\ntitle = "Another"\n')
        assert is_told(runs=True)
        assert not is_told(runs=False)


def test_the_next_look_is_told_where_a_daemon_looks_and_nowhere_else(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:")
    site.do("poll")
    url = f"sqlite:///{site.folder}/var/solacefeed.db"
    assert site.data("status")["standing"]["next_looks"] == {}
    with closing(open_store(url)) as store, only_one(store, DAEMON):
        assert set(site.data("status")["standing"]["next_looks"]) == {"poll"}
