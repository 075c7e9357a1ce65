"""Editions in the words of a sheet: their posts, their variants, and what an editor made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from solacefeed.digest.selection import chosen
from solacefeed.models.editions import Editing, Edition, Variant
from solacefeed.models.posts import CategoryId, Post
from solacefeed.words import counted

#: Choices that are named of those who share a variant.
CHOICES = 3


def post_line(post: Post, taken_out: Collection[str]) -> str:
    return f"{post.id}  {post.title}" + (f", taken out since: {post.state}" if post.id in taken_out else "")


def edited(editing: Editing) -> list[tuple[str, str | None]]:
    return [
        ("subject", editing.subject),
        ("opening", editing.opening),
        ("notices", "\n".join(editing.notices) or None),
        ("dropped", ", ".join(editing.dropped) or None),
        ("kept", ", ".join(editing.kept) or None),
        ("first", ", ".join(editing.order) or None),
    ]


def readers_words(edition: Edition) -> str | None:
    counts = edition.counts
    if counts is None:
        return None
    return f"{counts.readers}, and {counts.empty} for whom there is nothing" if counts.empty else str(counts.readers)


def variant_line(
    variant: Variant,
    choices: Mapping[str, Mapping[str, int]],
    slugs: Mapping[CategoryId, str],
    taken_out: Collection[str],
) -> str:
    """By what its readers chose: equal readers share one, whatever that is."""
    theirs = choices.get(variant.selection, {})
    number = counted(sum(theirs.values()), "reader")
    named = sorted(theirs, key=lambda name: (-theirs[name], name))
    words = "; ".join(_choice(name, slugs) for name in named[:CHOICES]) or variant.selection
    others = f"; {counted(len(named) - CHOICES, 'other choice')}" if len(named) > CHOICES else ""
    gone = sum(pick.post_id in taken_out for pick in variant.picks)
    posts = counted(len(variant.picks), "post") + (f" ({gone} taken out since)" if gone else "")
    return f"{words}{others}: {number}, {posts}, {variant.subject}"


def _choice(name: str, slugs: Mapping[CategoryId, str]) -> str:
    wanted = chosen(name)
    return "everything" if wanted is None else ", ".join(sorted(slugs.get(each, each) for each in wanted))
