"""With what a worker claims mail."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

from solacefeed.models.deliveries import Lease

#: For so long at most a dead worker keeps mail from others; one that lives renews its leases much sooner.
LENGTH = timedelta(minutes=5)


def new_lease() -> Lease:
    """That of a worker whose name nobody has had."""
    return Lease(worker=f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}", length=LENGTH)
