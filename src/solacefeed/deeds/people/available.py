"""What of somebody's wishes can be had now, and how it is said: whatever a form was sent, no more comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.digest.choice_words import cadence_words, choice_words
from solacefeed.digest.choices import may_join
from solacefeed.digest.personal_letters import LetterItem, Writer
from solacefeed.models.digests import Digest
from solacefeed.models.people import Actor, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import Wish
from solacefeed.store import categories, digests, tags


def joinable(listed: Iterable[Digest]) -> tuple[Digest, ...]:
    """Those that a form may show and take: public, and open to readers."""
    return tuple(each for each in listed if each.public and may_join(each))


def takeable(connection: sa.Connection, settings: PeopleSettings, wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Those of *wishes* that can be had: a digest that may be joined, with categories and a cadence that there are.

    A category that is gone is left out of a wish; a wish of which none is left is none, for it is not one for all.
    """
    served = digests.everything(connection)
    may = {each.key: each for each in joinable(settings.digests.values())}
    found: dict[str, Wish] = {}
    for wish in wishes:
        digest, known = may.get(wish.digest), served.get(wish.digest)
        if digest is None or (known is not None and known.ended_at is not None):
            continue
        chosen = choosable(connection, settings, digest, wish.category_ids)
        if chosen is None or chosen:
            kinds = [each.kind for each in digest.cadences]
            often = wish.cadence if wish.cadence in kinds else None
            found.setdefault(wish.digest, Wish(digest=wish.digest, category_ids=chosen, cadence=often))
    return tuple(found.values())


def choosable(
    connection: sa.Connection, settings: PeopleSettings, digest: Digest, chosen: Sequence[CategoryId] | None
) -> tuple[CategoryId, ...] | None:
    """Those of *chosen* that readers of a digest can choose, sorted; ``None`` for everything."""
    if chosen is None:
        return None
    hidden = {each.id for each in categories.everything(connection) if not settings.names.shows(each)}
    known = set(known_slugs(connection, digest.followed).ids.values()) - hidden
    return tuple(sorted(known.intersection(chosen)))


def stands(subscription: Subscription | None) -> bool:
    return subscription is not None and subscription.state is not SubscriptionState.ENDED


def stands_by_a_list(subscription: Subscription | None) -> bool:
    """Whether it stands by the word of the config's list or of a ``sync``, either of which may end it."""
    return stands(subscription) and subscription is not None and subscription.entered_by in (Actor.LIST, Actor.SYNC)


def writer(settings: PeopleSettings, language: str | None) -> Writer:
    return Writer(
        site=settings.site,
        postal_address=settings.postal_address,
        environment=settings.environment,
        language=language,
    )


def items(
    connection: sa.Connection, settings: PeopleSettings, wishes: Iterable[Wish], language: str
) -> tuple[LetterItem, ...]:
    """*wishes* in words: ``Weekly digest``, ``Housing and Education, every week``."""
    found = [(settings.digests[wish.digest], wish) for wish in wishes if wish.digest in settings.digests]
    return tuple(
        LetterItem(name=digest.title, words=wish_words(connection, settings, digest, wish, language))
        for digest, wish in found
    )


def titles(settings: PeopleSettings, wishes: Iterable[Wish]) -> tuple[str, ...]:
    """What readers know the digests of *wishes* by."""
    return tuple(settings.digests[wish.digest].title for wish in wishes if wish.digest in settings.digests)


def wish_words(connection: sa.Connection, settings: PeopleSettings, digest: Digest, wish: Wish, language: str) -> str:
    """``Housing and Education, every week``"""
    known = [*categories.everything(connection), *tags.followed(connection, digest.followed)]
    labels = {each.id: settings.names.label(each) for each in known if settings.names.shows(each)}
    wanted = None if wish.category_ids is None else frozenset(wish.category_ids)
    often = cadence_words(digest.cadence(wish.cadence).kind, language)
    return f"{choice_words(wanted, labels, language)}, {often}"
