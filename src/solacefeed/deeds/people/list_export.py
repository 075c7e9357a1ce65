"""Everyone with their subscriptions, as a table that this program and others can read: a page in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import EVERY, Actor, Basis, Consent, How, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId, slug_by_id
from solacefeed.store import consents, subscriber_search
from solacefeed.store.database import Store
from solacefeed.store.subscriber_search import PAGE, START, SubscriptionFilter, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedSubscription:
    """One row; its fields are the columns, in their order."""

    address: str
    name: str | None
    #: Its key.
    digest: str
    state: SubscriptionState
    #: Slugs; ``None`` for everything.
    categories: tuple[str, ...] | None
    #: ``None`` for the digest's first, and for the site's language.
    cadence: CadenceKind | None
    language: str | None
    #: From when the choice counts, of several categories the first.
    counts_from: datetime | None
    paused_until: datetime | None
    #: Of the consent; ``None`` where there is none.
    basis: Basis | None
    consent_at: datetime | None
    how: How | None
    claimed: bool | None
    evidence: str | None
    #: When it was changed last, and by whose word.
    changed: datetime
    by: Actor | None


def exported(
    store: Store, asked: SubscriptionFilter, followed: tuple[str, ...]
) -> Iterator[list[ExportedSubscription]]:
    """Those that are asked for, by address and digest, in pages; no read stays open between two of them."""
    place = START
    with store.read() as connection:
        slugs = {id_: slug for slug, id_ in known_slugs(connection, followed).ids.items()}
    while True:
        with store.read() as connection:
            found = subscriber_search.page(connection, asked, after=place, limit=PAGE)
            numbers = (each.consent_id for each in found if each.consent_id is not None)
            given = consents.among_these(connection, numbers)
        if not found:
            return
        yield [_row(each, given.get(each.consent_id or 0), slugs) for each in found]
        place = place_of(found[-1])


def _row(subscription: Subscription, consent: Consent | None, slugs: Mapping[CategoryId, str]) -> ExportedSubscription:
    chosen, since = subscription.category_ids, subscription.since
    return ExportedSubscription(
        address=subscription.subscriber.email,
        name=subscription.subscriber.name,
        digest=subscription.digest,
        state=subscription.state,
        # The blog may have some no more.
        categories=None if chosen is None else tuple(slugs.get(each, slug_by_id(each)) for each in chosen),
        cadence=subscription.cadence,
        language=subscription.language,
        counts_from=min(since.values()) if since else None,
        paused_until=subscription.paused_until,
        basis=None if consent is None else consent.basis,
        consent_at=None if consent is None else consent.at,
        how=None if consent is None else consent.how,
        claimed=None if consent is None else consent.claimed,
        evidence=None if consent is None else consent.evidence,
        changed=subscription.changed_at,
        by=subscription.changed_by,
    )


def cells_of(row: ExportedSubscription) -> list[str]:
    """The row as a table has it; ``deeds.people.importing.columns`` knows it again."""
    return [_cell(getattr(row, name)) if name != "categories" else _choice(row.categories) for name in FIELDS]


FIELDS = tuple(ExportedSubscription.__dataclass_fields__)


def _choice(categories: tuple[str, ...] | None) -> str:
    return EVERY if categories is None else ", ".join(categories)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
