"""The shipped settings, asked of nginx and Caddy: a feed is a feed to readers, and drawn for who opens it."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse, Response

from solacefeed.templating import templates
from solacefeed.web.application import Application, application
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
from tests.real.readable import let_all_read
from tests.real.test_redirects import free_port, running
from tests.web.conftest import Client, a_front
from tests.web.visitors import LOOPBACK

__all__ = ["free_port"]

pytestmark = pytest.mark.real

HOUSE = Path(__file__).parents[2]
AROUND = """\
daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; include {folder}/feeds.conf; }}
"""
A_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FEEDS = ("all.atom", "category/housing.rss", "category/housing/2026-11.atom")


def settings(folder: Path, port: int, pages: int = 8025) -> str:
    """The shipped settings, for *folder* at *port*, with our pages at another."""
    shipped = (HOUSE / "deploy" / "nginx.conf").read_text().replace("/srv/solacefeed/feeds", f"{folder}/feeds")
    shipped = shipped.replace("/var/log/nginx", str(folder)).replace("127.0.0.1:8025", f"127.0.0.1:{pages}")
    return re.sub(r"(?m)^ *listen \[::\]:80;$", "", shipped).replace("listen 80;", f"listen 127.0.0.1:{port};")


def asked(port: int, path: str, accept: str, **more: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/{path}", headers={"Accept": accept, "Accept-Encoding": "gzip", **more})
        answer = connection.getresponse()
        headers: dict[str, str] = {}
        for said, value in answer.getheaders():
            # Servers write "ETag" and "Etag".
            name = said.title()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return answer.status, headers
    finally:
        connection.close()


def a_folder(folder: Path) -> None:
    """Some documents, each with its packed form, and the page of what is missing."""
    for path in (*FEEDS, "feed.css", "feeds.json", "404.html"):
        file = folder / "feeds" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("as it is")
        file.with_name(f"{file.name}.gz").write_text("packed")


def tells_each_what_it_can_read(port: int) -> None:
    for path in FEEDS:
        status, reader = asked(port, path, "application/atom+xml, application/rss+xml, */*;q=0.1")
        own = "application/atom+xml" if path.endswith(".atom") else "application/rss+xml"
        assert (status, reader["Content-Type"]) == (200, f"{own}; charset=utf-8")
        status, browser = asked(port, path, A_BROWSER)
        assert (status, browser.pop("Content-Type")) == (200, "application/xml; charset=utf-8")
        del reader["Content-Type"]
        assert {**browser, "Date": ""} == {**reader, "Date": ""}
        assert reader["Content-Encoding"] == "gzip"
        assert {"Accept", "Accept-Encoding"} <= set(reader["Vary"].split(", "))
        assert asked(port, path, A_BROWSER, **{"If-None-Match": reader["Etag"]})[0] == 304
    assert asked(port, "feed.css", "text/css")[1]["Content-Type"] == "text/css; charset=utf-8"
    assert asked(port, "feeds.json", A_BROWSER)[1]["Content-Type"] == "application/json; charset=utf-8"
    status, missing = asked(port, "nowhere.html", A_BROWSER)
    assert (status, missing["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_nginx_tells_readers_a_feed_and_browsers_what_they_can_draw(free_port: int, tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    # nginx gives up root, and serves as somebody else.
    let_all_read(tmp_path)
    a_folder(tmp_path)
    (tmp_path / "feeds.conf").write_text(settings(tmp_path, free_port))
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))
    configured = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    tried = subprocess.run([*configured, "-t"], capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "[warn]" not in tried.stderr.replace('the "user" directive', "")
    with running(configured, free_port):
        tells_each_what_it_can_read(free_port)


def whose(asked: PageRequest) -> Response:
    return PlainTextResponse(f"{asked.network} {asked.field('name')}")


def our_pages() -> Application:
    """A page that says who asks, and what they sent."""
    pages = Pages(front=a_front(), environment=templates(None))
    return application(pages, [page("/preferences/{token}", whose, methods=("GET", "POST"))], trusted=LOOPBACK)


def passes_on_who_asks(port: int, host: str, *, too_much: Sequence[int] = (413,)) -> None:
    client = Client(port=port)
    # What the client wrote of itself counts for nothing.
    headers = {"Host": host, "X-Forwarded-For": "203.0.113.9"}
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.ask("GET", "/preferences/a-token", headers=headers).body == "127.0.0.0/24 "
    assert client.ask("POST", "/preferences/a-token", "name=ann", form).body == "127.0.0.0/24 ann"
    assert client.ask("POST", "/preferences/a-token", "name=" + "a" * 200_000, form).status in too_much
    assert client.ask("GET", "/nowhere", headers=headers).status == 404


def test_nginx_passes_our_pages_on_with_who_asks_and_logs_nobodys_link(free_port: int, tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    with serving(our_pages(), "127.0.0.1:0") as port:
        (tmp_path / "feeds.conf").write_text(settings(tmp_path, free_port, port))
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))
        with running([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], free_port):
            passes_on_who_asks(free_port, "news.example.org")
    logs = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "a-token" not in logs


# -- Caddy ---------------------------------------------------------------------------------------------------

CADDY = """\
{{
\tadmin off
\tauto_https off
\tstorage file_system {folder}/caddy
}}
"""


def caddy() -> str:
    found = shutil.which("caddy")
    if found is None:
        pytest.skip("Caddy is not installed")
    return found


def at_home(folder: Path) -> dict[str, str]:
    """Caddy keeps what it was told, and certificates, at home."""
    return {"HOME": str(folder), "PATH": os.environ["PATH"]}


def caddyfile(folder: Path, port: int, *, pages: int = 8025) -> Path:
    """The shipped settings, for *folder* and for our pages at another port, both at *port* of this machine."""
    shipped = (HOUSE / "deploy" / "Caddyfile").read_text().replace("/srv/solacefeed/feeds", f"{folder}/feeds")
    shipped = shipped.replace("127.0.0.1:8025", f"127.0.0.1:{pages}")
    for host, here in (("feeds.example.org", "127.0.0.1"), ("news.example.org", "localhost")):
        shipped = shipped.replace(f"\n{host} {{", f"\nhttp://{here}:{port} {{")
    file = folder / "Caddyfile"
    file.write_text(CADDY.format(folder=folder) + shipped)
    return file


def test_caddy_takes_the_shipped_settings_as_they_are(tmp_path: Path) -> None:
    command = [caddy(), "validate", "--adapter", "caddyfile", "--config", str(HOUSE / "deploy" / "Caddyfile")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=at_home(tmp_path))
    assert done.returncode == 0, done.stderr


def test_caddy_tells_readers_a_feed_and_browsers_what_they_can_draw(free_port: int, tmp_path: Path) -> None:
    a_folder(tmp_path)
    settled = str(caddyfile(tmp_path, free_port))
    with running([caddy(), "run", "--adapter", "caddyfile", "--config", settled], free_port, at_home(tmp_path)):
        tells_each_what_it_can_read(free_port)


def test_caddy_passes_our_pages_on_with_who_asks(free_port: int, tmp_path: Path) -> None:
    with serving(our_pages(), "127.0.0.1:0") as port:
        settled = str(caddyfile(tmp_path, free_port, pages=port))
        with running([caddy(), "run", "--adapter", "caddyfile", "--config", settled], free_port, at_home(tmp_path)):
            # Before 2.7 it says so in its own way.
            passes_on_who_asks(free_port, f"localhost:{free_port}", too_much=(413, 502))
