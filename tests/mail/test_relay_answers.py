"""A relay's refusal is judged by its reply alone: at once, and from the sentence that the store keeps of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.config import checks
from solacefeed.delivery.bounce_fields import refusal
from solacefeed.delivery.refusals import Stage, is_for_good, status_of, wants_fewer
from solacefeed.delivery.relay_answers import RelayRefusal, read_back, refused
from solacefeed.errors import Deferred, Rejected, SenderRefused, TransportError
from solacefeed.models.bounces import BounceKind
from tests.mail.test_refusals import said_by_relays

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
    return BounceKind.HARD if error.alike is None and is_for_good(error.reply) else BounceKind.SOFT


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
        kept = refusal("ann@example.net", str(error))
        assert (kept.kind, kept.status) == (meant(error), status_of(refusal_.text))


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
