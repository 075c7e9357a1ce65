"""Whom nobody but the person may enter: the suppressed and the erased."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.subscribe import subscribe
from solacefeed.errors import ConfigError, UsageError
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import consents, fingerprints, subscribers, suppressions
from tests.deeds.world import World
from tests.support.builders import A_CONSENT, LONDON, MONDAY, NO_KEY

ANN = "ann@example.org"
CLAIMED = replace(A_CONSENT, claimed=True, evidence=None)


@pytest.fixture
def key(tmp_path: Path) -> FingerprintKey:
    return FingerprintKey(path=tmp_path / "apart" / "fingerprint.key")


def entered(world: World, key: FingerprintKey, *, consent: object = A_CONSENT) -> bool:
    assert isinstance(consent, type(A_CONSENT))
    return subscribe(
        world.store, world.clock, world.digest, LONDON, email=ANN, name=None, slugs=None, consent=consent, key=key
    )


def test_an_address_that_was_erased_is_entered_by_nobody_else(world: World, key: FingerprintKey) -> None:
    with world.store.write() as connection:
        fingerprints.add(connection, key.fingerprint("Ann@Example.org"), at=MONDAY)
    with pytest.raises(UsageError, match=r"ann@example\.org was erased at the person's wish"):
        entered(world, key)


def test_a_suppressed_address_is_entered_by_nobody_else(world: World, key: FingerprintKey) -> None:
    gone = Suppression(canonical=ANN, reason=SuppressionReason.HARD, words=None, actor=Actor.OPERATOR, at=MONDAY)
    with world.store.write() as connection:
        suppressions.add(connection, gone)
    with pytest.raises(UsageError, match="never to be mailed since 23 November 2026: hard"):
        entered(world, key)


def test_where_nobody_was_erased_no_key_is_made(world: World, key: FingerprintKey) -> None:
    assert entered(world, key)
    assert not key.path.exists()


def test_the_key_is_its_owners_alone_and_the_same_for_all_who_need_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "apart" / "key"
    found: list[str] = []
    both = [threading.Thread(target=lambda: found.append(FingerprintKey(path=path).fingerprint(ANN))) for _ in range(8)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(set(found)) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"]


def test_another_key_knows_nobody(tmp_path: Path) -> None:
    one, other = (FingerprintKey(path=tmp_path / name) for name in ("one", "other"))
    assert one.fingerprint(ANN) != other.fingerprint(ANN) != other.address_key(ANN)


def test_a_key_that_cannot_be_read_is_told_of_by_its_config_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"fingerprint_key_file: .* directory"):
        FingerprintKey(path=tmp_path).fingerprint(ANN)


def test_a_consent_that_can_be_shown_takes_the_place_of_one_that_is_claimed_and_of_no_other(world: World) -> None:
    entered(world, NO_KEY, consent=CLAIMED)
    entered(world, NO_KEY, consent=CLAIMED)
    entered(world, NO_KEY)
    entered(world, NO_KEY, consent=CLAIMED)
    with world.store.read() as connection:
        person = subscribers.find(connection, ANN)
        assert person is not None
        kept = consents.of_one(connection, person.id)
        stands = subscribers.subscription(connection, person.id, "weekly")
    assert [each.claimed for each in kept] == [True, False]
    assert stands is not None
    assert stands.consent_id == kept[-1].id
