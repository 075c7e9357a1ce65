"""Whatever a relay does and wherever, over one connection or several: each copy is in the right state.

And once the relay is mended, whoever it did not refuse for their own sake gets their copy.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from socket import socket
from threading import Event
from typing import Literal

import pytest

from solacefeed.delivery.smtp import SmtpTransport, Tls, verifying
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.mail.fake_relay import AUTHORITY, Answer, Relay, crawl, cut, drip, endless, silence
from tests.support.builders import a_source_post

READERS = tuple(f"reader{number}" for number in range(7))
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))

#: What becomes of the one copy that is hit, when it is known whose fault it is.
ACCEPTED, DEFERRED, REJECTED, UNCERTAIN = "accepted", "pending", "rejected", "uncertain"
#: It is nobody's fault, so no copy is tried for it: it may go at once, or waits untried.
UNTRIED = "untried"
#: The edition waits for the operator, and the copy with it.
PAUSED = "paused"
#: The same, where no other connection has copies yet.
SHUT_OUT = "shut out"
#: About the reader or about us: it waits, unless another was taken before.
EITHER = "either"
#: It depends on which is noticed first.
CUT_OFF = "cut off"

Fate = Literal["accepted", "pending", "rejected", "uncertain", "untried", "paused", "shut out", "either", "cut off"]

#: In which states the copy may be after the round.
STATES: dict[Fate, set[str]] = {
    "accepted": {ACCEPTED},
    "pending": {DEFERRED},
    "rejected": {REJECTED},
    "uncertain": {UNCERTAIN},
    "untried": {ACCEPTED, DEFERRED},
    "paused": {DEFERRED},
    "either": {DEFERRED, REJECTED},
    "cut off": {DEFERRED, UNCERTAIN},
}


def after(reply: str) -> Answer:
    """Says that, and hangs up."""

    def say(wire: socket, _: Event) -> None:
        wire.sendall(f"{reply}\r\n".encode())

    return say


def half(reply: str) -> Answer:
    """Begins to say that, and hangs up."""

    def say(wire: socket, _: Event) -> None:
        wire.sendall(reply.encode()[: len(reply) // 2])

    return say


#: Not one of these costs a copy anything: there is no connection yet.
AT_ITS_BEGINNING: list[Answer] = [
    "421 4.3.2 shutting down",
    "450 4.7.0 not now",
    "554 no SMTP service here",
    "no SMTP at all",
    cut,
    silence,
    drip,
    endless,
    half("220 relay.example.org"),
    "220-relay.example.org\r\n2x0 what",
]
#: What ends a transaction before its dot, whatever it was about.
LOST: list[Answer] = ["421 4.7.0 too many", "what?", "250-a\r\n2x0 b", cut, silence, drip, endless, half("250 ok")]

FAULTS: list[tuple[str, Answer, Fate]] = [
    *((stage, answer, "untried") for stage in ("GREETING", "EHLO") for answer in AT_ITS_BEGINNING[:9]),
    *((stage, "554 5.7.1 go away", "shut out") for stage in ("GREETING", "EHLO")),
    ("GREETING", AT_ITS_BEGINNING[9], "untried"),
    ("GREETING", after("220 relay.example.org"), "untried"),
    ("EHLO", after("250-relay.example.org\r\n250 PIPELINING"), "pending"),
    *((stage, answer, "pending") for stage in ("MAIL", "RCPT", "DATA") for answer in LOST),
    ("MAIL", "451 4.3.0 later", "pending"),
    ("MAIL", "452 4.3.1 no room", "pending"),
    ("MAIL", "550 5.7.1 sender not allowed", "paused"),
    ("MAIL", "530 5.7.0 authentication required", "paused"),
    ("MAIL", "552 5.3.4 message size exceeds fixed limit", "paused"),
    ("MAIL", after("250 2.1.0 ok"), "pending"),
    ("RCPT", "450 4.2.0 greylisted", "pending"),
    ("RCPT", "452 4.2.2 mailbox full", "pending"),
    ("RCPT", "454 4.7.1 relay access denied", "pending"),
    ("RCPT", "550 5.1.1 no such user", "rejected"),
    ("RCPT", "553-5.1.3 this\r\n553 5.1.3 is no address", "rejected"),
    ("RCPT", "552 5.2.2 mailbox full", "rejected"),
    ("RCPT", "554 5.7.1 relay access denied", "pending"),
    ("RCPT", "550 5.1.8 bad outbound sender", "pending"),
    ("RCPT", "538 5.7.11 encryption required", "pending"),
    ("RCPT", "554 5.7.1 not today", "either"),
    ("RCPT", after("250 2.1.5 ok"), "pending"),
    ("RCPT", after("550 5.1.1 no such user"), "rejected"),
    ("DATA", "451 4.3.0 later", "pending"),
    ("DATA", "554 5.5.1 no", "either"),
    ("DATA", "250 what?", "pending"),
    ("DATA", "354 go\r\n421 4.3.2 shutting down", "cut off"),
    ("DATA", after("354 go"), "cut off"),
    ("DATA", crawl, "cut off"),
    ("DOT", "452 4.3.1 no room", "pending"),
    ("DOT", "451 4.7.1 greylisted", "pending"),
    ("DOT", "421 4.3.2 shutting down", "pending"),
    ("DOT", "554 5.7.1 looks like spam", "either"),
    ("DOT", "550 5.1.1 no such user", "rejected"),
    ("DOT", "550 5.4.5 daily user sending limit exceeded", "paused"),
    ("DOT", "550 5.7.515 access denied, sending domain", "paused"),
    ("DOT", "554 5.2.252 SendAsDenied", "paused"),
    *(("DOT", answer, "uncertain") for answer in (cut, silence, drip, endless, "what?", "354 go on", half("250 ok"))),
    ("DOT", after("250 2.0.0 queued"), "accepted"),
]


@dataclass
class Office:
    """A site with an edition to go, and a relay of flesh and blood that may be at fault."""

    world: World
    relay: Relay
    tls: Tls = "none"
    host: str = "127.0.0.1"
    ca_file: Path | None = None
    password: str | None = None

    def transport(self) -> SmtpTransport:
        return SmtpTransport(
            host=self.host,
            port=self.relay.port,
            tls=self.tls,
            context=None if self.tls == "none" else verifying(self.ca_file),
            username="solace" if self.password else None,
            password=self.password,
            timeout=0.4,
            patience=0.4,
        )

    def round(self) -> Counter[str]:
        """How many copies are in each state after it."""
        self.world.transports = self.transport
        self.world.deliver()
        return Counter(self.world.states().values())

    def mend(self) -> Counter[str]:
        """The relay does all that it should from now on; what waits gets its time, and is looked at."""
        self.relay.script.clear()
        for _ in range(3):
            if self.world.the_edition().state is EditionState.PAUSED:
                self.world.resume()
            self.world.clock.now += timedelta(minutes=20)
            self.round()
        return Counter(self.world.states().values())

    def in_mailboxes(self) -> Counter[str]:
        """How many copies each reader may have."""
        return Counter(
            name for body in self.relay.taken for name in READERS if f"<{name}@example.org>".encode() in body
        )


@pytest.fixture(scope="module")
def prepared_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an edition to go, to be copied: hundreds of relays begin with it."""
    file = tmp_path_factory.mktemp("prepared") / "solacefeed.db"
    store = open_store(f"sqlite:///{shutil.copy(migrated_file, file)}")
    world = World(store)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    store.close()
    return file


