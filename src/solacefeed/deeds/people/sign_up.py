"""What somebody asks on a form is written down, the same for whoever it is; ``answering`` decides of it later."""

from __future__ import annotations

from collections.abc import Iterable

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.models.digests import Digest
from solacefeed.models.people import Wording
from solacefeed.models.sign_ups import NewSignUp
from solacefeed.ports import Clock
from solacefeed.store.database import Store


def joinable(digests: Iterable[Digest]) -> tuple[Digest, ...]:
    """Those that a form may show and take: public, and open to readers."""
    raise NotImplementedError


def ask(store: Store, clock: Clock, key: FingerprintKey, sign_up: NewSignUp, wording: Wording | None) -> int:
    """Writes one row, by one transaction of the same statements whoever the address is of; returns its number.

    *wording* is the sentence beside the button, kept once; ``None`` where nothing is agreed to. Raises ``UsageError``
    for what is no address.
    """
    raise NotImplementedError
