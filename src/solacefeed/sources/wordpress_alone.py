"""Posts that the blog refuses each alone: set aside, while it answers for another; else the blog is down.

A question for one post that is answered by an error tells nothing yet: so does a blog that is down. Only where a post
that is known to be good is given whole, then, is the other one to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_besides import readable
from solacefeed.sources.wordpress_paging import is_too_much

#: So many posts are left out in one poll; a blog that refuses more has a fault of its own.
MOST_REFUSED: Final = 20
#: While no post is known to be good: so many in a row, and the blog is down.
MOST_SUSPECTS: Final = 3
#: Letters of a reason that are kept.
_LONGEST: Final = 600
#: How one is called of which only the number before is known.
BEHIND: Final = "the post after "


class Alone:
    """Which posts are to blame, for one poll; *known* are good ones, *unnamed* those without a number of the last."""

    def __init__(self, api: Api, known: Collection[str], unnamed: str) -> None:
        self._api = api
        self._known = known
        #: The number of a post that was given whole in this poll.
        self._good: str | None = None
        self._before = {f"{BEHIND}{number}" for number in unnamed.split()}
        #: How each of them is called, which may have to be asked for, and what was answered.
        self._suspects: list[tuple[Callable[[], str], SourceError]] = []
        self._blamed = 0
        #: Why each is left out, by its number.
        self.refused: dict[str, str] = {}
        self._told: set[str] = set()

    def blame(self, called: Callable[[], str], error: SourceError, *, but: str | None = None) -> None:
        """Notes that the blog refuses a post alone; raises *error* where the blog is to blame.

        *called* tells its number, or behind which it stands; *but* is its number where that is known.
        """
        self._suspects.append((called, error))
        self._blamed += 1
        good = self._good if self._good != but else None
        good = good or max((each for each in self._known if each != but), key=int, default=None)
        if self._blamed > MOST_REFUSED or (good is None and len(self._suspects) >= MOST_SUSPECTS):
            raise error
        if good is not None:
            if not self._answers(good):
                raise error
            self._convict()

    def another_answers(self, told: Sequence[Any], *, whole: bool) -> None:
        """The blog has given these posts, *whole* or their stamps alone."""
        given = next((number for row in reversed(told) if (number := readable(rows.row_id, row))), None)
        if given is not None:
            self._good = given if whole else self._good
            self._convict()

    def all_came(self) -> None:
        """The end is reached; raises where nothing but refusals came."""
        for _, error in self._suspects:
            raise error

    def name_at(self, place: int, last: int) -> str:
        """The number of the post at that *place*, where the blog will say that much of it; else behind which it is."""
        try:
            page = self._api.listing("posts", orderby="id", order="asc", per_page=1, page=place + 1, _fields="id")
        except SourceError as error:
            if not is_too_much(error):
                raise
            return f"{BEHIND}{last}"
        return next((number for row in page.rows if (number := readable(rows.row_id, row))), f"{BEHIND}{last}")

    def not_yet_told(self) -> dict[str, str]:
        """Those that are left out since this was asked last, and why."""
        fresh = {post: why for post, why in self.refused.items() if post not in self._told}
        self._told |= fresh.keys()
        return fresh

    def unnamed(self) -> str:
        """Those of which only the number before is known, to be remembered."""
        there = {post for post in self.refused if post.startswith(BEHIND)} | self._before
        return " ".join(sorted(post.removeprefix(BEHIND) for post in there))

    def named(self, *, behind: int | None) -> tuple[str, ...]:
        """Those without a number that are refused no more, where all were listed *behind* a number."""
        listed = {post for post in self._before if behind is not None and int(post.removeprefix(BEHIND)) >= behind}
        no_more = listed - self.refused.keys()
        self._before -= no_more
        return tuple(sorted(no_more))

    def _answers(self, post: str) -> bool:
        """Whether the blog still gives a whole *post* that it gave before."""
        try:
            page = self._api.listing("posts", include=post, per_page=1, _fields=rows.POST_FIELDS)
        except SourceError as error:
            if not is_too_much(error):
                raise
            return False
        return bool(page.rows)

    def _convict(self) -> None:
        for called, error in self._suspects:
            self.refused[called()] = one_line(f"the blog can't give it: {error}", _LONGEST)
        self._suspects.clear()
