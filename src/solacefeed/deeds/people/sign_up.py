"""What somebody asks on a form is written down, the same for whoever it is; ``answer_letters`` decides of it later."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.people.available import joinable
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.email_addresses import email_address
from solacefeed.errors import UsageError
from solacefeed.models.people import Wording
from solacefeed.models.sign_ups import NewSignUp
from solacefeed.person_names import person_name
from solacefeed.ports import Clock
from solacefeed.store import consents, sign_ups
from solacefeed.store.database import Store

__all__ = ["an_address", "ask", "joinable"]


def ask(store: Store, clock: Clock, key: FingerprintKey, sign_up: NewSignUp, wording: Wording | None) -> int:
    """Writes one row, by one transaction of the same statements whoever the address is of; returns its number.

    *wording* is the sentence beside the button, kept once; ``None`` where nothing is agreed to. Nothing of the store is
    read, so that nothing of it can be told by how long it takes. Raises ``UsageError`` for what is no address.
    """
    asked = replace(sign_up, email=an_address(sign_up.email), name=person_name(sign_up.name))
    with store.write() as connection:
        return write_down(connection, key, asked, wording, at=clock())


def write_down(
    connection: sa.Connection, key: FingerprintKey, sign_up: NewSignUp, wording: Wording | None, *, at: datetime
) -> int:
    """Two statements, and one without a *wording*."""
    said = consents.keep_wording(connection, wording, at=at) if wording else None
    asked, nonce = replace(sign_up, wording_hash=said), secrets.token_urlsafe(12)
    return sign_ups.add(connection, asked, address_key=key.address_key(sign_up.email), nonce=nonce, at=at)


def an_address(said: str) -> str:
    """*said* as one address; raises ``UsageError`` for what is none, or could carry a second one."""
    try:
        return email_address(said.strip())
    except ValueError as error:
        raise UsageError(str(error)) from None