@pytest.fixture(params=[1, 4])
def office(request: pytest.FixtureRequest, prepared_file: Path, tmp_path: Path) -> Iterator[Office]:
    store = open_store(f"sqlite:///{shutil.copy(prepared_file, tmp_path / 'solacefeed.db')}")
    with Relay() as relay:
        yield Office(world=World(store, connections=request.param, crawled=False), relay=relay)
    store.close()


def named(answer: Answer) -> str:
    return answer[:12] if isinstance(answer, str) else answer.__qualname__.partition(".")[0]


NAMES = [f"{number} {stage} {named(answer)}" for number, (stage, answer, _) in zip(count(1), FAULTS, strict=False)]


@pytest.mark.parametrize(("stage", "answer", "fate"), FAULTS, ids=NAMES)
def test_one_fault_leaves_each_copy_in_the_right_state_and_mended_all_the_others_come(
    office: Office, stage: str, answer: Answer, fate: Fate
) -> None:
    office.relay.at(stage, answer)
    found = office.round()
    allowed = Counter({ACCEPTED: len(READERS) - 1})
    if fate in ("untried", "paused", "shut out"):
        assert set(found) <= {ACCEPTED, DEFERRED}
    else:
        assert any(found == allowed + Counter({state: 1}) for state in STATES[fate]), found
    is_paused = office.world.the_edition().state is EditionState.PAUSED
    assert is_paused == (fate == "paused") or (fate == "shut out" and (is_paused or found == {ACCEPTED: len(READERS)}))
    copies = office.world.copies().values()
    if fate in ("untried", "shut out"):
        assert all(copy.attempts == (copy.state is DeliveryState.ACCEPTED) for copy in copies)
    mended = office.mend()
    refused = found[REJECTED]
    assert mended == Counter({ACCEPTED: len(READERS) - refused, REJECTED: refused}) - Counter()
    assert max(office.in_mailboxes().values()) <= 1 + any(copy.doubts for copy in office.world.copies().values())


