"""By which keys the daemon's machine takes links: whoever hands mail over elsewhere has to sign by one of them.

A mail whose links nobody takes can't be called back, and its reader can't unsubscribe by it.
"""

from __future__ import annotations

from typing import Final

from solacefeed.errors import UsageError
from solacefeed.store import facts
from solacefeed.store.database import Store
from solacefeed.tokens import Keys, known_by

#: What helps.
SIGN_ALIKE: Final = (
    "give it the same SOLACEFEED_SECRET, or [mail] secret_file; where it has a new one, begin the daemon anew with "
    "that first"
)


def note_keys(store: Store, keys: Keys) -> None:
    """Writes down by which *keys* links are taken from now on; of none more is kept than by what it is known again."""
    with store.write() as connection:
        facts.put(connection, facts.LINK_KEYS, " ".join(map(known_by, keys)))


def signs_otherwise(store: Store, configured: Keys) -> str | None:
    """Why links that this machine signs would be taken nowhere, as far as a daemon has told; a look alone.

    It signs by the first key that its config has, *configured*, and without one by the store's own.
    """
    with store.read() as connection:
        told, own = facts.read(connection, facts.LINK_KEYS), facts.read(connection, facts.SECRET)
    key = configured[0] if configured else own
    if not told or (key is not None and known_by(key) in told.split()):
        return None
    return "this machine signs links by another secret than the daemon's, where nobody could unsubscribe by them"


def must_sign_alike(store: Store, configured: Keys) -> None:
    """Raises ``UsageError`` where ``signs_otherwise``."""
    if why := signs_otherwise(store, configured):
        raise UsageError(f"{why}: {SIGN_ALIKE}")
