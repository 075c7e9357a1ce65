"""The vocabulary of alarms: a site that is watched, and what its operators were told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from solacefeed.deeds.upkeep.alarms import AlarmRules, AlarmsTold, AlarmWays, tell
from solacefeed.deeds.upkeep.outlook import looked_out
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.deeds.upkeep.troubles import Judgement, judgement
from solacefeed.digest.messages import letter_id
from solacefeed.digest.personal_letters import Writer
from solacefeed.models.alarms import AlarmMessage
from solacefeed.models.letters import LetterWords
from solacefeed.store import alarms, outbox
from solacefeed.store.outbox import NameLetter
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import LONDON

OPERATOR = "op@example.org"
NAME = partial(letter_id, sender="Us <digest@example.org>")


def a_trouble(key: str, *, words: str = "", ends_by: str = "mend it", cause: str = "", size: int = 1) -> Trouble:
    return Trouble(key=key, words=words or f"{key} is wrong", ends_by=ends_by, cause=cause, size=size)


class Watch:
    """Who is told of *world*'s troubles, and when."""

    def __init__(
        self,
        world: World,
        *,
        operators: tuple[str, ...] = (OPERATOR,),
        is_posted: bool = False,
        rules: AlarmRules | None = None,
    ) -> None:
        self.world = world
        self.rules = rules or AlarmRules()
        self.ways = AlarmWays(operators=operators, is_posted=is_posted, name=NAME, writer=self.writer)

    def writer(self) -> Writer:
        site = replace(self.world.renderer.imprint.site, language="en")
        return Writer(site=site, postal_address=None, environment=environment(), language="en")

    def look(self, *troubles: Trouble, left: Collection[str] = (), name: NameLetter | None = None) -> AlarmsTold:
        """A look that ends with these troubles."""
        ways = replace(self.ways, name=name) if name else self.ways
        at = self.world.clock.now
        return tell(self.world.store, troubles, ways, left=left, at=at, rules=self.rules)

    def looks(self, *troubles: Trouble, minutes: int) -> None:
        """One each minute, for so long, all with these troubles."""
        for _ in range(minutes):
            self.look(*troubles)
            self.world.clock.forward(minutes=1)

    def judged(self) -> Judgement:
        """What status has to tell of the world."""
        world = self.world
        status = site_status(world.store, world.clock.now, BLOG, (world.digest,), LONDON)
        with world.store.read() as connection:
            outlook = looked_out(connection, (world.digest,), LONDON, world.clock.now, crawled=status.crawled)
        # The world's deeds keep no records: of those nothing is to be told here.
        return judgement(replace(status, outlook=outlook))

    def look_at_it(self) -> AlarmsTold:
        """A look that ends with the troubles that the world has."""
        judged = self.judged()
        troubles = (*judged.troubles, *judged.acknowledged)
        known = {each.key for each in judged.acknowledged} | {each.key for each in troubles if each.is_quiet}
        return self.look(*troubles, left=known)

    # -- what was told -----------------------------------------------------------------------------

    def messages(self) -> list[AlarmMessage]:
        """Oldest first."""
        with self.world.store.read() as connection:
            return alarms.listing(connection, limit=1000)[::-1]

    def told(self) -> list[tuple[str, str]]:
        return [(each.state.value, each.key) for each in self.messages()]

    def subjects(self) -> list[str]:
        with self.world.store.read() as connection:
            return [letter.subject for letter in outbox.listing(connection, limit=1000)[::-1]]

    def words(self) -> LetterWords:
        """What the newest letter says."""
        with self.world.store.read() as connection:
            number = outbox.newest(connection)
            return outbox.words(connection, [number])[number]
