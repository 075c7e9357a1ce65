"""What an embed shows, as a page that a person can open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.text.embeds import known_page, page
from tests.support.steps import steps

MAP = "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2483!2d-1.5491!3d53.8008!2m3!1f0!2f0!3f0!3m2!1i1024!2i768!4f13"


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ("www.youtube.com/embed/abc_DEF-123", "https://www.youtube.com/watch?v=abc_DEF-123"),
        ("www.youtube.com/embed/abcDEF12345?feature=oembed", "https://www.youtube.com/watch?v=abcDEF12345"),
        ("www.youtube.com/embed/abcDEF12345?start=90&rel=0", "https://www.youtube.com/watch?v=abcDEF12345&t=90"),
        ("www.youtube.com/embed/abcDEF12345?list=PL1", "https://www.youtube.com/watch?v=abcDEF12345&list=PL1"),
        ("www.youtube-nocookie.com/embed/abcDEF12345/", "https://www.youtube.com/watch?v=abcDEF12345"),
        ("www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("www.youtube.com/embed?listType=playlist&list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("www.youtube.com/embed/live_stream?channel=UC1", "https://www.youtube.com/channel/UC1/live"),
        ("m.youtube.com/watch?v=abcDEF12345&t=1m", "https://www.youtube.com/watch?v=abcDEF12345&t=1m"),
        ("youtu.be/abcDEF12345?t=3", "https://www.youtube.com/watch?v=abcDEF12345&t=3"),
        ("player.vimeo.com/video/123456?dnt=1&app_id=1", "https://vimeo.com/123456"),
        ("player.vimeo.com/video/123456?h=ab12cd34#t=1m2s", "https://vimeo.com/123456/ab12cd34#t=1m2s"),
        ("vimeo.com/event/12/embed", "https://vimeo.com/event/12"),
        ("open.spotify.com/embed/episode/4rO?utm_source=x", "https://open.spotify.com/episode/4rO"),
        ("open.spotify.com/embed-podcast/show/4rO", "https://open.spotify.com/show/4rO"),
        ("embed.spotify.com/?uri=spotify:track:4rO", "https://open.spotify.com/track/4rO"),
        ("w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b&color=0", "https://soundcloud.com/a/b"),
        ("player-widget.mixcloud.com/widget/iframe/?feed=%2Fa%2Fb%2F", "https://www.mixcloud.com/a/b/"),
        ("embed.podcasts.apple.com/gb/podcast/x/id1", "https://podcasts.apple.com/gb/podcast/x/id1"),
        ("platform.twitter.com/embed/Tweet.html?id=12", "https://x.com/i/status/12"),
        ("www.instagram.com/p/Cab_1/embed/captioned/?v=1", "https://www.instagram.com/p/Cab_1/"),
        ("www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fa%2Fposts%2F1&width=5",
         "https://www.facebook.com/a/posts/1"),
        ("www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fa%2Fvideos%2F1",
         "https://www.facebook.com/a/videos/1"),
        ("www.tiktok.com/embed/v2/712", "https://www.tiktok.com/@_/video/712"),
        ("maps.google.com/maps?q=Town+Hall&output=embed", "https://www.google.com/maps?q=Town+Hall"),
        ("www.google.com/maps/embed/v1/place?key=SECRET&q=Town+Hall",
         "https://www.google.com/maps/search/?api=1&query=Town+Hall"),
        ("www.google.com/maps/embed/v1/directions?key=SECRET&origin=A&destination=B",
         "https://www.google.com/maps/dir/?api=1&origin=A&destination=B"),
        ("www.google.com/maps/d/u/0/embed?mid=1x", "https://www.google.com/maps/d/viewer?mid=1x"),
        ("www.openstreetmap.org/export/embed.html?bbox=-1.6,53.7,-1.5,53.9&layer=mapnik&marker=53.8%2C-1.55",
         "https://www.openstreetmap.org/?mlat=53.8&mlon=-1.55#map=16/53.8/-1.55"),
        ("www.openstreetmap.org/export/embed.html?bbox=-1.6%2C53.7%2C-1.5%2C53.9",
         "https://www.openstreetmap.org/?minlon=-1.6&minlat=53.7&maxlon=-1.5&maxlat=53.9"),
        ("docs.google.com/forms/d/e/1F/viewform?embedded=true", "https://docs.google.com/forms/d/e/1F/viewform"),
        ("docs.google.com/document/d/e/2P/pub?embedded=true", "https://docs.google.com/document/d/e/2P/pub"),
        ("docs.google.com/presentation/d/e/2P/embed?start=false", "https://docs.google.com/presentation/d/e/2P/pub"),
        ("docs.google.com/spreadsheets/d/e/2P/pubhtml?widget=true", "https://docs.google.com/spreadsheets/d/e/2P/pubhtml"),
        ("docs.google.com/viewer?url=https%3A%2F%2Fb.example%2Fa.pdf&embedded=true", "https://b.example/a.pdf"),
        ("docs.google.com/gview?embedded=true&url=http://b.example/a.pdf", "http://b.example/a.pdf"),
        ("view.officeapps.live.com/op/embed.aspx?src=https%3A%2F%2Fb.example%2Fa.docx", "https://b.example/a.docx"),
        ("drive.google.com/file/d/1A/preview", "https://drive.google.com/file/d/1A/view"),
        ("embed.ted.com/talks/ann_on_homes", "https://www.ted.com/talks/ann_on_homes"),
        ("embed.ted.com/talks/lang/cy/ann_on_homes", "https://www.ted.com/talks/ann_on_homes?language=cy"),
        ("www.dailymotion.com/embed/video/x7tgad0", "https://www.dailymotion.com/video/x7tgad0"),
        ("geo.dailymotion.com/player/x1.html?video=x7tgad0", "https://www.dailymotion.com/video/x7tgad0"),
    ],
)  # fmt: skip
def test_a_services_frame_leads_to_the_page_behind_it(frame: str, shown: str) -> None:
    assert page(f"https://{frame}") == shown
    assert page(f"http://{frame}") == shown


def test_a_map_leads_to_the_place_that_it_shows_since_its_frame_alone_shows_nothing() -> None:
    assert page(MAP) == "https://www.google.com/maps/search/?api=1&query=53.8008%2C-1.5491"
    assert page(f"{MAP}!3m3!1m2!1s0x48795c:0x1a!2sTown%20Hall!5e0") == (
        "https://www.google.com/maps/search/Town%20Hall/@53.8008,-1.5491,15z"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://video.example/embed/1",
        "https://www.youtube.com/embed/",
        "https://www.youtube.com/embed/videoseries",
        "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1",
        "https://www.facebook.com/plugins/post.php?href=javascript%3Aalert(1)",
        "https://docs.google.com/viewer?url=/a.pdf",
        "https://www.google.com/maps/embed?pb=1",
        "https://notyoutube.com/embed/abcDEF12345",
        "https://youtube.com.example/embed/abcDEF12345",
        "https://www.youtube.com/user/town",
    ],
)
def test_an_address_that_tells_of_no_page_stays_as_it_is(url: str) -> None:
    assert known_page(url) is None
    assert page(url) == url


@given(path=st.text(max_size=60), query=st.text(max_size=60))
@pytest.mark.parametrize(
    "host", ["www.youtube.com/embed", "player.vimeo.com/video", "docs.google.com", "w.soundcloud.com"]
)
def test_a_page_is_an_address_of_the_web_and_its_own_page(host: str, path: str, query: str) -> None:
    shown = page(f"https://{host}/{path}?{query}")
    assert shown.startswith(("https://", "http://"))
    assert page(shown) == shown


@pytest.mark.parametrize("part", ["/embed", "!2d1!3d1", "-", "w:1,", "a=1&", "!1s0x1:1!2s"])
def test_a_long_address_costs_no_more_than_its_length(part: str) -> None:
    url = f"https://www.google.com/maps/embed?pb={part * 900}"
    assert steps(lambda: page(url)) < 50 * len(url)
