"""Consents: why each subscriber may be mailed; rows are only ever added, but for the network, which goes soon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Basis, Consent, How, NewConsent, Wording
from solacefeed.store.database import among, insert_missing
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import consents, subscriptions, wordings
from solacefeed.store.subscription_rows import only


def record(connection: sa.Connection, subscriber_id: int, digest: str, consent: NewConsent, *, at: datetime) -> int:
    """Writes *consent* down as that by which the subscription stands from now on; returns its number."""
    row = row_of(subscriber_id, digest, consent, at=at)
    number = connection.execute(consents.insert().values(**row).returning(consents.c.id)).scalar_one()
    connection.execute(subscriptions.update().where(only(subscriber_id, digest)).values(consent_id=number))
    return int(number)


def row_of(subscriber_id: int, digest: str, consent: NewConsent, *, at: datetime) -> dict[str, Any]:
    """What is kept of it."""
    return {
        "subscriber_id": subscriber_id,
        "digest": digest,
        "basis": consent.basis.value,
        "at": consent.at,
        "how": consent.how.value,
        "source": consent.source,
        "evidence": consent.evidence,
        "claimed": consent.claimed,
        "wording_hash": consent.wording_hash,
        "network": consent.network,
        "recorded_at": at,
    }


def of_one(connection: sa.Connection, subscriber_id: int) -> list[Consent]:
    """All that somebody has given, oldest first."""
    asked = consents.select().where(consents.c.subscriber_id == subscriber_id).order_by(consents.c.id)
    return [_consent(row) for row in connection.execute(asked)]


def find(connection: sa.Connection, number: int) -> Consent | None:
    row = connection.execute(consents.select().where(consents.c.id == number)).one_or_none()
    return _consent(row) if row else None


def was_given(connection: sa.Connection, subscriber_id: int, digest: str, *, by: datetime) -> bool:
    """Whether one was on record at an instant; those of whom an older release noted none had been entered before."""
    known = (consents.c.recorded_at <= by) | (consents.c.how == How.BEFORE)
    theirs = (consents.c.subscriber_id == subscriber_id) & (consents.c.digest == digest) & known
    return connection.execute(sa.select(sa.exists().where(theirs))).scalar_one()


def among_these(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, Consent]:
    """Those of *numbers* that are on record."""
    conditions = among(connection, consents.c.id, numbers)
    return {row.id: _consent(row) for some in conditions for row in connection.execute(consents.select().where(some))}


def has_network(connection: sa.Connection, *, before: datetime) -> bool:
    """Whether one that was written down before an instant has its network still."""
    return connection.execute(sa.select(sa.exists().where(_old_with_network(before)))).scalar_one()


def forget_networks(connection: sa.Connection, *, before: datetime, limit: int) -> int:
    """Takes the network out of up to *limit* that were written down before an instant; returns how many."""
    some = sa.select(consents.c.id).where(_old_with_network(before)).limit(limit)
    return connection.execute(consents.update().where(consents.c.id.in_(some)).values(network=None)).rowcount


def _old_with_network(before: datetime) -> sa.ColumnElement[bool]:
    return consents.c.network.is_not(None) & (consents.c.recorded_at < before)


def keep_wording(connection: sa.Connection, wording: Wording, *, at: datetime) -> str:
    """Its hash; the text itself is kept once, whatever refers to it."""
    row = {
        "hash": wording.hash,
        "name": wording.name,
        "language": wording.language,
        "text": wording.text,
        "first_used_at": at,
    }
    insert_missing(connection, wordings, [row], key=("hash",))
    return wording.hash


def wording(connection: sa.Connection, hash_: str) -> Wording | None:
    return wordings_of(connection, [hash_]).get(hash_)


def wordings_of(connection: sa.Connection, hashes: Iterable[str]) -> dict[str, Wording]:
    """What people have agreed to, by its hash."""
    conditions = among(connection, wordings.c.hash, hashes)
    rows = (row for each in conditions for row in connection.execute(wordings.select().where(each)))
    return {row.hash: Wording(name=row.name, language=row.language, text=row.text) for row in rows}


def _consent(row: sa.Row[Any]) -> Consent:
    return Consent(
        id=row.id,
        subscriber_id=row.subscriber_id,
        digest=row.digest,
        basis=as_known(Basis, row.basis),
        at=row.at,
        how=as_known(How, row.how),
        source=row.source,
        evidence=row.evidence,
        claimed=row.claimed,
        wording_hash=row.wording_hash,
        network=row.network,
        recorded_at=row.recorded_at,
    )
