"""Every page of ours in Debian's Chromium: by keys alone, and enlarged until there is room for 320 pixels of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solacefeed import tokens
from tests.real.browsing import PHONE, WIDE, a_context, chromium, is_wider_than_the_screen, tab_to
from tests.web.whole_site import WholeSite, addresses, begun

#: A screen of 1280 pixels at 200 % has room for 640 of a page's own, at 400 % for 320 (WCAG 2.2, 1.4.4 and 1.4.10).
ZOOMED = {640: 2, 320: 4}

#: Pixels by which what looks alike may differ.
A_FEW = 6


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    made = begun(tmp_path_factory.mktemp("whole") / "site")
    with made.served():
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what was seen; they stay for whoever wants to look."""
    return tmp_path_factory.mktemp("pictures")


def pages(whole: WholeSite) -> dict[str, str]:
    """The path of each page, by what it is called in pictures."""
    until = datetime.now(UTC) - timedelta(seconds=1)
    end = tokens.OwnEnd(digest="daily", subscriber_id=2, generation=0, change=1)
    late = f"/undo/{tokens.for_undoing(end, whole.keys(), until=until)}"
    void = f"/preferences/{tokens.for_preferences(1, 7, whole.keys())}"
    others = {"no-such-page": "/nowhere/at/all", "too-late": late, "void": void, "no-link-of-ours": "/preferences/x"}
    shown = [each for each in addresses(whole) if not each.endswith((".atom", ".rss", ".json", ".ics", "/healthz"))]
    named = {f"{number:02}-{each.strip('/').partition('/')[0] or 'home'}": each for number, each in enumerate(shown)}
    return {name.partition("?")[0]: path for name, path in named.items()} | others


def test_no_page_has_to_be_scrolled_sideways_when_it_is_enlarged(
    whole: WholeSite, browser: Browser, pictures: Path
) -> None:
    print(f"pictures: {pictures}")
    wider = []
    for width, zoom in ZOOMED.items():
        context = a_context(browser, width=width, device_scale_factor=zoom, java_script_enabled=True, bypass_csp=True)
        page = context.new_page()
        for name, path in pages(whole).items():
            page.goto(f"http://localhost:{whole.port}{path}")
            page.screenshot(path=pictures / f"{name}-at-{zoom}00.png", full_page=True, scale="css")
            if is_wider_than_the_screen(page):
                wider.append(f"{name} at {zoom}00 %")
        context.close()
    assert wider == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_is_kept_in_a_picture_as_a_phone_and_a_wide_screen_show_it(
    whole: WholeSite, browser: Browser, pictures: Path, scheme: str
) -> None:
    for width in (PHONE, WIDE):
        context = a_context(browser, width=width, java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
        page = context.new_page()
        for name, path in pages(whole).items():
            page.goto(f"http://localhost:{whole.port}{path}")
            page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=True)
            assert not is_wider_than_the_screen(page), name
        context.close()


def test_on_a_phone_all_buttons_of_what_a_reader_chooses_are_as_wide(whole: WholeSite, browser: Browser) -> None:
    page = a_context(browser, width=PHONE).new_page()
    page.goto(f"http://localhost:{whole.port}/preferences/{tokens.for_preferences(1, 0, whole.keys())}")
    found = {each.inner_text(): each.bounding_box() for each in page.get_by_role("button").all()}
    widths = {name: box["width"] for name, box in found.items() if box}
    assert {"Save", "Stop all mail", "Be forgotten"} <= widths.keys()
    assert max(widths.values()) - min(widths.values()) < A_FEW, widths


def test_an_editor_without_a_mouse_approves_by_keys(whole: WholeSite, browser: Browser) -> None:
    page = a_context(browser, width=WIDE).new_page()
    page.goto(f"http://localhost:{whole.port}{whole.mailed('desk')}")
    tab_to(page, "Approve it as it is")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "approved it" in page.get_by_role("region", name="What was done").inner_text()
    assert "approved" in [each["state"] for each in whole.site.data("editions", "list")]
    # Past the mail in its frames, which has links of its own.
    tab_to(page, "What was done")
    page.keyboard.press("Enter")
    tab_to(page, "Undo")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "draft" in [each["state"] for each in whole.site.data("editions", "list")]


def test_the_sentence_of_consent_is_shown_only_where_something_is_asked_for(whole: WholeSite, browser: Browser) -> None:
    page = a_context(browser, width=PHONE).new_page()
    page.goto(f"http://localhost:{whole.port}/preferences/{tokens.for_preferences(1, 0, whole.keys())}")
    agreed, jobs = page.locator("form > .agreed"), page.get_by_role("region", name="Jobs")
    assert not agreed.is_visible()
    jobs.get_by_label("Yes, mail me a link to confirm it").check()
    assert "Jobs (on the first Monday of the month)" in agreed.inner_text()
    jobs.get_by_label("No", exact=True).check()
    assert not agreed.is_visible()
