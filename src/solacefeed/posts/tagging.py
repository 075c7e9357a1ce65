"""Which tags a post has, as its source tells them."""

from __future__ import annotations

from solacefeed.models.blog import SourcePost, Tag
from solacefeed.posts.filing import Filing, slug_of


def kept_id(tag: Tag) -> str:
    """Ours: the blog's number, else made of the slug."""
    return tag.number or f"s-{tag.slug}"


def tags_of(post: SourcePost, filing: Filing) -> tuple[Tag, ...] | None:
    """Its tags, each slug once; ``None`` where its source shows none.

    A feed names tags as it names categories: what is no category that the blog has listed may be one.
    """
    told = post.tags
    if told is None and post.category_numbers is None and post.category_names is not None:
        named = (each for each in post.category_names if not filing.lists(each))
        told = tuple(Tag(number=None, slug=each.slug or slug_of(each.name), name=each.name) for each in named)
    return None if told is None else tuple({tag.slug: tag for tag in told}.values())
