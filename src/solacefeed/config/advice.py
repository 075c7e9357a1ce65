"""What a valid config had better say otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from solacefeed.config.checks import is_loopback
from solacefeed.config.tables import Config
from solacefeed.words import marked

_BARE_OFFSET = re.compile(r"Etc/.+|UTC|UCT|GMT([+-]?0)?|Zulu|Greenwich|Universal|EST|MST|HST")


def warnings(config: Config) -> list[str]:
    """One line for each thing that works, and that the operator may not have meant."""
    return [says for holds, says in _ADVICE if holds(config)]


def _in_the_clear(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _mails_people(config: Config) -> bool:
    return config.mail.transport == "smtp"


_ADVICE: tuple[tuple[Callable[[Config], bool], str], ...] = (
    (
        lambda config: _mails_people(config) and config.as_of is not None,
        "as_of: time stands still, so that nothing new is ever due; take it out before people are mailed",
    ),
    (
        lambda config: _mails_people(config) and config.source.url == "sample:",
        "[source] url: transport smtp would mail the bundled sample blog to people",
    ),
    (
        lambda config: _in_the_clear(config.source.url),
        "[source] url: http can be read and changed on its way; write https where the blog has it",
    ),
    (
        lambda config: _in_the_clear(config.site.base_url),
        "[site] base_url: http can be read and changed on its way; write https where your server has it",
    ),
    (
        lambda config: bool(_BARE_OFFSET.fullmatch(config.site.time_zone or "")),
        (
            "[site] time_zone: a bare offset knows no summer time, so closing times move by an hour; "
            'write a place, such as "Europe/London"'
        ),
    ),
    (
        lambda config: bool(config.subscribers and not config.digests),
        "[[subscribers]]: nobody gets mail, since there is no [[digests]]",
    ),
    (
        lambda config: marked(config.site.language) is not None,
        (
            "[site] language: our own words on pages and in mails are English for now, and say so; "
            "posts, and their feeds, are said to be in the language that stands here"
        ),
    ),
    (
        lambda config: config.mail.tls == "implicit" and config.mail.port == 587,
        "[mail] port: 587 speaks starttls as a rule; for tls implicit most relays listen on 465",
    ),
    (
        lambda config: _in_the_clear(config.web.base_url),
        "[web] base_url: http shows unsubscribe links to others, and mail programs offer one-click for https alone",
    ),
    (
        lambda config: config.web.base_url is not None and config.web.listen is None,
        "[web] base_url: every mail's unsubscribe link leads there, but without listen the daemon serves nothing",
    ),
    (
        lambda config: config.daemon.poll_every < timedelta(minutes=1),
        "[daemon] poll_every: more than one poll a minute is hard on the blog",
    ),
)
