"""Whose a post is."""

from __future__ import annotations


def author_of(byline: str | None, user: str | None, said: str | None) -> str | None:
    """Who is named as a post's author: in its by-line, else the blog's *user*, else whom its source has *said*.

    An empty name names nobody.
    """
    return byline or user or said or None
