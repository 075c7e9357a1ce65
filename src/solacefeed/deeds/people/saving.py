"""A reader's form is saved whole: what they have is made as they want it, and what they have not is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from solacefeed.catalogue import N_, gettext
from solacefeed.deeds.people.available import choosable, stands, takeable, wish_words
from solacefeed.deeds.people.choose import WholeChoice, changed, offered
from solacefeed.deeds.people.holder import BY_PAGE, holder, pause_one
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import write_down
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState, Wording
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import NewSignUp, SignUpKind, Wish
from solacefeed.person_names import person_name
from solacefeed.ports import Clock
from solacefeed.store import subscribers
from solacefeed.store.database import Store
from solacefeed.words import weekday_words


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDigest:
    """How somebody wants a digest."""

    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None = None
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None
    paused: bool = False
    #: When the pause ends; ``None`` for when they say so.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The whole of a preferences form."""

    #: ``None`` for none.
    name: str | None
    #: BCP 47; ``None`` for the site's.
    language: str | None
    #: By digest key; ``None`` for one that they do not want. What is not named stays as it is.
    digests: Mapping[str, WantedDigest | None] = field(default_factory=dict)
    #: The sentence beside the button, for what has to be confirmed.
    wording: Wording | None = None
    #: A prefix of the address that the form came from.
    network: str | None = None
    #: Of the page, and so of the words of ``Saved``.
    speaking: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What saving has changed."""

    #: In words, a sentence each; empty where all was so already.
    changes: tuple[str, ...] = ()
    #: Keys of digests that begin when the letter about them is confirmed.
    asked: tuple[str, ...] = ()


def save(
    store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, wanted: Preferences
) -> Saved:
    """Makes all of a form so, in one transaction; a digest that does not stand is asked for by a sign-up instead.

    Raises ``Gone``, and ``UsageError`` for a category, a cadence or a time that can't be: then nothing is changed.
    """
    now = clock()
    with store.write() as connection:
        subscriber = holder(connection, number, generation, held=True)
        saving = _Saving(connection, settings, subscriber, wanted, now)
        # The person's row before those of what they have, as whoever confirms a sign-up does.
        named = tuple(saving.name())
        changes = (*saving.digests(), *named)
        asked = saving.ask()
    if asked:
        settings.wake()
    return Saved(changes=changes, asked=asked)


class _Saving:
    """One form while it is saved."""

    def __init__(
        self,
        connection: sa.Connection,
        settings: PeopleSettings,
        subscriber: Subscriber,
        wanted: Preferences,
        at: datetime,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._subscriber = subscriber
        self._wanted = wanted
        self._at = at
        self._there = {each.digest: each for each in subscribers.of_one(connection, subscriber.id, held=True)}

    def digests(self) -> Iterator[str]:
        """Changes each that stands, and says how."""
        for key, there in self._there.items():
            if not stands(there):
                continue
            if key in self._wanted.digests and self._wanted.digests[key] is None:
                yield from self._end(there)
            else:
                yield from self._keep(there, self._wanted.digests.get(key))

    def _end(self, there: Subscription) -> Iterator[str]:
        if subscribers.end(self._connection, self._subscriber.id, there.digest, at=self._at, reason=BY_PAGE):
            yield self._say(N_("%(digest)s will not come to you any more."), there)

    def _keep(self, there: Subscription, wanted: WantedDigest | None) -> Iterator[str]:
        digest = self._settings.digests.get(there.digest)
        if digest is None:
            return
        language = self._wanted.language
        choice = (there.category_ids, there.cadence, language) if wanted is None else self._choice(digest, wanted)
        by, zone = Actor.READER, self._settings.site.zone
        if changed(self._connection, digest, zone, there, choice, at=self._at, by=by, reason=BY_PAGE):
            yield from self._changed(digest, there, choice)
        if wanted is not None:
            yield from self._pause(digest, wanted)

    def _choice(self, digest: Digest, wanted: WantedDigest) -> WholeChoice:
        chosen = choosable(self._connection, self._settings, digest, wanted.category_ids)
        if wanted.category_ids is not None and len(chosen or ()) != len(set(wanted.category_ids)):
            raise UsageError(f"{digest.name}: one of these categories is not there any more")
        if chosen is not None and not chosen:
            raise UsageError(f"{digest.name}: choose a category, or everything; or stop it")
        return chosen, offered(digest, wanted.cadence), self._wanted.language

    def _changed(self, digest: Digest, there: Subscription, choice: WholeChoice) -> Iterator[str]:
        category_ids, cadence, language = choice
        if (category_ids, cadence) != (there.category_ids, there.cadence):
            wish = Wish(digest=digest.key, category_ids=category_ids, cadence=cadence)
            what = wish_words(self._connection, self._settings, digest, wish, self._wanted.speaking)
            yield self._say(N_("%(digest)s brings you: %(what)s."), there, what=what)
        if language != there.language:
            yield self._say(N_("%(digest)s speaks the language that you have chosen."), there)

    def _pause(self, digest: Digest, wanted: WantedDigest) -> Iterator[str]:
        there = subscribers.subscription(self._connection, self._subscriber.id, digest.key, held=True)
        if there is None or there.state is SubscriptionState.BOUNCED:
            return
        paused = there.state is SubscriptionState.PAUSED
        if wanted.paused and (not paused or there.paused_until != wanted.until):
            yield from self._begin_pause(there, wanted.until)
        elif paused and not wanted.paused:
            by, number = Actor.READER, self._subscriber.id
            subscribers.resume(self._connection, number, digest.key, at=self._at, by=by, reason=BY_PAGE)
            yield self._say(N_("%(digest)s comes to you again."), there)

    def _begin_pause(self, there: Subscription, until: datetime | None) -> Iterator[str]:
        if until is not None and until <= self._at:
            raise UsageError("a pause can't end before it begins")
        pause_one(self._connection, self._settings, there, until=until, at=self._at, reason=BY_PAGE)
        if until is None:
            yield self._say(N_("%(digest)s is paused until you say that it shall come again."), there)
        else:
            day = weekday_words(until.astimezone(self._settings.site.zone).date(), self._wanted.speaking)
            yield self._say(N_("%(digest)s is paused until %(day)s."), there, day=day)

    def name(self) -> Iterator[str]:
        name = person_name(self._wanted.name)
        # What a form shows and sends back as it was is nobody's new word, however it came to be kept.
        if name != person_name(self._subscriber.name):
            subscribers.rename(self._connection, self._subscriber.id, name, by=Actor.READER)
            yield gettext("Your name is saved.", self._wanted.speaking)

    def ask(self) -> tuple[str, ...]:
        """Asks by a sign-up for what does not stand; returns the keys of what can be had."""
        wishes = [
            Wish(digest=key, category_ids=each.category_ids, cadence=each.cadence)
            for key, each in self._wanted.digests.items()
            if each is not None and not stands(self._there.get(key))
        ]
        can_be_had = takeable(self._connection, self._settings, wishes) if wishes else ()
        if can_be_had:
            write_down(
                self._connection, self._settings.key, self._sign_up(can_be_had), self._wanted.wording, at=self._at
            )
        return tuple(each.digest for each in can_be_had)

    def _sign_up(self, wishes: tuple[Wish, ...]) -> NewSignUp:
        return NewSignUp(
            kind=SignUpKind.SUBSCRIBE,
            email=self._subscriber.email,
            wishes=wishes,
            language=self._wanted.language,
            network=self._wanted.network,
            page=f"{self._settings.base_url}/preferences",
        )

    def _say(self, message: str, there: Subscription, **values: str) -> str:
        digest = self._settings.digests[there.digest].title if there.digest in self._settings.digests else there.digest
        return gettext(message, self._wanted.speaking, digest=digest, **values)
