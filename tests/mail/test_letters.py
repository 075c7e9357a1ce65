"""The mail of a letter, read back by another parser than wrote it; and a trial, which reaches nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import strict
from types import TracebackType
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.delivery.trial import KEPT_BACK, OnlyTo, OnlyToThem
from solacefeed.digest.messages import LetterSender, compose_letter, letter_id
from solacefeed.errors import KeptBack, Unaddressable
from solacefeed.models.deliveries import DeliveryState, Message
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.ports import nothing_follows

WRITTEN = datetime(2026, 11, 22, 7, tzinfo=UTC)
SENDER = LetterSender(
    sender="Society of Chief Officers <digest@example.org>",
    reply_to="editors@example.org",
    return_path="bounces@example.org",
)
A_LETTER = Letter(
    id=17,
    kind="draft",
    email="ed@example.org",
    name="Ed",
    subscriber_id=None,
    edition_id="weekly/2026-11-23",
    subject="[Draft] A roof first",
    once=None,
    state=DeliveryState.CLAIMED,
    attempts=1,
    doubts=0,
    next_try_at=None,
    answer=None,
    message_id="<draft-20261122T070000-17.1@example.org>",
    created_at=WRITTEN,
    not_after=WRITTEN,
    changed_at=WRITTEN,
)
WORDS = LetterWords(
    subject="[Draft] A roof first",
    text="A roof first – at last\n@@CHOICE@@ stays as it is\n",
    html='<p lang="en">A roof first – at last</p>\n',
    language="en-GB",
)


def parsed(letter: Letter = A_LETTER, words: LetterWords = WORDS) -> EmailMessage:
    message = message_from_bytes(compose_letter(letter, words, SENDER).content, policy=strict)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_is_a_mail_of_two_parts_with_the_headers_of_no_list() -> None:
    mail = parsed()
    assert {name: str(value) for name, value in mail.items() if name != "Content-Type"} == {
        "To": "Ed <ed@example.org>",
        "Message-ID": "<draft-20261122T070000-17.1@example.org>",
        "From": "Society of Chief Officers <digest@example.org>",
        "Reply-To": "editors@example.org",
        "Subject": "[Draft] A roof first",
        "Date": "Sun, 22 Nov 2026 07:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en-GB",
        "MIME-Version": "1.0",
    }
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().replace("\r\n", "\n").strip() for part in mail.iter_parts()] == [
        WORDS.text.strip(),
        WORDS.html.strip(),
    ]


def test_an_answer_goes_to_whom_the_letter_names() -> None:
    assert str(parsed(replace(A_LETTER, reply_to="ann@example.org"))["Reply-To"]) == "ann@example.org"


def test_its_envelope_is_that_of_copies() -> None:
    message = compose_letter(A_LETTER, WORDS, SENDER)
    assert (message.sender, message.recipient) == ("bounces@example.org", "ed@example.org")
    assert message.message_id == A_LETTER.message_id


def test_offered_again_it_has_the_same_bytes() -> None:
    again = replace(A_LETTER, attempts=2, doubts=1, changed_at=WRITTEN.replace(day=23), state=DeliveryState.UNCERTAIN)
    assert compose_letter(again, WORDS, SENDER) == compose_letter(A_LETTER, WORDS, SENDER)


@pytest.mark.parametrize(
    "email", ["no address", "a@b@c", "ed@example.org\nBcc: x@example.org", "ed@exa\u2028mple.org", ""]
)
def test_what_is_no_address_goes_to_nobody(email: str) -> None:
    with pytest.raises(Unaddressable, match="letter 17: this address can't stand in a mail"):
        compose_letter(replace(A_LETTER, email=email), WORDS, SENDER)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(subject=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT, name=ANY_TEXT)
def test_whatever_it_says_no_header_begins_in_it_and_every_line_fits(
    subject: str, text: str, html: str, name: str
) -> None:
    words = LetterWords(subject=subject, text=text, html=html, language="en-GB")
    content = compose_letter(replace(A_LETTER, name=name), words, SENDER).content
    assert content.isascii()
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert [field for field, _ in message_from_bytes(content).items()] == [field for field, _ in parsed().items()]


def test_a_letters_id_is_its_own_in_a_store_that_was_begun_anew_too() -> None:
    later = WRITTEN.replace(minute=1)
    ids = {letter_id("draft", number, at, SENDER.sender) for number in (1, 2) for at in (WRITTEN, later)}
    assert len(ids) == 4
    assert letter_id("draft", 17, WRITTEN, SENDER.sender) == A_LETTER.message_id


# -- a trial -----------------------------------------------------------------------------------------------


class Taking:
    """A transport that takes all that it is handed."""

    def __init__(self) -> None:
        self.open = False
        self.took: list[str] = []
        self.announced: Message | None = None

    def __enter__(self) -> Self:
        self.open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open = False

    def connect(self) -> None:
        assert self.open

    def break_off(self) -> None:
        """Nobody waits for it."""

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        assert self.open
        assert mark()
        self.took.append(message.recipient)
        self.announced = following()
        return "250 ok"


def to(recipient: str) -> Message:
    return Message(sender="digest@example.org", recipient=recipient, content=b"", message_id="<1@example.org>")


@pytest.mark.parametrize(
    ("allowed", "address", "reached"),
    [
        ((), "anybody@example.net", True),
        (("me@example.org",), "me@example.org", True),
        (("me@example.org",), "ME@Example.ORG", True),
        (("me@example.org",), "you@example.org", False),
        (("me@example.org",), "me@example.org.evil.example", False),
        (("me@example.org",), "not-me@example.org", False),
        (("@example.org",), "you@example.org", True),
        (("@Example.org",), "you@EXAMPLE.org", True),
        (("@example.org",), "you@mail.example.org", False),
        (("@example.org",), "you@badexample.org", False),
        (("@example.org",), "you@example.org@example.net", False),
        (("@example.org", "me@example.net"), "me@example.net", True),
        (("@example.org",), "@example.org@example.net", False),
    ],
)
def test_a_trial_reaches_those_addresses_and_domains_and_nobody_else(
    allowed: tuple[str, ...], address: str, reached: bool
) -> None:
    behind, asked = Taking(), []

    def mark() -> bool:
        asked.append(address)
        return True

    with OnlyToThem(behind, OnlyTo(allowed=allowed)) as transport:
        if reached:
            assert transport.hand_over(to(address), mark) == "250 ok"
        else:
            with pytest.raises(KeptBack, match=KEPT_BACK):
                transport.hand_over(to(address), mark)
    assert behind.took == ([address] if reached else [])
    assert asked == behind.took
    assert not behind.open
