"""Two workers over one copy, in every order in which they can come between one another: the laws of delivery hold."""

from __future__ import annotations

import pytest

from solacefeed.store.database import Store
from tests.store.exploring import DOCUMENT, LONG, SHORT, drawing, drawn, explored


def test_in_whatever_order_it_goes_every_law_of_delivery_holds_and_the_docs_draw_what_was_seen(
    sqlite_store: Store,
) -> None:
    walks = list(explored(sqlite_store, SHORT))
    assert drawn() == drawing(walks), f"python -m tests.store.exploring writes it into {DOCUMENT.name}"


@pytest.mark.slow
def test_on_longer_ways_the_same_moves_are_seen_on_either_database(store: Store) -> None:
    assert drawing(explored(store, LONG)) == drawn()
