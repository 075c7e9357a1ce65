"""The shipped settings for nginx, asked of nginx itself: a feed is a feed to readers, and drawn for who opens it."""

from __future__ import annotations

import http.client
import re
import shutil
import stat
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse, Response

from solacefeed.templating import templates
from solacefeed.web.application import application
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
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
        for name, value in answer.getheaders():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return answer.status, headers
    finally:
        connection.close()


def test_nginx_tells_readers_a_feed_and_browsers_what_they_can_draw(free_port: int, tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    # nginx gives up root, and serves as somebody else.
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o055)
    for path in (*FEEDS, "feed.css", "feeds.json"):
        file = tmp_path / "feeds" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("as it is")
        file.with_name(f"{file.name}.gz").write_text("packed")
    (tmp_path / "feeds.conf").write_text(settings(tmp_path, free_port))
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))
    with running([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], free_port):
        for path in FEEDS:
            status, reader = asked(free_port, path, "application/atom+xml, application/rss+xml, */*;q=0.1")
            own = "application/atom+xml" if path.endswith(".atom") else "application/rss+xml"
            assert (status, reader["Content-Type"]) == (200, f"{own}; charset=utf-8")
            status, browser = asked(free_port, path, A_BROWSER)
            assert (status, browser.pop("Content-Type")) == (200, "application/xml; charset=utf-8")
            del reader["Content-Type"]
            assert {**browser, "Date": ""} == {**reader, "Date": ""}
            assert reader["Content-Encoding"] == "gzip"
            assert {"Accept", "Accept-Encoding"} <= set(reader["Vary"].split(", "))
            assert asked(free_port, path, A_BROWSER, **{"If-None-Match": reader["ETag"]})[0] == 304
        assert asked(free_port, "feed.css", "text/css")[1]["Content-Type"] == "text/css; charset=utf-8"
        assert asked(free_port, "feeds.json", A_BROWSER)[1]["Content-Type"] == "application/json; charset=utf-8"


def test_nginx_passes_our_pages_on_with_who_asks_and_logs_nobodys_link(free_port: int, tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")

    def tell(asked: PageRequest) -> Response:
        return PlainTextResponse(f"{asked.network} {asked.field('name')}")

    pages = Pages(front=a_front(), environment=templates(None))
    routes = [page("/preferences/{token}", tell, methods=("GET", "POST"))]
    ours = application(pages, routes, trusted=LOOPBACK)
    with serving(ours, "127.0.0.1:0") as port:
        (tmp_path / "feeds.conf").write_text(settings(tmp_path, free_port, port))
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))
        with running([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], free_port):
            client = Client(port=free_port)
            host = {"Host": "news.example.org", "X-Forwarded-For": "203.0.113.9"}
            form = host | {"Content-Type": "application/x-www-form-urlencoded"}
            # What the client wrote of itself counts for nothing.
            assert client.ask("GET", "/preferences/a-token", headers=host).body == "127.0.0.0/24 "
            assert client.ask("POST", "/preferences/a-token", "name=ann", form).body == "127.0.0.0/24 ann"
            assert client.ask("POST", "/preferences/a-token", "name=" + "a" * 200_000, form).status == 413
            assert client.ask("GET", "/nowhere", headers=host).status == 404
    logs = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "a-token" not in logs
