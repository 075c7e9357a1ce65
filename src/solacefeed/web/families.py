"""Which metrics there are of a site: the name, the help and the labels of each, and its values.

Names follow the conventions of Prometheus: base units, instants as seconds since 1970, and no age, which is the query's
to make. docs/monitoring.md has each of them; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from solacefeed.deeds.upkeep.edition_status import EditionOutcome
from solacefeed.deeds.upkeep.measures import SiteMeasures
from solacefeed.deeds.upkeep.status import DEEDS
from solacefeed.models.bounces import BounceKind
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.people import SubscriptionState, SuppressionReason

#: The digest of what is of none that the config has.
OTHER = "other"

Values: TypeAlias = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFamily:
    """Some values of one name."""

    #: Without the prefix.
    name: str
    help: str
    labels: tuple[str, ...] = ()
    #: For each its labels' values, in their order.
    values: Values


def families(site: SiteMeasures) -> Iterator[MetricFamily]:
    """All of them; each stands here also while there is nothing of it."""
    for describe in (_of_deeds, _of_content, _of_editions, _of_people, _of_letters, _of_the_machine, _of_troubles):
        yield from describe(site)


def _of_deeds(site: SiteMeasures) -> Iterator[MetricFamily]:
    status = site.status
    yield MetricFamily(
        name="deed_last_success_timestamp_seconds",
        help="When a deed last worked, be it a look that found nothing to do.",
        labels=("deed",),
        values=[((deed,), at.timestamp()) for deed, at in status.last_good.items()],
    )
    yield MetricFamily(
        name="deed_last_run_timestamp_seconds",
        help="When a deed was last begun.",
        labels=("deed",),
        values=[((deed,), record.started_at.timestamp()) for deed, record in status.records.items()],
    )
    yield MetricFamily(
        name="deed_last_run_failed",
        help="Whether a deed did not work when it was last done (1), or did (0).",
        labels=("deed",),
        # Of what a full disk keeps from being written down this process knows.
        values=[((deed,), float(failed)) for deed, failed in _failed(site).items()],
    )
    yield MetricFamily(
        name="deed_running",
        help="Whether a deed is under way (1).",
        labels=("deed",),
        values=[((deed,), float(deed in status.under_way)) for deed in status.records],
    )
    yield MetricFamily(
        name="deed_last_duration_seconds",
        help="How long a deed took when there was last something to do.",
        labels=("deed",),
        values=[
            ((deed,), (record.ended_at - record.started_at).total_seconds())
            for deed, record in site.news.items()
            # Of a failure that came again the record spans all of its times.
            if record.ended_at is not None and record.times == 1
        ],
    )
    yield MetricFamily(
        name="deed_patience_seconds",
        help="After so long without a deed that worked somebody should look.",
        labels=("deed",),
        values=[((deed,), span.total_seconds()) for deed, span in site.patience.items()],
    )


def _failed(site: SiteMeasures) -> dict[str, bool]:
    recorded = {deed: record.ok is False for deed, record in site.status.records.items()}
    return recorded | {deed: True for deed in DEEDS if deed in site.unkept}


def _of_content(site: SiteMeasures) -> Iterator[MetricFamily]:
    status = site.status
    yield MetricFamily(
        name="source_info",
        help="The kind of source that posts come from.",
        labels=("kind",),
        values=[((site.source_kind,), 1)],
    )
    yield MetricFamily(name="posts", help="Posts, by state.", labels=("state",), values=_by_word(status.posts))
    yield _one("feeds", "Feeds that are not retired.", status.feeds)
    yield _one("documents_refused", "Documents whose newest version the gate has kept out.", len(status.troubled))
    yield _one("removals_held", "Removals of posts that wait for the operator.", status.held)
    yield _one("pings_waiting", "Documents that the hub is still to be told of.", status.pings)
    yield _one("corrections_waiting", "Corrections that wait for an editor.", status.corrections)
    yield MetricFamily(
        name="quarantined", help="What is set aside, by kind.", labels=("kind",), values=_by_word(site.quarantined)
    )


def _of_editions(site: SiteMeasures) -> Iterator[MetricFamily]:
    status = site.status
    yield MetricFamily(
        name="editions",
        help="Editions that there ever were, by digest and state.",
        labels=("digest", "state"),
        values=_added((digest(site, key), state, count) for (key, state), count in site.editions.items()),
    )
    yield MetricFamily(
        name="copies",
        help="Copies of all editions, by state.",
        labels=("state",),
        values=_of_each(DeliveryState, status.deliveries),
    )
    yield MetricFamily(
        name="current_copies",
        help="Copies of the editions that are under way and of the newest of each cadence, by digest and state.",
        labels=("digest", "state"),
        values=_added((_digest_of(site, e), state, n) for e in status.editions for state, n in e.copies.items()),
    )
    yield MetricFamily(
        name="current_bounced_copies",
        help="Of the copies of these editions, those that came back for good, by digest.",
        labels=("digest",),
        values=_added((_digest_of(site, each), site.hard.get(each.id, 0)) for each in status.editions),
    )
    yield MetricFamily(
        name="deferred_copies",
        help="Copies that were put off and wait, by domain group; the others' is empty.",
        labels=("group",),
        values=_by_word(site.deferred),
    )
    yield MetricFamily(
        name="pace_slowed",
        help="Whether mail is slowed down since it is deferred (1), by domain group; that of all mail is empty.",
        labels=("group",),
        values=[((each.group,), float(each.slowed_to is not None)) for each in status.paces],
    )
    yield MetricFamily(
        name="edition_foreseen_end_timestamp_seconds",
        help="About when the last copy of the editions under way leaves, by digest.",
        labels=("digest",),
        values=_latest((_digest_of(site, e), e.ends_at.timestamp()) for e in status.editions if e.ends_at),
    )


def _of_people(site: SiteMeasures) -> Iterator[MetricFamily]:
    status = site.status
    yield MetricFamily(
        name="subscriptions",
        help="Subscriptions, by digest and state.",
        labels=("digest", "state"),
        values=_added(
            [
                *((each.key, state.value, 0) for each in status.digests for state in SubscriptionState),
                *((digest(site, each.digest), each.state, each.readers) for each in site.readers),
            ]
        ),
    )
    yield MetricFamily(
        name="suppressions",
        help="Addresses that are never mailed, by reason.",
        labels=("reason",),
        values=_of_each(SuppressionReason, status.suppressions),
    )
    yield MetricFamily(
        name="recent_bounces",
        help="Bounces of the last seven days, by kind.",
        labels=("kind",),
        values=_of_each(BounceKind, site.bounces),
    )
    yield _one("sign_ups_waiting", "Forms that wait to be answered.", status.sign_ups)
    yield _one("complaints_open", "Complaints of readers that nobody has answered.", len(status.complaints))
    yield MetricFamily(
        name="complaint_due_timestamp_seconds",
        help="By when the most pressing complaint of a reader is to be answered; none where there is none.",
        values=[((), each.due.timestamp()) for each in status.complaints[:1]],
    )
    yield _one("erasures_waiting", "Readers who wait to be erased.", status.to_erase)


def _of_letters(site: SiteMeasures) -> Iterator[MetricFamily]:
    box = site.status.outbox
    yield MetricFamily(
        name="outbox_letters",
        help="Letters that wait, are in hand, or ended otherwise than they should of late, by state.",
        labels=("state",),
        values=_of_each(DeliveryState, box.states),
    )
    yield MetricFamily(
        name="outbox_oldest_timestamp_seconds",
        help="When the oldest letter that waits was put into the outbox; none where none waits.",
        values=[((), box.waits_since.timestamp())] if box.waits_since else [],
    )


def _of_the_machine(site: SiteMeasures) -> Iterator[MetricFamily]:
    disks = site.status.disks
    yield MetricFamily(
        name="disk_free_bytes",
        help="Room on each disk that the site writes to, by what lies on it.",
        labels=("holds",),
        values=[((each.holds,), each.free) for each in disks],
    )
    yield MetricFamily(
        name="disk_size_bytes",
        help="The size of each of these disks.",
        labels=("holds",),
        values=[((each.holds,), each.size) for each in disks],
    )
    yield MetricFamily(
        name="store_size_bytes",
        help="The size of the store's file; none on a server.",
        values=[((), site.store_bytes)] if site.store_bytes is not None else [],
    )


def _of_troubles(site: SiteMeasures) -> Iterator[MetricFamily]:
    judged = site.judged
    told = [*((each, "false") for each in judged.troubles), *((each, "true") for each in judged.acknowledged)]
    yield MetricFamily(
        name="troubles",
        help="Troubles that solacefeed status tells, by kind, and whether the operator knows of them.",
        labels=("kind", "acknowledged"),
        values=_added((each.key.partition(":")[0], known, 1) for each, known in told),
    )
    yield _one("troubles_unacknowledged", "Troubles for which solacefeed status exits with 1.", len(judged.troubles))
    yield _one("hints", "Hints that solacefeed status gives.", len(judged.hints))


# -- values ------------------------------------------------------------------------------------------------


def digest(site: SiteMeasures, key: str) -> str:
    """The digest's key, where the config has it."""
    return key if any(each.key == key for each in site.status.digests) else OTHER


def _digest_of(site: SiteMeasures, edition: EditionOutcome) -> str:
    return digest(site, edition.id.rpartition("/")[0])


def _one(name: str, says: str, value: float) -> MetricFamily:
    return MetricFamily(name=name, help=says, values=[((), value)])


def _by_word(counts: Mapping[str, int]) -> Values:
    return [((word,), count) for word, count in sorted(counts.items())]


def _of_each(words: type[StrEnum], counts: Mapping[str, int]) -> Values:
    """Of each of *words*, also of what there is none: a series that is not there can't be compared."""
    return [((word.value,), counts.get(word.value, 0)) for word in words]


def _added(rows: Iterable[tuple[object, ...]]) -> Values:
    """Labels with a count at their end; those of the same labels together."""
    return _together(rows, lambda before, count: before + count)


def _latest(rows: Iterable[tuple[object, ...]]) -> Values:
    return _together(rows, max)


def _together(rows: Iterable[tuple[object, ...]], join: Callable[[float, float], float]) -> Values:
    found: dict[tuple[str, ...], float] = {}
    for *labels, value in rows:
        key, number = tuple(map(str, labels)), float(str(value))
        found[key] = join(found[key], number) if key in found else number
    return sorted(found.items())
