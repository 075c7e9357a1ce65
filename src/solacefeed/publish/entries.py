"""What an entry says of its post, and how many entries a document takes: before any markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from solacefeed.catalogue import gettext
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.publish.feeds import Entry, Feed, Naming, Significance, Term
from solacefeed.views.posts import language_of
from solacefeed.words import interface, marked

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)


def entry(
    post: Post, shown: Sequence[Category], naming: Naming, languages: Mapping[CategoryId, str] | None = None
) -> Entry:
    """*post* as it stands in every feed; *shown* are the categories that readers see, in their order.

    *languages* tells in which language posts of a category are, be it one that readers don't see.
    """
    language = language_of(post, languages or {})
    filed = [category for category in shown if category.id in post.category_ids]
    scheme = naming.uri("category")
    return Entry(
        id=entry_id(post.id, post.guid, naming),
        title=post.title,
        url=post.url,
        author=post.author or naming.site.organisation,
        published=post.published,
        updated=updated(post, naming.significance),
        summary=post.excerpt,
        content=post.content,
        terms=tuple(Term(term=c.slug, scheme=scheme, label=naming.names.label(c)) for c in filed),
        comments_url=post.comments_url,
        image=post.lead_image,
        enclosures=post.enclosures,
        headed_by=post.featured,
        language=language if language != naming.site.language else None,
        role=post.byline.role if post.byline else None,
        origin=post.first_published,
        minutes=post.minutes,
        events_url=naming.events_url if post.advertises else None,
    )


def entry_id(post_id: str, guid: str, naming: Naming) -> str:
    """Ours, or the blog's as it was first seen where the site's readers know that; one that is no IRI never serves."""
    if naming.blogs_ids and _IRI.fullmatch(guid):
        return guid
    return naming.uri(f"post/{post_id}")


def retirement(feed: Feed, at: datetime, naming: Naming) -> Entry:
    """The last entry of a feed in which nothing is left."""
    everything, language = naming.url(f"{FeedKind.ALL.key()}/"), interface(naming.site.language)
    gone = gettext("The blog has no posts under %(feed)s any more, and this feed will go.", language, feed=feed.name)
    all_posts = gettext("all posts", language)
    link = f'<a href="{escape(everything)}">{escape(all_posts)}</a>'
    new = escape(gettext("What is new stands in %(all_posts)s.", language, all_posts="{}")).replace("{}", link)
    return Entry(
        id=f"{feed.id}/retired",
        title=gettext("%(feed)s: this feed has ended", language, feed=feed.name),
        url=everything,
        author=naming.site.organisation,
        published=at,
        updated=at,
        language=marked(naming.site.language),
        summary=gettext("The blog has no posts under %(feed)s any more.", language, feed=feed.name),
        content=f"<p>{escape(gone)} {new}</p>",
    )


def updated(post: Post, significance: Significance) -> datetime:
    """When the post last changed so that its readers should look again."""
    changed = {"any": post.updated, "text": post.revised, "never": post.published}[significance]
    return max(post.published, changed)


def newest(entries: Sequence[Entry], *, most: int, most_bytes: int) -> tuple[Entry, ...]:
    """The first of *entries*, at most *most* of them with at most *most_bytes* of text, but at least one; 0 for all."""
    kept = list(entries[: most or None])
    size = 0
    for number, each in enumerate(kept):
        size += len(each.content.encode())
        if number and most_bytes and size > most_bytes:
            return tuple(kept[:number])
    return tuple(kept)
