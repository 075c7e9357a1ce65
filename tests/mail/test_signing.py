"""DKIM signatures, verified by a program of other people, and by our own look at a mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.delivery.signature_check import CheckedSignature, SignatureVerdict, check
from solacefeed.delivery.signing import Algorithm, generated, loaded, signed
from solacefeed.digest.messages import LetterSender, compose, compose_letter
from solacefeed.models.editions import Variant
from tests.mail.test_letters import A_LETTER, WORDS
from tests.mail.test_messages import A_VARIANT, ALICE, AN_ENVELOPE, ASKED
from tests.support.builders import MONDAY
from tests.support.dkim_keys import name_server, signing_keys

KEYS = signing_keys()
RSA, ED25519 = KEYS
INSTANT = AN_ENVELOPE.instant

#: A month of all there is in names: what must be encoded, folded or broken.
NAMES = (
    None,
    "Alice Liddell",
    "Jörg Müller",
    "長い名前" * 20,
    'Alice "the Great" \\ Liddell',
    "A very long name " * 12,
)


def a_copy(variant: Variant = A_VARIANT) -> bytes:
    return compose(variant, ALICE, AN_ENVELOPE).content


def a_signed_copy() -> bytes:
    return signed(a_copy(), KEYS, INSTANT)


def copies(number: int) -> list[bytes]:
    """Of several variants and readers, whoever they are called."""
    chance = Random(13)
    made = []
    for each in range(number):
        words = "".join(chance.choices("aé \n=.–x", k=chance.randrange(400)))
        variant = replace(ASKED, selection=str(each % 127), text=ASKED.text + words, html=ASKED.html + words)
        reader = replace(
            ALICE,
            subscriber_id=each,
            email=f"reader{each}@example.{'org' * (1 + each % 9)}",
            name=NAMES[each % len(NAMES)],
            message_id=f"<weekly-2026-11-23.c{each}@example.org>",
        )
        made.append(signed(compose(variant, reader, AN_ENVELOPE).content, KEYS, INSTANT))
    return made


def is_verified(content: bytes) -> bool:
    """By dkimpy, each of both signatures."""
    return all(dkim.DKIM(content).verify(idx=each, dnsfunc=name_server(KEYS)) for each in range(len(KEYS)))


def signatures(content: bytes) -> list[bytes]:
    return re.findall(rb"DKIM-Signature: .*?\r\n(?![ \t])", content, re.DOTALL)


def tag(signature: bytes, name: str) -> str:
    found = re.search(rf"(?:;|: )\s*{name}=([^;]*)", signature.decode())
    assert found, name
    return "".join(found[1].split())


# -- signing ------------------------------------------------------------------------------------------


def test_another_program_verifies_both_signatures_of_a_hundred_copies() -> None:
    assert all(is_verified(each) for each in copies(100))


@pytest.mark.slow
def test_another_program_verifies_both_signatures_of_ten_thousand_copies() -> None:
    assert all(is_verified(each) for each in copies(10_000))


def test_a_letter_is_signed_like_a_copy() -> None:
    sender = LetterSender(sender=AN_ENVELOPE.sender, reply_to="ed@example.org", return_path="bounces@example.org")
    content = compose_letter(replace(A_LETTER, email="zoë@example.org"), WORDS, sender).content
    assert is_verified(signed(content, KEYS, A_LETTER.created_at))


def test_a_copy_that_is_offered_again_is_signed_by_the_same_bytes() -> None:
    assert a_signed_copy() == a_signed_copy()
    assert {tag(each, "t") for each in signatures(a_signed_copy())} == {str(int(MONDAY.timestamp()) - 3600)}


def test_the_mail_below_its_signatures_is_as_it_was_composed() -> None:
    content = a_signed_copy()
    assert content.endswith(a_copy())
    first, second = signatures(content)
    assert content == first + second + a_copy()
    assert [tag(each, "a") for each in (first, second)] == ["rsa-sha256", "ed25519-sha256"]
    assert max(map(len, (first + second).split(b"\r\n"))) <= 78


def test_what_readers_go_by_is_covered_and_nobody_can_add_a_second_one() -> None:
    for signature in signatures(a_signed_copy()):
        names = tag(signature, "h").split(":")
        for name in ("from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"):
            assert names.count(name) == 2, name
        assert names.count("cc") == 1
        assert names.count("feedback-id") == 1
        assert tag(signature, "c") == "relaxed/simple"
        assert " l=" not in signature.decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"A roof first\r\n", b"A roof last\r\n"),
        lambda mail: mail.replace(b"List-Unsubscribe-Post: ", b"List-Unsubscribe-Pest: "),
        lambda mail: mail.replace(b"/unsubscribe/", b"/subscribe/"),
        lambda mail: mail.replace(b"From: ", b"From: <x@example.com>\r\nFrom: "),
        lambda mail: mail.replace(b"To: ", b"Subject: Another\r\nTo: ", 1),
        lambda mail: mail.replace(b"MIME-Version", b"Cc: x@example.org\r\nMIME-Version"),
        lambda mail: mail + b"more",
        lambda mail: mail.replace(b"t=1", b"t=2", 2),
    ],
)
def test_whoever_changes_or_adds_something_breaks_both(change: Callable[[bytes], bytes]) -> None:
    content = a_signed_copy()
    changed = change(content)
    assert changed != content
    for index in range(2):
        assert not _verified_or_refused(changed, index)
    assert [each.verdict for each in check(changed, KEYS)] == [SignatureVerdict.WRONG, SignatureVerdict.WRONG]


def _verified_or_refused(content: bytes, index: int) -> bool:
    try:
        return bool(dkim.DKIM(content).verify(idx=index, dnsfunc=name_server(KEYS)))
    except dkim.DKIMException:
        return False


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: b"Received: from relay.example.org\r\n\tby mx.example.net; now\r\n" + mail,
        lambda mail: mail.replace(b"Subject: ", b"subject:   "),
        lambda mail: mail.replace(b"List-Owner: ", b"List-Owner:\r\n "),
        lambda mail: mail + b"\r\n\r\n",
        lambda mail: mail.replace(b"To: ", b"Feedback-ID: of:the:relay:itself\r\nTo: ", 1),
    ],
)
def test_what_relays_do_on_the_way_breaks_nothing(change: Callable[[bytes], bytes]) -> None:
    changed = change(a_signed_copy())
    assert is_verified(changed)
    assert [each.verdict for each in check(changed, KEYS)] == [SignatureVerdict.RIGHT, SignatureVerdict.RIGHT]


# -- keys and their records -----------------------------------------------------------------------------


def test_the_record_of_a_key_stands_in_strings_that_a_zone_file_may_have() -> None:
    rsa, ed25519 = (each.record() for each in KEYS)
    assert rsa.name == "solacefeed-rsa._domainkey.example.org"
    assert rsa.text.startswith("v=DKIM1; k=rsa; p=MIIB")
    assert re.fullmatch(r"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=", ed25519.text)
    strings = re.findall(r'"([^"]*)"', rsa.in_zone_file())
    assert "".join(strings) == rsa.text
    assert [len(each) for each in strings] == [255, len(rsa.text) - 255]
    assert rsa.in_zone_file().startswith("solacefeed-rsa._domainkey.example.org. IN TXT ( ")


def _pem(bits: int, password: bytes | None = None) -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=bits)
    hidden = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)


@pytest.mark.parametrize(
    ("pem", "algorithm", "says"),
    [
        (lambda: b"swordfish", Algorithm.RSA, "is no private key in PEM"),
        (lambda: generated(Algorithm.ED25519), Algorithm.RSA, "is no key for rsa-sha256"),
        (lambda: generated(Algorithm.RSA), Algorithm.ED25519, "is no key for ed25519-sha256"),
        (lambda: _pem(1024), Algorithm.RSA, "has 1024 bits; RSA wants 2048 to 4096"),
        (lambda: _pem(2048, b"swordfish"), Algorithm.RSA, "is encrypted"),
    ],
)
def test_a_file_that_holds_no_such_key_is_refused_with_what_is_wrong(
    pem: Callable[[], bytes], algorithm: Algorithm, says: str
) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        loaded(pem(), algorithm, domain="example.org", selector="x")
    assert "swordfish" not in str(caught.value)


# -- looking at a mail ----------------------------------------------------------------------------------


def looked_at(content: bytes) -> CheckedSignature:
    (found,) = check(content, KEYS)
    return found


def test_a_mail_is_verified_as_any_program_has_saved_it() -> None:
    for saved in (a_signed_copy(), a_signed_copy().replace(b"\r\n", b"\n")):
        found = check(saved, KEYS)
        assert [each.verdict for each in found] == [SignatureVerdict.RIGHT, SignatureVerdict.RIGHT]
        assert all(each.is_enough() for each in found)
        assert not any(each.lacks or each.open_to_more for each in found)
        assert "list-unsubscribe-post" in found[0].covers


def by_dkimpy(content: bytes, include: list[bytes] | None, forms: tuple[bytes, bytes], domain: bytes) -> bytes:
    pem = RSA.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    made: bytes = dkim.sign(
        content, b"solacefeed-rsa", domain, pem, canonicalize=forms, include_headers=include, linesep=b"\r\n"
    )
    return made + content


@pytest.mark.parametrize("fields", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("end", [b"", b"\r\n\r\n", b" \t \r\n", b"two  words \r\n"])
def test_what_another_program_has_signed_is_verified_in_each_form(fields: bytes, body: bytes, end: bytes) -> None:
    content = by_dkimpy(a_copy() + end, None, (fields, body), b"example.org")
    assert looked_at(content).verdict is SignatureVerdict.RIGHT
    assert looked_at(content.replace(b"A roof first\r\n", b"A roof\r\n")).reason == "the body was changed"


def test_a_relays_signature_is_told_by_what_it_covers() -> None:
    relays = by_dkimpy(a_copy(), [b"from", b"subject", b"list-unsubscribe"], (b"relaxed", b"relaxed"), b"relay.test")
    found = looked_at(relays)
    assert found.verdict is SignatureVerdict.OTHERS
    assert found.covers == ("from", "subject", "list-unsubscribe")
    assert found.lacks == ("list-unsubscribe-post",)
    assert not found.aligned
    assert not found.is_enough()
    assert "not under the domain of From" in found.line()
    assert "does not cover list-unsubscribe-post" in found.line()


@given(
    st.binary(max_size=300),
    st.sampled_from([b"DKIM-Signature: ", b"dkim-signature:v=1;d=example.org;s=solacefeed-rsa;", b""]),
)
def test_no_mail_makes_the_look_at_it_fail(noise: bytes, begin: bytes) -> None:
    for content in (begin + noise, begin + noise + b"\r\n" + a_copy(), a_copy() + noise):
        assert all(each.verdict is not SignatureVerdict.RIGHT for each in check(content, KEYS))


@pytest.mark.parametrize("filling", [b"\r\n", b" ", b" \r\n", b"=", b";", b"h=a:a;"])
def test_a_mail_of_much_of_one_thing_takes_no_more_than_its_length(filling: bytes) -> None:
    """Each pattern in it is asked a million times at most: the square of that would never end."""
    much = filling * (1_000_000 // len(filling))
    signature = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=solacefeed-rsa; h=from; bh=eA==; b=eA==; c=%s\r\n"
    for form in (b"relaxed/relaxed", b"simple/simple"):
        content = (
            signature % form + b"From: a@example.org\r\nX: " + much.replace(b"\r\n", b"") + b"\r\n\r\n" + much + b"x"
        )
        assert looked_at(content).verdict is SignatureVerdict.WRONG
