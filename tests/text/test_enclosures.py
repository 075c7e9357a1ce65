"""What belongs to a post and plays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.posts import Enclosure
from solacefeed.publish.gate_values import is_written_web
from solacefeed.text.enclosures import each_once, enclosure, plays

BASE = "https://blog.example.org/2026/11/a-post/"


@pytest.mark.parametrize(
    ("url", "said", "told"),
    [
        ("/1.mp3", None, "audio/mpeg"),
        ("/1.MP3?download=1", None, "audio/mpeg"),
        ("/1.m4a", "", "audio/mp4"),
        ("/1.mp4#t=9", "video/mp4; codecs=avc1", "video/mp4"),
        ("/1.ogv", "Video/OGG", "video/ogg"),
        ("/play?id=1.mp3", "audio/x-mpeg", "audio/mpeg"),
        ("/a.mp3/play", "no type", "application/octet-stream"),
        ("/minutes.pdf", "application/octet-stream", "application/pdf"),
    ],
)
def test_its_type_is_as_told_else_as_its_name_ends(url: str, said: str | None, told: str) -> None:
    found = enclosure(url, BASE, media_type=said)
    assert found is not None
    assert found.type == told


def test_what_tells_nothing_of_itself_is_what_its_player_nearly_always_plays() -> None:
    found = [enclosure("/listen/1", BASE, player=player) for player in ("audio", "video")]
    assert [each.type for each in found if each] == ["audio/mpeg", "video/mp4"]


@pytest.mark.parametrize(
    ("said", "length"),
    [("4500000", 4_500_000), (" 7 ", 7), (9, 9), ("0", None), ("", None), (None, None), ("big", None), ("-5", None)],
)
def test_its_length_is_known_where_it_was_told(said: str | int | None, length: int | None) -> None:
    assert enclosure("/1.mp3", BASE, length=said) == Enclosure(
        url="https://blog.example.org/1.mp3", type="audio/mpeg", length=length
    )


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("1800", 1800), (90.4, 90), ("1:02:03", 3723), ("30:00", 1800), ("0:00", None), ("soon", None), (None, None)],
)
def test_how_long_it_plays_is_read_as_podcasts_write_it(said: str | float | None, seconds: int | None) -> None:
    found = enclosure("/1.mp3", BASE, seconds=said)
    assert found is not None
    assert found.seconds == seconds


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "http://[oops/1.mp3", "mailto:a@b.example"])
def test_what_has_no_web_address_is_none(url: str | None) -> None:
    assert enclosure(url, BASE) is None


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("/1.mp3?_=1", "/1.mp3"),
        ("/1.mp3?a=1&_=12", "/1.mp3?a=1"),
        ("/1.mp3?_=3&a=1", "/1.mp3?a=1"),
        ("/1.mp3?a_=1", "/1.mp3?a_=1"),
    ],
)
def test_what_a_player_adds_to_an_address_makes_it_no_other(url: str, known: str) -> None:
    assert enclosure(url, BASE) == enclosure(known, BASE)


def test_each_address_stands_once_and_says_all_that_is_told_of_it() -> None:
    in_the_feed = Enclosure(url="https://m.example/1.mp3", type="audio/mpeg", length=9)
    in_the_text = Enclosure(url="https://m.example/1.mp3", type="audio/mp3", seconds=5)
    other = Enclosure(url="https://m.example/2.mp3", type="audio/mpeg")
    assert each_once([in_the_feed], [other, in_the_text]) == (
        Enclosure(url="https://m.example/1.mp3", type="audio/mpeg", length=9, seconds=5),
        other,
    )


@pytest.mark.parametrize(
    ("url", "does"), [("https://m.example/1.opus", True), ("https://m.example/1.mov?x", True), ("/a.pdf", False)]
)
def test_a_name_says_whether_it_is_a_sound_or_a_film(url: str, does: bool) -> None:
    assert plays(url) is does


@given(url=st.text(max_size=30).map(lambda said: f"https://m.example/{said}"), said=st.text(max_size=20))
def test_whatever_is_told_an_entry_can_say_it(url: str, said: str) -> None:
    found = enclosure(url, BASE, media_type=said, length=said, seconds=said)
    assert found is None or is_written_web(found.url)
    assert found is None or found.type.isprintable()
    assert found is None or found == enclosure(
        found.url, BASE, media_type=found.type, length=found.length, seconds=found.seconds
    )
