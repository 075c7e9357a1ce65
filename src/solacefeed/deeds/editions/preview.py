"""preview: an edition as it would be, for eyes only; it writes nothing to the store, and takes any instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.editions.due import before_it, in_view
from solacefeed.deeds.editions.picking import ToldBefore, contents_shown
from solacefeed.deeds.editions.recipients import told_before
from solacefeed.deeds.editions.renderer import Head, Material, Renderer
from solacefeed.deeds.editions.revisions import frozen, left_of
from solacefeed.deeds.editions.terms import Offer, Terms, offer
from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.contents import Contents
from solacefeed.digest.eligibility import Candidate, candidates
from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE
from solacefeed.digest.selection import chosen
from solacefeed.errors import UsageError
from solacefeed.models.digests import Cadence, Digest
from solacefeed.models.editions import Edition, EditionState, Period, Variant
from solacefeed.models.people import EVERY, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import Post
from solacefeed.store import deliveries, edition_posts, editions, subscribers, variants
from solacefeed.store.database import Store
from solacefeed.words import counted, interface

#: Of a mail's html that Gmail shows; the rest stands behind a link, the one to unsubscribe with it.
SHOWN_BYTES = 102_000
CUT_SHORT = (
    f"Gmail shows {SHOWN_BYTES // 1000} kB of a mail, and the rest, with the link to unsubscribe, behind another link"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    edition_id: str
    period: Period
    posts: int
    events: int
    subject: str
    text: str
    html: str
    #: Of the html, in bytes: what mail programs count.
    size: int
    #: What it was made of: the variant, with the placeholders of what is a reader's own still in it ...
    variant: Variant
    #: ... and what its reader chose, in words.
    choice: str
    #: Whether nothing is in it that a mail is written for.
    is_nothing: bool

    def line(self) -> str:
        words = f"{self.edition_id}: {counted(self.posts, 'post')}, {counted(self.events, 'event')}"
        if self.is_nothing:
            return f"{words}; without a post it would be skipped"
        words = f"{words}, {-(-self.size // 1000)} kB"
        return words if self.size <= SHOWN_BYTES else f"{words}; {CUT_SHORT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """With whose eyes an edition is looked at: a reader's of these categories, or those of one subscriber."""

    #: Slugs; ``None`` for everything.
    slugs: Sequence[str] | None = None
    #: A subscriber's address; their own choice stands, and what they were told of before.
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What of which edition is seen, and in which words its reader is told what they asked for."""

    edition: Edition
    contents: Contents
    material: Material
    choice: str


def preview(
    store: Store, renderer: Renderer, now: datetime, viewer: Viewer, *, upcoming: bool, cadence: Cadence | None = None
) -> Preview:
    """The edition that ``prepare`` would freeze at *now*; else the last one, while it may go; else the one to come.

    It is of the digest's first *cadence*, or of the one that a subscriber has, where none is said. Raises
    ``UsageError`` for a category that the blog has not, and for an address that does not get the digest.
    """
    with store.read() as connection:
        reader = _reader(connection, viewer, renderer.digest, now)
        of_it = cadence or renderer.digest.cadence(reader.cadence)
        edition = in_view(connection, renderer.digest, of_it, renderer.imprint.site.zone, now, upcoming=upcoming)
        shown = _shown(connection, renderer, edition, of_it, reader, now, upcoming=upcoming)
    return _preview(renderer, shown)


def preview_edition(store: Store, renderer: Renderer, edition_id: str, now: datetime, viewer: Viewer) -> Preview:
    """That edition as it stands, be it a draft or on its way; raises ``UsageError`` for one that there is not."""
    with store.read() as connection:
        edition = editions.find(connection, edition_id)
        if edition is None:
            raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
        of_it = renderer.digest.cadence(edition.cadence) if edition.cadence else None
        reader = _reader(connection, viewer, renderer.digest, now)
        shown = _shown(connection, renderer, edition, of_it, reader, now, upcoming=False)
    return _preview(renderer, shown)


def _preview(renderer: Renderer, shown: _Shown) -> Preview:
    variant = renderer.render(renderer.unrendered(Head.of(shown.edition), shown.contents, shown.material))
    html = for_nobody(variant.html, shown.choice)
    return Preview(
        edition_id=shown.edition.id,
        period=shown.edition.period,
        posts=len(variant.picks),
        events=len(variant.event_ids),
        subject=variant.subject,
        text=for_nobody(variant.text, shown.choice),
        html=html,
        size=len(html.encode()),
        variant=variant,
        choice=shown.choice,
        is_nothing=_is_nothing(renderer, shown, variant),
    )


def _is_nothing(renderer: Renderer, shown: _Shown, variant: Variant) -> bool:
    if shown.edition.cadence is None or variant.picks or shown.contents.left_without:
        return False
    return not (variant.event_ids and renderer.digest.events_alone)


def for_nobody(part: str, choice: str = "what you chose") -> str:
    """*part* with stand-ins where a recipient's own address, choice and links go."""
    stand_ins = {
        RECIPIENT: "you@example.org",
        UNSUBSCRIBE: "https://example.org/your-own-link",
        PAUSE: "https://example.org/your-own-page#pause",
        PREFERENCES: "https://example.org/your-own-page",
        CHOICE: choice,
    }
    for placeholder, words in stand_ins.items():
        part = part.replace(placeholder, words)
    return part


