"""What a tryout is served by."""

from __future__ import annotations

from pathlib import Path

from solacefeed.addresses import parsed
from solacefeed.deeds.tryout.weeks import EditionShown
from solacefeed.digest.pictures import NETWORK, picture_hosts
from solacefeed.site import Site
from solacefeed.templating import templates
from solacefeed.web.application import Application, application
from solacefeed.web.documents import Documents, Published
from solacefeed.web.pages import Front, Pages
from solacefeed.web.tryout import TryoutPart, routes
from solacefeed.web.tryout_view import TryoutPage


def tryout_application(
    site: Site, page: TryoutPage, html: str, editions: tuple[EditionShown, ...], *, feeds: Path
) -> Application:
    """Serves the page, its mails, and the *feeds* in their folder at the site's own address."""
    address = parsed(site.base_url)
    pages = Pages(front=Front(site=site, base_url=address.origin, titles={}, keys=()), environment=templates())
    hosts = picture_hosts(site.url)
    part = TryoutPart(
        html=html,
        pictures=page.pictures,
        mail_pictures=tuple(sorted(hosts | NETWORK)) if hosts else (),
        mails={f"{each.name}.html": each.preview.html for each in editions},
        texts={f"{each.name}.txt": each.preview.text for each in editions},
    )
    return application(
        pages,
        routes(part),
        documents=Documents(
            Published(folder=feeds, base_url=site.base_url, prefix=address.path.rstrip("/")),
            missing=lambda _path: 404,
            page=lambda status: bytes(pages.refuse(status).body),
        ),
    )
