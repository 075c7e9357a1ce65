"""A blog that gives its posts and little else: what then waits, what goes on, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from solacefeed.sample.answers import JSON
from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, well
from tests.sources.source_world import refusal, rows_changed
from tests.support.blog.answers import SampleAnswer
from tests.support.blog.server import Serving
from tests.support.site import Site

INDEX = r"/\?_fields"
LONDON = '\n[site]\nbase_url = "https://feeds.example.org"\n'


def a_site(folder: Path, serving: Serving, more: str = WEEKLY + PEOPLE) -> Site:
    return rehearsed(folder / "site", source=serving.origin, more=more)


def troubles(site: Site) -> dict[str, str]:
    return {each["key"]: each["words"] for each in at(site, "status", "--json").data["troubles"]}


def hints(site: Site) -> dict[str, str]:
    return {each["key"]: each["words"] for each in at(site, "status", "--json").data["hints"]}


# -- what waits ---------------------------------------------------------------------------------------


@pytest.mark.more
def test_nothing_is_published_or_mailed_before_the_blog_s_time_zone_is_known(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    serving.faults.add(refusal(403, "rest_forbidden"), match=INDEX)
    well(site, "poll")
    said = at(site, "publish")
    assert said.code == 1
    assert "nothing is published yet: the blog's time zone could not be read" in said.err
    assert "[site] time_zone" in said.err
    assert not [path for path in site.published() if path.endswith(".atom")]
    assert "nothing before the blog's time zone is known (" in well(site, "prepare")
    assert "403" in troubles(site)["waits"]
    serving.faults.clear()
    well(site, "run")
    assert "waits" not in troubles(site)
    assert [path for path in site.published() if path.endswith(".atom")]


@pytest.mark.more
def test_a_time_zone_in_the_config_is_enough_to_publish(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    config = site.folder / "config.toml"
    written = config.read_text(encoding="utf-8")
    config.write_text(written.replace("[site]\n", '[site]\ntime_zone = "Europe/London"\n'), encoding="utf-8")
    serving.faults.add(refusal(403, "rest_forbidden"), match=INDEX)
    well(site, "poll")
    well(site, "publish")
    assert "its index could not be" in hints(site)["lacking:site"]


def test_an_edition_waits_for_categories_that_were_never_read(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    serving.faults.add(refusal(401, "rest_forbidden"), match="/categories")
    well(site, "poll")
    well(site, "publish")
    assert "nothing before the blog's categories are known (" in well(site, "prepare")
    assert at(site, "editions", "list", "--json").data == []
    assert "401 rest_forbidden" in troubles(site)["waits"]
    assert at(site, "status").code == 1
    serving.faults.clear()
    well(site, "run")
    assert troubles(site) == {}
    assert len(at(site, "editions", "list", "--json").data) == 1


@pytest.mark.more
def test_what_is_lacking_is_said_and_is_no_trouble_where_all_goes_on(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    serving.faults.add(refusal(500, "internal"), match="/users")
    well(site, "run")
    assert (troubles(site), at(site, "status").code) == ({}, 0)
    assert "its list of authors could not be, and stays as it was known: " in hints(site)["lacking:authors"]


def test_a_post_that_the_blog_can_t_give_is_in_quarantine_until_it_can(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    bad = serving.blog.public_posts()[3].id

    def spoil(answer: SampleAnswer) -> SampleAnswer:
        told = json.loads(answer.body) if answer.status == 200 else []
        return refusal(500, "critical_error")(answer) or answer if bad in {row["id"] for row in told} else answer

    serving.faults.add(spoil, match=r"/posts\?.*content")
    assert "1 set aside" in well(site, "poll")
    (aside,) = at(site, "posts", "quarantine", "list", "--json").data
    assert aside["key"] == str(bad)
    assert "the blog can't give it: " in aside["reason"]
    serving.faults.clear()
    well(site, "posts", "quarantine", "retry")
    well(site, "poll")
    assert at(site, "posts", "quarantine", "list", "--json").data == []


# -- pictures and languages ---------------------------------------------------------------------------


def pictured(serving: Serving) -> None:
    """Every post has the same picture above it from now on."""
    media = [
        {
            "id": 9,
            "source_url": f"{serving.origin}/wp-content/uploads/hall.jpg",
            "alt_text": "The town hall",
            "media_type": "image",
            "media_details": {"width": 1000, "height": 500},
        }
    ]

    def library(answer: SampleAnswer) -> SampleAnswer:
        return replace(answer, status=200, headers=(JSON,), body=json.dumps(media).encode())

    serving.faults.add(library, match="/media")
    above = rows_changed(lambda rows: [row | {"featured_media": 9} for row in rows])
    serving.faults.add(above, match=r"/posts\?.*featured_media")


def items(site: Site) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(site.published()["all.json"])["items"]
    return told


@pytest.mark.more
def test_the_picture_above_a_post_stands_at_the_head_of_its_entries(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    pictured(serving)
    well(site, "run")
    url = f"{serving.origin}/wp-content/uploads/hall.jpg"
    figure = f'<figure><img src="{url}" alt="The town hall" width="1000" height="500"></figure>'
    assert all(item["image"] == url for item in items(site))
    assert all(item["content_html"].startswith(figure) for item in items(site))


def test_a_store_of_before_gets_its_pictures_and_shows_nothing_again(tmp_path: Path, serving: Serving) -> None:
    site = a_site(tmp_path, serving)
    well(site, "run")
    before = {item["id"]: item for item in items(site)}
    assert not [item for item in before.values() if "hall.jpg" in item["content_html"]]
    pictured(serving)
    forget_that_pictures_were_asked_for(site)
    well(site, "run")
    assert all("hall.jpg" in item["content_html"] for item in items(site))
    dates = {item["id"]: (item["date_published"], item["date_modified"]) for item in items(site)}
    assert dates == {key: (item["date_published"], item["date_modified"]) for key, item in before.items()}
    assert well(site, "poll").startswith("poll: 0 new, 0 changed")


def forget_that_pictures_were_asked_for(site: Site) -> None:
    """As a release left it that did not ask for them."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{site.folder}/var/solacefeed.db")
    with engine.begin() as connection:
        (memory,) = connection.execute(text("SELECT memory FROM sources")).scalars()
        told = {name: value for name, value in json.loads(memory).items() if name != "rest:beside"}
        connection.execute(text("UPDATE sources SET memory = :memory"), {"memory": json.dumps(told)})
    engine.dispose()


@pytest.mark.more
def test_posts_of_a_category_say_the_language_that_the_config_has_for_it(tmp_path: Path, serving: Serving) -> None:
    more = WEEKLY + PEOPLE + '\n[languages]\nscotland = "gd"\n[categories]\nhide = ["scotland"]\n'
    site = a_site(tmp_path, serving, more)
    well(site, "run")
    (scotland,) = [each.id for each in serving.blog.categories.values() if each.slug == "scotland"]
    number = sum(scotland in post.categories for post in serving.blog.public_posts())
    told = [item["language"] for item in items(site)]
    assert 0 < told.count("gd") <= number
    assert set(told) == {"gd", "en-GB"}
    published = site.published()
    assert published["all.atom"].count(b'xml:lang="gd"') == told.count("gd")
    assert published["all.rss"].count(b"<dc:language>gd</dc:language>") == told.count("gd")
    assert b'lang="gd"' in published["all/index.html"]