def test_there_are_sixty_of_them_at_least() -> None:
    assert len(FAULTS) >= 60


# -- faults of more than one moment ---------------------------------------------------------------------------


def test_a_relay_that_closes_every_connection_after_two_mails_costs_no_copy_anything(office: Office) -> None:
    office.world.connections = 1
    office.relay.at("MAIL", *["250 2.1.0 ok", "250 2.1.0 ok", "421 4.7.0 enough"] * 2)
    assert office.round() == Counter({ACCEPTED: 7})
    assert {copy.attempts for copy in office.world.copies().values()} == {1}
    assert office.relay.connections == 3


def test_a_recipient_refused_behind_another_copys_dot_is_that_copys_own(office: Office) -> None:
    office.world.connections = 1
    office.relay.at("RCPT", *["250 2.1.5 ok"] * 4, "550 5.1.1 no such user")
    office.relay.at("DATA", *["354 go"] * 4, "503 5.5.1 no valid recipients")
    assert office.round() == Counter({ACCEPTED: 6, REJECTED: 1})
    assert office.world.states()["reader4"] == REJECTED
    assert office.relay.connections == 1


@pytest.mark.more
def test_greylisting_puts_all_off_and_all_come_in_time(office: Office) -> None:
    office.relay.at("RCPT", *["450 4.2.0 greylisted"] * 7)
    assert office.round() == Counter({DEFERRED: 7})
    assert office.mend() == Counter({ACCEPTED: 7})


def test_a_relay_that_hangs_up_on_every_mail_stops_the_round_soon(office: Office) -> None:
    office.relay.at("DATA", *[cut] * 50)
    assert office.round() == Counter({DEFERRED: 7})
    tried = sum(copy.attempts for copy in office.world.copies().values())
    assert tried <= 1 + office.world.connections
    assert office.mend() == Counter({ACCEPTED: 7})


def test_why_the_rest_waits_is_said_without_the_address_that_the_relay_repeats(office: Office) -> None:
    office.relay.at("RCPT", *["421 4.7.0 <reader1@example.org> rejected"] * 50)
    office.world.transports = office.transport
    result = office.world.deliver()
    assert "the rest waits: " in result.line()
    assert "421 4.7.0 <...> rejected" in result.line()
    assert "@" not in "".join([result.line(), *result.left()])


@pytest.mark.more
def test_a_relay_that_hangs_up_on_every_dot_leaves_few_in_doubt(office: Office) -> None:
    office.relay.at("DOT", *[cut] * 50)
    found = office.round()
    assert 2 <= found[UNCERTAIN] <= 1 + office.world.connections
    assert found[UNCERTAIN] + found[DEFERRED] == 7
    assert office.mend() == Counter({ACCEPTED: 7})


