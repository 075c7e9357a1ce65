"""What a server answered for a feed, believed (``answers``) and read; pure.

Whatever its type says: many a server gives a feed as a web page, as plain text or as a download, so its body tells.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from solacefeed.http_client.answer import Answer, one_line
from solacefeed.sources import answers, feed_json
from solacefeed.sources.answers import Wanted
from solacefeed.sources.feed_entry import Broken, FeedPage

#: What is asked for, the best first; some servers choose by it.
ACCEPT: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1"

#: How a feed begins: with its root, after what may stand before one, or as JSON that names its version.
_XML_FEED: Final = re.compile(
    r"\ufeff?(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\b[^\[<>]*+>)*+<(?:[\w.-]+:)?(?:feed|rss|rdf)\b",
    re.DOTALL | re.IGNORECASE,
)
_JSON_FEED: Final = re.compile(r"\ufeff?\s*+\{")
_JSON_FEED_VERSION: Final = b"jsonfeed.org/version/"
#: Octets in which a feed shows what it is.
_BEGINNING: Final = 20_000
_JSON: Final = frozenset({"application/feed+json", "application/json"})
_XML_TYPE: Final = "application/xml"
_JSON_TYPE: Final = "application/feed+json"
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
    answer = answers.believed(_named(answer), _FEED, now)
    try:
        return _read(answer)
    except Broken as reason:
        raise answers.refused(answer, one_line(str(reason)), now) from reason


def is_feed(answer: Answer) -> bool:
    """Whether the body begins as a feed does, whatever its type says."""
    return _type_by_body(answer) is not None


def _named(answer: Answer) -> Answer:
    """The answer under the type of the feed that its body is; as it came where its body is none."""
    kind = _type_by_body(answer)
    if kind is None:
        return answer
    charset = _CHARSET.search(answer.headers.get("content-type", ""))
    said = f"{kind}; charset={charset[1]}" if charset else kind
    return replace(answer, headers={**answer.headers, "content-type": said})


def _type_by_body(answer: Answer) -> str | None:
    beginning = answer.body[:_BEGINNING].decode("utf-8", "replace")
    if _XML_FEED.match(beginning):
        return _XML_TYPE
    names_itself = _JSON_FEED.match(beginning) and _JSON_FEED_VERSION in answer.body.replace(b"\\/", b"/")
    return _JSON_TYPE if names_itself else None


def _read(answer: Answer) -> FeedPage:
    if answer.content_type in _JSON:
        return feed_json.page(answer.body, url=answer.url)
    # With feedparser, which a look for a blog need not load.
    from solacefeed.sources import feed_xml

    charset = _CHARSET.search(answer.headers["content-type"])
    return feed_xml.page(answer.body, charset=charset[1] if charset else None, url=answer.url)
