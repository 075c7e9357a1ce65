"""Prometheus itself: promtool accepts our metrics, rules and example, and a server scrapes a site."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.real.browsing import Album, a_context, chromium
from tests.real.conftest import free_port
from tests.support.site import Site
from tests.web.whole_site import WholeSite

HOUSE = Path(__file__).resolve().parents[2]
DEPLOY = HOUSE / "deploy" / "prometheus"
UP = 'up{job="solacefeed"}'
MORE = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
[mail]
from = "Officers <digest@example.org>"
[web]
base_url = "http://localhost:{port}"
[monitoring]
listen = "127.0.0.1:{apart}"
[[subscribers]]
email = "ann@example.org"
basis = "consent"
"""

pytestmark = pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus is not installed")


def promtool(*words: str, given: str | None = None, folder: Path = DEPLOY) -> str:
    done = subprocess.run(
        ["promtool", *words], cwd=folder, input=given, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def a_site(folder: Path) -> Iterator[tuple[WholeSite, WholeSite]]:
    """One that has polled and published, with its pages served; and as it is asked how it stands."""
    port, apart = free_port(), free_port()
    site = Site.begun(folder, source="sample:", more=MORE.format(port=port, apart=apart))
    site.told("run")
    whole = WholeSite(site, port)
    with whole.served():
        yield whole, WholeSite(site, apart)


@contextmanager
def prometheus(folder: Path, target: int) -> Iterator[str]:
    """A server that scrapes *target* each second, with our rules; where it is asked."""
    shutil.copy(DEPLOY / "rules.yml", folder)
    example = (DEPLOY / "prometheus.yml").read_text(encoding="utf-8")
    config = example.replace("127.0.0.1:8026", f"127.0.0.1:{target}").replace("30s", "1s")
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    where = f"127.0.0.1:{free_port()}"
    words = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={where}"]
    with (folder / "prometheus.log").open("wb") as log:
        server = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        yield f"http://{where}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def asked(where: str, path: str) -> Any:
    """What it answers, as soon as it answers something."""
    end = monotonic() + 60
    while True:
        try:
            with urlopen(f"{where}{path}", timeout=5) as answer:
                told = json.load(answer)["data"]
        except OSError:
            told = {}
        if told.get("result") or told.get("alerts"):
            return told
        assert monotonic() < end, path
        sleep(0.1)


def test_promtool_accepts_the_rules_the_example_and_what_each_alert_sees(tmp_path: Path) -> None:
    assert "19 rules found" in promtool("check", "rules", "rules.yml")
    promtool("check", "config", "prometheus.yml")
    for file in (DEPLOY / "rules.yml", HOUSE / "tests" / "real" / "alerts.yml"):
        shutil.copy(file, tmp_path)
    assert "SUCCESS" in promtool("test", "rules", "alerts.yml", folder=tmp_path)


def test_each_alert_is_seen_by_a_case() -> None:
    rules, cases = (DEPLOY / "rules.yml"), HOUSE / "tests" / "real" / "alerts.yml"
    alerts = [line.split()[-1] for line in rules.read_text(encoding="utf-8").splitlines() if "- alert:" in line]
    seen = cases.read_text(encoding="utf-8")
    assert [each for each in alerts if each not in seen] == []


def test_a_prometheus_scrapes_a_site(tmp_path: Path) -> None:
    with a_site(tmp_path / "site") as (_, apart):
        promtool("check", "metrics", given=apart.ask("GET", "/metrics").body)
        (tmp_path / "prometheus").mkdir()
        with prometheus(tmp_path / "prometheus", apart.port) as where:
            (posts,) = asked(where, f"/api/v1/query?query={quote('sum(solacefeed_posts)')}")["result"]
            assert float(posts["value"][1]) > 10
            (up,) = asked(where, f"/api/v1/query?query={quote(UP)}")["result"]
            assert up["value"][1] == "1"
            metadata = json.load(urlopen(f"{where}/api/v1/metadata", timeout=5))["data"]
            assert metadata["solacefeed_web_requests"][0]["type"] == "counter"
            assert metadata["solacefeed_posts"][0]["help"] == "Posts, by state."


def test_the_page_in_a_browser_keeps_nobody_out(tmp_path: Path) -> None:
    album = Album()
    with a_site(tmp_path / "site") as (whole, apart), chromium() as browser:
        page = a_context(browser).new_page()
        page.goto(f"http://localhost:{apart.port}/statusz")
        assert page.locator("h1").inner_text() == "How it stands"
        for summary in page.locator("summary").all():
            summary.click()
        album.keep(page, "statusz")
        link = whole.site.data("status", "--link")["link"]
        page.goto(link)
        album.keep(page, "statusz-by-link")
        assert album.judged(browser, tmp_path) == []
