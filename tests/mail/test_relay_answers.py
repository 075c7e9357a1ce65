"""A relay's refusal is judged by its reply alone: at once, and from the sentence that the store keeps of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.config import checks
from solacefeed.delivery.bounce_fields import refusal
from solacefeed.delivery.refusals import Stage, is_for_good, status_of, wants_fewer
from solacefeed.delivery.relay_answers import RelayRefusal, read_back, refused
from solacefeed.errors import Deferred, Rejected, SenderRefused, TransportError
from solacefeed.models.bounces import BounceKind
from tests.mail.test_refusals import said_by_relays
from tests.support.generated import examples

#: In a reply each of these says something.
TELLING = ("full", "spam", "quota", "rate", "unknown", "relay", "grey-list", "verif", "not-today", "550", "5", "1", "a")


@st.composite
def hosts(draw: st.DrawFn) -> str:
    """Whatever the config takes for a relay's name."""
    name = st.lists(st.sampled_from(TELLING), min_size=1, max_size=5).map(".".join)
    host = draw(st.one_of(name, st.ip_addresses().map(str), st.sampled_from(["10.5.1.1", "5.1.1.5", "10.4.2.2"])))
    return checks.host(host)


def meant(error: TransportError) -> BounceKind:
    """What an answer is to a copy at once, in the words of bounces."""
    assert error.reply is not None
    if isinstance(error, SenderRefused):
        return BounceKind.SENDER
    assert isinstance(error, Rejected)
    after_the_mail = f"answered {Stage.MESSAGE}" in str(error)
    for_good = error.alike is None and is_for_good(error.reply, after_the_mail=after_the_mail)
    return BounceKind.HARD if for_good else BounceKind.SOFT


@given(
    host=hosts(),
    port=st.integers(1, 65535),
    refusal_=st.sampled_from([RelayRefusal(stage, code, text) for _, stage, code, text, _ in said_by_relays()]),
)
def test_a_kept_answer_means_what_it_meant_when_the_relay_gave_it_whatever_the_relay_is_called(
    host: str, port: int, refusal_: RelayRefusal
) -> None:
    error = refused(f"{host}:{port}", refusal_)
    assert error.reply == f"{refusal_.code} {refusal_.text}"
    if isinstance(error, Deferred):
        assert wants_fewer(error.reply) is wants_fewer(f"{refusal_.code} {refusal_.text}")
    elif isinstance(error, Rejected):
        assert read_back(str(error)) == refusal_
        found = refusal("ann@example.net", str(error))
        assert (found.kind, found.status) == (meant(error), status_of(refusal_.text))


def kept(stage: Stage, reply: str) -> BounceKind:
    """What a copy that is rejected with that *reply* is to its reader."""
    return refusal("ann@example.net", f"smtp.example.net:587: answered {stage} with {reply}").kind


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 address could not be verified: LDAP server not found",
        "550 address could not be verified: LDAP server not found",
        "550 recipient lookup: database not found",
        "550 Mailbox unavailable: maintenance until Monday",
        "550 Account is unavailable while we migrate, try tomorrow",
        "550 5.1.1 <ann@example.net>: Recipient address rejected: temporarily unavailable",
        "550 5.1.1 <ann@example.net>: Recipient address rejected: host mx.example.net[192.0.2.1] said: 550 try again",
        "550 5.1.1 <ann@example.net>: Recipient address rejected: host mx.example.net said: 550 blocked using RBL",
        "550 User profile picture not found",
    ],
)
def test_words_that_say_of_something_else_or_for_now_suppress_nobody(reply: str) -> None:
    assert kept(Stage.RCPT, reply) is BounceKind.SOFT


def test_once_the_mail_is_refused_an_address_is_gone_by_plain_words_alone() -> None:
    said = {
        "550 Requested action not taken: mailbox unavailable. Reason: message looks unsolicited": BounceKind.SOFT,
        "550 mailbox unavailable": BounceKind.SOFT,
        "550 User profile picture not found": BounceKind.SOFT,
        "550 5.1.1 no such user": BounceKind.HARD,
        "550 No such user here": BounceKind.HARD,
        "550 5.1.10 Recipient not found by SMTP address lookup": BounceKind.HARD,
    }
    assert {reply: kept(Stage.MESSAGE, reply) for reply in said} == said


