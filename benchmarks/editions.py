"""A site with an edition that waits to be delivered, to however many readers, on SQLite or PostgreSQL.

Its first readers are entered and its edition is prepared as commands do it; to all the others the database itself
copies their rows, so that a million take seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from tests.support.builders import A_CONSENT

from solacefeed.app import App
from solacefeed.composition.mail_parts import composer, sender_of_now
from solacefeed.config import load
from solacefeed.deeds.delivering.senders import Senders
from solacefeed.delivery.signing import Algorithm, generated
from solacefeed.models.blog import BlogInfo, CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId, Reading
from solacefeed.ports import Clock
from solacefeed.posts.merging import told
from solacefeed.store import batches, categories, deliveries, editions, facts, sources, subscribers, variants
from solacefeed.store.database import Store
from solacefeed.store.schema import deliveries as copies_table
from solacefeed.store.schema import editions as editions_table
from solacefeed.store.schema import subscribers as subscribers_table
from solacefeed.store.schema import subscriptions as subscriptions_table

BLOG = "https://blog.example.org"
EDITION = "weekly/2026-11-23"
CLOSES = datetime(2026, 11, 23, 7, tzinfo=UTC)
#: An hour after the closing.
NOW = CLOSES + timedelta(hours=1)
SECTIONS = 12
#: As many as make a mail of 30 kB.
POSTS = 32
VARIANTS = 127
#: Readers that are entered one by one; all others have their rows.
FIRST = 8 * VARIANTS
#: Domains of their addresses.
DOMAINS = 40
SENTENCE = "Housing – and what a council can do about it – begins with those who have none. "

CONFIG = """\
as_of = {now:%Y-%m-%dT%H:%M:%SZ}
[source]
url = "{blog}"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
[store]
url = "{store}"
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Example Officers <digest@example.org>"
reply_to = "editors@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
[delivery]
connections = {connections}
canary = "0%"
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
{more}"""

DKIM = """\
[dkim]
domain = "example.org"
rsa_key_file = "{folder}/rsa.pem"
ed25519_key_file = "{folder}/ed25519.pem"
"""


class Site(App):
    """One whose clock goes, from an hour after the closing on; to ask it takes about as long as to ask a real one."""

    _ahead = NOW - datetime.now(UTC)

    @property
    def clock(self) -> Clock:
        ahead = self._ahead
        return lambda: datetime.now(UTC) + ahead


def write_config(folder: Path, store: str, *, port: int, connections: int, signed: bool = False) -> Path:
    """config.toml in *folder*; *signed* with an RSA and an Ed25519 key beside it."""
    more = ""
    if signed:
        more = DKIM.format(folder=folder)
        for algorithm in Algorithm:
            file = folder / f"{algorithm.key_type}.pem"
            file.touch(mode=0o600)
            file.write_bytes(generated(algorithm))
    file = folder / "config.toml"
    words = CONFIG.format(now=NOW, blog=BLOG, store=store, port=port, connections=connections, more=more)
    file.write_text(words, encoding="utf-8")
    return file


def opened(config: Path) -> Site:
    read = load(config, environ={})
    return Site(read, as_of=read.as_of, folder=config.parent)


def prepare(config: Path) -> int:
    """Has an edition wait in an empty store, for its first readers; returns the mean size of its mails, in octets."""
    site = opened(config)
    with site.store() as store:
        fill(store, FIRST)
        done = site.mail.prepare(store)
        assert done.has_news(), done.line()
        return mean_size(site, store)


def resize(config: Path, copies: int) -> None:
    """Has it wait for so many readers instead."""
    with opened(config).store() as store:
        with store.write() as connection:
            if copies < FIRST:
                connection.execute(copies_table.delete().where(copies_table.c.subscriber_id > copies))
            else:
                multiply(connection, copies)
            counted = connection.execute(sa.select(editions_table.c.counts)).scalar_one()
            connection.execute(editions_table.update().values(counts={**counted, "readers": copies}))
        analyze(store)


def fill(store: Store, readers: int) -> None:
    """Posts of a week in some categories, and readers of as many different choices as there are variants."""
    since = {EVERY: CLOSES - timedelta(days=8)}
    facts.settle_clock(store, rehearsed=True)
    with store.write() as connection:
        sources.remember(connection, BLOG, memory={}, complete=True)
        info = BlogInfo(title="Officers' Blog", description="", url=BLOG, time_zone="Europe/London")
        sources.describe(connection, BLOG, info)
        numbers = [CategoryNumber(str(n)) for n in range(SECTIONS)]
        categories.replace(
            connection, [SourceCategory(number=n, slug=f"section-{n}", name=f"Section {n}") for n in numbers]
        )
        posts = [a_post(number) for number in range(POSTS)]
        batches.keep(connection, [told(post, reading(post), seen=post.published) for post in posts], at=CLOSES)
        chosen = choices(VARIANTS)
        for number in range(readers):
            person = subscribers.enter(connection, email=f"first{number}@example.org", name="Alice L", at=CLOSES)
            choice = chosen[number % VARIANTS]
            subscribers.subscribe(
                connection, person, "weekly", category_ids=choice, consent=A_CONSENT, at=CLOSES, since=since
            )


def a_post(number: int) -> SourcePost:
    published = CLOSES - timedelta(days=2, hours=number)
    return SourcePost(
        number=str(number + 1),
        guid=f"{BLOG}/?p={number + 1}",
        url=f"{BLOG}/post-{number + 1}/",
        title=f"Post {number + 1} on housing",
        content=f"<p>{SENTENCE * 40}</p>",
        category_numbers=tuple(CategoryNumber(str(n % SECTIONS)) for n in (number, number + 5)),
        published=published,
        modified=published,
    )


def reading(post: SourcePost) -> Reading:
    content = post.content or ""
    return Reading(title=post.title, content=content, excerpt=SENTENCE * 8, byline=None, first_published=None)


def choices(number: int) -> list[tuple[CategoryId, ...]]:
    random = Random(7)  # noqa: S311  # the same choices each time
    ids = [CategoryId(str(n)) for n in range(SECTIONS)]
    found: dict[tuple[CategoryId, ...], None] = {}
    while len(found) < number:
        found[tuple(sorted(random.sample(ids, random.randint(8, SECTIONS))))] = None
    return list(found)


# -- the others -------------------------------------------------------------------------------------------


def multiply(connection: sa.Connection, copies: int) -> None:
    """Gives the rows of the first readers to all up to *copies* of them."""
    numbers = sa.select(sa.literal(0).label("k")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.k + 1).where(numbers.c.k < copies // FIRST))
    ahead = numbers.c.k * FIRST
    for table, reader, own in (
        (subscribers_table, "id", ("id", "email", "canonical")),
        (subscriptions_table, "subscriber_id", ("subscriber_id",)),
        (copies_table, "subscriber_id", ("id", "subscriber_id", "email", "message_id")),
    ):
        number = table.c[reader] + ahead
        values = {name: _anew(table.c[name], ahead, number) for name in own}
        rows = sa.select(*(values.get(each.name, each) for each in table.c))
        rows = rows.select_from(table.join(numbers, numbers.c.k > 0)).where(number <= copies).order_by(number)
        connection.execute(table.insert().from_select([each.name for each in table.c], rows))


def _anew(column: sa.Column[Any], ahead: sa.ColumnElement[int], number: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """What stands there of another reader."""
    said = sa.cast(number, sa.Text)
    if column.name == "message_id":
        return sa.func.replace(column, "<", sa.literal("<") + said + sa.literal("."))
    if column.name in ("email", "canonical"):
        domain = sa.cast(number % DOMAINS, sa.Text)
        return sa.literal("reader") + said + sa.literal("@d") + domain + sa.literal(".example.org")
    return column + ahead


def analyze(store: Store) -> None:
    """As PostgreSQL does by itself a while after many rows came; SQLite is left as it is in use."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def mean_size(site: Site, store: Store) -> int:
    with store.read() as connection:
        edition = editions.find(connection, EDITION)
        some = deliveries.listing(connection, edition_id=EDITION, state=None, limit=VARIANTS)
        found = [(each, variants.variant(connection, EDITION, each.variant_key, None)) for each in some]
    assert edition
    compose = composer(site, store, Senders(sender_of_now(site, store)))
    sizes = [len(compose(edition, variant, copy).content) for copy, variant in found]
    return sum(sizes) // len(sizes)
