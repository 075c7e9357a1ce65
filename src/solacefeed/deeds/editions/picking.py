"""Decides what one reader gets of an edition: by its terms, by what they chose, and by what they were told before.

    choice, what was told --> picks --> contents

It asks nothing of the store. Readers who get the same have the same contents, as one object in memory: there may be a
million of them, and a few hundred variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.terms import Terms
from solacefeed.digest.choices import audience_of, left_without, offers
from solacefeed.digest.contents import Contents
from solacefeed.digest.selection import Selector, Wishes, order_of, selection, wishes_of
from solacefeed.models.editions import Correction, Period, Pick
from solacefeed.models.people import Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.store.announced import NOTHING, ToldBesides

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReaderContents:
    """A reader of an edition, and what it says to them."""

    reader: Subscription
    #: The name of their choice.
    selection: str
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBefore:
    """What some readers were told before, by their numbers."""

    #: Posts.
    got: Mapping[int, frozenset[str]] = field(default_factory=dict)
    #: What they are to be told of posts that they got.
    corrections: Mapping[int, tuple[Correction, ...]] = field(default_factory=dict)
    #: Events that they are told of no more.
    enough: Mapping[int, frozenset[str]] = field(default_factory=dict)
    #: Who has had as many mails of a day as they get.
    full: frozenset[int] = frozenset()
    #: New categories that they were offered, and whether that nothing is left of their choice.
    announced: Mapping[int, ToldBesides] = field(default_factory=dict)


class Picker:
    """What readers get of one edition, each by themselves."""

    def __init__(self, renderer: Renderer, terms: Terms) -> None:
        self._renderer = renderer
        self._terms = terms
        order = order_of(renderer.labels(terms.material))
        self._listed = frozenset(category.id for category in terms.material.categories)
        self._selector = Selector(terms.candidates, order)
        self._names: dict[tuple[CategoryId, ...] | None, str] = {}
        self._wishes: dict[object, Wishes] = {}
        self._contents: dict[object, tuple[tuple[Pick, ...], Contents | None]] = {}
        oldest = terms.edition.period.ends - renderer.digest.mail_within
        self._new = {each: at for each, at in terms.new_categories.items() if at >= oldest}
        #: Whose readers a notice is for.
        self._concerned = audience_of(terms.edition.editing, terms.material.categories)

    def is_for(self, reader: Subscription) -> bool:
        """Whether a reader gets editions of its kind at all."""
        cadence = self._terms.cadence
        if cadence is not None:
            return self._renderer.digest.cadence(reader.cadence).kind is cadence.kind
        return not self._concerned or reader.category_ids is None or not self._concerned.isdisjoint(reader.category_ids)

    def contents(self, reader: Subscription, told: ToldBefore) -> ReaderContents | None:
        """What *reader* gets; ``None`` where that is nothing to write a mail for, or they have had enough mails."""
        number, name = reader.subscriber.id, self._name(reader.category_ids)
        if number in told.full:
            return None
        picks = self._selector.picks(self._wished(reader), told.got.get(number, _NOTHING))
        had, corrections = told.enough.get(number, _NOTHING), told.corrections.get(number, ())
        # Picks that are equal are one object, which is kept here: to hash that is much cheaper than what is in it.
        announced = told.announced.get(number, NOTHING)
        offered = self._offers(reader, announced.offers)
        key = (id(picks), name, had, reader.language, corrections, offered, announced.left_without)
        if key not in self._contents:
            knows = announced.left_without
            self._contents[key] = picks, self._made(reader, picks, had, corrections, offered, knows=knows)
        contents = self._contents[key][1]
        return None if contents is None else ReaderContents(reader, name, contents)

    def _made(
        self,
        reader: Subscription,
        picks: tuple[Pick, ...],
        had: frozenset[str],
        corrections: tuple[Correction, ...],
        offered: tuple[CategoryId, ...],
        *,
        knows: bool,
    ) -> Contents | None:
        """What a reader gets, who *knows* already if nothing is left of their choice."""
        if self._terms.cadence is None:
            return Contents(language=reader.language)
        wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
        if left_without(wanted, self._listed) and not knows:
            return Contents(left_without=True, language=reader.language)
        events = self._renderer.promoted(wanted, had, self._terms.material)
        if not (picks or (events and self._renderer.digest.events_alone)):
            return None
        return Contents(
            picks=picks,
            event_ids=events,
            corrections=corrections if picks else (),
            offers=offered if picks else (),
            language=reader.language,
        )

    def _offers(self, reader: Subscription, told: frozenset[CategoryId]) -> tuple[CategoryId, ...]:
        """The categories that are new to a reader who was *told* of these: what came since they chose, and of late."""
        if not self._new:
            return ()
        ends, listed = self._terms.edition.period.ends, self._terms.material.categories
        begun = min((reader.since or {}).values(), default=self._terms.floor(reader.changed_at))
        window = Period(starts=max(begun, ends - self._renderer.digest.mail_within), ends=ends)
        return tuple(each for each in offers(listed, self._new, window, reader.category_ids) if each not in told)

    def _name(self, category_ids: tuple[CategoryId, ...] | None) -> str:
        if category_ids not in self._names:
            self._names[category_ids] = selection(category_ids)
        return self._names[category_ids]

    def _wished(self, reader: Subscription) -> Wishes:
        since = None if reader.since is None else tuple(reader.since.items())
        floor = self._terms.floor(reader.changed_at) if since is None else None
        key = (reader.category_ids, since, floor, reader.away_until)
        if key not in self._wishes:
            self._wishes[key] = wishes_of(reader, floor or reader.changed_at)
        return self._wishes[key]


def contents_shown(renderer: Renderer, terms: Terms, reader: Subscription, told: ToldBefore) -> Contents:
    """What an edition looks like to one reader; where they would get none, with the events that stand in it alone."""
    found = Picker(renderer, terms).contents(reader, told)
    if found is not None:
        return found.contents
    wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
    had = told.enough.get(reader.subscriber.id, _NOTHING)
    return Contents(event_ids=renderer.promoted(wanted, had, terms.material), language=reader.language)
