"""The bundled blog's answers, beside those that a real WordPress 6.1 was once seen to give."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from solacefeed.sample.blog import BlogCategory, BlogUser
from tests.support.blog.answers import answer
from tests.support.blog.blog import Blog

pytestmark = pytest.mark.real

SAMPLES = Path(__file__).parents[3] / "shared/kit/wordpress/samples"
#: Ours is shorter, or WordPress's depends on how a post was first saved.
NOT_COMPARED = ("_links", "_embedded", "avatar_urls", "guid")

REFUSALS = [
    "per_page=101",
    "page beyond the end",
    "unknown category",
    "single unknown post",
    "users/1: an author without posts",
    "orderby that does not exist",
    "no such route",
    "draft or private post by id, without auth",
]


def sample(name: str) -> str:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"WordPress's answers are not at {SAMPLES}")
    return path.read_text("utf-8")


def without(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in NOT_COMPARED}


@pytest.fixture
def blog() -> Blog:
    """What that WordPress held, as far as it is told in its answers."""
    users = [BlogUser(id=1, login="admin", name="admin")] + [
        BlogUser(id=row["id"], login=row["slug"], name=row["name"], description=row["description"])
        for row in json.loads(sample("rest-users.json"))
    ]
    categories = [
        BlogCategory(id=row["id"], name=row["name"], slug=row["slug"], parent=row["parent"])
        for row in json.loads(sample("rest-categories.json"))
    ]
    blog = Blog(
        url="http://127.0.0.1:8081",
        title="SOLACE",
        description="Society of Local Authority Chief Executives and Senior Managers",
        users={user.id: user for user in users},
        categories={category.id: category for category in categories},
    )
    for row in json.loads(sample("rest-post-embed.json")):
        add_as_it_was(blog, row)
    return blog


def add_as_it_was(blog: Blog, row: dict[str, Any]) -> int:
    return blog.add(
        row["title"]["rendered"],
        row["content"]["rendered"],
        at=datetime.fromisoformat(row["date_gmt"]).replace(tzinfo=UTC),
        categories=[blog.categories[each].slug for each in row["categories"]],
        author=blog.users[row["author"]].login,
        slug=row["slug"],
    )


def test_a_post_is_as_wordpress_gives_it(blog: Blog) -> None:
    (theirs,) = json.loads(sample("rest-post-embed.json"))
    ours = json.loads(answer(blog, f"/wp-json/wp/v2/posts/{theirs['id']}").body)
    assert without(ours) == without(theirs)


def test_categories_and_users_are_as_wordpress_gives_them(blog: Blog) -> None:
    scotland = blog.add(at=datetime(2012, 6, 1, 10, tzinfo=UTC), author="davidmartin")
    names = [row["slug"] for row in json.loads(sample("rest-categories.json")) if row["count"]]
    blog.recategorise(scotland, *names, at=datetime(2012, 6, 1, 10, tzinfo=UTC))
    for name in ("categories", "users"):
        theirs = json.loads(sample(f"rest-{name}.json"))
        ours = json.loads(answer(blog, f"/wp-json/wp/v2/{name}").body)
        assert [without(row) for row in ours] == [without(row) for row in theirs]


def test_the_bytes_of_a_list_are_those_of_wordpress(blog: Blog) -> None:
    theirs = sample("rest-post-raw-bytes.txt").strip()
    fields = "id,date,date_gmt,modified,modified_gmt,slug,link,title,categories"
    assert answer(blog, f"/wp-json/wp/v2/posts?include=1&_fields={fields}").body.decode() == theirs


@pytest.mark.parametrize("title", REFUSALS)
def test_a_refusal_has_the_headers_and_the_bytes_of_wordpress(blog: Blog, title: str) -> None:
    draft = add_drafts_until(blog, 15)
    assert not blog.posts[draft].public
    section = re.search(rf"^### {re.escape(title)}\nGET (.*)\n((?:< .*\n)+)(.*)", sample("rest-errors.txt"), re.M)
    assert section
    target, head, body = section.groups()
    status, *headers = head.replace("< ", "").splitlines()
    ours = answer(blog, target)
    assert (str(ours.status), ours.body.decode()) == (status, body)
    assert [f"{name}: {value}" for name, value in ours.headers] == headers


def add_drafts_until(blog: Blog, post_id: int) -> int:
    while (draft := blog.add(at=datetime(2012, 1, 1, tzinfo=UTC), status="draft")) < post_id:
        pass
    return draft
