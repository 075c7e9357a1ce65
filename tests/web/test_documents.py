"""The published folder over HTTP: each document whole, as what it is, packed and once; and nothing else of the disk."""

from __future__ import annotations

import gzip
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solacefeed import files
from solacefeed.files import OFTEN, File, Staging
from solacefeed.templating import templates
from solacefeed.web.application import application
from solacefeed.web.document_files import MOST_KEPT, DocumentFiles
from solacefeed.web.documents import AskedHeaders, Documents, Published
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
from tests.web.conftest import Client, a_front

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
A_FEED = b"<feed>" + b"an entry, and one more; " * 400 + b"</feed>"
A_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PUBLISHED = {
    "index.html": b"<!doctype html><title>All feeds</title>" + b"<p>One</p>" * 100,
    "all.atom": A_FEED,
    "all.rss": A_FEED,
    "all.json": b'{"items": []}' * 100,
    "feeds.json": b"{}" * 200,
    "feeds.opml": b"<opml/>" * 100,
    "feed.css": b"feed { }",
    "events.ics": b"BEGIN:VCALENDAR" * 100,
    "sitemap.xml": b"<urlset/>" * 100,
    "category/housing/index.html": b"<!doctype html><title>Housing</title>" * 100,
    "category/housing/2026-10.atom": A_FEED,
}


def publish(folder: Path, documents: dict[str, bytes], at: datetime = AT) -> None:
    with Staging(folder) as staging:
        for path, content in documents.items():
            staging.add(File(path=path, content=content, packing=OFTEN))
        staging.publish(dict.fromkeys(documents, at))


@contextmanager
def served(
    folder: Path,
    routes: Iterable[Route] = (),
    *,
    prefix: str = "",
    hub: str | None = None,
    most_kept: int = MOST_KEPT,
) -> Iterator[Client]:
    pages = Pages(front=a_front(), environment=templates(None))
    published = Published(folder=folder, base_url=f"https://feeds.example.org{prefix}", prefix=prefix, hub=hub)
    documents = Documents(
        published, lambda path: 410 if "gone" in path else 404, lambda status: b"<h1>%d" % status, most_kept=most_kept
    )
    with serving(application(pages, routes, documents=documents), "127.0.0.1:0") as port:
        yield Client(port=port)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stays as it is."""
    folder = tmp_path_factory.mktemp("standing") / "feeds"
    publish(folder, PUBLISHED)
    return folder


@pytest.fixture(scope="module")
def site(standing: Path) -> Iterator[Client]:
    with served(standing) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that a test may change."""
    publish(tmp_path / "feeds", PUBLISHED)
    return tmp_path / "feeds"


@pytest.fixture
def changing(folder: Path) -> Iterator[Client]:
    with served(folder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "kind", "more"),
    [
        ("/all.atom", "application/atom+xml", True),
        ("/all.rss", "application/rss+xml", True),
        ("/all.json", "application/feed+json", True),
        ("/feeds.json", "application/json", True),
        ("/feeds.opml", "text/x-opml", True),
        ("/events.ics", "text/calendar", True),
        ("/sitemap.xml", "application/xml", True),
        ("/feed.css", "text/css", False),
        ("/", "text/html", False),
        ("/index.html", "text/html", False),
        ("/category/housing/", "text/html", False),
        ("/category/housing/2026-10.atom", "application/atom+xml", True),
    ],
)
def test_each_document_is_told_as_what_it_is(site: Client, path: str, kind: str, more: bool) -> None:
    for _ in ("from the disk", "from memory"):
        answer = site.ask("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
        assert answer.raw == PUBLISHED[path[1:] + "index.html" if path.endswith("/") else path[1:]]
        assert answer.headers["last-modified"] == "Fri, 20 Nov 2026 08:00:00 GMT"
        assert answer.headers["accept-ranges"] == "none"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert ("access-control-allow-origin" in answer.headers) is more
        age = 3600 if "2026-10" in path else 300
        assert answer.headers["cache-control"] == f"public, max-age={age}, stale-if-error=86400"
        assert ("frame-ancestors 'none'" in answer.headers.get("content-security-policy", "")) is path.endswith(
            ("/", ".html")
        )


def test_a_feed_is_drawn_for_who_opens_it_in_a_browser(site: Client) -> None:
    for path in ("/all.atom", "/all.rss"):
        answer = site.ask("GET", path, headers={"Accept": A_BROWSER})
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        reader = site.ask("GET", path, headers={"Accept": "application/atom+xml, */*;q=0.1"})
        assert reader.headers["content-type"] != answer.headers["content-type"]
        assert reader.headers["etag"] == answer.headers["etag"]


def test_the_packed_form_is_sent_to_who_takes_it_under_a_tag_of_its_own(site: Client) -> None:
    plain = site.ask("GET", "/all.atom")
    packed = site.ask("GET", "/all.atom", headers={"Accept-Encoding": "gzip"})
    smaller = site.ask("GET", "/all.atom", headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], gzip.decompress(packed.raw)) == ("gzip", A_FEED)
    assert (smaller.headers["content-encoding"], brotli.decompress(smaller.raw)) == ("br", A_FEED)
    assert len({each.headers["etag"] for each in (plain, packed, smaller)}) == 3
    assert all(each.headers["vary"] == "Accept, Accept-Encoding" for each in (plain, packed, smaller))


