"""The machines of a site, of which one leads; several share a PostgreSQL, and hand mail over in turns.

Each of several has a clock, a process and connections of its own, and its own file beside the store. They share the
folder of feeds and the mailbox of bounces, as docs/scaling.md wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.delivering.due import DueMail
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.store.database import open_store
from tests.simulation import database_clock
from tests.simulation.clock import Clock
from tests.simulation.facts import Deed, DeliveryBegins
from tests.simulation.machine import Machine
from tests.simulation.story import StandsStill

#: Looks for mail, until none finds any: what one turn leaves, the next one has.
LOOKS = 20


@dataclass
class Fleet:
    """All of them, in the order of their numbers."""

    machines: list[Machine]
    #: The number of the one that leads.
    leads: int = 0

    @classmethod
    def of(cls, first: Machine, clocks: list[Clock]) -> Fleet:
        """*first* by itself, or where there are more *clocks* than one, machines with these, which are as it is."""
        fleet = cls([first])
        if len(clocks) > 1:
            fleet.machines = [_one_of_several(first, number, clock, fleet) for number, clock in enumerate(clocks)]
        return fleet

    @property
    def leader(self) -> Machine:
        return self.machines[self.leads]

    def next_leads(self) -> Machine:
        """The leader is gone, or taken for dead."""
        self.leads = (self.leads + 1) % len(self.machines)
        return self.leader

    @property
    def workers(self) -> list[OneOfSeveral]:
        return [each for each in self.machines if isinstance(each, OneOfSeveral)]

    def close(self) -> None:
        """Of what it has opened."""
        for each in self.workers:
            each.store.close()


@dataclass(kw_only=True)
class OneOfSeveral(Machine):
    """Where it leads, it looks for mail, and whoever is free takes a turn; what becomes of it, the others outlive."""

    fleet: Fleet
    #: By which the server knows its connections.
    sessions: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()

        @sa.event.listens_for(self.store.engine, "connect")
        def note_session(wire: Any, _record: Any) -> None:
            self.sessions.append(wire.info.backend_pid)

        @sa.event.listens_for(self.store.engine, "commit")
        def break_off(connection: sa.Connection) -> None:
            self._fate.break_off(connection)

    # -- mail ----------------------------------------------------------------------------------------

    def _hand_over(self) -> DeliverResult:
        """Looks as a leader does, and has others take a turn at what is due, until nothing is."""
        turns, done = cycle(self.fleet.workers), DeliverResult()
        for _ in range(LOOKS):
            due: list[DueMail] = []
            looked = self.process.mail.queue(self._dying, due.append)
            done = _both(done, looked)
            if not any(each.outbox or each.editions for each in due):
                break
            for each in due:
                if each.outbox:
                    done = _both(done, next(turns).takes_letters())
                for edition in each.editions:
                    done = _both(done, next(turns).takes_turn(edition))
            if not self.clock.leap and self._is_for_seconds(done.paced_until):
                self._let_seconds_pass()
        return done

    def takes_letters(self) -> DeliverResult:
        """As a worker does when its turn comes."""
        return self._turn(lambda: self.process.mail.hand_over_letters(self._dying, _never, _never))

    def takes_turn(self, edition: str) -> DeliverResult:
        return self._turn(lambda: self.process.mail.deliver(self._dying, edition=edition))

    def _turn(self, work: Callable[[], DeliverResult]) -> DeliverResult:
        self.facts.append(DeliveryBegins(at=self.clock.true))
        return self._did("deliver", work) or DeliverResult(trouble="a turn did not come to its end")

    # -- what befalls it -------------------------------------------------------------------------------

    def stands_still(self, still: StandsStill) -> None:
        """Another one leads meanwhile, and does all that is due; then it wakes, and goes on where it was."""
        self._died(still.deed, what="stood still")
        self.clock.true += still.span
        if still.connections == "ended":
            self._lose_connections()
        other = self.fleet.next_leads()
        assert other is not self
        deeds: tuple[Deed, ...] = ("poll", "prepare", "publish", "deliver")
        for deed in deeds:
            getattr(other, deed)()

    def _lose_connections(self) -> None:
        """As whoever leads next ends them, and as a network does that is gone for long."""
        ended = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY(:pids)")
        other = next(each for each in self.fleet.machines if each is not self)
        with other.store.write() as connection:
            connection.execute(ended, {"pids": self.sessions}).all()
        self.sessions.clear()

    def _second_process(self, during: Deed) -> None:
        """On another machine."""
        place = self.fleet.machines.index(self)
        self.fleet.machines[place - 1].does_beside(during)


def _one_of_several(first: Machine, number: int, clock: Clock, fleet: Fleet) -> Machine:
    """As *first* is, with a folder, connections and a clock of its own."""
    folder = first.folder / f"machine-{number}"
    folder.mkdir()
    store = open_store(first.store.engine.url)
    database_clock.go_by(store.engine, lambda: clock.true)
    return OneOfSeveral(
        config=first.config,
        folder=folder,
        store=store,
        clock=clock,
        blog=first.blog,
        relay=first.relay,
        documents=first.documents,
        facts=first.facts,
        troubles=first.troubles,
        fleet=fleet,
    )


def _both(one: DeliverResult, other: DeliverResult) -> DeliverResult:
    """What came of two turns, as far as a look tells it: whether anything was left, and until when it waits."""
    return replace(
        other,
        accepted=one.accepted + other.accepted,
        pauses=(*one.pauses, *other.pauses),
        trouble=one.trouble or other.trouble,
        lost=one.lost + other.lost,
    )


def _never() -> bool:
    return False
