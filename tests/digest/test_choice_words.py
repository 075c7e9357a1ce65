"""What a reader chose, as the foot of their mail says it."""

from __future__ import annotations

import pytest

from solacefeed.digest.choice_words import NAMED, choice_words
from solacefeed.models.posts import CategoryId

LABELS = {CategoryId(str(number)): f"Label {number}" for number in range(30)}


def chosen(*ids: int) -> frozenset[CategoryId]:
    return frozenset(CategoryId(str(each)) for each in ids)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (None, "every category"),
        (chosen(3), "Label 3"),
        (chosen(3, 1), "Label 1 and Label 3"),
        (chosen(1, 99), "Label 1"),
        (chosen(98, 99), "categories that are gone"),
        (chosen(), "categories that are gone"),
    ],
)
def test_a_choice_is_said_in_the_order_in_which_readers_see_categories(
    wanted: frozenset[CategoryId] | None, words: str
) -> None:
    assert choice_words(wanted, LABELS, "en-GB") == words


def test_of_a_long_choice_the_first_are_named_and_the_others_counted() -> None:
    whole = choice_words(chosen(*range(NAMED)), LABELS, "en-GB")
    assert whole.endswith("Label 6 and Label 7")
    longer = choice_words(chosen(*range(NAMED + 4)), LABELS, "en-GB")
    assert longer.endswith("Label 6 and 5 others")
