"""The "Filed under" line that WordPress.com wrote below a post in its feeds, read for its categories; pure.

Law: what ``text.residue`` drops as a trailer is what is read here, and nothing that an author wrote.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from solacefeed.addresses import parsed
from solacefeed.models.blog import CategoryName
from solacefeed.text import clean, residue, tree
from solacefeed.text.characters import scrub
from solacefeed.text.tree import Element

_LAST_BLOCKS: Final = 4
_ENDING: Final = 20_000
_LONGEST: Final = 500

_FILING: Final = re.compile(r"(?:filed under|posted in)\s*:?\s*", re.IGNORECASE)
#: What may follow the categories on the same line.
_MORE: Final = re.compile(r"\b(?:tagged|tags)\b.*", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?:\band\b|[\s,;.|·•&–—-])*", re.IGNORECASE)


def filed_under(html: str, url: str) -> tuple[CategoryName, ...]:
    """The categories that the trailer of the post at *url* names, in its order; none where *html* has no trailer."""
    ending = html[-_ENDING:]
    if not _FILING.search(ending):
        return ()
    body = tree.parse(ending)
    residue.remove_marked(body, keeping="filing")
    clean.tidy(body, url)
    blocks = tree.blocks(body)[-_LAST_BLOCKS:]
    return next((found for block in reversed(blocks) if (found := _categories(block))), ())


def _categories(block: Element) -> tuple[CategoryName, ...]:
    words = next(reversed(tree.lines(block)), "")
    filing = _FILING.match(words)
    if filing is None or len(words) > _LONGEST:
        return ()
    named = _MORE.sub("", words[filing.end() :])
    found = [category for link in block.iter("a") if (category := _linked(link)) and category.name in named]
    return tuple(found) if _nothing_but(found, named) else ()


def _linked(link: Element) -> CategoryName | None:
    slug, name = _slug(link.get("href", "")), tree.text(link)
    return CategoryName(slug=slug, name=name) if slug and name else None


def _nothing_but(categories: list[CategoryName], named: str) -> bool:
    for category in sorted(categories, key=lambda category: len(category.name), reverse=True):
        named = named.replace(category.name, " ")
    return bool(_BETWEEN.fullmatch(named))


def _slug(href: str) -> str | None:
    _, _, behind = parsed(href).path.partition("/category/")
    # Cut last: what is written as %2F is a slash too.
    return scrub(unquote(behind)).removesuffix("/").rpartition("/")[2] or None
