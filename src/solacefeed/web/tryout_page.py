"""Makes the page of a tryout of what is known of a blog, in the language of the blog where we speak that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from solacefeed.addresses import is_web, parsed
from solacefeed.catalogue import N_, gettext, ngettext
from solacefeed.deeds.editions.preview import SHOWN_BYTES
from solacefeed.deeds.tryout.report import CategoryReport, EventReport, EventSource, TryoutReport
from solacefeed.deeds.tryout.weeks import EditionShown
from solacefeed.models.digests import CategoryNames
from solacefeed.models.posts import CategoryId, Image, Post
from solacefeed.publish.page import FORMAT_NAMES, Link
from solacefeed.site import Site
from solacefeed.sources.found import FEED, PAGES, REST, WORDPRESS_COM
from solacefeed.store.quarantine import Quarantined
from solacefeed.views.posts import counted_posts, origin, published_words, reading_time
from solacefeed.web.tryout_view import (
    FactView,
    LeftOutView,
    TryoutCategory,
    TryoutEdition,
    TryoutEvent,
    TryoutPage,
    TryoutPost,
    TryoutSource,
)
from solacefeed.words import day_words, interface, listing, span_in_words, theirs

#: Posts that are shown at once; the others are folded.
AT_ONCE: Final = 10
#: Letters of an advertising paragraph and of a reason.
_LONGEST: Final = 600

_KINDS: Final = {
    REST: N_("WordPress's own API"),
    WORDPRESS_COM: N_("WordPress.com's public API"),
    FEED: N_("a feed"),
    PAGES: N_("its web pages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutMaterial:
    """All that the page is made of."""

    site: Site
    names: CategoryNames
    report: TryoutReport
    editions: tuple[EditionShown, ...]
    #: As the blog says its own; ``None`` where it does not.
    said_language: str | None
    #: Whether the zone is known by the blog's word.
    zone_known: bool
    command: str
    config: str

    @property
    def zone(self) -> tzinfo:
        return self.site.zone


def tryout_page(made: TryoutMaterial) -> TryoutPage:
    """What is shown of *made*, in the language of the blog where we speak that."""
    site, told, language = made.site, made.report, interface(made.site.language)
    shown = tuple(_posts(made, language))
    return TryoutPage(
        language=language,
        site_language=theirs(None, site.language),
        site_title=site.title,
        site_url=site.url,
        pictures=tuple(sorted({parsed(post.picture.url).origin for post in shown if post.picture})),
        facts=tuple(_facts(made, language)),
        tried=tuple(f"{kind}: {why}" for kind, why in told.found.tried) if told.found else (),
        feeds=Link(text=gettext("All feeds, as readers see them", language), href="feeds/index.html"),
        events_page="feeds/events/index.html" if "events/index.html" in told.paths else None,
        categories=tuple(
            _category(each, made.names, language) for each in told.categories if made.names.shows(each.category)
        ),
        posts=shown[:AT_ONCE],
        more_posts=shown[AT_ONCE:],
        editions=tuple(_edition(each, made, language) for each in made.editions),
        events=tuple(_events(told.events, made.zone, language)),
        left_out=tuple(_left_out(made, language)),
        command=made.command,
        config=made.config,
    )


# -- the blog ----------------------------------------------------------------------------------------


def _facts(made: TryoutMaterial, language: str) -> Iterator[FactView]:
    told, site = made.report, made.site
    yield FactView(name=gettext("Blog", language), value=site.url, href=site.url)
    if told.found:
        kind = gettext(_KINDS[told.found.kind], language)
        yield FactView(name=gettext("Read by", language), value=kind, href=told.found.address)
    yield FactView(name=gettext("Read", language), value=_how_many(told, language))
    if told.is_cut_off:
        words = gettext("before all was read: the blog is slow, or asks for one question after another", language)
        yield FactView(name=gettext("Cut off", language), value=words)
    zone = str(site.zone)
    unsaid = gettext("%(value)s, for the blog does not say it", language, value=zone)
    yield FactView(name=gettext("Time zone", language), value=zone if made.zone_known else unsaid)
    unsaid = gettext("%(value)s, for the blog does not say it", language, value=site.language)
    yield FactView(name=gettext("Language", language), value=site.language if made.said_language else unsaid)


def _how_many(told: TryoutReport, language: str) -> str:
    number = len(told.posts) + len(told.protected)
    if told.beyond is None:
        return ngettext("the newest post", "the newest %(number)s posts", number, language)
    if not told.beyond:
        return ngettext("the one post there is", "all %(number)s posts", number, language)
    return ngettext(
        "the newest post; the blog has %(more)s more",
        "the newest %(number)s posts; the blog has %(more)s more",
        number,
        language,
        more=told.beyond,
    )


def _category(told: CategoryReport, names: CategoryNames, language: str) -> TryoutCategory:
    stem = told.stem
    return TryoutCategory(
        name=names.label(told.category),
        posts=counted_posts(told.posts, language),
        page=f"feeds/{stem}/index.html" if stem else None,
        formats=tuple(Link(text=name, href=f"feeds/{stem}.{ending}") for ending, name in FORMAT_NAMES.items())
        if stem
        else (),
    )


# -- posts -------------------------------------------------------------------------------------------


def _posts(made: TryoutMaterial, language: str) -> Iterator[TryoutPost]:
    told, labels = made.report, _labels(made)
    events = _events_by_post(told.events)
    for post in told.posts:
        byline = post.byline
        yield TryoutPost(
            title=post.title,
            url=post.url,
            language=theirs(post.language, made.site.language),
            published=published_words(post.published, made.zone, made.site.language),
            author=byline.name if byline else None,
            role=byline.role if byline else None,
            user=post.author if byline is None else None,
            categories=listing([labels[each] for each in post.category_ids if each in labels], language)
            if any(each in labels for each in post.category_ids)
            else "",
            reading_time=reading_time(post.minutes, language),
            excerpt=post.excerpt,
            origin=origin(post.first_published),
            picture=_picture(post),
            blurbs=tuple(_short(blurb.text) for blurb in told.blurbs.get(post.id, ())),
            events=events.get(post.id, ()),
            tells_of_nothing=post.id in told.blurbs and post.id not in events,
        )


def _labels(made: TryoutMaterial) -> dict[CategoryId, str]:
    found = (each.category for each in made.report.categories)
    return {each.id: made.names.label(each) for each in found if made.names.shows(each)}


def _picture(post: Post) -> Image | None:
    image = post.lead_image
    return image if image and is_web(image.url) else None


def _events_by_post(told: Sequence[EventReport]) -> Mapping[str, tuple[Link, ...]]:
    found: dict[str, tuple[Link, ...]] = {}
    for number, each in enumerate(told, 1):
        link = Link(text=each.event.name or "", href=f"#event-{number}")
        for post in each.told_by if link.text else ():
            found[post.id] = (*found.get(post.id, ()), link)
    return found


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST].rstrip()}…"


# -- events ------------------------------------------------------------------------------------------

#: Of what tells of an event, that which is shown.
_SOURCES: Final = 2


def _events(told: Iterable[EventReport], zone: tzinfo, language: str) -> Iterator[TryoutEvent]:
    for number, each in enumerate(told, 1):
        event, sources = each.event, each.sources[:_SOURCES]
        further = len(each.told_by) - sum(source.post is not None for source in sources)
        yield TryoutEvent(
            anchor=f"event-{number}",
            name=event.name or gettext("An event without a name", language),
            when=span_in_words(event.starts, event.ends, zone, language) if event.starts and event.ends else None,
            place=event.place,
            url=event.url,
            is_certain=not _is_doubtful(each),
            doubt=each.doubt,
            sources=tuple(map(_source, sources)),
            more=ngettext("and in %(number)s more post", "and in %(number)s more posts", further, language)
            if further > 0
            else None,
        )


def _is_doubtful(told: EventReport) -> bool:
    return told.event.certainty == "tentative" or told.event.starts is None


def _source(told: EventSource) -> TryoutSource:
    url = told.post.url if told.post else told.name
    return TryoutSource(
        name=told.name, url=url if is_web(url) else None, sentence=_short(told.sentence) if told.sentence else None
    )


# -- digests -----------------------------------------------------------------------------------------


def _edition(told: EditionShown, made: TryoutMaterial, language: str) -> TryoutEdition:
    shown = told.preview
    posts = counted_posts(shown.posts, language)
    events = ngettext("%(number)s event", "%(number)s events", shown.events, language)
    name = made.names.label(told.category) if told.category else None
    return TryoutEdition(
        reader=gettext("For a reader of %(category)s alone", language, category=name)
        if name
        else gettext("For a reader of everything", language),
        closes=day_words(shown.period.ends.astimezone(made.zone).date(), language),
        is_coming=told.is_coming,
        subject=shown.subject,
        contents=listing([posts, events], language) if shown.events else posts,
        size=f"{-(-shown.size // 1000)} kB",
        is_large=shown.size > SHOWN_BYTES,
        is_nothing=shown.is_nothing,
        page=told.html_path,
        text=told.text_path,
    )


# -- what was left out -------------------------------------------------------------------------------


def _left_out(made: TryoutMaterial, language: str) -> Iterator[LeftOutView]:
    told = made.report
    yield from _set_aside(told.quarantined, language)
    if told.protected:
        yield LeftOutView(
            what=ngettext(
                "%(number)s post behind a password", "%(number)s posts behind a password", len(told.protected), language
            ),
            why=gettext("The blog lists it, and shows its text to nobody; no feed and no mail has it.", language),
            each=tuple(post.title for post in told.protected),
        )
    if taken := [blurb for blurbs in told.blurbs.values() for blurb in blurbs]:
        yield LeftOutView(
            what=ngettext(
                "%(number)s advertising paragraph", "%(number)s advertising paragraphs", len(taken), language
            ),
            why=gettext(
                "It is taken out of its post, where it would stand for years; while the event is to come, mails and "
                "pages tell of it instead.",
                language,
            ),
            each=tuple(dict.fromkeys(_short(blurb.text) for blurb in taken)),
        )
    doubtful = [each for each in told.events if _is_doubtful(each)]
    if doubtful:
        yield LeftOutView(
            what=ngettext("%(number)s event in doubt", "%(number)s events in doubt", len(doubtful), language),
            why=gettext("No reader is told of it until its operator says that it is right.", language),
            each=tuple(": ".join(filter(None, [each.event.name, each.doubt])) for each in doubtful),
        )
    if told.unsigned:
        yield LeftOutView(
            what=ngettext(
                "%(number)s post without a by-line", "%(number)s posts without a by-line", len(told.unsigned), language
            ),
            why=gettext(
                "Its text does not say who wrote it, so the name of the blog's user stands there, where that is known.",
                language,
            ),
            each=tuple(post.title for post in told.unsigned),
        )
    for what, why in sorted(told.lacking.items()):
        yield LeftOutView(what=gettext("What could not be had: %(what)s", language, what=what), why=_short(why))
    yield LeftOutView(
        what=gettext("Drafts and private posts", language),
        why=gettext("A blog shows them to nobody who is not logged in, so they are not even known here.", language),
    )


def _set_aside(told: Sequence[Quarantined], language: str) -> Iterator[LeftOutView]:
    if told:
        yield LeftOutView(
            what=ngettext("%(number)s thing set aside", "%(number)s things set aside", len(told), language),
            why=gettext("It could not be read or shown; all else went on without it.", language),
            each=tuple(f"{each.key}: {_short(each.reason)}" for each in told),
        )
