"""People who subscribe, choose and leave by themselves, as a config wants it; what writes to them is loaded late."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.config.checks import address_of
from solacefeed.deeds.people.answer import Answered, answer
from solacefeed.errors import ConfigError
from solacefeed.store import home, outbox, sign_ups
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.people.settings import PeopleSettings


class People:
    def __init__(self, base: Base) -> None:
        self._base = base

    @property
    def come_by_themselves(self) -> bool:
        """Whether the config has pages on which they can, and something to have."""
        return self._base.config.web.base_url is not None and bool(self._base.config.digests)

    def settings(self, store: Store) -> PeopleSettings:
        """Raises ``ConfigError`` where the config has no address of our pages, or no digest."""
        from solacefeed.deeds.people.settings import PeopleSettings
        from solacefeed.digest.messages import letter_id

        base, config = self._base, self._base.config
        if not self.come_by_themselves or config.web.base_url is None:
            raise ConfigError(["people subscribe by themselves where there are [web] base_url and [[digests]]"])
        return PeopleSettings(
            digests={each.key: each for each in base.digests()},
            names=base.names,
            site=base.site(store),
            base_url=config.web.base_url,
            keys=base.keys(store),
            key=base.fingerprints,
            name_letter=partial(letter_id, sender=config.mail.sender),
            environment=base.environment,
            reply_to=address_of(config.mail.reply_to),
            postal_address=config.site.postal_address,
            complaints=config.web.complaints or address_of(config.mail.reply_to),
            welcome=config.web.welcome,
            wake=base.process.woken.set,
        )

    def answer(self, store: Store) -> Answered:
        """Answers what was asked on forms."""

        def answer_all(store: Store) -> tuple[int, int]:
            from solacefeed.deeds.people import answer_letters

            return answer_letters.answer_all(store, self._base.clock, self.settings(store))

        base = self._base
        keep = base.config.privacy.keep_networks
        admit = partial(home.must_be_at_home, store, base.home(store))
        return answer(store, base.clock, answer_all, keep_networks=keep, rehearsed=base.rehearsed, admit=admit)

    def mark(self, store: Store) -> tuple[bool, int]:
        """Whether something waits to be answered, and the newest letter: what changes of both wants a look."""
        with store.read() as connection:
            return sign_ups.is_any_waiting(connection), outbox.newest(connection)
