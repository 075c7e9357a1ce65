"""Posts, categories, tags and users in the JSON shape of wp/v2, and the choice of fields from it."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime

from solacefeed.sample.answers import Json
from solacefeed.sample.blog import Blog, BlogCategory, BlogPost, BlogTag, BlogUser
from solacefeed.sample.queries import Params, listed


def chosen(row: Json, params: Params) -> Json:
    """What ``_fields`` asks of *row*, also ``title.rendered``; the whole of it where nothing is asked."""
    if "_fields" not in params:
        return row
    wanted: Json = {}
    for name in listed(params["_fields"]):
        branch = wanted
        for part in name.split("."):
            branch = branch.setdefault(part, {})
    return _intersection(row, wanted)


def _intersection(row: Json, wanted: Json) -> Json:
    return {
        name: _intersection(value, wanted[name]) if wanted[name] and isinstance(value, dict) else value
        for name, value in row.items()
        if name in wanted
    }


def post_row(blog: Blog, post: BlogPost) -> Json:
    """*post* as everyone may read it: a protected one without its text."""
    hidden = bool(post.password)
    by_name = sorted(post.categories, key=lambda each: collated(blog.categories[each].name))
    return {
        "id": post.id,
        "date": _stamp(post.date),
        "date_gmt": _stamp(post.date_gmt),
        "guid": {"rendered": blog.guid(post)},
        "modified": _stamp(post.modified),
        "modified_gmt": _stamp(post.modified_gmt),
        "slug": post.slug,
        "status": post.status,
        "type": "post",
        "link": blog.permalink(post),
        "title": {"rendered": post.title},
        "content": {"rendered": "" if hidden else post.content, "protected": hidden},
        "excerpt": {"rendered": "" if hidden else _excerpt(post.content), "protected": hidden},
        "author": post.author,
        "featured_media": 0,
        "comment_status": "open",
        "ping_status": "closed",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": [],
        "categories": by_name,
        "tags": sorted(post.tags, key=lambda each: collated(blog.tags[each].name)),
        "_links": _links(blog, "posts", post.id),
    }


def category_row(blog: Blog, category: BlogCategory) -> Json:
    """*category*, its name HTML-escaped, its own public posts counted."""
    return {
        "id": category.id,
        "count": sum(category.id in post.categories for post in blog.public_posts()),
        "description": "",
        "link": f"{blog.url}/category/{category.slug}/",
        "name": html.escape(category.name, quote=False),
        "slug": category.slug,
        "taxonomy": "category",
        "parent": category.parent,
        "meta": [],
        "_links": _links(blog, "categories", category.id),
    }


def tag_row(blog: Blog, tag: BlogTag) -> Json:
    """*tag*, its name HTML-escaped, its public posts counted."""
    return {
        "id": tag.id,
        "count": sum(tag.id in post.tags for post in blog.public_posts()),
        "description": "",
        "link": f"{blog.url}/tag/{tag.slug}/",
        "name": html.escape(tag.name, quote=False),
        "slug": tag.slug,
        "taxonomy": "post_tag",
        "meta": [],
        "_links": _links(blog, "tags", tag.id),
    }


def user_row(blog: Blog, user: BlogUser) -> Json:
    """*user*, without the avatars of a real one."""
    return {
        "id": user.id,
        "name": user.name,
        "url": "",
        "description": user.description,
        "link": f"{blog.url}/author/{user.login}/",
        "slug": user.login,
        "meta": [],
        "_links": _links(blog, "users", user.id),
    }


def _links(blog: Blog, name: str, row_id: int) -> Json:
    collection = f"{blog.url}/wp-json/wp/v2/{name}"
    return {"self": [{"href": f"{collection}/{row_id}"}], "collection": [{"href": collection}]}


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}"


def _excerpt(content: str) -> str:
    words = re.split(r"[ \t\r\n]+", re.sub(r"<[^>]*>", "", content).strip())
    return f"<p>{' '.join(words[:55])}{' [&hellip;]' if len(words) > 55 else ''}</p>\n"


def collated(text: str) -> str:
    """*text* as MySQL compares it, without regard to case and accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
