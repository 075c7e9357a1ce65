"""The application: a store, opened as it is wanted, and the deeds of a config, each loaded when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.errors import LostStore
from solacefeed.store import facts, home
from solacefeed.store.database import Store, open_store, open_to_look
from solacefeed.store.locks import in_use
from solacefeed.store.moved_away import must_be_here
from solacefeed.store.unkept_ends import UnkeptEnds

if TYPE_CHECKING:
    from solacefeed.composition.alarms import Alarms
    from solacefeed.composition.backups import Backups
    from solacefeed.composition.bounces import Bounces
    from solacefeed.composition.events import Events
    from solacefeed.composition.mail import Mail
    from solacefeed.composition.people import People
    from solacefeed.composition.posts import Posts
    from solacefeed.composition.privacy import Privacy
    from solacefeed.composition.publishing import Publishing
    from solacefeed.composition.signing import Signing
    from solacefeed.composition.upgrading import Upgrading
    from solacefeed.composition.upkeep import Upkeep


class App(Base):
    # -- the store -----------------------------------------------------------------------------

    @contextmanager
    def store(self, *, create: bool = True, moved_too: bool = False) -> Iterator[Store]:
        """The store, opened, at its newest schema, and settled to be this site's.

        Raises ``NotAtHome`` for one that was moved away, unless *moved_too*.
        """
        with self._lost_told():
            opened = open_store(self.config.store.url, create=create, home=self.home_otherwise)
        try:
            with in_use(opened):
                if not moved_too:
                    must_be_here(opened)
                facts.settle_tag_authority(opened, self.config.site.tag_authority)
                # A copy that is made from now on is known as one.
                home.begin(opened, self.home(opened), at=self.clock())
                opened.unkept.ends = UnkeptEnds.beside(self.home(opened).file)
                try:
                    yield opened
                finally:
                    home.note_use(opened, self.home(opened))
        finally:
            opened.close()

    @contextmanager
    def looking(self) -> Iterator[Store]:
        """The store, opened for reading alone: a look changes nothing in it, and brings no older one up to date."""
        with self._lost_told():
            opened = open_to_look(self.config.store.url, home=self.home_otherwise)
        try:
            with opened.read() as connection:
                facts.check_tag_authority(connection, self.config.site.tag_authority)
            yield opened
        finally:
            opened.close()

    @contextmanager
    def _lost_told(self) -> Iterator[None]:
        """Of a lost store it is said which backup is the newest."""
        try:
            yield
        except LostStore as lost:
            raise LostStore(lost.what, lost.home, newest=self.backups.newest()) from None

    @contextmanager
    def deciding(self, *, create: bool = False, moved_too: bool = False) -> Iterator[Store]:
        """The store for what the operator decides: it lives by the same clock, or nothing is decided.

        Raises ``OtherClock`` else. Before the first deed either clock will do.
        """
        with self.store(create=create, moved_too=moved_too) as store:
            with store.read() as connection:
                facts.check_clock(connection, rehearsed=self.rehearsed)
            yield store
            # At once, so that who leaves now stays away also where the store is lost before the next look.
            self.backups.note_people(store)

    def settle_clock(self, store: Store) -> None:
        """Raises ``StoreError``, as every deed would, when the store lives by the other clock."""
        facts.settle_clock(store, rehearsed=self.rehearsed)

    # -- the deeds -----------------------------------------------------------------------------

    def deeds(self, store: Store) -> tuple[str, ...]:
        """The deeds that there is work for, in their order; those of mail also where all they do is to refuse."""
        mail = self.config.digests or self.audience(store).misfits()
        if not mail:
            return ("poll", "publish")
        # Publishing comes between preparing and delivering, so that a mail's link to its edition leads somewhere.
        answering = ("answer",) if self.people.come_by_themselves else ()
        return ("poll", "prepare", "publish", *answering, "deliver")

    def where_to_look(self) -> Iterator[tuple[str, Path]]:
        """Where a person can look at what the deeds have made."""
        yield "feeds:", self.config.feeds.dir / "index.html"
        if self.config.digests and self.config.mail.transport == "rehearsal":
            yield "mails:", self.config.mail.dir

    @cached_property
    def posts(self) -> Posts:
        from solacefeed.composition.posts import Posts

        return Posts(self, self.events)

    @cached_property
    def events(self) -> Events:
        from solacefeed.composition.events import Events

        return Events(self)

    @cached_property
    def publishing(self) -> Publishing:
        from solacefeed.composition.publishing import Publishing

        return Publishing(self, self.events)

    @cached_property
    def mail(self) -> Mail:
        from solacefeed.composition.mail import Mail

        return Mail(self, self.events)

    @cached_property
    def signing(self) -> Signing:
        from solacefeed.composition.signing import Signing

        return Signing(self)

    @cached_property
    def people(self) -> People:
        from solacefeed.composition.people import People

        return People(self)

    @cached_property
    def privacy(self) -> Privacy:
        from solacefeed.composition.privacy import Privacy

        return Privacy(self)

    @cached_property
    def bounces(self) -> Bounces:
        from solacefeed.composition.bounces import Bounces

        return Bounces(self, self.privacy)

    @cached_property
    def alarms(self) -> Alarms:
        from solacefeed.composition.alarms import Alarms

        return Alarms(self, self.upkeep, self.mail, self.bounces)

    @cached_property
    def backups(self) -> Backups:
        from solacefeed.composition.backups import Backups

        return Backups(self)

    @cached_property
    def upgrading(self) -> Upgrading:
        from solacefeed.composition.upgrading import Upgrading

        return Upgrading(self, self.publishing)

    @cached_property
    def upkeep(self) -> Upkeep:
        from solacefeed.composition.upkeep import Upkeep

        return Upkeep(self)
