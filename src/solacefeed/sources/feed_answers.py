"""What a server answered for a feed, believed (``answers``) and read; pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from solacefeed.http_client.answer import Answer, one_line
from solacefeed.sources import answers, feed_json, feed_xml
from solacefeed.sources.answers import Wanted
from solacefeed.sources.feed_entry import Broken, FeedPage

#: What is asked for, the best first; some servers choose by it.
ACCEPT: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1"

_JSON: Final = frozenset({"application/feed+json", "application/json"})
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]{1,40})""", re.IGNORECASE)

_FEED: Final = Wanted(
    it="the feed",
    form="a feed",
    types=re.compile(r"application/(?:feed\+)?json|(?:application|text)/(?:xml|(?!xhtml)[\w.-]+\+xml)"),
    doubt="is that the feed's own address?",
    hints=(
        (404, None, "is the feed's address right, and the feed switched on?"),
        (410, None, "{it} was given up; write another source into the configuration"),
    ),
)


def page(answer: Answer, now: datetime) -> FeedPage:
    """Reads the document that was answered; raises ``Refused`` for one that can't be believed."""
    answer = answers.believed(answer, _FEED, now)
    try:
        return _read(answer)
    except Broken as reason:
        raise answers.refused(answer, one_line(str(reason)), now) from reason


def _read(answer: Answer) -> FeedPage:
    if answer.content_type in _JSON:
        return feed_json.page(answer.body, url=answer.url)
    charset = _CHARSET.search(answer.headers["content-type"])
    return feed_xml.page(answer.body, charset=charset[1] if charset else None, url=answer.url)
