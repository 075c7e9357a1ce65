"""A WordPress blog as a source, over its REST API (``wordpress_poll`` asks)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from solacefeed.errors import Refused
from solacefeed.http_client.client import HttpClient
from solacefeed.ports import Batch, Known
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_poll import Poll


class WordPressSource:
    """The blog at *url*; a ``ports.Source``.

    It remembers where the API (``api``) of which address (``home``) is, up to when it knows every change
    (``watermark``), when it last swept (``swept_at``), by how many posts the blog's own total then differed from ours
    (``gap``), which posts are ``unsettled``, and up to which the pictures and tags of those that were taken over before
    were looked at (``beside``); where there is any, the page sizes that work (``sizes``), what could not be had
    (``lacking``), behind which a post is that the blog won't even name (``unnamed``), and what is under way (``crawl``,
    ``modified``, ``sweep``).
    """

    def __init__(self, client: HttpClient, url: str) -> None:
        self._client = client
        self._url = url

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what changed since *known*: everything, page by page, until a first crawl was complete.

        Raises ``SourceError`` at the first answer that can't be believed.
        """
        root = known.memory.get("api") if known.memory.get("home") == self._url else None
        poll = Poll(Api(self._client, self._url, root, now), known, now)
        try:
            yield from poll.of_changes() if known.complete else poll.of_everything()
        except Refused:
            yield from poll.note_of_rest()
            raise
