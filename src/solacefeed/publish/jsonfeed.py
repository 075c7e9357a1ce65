"""A feed as a JSON Feed 1.1 document.

The law: same document, same bytes; so the order of the members is the one written here. They are written in UTF-8 as
they are, for what JSON need not escape no reader unescapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from solacefeed.models.posts import Enclosure
from solacefeed.publish.content import content_html
from solacefeed.publish.feeds import Entry, FeedDocument, Naming

VERSION = "https://jsonfeed.org/version/1.1"


def document(shown: FeedDocument, fragments: Iterable[bytes]) -> bytes:
    """*shown*, a live document, with *fragments* for its entries, as ``item`` renders them, in their order."""
    head = _members(_head(shown)).removesuffix(b"}")
    return b'%b, "items": [\n%b\n]}\n' % (head, b",\n".join(fragments))


def item(shown: Entry, naming: Naming) -> bytes:
    """*shown* as a fragment, which ``document`` takes in."""
    told = {
        "id": shown.id,
        "url": shown.url,
        "title": shown.title,
        "content_html": content_html(shown, naming.site.language),
        "summary": shown.summary,
        "image": shown.image.url if shown.image else None,
        "date_published": _rfc_3339(shown.published),
        "date_modified": _rfc_3339(shown.updated),
        "authors": [{"name": shown.author}],
        "tags": [term.label for term in shown.terms],
        "attachments": [_attachment(each) for each in shown.enclosures],
        "language": shown.language or naming.site.language,
    }
    return _members(told)


def _attachment(enclosure: Enclosure) -> dict[str, object]:
    told = {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.seconds,
    }
    return {name: value for name, value in told.items() if value}


def _head(shown: FeedDocument) -> dict[str, object]:
    naming = shown.naming
    return {
        "version": VERSION,
        "title": shown.feed.title,
        "home_page_url": shown.page_url,
        "feed_url": shown.url("json"),
        "language": naming.site.language,
        "authors": [{"name": naming.site.organisation}],
        "hubs": [{"type": "WebSub", "url": naming.hub}] if naming.hub else None,
    }


def _members(told: Mapping[str, object]) -> bytes:
    """*told* without what is empty, which the format would have left out."""
    return json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False).encode()


def _rfc_3339(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0).isoformat()
