"""What is known of lines is what a look would find, however a mail was put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.mail_lines import PlainLines, for_the_wire, joined, plain

PIECES = st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b""]), max_size=5).map(b"".join))


def wire(content: bytes) -> bytes | None:
    """As the RFC wants it, a line after the other; ``None`` for what no mail may hold."""
    lines = content.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        return None
    ended = lines if lines[-1] == b"" else [*lines, b""]
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in ended)


def sent(content: bytes) -> bytes | None:
    try:
        return for_the_wire(content)
    except ValueError:
        return None


@given(PIECES)
def test_a_mail_of_parts_goes_over_the_wire_as_a_whole_one(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    for parts in (pieces, [plain(piece) for piece in pieces], [joined(pieces[:2]), *pieces[2:]]):
        assert joined(parts) == whole
        if whole:
            assert sent(joined(parts)) == sent(whole) == wire(whole)


@given(PIECES)
def test_what_is_called_plain_has_no_bare_line_end_and_no_dot_to_double(pieces: list[bytes]) -> None:
    mail = joined(map(plain, pieces))
    if isinstance(mail, PlainLines):
        assert mail.replace(b"\r\n", b"").count(b"\r") == mail.replace(b"\r\n", b"").count(b"\n") == 0
        assert b"\r\n." not in mail


@pytest.mark.parametrize(
    "parts", [(b"a\r", b"\nb"), (b"a\r\n", b".b"), (b"a", b"\n"), (b"a\r\n", b"", b"."), (b"a\r\n.b",)]
)
def test_what_only_comes_of_its_parts_is_looked_at(parts: tuple[bytes, ...]) -> None:
    assert not isinstance(joined(map(plain, parts)), PlainLines)


def test_most_of_a_mail_is_not_looked_through_again() -> None:
    class Watched(PlainLines):
        def count(self, *_: object) -> int:
            raise AssertionError("it was looked through")

    mail = joined([b"To: ann@example.org\r\n", Watched(b"Subject: Hello\r\n\r\n"), b"Words\r\n"])
    assert for_the_wire(mail) is mail
