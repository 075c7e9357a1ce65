"""``init``: a newcomer's first minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.config import load
from tests.cli.prompt import at, set_line, typed, well
from tests.support.blog.server import Serving
from tests.support.site import Site

BLOG = "https://blog.example.org"


@pytest.mark.parametrize("source", ["sample:", BLOG, f"{BLOG}/", "http://127.0.0.1:8081", "https://example.org/news"])
def test_what_init_writes_is_a_config_that_check_accepts(tmp_path: Path, source: str) -> None:
    said = typed("init", str(tmp_path / "site"), "--source", source)
    config = tmp_path / "site" / "config.toml"
    assert (said.code, said.err) == (0, "")
    then = f"then: solacefeed --config {config}"
    then = f"{then} run" if source == "sample:" else f"edit [site], {then} check"
    assert said.out == f"init: {config} is written; {then}\n"
    assert "check: " in well(Site(tmp_path / "site"), "check")
    assert f'url = "{source.rstrip("/")}"' in config.read_text(encoding="utf-8")


def test_the_command_that_init_names_works_in_a_folder_with_a_space(tmp_path: Path) -> None:
    site = Site(tmp_path)
    done = site.do("init", "my site")
    assert done.returncode == 0
    assert done.stdout.endswith("then: solacefeed --config 'my site/config.toml' check\n")
    *worth_a_look, last = site.told("--config", "my site/config.toml", "check").splitlines()
    assert last.startswith("check: my site/config.toml and ")
    assert [line.split(": ")[2] for line in worth_a_look] == [
        "[source] url",
        "[site] organisation",
        "[site] base_url",
        "[site] tag_authority",
    ]


def test_init_never_touches_a_config_that_is_there(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# mine\n", encoding="utf-8")
    said = typed("init", str(tmp_path))
    assert (said.code, said.out) == (2, "")
    assert said.err == f"solacefeed: {config} is there already; it stays as it is\n"
    assert config.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    "source", ["", "blog example.org", "ftp://example.org", "https://", "https://a b", "http://[::1]/"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_written(tmp_path: Path, source: str) -> None:
    said = typed("init", str(tmp_path / "site"), "--source", source)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"solacefeed: --source {source!r} must be ")
    assert said.err.count("\n") == 1
    assert not (tmp_path / "site").exists()


def test_an_address_is_taken_as_it_is_typed(tmp_path: Path) -> None:
    assert typed("init", str(tmp_path / "site"), "--source", "blog.anytown.gov.uk/news/").code == 0
    written = (tmp_path / "site" / "config.toml").read_text(encoding="utf-8")
    assert 'url = "https://blog.anytown.gov.uk/news"' in written


@pytest.mark.parametrize(
    ("pages", "listen"),
    [
        ("http://localhost:8025", "127.0.0.1:8025"),
        ("http://127.0.0.1:9000/", "127.0.0.1:9000"),
        ("http://localhost", "127.0.0.1:80"),
        ("https://news.example.org", "127.0.0.1:8025"),
        ("https://example.org/news/", "127.0.0.1:8025"),
    ],
)
def test_pages_of_this_machine_are_served_at_their_port_others_behind_a_web_server(
    tmp_path: Path, pages: str, listen: str
) -> None:
    assert typed("init", str(tmp_path / "site"), "--source", "sample:", "--pages", pages).code == 0
    web = load(tmp_path / "site" / "config.toml", environ={}).web
    assert (web.base_url, web.listen) == (pages.rstrip("/"), listen)


@pytest.mark.parametrize(
    "pages", ["", "news.example.org", "http://localhost:99999", "https://news.example.org/?page=1"]
)
def test_pages_at_no_address_are_refused_before_anything_is_written(tmp_path: Path, pages: str) -> None:
    said = typed("init", str(tmp_path / "site"), "--pages", pages)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"solacefeed: --pages {pages!r} must ")
    assert not (tmp_path / "site").exists()


def test_a_blog_of_this_machine_is_taken_for_one_without_tls(tmp_path: Path) -> None:
    assert typed("init", str(tmp_path / "site"), "--source", "localhost:8081/blog").code == 0
    assert 'url = "http://localhost:8081/blog"' in (tmp_path / "site" / "config.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/site"])
def test_a_folder_that_cant_be_is_one_line(folder: str) -> None:
    said = typed("init", folder)
    assert said.code in (1, 2)
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "/dev/null" in said.err


@pytest.mark.more
def test_a_new_site_reads_its_blog_over_http_and_publishes(tmp_path: Path, serving: Serving) -> None:
    assert typed("init", str(tmp_path / "site"), "--source", serving.origin).code == 0
    site = Site(tmp_path / "site")
    lines = well(site, "run").splitlines()
    assert lines[0] == "poll: 20 new, 0 changed, 0 gone; 7 categories new or changed"
    assert lines[2].startswith("publish: 7 feeds of 19 posts; ")
    assert serving.origin.encode() in site.published()["all.atom"]
    assert all("+https://feeds.example.org" in asked.headers["user-agent"] for asked in serving.requests)


def test_where_there_is_no_config_each_command_says_how_to_get_one(tmp_path: Path) -> None:
    for words in (["run"], ["status"], ["check"], ["posts", "list"], ["preview"], ["daemon"]):
        said = typed(*words, "--config", str(tmp_path / "config.toml"))
        assert (said.code, said.out) == (2, "")
        assert said.err == (
            f"solacefeed: {tmp_path}/config.toml: no such file; name one with --config, "
            "or make one with: solacefeed init DIR\n"
        )


def test_everything_of_a_site_stands_below_its_folder(fresh: Site, tmp_path: Path) -> None:
    elsewhere = Site(tmp_path)
    elsewhere.told("--config", "fresh/config.toml", "run", "-q")
    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]
    assert {path.name for path in fresh.folder.iterdir()} == {"config.toml", "feeds", "var"}


def test_an_unwritable_place_for_feeds_is_one_line_and_names_it(done: Site) -> None:
    set_line(
        done, "[categories]" if "[categories]" in config(done) else "[site]", '[feeds]\ndir = "/dev/null/x"\n[site]'
    )
    said = at(done, "publish")
    assert said.code == 1
    assert said.err == "solacefeed: /dev/null/x/feed.css can't be written: Not a directory; the old file stays\n"


def config(site: Site) -> str:
    return (site.folder / "config.toml").read_text(encoding="utf-8")


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    said = typed("init", str(tmp_path / "blog"), "--source", "http://user:secret@blog.example.org/")
    assert said.code == 2
    assert "must not carry a user name or password" in said.err
    assert "secret" not in said.err + said.out
