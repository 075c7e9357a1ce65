"""What has become of an edition's copies, for all who tell it."""

from __future__ import annotations

from collections.abc import Mapping

from solacefeed.models.deliveries import DeliveryState


def pause_words(edition_id: str, reason: str | None) -> str:
    """What a person is told of an edition that stands paused."""
    return f"{edition_id} is paused, {reason}: mend that, then `solacefeed editions resume {edition_id}`"


def has_reached_nobody(copies: Mapping[str, int], deferred: int) -> bool:
    """Whether, of *copies* by state, some were tried and nobody can have one."""
    arrived = copies.get(DeliveryState.ACCEPTED, 0) + copies.get(DeliveryState.UNCERTAIN, 0)
    tried = deferred + copies.get(DeliveryState.REJECTED, 0) + copies.get(DeliveryState.EXPIRED, 0)
    return arrived == 0 and tried > 0