def test_what_has_no_packed_form_beside_it_is_packed_here(changing: Client, folder: Path) -> None:
    (folder / "all.atom.gz").unlink()
    # Of other bytes, by its time.
    os.utime(folder / "all.atom.br", (0, 0))
    for name, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        answer = changing.ask("GET", "/all.atom", headers={"Accept-Encoding": name})
        assert (answer.headers["content-encoding"], unpack(answer.raw)) == (name, A_FEED)
    assert "content-encoding" not in changing.ask("GET", "/feed.css", headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_reader_has_it_is_not_sent_again(site: Client, method: str) -> None:
    packed = {"Accept-Encoding": "gzip"}
    first = site.ask("GET", "/all.atom", headers=packed)
    for has in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"other", W/{first.headers["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = site.ask(method, "/all.atom", headers=packed | has)
        assert (again.status, again.raw) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary", "access-control-allow-origin"):
            assert again.headers[name] == first.headers[name]
        assert not again.headers.keys() & {"content-type", "content-encoding"}
    # The tag of another form is that of another document.
    assert site.ask(method, "/all.atom", headers={"If-None-Match": first.headers["etag"]}).status == 200


def test_a_head_says_what_a_get_would(site: Client) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}, {"Accept": A_BROWSER}):
        for _ in ("from the disk", "from memory"):
            got, told = (site.ask(method, "/all.atom", headers=headers) for method in ("GET", "HEAD"))
            assert (told.status, told.raw) == (200, b"")
            assert told.headers | {"date": ""} == got.headers | {"date": ""}


def test_there_are_no_ranges(site: Client) -> None:
    answer = site.ask("GET", "/all.atom", headers={"Range": "bytes=0-4"})
    assert (answer.status, answer.raw) == (200, A_FEED)


def test_pages_of_other_sites_may_ask_for_feeds_and_for_nothing_else(site: Client) -> None:
    asks = {"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"}
    may = site.ask("OPTIONS", "/all.atom", headers=asks)
    assert (may.status, may.headers["access-control-allow-origin"]) == (204, "*")
    assert "If-None-Match" in may.headers["access-control-allow-headers"]
    for path in ("/index.html", "/feed.css"):
        assert site.ask("OPTIONS", path, headers=asks).status == 405


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_nothing_but_reading_is_done_with_a_document(site: Client, method: str) -> None:
    answer = site.ask(method, "/all.atom")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert site.ask("GET", "/all.atom").raw == A_FEED


def test_a_hub_is_told_in_the_headers_of_feeds(standing: Path) -> None:
    with served(standing, hub="https://hub.example.org/") as site:
        link = site.ask("GET", "/all.atom").headers["link"]
        assert link == '<https://hub.example.org/>; rel="hub", <https://feeds.example.org/all.atom>; rel="self"'
        assert "link" not in site.ask("GET", "/feeds.json").headers
        assert "link" not in site.ask("GET", "/").headers


# -- what is not there ---------------------------------------------------------------------------------


def hostile(folder: Path) -> list[str]:
    """Paths that lead nowhere, whatever stands in and around the folder."""
    (folder.parent / "secret.atom").write_text("secret")
    (folder.parent / "feeds-of-others").mkdir()
    (folder.parent / "feeds-of-others" / "x.atom").write_text("secret")
    (folder / ".drafts").mkdir(exist_ok=True)
    for name in (".drafts/all.atom.1x", ".htaccess", "category/.x.atom"):
        (folder / name).write_text("secret")
    (folder / "out.atom").symlink_to(folder.parent / "secret.atom")
    (folder / "others").symlink_to(folder.parent / "feeds-of-others")
    (folder / "circle.atom").symlink_to(folder / "circle.atom")
    os.mkfifo(folder / "pipe.atom")
    (folder / "empty").mkdir()
    return [
        *("/../secret.atom", "/category/../../secret.atom", "/%2e%2e/secret.atom", "/..%2fsecret.atom"),
        *("/%2e%2e%2fsecret.atom", "/..%5csecret.atom", "/%252e%252e/secret.atom", "//secret.atom", "//evil.example/"),
        *("/.drafts/all.atom.1x", "/.htaccess", "/category/.x.atom", "/%2ehtaccess", "/.drafts/", "/./all.atom"),
        *("/all.atom%00", "/all.atom%00.html", "/all.atom/", "/all.atom/x", "/all.atom%20", "/all.atom%0d%0aX:%20y"),
        *("/out.atom", "/others/x.atom", "/circle.atom", "/pipe.atom", "/empty", "/empty/", "/category", "/category/"),
        *("/" + "a" * 300, "/" + "a/" * 500, "/" + "a" * 5000, "/%ff%fe", "/%F0%9F%98%80", "/ALL.ATOM"),
    ]


def test_nothing_is_served_but_what_stands_in_the_folder_by_a_plain_name(changing: Client, folder: Path) -> None:
    for path in hostile(folder):
        for method in ("GET", "HEAD"):
            answer = changing.ask(method, path)
            assert (path, answer.status) == (path, 404)
            assert b"secret" not in answer.raw
        assert changing.ask("GET", path).raw == b"<h1>404"


def test_a_folder_is_led_to_by_its_slash_whatever_host_was_asked(site: Client) -> None:
    answer = site.ask("GET", "/category/housing?x=1", headers={"Host": "evil.example"})
    assert (answer.status, answer.headers["location"]) == (301, "/category/housing/")


def test_below_a_path_of_the_host_it_is_the_same(standing: Path) -> None:
    with served(standing, prefix="/feeds") as site:
        assert site.ask("GET", "/feeds/all.atom").raw == A_FEED
        assert site.ask("GET", "/feeds/").raw == PUBLISHED["index.html"]
        for path, to in (("/feeds", "/feeds/"), ("/feeds/category/housing", "/feeds/category/housing/")):
            answer = site.ask("GET", path)
            assert (answer.status, answer.headers["location"]) == (301, to)
        for path in ("/all.atom", "/feedsall.atom", "/feeds//all.atom"):
            assert site.ask("GET", path).status == 404


def test_what_is_gone_is_told_as_gone_with_the_folders_own_page_where_it_has_one(
    changing: Client, folder: Path
) -> None:
    assert (changing.ask("GET", "/gone.atom").status, changing.ask("GET", "/gone.atom").raw) == (410, b"<h1>410")
    publish(folder, {"404.html": b"<h1>Not here", "410.html": b"<h1>Gone for good"})
    gone, missing = changing.ask("GET", "/gone.atom"), changing.ask("GET", "/other.atom")
    assert (gone.status, gone.raw) == (410, b"<h1>Gone for good")
    assert (missing.status, missing.raw) == (404, b"<h1>Not here")
    assert missing.headers["content-type"] == "text/html; charset=utf-8"
    assert missing.headers["cache-control"] == "public, max-age=60"


def test_pages_come_before_documents_and_documents_before_nothing(folder: Path) -> None:
    def hello(_asked: PageRequest) -> Response:
        return PlainTextResponse("hello")

    publish(folder, {"hello/index.html": b"<p>not this"})
    with served(folder, [page("/hello/{name}", hello), page("/", hello)]) as client:
        assert client.ask("GET", "/hello/you").raw == client.ask("GET", "/").raw == b"hello"
        assert "<h1>There is no such page</h1>" in client.ask("GET", "/hello/").body
        assert client.ask("GET", "/index.html").raw == PUBLISHED["index.html"]


def test_a_disk_that_does_not_answer_is_asked_again_later(changing: Client, folder: Path) -> None:
    answers = Documents(
        Published(folder=folder / ("x" * 300), base_url="https://feeds.example.org"), lambda _: 404, lambda _: b""
    )
    assert answers.answer("GET", "/all.atom", AskedHeaders()).status == 404
    if os.geteuid() != 0:
        (folder / "all.atom").chmod(0)
        answer = changing.ask("GET", "/all.atom")
        assert (answer.status, answer.headers["retry-after"]) == (503, "60")


# -- while it changes ----------------------------------------------------------------------------------


def test_a_document_that_is_published_anew_is_served_at_once(changing: Client, folder: Path) -> None:
    before = changing.ask("GET", "/all.atom", headers={"Accept-Encoding": "gzip"})
    publish(folder, {"all.atom": b"<feed>" + b"other" * 100}, AT.replace(day=21))
    after = changing.ask("GET", "/all.atom", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(after.raw) == b"<feed>" + b"other" * 100
    assert after.headers["etag"] != before.headers["etag"]
    files.remove_file(folder, "all.atom")
    assert changing.ask("GET", "/all.atom").status == 404


def test_who_reads_while_it_is_published_gets_the_old_one_or_the_new_one_whole(changing: Client, folder: Path) -> None:
    versions = [b"<feed>%d" % number + b"%d" % number * 20_000 for number in range(10)]
    over = threading.Event()

    def publishes() -> None:
        for number, version in enumerate(versions):
            publish(folder, {"all.atom": version}, AT.replace(hour=9, minute=number))
        over.set()

    publish(folder, {"all.atom": versions[0]})
    writer = threading.Thread(target=publishes)
    writer.start()
    looks = 0
    while looks < 20 or not over.is_set():
        packed = {"Accept-Encoding": "gzip"} if looks % 2 else {}
        got = changing.ask("GET", "/all.atom", headers=packed)
        assert got.status == 200
        assert (gzip.decompress(got.raw) if packed else got.raw) in versions
        looks += 1
    writer.join()
    assert changing.ask("GET", "/all.atom").raw == versions[-1]


def test_a_document_too_large_for_memory_comes_piece_by_piece_and_whole(folder: Path) -> None:
    content = os.urandom(400_000).hex().encode()
    publish(folder, {"large.atom": content})
    with served(folder, most_kept=1_000_000) as client:
        assert client.ask("GET", "/large.atom").raw == content
        packed = client.ask("GET", "/large.atom", headers={"Accept-Encoding": "gzip"})
        assert (packed.headers["content-encoding"], gzip.decompress(packed.raw) == content) == ("gzip", True)
        told = client.ask("HEAD", "/large.atom")
        assert (told.raw, told.headers["content-length"]) == (b"", str(len(content)))
        assert client.ask("GET", "/large.atom", headers={"If-None-Match": told.headers["etag"]}).status == 304
        with socket.create_connection(("127.0.0.1", client.port), timeout=20) as wire:
            wire.sendall(b"GET /large.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            begun = wire.recv(1000)
            # The reader goes on with the one that they began with.
            publish(folder, {"large.atom": b"another"}, AT.replace(day=21))
            rest = b"".join(iter(lambda: wire.recv(1 << 20), b""))
        assert (begun + rest).partition(b"\r\n\r\n")[2] == content
        assert client.ask("GET", "/large.atom").raw == b"another"


def test_memory_holds_no_more_than_it_may(folder: Path) -> None:
    held = DocumentFiles(folder, most_kept=40_000)
    for number in range(30):
        publish(folder, {f"a{number}.txt": os.urandom(3_000)})
        found = held.read(f"a{number}.txt")
        assert found is not None
        assert held.bytes_kept <= 40_000
    assert held.kept("a29.txt") is not None
    assert held.kept("a0.txt") is None
    publish(folder, {"large.txt": os.urandom(15_000)})
    large = held.read("large.txt")
    assert large is not None
    assert held.kept("large.txt") is None
