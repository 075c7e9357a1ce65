"""What an edition shows to one selection: from picks and posts to words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo

from solacefeed.digest.links import tagged
from solacefeed.digest.rendering import EditionView, PromotionView
from solacefeed.models.editions import Period, Pick
from solacefeed.models.events import Promotion
from solacefeed.models.posts import CategoryId, Post
from solacefeed.site import Site
from solacefeed.views.events import event_view
from solacefeed.views.posts import PostView, language_of, origin, published_words, reading_time
from solacefeed.words import interface, listing, span_words, theirs, weekday_words

EVERY_CATEGORY = "every category"

#: A closing in the morning does not cover its own day.
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who publishes a digest, and for whom: the same in every edition."""

    digest_title: str
    site: Site
    postal_address: str | None

    @property
    def feeds_url(self) -> str:
        return self.site.published_at("")


def edition_view(
    imprint: Imprint,
    period: Period,
    picks: Sequence[Pick],
    posts: Mapping[str, Post],
    promotions: tuple[Promotion, ...],
    *,
    wanted: frozenset[CategoryId] | None,
    labels: Mapping[CategoryId, str],
    languages: Mapping[CategoryId, str] | None = None,
    utm: Mapping[str, str] | None = None,
    edition_url: str | None = None,
) -> EditionView:
    """*labels* has the name of each category that readers see, by its id, in the order in which they see them.

    *languages* tells in which language posts of a category are. *utm* is what booking links say of where they were
    clicked.
    """
    first, last = covered_days(period, imprint.site.zone)
    return EditionView(
        digest_title=imprint.digest_title,
        site_title=imprint.site.title,
        site_url=imprint.site.url,
        organisation=imprint.site.organisation,
        postal_address=imprint.postal_address,
        language=interface(imprint.site.language),
        site_language=theirs(None, imprint.site.language),
        closes=weekday_words(period.ends.astimezone(imprint.site.zone).date(), interface(imprint.site.language)),
        span=span_words(first, last, interface(imprint.site.language)),
        posts=tuple(_post_view(imprint, pick, posts[pick.post_id], labels, languages or {}) for pick in picks),
        promotions=tuple(_promotion_view(imprint, promotion, utm or {}) for promotion in promotions),
        choice=EVERY_CATEGORY if wanted is None else _named(wanted, labels, interface(imprint.site.language)),
        edition_url=edition_url,
        feeds_url=imprint.feeds_url,
    )


def covered_days(period: Period, zone: tzinfo) -> tuple[date, date]:
    """The first and the last local day that an edition speaks of."""
    first = _local(period.starts, zone).date()
    return first, max(first, (_local(period.ends, zone) - _HALF_A_DAY).date())


def _post_view(
    imprint: Imprint,
    pick: Pick,
    post: Post,
    labels: Mapping[CategoryId, str],
    languages: Mapping[CategoryId, str],
) -> PostView:
    return PostView(
        title=post.title,
        url=post.url,
        author=post.author,
        role=post.byline.role if post.byline else None,
        published=published_words(post.published, imprint.site.zone, imprint.site.language),
        excerpt=post.excerpt,
        categories=tuple(labels[category] for category in labels if category in post.category_ids),
        reading_time=reading_time(post.minutes, interface(imprint.site.language)),
        origin=origin(post.first_published),
        language=theirs(language_of(post, languages), imprint.site.language),
        because=_named(pick.because, labels, interface(imprint.site.language)) if pick.because else None,
    )


def _promotion_view(imprint: Imprint, promotion: Promotion, utm: Mapping[str, str]) -> PromotionView:
    event = replace(promotion.event, booking_over=not promotion.bookable)
    line = f"{promotion.news}, {_lowered(promotion.nearness)}" if promotion.news else promotion.nearness
    calendar = f"{imprint.feeds_url}{event.calendar_path}"
    shown = event_view(event, imprint.site.zone, imprint.site.language, calendar_url=calendar)
    told = {each.name: getattr(shown, each.name) for each in fields(shown)}
    told["url"] = tagged(shown.url, utm) if shown.url else None
    if shown.book_by and shown.book_by in line:
        told["book_by"] = None
    return PromotionView(**told, line=line)


def _lowered(line: str) -> str:
    return line[:1].lower() + line[1:]


def _named(
    category_ids: frozenset[CategoryId] | tuple[CategoryId, ...], labels: Mapping[CategoryId, str], language: str
) -> str:
    return listing((labels[category] for category in labels if category in category_ids), language)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone)
