"""``solacefeed try`` on the real WordPress, looked at in a browser: on a phone and wide, in light and in dark."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.cli.test_trying import left, trying
from tests.real.browsing import Album, a_context, chromium
from tests.real.conftest import WordPress


def test_a_newcomer_sees_their_own_blog_on_one_page_and_nothing_of_it_is_left(
    wordpress: WordPress, tmp_path: Path
) -> None:
    album, folder = Album(), tmp_path / "there"
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with trying(folder, wordpress.url) as tried, chromium() as browser:
        page = a_context(browser).new_page()
        page.goto(f"{tried.address}/")
        words = page.inner_text("body")
        assert "WordPress's own API" in words
        assert "David Martin" in words
        assert "Taken out of its text" in words
        assert "Summit" in page.inner_text("section[aria-labelledby='events']")
        album.keep(page, "tryout")
        page.get_by_role("link", name="See the mail").nth(1).click()
        assert page.url.startswith(f"{tried.address}/digests/")
        page.go_back()
        page.get_by_role("link", name="All feeds, as readers see them").click()
        assert page.url == f"{tried.address}/feeds/index.html"
        assert album.judged(browser, pictures) == []
        tried.command.send(signal.SIGINT)
        assert tried.ended()[0] == 0
    assert left(folder) == []
