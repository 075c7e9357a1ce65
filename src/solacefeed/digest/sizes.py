"""How a mail keeps below the size at which mail programs cut it: its excerpts grow shorter, then posts go to the web.

The law: the lead and the foot always stand, and what is left out is counted and leads to the web. The same view is cut
alike wherever it is rendered, after three renderings at most: what a post takes is estimated, then known by what
the first cut saved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

from solacefeed.digest.edition_view import EditionView, StoryView
from solacefeed.digest.long_words import shortened

#: Of a mail's html as it arrives, in bytes; Gmail shows 102 kB of one.
MOST = 80_000
#: Of that, for what a copy's own links, address and choice are longer than what stands in their places.
RESERVE = 3_000
#: Characters of an excerpt that stay.
SHORTEST = 140
#: Bytes that a post in the list takes besides its words and its address; rather less than it does.
_AROUND = 300
#: How much more is cut than is known to be needed, where it isn't measured again.
_DOUBT = 1.2
_STEP = 20


def fitted(view: EditionView, size: Callable[[EditionView], int], most: int = MOST - RESERVE) -> EditionView:
    """*view*, shortened until it takes no more than *most* bytes by *size*.

    *size* renders it, and is asked twice at most: what it is not asked of is rendered once all the same.
    """
    whole = size(view)
    over = whole - most
    if over <= 0:
        return view
    trimmed = _trimmed(view, over)
    left = over - (_excerpts(view) - _excerpts(trimmed))
    if left <= 0:
        still = size(trimmed) - most
        return trimmed if still <= 0 else _cut(trimmed, still, _DOUBT)
    cut = _cut(trimmed, left)
    saved = whole - size(cut)
    if saved >= over:
        return cut
    return _cut(trimmed, left, _DOUBT * _estimated(trimmed, cut) / max(saved - over + left, 1))


def _trimmed(view: EditionView, over: int) -> EditionView:
    """*view* with its excerpts as much shorter as takes *over* bytes, or as short as they may be."""
    longest = max((len(story.excerpt) for story in _told(view)), default=0)
    for most in range(longest, SHORTEST, -_STEP):
        shorter = _with_excerpts(view, most)
        if _excerpts(view) - _excerpts(shorter) >= over:
            return shorter
    return _with_excerpts(view, SHORTEST)


def _with_excerpts(view: EditionView, most: int) -> EditionView:
    told = tuple(replace(story, excerpt=shortened(story.excerpt, most)) for story in _told(view))
    return replace(view, lead=told[0], features=told[1:]) if told else view


def _told(view: EditionView) -> tuple[StoryView, ...]:
    """Those with an excerpt, the lead first."""
    return (view.lead, *view.features) if view.lead else ()


def _excerpts(view: EditionView) -> int:
    return sum(_bytes(story.excerpt) for story in _told(view))


def _cut(view: EditionView, over: int, scale: float = 1.0) -> EditionView:
    """*view* without as many of its last posts as take *over* bytes, each *scale* times less than is estimated."""
    going, saved = 0, 0.0
    stories = (*view.features, *view.titles, *view.away)
    while saved < over * scale and going < len(stories):
        going += 1
        saved += _taken(stories[-going])
    return _without(view, going)


def _without(view: EditionView, going: int) -> EditionView:
    """*view* without its last posts: those of the time away first, then those in the list, then those with excerpts."""
    away, going = _left(view.away, going)
    titles, going = _left(view.titles, going)
    features, _ = _left(view.features, going)
    return replace(
        view,
        features=features,
        titles=titles,
        more=view.more + len(view.features) - len(features) + len(view.titles) - len(titles),
        away=away,
        away_more=view.away_more + len(view.away) - len(away),
    )


def _left(stories: tuple[StoryView, ...], going: int) -> tuple[tuple[StoryView, ...], int]:
    """*stories* without the last ones, and how many are still to go."""
    kept = max(len(stories) - going, 0)
    return stories[:kept], going - (len(stories) - kept)


def _estimated(view: EditionView, cut: EditionView) -> int:
    """What was estimated that *cut* saves."""
    return _of_all((*view.features, *view.titles, *view.away)) - _of_all((*cut.features, *cut.titles, *cut.away))


def _of_all(stories: Sequence[StoryView]) -> int:
    return sum(map(_taken, stories))


def _taken(story: StoryView) -> int:
    return _AROUND + sum(map(_bytes, (story.title, story.url, story.author or "")))


def _bytes(text: str) -> int:
    return len(escape(text).encode())
