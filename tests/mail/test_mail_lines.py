"""What is known of lines is what a look would find, however a mail was put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.mail_lines import CheckedLines, GappedLines, checked, for_the_wire, joined

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
    for parts in (pieces, [checked(piece) for piece in pieces], [joined(pieces[:2]), *pieces[2:]]):
        assert joined(parts) == whole
        if whole:
            assert sent(joined(parts)) == sent(whole) == wire(whole)


@pytest.mark.parametrize("parts", [(b"a\r", b"\nb"), (b"a", b"\n"), (b"\r", b"")])
def test_a_part_that_is_cut_within_a_line_end_is_looked_at_in_the_whole(parts: tuple[bytes, ...]) -> None:
    assert not isinstance(joined(map(checked, parts)), CheckedLines)


@given(PIECES, st.data())
def test_a_mail_of_which_most_is_shared_goes_over_the_wire_as_one_that_was_written_whole(
    pieces: list[bytes], data: st.DataObject
) -> None:
    shared = GappedLines([b"", *pieces])
    for _ in range(2):
        own = data.draw(st.lists(st.sampled_from([b".", b".a\r\n", b"\r\n", b"\n", b"a", b""]), min_size=len(pieces)))
        own = own[: len(pieces)]
        whole = b"".join(part for pair in zip(own, pieces, strict=True) for part in pair)
        filled, on_the_wire = shared.filled(own)
        assert filled == whole
        if whole:
            assert sent(filled) == sent(whole) == wire(whole)
        assert on_the_wire is None or on_the_wire == wire(whole)


def test_most_of_a_mail_is_not_looked_through_again() -> None:
    class Watched(bytes):
        """What a part is known by, without what it costs to know it."""

        def count(self, *_: object) -> int:
            raise AssertionError("it was looked through")

    long = checked(b"Subject: Hello\r\n\r\n.dot\r\n")
    mail = joined([b"To: ann@example.org\r\n", long, b".\r\n", Watched(b"short")])
    assert for_the_wire(mail) == b"To: ann@example.org\r\nSubject: Hello\r\n\r\n..dot\r\n..\r\nshort\r\n"
