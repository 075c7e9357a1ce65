"""The feed addresses that WordPress has, and where they lead once solacefeed's feeds stand for them."""

from __future__ import annotations

from solacefeed.publish.feeds import Feed, category_feeds
from solacefeed.publish.redirects import Server, rules
from tests.publish.documents import NAMING
from tests.support.builders import a_category, category_ids, category_numbers

CATEGORIES = [
    a_category(id="3", slug="housing", name="Housing"),
    a_category(id="4", slug="care", name="Care", parent_id="3"),
    a_category(id="5", slug="local-government", name="Local government"),
    a_category(id="6", slug='x" "https://evil.example.org/', name="Odd"),
]
AUTHORS_FEED = Feed(
    key="author/jo-carver", id="tag:x:a", title="Jo", name="Jo", stem="author/jo-carver", author_slug="jo-carver"
)
#: The blog's own numbers, by ours.
NUMBERS = dict(zip(category_ids("3", "4", "5", "6"), category_numbers("3", "44", "5", "6"), strict=True))

#: Where a reader of the blog's address is led, below our base URL.
LEADING = {
    "/feed/": "all.rss",
    "/feed": "all.rss",
    "/feed/?": "all.rss",
    "/feed/rss/": "all.rss",
    "/feed/rss2/": "all.rss",
    "/feed/rdf/": "all.rss",
    "/feed/atom/": "all.atom",
    "/feed/atom": "all.atom",
    "/atom/": "all.atom",
    "/rss2/": "all.rss",
    "/index.php/feed/": "all.rss",
    "/wp-rss2.php": "all.rss",
    "/wp-atom.php": "all.atom",
    "/?feed=rss2": "all.rss",
    "/?feed=rss": "all.rss",
    "/?feed=atom": "all.atom",
    "/index.php?feed=atom": "all.atom",
    "/category/housing/feed/": "category/housing.rss",
    "/category/housing/feed": "category/housing.rss",
    "/category/housing/feed/rss2/": "category/housing.rss",
    "/category/housing/feed/atom/": "category/housing.atom",
    "/category/homes/feed/atom/": "category/housing.atom",
    "/category/housing/care/feed/": "category/care.rss",
    "/category/places/housing/care/feed/": "category/care.rss",
    "/category/housing/care/feed/atom": "category/care.atom",
    "/category/local-government/feed/": "category/local-government.rss",
    "/?cat=3&feed=rss2": "category/housing.rss",
    "/feed/?cat=3": "category/housing.rss",
    "/feed/atom/?cat=44": "category/care.atom",
    "/?feed=atom&cat=44": "category/care.atom",
    "/?feed=rss2&category_name=care": "category/care.rss",
    "/?feed=rss2&cat=6": "category/category-6.rss",
    "/author/jo-carver/feed/": "author/jo-carver.rss",
    "/author/jo-carver/feed/atom/": "author/jo-carver.atom",
    "/?author_name=jo-carver&feed=atom": "author/jo-carver.atom",
}
#: What is another feed, or none.
STAYING = (
    "/",
    "/?p=3",
    "/comments/feed/",
    "/feed/?paged=2",
    "/feed/?s=budget",
    "/feed/?cat=-3",
    "/?feed=comments-rss2",
    "/?feed=rss2&paged=2",
    "/?feed=rss2&p=12",
    "/?feed=rss2&cat=4",
    "/?feed=rss2&cat=3,4",
    "/?s=x&feed=rss2",
    "/2012/05/savings/feed/",
    "/tag/housing/feed/",
    "/category/housing/",
    "/category/feeding/",
    "/category/house/feed/",
    "/category/housing/care/",
    "/author/sam-reed/feed/",
    "/feeds/",
    "/newsfeed/",
    "/wp-rssXphp",
    "/category/housing/feed/podcast/",
)


def written(server: Server, *, blog_url: str = "https://blog.example.org") -> str:
    former = dict.fromkeys(category_ids("3"), ("homes",))
    feeds = [*category_feeds(CATEGORIES, set(category_ids("3", "4", "5", "6")), NAMING, former), AUTHORS_FEED]
    return rules(server, feeds, NAMING.site.base_url, blog_url, CATEGORIES, numbers=NUMBERS)
