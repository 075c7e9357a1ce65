"""What a site stands on and what ends by itself, looked at once a day: what was found is kept for ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from solacefeed.deeds.upkeep.doctor.examinations import Examination, FindingLevel, SiteFinding, examine_all
from solacefeed.ports import Clock
from solacefeed.store import alarms
from solacefeed.store.database import Store


def look(store: Store, clock: Clock, examinations: Mapping[str, Examination], *, every: timedelta) -> int:
    """Looks at those of *examinations*, by name, that are due; returns how many.

    What nobody answers leaves what was found before; what is looked at no more is forgotten.
    """
    now = clock()
    with store.read() as connection:
        known = alarms.checked(connection)
    due = {name: each for name, each in examinations.items() if name not in known or now - known[name] >= every}
    gone = known.keys() - examinations.keys()
    if not due and not gone:
        return 0
    found = dict(zip(due, examine_all(list(due.values())), strict=True))
    with store.write() as connection:
        alarms.forget_checks(connection, gone)
        for name, result in found.items():
            alarms.note_check(connection, name, _troubles(result.findings), at=clock())
    return len(due)


def _troubles(findings: tuple[SiteFinding, ...]) -> list[tuple[str, str]] | None:
    """In words and what to do; ``None`` where nobody has answered."""
    found = [(each.words, each.to_do or "") for each in findings if each.level is FindingLevel.TROUBLE]
    is_unknown = any(each.level is FindingLevel.UNKNOWN for each in findings)
    return None if is_unknown and not found else found
