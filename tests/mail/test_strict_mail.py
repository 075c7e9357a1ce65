"""Each copy is mail by the letter of the rules, and nothing that anybody writes begins a field of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest

from solacefeed.digest.messages import Envelope, Recipient, compose
from solacefeed.errors import Unaddressable
from solacefeed.models.editions import Variant
from tests.mail.strict_mail import assert_strictly_mail, fields
from tests.mail.test_messages import A_VARIANT, ALICE, AN_ENVELOPE
from tests.mail.test_signing import copies

Mail = tuple[Variant, Recipient, Envelope]


def valid(text: str) -> str:
    """What a config and a token can hold: TOML knows no half of a letter."""
    return text.replace("\ud800", "")


#: What a hostile string may get into: a blog's title, a reader's name, a key of the config.
TWELVE: dict[str, Callable[[str], Mail]] = {
    "Subject": lambda text: (replace(A_VARIANT, subject=text), ALICE, AN_ENVELOPE),
    "To, the name": lambda text: (A_VARIANT, replace(ALICE, name=text), AN_ENVELOPE),
    "To, the address": lambda text: (A_VARIANT, replace(ALICE, email=f"a{text}@example.org"), AN_ENVELOPE),
    "From": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, sender=f"{valid(text)} <digest@example.org>")),
    "Reply-To": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, reply_to=f"{valid(text)} <ed@example.org>")),
    "List-Id": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, digest_title=text)),
    "List-Help": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, help_url=f"https://x.example.org/{text}")),
    "List-Archive": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, archive_url=f"https://x.example.org/{text}")),
    "List-Unsubscribe": lambda text: (A_VARIANT, replace(ALICE, token=valid(text)), AN_ENVELOPE),
    "Message-ID": lambda text: (A_VARIANT, replace(ALICE, message_id=f"<{text}@example.org>"), AN_ENVELOPE),
    "Feedback-ID": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, feedback_id=text)),
    "Content-Language": lambda text: (A_VARIANT, ALICE, replace(AN_ENVELOPE, language=text)),
}
#: Those that nobody but we and the config's own checks write: no field is begun in them, but they are not mended.
OURS = {
    "From",
    "Reply-To",
    "List-Help",
    "List-Archive",
    "List-Unsubscribe",
    "Message-ID",
    "Feedback-ID",
    "Content-Language",
}

_BITS = (
    *(
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        "\r\n ",
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud800",
        "\x7f",
    ),
    *("Bcc: all@example.net", "Subject: other", "\r\nBcc: x@example.net\r\n", ".\r\nQUIT", "--=_", "%0d%0aBcc: x@y"),
    *(
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "=?utf-8?b?DQo=?=",
        '"',
        "\\",
        "<",
        ">",
        "@",
        ",",
        ";",
        ":",
        "(",
        ")",
        "é",
        "日本",
        "🏴",
        "a",
        " ",
    ),
)


def hostile(number: int) -> Iterator[str]:
    chance = Random(5322)
    for _ in range(number):
        yield "".join(chance.choices(_BITS, k=chance.randrange(1, 12)))


def assert_none_injected(number: int) -> None:
    names = [name for name, _ in fields(compose(A_VARIANT, ALICE, AN_ENVELOPE).content)]
    for text in hostile(number):
        for header, mail in TWELVE.items():
            try:
                content = compose(*mail(text)).content
            except Unaddressable:
                assert header == "To, the address"
                continue
            assert [name for name, _ in fields(content)] == names, (header, text)
            if header not in OURS:
                assert_strictly_mail(content)


@pytest.mark.more
def test_no_hostile_string_begins_a_field_in_any_of_twelve_headers() -> None:
    assert_none_injected(200)


@pytest.mark.slow
def test_none_of_twenty_thousand_hostile_strings_begins_a_field() -> None:
    assert_none_injected(20_000)


def test_each_copy_is_mail_by_the_letter_of_the_rules() -> None:
    for content in copies(127):
        assert_strictly_mail(content)
        assert "List-Unsubscribe-Post" in dict(fields(content))
