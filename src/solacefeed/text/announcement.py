"""What a post itself may announce: the lines around its days, without the paragraph that advertises another event.

Law: a line that names a day is kept with its neighbours, which may say what, when in the day and where. No more than a
few lines are kept of a long post, the first ones.
"""

from __future__ import annotations

import re

from solacefeed.models.posts import Blurb
from solacefeed.text import tree
from solacefeed.text.advertising import may_say_when
from solacefeed.text.tree import Element

#: Lines kept before and after one that names a day, of at most so many, each of at most so many characters.
_BEFORE, _AFTER, _MOST, _LONGEST = 3, 4, 24, 600
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z0-9“])")


def announcement(title: str, body: Element) -> Blurb | None:
    """The lines of a tidied *body*, without its blurbs, that may announce an event; ``None`` where no day is named."""
    blocks = [(block, piece) for block in tree.blocks(body) for line in tree.lines(block) for piece in _pieces(line)]
    dated = [at for at, (_, line) in enumerate(blocks) if may_say_when(line)]
    if not dated and not may_say_when(title):
        return None
    near = {at for day in (dated or [0]) for at in range(day - _BEFORE, day + _AFTER)}
    kept = [pair for at, pair in enumerate(blocks) if at in near][:_MOST]
    links = [str(link.get("href")) for block in dict.fromkeys(block for block, _ in kept) for link in block.iter("a")]
    return Blurb(text="\n".join(line for _, line in kept), links=tuple(dict.fromkeys(links)))


def _pieces(line: str) -> list[str]:
    """*line* itself, or the sentences of a long one, of which few speak of a day."""
    sentences = [line] if len(line) <= _LONGEST else _BETWEEN_SENTENCES.split(line)
    return [one if len(one) <= _LONGEST else one[:_LONGEST].rpartition(" ")[0] for one in sentences]
