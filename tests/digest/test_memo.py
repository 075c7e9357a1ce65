"""What was made once is made again only when there was no room for it."""

from __future__ import annotations

from solacefeed.digest.memo import Memo


def asked(words: str, *, most_bytes: int) -> str:
    """What is made when a memo is asked for these words, each as large as it is long."""
    memo: Memo[str, str] = Memo(most_bytes, len)
    made: list[str] = []

    def make(word: str) -> str:
        made.append(word)
        return word

    assert [memo.get(word, lambda word=word: make(word)) for word in words.split()] == words.split()  # type: ignore[misc]  # bound at once
    return " ".join(made)


def test_while_there_is_room_everything_is_made_once() -> None:
    assert asked("a b c a b c a b c", most_bytes=3) == "a b c"


def test_what_was_not_used_for_longest_makes_room() -> None:
    assert asked("a b a c a b", most_bytes=2) == "a b c b"


def test_room_is_counted_in_bytes_and_not_in_number() -> None:
    assert asked("a b c dddd a b c", most_bytes=4) == "a b c dddd a b c"
    assert asked("dd a b dd a b", most_bytes=4) == "dd a b"


def test_the_newest_is_kept_however_large() -> None:
    assert asked("aaaa aaaa b aaaa", most_bytes=2) == "aaaa b aaaa"
