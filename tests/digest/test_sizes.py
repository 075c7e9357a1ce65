"""How a mail keeps below the size at which mail programs cut it, whatever a post takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.edition_view import EditionView, StoryView
from solacefeed.digest.sizes import SHORTEST, fitted
from tests.rendering.rendering_views import a_post, an_edition

HEAD_AND_FOOT = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """A template that takes so many bytes around each post; they count how often they are asked."""

    around: int
    asked: list[int] = field(default_factory=list)

    def size(self, view: EditionView) -> int:
        self.asked.append(1)
        return self.of(view)

    def of(self, view: EditionView) -> int:
        told = [view.lead, *view.features] if view.lead else []
        return HEAD_AND_FOOT + sum(
            self.around + len(story.title) + len(story.url) + (len(story.excerpt) if story in told else 0)
            for story in (*told, *view.titles, *view.away)
        )


def counted(view: EditionView) -> tuple[int, int]:
    return view.count, len(view.away) + view.away_more


POSTS = st.integers(1, 200).map(
    lambda count: tuple(a_post(title=f"Post {n}", excerpt="word " * 200) for n in range(count))
)
AWAY = st.integers(0, 100).map(lambda count: tuple(a_post(title=f"Away {n}") for n in range(count)))


@given(POSTS, AWAY, st.integers(100, 3000), st.integers(10_000, 80_000))
def test_a_mail_fits_after_three_renderings_and_nothing_in_it_is_uncounted(
    posts: tuple[StoryView, ...], away: tuple[StoryView, ...], around: int, most: int
) -> None:
    scales = Scales(around=around)
    whole = an_edition(*posts, away=away)
    view = fitted(whole, scales.size, most)
    assert scales.of(view) <= most
    # The last one is rendered by who asked, if it was not measured.
    assert len(scales.asked) <= 2
    assert counted(view) == counted(whole)
    assert view.lead


def test_what_fits_stays_as_it_is() -> None:
    whole = an_edition(*(a_post(),) * 7)
    scales = Scales(around=300)
    assert fitted(whole, scales.size, 80_000) == whole
    assert len(scales.asked) == 1


def test_excerpts_are_trimmed_before_any_post_goes() -> None:
    whole = an_edition(*(a_post(excerpt="word " * 200),) * 7)
    scales = Scales(around=300)
    view = fitted(whole, scales.size, scales.of(whole) - 1500)
    assert (view.more, len(view.titles)) == (0, 3)
    told = [story.excerpt for story in (view.lead, *view.features) if story]
    assert all(SHORTEST < len(excerpt) < 1000 and excerpt.endswith("word…") for excerpt in told)


def test_posts_go_from_the_end_first_those_of_the_time_away() -> None:
    whole = an_edition(*(a_post(title=f"Post {n}") for n in range(7)), away=(a_post(title="Away"),) * 4)
    scales = Scales(around=300)
    view = fitted(whole, scales.size, scales.of(whole) - 500)
    assert (view.more, len(view.titles), len(view.away), view.away_more) == (0, 3, 2, 2)
    view = fitted(whole, scales.size, scales.of(replace(whole, away=(), titles=whole.titles[:1])))
    assert (view.more, [story.title for story in view.titles], view.away_more) == (2, ["Post 4"], 4)


def test_the_same_view_is_cut_alike() -> None:
    whole = an_edition(*(a_post(title=f"Post {n}", excerpt="word " * 90) for n in range(150)))
    assert fitted(whole, Scales(around=500).size) == fitted(whole, Scales(around=500).size)
