"""Where a post was first published, from the line that says it.

Law: the line is a block of its own near an end of the post, and says nothing else.
"""

from __future__ import annotations

import re

from solacefeed.text import tree
from solacefeed.text.tree import Element

_LINE = re.compile(
    r"(?:(?:a version of )?(?:this|the) (?:article|post|piece|blog|blog post|column|comment) )?"
    r"(?:(?:was|is|has been) )?(?:first|originally|previously) (?:published|printed|posted|appeared) (?:in|on|by|at) "
    r"((?-i:(?:[Tt]he |our |my )?[^\W\d_a-z]).{1,118}?)[\s.–—-]*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[](.*)[)\]]")
# A comma that goes on with a clause, or another sentence: the line tells a story, it isn't a note.
_STORY = re.compile(r"[.!?] \S|, (?:the|a|an|it|its|he|she|they|we|this|that|his|her|their|which|and|but) |[;:]")
_FIRST_BLOCKS, _LAST_BLOCKS = 3, 5


def take_origin(body: Element) -> str | None:
    """Takes the line out of a tidied *body*: "the LGC on 17 May 2012" of "First published in the LGC on ..."."""
    blocks = tree.blocks(body)
    for block in dict.fromkeys([*reversed(blocks[-_LAST_BLOCKS:]), *blocks[:_FIRST_BLOCKS]]):
        origin = origin_of(tree.text(block))
        if origin is not None:
            tree.remove(block)
            return origin
    return None


def origin_of(line: str) -> str | None:
    """What *line* names as the first publication, where it does that and no more."""
    bracketed = _BRACKETS.fullmatch(line)
    match = _LINE.fullmatch(bracketed[1] if bracketed else line)
    if match is None or _STORY.search(match[1]):
        return None
    return match[1]
