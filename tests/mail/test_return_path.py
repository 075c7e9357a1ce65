"""The return path of a mail: only who was handed it can write it, in whatever case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.delivery.return_path import MailedKind, read_path, signed_path
from solacefeed.models.bounces import LONGEST_RETURN_LOCAL
from solacefeed.models.deliveries import Delivery, DeliveryState
from solacefeed.models.letters import Letter
from tests.support.builders import MONDAY

KEYS = ("secret",)
LARGEST = 2**63 - 1


def a_copy(number: int = 17, *, email: str = "ann@example.org", edition: str = "weekly/2026-11-23") -> Delivery:
    return Delivery(
        id=number,
        edition_id=edition,
        subscriber_id=1,
        email=email,
        name=None,
        selection="*",
        revision=None,
        state=DeliveryState.PENDING,
        attempts=0,
        doubts=0,
        next_try_at=None,
        answer=None,
        message_id="<weekly-2026-11-23.1@example.org>",
        changed_at=MONDAY,
    )


def a_letter(number: int = 17, *, message_id: str = "<link-1@example.org>") -> Letter:
    return Letter(
        id=number,
        kind="link",
        email="ann@example.org",
        name=None,
        subscriber_id=1,
        edition_id=None,
        subject="Your link",
        once=None,
        state=DeliveryState.PENDING,
        attempts=0,
        doubts=0,
        next_try_at=None,
        answer=None,
        message_id=message_id,
        created_at=MONDAY,
        not_after=MONDAY,
        changed_at=MONDAY,
    )


@given(st.integers(1, LARGEST), st.booleans())
def test_a_return_path_says_of_which_mail_it_is_though_a_relay_has_changed_its_case(number: int, upper: bool) -> None:
    address = signed_path("bounces@example.org", a_copy(number), KEYS)
    path = read_path(address.upper() if upper else address)
    assert path is not None
    assert (path.kind, path.number) == (MailedKind.COPY, number)
    assert path.is_of(a_copy(number), KEYS)


def test_the_same_mail_has_the_same_return_path_for_ever() -> None:
    assert signed_path("bounces@example.org", a_copy(), ("s3cret",)) == "bounces+ch.07083c389df4845f@example.org"
    # A letter of the same number is another mail.
    assert signed_path("bounces@example.org", a_letter(), ("s3cret",)) == "bounces+lh.542ed9e15f802b04@example.org"


def test_a_return_path_outlives_the_key_that_signed_it_while_that_still_verifies() -> None:
    path = read_path(signed_path("bounces@example.org", a_copy(), ("old",)))
    assert path is not None
    assert path.is_of(a_copy(), ("new", "old"))
    assert not path.is_of(a_copy(), ("new",))


def test_the_longest_return_path_of_the_config_has_room_for_the_longest_number() -> None:
    given = f"{'b' * LONGEST_RETURN_LOCAL}@example.org"
    local = signed_path(given, a_copy(LARGEST), KEYS).rpartition("@")[0]
    assert len(local) == 64


@pytest.mark.parametrize(
    "other",
    [
        a_copy(18),
        a_copy(email="joe@example.org"),
        a_copy(edition="weekly/2026-11-30"),
        replace(a_copy(), email=""),
        a_letter(),
    ],
    ids=["number", "reader", "edition", "erased", "letter"],
)
def test_it_is_of_no_other_mail(other: Delivery | Letter) -> None:
    path = read_path(signed_path("bounces@example.org", a_copy(), KEYS))
    assert path is not None
    assert not path.is_of(other, KEYS)


def test_a_store_that_numbers_its_letters_anew_gives_no_bounce_to_another_letter() -> None:
    path = read_path(signed_path("bounces@example.org", a_letter(1), KEYS))
    assert path is not None
    assert not path.is_of(a_letter(1, message_id="<link-2@example.org>"), KEYS)


@given(st.text())
def test_what_is_no_return_path_of_ours_says_nothing(text: str) -> None:
    assert read_path(text) is None


@given(st.from_regex(r"\Abounces\+[cl][0-9a-z]{1,13}\.[0-9a-f]{16}@example\.org\Z"))
def test_what_is_written_like_one_is_of_no_mail(address: str) -> None:
    path = read_path(address)
    assert path is not None
    assert not path.is_of(a_copy(path.number), KEYS)
    assert not path.is_of(a_letter(path.number), KEYS)
