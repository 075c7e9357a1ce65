"""Reading a post: what its title and content say, once the blog's and the advertisers' words are taken out.

Law: ``read`` is a pure function that never raises, in time linear in its input.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from solacefeed.models.posts import Reading
from solacefeed.text import byline, clean, residue, tree
from solacefeed.text.announcement import announcement
from solacefeed.text.blurb import ending, take_blurbs, take_ending
from solacefeed.text.excerpt import excerpt
from solacefeed.text.media import lead_image
from solacefeed.text.origin import take_origin
from solacefeed.text.tree import Element

# What a post begins with and isn't yet telling: titles, captions, figures.
_TELLING = ("p", "div", "li", "blockquote", "dd")

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
    *recurring* are the paragraphs that are known to end posts of this blog again and again.
    """
    body = tree.parse(content)
    residue.remove_marked(body)
    clean.tidy(body, url)
    residue.remove_trailers(body)
    blurbs = take_blurbs(body)
    last = ending(body)
    if last in recurring:
        blurbs = (*blurbs, take_ending(body))
    origin = take_origin(body)
    residue.remove_trailers(body)
    found = byline.find(body)
    beginning = _written(own_excerpt, content) or _excerpt(body, found.blocks, excerpt_length)
    return Reading(
        title=clean.title(title, beginning),
        content=clean.guard(body),
        excerpt=beginning,
        byline=found.byline,
        first_published=origin,
        blurbs=blurbs,
        announcement=announcement(title, body),
        ending=last,
        minutes=_minutes(tree.text(body)),
        lead_image=lead_image(body),
    )


def _written(own_excerpt: str | None, content: str) -> str | None:
    """The blog's excerpt, unless it begins as the content does: then WordPress or the theme has cut it off there."""
    words = clean.plain(own_excerpt) if own_excerpt else ""
    if not words or words.endswith(_CUT):
        return None
    beginning = _without_spaces(words)[:_SAME_BEGINNING]
    return None if _without_spaces(clean.plain(content)).startswith(beginning) else words


def _without_spaces(text: str) -> str:
    # Where one block ends and the next begins, WordPress may set a space or none.
    return "".join(text.split())


def _minutes(text: str) -> int:
    return math.ceil(len(text.split()) / WORDS_A_MINUTE)


def _excerpt(body: Element, skipped: tuple[Element, ...], length: int) -> str:
    blocks = [block for block in tree.blocks(body) if block not in skipped]
    telling = [block for block in blocks if block.tag in _TELLING and not byline.is_heading(block)]
    return excerpt(map(tree.text, telling or blocks), length)
