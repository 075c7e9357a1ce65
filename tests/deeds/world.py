"""The vocabulary of the deeds' tests: a site with its blog, its readers and its relay, and the deeds done there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from jinja2 import Environment

from solacefeed.deeds.clock import believe
from solacefeed.deeds.delivering.due import has_work
from solacefeed.deeds.delivering.group_commit import noted_nowhere
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.delivering.recovering import tells_of_none
from solacefeed.deeds.delivering.resolving import Resolved, resolve
from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round
from solacefeed.deeds.delivering.senders import Senders
from solacefeed.deeds.delivering.sending_again import SentAgain, send_again
from solacefeed.deeds.delivering.taken_mail import TakenMail
from solacefeed.deeds.editions import desk_acts
from solacefeed.deeds.editions.decisions import Cancelled, Resumed, Retried, cancel, resume, retry
from solacefeed.deeds.editions.desk import seen_now
from solacefeed.deeds.editions.due import next_closing
from solacefeed.deeds.editions.freeze import NameCopy
from solacefeed.deeds.editions.planned import EditionSettings, planned
from solacefeed.deeds.editions.prepare import PrepareResult, make
from solacefeed.deeds.editions.preview import Preview, Viewer, preview
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.people.choose import resume_paused
from solacefeed.deeds.people.subscribe import end, subscribe
from solacefeed.deeds.posts.take_over import PollResult, Read, take_over
from solacefeed.delivery.retries import SPREAD
from solacefeed.delivery.trial import OnlyTo, OnlyToThem
from solacefeed.digest.approved_drafts import ApprovedDraft
from solacefeed.digest.messages import (
    Envelope,
    Recipient,
    Sheet,
    Sheets,
    compose,
    compose_letter,
    message_id,
)
from solacefeed.digest.views import Imprint
from solacefeed.errors import UsageError
from solacefeed.models.blog import SourceCategory, SourcePost
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.deliveries import Delivery, DeliveryState, Message
from solacefeed.models.desk import OPERATOR
from solacefeed.models.digests import CadenceKind, CategoryNames, Digest
from solacefeed.models.editions import Edition, EditionState, Variant
from solacefeed.models.events import Event
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId
from solacefeed.models.senders import MailSender
from solacefeed.pace import UNLIMITED, Pace
from solacefeed.ports import Batch, Transport
from solacefeed.site import Site
from solacefeed.store import deliveries, editions, variants
from solacefeed.store.database import Store
from solacefeed.templating import templates
from tests.deeds.first_crawl import crawl_or_copy
from tests.store.rows import an_edition, leases_end, readers_at_once
from tests.support.builders import (
    A_CONSENT,
    LONDON,
    MONDAY,
    NO_KEY,
    WEEK,
    a_digest,
    a_reading,
    a_site,
    a_source_category,
)
from tests.support.fakes import Act, Killed, ScriptedRelay, ScriptedSource, SettableClock, WatchedTemplates

BLOG = "https://blog.example.org"

HOUSING = a_source_category(number="1", slug="housing", name="Housing")
HOMELESSNESS = a_source_category(number="2", slug="homelessness", name="Homelessness", parent_number="1")
SCOTLAND = a_source_category(number="3", slug="scotland", name="Scotland")
CATEGORIES = (HOUSING, HOMELESSNESS, SCOTLAND)


@cache
def environment() -> Environment:
    return templates()


class CountedSheets(Sheets):
    """Those of all rounds; says how many were made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def make(self, variant: Variant, envelope: Envelope) -> Sheet:
        self.made += 1
        return super().make(variant, envelope)


SAYS = MailSender(
    sender="Society of Officers <digest@example.org>",
    reply_to="web@example.org",
    return_path="bounces@example.org",
    signs_return_path=False,
)


