"""Erasing what is nobody's: a mistyped address is told as such, whatever else the store knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.deeds.people.erasing import Erasing
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.known_addresses import must_be_kept
from solacefeed.errors import UsageError
from solacefeed.store import reader_complaints
from solacefeed.store.database import Store
from tests.deeds.world import World
from tests.support.builders import MONDAY


@pytest.fixture
def settings(tmp_path: Path) -> Erasing:
    return Erasing(key=FingerprintKey(path=tmp_path / "apart" / "key"), rehearsals=tmp_path / "mail")


def test_an_address_is_kept_by_a_row_by_words_and_by_a_rehearsed_mail(store: Store, settings: Erasing) -> None:
    World(store).join("ann")
    with store.write() as connection:
        words = "I am ben@example.org"
        reader_complaints.add(connection, subscriber_id=None, digest=None, words=words, at=MONDAY, due=MONDAY)
    copy = settings.rehearsals / "weekly-2026-11-23" / "cat@example.org.eml"
    copy.parent.mkdir(parents=True)
    copy.touch()
    for each in ("Ann@Example.org", "ben@example.org", "cat@example.org"):
        must_be_kept(store, settings, each)
    with pytest.raises(UsageError, match=r"nothing is kept of en@example\.org"):
        must_be_kept(store, settings, "en@example.org")