@pytest.mark.parametrize(
    "reply",
    [
        "550 mailbox unavailable",
        "550 Requested action not taken: mailbox unavailable",
        "550 <ann@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
        "550 The email account that you tried to reach does not exist",
        "550 5.1.1 <ann@example.net>: Recipient address rejected: undeliverable address: host mx.example.net said: 550",
        "550 5.1.1 User not listed in the directory",
        "554 delivery error: dd This user doesn't have a yahoo.com account",
    ],
)
def test_plain_words_of_an_address_that_is_gone_are_for_good(reply: str) -> None:
    assert kept(Stage.RCPT, reply) is BounceKind.HARD


# -- the law, over whatever is put together -----------------------------------------------------------------

#: Of each, what it may make of a refusal.
OF_THE_READER = ("no such user", "User unknown", "Recipient address rejected: mailbox not found")
OF_US = ("relay access denied", "sender not authenticated", "your IP is listed on bl.example.com", "SPF check failed",
         "messages per hour limit exceeded", "client host rejected")  # fmt: skip
FOR_NOW = ("try again later", "directory server could not be reached", "maintenance until Monday", "mailbox full",
           "address could not be verified: LDAP not found", "temporarily unavailable")  # fmt: skip
QUOTING = ("host mx.example.net[192.0.2.1] said:", "SMTP error from remote mail server after end of data:",
           "host mx.example.net [192.0.2.1]:", "Remote server returned", "... while talking to mx.example.net.:",
           "Remote host said:")  # fmt: skip
ADDRESSES = ("5.1.1", "5.1.2", "5.1.10", "5.2.1")
OTHERS = ("", "5.0.0", "5.1.0", "5.3.0", "5.7.1")


@settings(max_examples=examples(500))
@given(
    stage=st.sampled_from([Stage.RCPT, Stage.MESSAGE]),
    code=st.sampled_from([550, 551, 553, 554]),
    status=st.sampled_from(ADDRESSES + OTHERS),
    own=st.lists(st.sampled_from(OF_THE_READER + OF_US + FOR_NOW), max_size=2),
    quoting=st.sampled_from(QUOTING),
    quoted=st.lists(st.sampled_from(OF_THE_READER + OF_US + FOR_NOW + ADDRESSES + OTHERS), max_size=3),
)
def test_no_answer_with_a_readers_status_is_about_us_nor_any_by_what_another_host_said_and_nothing_for_now_suppresses(
    stage: Stage, code: int, status: str, own: list[str], quoting: str, quoted: list[str]
) -> None:
    said = " ".join([status, "; ".join(own), *([f"{quoting} 550", *quoted] if quoted else [])]).strip()
    error = refused("smtp.example.net:587", RelayRefusal(stage, code, said))
    if status in ADDRESSES or not set(own) & set(OF_US):
        assert not isinstance(error, SenderRefused)
    if set(own + quoted) & set(FOR_NOW):
        assert kept(stage, f"{code} {said}") is not BounceKind.HARD
    if set(own) & set(OF_THE_READER) and status in ADDRESSES and not quoted and not set(own) & set(OF_US + FOR_NOW):
        assert kept(stage, f"{code} {said}") is BounceKind.HARD or (stage is Stage.MESSAGE and status == "5.1.2")


@pytest.mark.parametrize("host", ["smtp.example.net", "10.5.1.1", "smtp.antispamcloud.com", "relay", "::5.1.1.1"])
def test_the_name_of_a_relay_makes_no_bounce_hard_or_soft(host: str) -> None:
    of_a_policy = refused(f"{host}:587", RelayRefusal(Stage.RCPT, 554, "5.7.1 not today"))
    of_nobody = refused(
        f"{host}:587", RelayRefusal(Stage.RCPT, 550, "5.1.10 Recipient not found by SMTP address lookup")
    )
    kinds = [refusal("ann@example.net", str(each)).kind for each in (of_a_policy, of_nobody)]
    assert kinds == [BounceKind.SOFT, BounceKind.HARD]


@pytest.mark.parametrize(
    "answer", ["", "250 2.0.0 queued", "subscriber 550: this address can't stand in a mail", "550 5.1.1 no such user"]
)
def test_what_is_no_sentence_of_ours_about_a_refusal_suppresses_nobody(answer: str) -> None:
    assert refusal("ann@example.net", answer).kind is BounceKind.SENDER
