"""status: what stands, and what should have been. Looks, and changes nothing; ``deeds.upkeep.troubles`` judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.delivering.pace_status import PaceStatus
from solacefeed.deeds.editions import correcting
from solacefeed.deeds.editions.due import next_closing
from solacefeed.deeds.people.category_moves import LeftWithout, left_readers
from solacefeed.deeds.people.digests import HalfEnded, half_ended
from solacefeed.deeds.upkeep.backup_status import BackupStatus
from solacefeed.deeds.upkeep.clock_check import ClockState
from solacefeed.deeds.upkeep.disk_room import DiskRoom
from solacefeed.deeds.upkeep.edition_status import (
    EditionOutcome,
    SettledEdition,
    Tallies,
    added_up,
    last_edition,
    outcomes,
    settled,
)
from solacefeed.deeds.upkeep.outlook import BESIDE_ALARMS, SiteOutlook
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.models.mailbox import MailOutcome
from solacefeed.models.people import ReaderComplaint
from solacefeed.models.records import Record
from solacefeed.sources.found import lacking
from solacefeed.store import (
    acknowledgements,
    bounces,
    calendars,
    documents,
    edition_sums,
    editions,
    erasing,
    facts,
    feeds,
    held_bounces,
    outbox,
    pings,
    posts,
    quarantine,
    read_mails,
    reader_complaints,
    reader_counts,
    records,
    removals,
    rewriting,
    sign_ups,
    sources,
    suppressions,
)
from solacefeed.store.acknowledgements import Acknowledgement
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import Store
from solacefeed.store.job_tables import QueueStanding
from solacefeed.store.locks import holder
from solacefeed.store.outbox import OutboxStanding
from solacefeed.store.writable import NoWrites

#: So long after they were written letters that did not go are told of.
OUTBOX_REMEMBERED = timedelta(days=7)

#: So long mails to the unsubscribe mailbox are told of that a person has to read.
MAILS_REMEMBERED = timedelta(days=14)

DEEDS = ("poll", "publish", "prepare", "answer", "deliver")
OF_MAIL = ("prepare", "answer", "deliver")

#: What is done beside deeds, and leaves a record only when it does not work; in words, what then did not.
BESIDE: Mapping[str, str] = {
    "endings": "what recurs at the end of posts could not be looked for",
    "calendars": "calendars could not be asked",
    "events": "events could not be brought up to date",
    "ping": "the hub could not be told",
    "privacy": "what is kept of people could not be seen to",
    "retention": "what is kept of people for a time could not be let go",
    "digest-ends": "what is left of a digest that was given up could not be ended",
    "unsubscribes": "the mailboxes of unsubscribes could not be read",
    "bounces": "the mailbox of bounces could not be read",
    "bounces-imap": "the IMAP server with bounces could not be read",
    "refusals": "what the relay has refused could not be counted",
    "erase": "who asked could not be erased",
    "rewrite": "the store's file could not be written anew",
    "history": "readers and editions could not be counted for the day",
    **BESIDE_ALARMS,
    "home-log": "who has left or was erased could not be written into the log beside the store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStatus:
    key: str
    name: str
    #: That an edition will come of.
    next_closing: datetime
    #: Of its first cadence, or a notice.
    last_edition: Edition | None
    #: Copies of the last edition, by state.
    deliveries: Mapping[str, int]
    #: Closings since the last edition that make none: it is their day's already.
    passed_over: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """How a site stands at one instant."""

    now: datetime
    source: str
    #: ``live`` or ``rehearsed``; ``None`` before the first deed.
    clock: str | None
    crawled: bool
    #: How each deed that was ever done was done last, be it a look without news.
    records: Mapping[str, Record]
    last_good_poll: datetime | None
    #: When each deed last worked, be it a look without news.
    last_good: Mapping[str, datetime]
    #: Who does which deed now.
    under_way: Mapping[str, str]
    #: Of what is done beside deeds, how it last went, where it ever did not work.
    beside: Mapping[str, Record]
    #: By state.
    posts: Mapping[str, int]
    feeds: int
    #: Why the newest version of a document was not let through, by path.
    troubled: Mapping[str, str]
    #: Documents that the hub is still to be told of.
    pings: int
    feeds_changed: datetime | None
    digests: tuple[DigestStatus, ...]
    #: By state.
    subscriptions: Mapping[str, int]
    #: How many people have them.
    subscribers: int
    #: By state, of all editions.
    deliveries: Mapping[str, int]
    #: Those with copies to go, of whatever digest, and of each digest the newest of every cadence, and its last notice.
    editions: tuple[EditionOutcome, ...]
    #: Copies in a row that found no relay when copies were last handed over.
    relay_lost: int
    #: Readers whom the config lists, and who were left out of the last edition.
    left_out: int
    #: Posts whose removal is held back.
    held: int
    #: Posts that could not be read, or can't stand in a feed.
    quarantined: int
    acknowledged: Mapping[str, Acknowledgement]
    #: Of copies that found no relay: where that was, and what came of it.
    relay_trouble: str | None = None
    #: Those that were asked.
    calendars: tuple[CalendarNotes, ...] = ()
    #: Editions that stand paused.
    paused: tuple[Edition, ...] = ()
    #: Editions that have not begun to leave: drafts, and what is held, approved or being prepared.
    unsent: tuple[Edition, ...] = ()
    #: Of these, what leaves by itself when it closes.
    settled: tuple[SettledEdition, ...] = ()
    clock_state: ClockState = field(default_factory=ClockState)
    #: What keeps readers from a digest that they are to have, a line each.
    people: tuple[str, ...] = ()
    #: What of the blog could not be had at the last poll, and why; its posts were read all the same.
    lacking: Mapping[str, str] = field(default_factory=dict)
    #: What has to be known of the blog before editions are prepared.
    waits_for: str | None = None
    #: Mails are written to files, by the config, and go to nobody.
    mails_stay_here: bool = False
    #: In a trial, whom alone mail goes to, by the config.
    only_to: tuple[str, ...] = ()
    #: Operators and editors whom it keeps mail from.
    cut_off: tuple[str, ...] = ()
    #: What is wrong with templates of the operator's, a line each.
    templates_amiss: tuple[str, ...] = ()
    outbox: OutboxStanding = field(default_factory=OutboxStanding)
    #: Whether the relay refused us when letters were last handed over.
    letters_refused: bool = False
    #: Readers who have chosen only categories that the blog has no more.
    left_without: tuple[LeftWithout, ...] = ()
    #: Digests whose end was cut off.
    half_ended: tuple[HalfEnded, ...] = ()
    #: Corrections of posts that were mailed, which wait for an editor's word.
    corrections: int = 0
    #: Whether people can come by themselves, by the config: else nothing need answer them.
    has_forms: bool = True
    #: What was asked on forms and waits to be answered, and since when the oldest does.
    sign_ups: int = 0
    sign_ups_since: datetime | None = None
    #: Those whose letter could not be made, and why that of the newest could not.
    sign_ups_aside: int = 0
    sign_ups_aside_why: str | None = None
    #: Complaints of readers that nobody has answered, the most pressing first.
    complaints: tuple[ReaderComplaint, ...] = ()
    #: Who waits to be erased, and since when the first does; and since when the store's file is to be written anew.
    to_erase: int = 0
    to_erase_since: datetime | None = None
    to_rewrite_since: datetime | None = None
    #: Why the key of fingerprints tells nothing of who was erased.
    key_amiss: str | None = None
    #: What the last sync of a membership database has held back, by its name in the config.
    syncs_held: Mapping[str, Record] = field(default_factory=dict)
    #: Mails to the unsubscribe mailbox of late that a person has to read, and those that nobody can.
    mails_to_read: int = 0
    mails_unread: int = 0
    #: Mailboxes in which more waits than looks at them read, each with since when it does.
    mailboxes_behind: Mapping[str, datetime] = field(default_factory=dict)
    #: Mailboxes that are not there yet, by the keys of the config that name them.
    mailboxes_to_come: Mapping[str, str] = field(default_factory=dict)
    #: Mails in the folder for people that no rule understands, and where that is.
    bounces_to_read: int = 0
    bounces_folder: str = ""
    #: Bounces of late that name no mail of ours, and those that are about us.
    bounces_unknown: int = 0
    bounces_of_us: int = 0
    #: How fast mail may leave, of all of it and of each group of domains with limits.
    paces: tuple[PaceStatus, ...] = ()
    backups: BackupStatus = field(default_factory=BackupStatus)
    #: Of editions of which too many mails came back: how many bounces of each wait for the operator's word.
    bounces_held: Mapping[str, int] = field(default_factory=dict)
    #: When the daemon looks next at each deed, at the latest and by its config; empty where none runs.
    next_looks: Mapping[str, datetime] = field(default_factory=dict)
    #: Addresses that are never mailed, by why.
    suppressions: Mapping[str, int] = field(default_factory=dict)
    #: How much room there is where the store and the published documents lie.
    disks: tuple[DiskRoom, ...] = ()
    outlook: SiteOutlook = field(default_factory=SiteOutlook)
    #: Of a site with a queue of jobs: which daemon does the deeds, and how the queue stands.
    leader: str | None = None
    #: When each kind of process that runs for good has read its config, where the file says something else now.
    outdated_configs: Mapping[str, datetime] = field(default_factory=dict)
    #: By deed, how it ended where the store could not take that.
    unkept_ends: Mapping[str, str] = field(default_factory=dict)
    queue: QueueStanding | None = None
    #: Why the store's server takes no writes.
    no_writes: NoWrites | None = None


def site_status(store: Store, now: datetime, source: str, digests: Sequence[Digest], zone: tzinfo) -> SiteStatus:
    # Asked before the records are read: a deed that ends in between has its record by then.
    under_way = {deed: who for deed in DEEDS if (who := holder(store, deed))}
    with store.read() as connection:
        notes = sources.notes(connection, source)
        latest = {deed: record for deed in DEEDS if (record := records.latest(connection, deed))}
        good = {deed: each.ended_at for deed in DEEDS if (each := records.latest_good(connection, deed))}
        last_good = {deed: instant for deed, instant in good.items() if instant}
        tallies = edition_sums.of_all(connection)
        prepared = records.latest_with_news(connection, "prepare")
        delivered = records.latest_with_news(connection, "deliver")
        # A round that finds no relay moves nothing, and so is no news.
        lost = max(
            (each for each in (latest.get("deliver"), delivered) if each and each.counts.get("lost")),
            key=lambda each: each.counts["lost"],
            default=None,
        )
        subscriptions, people = reader_counts.standing(connection)
        return SiteStatus(
            now=now,
            source=source,
            clock=facts.read(connection, facts.CLOCK),
            crawled=notes.complete,
            lacking=lacking(notes.memory),
            records=latest,
            last_good_poll=last_good.get("poll"),
            last_good=last_good,
            under_way=under_way,
            beside={name: record for name in BESIDE if (record := records.latest(connection, name))},
            posts=posts.tally(connection),
            feeds=sum(feed.retired_at is None for feed in feeds.everything(connection).values()),
            troubled={each.path: each.trouble or "" for each in documents.troubled(connection)},
            pings=pings.waiting(connection),
            feeds_changed=documents.newest(connection),
            calendars=tuple(calendars.notes(connection).values()),
            digests=tuple(_digest(connection, digest, tallies, now, zone) for digest in digests),
            subscriptions=subscriptions,
            subscribers=people,
            deliveries=added_up(tallies.values()),
            unsent=tuple(editions.waiting(connection)),
            settled=settled(connection, tallies, now),
            paused=tuple(each for each in editions.open_ones(connection) if each.state is EditionState.PAUSED),
            editions=outcomes(connection, digests, tallies, now),
            relay_lost=lost.counts["lost"] if lost else 0,
            relay_trouble=lost.said.get("trouble") if lost else None,
            letters_refused=bool(delivered and delivered.counts.get("letters_refused")),
            outbox=outbox.standing(connection, since=now - OUTBOX_REMEMBERED),
            left_out=prepared.counts.get("left_out", 0) if prepared else 0,
            held=sum(not removal.refused for removal in removals.held(connection)),
            quarantined=len(quarantine.everything(connection)),
            acknowledged=acknowledgements.everything(connection),
            left_without=tuple(left_readers(connection, digests)),
            half_ended=half_ended(connection),
            corrections=correcting.waiting(connection, digests, now),
            sign_ups=sign_ups.count_waiting(connection),
            sign_ups_since=sign_ups.oldest_waiting(connection),
            sign_ups_aside=sign_ups.aside(connection)[0],
            sign_ups_aside_why=sign_ups.aside(connection)[1],
            complaints=tuple(reader_complaints.open_ones(connection)),
            to_erase=erasing.waits_since(connection)[0],
            to_erase_since=erasing.waits_since(connection)[1],
            to_rewrite_since=rewriting.owed_since(connection),
            mails_to_read=read_mails.count(connection, MailOutcome.OTHER, since=now - MAILS_REMEMBERED),
            mails_unread=read_mails.count(connection, MailOutcome.UNREAD, since=now - MAILS_REMEMBERED),
            mailboxes_behind=read_mails.behind(connection),
            bounces_unknown=bounces.count_unknown(connection, since=now - MAILS_REMEMBERED),
            bounces_of_us=bounces.count_of_us(connection, since=now - MAILS_REMEMBERED),
            bounces_held=held_bounces.waiting(connection),
            suppressions=suppressions.by_reason(connection),
        )


def _digest(connection: sa.Connection, digest: Digest, tallies: Tallies, now: datetime, zone: tzinfo) -> DigestStatus:
    last = last_edition(connection, digest, now)
    closing = next_closing(connection, digest, zone, now)
    return DigestStatus(
        key=digest.key,
        name=digest.name,
        next_closing=closing.at,
        passed_over=closing.passed_over,
        last_edition=last,
        deliveries=tallies.get(last.id, {}) if last else {},
    )