# -- who looks --------------------------------------------------------------------------------------


def _reader(connection: sa.Connection, viewer: Viewer, digest: Digest, now: datetime) -> Subscription:
    """The subscription of the one who looks; of one who is nobody, one that has got nothing yet."""
    if viewer.email is not None:
        return _subscription(connection, viewer.email, digest)
    wanted = category_ids(connection, viewer.slugs, "--categories", digest.followed)
    nobody = Subscriber(id=0, email="you@example.org", name=None, created_at=now)
    return Subscription(
        subscriber=nobody,
        digest=digest.key,
        state=SubscriptionState.CONFIRMED,
        category_ids=wanted,
        changed_at=now,
    )


def _subscription(connection: sa.Connection, email: str, digest: Digest) -> Subscription:
    known = subscribers.find(connection, email)
    there = subscribers.subscription(connection, known.id, digest.key) if known else None
    if there is None or there.state is not SubscriptionState.CONFIRMED:
        raise UsageError(f"{email} does not get {digest.name}: `solacefeed subscribers list` shows who does")
    return there


# -- what they see ----------------------------------------------------------------------------------


def _shown(
    connection: sa.Connection,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
    reader: Subscription,
    now: datetime,
    *,
    upcoming: bool,
) -> _Shown:
    if edition.counts is not None or edition.state in (EditionState.DONE, EditionState.DELIVERING):
        kept = _frozen(connection, renderer, edition, cadence, reader, now)
        if kept is not None:
            return kept
    return _not_frozen(connection, renderer, edition, cadence, reader, now, upcoming=upcoming)


def _frozen(
    connection: sa.Connection,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
    reader: Subscription,
    now: datetime,
) -> _Shown | None:
    """What is kept of an edition for a reader: their own copy's, else what most like their choice would get."""
    posts = frozen(connection, edition)
    pages = edition_posts.editions_of(connection, edition.digest, [post.id for post in posts])
    material = renderer.gather(connection, posts, now, pages)
    labels = renderer.labels(material)
    copy = deliveries.of_reader(connection, edition.id, reader.subscriber.id)
    language = interface(reader.language or renderer.imprint.site.language)
    if copy is not None:
        stored = variants.variant(connection, edition.id, copy.variant_key, copy.revision)
        contents = left_of(stored, material) or Contents()
        return _Shown(
            edition=edition,
            contents=contents,
            material=material,
            choice=choice_words(chosen(copy.selection), labels, language),
        )
    if reader.subscriber.id:
        return None
    its = set(editions.covered_posts(connection, edition.id))
    own = candidates((post for post in posts if post.id in its), {}, renderer.digest, material.categories)
    terms = Terms(
        edition=edition, cadence=cadence, candidates=_in_order(own, posts), material=material, floor=lambda at: at
    )
    return _as_nobody(renderer, terms, reader)


def as_everything(connection: sa.Connection, renderer: Renderer, made: Offer) -> Contents:
    """What a reader of everything gets of an edition who has got nothing before it; of a notice, what it says."""
    reader = _reader(connection, Viewer(), renderer.digest, made.terms.material.now)
    return _as_nobody(renderer, _of_its_window(made), reader).contents


def _of_its_window(made: Offer) -> Terms:
    """The terms of an edition with its own posts alone: what was not got of earlier ones is some readers' own."""
    own = {post.id for post in made.own}
    return replace(made.terms, candidates=tuple(each for each in made.terms.candidates if each.post.id in own))


def _in_order(own: tuple[Candidate, ...], posts: Sequence[Post]) -> tuple[Candidate, ...]:
    """*own*, as the edition has them."""
    by_id = {each.post.id: each for each in own}
    return tuple(by_id[post.id] for post in posts if post.id in by_id)


def _as_nobody(renderer: Renderer, terms: Terms, reader: Subscription) -> _Shown:
    """What a reader of such a choice gets who has got nothing before, and has had it all along."""
    longest = min([each.settled_at for each in terms.candidates], default=terms.edition.period.starts)
    return _as_reader(renderer, terms, replace(reader, since={EVERY: longest}), ToldBefore())


def _as_reader(renderer: Renderer, terms: Terms, reader: Subscription, told: ToldBefore) -> _Shown:
    language = interface(reader.language or renderer.imprint.site.language)
    wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
    return _Shown(
        edition=terms.edition,
        contents=contents_shown(renderer, terms, reader, told),
        material=terms.material,
        choice=choice_words(wanted, renderer.labels(terms.material), language),
    )


def _not_frozen(
    connection: sa.Connection,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
    reader: Subscription,
    now: datetime,
    *,
    upcoming: bool,
) -> _Shown:
    made = offer(connection, renderer, edition, cadence, now, until=edition.brings_until)
    zone = renderer.imprint.site.zone
    before = before_it(connection, renderer.digest, cadence, zone, now) if upcoming and cadence else None
    terms = made.terms
    if before is not None:
        # What the edition before it brings, which is not frozen yet, is not brought again.
        later = tuple(each for each in terms.candidates if each.settled_at >= before.ends)
        terms = replace(terms, candidates=later)
    if reader.subscriber.id == 0:
        return _as_nobody(renderer, _of_its_window(replace(made, terms=terms)), reader)
    told = told_before(connection, renderer, terms, reader.subscriber.id, reader.subscriber.id)
    return _as_reader(renderer, terms, reader, told)
