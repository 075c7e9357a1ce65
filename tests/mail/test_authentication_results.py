"""What a reader's server has found out about a mail of ours, as the mail says when it has come."""

from __future__ import annotations

import pytest

from solacefeed.delivery.authentication_results import AuthenticationResults, received_headers

GMAIL = b"""\
Delivered-To: me@example.com
Return-Path: <bounces+c1.0123456789abcdef@example.org>
Authentication-Results: mx.example.com;
       dkim=pass header.i=@example.org header.s=solacefeed-rsa header.b=abc;
       dkim=fail (bad signature) header.i=@relay.example.net;
       spf=pass (example.com: domain of bounces@example.org designates 192.0.2.1; a "(nested)" word)
        smtp.mailfrom=bounces@example.org;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.org
Authentication-Results: liar.example.net; spf=fail; dkim=fail; dmarc=fail
List-Unsubscribe: <https://news.example.org/u/x>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Subject: A digest

Words.
"""


def test_the_uppermost_field_counts_and_one_signature_that_passes_is_enough() -> None:
    told = received_headers(GMAIL.replace(b"\n", b"\r\n"))
    assert told.results == AuthenticationResults(
        server="mx.example.com", spf="pass", dkim="pass", dmarc="pass", signed_by=("example.org",)
    )
    assert told.return_path == "bounces+c1.0123456789abcdef@example.org"
    assert told.has_one_click


@pytest.mark.parametrize(
    ("field", "results"),
    [
        (b"mx.example.com 1; none", (None, None, None)),
        (b"mx.example.com; spf=softfail smtp.mailfrom=x; dkim=none", ("softfail", "none", None)),
        (b"mx.example.com;spf = PASS;dmarc=fail (p=reject)", ("pass", None, "fail")),
        (b"; " * 9000, (None, None, None)),
        (b"((((" * 3000 + b"spf=pass", (None, None, None)),
    ],
)
def test_whatever_stands_there_is_read_as_far_as_it_says_something(
    field: bytes, results: tuple[str | None, str | None, str | None]
) -> None:
    told = received_headers(b"Authentication-Results: " + field + b"\r\nSubject: x\r\n\r\n").results
    assert told is not None
    assert (told.spf, told.dkim, told.dmarc) == results


def test_a_mail_of_which_nobody_has_said_anything_says_so() -> None:
    told = received_headers(b"Subject: x\r\n\r\nAuthentication-Results: mx; spf=pass\r\n")
    assert (told.results, told.return_path, told.has_one_click) == (None, None, False)
    assert received_headers(b"").results is None
