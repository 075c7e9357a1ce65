"""What authors mark on the blog is mailed or not, as a digest reads the marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.marks import kept_out
from solacefeed.models.digests import Marks

INTERNAL = Marks(leave_out=frozenset({"internal", "vacancies"}))
CHOSEN = Marks(only=frozenset({"newsletter"}))
BOTH = Marks(leave_out=frozenset({"internal"}), only=frozenset({"newsletter"}))


@pytest.mark.parametrize(
    ("categories", "tags", "marks", "reason"),
    [
        pytest.param(["housing"], ["planning"], Marks(), None, id="a digest without marks"),
        pytest.param(["housing"], [], INTERNAL, None, id="an unmarked post"),
        pytest.param(["housing"], ["internal"], INTERNAL, 'it is marked "internal"', id="by a tag"),
        pytest.param(["vacancies", "jobs"], [], INTERNAL, 'it is marked "vacancies"', id="by a category, or one above"),
        pytest.param(["vacancies"], ["internal"], INTERNAL, 'it is marked "internal"', id="by both: one is told"),
        pytest.param(["housing"], ["newsletter"], CHOSEN, None, id="chosen by a tag"),
        pytest.param(["newsletter"], [], CHOSEN, None, id="chosen by a category"),
        pytest.param(["housing"], [], CHOSEN, "it has none of the marks newsletter", id="not chosen"),
        pytest.param([], [], CHOSEN, "it has none of the marks newsletter", id="filed nowhere"),
        pytest.param([], ["newsletter", "internal"], BOTH, 'it is marked "internal"', id="leaving out wins"),
    ],
)
def test_a_mark_keeps_a_post_out_with_its_reason(
    categories: list[str], tags: list[str], marks: Marks, reason: str | None
) -> None:
    assert kept_out(categories, tags, marks) == reason


_SLUGS = st.frozensets(st.sampled_from(["housing", "internal", "newsletter", "planning", "vacancies"]))


@given(categories=_SLUGS, tags=_SLUGS, leave_out=_SLUGS, only=_SLUGS)
def test_it_does_not_matter_whether_a_mark_is_a_category_or_a_tag(
    categories: frozenset[str], tags: frozenset[str], leave_out: frozenset[str], only: frozenset[str]
) -> None:
    marks = Marks(leave_out=leave_out, only=only)
    assert (
        kept_out(categories, tags, marks) == kept_out(tags, categories, marks) == kept_out(categories | tags, (), marks)
    )
    stays = not (categories | tags) & leave_out and (not only or bool((categories | tags) & only))
    assert (kept_out(categories, tags, marks) is None) is stays
