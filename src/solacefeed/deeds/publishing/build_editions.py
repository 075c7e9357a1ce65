"""The part of the build that is about editions: the feed of each digest, and a page of each edition for everyone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from solacefeed.deeds.publishing.output import Draft
from solacefeed.deeds.publishing.plan import EMPTY_SINCE, Plan, PublishSettings
from solacefeed.digest.views import covered_days
from solacefeed.models.editions import Edition
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Post, PostState
from solacefeed.publish.directory import ON_A_CARD, ListedFeed
from solacefeed.publish.editions import (
    PublicEdition,
    digest_feed,
    edition_entry,
    edition_page,
    edition_page_view,
    edition_url,
)
from solacefeed.publish.feeds import Entry, FeedDocument
from solacefeed.publish.page import Link, PagesInCommon, root_of
from solacefeed.store import editions, events, posts, variants
from solacefeed.store.database import Store
from solacefeed.store.events import KeptEvent
from solacefeed.views.events import EventView, event_view
from solacefeed.words import interface

if TYPE_CHECKING:
    from jinja2 import Environment

#: Editions that the feed of a digest holds, the newest ones; all have their pages.
MOST_EDITIONS = 20


class EditionBuild:
    """The editions of one publish."""

    def __init__(
        self,
        store: Store,
        settings: PublishSettings,
        common: PagesInCommon,
        environment: Environment,
        plan: Plan,
        entries: Callable[[Iterable[Post]], dict[str, Entry]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._common = common
        self._environment = environment
        self._plan = plan
        self._entries = entries

    def wanted(self) -> Iterator[tuple[str, str]]:
        """Key and title of each digest of which something is to be made anew."""
        return (each for each in self._settings.digests if self._chosen(each[0]) or self._is_withdrawn(each[0]))

    def made(self, digest: str, title: str) -> tuple[list[Draft], FeedDocument]:
        """The pages of a digest that are made anew, and its live document, which leads to them."""
        public = self._plan.editions.get(digest, [])
        newest = [self._read(title, edition) for edition in public[:MOST_EDITIONS]]
        pages = [self._page(title, public, number) for number in self._chosen(digest)]
        return pages, self._document(digest, title, newest)

    def _chosen(self, digest: str) -> list[int]:
        public = self._plan.editions.get(digest, [])
        return [number for number, edition in enumerate(public) if edition.id in self._plan.edition_pages]

    def _is_withdrawn(self, digest: str) -> bool:
        return digest in self._plan.edition_withdrawn

    def listed(self) -> list[ListedFeed]:
        """The digests, as the lists of all feeds have them."""
        return [
            ListedFeed(
                feed=digest_feed(digest, title, self._settings.naming),
                posts=len(public),
                updated=public[0].period.ends,
                newest=public[0].period.ends,
                latest=tuple(self._link(title, edition) for edition in public[:ON_A_CARD]),
            )
            for digest, title in self._settings.digests
            if (public := self._plan.editions.get(digest, []))
        ]

    def pages(self) -> list[tuple[str, datetime]]:
        """The addresses of all editions' pages, and of when they are."""
        return [
            (edition_url(edition.id, self._settings.naming.site.base_url), edition.period.ends)
            for public in self._plan.editions.values()
            for edition in public
        ]

    def _document(self, digest: str, title: str, newest: list[PublicEdition]) -> FeedDocument:
        naming = self._settings.naming
        entries = tuple(edition_entry(public, naming) for public in newest)
        feed = digest_feed(digest, title, naming)
        return FeedDocument(
            feed=feed, naming=naming, entries=entries, updated=entries[0].updated if entries else EMPTY_SINCE
        )

    def _page(self, title: str, public: list[Edition], number: int) -> Draft:
        shown = replace(self._read(title, public[number]), events=self._events(public[number]))
        later = self._read(title, public[number - 1]) if number else None
        earlier = self._read(title, public[number + 1]) if number + 1 < len(public) else None
        view = edition_page_view(shown, self._settings.naming, self._common, earlier, later)
        return Draft(
            path=shown.path,
            content=edition_page(view, self._environment),
            feed=FeedKind.DIGEST.key(shown.edition.digest),
            why=f"edition {shown.edition.id}",
        )

    def _read(self, title: str, edition: Edition) -> PublicEdition:
        """An edition with the posts that it covers and that are still there."""
        with self._store.read() as connection:
            covered = posts.some(connection, editions.covered_posts(connection, edition.id))
        there = [post for post in covered if post.state is PostState.PUBLISHED]
        return PublicEdition(
            digest_title=title,
            edition=edition,
            days=covered_days(edition.period, self._settings.site.zone),
            posts=tuple(self._entries(there).values()),
        )

    def _events(self, edition: Edition) -> tuple[EventView, ...]:
        """What it told somebody of, as that is known now; an event that the operator dismissed was none."""
        zone, naming = self._settings.site.zone, self._settings.naming
        root = root_of(FeedKind.DIGEST.key(edition.digest))
        with self._store.read() as connection:
            told = [self._kept.get(event_id) for event_id in variants.promoted_by(connection, edition.id)]
        rows = [event.row for event in told if event and not event.dismissed]
        there = sorted(
            ((event, row) for row in rows if (event := row.event)), key=lambda it: (it[0].begins_at(zone), it[0].id)
        )
        return tuple(
            event_view(
                # What nobody tells of any more invites nobody.
                replace(event, booking_over=event.booking_over or not row.shown),
                zone,
                naming.site.language,
                calendar_url=f"{root}{event.calendar_path}" if row.shown else None,
                over=row.over,
            )
            for event, row in there
        )

    @cached_property
    def _kept(self) -> dict[str, KeptEvent]:
        with self._store.read() as connection:
            return events.kept(connection)

    def _link(self, title: str, edition: Edition) -> Link:
        public = PublicEdition(digest_title=title, edition=edition, days=(edition.period.ends.date(),) * 2, posts=())
        return Link(
            text=public.title(interface(self._settings.naming.site.language)),
            href=edition_url(edition.id, self._settings.naming.site.base_url),
        )
