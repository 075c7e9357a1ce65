"""What the rules for mail ask of each one, read from its bytes as they go: no parser that forgives is between."""

from __future__ import annotations

import re
from collections import Counter
from email.utils import parsedate_to_datetime

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(\.{_ATOM})*"
#: RFC 5322 section 3.6.4.
_MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@{_DOT_ATOM}>")
#: RFC 5322 section 3.3, the form that is no obsolete one.
_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_QUOTED = r'"([\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"'
_ENCODED = r"=\?utf-8\?[bq]\?[!->@-~]+\?="
_PHRASE = rf"({_QUOTED}|{_ENCODED}( {_ENCODED})*)"
#: RFC 5322 section 3.4: one mailbox. Its local part may be beyond ASCII (RFC 6532).
_MAILBOX = re.compile(rf"({_PHRASE} )?<[^\s<>\",;:]+@[^\s<>\",;:]+>")
#: RFC 2919 section 3.
_LIST_ID = re.compile(rf"({_PHRASE} )?<{_ATOM}(\.{_ATOM})+>")
#: RFC 2369 section 2: addresses in angle brackets, with commas between, and no white space within one.
_ADDRESSES = re.compile(r"<(https?|mailto):[!-;=?-~]+>(, <(https?|mailto):[!-;=?-~]+>)*")
_FEEDBACK = re.compile(r"[A-Za-z0-9._-]+:[A-Za-z0-9._-]+:[A-Za-z0-9._-]+:[A-Za-z0-9-]{5,15}")

#: RFC 5322 section 3.6: none of these twice, and the first two always.
_ONCE = ("From", "Date", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type")
_OF_LISTS = ("List-Unsubscribe", "List-Help", "List-Owner", "List-Archive")


def fields(content: bytes) -> list[tuple[str, str]]:
    """Every field with its body unfolded, in their order."""
    block = content.partition(b"\r\n\r\n")[0].decode()
    found: list[tuple[str, str]] = []
    for line in block.split("\r\n"):
        if line[0] in " \t":
            name, body = found.pop()
            found.append((name, body + line))
        else:
            name, _, body = line.partition(":")
            assert re.fullmatch("[!-9;-~]+", name), name
            found.append((name, body))
    return [(name, body.strip()) for name, body in found]


def assert_strictly_mail(content: bytes) -> None:
    """RFC 5322, RFC 2369, RFC 2919, and RFC 8058 where it bears one click."""
    assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    found = fields(content)
    there = Counter(name for name, _ in found)
    assert all(there[name] == 1 for name in _ONCE), there
    assert max(count for name, count in there.items() if name != "DKIM-Signature") == 1
    said = dict(found)
    assert all(_MAILBOX.fullmatch(said[name]) for name in ("From", "To", "Reply-To")), said
    assert _MESSAGE_ID.fullmatch(said["Message-ID"])
    assert _DATE.fullmatch(said["Date"])
    parsedate_to_datetime(said["Date"])
    assert all(_ADDRESSES.fullmatch(said[name]) for name in _OF_LISTS if name in said), said
    assert "List-Id" not in said or _LIST_ID.fullmatch(said["List-Id"]), said
    assert "Feedback-ID" not in said or _FEEDBACK.fullmatch(said["Feedback-ID"]), said
    if "List-Unsubscribe-Post" in said:
        assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert said["List-Unsubscribe"].count("<https:") == 1
    # RFC 2369 section 2 and RFC 8058 section 3.2: on one line, so that no program has to put them together.
    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    for name in (*_OF_LISTS, "List-Unsubscribe-Post", "Message-ID", "Feedback-ID"):
        starts = [at for at, line in enumerate(lines) if line.startswith(f"{name}:".encode())]
        assert all(not lines[at + 1].startswith((b" ", b"\t")) for at in starts), name