@dataclass
class World:
    """One site; its first crawl is complete and found nothing, unless it is still to be done."""

    store: Store
    clock: SettableClock = field(default_factory=lambda: SettableClock(MONDAY))
    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    digest: Digest = field(default_factory=a_digest)
    events: tuple[Event, ...] = ()
    #: Where the store's own events shall be promoted instead.
    promotable: Callable[[sa.Connection, datetime], tuple[Event, ...]] | None = None
    repeat_uncertain: bool = True
    #: To the relay, which does what its script says with one message after the other.
    connections: int = 1
    #: Where mail shall go over another relay instead.
    transports: Callable[[], Transport] | None = None
    #: What a round told of: an edition, and the titles of its posts that were withdrawn since it was frozen.
    taken_out: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    #: Which part of a large edition goes first; none where nothing is said.
    canary: CanaryRules | None = None
    #: In a trial, whom mail may go to; everybody else.
    only_to: tuple[str, ...] = ()
    #: The Message-IDs of copies; else they have the number of their subscriber.
    name_copy: NameCopy = field(default_factory=lambda: _name_copy)
    stop: Callable[[], bool] = lambda: False
    gives_way: Callable[[], bool] = lambda: False
    pace: Pace = UNLIMITED
    #: Seconds for which rounds have waited for a limit; and what is done then.
    rested: float = 0.0
    at_rest: Callable[[], object] = lambda: None
    crawled: bool = True
    #: Those of mails, which say how many were rendered.
    templates: WatchedTemplates = field(default_factory=lambda: WatchedTemplates(environment()))
    templates_mark: str = ""
    sheets: CountedSheets = field(default_factory=lambda: CountedSheets())
    #: What the config says of who sends the mail.
    says: MailSender = field(default_factory=lambda: SAYS)
    #: What is added to the log beside the store, where one is kept.
    taken: TakenMail | None = None

    def __post_init__(self) -> None:
        self.of_this_round()
        if self.crawled:
            crawl_or_copy(self.store, self.clock.now, self.first_crawl)

    # -- the blog ----------------------------------------------------------------------------------

    def first_crawl(self) -> None:
        """Finds the blog's categories, and no post."""
        self.blog_says(Batch(site=a_site(), categories=CATEGORIES, memory={}, complete=True))

    def blog_says(self, *steps: Batch | BaseException, read: Read = a_reading) -> PollResult:
        source = ScriptedSource(*steps)
        return take_over(self.store, source, self.clock, url=BLOG, read=read, on_batch=lambda _: None)

    def appear(self, *posts: SourcePost) -> None:
        """The blog has these posts, new or changed; they are seen when they were published."""
        now = self.clock.now
        for post in posts:
            self.clock.now = post.published
            self.blog_says(Batch(posts=(post,)))
        self.clock.now = now

    def vanish(self, *ids: str) -> None:
        self.blog_says(Batch(gone=dict.fromkeys(ids, "deleted (404)")))

    def recategorise(self, *categories: SourceCategory) -> None:
        self.blog_says(Batch(categories=categories))

    # -- readers -----------------------------------------------------------------------------------

    def join(self, *names: str, categories: tuple[str, ...] | None = None, cadence: CadenceKind | None = None) -> None:
        """Readers who chose these slugs; ``None`` for everything."""
        for name in names:
            subscribe(
                self.store,
                self.clock,
                self.digest,
                LONDON,
                email=_address(name),
                consent=A_CONSENT,
                key=NO_KEY,
                name=None,
                slugs=categories,
                cadence=cadence,
            )

    def join_at_once(self, chosen: Mapping[str, tuple[CategoryId, ...] | None]) -> None:
        """Many readers in one step: who chose which ids of categories."""
        now = self.clock.now
        with self.store.write() as connection:
            who, since = {_address(name): ids for name, ids in chosen.items()}, {EVERY: now - timedelta(days=8)}
            readers_at_once(connection, who, since=since, at=now)

    def leave(self, name: str) -> None:
        end(self.store, self.clock, "weekly", email=_address(name))

    def had_an_edition(self) -> None:
        """The digest is no new one: a fortnight ago it had an edition."""
        ends = MONDAY.replace(hour=7) - 2 * WEEK
        done = replace(an_edition(name="weekly/2026-11-09", ends=ends), state=EditionState.DONE)
        with self.store.write() as connection:
            editions.add(connection, done)

    # -- deeds -------------------------------------------------------------------------------------

    @property
    def renderer(self) -> Renderer:
        imprint = Imprint(
            site=Site(
                title="Officers' Blog",
                url=BLOG,
                organisation="Society of Officers",
                language="en-GB",
                zone=LONDON,
                base_url=("https://feeds.example.org/").removesuffix("/"),
                tag_authority="example.org,2012",
            ),
            digest_title="Weekly digest",
            postal_address="1 Market Square, Anytown",
        )
        return Renderer(
            digest=self.digest,
            imprint=imprint,
            names=CategoryNames(),
            events=self.promotable or (lambda _connection, _now: self.events),
            environment=self.templates,
            templates=self.templates_mark,
        )

    def editions_with(self, name_copy: NameCopy) -> EditionSettings:
        return EditionSettings(
            digests=(self.digest,), zone=LONDON, renderer=lambda _: self.renderer, name_copy=name_copy
        )

    def is_due(self) -> bool:
        with self.store.read() as connection:
            return bool(planned(connection, self.editions_with(self.name_copy), self.clock.now))

    def prepare(self, name_copy: NameCopy | None = None) -> PrepareResult:
        believe(self.store, self.clock)
        resume_paused(self.store, self.clock)
        return make(self.store, self.clock, self.editions_with(name_copy or self.name_copy), lambda _: ())[1]

    def approve(self, edition_id: str, *, by: str = OPERATOR, seen: ApprovedDraft | None = None) -> None:
        """As it stands now, or as it was *seen* before."""
        seen = seen or self.seen(edition_id)
        desk_acts.approve(self.store, self.clock, edition_id, by=by, seen=seen)

    def seen(self, edition_id: str) -> ApprovedDraft | None:
        """What whoever approves an edition now has approved."""
        (edition,) = (each for each in self.editions() if each.id == edition_id)
        return seen_now(self.store, self.renderer, edition, self.clock.now)

    def preview(self, name: str | None = None, *, upcoming: bool = False) -> Preview:
        """An edition as a reader of everything would get it, or the reader of this name."""
        viewer = Viewer(email=_address(name) if name else None)
        return preview(self.store, self.renderer, self.clock.now, viewer, upcoming=upcoming)

    def promised(self) -> datetime:
        """The closing that ``status`` names."""
        with self.store.read() as connection:
            return next_closing(connection, self.digest, LONDON, self.clock.now).at

    def prepare_and_die(self) -> None:
        """The process ends when the second copy is named."""
        names: list[str] = []

        def name_one_and_die(edition_id: str, subscriber_id: int) -> str:
            if names:
                raise Killed
            names.append(edition_id)
            return _name_copy(edition_id, subscriber_id)

        self.prepare(name_one_and_die)

    def has_work(self) -> bool:
        return has_work(
            self.store,
            [self.digest],
            self.clock.now,
            repeat_uncertain=self.repeat_uncertain,
            pace=self.pace,
            canary=self.canary,
        )

    def deliver(self, *script: Act) -> DeliverResult:
        """One round with a relay that does what the script says, and then accepts all.

        Where it dies of that, its lease is over before anything else is done.
        """
        self.relay.script = list(script)
        room = DeliverySettings(
            digests=[self.digest],
            renderer=lambda _: self.renderer,
            compose=self._compose,
            compose_letter=self._compose_letter,
            senders=self.of_this_round(),
            only_to=OnlyTo(allowed=self.only_to),
            connections=self.connections,
            canary=self.canary,
            repeat_uncertain=self.repeat_uncertain,
            on_copy=lambda: None,
            stop=self.stop,
            gives_way=self.gives_way,
            on_taken_out=lambda edition, titles: self.taken_out.append((edition.id, titles)),
            pace=self.pace,
            rest=self._rest,
            note_taken=self.taken.note if self.taken else noted_nowhere,
            tells_of_taken=self.taken.tells_of if self.taken else tells_of_none,
        )
        try:
            outside = self.transports or (lambda: self.relay)
            return deliver_round(self.store, lambda: OnlyToThem(outside(), room.only_to), self.clock, room)
        except Killed:
            leases_end(self.store, at=self.clock.now)
            raise

    def of_this_round(self) -> Senders:
        """What mail says of who sends it, by the config as it is now."""
        now = self.says
        self._senders = Senders(lambda _digest: now)
        return self._senders

    def _rest(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.rested += seconds
        self.at_rest()

    # -- what the operator decides -----------------------------------------------------------------

    def resume(self, edition_id: str = "weekly/2026-11-23") -> Resumed:
        return resume(self.store, self.clock, edition_id, self._digest)

    def cancel(self, edition_id: str = "weekly/2026-11-23", *, make_anew: bool = False) -> Cancelled:
        return cancel(self.store, self.clock, edition_id, make_anew=make_anew)

    def retry(self, edition_id: str | None = None, *ids: int) -> Retried:
        return retry(self.store, self.clock, self._digest, edition_id=edition_id, ids=ids or None)

    def resolve(self, *ids: int, arrived: bool, edition_id: str | None = None, acts: bool = True) -> Resolved:
        return resolve(
            self.store, self.clock, self._digest, arrived=arrived, edition_id=edition_id, ids=ids or None, acts=acts
        )

    def send_again(
        self,
        to: DeliveryState | str,
        edition_id: str = "weekly/2026-11-23",
        *,
        until: datetime | None = None,
        acts: bool = True,
    ) -> SentAgain:
        """To all whose copies are in a state, or to the reader of this name."""
        to = to if isinstance(to, DeliveryState) else _address(to)
        return send_again(
            self.store, self.clock, self._digest, self.name_copy, edition_id, to=to, until=until, acts=acts
        )

    def _digest(self, name: str) -> Digest:
        if name != self.digest.name:
            raise UsageError(f"there is no digest {name}")
        return self.digest

    def _compose(self, edition: Edition, variant: Variant, copy: Delivery) -> Message:
        recipient = Recipient(
            subscriber_id=copy.subscriber_id,
            email=copy.email,
            name=copy.name,
            token="t0ken",
            message_id=copy.message_id,
            choice="Housing and Education",
            preferences="https://news.example.org/preferences/t0ken",
        )
        said = self._senders.of(copy.sender_id, edition.digest)
        envelope = replace(ENVELOPE, instant=edition.leaves_at, sender=said.sender, return_path=said.return_path)
        return compose(variant, recipient, envelope, self.sheets)

    def _compose_letter(self, letter: Letter, words: LetterWords) -> Message:
        said = self._senders.of(letter.sender_id, None)
        return compose_letter(letter, words, replace(ENVELOPE, sender=said.sender, return_path=said.return_path))

    # -- what came of it ---------------------------------------------------------------------------

    def editions(self) -> list[Edition]:
        """Oldest first."""
        with self.store.read() as connection:
            return list(reversed(editions.listing(connection)))

    def the_edition(self) -> Edition:
        (edition,) = self.editions()
        return edition

    def variants(self, edition_id: str = "weekly/2026-11-23") -> dict[str, Variant]:
        """The newest of each choice that somebody has a copy for."""
        with self.store.read() as connection:
            newest = {variant.selection: variant for variant in variants.newest_variants(connection, edition_id)}
            copies = deliveries.listing(connection, edition_id=edition_id, state=None, limit=10_000)
        return {copy.selection: newest[copy.variant_key] for copy in copies}

    def variant_of(self, name: str, edition_id: str = "weekly/2026-11-23") -> Variant:
        """What a reader's copy of an edition says, in its newest words."""
        copy = self._copy_of(name, edition_id)
        with self.store.read() as connection:
            return variants.variant(connection, edition_id, copy.variant_key)

    def words_of(self, name: str, edition_id: str = "weekly/2026-11-23") -> str:
        """What a reader's copy says that they asked for."""
        copy = self._copy_of(name, edition_id)
        with self.store.read() as connection:
            return variants.choices(connection, edition_id)[copy.selection, ""]

    def _copy_of(self, name: str, edition_id: str) -> Delivery:
        with self.store.read() as connection:
            found = deliveries.listing(connection, edition_id=edition_id, state=None, limit=10_000)
        return next(copy for copy in found if copy.email == _address(name))

    def copies(self) -> dict[str, Delivery]:
        """The newest copy of each reader, by name."""
        with self.store.read() as connection:
            newest_first = deliveries.listing(connection, edition_id=None, state=None, limit=1000)
        return {copy.email.partition("@")[0]: copy for copy in reversed(newest_first)}

    def states(self) -> dict[str, str]:
        return {name: copy.state.value for name, copy in self.copies().items()}

    def got(self) -> list[str]:
        """Who has a copy, once for each."""
        return [recipient.partition("@")[0] for recipient in self.relay.recipients()]


def everything_in(store: Store) -> dict[str, list[Any]]:
    """The rows of every table that says what the blog said."""
    names = ("posts", "post_categories", "categories", "former_slugs", "authors", "sources")
    with store.read() as connection:
        return {name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {name}").all())) for name in names}


def is_about(again: datetime | None, wait: timedelta | None) -> bool:
    """Whether *again* is so long after Monday, or as much earlier as waits are spread; neither where there is none."""
    if again is None or wait is None:
        return again is None and wait is None
    return wait * (1 - SPREAD) <= again - MONDAY <= wait


def _address(name: str) -> str:
    return f"{name}@example.org"


ENVELOPE = Envelope(
    sender=SAYS.sender,
    reply_to=SAYS.reply_to,
    return_path=SAYS.return_path,
    digest_title="Weekly digest",
    list_id="weekly.example.org",
    language="en-GB",
    instant=MONDAY,
    unsubscribe_https=None,
    unsubscribe_mailto="unsubscribe@example.org",
)


def _name_copy(edition_id: str, subscriber_id: int) -> str:
    return message_id(edition_id, f"copy{subscriber_id}", ENVELOPE.sender)
