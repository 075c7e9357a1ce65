"""Reading a post: what its title and content say, once the blog's and the advertisers' words are taken out.

Law: ``read`` is a pure function that never raises, in time linear in its input.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from solacefeed.models.posts import Reading
from solacefeed.text import byline, clean, first_appeared, link_boxes, notes, residue, shortcodes, tree
from solacefeed.text.announcement import announcement
from solacefeed.text.beginning import beginning, take_beginning
from solacefeed.text.blurb import ending, take_blurbs, take_ending
from solacefeed.text.excerpt import excerpt
from solacefeed.text.facades import run_shortcodes
from solacefeed.text.media import enclosures, lead_image
from solacefeed.text.origin import take_origin
from solacefeed.text.telling import telling

#: Of an adult who reads English silently (Brysbaert 2019: 238, of non-fiction).
WORDS_A_MINUTE = 238

# How WordPress ends what it has cut off; a theme may say "Continue reading" instead, and more.
_CUT = ("[…]", "[...]", "…")
_SAME_BEGINNING = 60


def read(
    title: str,
    content: str,
    *,
    url: str,
    own_excerpt: str | None = None,
    excerpt_length: int = 300,
    recurring: Collection[str] = (),
) -> Reading:
    """What the post at *url* says; *title*, *content* and *own_excerpt* are the blog's HTML.

    The excerpt is the blog's own where somebody wrote one, else made in at most *excerpt_length* characters.
    *recurring* are the paragraphs that are known to end, or to begin, posts of this blog again and again.
    """
    body = tree.parse(shortcodes.as_html(content))
    run_shortcodes(body)
    noted = notes.take(body, url)
    boxes = residue.remove_marked(body)
    link_boxes.remove(body, url)
    played = enclosures(body, url)
    clean.tidy(body, url)
    link_boxes.remove(body, url)
    first_appeared.remove(body, url)
    beside = residue.remove_lines(body)
    residue.remove_trailers(body)
    first = beginning(body)
    taken = first in recurring
    if taken:
        take_beginning(body)
    blurbs = take_blurbs(body)
    last = ending(body)
    if last in recurring:
        blurbs = (*blurbs, take_ending(body))
    origin = take_origin(body)
    residue.remove_trailers(body)
    found = byline.find(body)
    told = telling(body, url, but=found.blocks, noted=len(noted) > 0)
    shown = _written(own_excerpt, content, url) or excerpt(told, excerpt_length)
    minutes, lead = _minutes(tree.text(body)), lead_image(body)
    announced = announcement(title, body)
    if len(noted):
        clean.tidy(noted, url)
        body.extend(list(noted))
    return Reading(
        title=clean.title(title, shown),
        content=clean.guard(body),
        excerpt=shown,
        byline=found.byline or byline.beside(boxes, beside),
        first_published=origin,
        blurbs=blurbs,
        announcement=announced,
        ending=last,
        beginning=first,
        beginning_taken=taken,
        minutes=minutes,
        lead_image=lead,
        enclosures=played,
    )


def _written(own_excerpt: str | None, content: str, url: str) -> str | None:
    """The blog's excerpt, unless it begins as the content does: then WordPress or the theme has cut it off there."""
    words = clean.plain(first_appeared.without(own_excerpt, url)) if own_excerpt else ""
    if not words or words.endswith(_CUT):
        return None
    start = _without_spaces(words)[:_SAME_BEGINNING]
    return None if _without_spaces(clean.plain(content)).startswith(start) else words


def _without_spaces(text: str) -> str:
    # Where one block ends and the next begins, WordPress may set a space or none.
    return "".join(text.split())


def _minutes(text: str) -> int:
    return math.ceil(len(text.split()) / WORDS_A_MINUTE)
