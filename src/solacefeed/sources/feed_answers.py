"""What a server answered for a feed, believed or refused: each disbelief is one clear line; pure."""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import Final

from solacefeed.errors import Refused
from solacefeed.http_client import Answer, one_line
from solacefeed.sources import feed_json, feed_xml
from solacefeed.sources.feed_entry import Broken, Page

#: What is asked for, the best first; some servers choose by it.
ACCEPT: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1"

_XML: Final = re.compile(r"(?:application|text)/(?:xml|(?!xhtml)[\w.-]+\+xml)")
_JSON: Final = frozenset({"application/feed+json", "application/json"})
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]{1,40})""", re.IGNORECASE)

#: What an operator can do, by status.
_HINTS: Final = {
    401: "the feed wants a password; open it to visitors",
    403: "the feed is closed to us; allow our User-Agent in the blog's security plugin or firewall",
    404: "is the feed's address right, and the feed switched on?",
    410: "the feed was given up; write another source into the configuration",
    429: "it is asked too often; raise [daemon] poll_every",
    503: "maintenance, or too much to do",
}


def page(answer: Answer, now: datetime) -> Page:
    """Reads the document that was answered; raises ``Refused`` for one that can't be believed."""
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer, now)
    try:
        return _read(answer)
    except Broken as reason:
        raise _refused(answer, str(reason)) from reason


def _read(answer: Answer) -> Page:
    if answer.content_type in _JSON:
        return feed_json.page(answer.body, url=answer.url)
    if _XML.fullmatch(answer.content_type):
        charset = _CHARSET.search(answer.headers["content-type"])
        return feed_xml.page(answer.body, charset=charset[1] if charset else None, url=answer.url)
    kind = "HTML" if answer.content_type == "text/html" else one_line(answer.content_type) or "something unnamed"
    raise Broken(f"{kind} instead of a feed; is that the feed's own address?")


def _refusal(answer: Answer, now: datetime) -> Refused:
    hint = "the blog has a fault of its own; look into its log" if answer.status >= 500 else "open it in a browser"
    wait = answer.retry_after(now)
    later = "" if wait is None else f"; asks to come back in {wait.total_seconds():.0f} s"
    said = f"answered {answer.status}{_phrase(answer.status)}"
    return _refused(answer, f"{said}; {_HINTS.get(answer.status, hint)}{later}")


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _refused(answer: Answer, what: str) -> Refused:
    # A query can hold secrets.
    return Refused(f"{answer.url.partition('?')[0]}: {one_line(what)}", status=answer.status)
