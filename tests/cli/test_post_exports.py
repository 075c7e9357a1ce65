"""``posts import``: of this blog, and by mistake of no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.deeds.posts.export_origin import must_be_ours
from solacefeed.errors import SourceError
from tests.cli.prompt import at, well
from tests.sources.test_export import an_export, an_item
from tests.support.site import Site

OURS = ("https://blog.example.org/",)


def an_export_of(home: str, folder: Path) -> Path:
    path = folder / "export.xml"
    path.write_text(an_export(an_item()).replace("https://blog.example.org", home), encoding="utf-8")
    return path


def test_another_blog_s_export_is_refused_with_both_addresses_and_leaves_no_trace(done: Site, tmp_path: Path) -> None:
    path = an_export_of("https://elsewhere.example.net", tmp_path)
    before = well(done, "posts", "list", "--json")
    troubles = at(done, "status", "--json").data["troubles"]
    said = at(done, "posts", "import", str(path))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "solacefeed: export.xml is an export of https://elsewhere.example.net, and this site reads "
        f"{home_of(done)}: nothing is taken over. If that is another name of the same blog, or where it was before: "
        "--moved-from elsewhere.example.net\n"
    )
    assert well(done, "posts", "list", "--json") == before
    assert at(done, "status", "--json").data["troubles"] == troubles, "no deed has failed by it"


def home_of(site: Site) -> str:
    """Where its blog says that it is."""
    return str(at(site, "posts", "list", "--json").data[0]["url"]).split("/20")[0]


def test_one_of_a_blog_that_has_moved_is_taken_where_that_is_said(done: Site, tmp_path: Path) -> None:
    path = an_export_of("https://elsewhere.example.net", tmp_path)
    said = well(done, "posts", "import", str(path), "--moved-from", "elsewhere.example.net")
    assert said.startswith("import: 1 new, 0 changed, 0 gone"), said


def test_its_own_is_taken_without_a_word(done: Site, tmp_path: Path) -> None:
    assert well(done, "posts", "import", str(an_export_of(home_of(done), tmp_path))).startswith("import: 1 new")


@pytest.mark.parametrize(
    ("home", "known", "former"),
    [
        ("http://www.Blog.example.org", OURS, ()),
        ("https://blog.example.org.:8443/news", OURS, ()),
        ("https://bücher.example", ("https://xn--bcher-kva.example",), ()),
        ("https://old.example.org", OURS, ("old.example.org",)),
        ("https://old.example.org", OURS, ("https://www.old.example.org/blog",)),
        ("https://blog.example.org", ("https://feeds.example.net/officers", *OURS), ()),
        ("https://elsewhere.example.net", (), ()),
        (None, OURS, ()),
    ],
)
def test_hosts_are_one_however_they_are_written(
    home: str | None, known: tuple[str, ...], former: tuple[str, ...]
) -> None:
    must_be_ours("export.xml", home, known, former)


@pytest.mark.parametrize(
    "home", ["https://example.org", "https://blog.example.org.evil.example", "https://blog2.example.org"]
)
def test_hosts_that_only_look_alike_are_others(home: str) -> None:
    with pytest.raises(SourceError, match="nothing is taken over"):
        must_be_ours("export.xml", home, OURS, ("old.example.org",))
