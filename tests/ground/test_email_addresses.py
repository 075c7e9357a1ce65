"""What is one email address, and which of them are the same."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.email_addresses import canonical, email_address
from solacefeed.models.people import email_mask

_LOCALS = st.one_of(
    st.text("aZ9.!#$%&'*+/=?^_`{|}~- ,<>\"@(", min_size=1, max_size=8), st.sampled_from(["a" * 64, "a" * 65])
)
_LABELS = st.one_of(
    st.text("aZ9-", min_size=1, max_size=5),
    st.sampled_from(["xn--p1ai", "a" * 63, "b" * 64, "test", "Local", "ONION", "invalid", "arpa", "mytest", "org"]),
)
_DOMAINS = st.one_of(
    st.lists(_LABELS, min_size=1, max_size=6).map(".".join),
    st.text("aZ9.-", min_size=1, max_size=12).map("{}.org".format),
    st.sampled_from(
        [
            *("example.org", "EXAMPLE.Org", "localhost", "example", "a.local", "xn--bcher-kva.de", "ab--c.org"),
            *("1.2.3.4", f"{'a' * 63}.org", f"{'a' * 64}.org", ".".join(["a" * 60] * 4), "example.org\n"),
        ]
    ),
)


def _taken(value: str) -> bool:
    try:
        email_address(value)
    except ValueError:
        return False
    return True


def _taken_by_the_library(value: str) -> bool:
    try:
        validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@given(local=_LOCALS, domain=_DOMAINS)
def test_the_short_way_for_plain_addresses_takes_what_the_library_takes(local: str, domain: str) -> None:
    value = f"{local}@{domain}"
    wanted = (domain == "localhost" and _taken_by_the_library(f"{local}@example.org")) or _taken_by_the_library(value)
    assert _taken(value) == (wanted and len(local) <= 64)


@pytest.mark.parametrize(
    "value",
    [
        "a@example.org,b@example.org",
        "a@example.org b@example.org",
        "a@example.org\nBcc: b@example.org",
        "a@example.org\n",
        "Ann <a@example.org>",
        '"a@b"@example.org',
        '"a"@example.org',
        "a@[127.0.0.1]",
        "a＠b@example.org",
        "a，b@example.org",
        f"{'ü' * 33}@example.org",
        "a\0@example.org",
        "",
    ],
)
def test_nothing_that_could_carry_a_second_address_is_one(value: str) -> None:
    assert not _taken(value)


@pytest.mark.parametrize(
    ("value", "mailed"),
    [
        ("Ann@Example.org", "Ann@Example.org"),
        ("ann@bücher.de", "ann@xn--bcher-kva.de"),
        ("ann@xn--bcher-kva.de", "ann@xn--bcher-kva.de"),
        ("jürgen@bücher.de", "jürgen@xn--bcher-kva.de"),
        ("ju\u0308rgen@example.org", "jürgen@example.org"),
        # The Kelvin sign is a K by itself (Unicode's canonical equivalence): mail goes there.
        ("mi\u212ae@example.org", "miKe@example.org"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_kept_as_any_relay_takes_it(value: str, mailed: str) -> None:
    assert email_address(value) == mailed
    assert canonical(email_address(value)) == canonical(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.org", " ann@example.ORG "),
        ("ann@Bücher.de", "ann@xn--bcher-kva.de"),
        ("Jürgen@example.org", "JÜRGEN@example.org"),
        ("ju\u0308rgen@example.org", "jürgen@example.org"),
        ("ann@ｅxample.org", "ann@example.org"),
    ],
)
def test_two_spellings_of_an_address_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@straße.de", "ann@strasse.de"),
        ("groß@example.org", "gross@example.org"),
        ("mis\u017f@example.org", "miss@example.org"),
        ("a.nn@example.org", "ann@example.org"),
    ],
)
def test_a_letter_that_folds_to_another_opens_nobody_elses_mailbox(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.from_regex(r"[a-zA-Z0-9.+-]{1,10}@[a-zA-Z0-9.-]{1,10}", fullmatch=True))
def test_plain_addresses_compare_as_earlier_releases_have_kept_them(value: str) -> None:
    assert canonical(value) == value.strip().casefold()


@pytest.mark.parametrize(
    ("email", "beside", "masked"),
    [
        ("jane.doe@example.org", [], "j…@example.org"),
        ("jane.doe@example.org", ["ann@example.org"], "j…@example.org"),
        ("jane.doe@example.org", ["jane@example.com"], "j…@example.org"),
        ("jane.doe@example.org", ["jane.roe@example.org"], "j…doe@example.org"),
        ("jdoe@example.org", ["jroe@example.org"], "jd…@example.org"),
        ("anna@example.org", ["ANN@example.org"], "a…a@example.org"),
        ("ann@example.org", ["anna@example.org"], "a…n@example.org"),
        ("jane@example.org", ["jane.doe@example.org", "jim@example.org"], "j…ne@example.org"),
        ("jo@example.org", ["jon@example.org"], "j…@example.org"),
    ],
)
def test_a_mask_tells_an_address_from_its_owners_others_and_never_shows_all_of_it(
    email: str, beside: list[str], masked: str
) -> None:
    assert email_mask(email, beside=beside) == masked
