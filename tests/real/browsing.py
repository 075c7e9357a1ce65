"""Debian's Chromium, as a visitor sits before it; with this file the home of Playwright."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.real.conftest import KIT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # A page with a policy that the test has set counts as one from far away, which may show nothing of this machine.
    "--disable-features=LocalNetworkAccessChecks",
)
PHONE, WIDE = 375, 1280
#: The longest that anything may take on a busy machine, in milliseconds.
PATIENCE = 60_000

#: Whatever a reader of the screen gets to by keys has to show that it is there.
_SEEN = """() => {
  const here = document.activeElement, style = getComputedStyle(here);
  const words = here.labels && here.labels.length ? here.labels[0].innerText : (here.innerText || here.name || "");
  const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return { tag: here.tagName.toLowerCase(), words: words.trim(), value: here.value || "", shown };
}"""
_WIDER_THAN_THE_SCREEN = "() => document.documentElement.scrollWidth > window.innerWidth + 1"


@contextmanager
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def a_context(browser: Browser, *, width: int = PHONE, **values: Any) -> BrowserContext:
    """A visitor's, without scripts unless *values* say otherwise; it knows nothing of anybody else's."""
    values = {"java_script_enabled": False, "viewport": {"width": width, "height": 800}, **values}
    context = browser.new_context(**values)
    context.set_default_timeout(PATIENCE)
    return context


# -- by keys alone -------------------------------------------------------------------------------------


def tab_to(page: Page, words: str, *, most: int = 80) -> None:
    """Presses Tab until what says *words* has the focus; all that is passed on the way shows that it has it."""
    met: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(_SEEN)
        if here["tag"] == "body":
            continue
        assert here["shown"], f"nothing shows that {here} has the focus"
        met.append(here["words"])
        if here["words"].startswith(words):
            return
    raise AssertionError(f"no key leads to {words!r}, but to {met}")


# -- as it is seen -------------------------------------------------------------------------------------


def is_wider_than_the_screen(page: Page) -> bool:
    """Whether it has to be scrolled sideways."""
    return bool(page.evaluate(_WIDER_THAN_THE_SCREEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page as it was shown."""

    name: str
    url: str
    html: str


@dataclass(frozen=True, slots=True)
class Album:
    """What was shown on the way, to be looked at afterwards at every width and in every light."""

    pages: list[Kept] = field(default_factory=list)

    def keep(self, page: Page, name: str) -> None:
        self.pages.append(Kept(name=name, url=page.url, html=page.content()))

    def judged(self, browser: Browser, folder: Path) -> list[str]:
        """What is wrong with any of them, on a phone and wide, in light and in dark; pictures go to *folder*."""
        print(f"pictures: {folder}")
        looks = product((PHONE, WIDE), ("light", "dark"))
        return [fault for width, scheme in looks for fault in self._judged(browser, width, scheme, folder)]

    def _judged(self, browser: Browser, width: int, scheme: str, folder: Path) -> Iterator[str]:
        context = a_context(browser, width=width, java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
        page = context.new_page()
        for kept in self.pages:
            for fault in judge(page, kept, folder / f"{kept.name}-{width}-{scheme}.png"):
                yield f"{kept.name} at {width}, {scheme}: {fault}"
        context.close()


def judge(page: Page, kept: Kept, picture: Path) -> Iterator[str]:
    """What axe finds on it, and whether it is wider than the screen; its *picture* is kept."""
    address = kept.url.partition("#")[0]
    page.route(address, lambda route: _as_kept(route, kept))
    page.goto(kept.url)
    page.screenshot(path=picture, full_page=True)
    if is_wider_than_the_screen(page):
        yield "it is wider than the screen"
    page.evaluate(_axe())
    for each in page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]:
        places = [" ".join(map(str, node["target"])) for node in each["nodes"][:3]]
        yield f"{each['id']}: {each['help']} ({places})"
    page.unroute(address)


def _as_kept(route: Any, kept: Kept) -> None:
    if route.request.is_navigation_request() and route.request.frame.parent_frame is None:
        route.fulfill(body=kept.html, content_type="text/html; charset=utf-8")
    else:
        route.continue_()


@cache
def _axe() -> str:
    folder = Path(os.environ.get("KIT_DIR", "/tmp/solace-mail"))
    script = folder / "node" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        subprocess.run([KIT / "judges" / "kit-install", "npm"], check=False, capture_output=True, timeout=300)
    if not script.exists():
        pytest.skip("axe-core is not there, and could not be installed")
    return script.read_text(encoding="utf-8")
