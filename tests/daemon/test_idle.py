"""What an idle daemon keeps in memory: the libraries and rooms that its site has use for, and no others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.daemon.conftest import free_port
from tests.support.site import Site

#: A daemon, whose last line is which modules it has loaded.
TELLING = """
import json, sys
from solacefeed.cli import main
try:
    main(["daemon"])
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)))
"""

PAGES = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
[mail]
from = "digest@example.org"
reply_to = "editor@example.org"
[web]
base_url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[log]
format = "logfmt"
"""

#: What only some sites have use for, some requests, some commands, or a site once.
OF_OTHERS = {
    "alembic",
    "babel",
    "checkdmarc",
    "clevercsv",
    "cryptography",
    "css_inline",
    "feedparser",
    "flufl",
    "mako",
    "procrastinate",
    "prometheus_client",
    "psycopg",
    "pygments",
    "python_calamine",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "sqlite3",
}
#: Rooms that are large.
ROOMS = {
    "composition.desk",
    "composition.mail_parts",
    "composition.monitoring",
    "deeds.editions.freeze",
    "deeds.upkeep.status",
    "deeds.upkeep.template_check",
    "delivery.smtp",
    "web.desk",
    "web.statusz",
    "web.tryout_page",
}


def loaded(site: Site, port: int, *, until: str) -> set[str]:
    """The modules of a daemon that has said *until*, served a feed, and ended."""
    daemon = subprocess.Popen(
        [sys.executable, "-c", TELLING],
        cwd=site.folder,
        env=os.environ | site.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with daemon:
        try:
            assert daemon.stderr is not None
            said: list[str] = []
            for line in daemon.stderr:
                said.append(line)
                if until in line:
                    break
            else:
                raise AssertionError("".join(said))
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/all.atom") as answer:
                assert answer.status == 200
        finally:
            daemon.terminate()
        told, _ = daemon.communicate(timeout=120)
    assert daemon.returncode == 0
    return set(json.loads(told.splitlines()[-1]))


def test_a_new_sites_daemon_that_has_published_keeps_nothing_that_others_need(tmp_path: Path) -> None:
    port = free_port()
    site = Site.begun(tmp_path / "site", source="sample:", more=PAGES.format(port=port))
    modules = loaded(site, port, until="event=publish")
    assert "solacefeed.deeds.publishing.build" in modules
    assert {each for each in OF_OTHERS if each in modules} == set()
    assert {room for room in ROOMS if f"solacefeed.{room}" in modules} == set()
