"""What processor time a variant takes to render, by the posts in it, beside a bare Jinja list of them in the same run.

python -m benchmarks.bench_render [times]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from time import process_time

from jinja2 import Template

from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.rendering import render
from solacefeed.digest.views import Imprint, edition_view
from solacefeed.models.editions import Period, Pick
from solacefeed.models.events import Event, Promotion
from solacefeed.models.posts import Byline, CategoryId, Post
from solacefeed.site import Site
from solacefeed.templating import templates

SEEN = datetime(2026, 11, 18, 9, tzinfo=UTC)
PERIOD = Period(starts=datetime(2026, 11, 16, 7, tzinfo=UTC), ends=datetime(2026, 11, 23, 7, tzinfo=UTC))
LABELS = {CategoryId(str(number)): name for number, name in enumerate(("Education", "Housing", "Scotland"))}
IMPRINT = Imprint(
    digest_title="The Weekly Digest",
    site=Site(
        title="Chief Officers’ Blog",
        url="https://blog.example.org",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2026",
        language="en-GB",
        organisation="Society of Chief Officers",
        zone=UTC,
    ),
    postal_address="45 Great Anytown Street\nAnytown AN1 2YT",
)
EVENT = Event(
    id="housing",
    name="Housing delivery day",
    place="Leeds",
    starts=date(2026, 12, 8),
    ends=date(2026, 12, 8),
    url="https://events.example.org/housing",
)
#: Posts of a mail, and what it may take at most, in milliseconds; one that does not fit is rendered up to three times.
EDITIONS = {1: 5, 7: 5, 25: 5, 200: 40}

#: Three of them are what nobody's templates could do without: subject, text and html.
BARE = Template(
    3 * '{% for post in posts %}<p><a href="{{ post.url }}">{{ post.title }}</a> {{ post.excerpt }}</p>{% endfor %}',
    autoescape=True,
)


def a_post(number: int) -> Post:
    return Post(
        id=str(number),
        guid=str(number),
        url=f"https://blog.example.org/2026/11/a-roof-first-{number}/",
        title=f"A roof first, and what comes after it ({number})",
        content="",
        excerpt="Every plan for new housing has a number in it, and the number is always of homes. " * 4,
        minutes=4,
        author="Rosalind Achebe",
        byline=Byline(name="Rosalind Achebe", role="Director of Housing, Northmere City Council"),
        first_published=None,
        category_ids=(CategoryId(str(number % 3)),),
        published=SEEN,
        updated=SEEN,
        revised=SEEN,
        seen=SEEN,
        comments_url=f"https://blog.example.org/2026/11/a-roof-first-{number}/#respond",
    )


def an_edition(count: int) -> EditionView:
    posts = {str(number): a_post(number) for number in range(count)}
    picks = [Pick(post_id=post_id, because=()) for post_id in posts]
    return edition_view(IMPRINT, PERIOD, picks, posts, (Promotion(event=EVENT, nearness="Soon"),), labels=LABELS)


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The least that *work* took: all above it is other people's."""

    def once() -> float:
        begin = process_time()
        work()
        return process_time() - begin

    work()
    return 1000 * min(once() for _ in range(times))


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    environment = templates()
    for count, most in EDITIONS.items():
        view = an_edition(count)
        html = render(view, environment).html
        took = milliseconds(partial(render, view, environment), times)
        bare = milliseconds(partial(BARE.render, posts=[a_post(number) for number in range(count)]), times)
        print(
            f"{count:>4} posts: {len(html.encode()) / 1000:5.1f} kB, rendered in {took:5.2f} ms"
            f" (at most {most}), a bare list in {bare:5.2f} ms"
        )


if __name__ == "__main__":
    main()
