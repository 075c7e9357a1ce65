"""Reading a post: what its title and content say, once the blog's and the advertisers' words are taken out.

Law: ``read`` is a pure function that never raises, in time linear in its input.
"""

from __future__ import annotations

from solacefeed.models import Reading
from solacefeed.text import byline, clean, residue, tree
from solacefeed.text.blurb import take_blurbs
from solacefeed.text.excerpt import excerpt
from solacefeed.text.origin import take_origin
from solacefeed.text.tree import Element

# What a post begins with and isn't yet telling: titles, captions, figures.
_TELLING = ("p", "div", "li", "blockquote", "dd")


def read(title: str, content: str, *, url: str, excerpt_length: int = 300) -> Reading:
    """What the post at *url* says; *title* and *content* are the blog's HTML, *excerpt_length* is in characters."""
    body = tree.parse(content)
    residue.remove_marked(body)
    clean.tidy(body, url)
    residue.remove_trailers(body)
    blurbs = take_blurbs(body)
    origin = take_origin(body)
    residue.remove_trailers(body)
    found = byline.find(body)
    beginning = _excerpt(body, found.blocks, excerpt_length)
    return Reading(
        title=clean.title(title, beginning),
        content=clean.guard(body),
        excerpt=beginning,
        byline=found.byline,
        first_published=origin,
        blurbs=blurbs,
    )


def _excerpt(body: Element, skipped: tuple[Element, ...], length: int) -> str:
    blocks = [block for block in tree.blocks(body) if block not in skipped]
    telling = [block for block in blocks if block.tag in _TELLING and not byline.is_heading(block)]
    return excerpt(map(tree.text, telling or blocks), length)
