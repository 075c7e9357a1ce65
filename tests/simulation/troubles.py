"""What is to befall the machines of a site, whichever of them comes to it, and what one leaves to the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.simulation.facts import Deed
from tests.simulation.story import Befalls, Beside, BreaksOff, Kill, KillAtFile, Spell, StandsStill


@dataclass(slots=True)
class Troubles:
    """One value, which all machines of a site have."""

    #: When they are as they should not be: off, with a clock that has leapt, with a full disk.
    spells: list[Spell] = field(default_factory=list)
    #: By the deed: in which transaction of the next process that does it, it dies.
    fates: dict[Deed, int] = field(default_factory=dict)
    #: Before which one another process is quicker.
    company: dict[Deed, int] = field(default_factory=dict)
    #: Where it stands still.
    stands_still: dict[Deed, StandsStill] = field(default_factory=dict)
    #: Which of its commits breaks off.
    breaks_off: dict[Deed, BreaksOff] = field(default_factory=dict)
    #: When it touches a file for so many times, it dies.
    dies_at_file: int | None = None
    #: Since when an edition is paused, which the operator lets go on.
    paused_since: datetime | None = None
    #: Whose mail has come back, and was not read yet.
    came_back: set[str] = field(default_factory=set)
    #: Whether the last publish did not come to its end, or something is to befall the next.
    has_to_publish: bool = False

    def meet(self, step: Befalls) -> None:
        """What the next process comes to."""
        self.has_to_publish = True
        match step:
            case Kill():
                self.fates[step.deed] = step.transaction
            case KillAtFile():
                self.dies_at_file = step.step
            case Beside():
                self.company[step.deed] = step.transaction
            case StandsStill():
                self.stands_still[step.deed] = step
            case BreaksOff():
                self.breaks_off[step.deed] = step

    def spell(self, now: datetime, *what: str) -> Spell | None:
        return next((each for each in self.spells if each.what in what and each.at <= now < each.until), None)
