"""try: a blog read once into a folder, its feeds published there, its digests previewed, all under one page.

    config of nothing but an address --> poll of the newest posts --> config of what the blog says
        --> publish, previews --> the page and what it leads to, as files

Nothing is mailed and nobody is told. The store is a file of that folder, whatever the environment says of another; what
is served are the files alone, so that to look at a page changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any, Final

from solacefeed.addresses import parsed
from solacefeed.app import App
from solacefeed.config import language_tag, load
from solacefeed.config.checks import tag_authority
from solacefeed.config.starter import brief
from solacefeed.deeds.editions.preview import Viewer
from solacefeed.deeds.publishing.publish import PublishResult
from solacefeed.deeds.tryout.report import TryoutReport, report
from solacefeed.deeds.tryout.weeks import PAST, READERS, EditionShown, instants_to_look_at, readers_to_show
from solacefeed.files import publish_file
from solacefeed.models.posts import Category
from solacefeed.site import Site
from solacefeed.store.database import Store
from solacefeed.web.tryout_page import TryoutMaterial, tryout_page
from solacefeed.web.tryout_view import TryoutPage, tryout_html

#: Where readers would find what is published, while nobody has said.
SOMEWHERE: Final = "https://feeds.example.org"
INDEX: Final = "index.html"
FEEDS: Final = "feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutSettings:
    """What is looked at, and how."""

    #: The blog's address, as the config would have it.
    url: str
    #: So many of its newest posts are read.
    posts: int
    #: The folder that takes everything, and what is kept of it but for the page: the config and the store.
    folder: Path
    work: Path
    #: Where the feeds are reached.
    base_url: str
    #: The instant to take for now; ``None`` for the real clock.
    as_of: datetime | None = None
    on_batch: Callable[[int], None]
    #: How long the blog is read at most, and by how many questions: somebody waits.
    seconds: int = 60
    requests: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryout:
    """What came of it; all stands in the folder, too."""

    site: Site
    report: TryoutReport
    published: PublishResult
    editions: tuple[EditionShown, ...]
    page: TryoutPage
    html: str


def try_out(settings: TryoutSettings) -> Tryout:
    """Reads the blog, and writes the page and all that it leads to.

    Raises ``SourceError`` where there is nothing to read, and ``CutOff`` where nothing was within the bounds.
    """
    bare = _app(settings, _document(settings))
    with bare.store() as store:
        bare.posts.poll(store, settings.on_batch, newest=settings.posts)
        said_language = _language(bare)
        app = _app(settings, _document(settings, _said(bare, store, said_language)))
        published = app.publishing.publish(store)
        return _shown(settings, app, store, published, said_language)


# -- the config -------------------------------------------------------------------------------------


def _app(settings: TryoutSettings, document: Mapping[str, Any]) -> App:
    settings.work.mkdir(parents=True, exist_ok=True)
    path = settings.work / "config.toml"
    bounds = {"poll_seconds": settings.seconds, "poll_requests": settings.requests}
    own = {"source": document["source"] | bounds, "feeds": {"dir": str(settings.folder / FEEDS)}}
    path.write_text(brief({**document, **own}), encoding="utf-8")
    # What the environment says is of somebody's site in earnest: its store above all.
    return App(load(path, environ={}), as_of=settings.as_of, folder=settings.work)


def _document(settings: TryoutSettings, said: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The config of a site, of what is *said* of the blog."""
    host = parsed(settings.url).host or "example.org"
    return {
        "source": {"url": settings.url},
        "site": {
            "base_url": settings.base_url,
            "tag_authority": _authority(host),
            "organisation": host,
            **(said or {}),
        },
        "mail": {"pictures": "own"},
        "digests": [{"name": "weekly", "title": "The weekly digest", "closes": "mon 07:00"}],
    }


def _authority(host: str) -> str:
    year = f"{datetime.now(UTC):%Y}"
    try:
        return tag_authority(f"{host},{year}")
    except ValueError:
        return f"example.org,{year}"


def _said(app: App, store: Store, language: str | None) -> dict[str, str]:
    site = app.site(store)
    # Months stand in addresses: where the blog does not say its zone, they are by UTC.
    zone = {} if app.zone_is_known(store) else {"time_zone": "UTC"}
    return {"organisation": site.title, **({"language": language} if language else {}), **zone}


def _language(app: App) -> str | None:
    said = app.posts.page_language()
    try:
        return language_tag(said) if said else None
    except ValueError:
        return None


# -- what is shown ----------------------------------------------------------------------------------


def _shown(
    settings: TryoutSettings,
    app: App,
    store: Store,
    published: PublishResult,
    said_language: str | None,
) -> Tryout:
    now, site = app.clock(), app.site(store)
    if site.url == site.base_url:
        # The blog has not said where it is for people.
        site = replace(site, url=settings.url)
    known = app.events.known(store, site.zone)
    told = report(store, settings.url, known, at=now)
    editions = tuple(_editions(app, store, told, now))
    material = TryoutMaterial(
        site=site,
        names=app.names,
        report=told,
        editions=editions,
        said_language=said_language,
        zone_known=app.config.site.time_zone is None and told.is_by_api,
        command=f"solacefeed init ~/blog --source {quote(settings.url)}",
        config=brief(_as_a_beginning(settings, app)),
    )
    page = tryout_page(material)
    html = tryout_html(page, app.environment)
    _write(settings.folder, html, editions)
    return Tryout(
        site=site,
        report=told,
        published=published,
        editions=editions,
        page=page,
        html=html,
    )


def _as_a_beginning(settings: TryoutSettings, app: App) -> dict[str, Any]:
    """The config that was used, as somebody begins with it."""
    site = app.config.site
    said = {"organisation": site.organisation, "language": site.language}
    zone = {"time_zone": site.time_zone} if site.time_zone else {}
    document = _document(settings, {"base_url": SOMEWHERE, **said, **zone})
    del document["mail"]
    return document


def _editions(app: App, store: Store, told: TryoutReport, now: datetime) -> Iterator[EditionShown]:
    """The one that is being collected, and the last ones that had posts; the newest of them as others get it, too."""
    yield _edition(app, store, None, is_coming=True)
    shown = 0
    for instant in instants_to_look_at(told.posts, app.digest(), app.site(store).zone, now):
        then = App(app.config, as_of=instant, folder=app.folder)
        edition = _edition(then, store, None)
        if edition.preview.is_nothing:
            continue
        yield edition
        if not shown:
            readers = filter(app.names.shows, readers_to_show(told.categories, told.posts, edition.preview))
            theirs = (_edition(then, store, each) for each in readers)
            yield from islice((each for each in theirs if not each.preview.is_nothing), READERS)
        shown += 1
        if shown == PAST:
            return


def _edition(app: App, store: Store, category: Category | None, *, is_coming: bool = False) -> EditionShown:
    viewer = Viewer(slugs=(category.slug,)) if category else Viewer()
    preview = app.mail.preview(store, None, viewer, upcoming=is_coming)
    name = preview.edition_id.replace("/", "-")
    return EditionShown(
        name=f"{name}-{category.id}" if category else name, preview=preview, category=category, is_coming=is_coming
    )


def _write(folder: Path, html: str, editions: tuple[EditionShown, ...]) -> None:
    for edition in editions:
        shown = edition.preview
        publish_file(folder, edition.html_path, shown.html.encode())
        text = f"Subject: {shown.subject}\n\n{shown.text}"
        publish_file(folder, edition.text_path, text.encode())
    publish_file(folder, INDEX, html.encode())
