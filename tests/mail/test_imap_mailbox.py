"""A mailbox on a server: read by its numbers, never changed, and whatever the server says is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from solacefeed.delivery.imap_mailbox import ImapMailbox, ImapPlace
from solacefeed.delivery.mailboxes import MOST_BYTES
from solacefeed.errors import ConfigError, SolacefeedError
from tests.mail.fake_imap import FakeImap, mailboxes_said
from tests.mail.fake_relay import AUTHORITY

ONE, TWO, THREE = b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n", b"Subject: three\r\n\r\n"


def mailbox(server: FakeImap, **other: object) -> ImapMailbox:
    plain = ImapMailbox(
        host="127.0.0.1", port=server.port, tls="none", username="bounces", password="swordfish", timeout=5.0
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def read(server: FakeImap, after: ImapPlace | None = None, **other: object) -> list[tuple[bytes, int]]:
    return [(mail.content, place.uid) for mail, place in mailbox(server, **other).mails(after)]


def test_what_is_new_is_read_and_nothing_is_changed() -> None:
    with FakeImap({3: ONE, 8: TWO}) as server:
        assert read(server) == [(ONE, 3), (TWO, 8)]
        server.mails[9] = THREE
        assert read(server, ImapPlace(validity=7, uid=8)) == [(THREE, 9)]
        assert read(server, ImapPlace(validity=7, uid=9)) == []
        assert mailboxes_said(server.said) == []


def test_where_the_numbers_are_others_all_is_read_anew() -> None:
    with FakeImap({3: ONE}, validity=8) as server:
        assert read(server, ImapPlace(validity=7, uid=9)) == [(ONE, 3)]


def test_a_mail_that_somebody_has_removed_meanwhile_is_passed_over() -> None:
    with FakeImap({3: ONE, 8: b"", 9: TWO}) as server:
        assert read(server) == [(ONE, 3), (TWO, 9)]


@pytest.mark.parametrize("known", [0, 1, 12_345, 99_400, 99_501, 99_999])
def test_of_a_hundred_thousand_mails_as_many_are_listed_as_are_read(known: int) -> None:
    uids = [10 * each + 7 for each in range(100_000)]
    with FakeImap(dict.fromkeys(uids, ONE)) as server:
        after = ImapPlace(validity=7, uid=uids[known - 1]) if known else None
        with closing(mailbox(server).mails(after)) as mails:
            found = [place.uid for _, place in islice(mails, 600)]
        asked = [each for each in server.said if each.startswith("FETCH")]
    assert found == uids[known : known + 600]
    assert len(asked) <= 2 * (2 + 17 + 1)


def test_mails_that_are_removed_while_others_are_read_let_none_be_missed() -> None:
    with FakeImap(dict.fromkeys(range(1, 1201), ONE)) as server, closing(mailbox(server).mails(None)) as mails:
        found = [next(mails)[1].uid for _ in range(200)]
        for uid in range(1, 101):
            del server.mails[uid]
        found += [place.uid for _, place in mails]
    assert found == [*range(1, 1201)]


def test_of_a_long_mail_the_beginning_is_fetched() -> None:
    with FakeImap({1: b"x" * (3 * MOST_BYTES)}) as server:
        ((content, _),) = read(server)
        assert len(content) == MOST_BYTES


def test_whoever_asks_for_no_more_fetches_no_more() -> None:
    with FakeImap(dict.fromkeys(range(1, 100), ONE)) as server, closing(mailbox(server).mails(None)) as mails:
        assert next(mails)[1].uid == 1
        mails.close()
        assert sum("UID FETCH" in said for said in server.said) == 1
        assert server.said[-1] == "LOGOUT"


@pytest.mark.parametrize("plain", [True, False])
def test_a_name_and_a_password_go_as_the_server_takes_them(plain: bool) -> None:
    with FakeImap({3: ONE}, plain=plain) as server:
        assert read(server, username="bounces at work") == [(ONE, 3)]
        assert ("AUTHENTICATE" in server.said) is plain


def test_tls_is_verified() -> None:
    with FakeImap({3: ONE}, tls=True) as server:
        assert read(server, tls="implicit", host="localhost", ca_file=AUTHORITY) == [(ONE, 3)]
        with pytest.raises(SolacefeedError, match="its certificate can't be verified"):
            read(server, tls="implicit", host="localhost")


def test_a_server_that_offers_no_tls_is_told_no_password() -> None:
    with FakeImap({3: ONE}) as server:
        with pytest.raises(SolacefeedError, match="TLS"):
            read(server, tls="starttls")
        assert not {"LOGIN", "AUTHENTICATE"} & {*server.said}


def test_a_file_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    with FakeImap() as server, pytest.raises(ConfigError, match="no PEM file"):
        read(server, tls="implicit", ca_file=tmp_path / "ca.pem")


FAULTS: Mapping[str, tuple[Mapping[str, bytes | None], str]] = {
    "hangs up at once": ({"GREETING": None}, ""),
    "is no IMAP": ({"GREETING": b"220 smtp ready\r\n"}, ""),
    "is busy": ({"GREETING": b"* BYE too many\r\n"}, ""),
    "refuses the login": ({"AUTHENTICATE": b"{tag} NO [AUTHENTICATIONFAILED] no\r\n"}, "see [bounces] username"),
    "has no such folder": ({"EXAMINE": b"{tag} NO no such mailbox\r\n"}, "there is no folder INBOX"),
    "hangs up in the middle": ({"NUMBERS": None}, ""),
    "says garbage": ({"NUMBERS": b"\xff\xfe\r\n" * 10}, ""),
    "has mails without numbers": ({"NUMBERS": b"* 1 FETCH (FLAGS ())\r\n{tag} OK done\r\n"}, "can't be listed"),
    "says more than it was asked": ({"NUMBERS": b"* 1 FETCH (UID 3)\r\n" * 100_000}, "no end"),
    "sends one mail after the other": ({"FETCH": b"* 1 FETCH (BODY[]<0> {9}\r\n123456789)\r\n" * 40_000}, "no end"),
    "announces more than was asked for": (
        {"FETCH": b"* 1 FETCH (UID 3 BODY[]<0> {9999999999}\r\n"},
        "9999999999 bytes",
    ),
    "says one line without an end": ({"NUMBERS": b"* 1 FETCH " + b"1 " * 1_000_000}, ""),
    "says numbers that are none": ({"EXAMINE": b"* OK [UIDVALIDITY x] valid\r\n{tag} OK done\r\n"}, "no IMAP"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_in_any_way_is_told_in_a_line(fault: str) -> None:
    script, words = FAULTS[fault]
    with FakeImap({3: ONE}, script=script) as server, pytest.raises(SolacefeedError) as told:
        read(server, timeout=1.0)
    assert str(told.value).startswith(f"127.0.0.1:{server.port}")
    assert words in str(told.value)
    assert "swordfish" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_host_that_is_not_there_is_told() -> None:
    with FakeImap() as server:
        port = server.port
    nobody = ImapMailbox(host="127.0.0.1", port=port, tls="none", username="b", password="p")
    with pytest.raises(SolacefeedError, match="refused"):
        list(nobody.mails(None))


def test_a_folder_that_can_be_read_says_how_many_mails_lie_there() -> None:
    with FakeImap({3: ONE, 8: TWO}) as server:
        assert mailbox(server).count() == 2
        assert mailboxes_said(server.said) == []
        assert not any("FETCH" in each for each in server.said)


def test_a_folder_that_cant_be_read_is_told_when_it_is_counted() -> None:
    with FakeImap(script={"EXAMINE": b"{tag} NO there is none\r\n"}) as server:
        with pytest.raises(SolacefeedError, match="there is no folder INBOX"):
            mailbox(server).count()
        server.script = {"GREETING": None}
        with pytest.raises(SolacefeedError):
            mailbox(server).count()
