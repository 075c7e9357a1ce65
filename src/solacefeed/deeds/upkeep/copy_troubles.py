"""What is amiss with an edition's copies as a whole: in nobody's hand, or fewer than its readers."""

from __future__ import annotations

from collections.abc import Iterator

from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import ACKNOWLEDGE, Trouble
from solacefeed.models.editions import OPEN
from solacefeed.words import counted


def not_adding_up(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        if not each.adds_up:
            readers, copies = each.recipients or 0, counted(each.written, "copy", "copies")
            end = f"`solacefeed editions cancel {each.id}`" if each.state in OPEN else ACKNOWLEDGE
            yield Trouble(
                key=f"sum:{each.id}",
                words=f"{each.id} was frozen for {counted(readers, 'reader')}, and has {copies}",
                ends_by=f"bring a whole store back, or {end}",
                size=abs(readers - each.written),
            )


def stranded(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        if each.in_hand and "deliver" not in status.under_way:
            copies = counted(each.in_hand, "copy", "copies")
            yield Trouble(
                key=f"stranded:{each.id}",
                words=f"{copies} of {each.id} in hand, and nobody delivers",
                ends_by="`solacefeed deliver` takes them up again, on PostgreSQL once their lease ends (5 min at most)",
                size=each.in_hand,
            )