@pytest.mark.more
def test_a_relay_that_refuses_us_at_every_mail_rejects_nobody(office: Office) -> None:
    office.relay.at("RCPT", *["554 5.7.1 relay access denied"] * 50)
    assert office.round() == Counter({DEFERRED: 7})
    assert office.world.the_edition().state is EditionState.PAUSED
    assert office.mend() == Counter({ACCEPTED: 7})


@pytest.mark.more
def test_three_refusals_alike_pause_the_edition_over_any_number_of_connections(office: Office) -> None:
    office.relay.at("DOT", *["554 5.7.1 looks like spam"] * 50)
    assert office.round() == Counter({DEFERRED: 7})
    assert office.world.the_edition().state is EditionState.PAUSED
    assert office.mend() == Counter({ACCEPTED: 7})


@pytest.mark.parametrize(
    ("stage", "answer"), [("GREETING", "554 5.7.1 go away"), ("GREETING", cut), ("EHLO", after("421 4.3.2 later"))]
)
def test_a_relay_that_takes_nobody_costs_no_copy_an_attempt(office: Office, stage: str, answer: Answer) -> None:
    office.relay.at(stage, *[answer] * 50)
    assert office.round() == Counter({DEFERRED: 7})
    assert {(copy.attempts, copy.next_try_at) for copy in office.world.copies().values()} == {(0, None)}
    assert office.mend() == Counter({ACCEPTED: 7})


def test_a_relay_away_for_days_loses_nothing_and_what_is_too_late_expires(office: Office) -> None:
    office.relay.at("GREETING", *[cut] * 500)
    for _ in range(5):
        assert set(office.round()) <= {DEFERRED, "expired"}
        office.world.clock.forward(days=1)
    office.relay.script.clear()
    assert office.round() == Counter({"expired": 7})
    assert office.relay.bodies == []


# -- TLS and login ------------------------------------------------------------------------------------------


def secured(office: Office, *, features: tuple[str, ...] = ("PIPELINING", "STARTTLS", "AUTH PLAIN")) -> Office:
    office.relay.features = features
    office.tls, office.host, office.ca_file, office.password = "starttls", "localhost", AUTHORITY, "open sesame"
    return office


def bad_certificate(office: Office) -> None:
    office.host = "127.0.0.1"


def stripped(office: Office) -> None:
    office.relay.features = ("PIPELINING",)


def refused_tls(office: Office) -> None:
    office.relay.at("STARTTLS", *["454 4.7.0 not now"] * 50)


def refused_for_now(office: Office) -> None:
    office.relay.at("AUTH", *["454 4.7.0 later"] * 50)


@pytest.mark.parametrize("fault", [bad_certificate, stripped, refused_tls, refused_for_now])
def test_without_tls_or_login_nothing_is_offered_and_nothing_is_tried(
    office: Office, fault: Callable[[Office], None]
) -> None:
    fault(secured(office))
    assert office.round() == Counter({DEFERRED: 7})
    assert {copy.attempts for copy in office.world.copies().values()} == {0}
    assert "MAIL" not in office.relay.verbs()
    assert office.world.the_edition().state is not EditionState.PAUSED
    secured(office)
    assert office.mend() == Counter({ACCEPTED: 7})


def test_a_login_that_is_refused_pauses_the_edition_and_tries_nobody(office: Office) -> None:
    secured(office).relay.at("AUTH", *["535 5.7.8 no such login"] * 50)
    assert office.round() == Counter({DEFERRED: 7})
    edition = office.world.the_edition()
    assert edition.state is EditionState.PAUSED
    assert "no such login" in (edition.reason or "")
    assert {copy.attempts for copy in office.world.copies().values()} == {0}
    assert office.mend() == Counter({ACCEPTED: 7})


def test_copies_go_over_tls_by_several_connections(office: Office) -> None:
    assert secured(office).round() == Counter({ACCEPTED: 7})
    assert office.relay.connections <= office.world.connections
