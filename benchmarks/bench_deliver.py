"""How fast an edition is prepared and delivered to a relay of our own on loopback, beside smtplib in the same run.

python benchmarks/bench_deliver.py [copies] [variants]

    prepare   decides, renders and writes edition, variants and copies, in short transactions
    deliver   claims, composes, marks and settles each copy; where TMPDIR is a disk, its syncs are most of the time
    smtplib   hands over the same number of messages of the same size, and writes nothing down

The relay is a process of its own, which takes everything and keeps nothing.
"""

from __future__ import annotations

import smtplib
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from tests.support.builders import A_CONSENT

from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round
from solacefeed.deeds.editions.planned import EditionSettings
from solacefeed.deeds.editions.prepare import make
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.delivery.trial import OnlyTo
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose, compose_letter, message_id
from solacefeed.digest.views import Imprint
from solacefeed.models.blog import CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Cadence, CadenceKind, CategoryNames, Closing, Digest
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.posts import CategoryId, Reading
from solacefeed.posts.merging import told
from solacefeed.site import Site
from solacefeed.store import batches, categories, sources, subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.templating import templates
from solacefeed.tokens import for_message

BLOG = "https://blog.example.org"
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECTIONS = 12
POSTS = 12
SENTENCE = "Housing – and what a council can do about it – begins with those who have none. "


# -- a relay that takes everything ----------------------------------------------------------------------


def answer(listener: socket.socket) -> None:
    while True:
        wire, _ = listener.accept()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with wire, wire.makefile("rwb") as file:
            hear(file)


def hear(file: Any) -> None:
    def say(line: bytes) -> None:
        file.write(line + b"\r\n")
        file.flush()

    say(b"220 relay.example.org")
    while line := file.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            say(b"250-relay.example.org\r\n250 PIPELINING")
        elif verb == b"DATA":
            say(b"354 go")
            tail = b""
            while not tail.endswith(b"\r\n.\r\n"):
                tail = tail[-5:] + file.read1(65536)
            say(b"250 2.0.0 queued")
        else:
            say(b"250 2.0.0 ok" if verb != b"QUIT" else b"221 2.0.0 bye")


@contextmanager
def relay() -> Iterator[int]:
    """The port of one that takes everything, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = get_context("fork").Process(target=answer, args=(listener,), daemon=True)
        child.start()
        try:
            yield listener.getsockname()[1]
        finally:
            child.kill()
            child.join()


# -- an edition to deliver ------------------------------------------------------------------------------


def fill(store: Store, readers: int, variants: int) -> None:
    """Posts of a week in some categories, and readers of *variants* different choices."""
    with store.write() as connection:
        sources.remember(connection, BLOG, memory={}, complete=True)
        numbers = [CategoryNumber(str(n)) for n in range(SECTIONS)]
        categories.replace(
            connection, [SourceCategory(number=n, slug=f"section-{n}", name=f"Section {n}") for n in numbers]
        )
        posts = map(a_post, range(POSTS))
        batches.keep(connection, [told(post, reading(post), seen=post.published) for post in posts], at=MONDAY)
        for number in range(readers):
            person = subscribers.enter(connection, email=f"reader{number}@example.org", name="Alice L", at=MONDAY)
            choice = choices(variants)[number % variants]
            subscribers.subscribe(connection, person, "weekly", category_ids=choice, consent=A_CONSENT, at=MONDAY)


def a_post(number: int) -> SourcePost:
    published = MONDAY - timedelta(days=2, hours=number)
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
    return Reading(title=post.title, content=content, excerpt=SENTENCE * 4, byline=None, first_published=None)


def choices(number: int) -> list[tuple[CategoryId, ...]]:
    random = Random(7)  # noqa: S311  # the same choices each time
    ids = [CategoryId(str(n)) for n in range(SECTIONS)]
    found: dict[tuple[CategoryId, ...], None] = {}
    while len(found) < number:
        found[tuple(sorted(random.sample(ids, random.randint(1, SECTIONS))))] = None
    return list(found)


def renderer() -> Renderer:
    digest = Digest(
        key="weekly",
        name="weekly",
        title="Weekly digest",
        cadences=(Cadence(kind=CadenceKind.WEEKLY, closings=(Closing(weekday=0, at=time(7)),)),),
        max_late=timedelta(hours=48),
        promote_ahead=timedelta(days=180),
        promote_most=3,
    )
    imprint = Imprint(
        site=Site(
            title="Officers' Blog",
            url=BLOG,
            organisation="Society of Officers",
            language="en-GB",
            zone=ZoneInfo("Europe/London"),
            base_url=("https://feeds.example.org/").removesuffix("/"),
            tag_authority="example.org,2012",
        ),
        digest_title="Weekly digest",
        postal_address="1 Market Square, Anytown",
    )
    return Renderer(
        digest=digest, imprint=imprint, names=CategoryNames(), events=lambda *_: (), environment=templates()
    )


ENVELOPE = Envelope(
    sender="Society of Officers <digest@example.org>",
    reply_to="web@example.org",
    return_path="bounces@example.org",
    digest_title="Weekly digest",
    list_id="weekly.example.org",
    language="en-GB",
    instant=MONDAY,
    unsubscribe_https="https://news.example.org/unsubscribe/",
    unsubscribe_mailto="unsubscribe@example.org",
)


def composer() -> Callable[[Edition, Variant, Delivery], Message]:
    sheets = Sheets()

    def compose_copy(_edition: Edition, variant: Variant, copy: Delivery) -> Message:
        recipient = Recipient(
            subscriber_id=copy.subscriber_id,
            email=copy.email,
            name=copy.name,
            token=f"d2Vla2x5.{copy.subscriber_id}",
            message_id=copy.message_id,
            choice="Housing and Education",
            preferences="https://news.example.org/preferences/t0ken",
        )
        return compose(variant, recipient, ENVELOPE, sheets)

    return compose_copy


# -- what is measured -----------------------------------------------------------------------------------


KEYS = ("secret",)


def name_copy(edition_id: str, subscriber_id: int) -> str:
    return message_id(edition_id, for_message(edition_id, subscriber_id, KEYS), ENVELOPE.sender)


def seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


@contextmanager
def locked(store: Store) -> Iterator[list[float]]:
    """How many seconds each write transaction held the lock."""
    held: list[float] = []

    def begun(connection: sa.Connection) -> None:
        connection.info["begun"] = perf_counter()

    def ended(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("writes"):
            held.append(perf_counter() - connection.info["begun"])

    sa.event.listen(store.engine, "begin", begun)
    sa.event.listen(store.engine, "commit", ended)
    yield held
    sa.event.remove(store.engine, "begin", begun)
    sa.event.remove(store.engine, "commit", ended)


def settings() -> EditionSettings:
    made_with = renderer()
    return EditionSettings(
        digests=(made_with.digest,),
        zone=made_with.imprint.site.zone,
        renderer=lambda _: made_with,
        name_copy=name_copy,
    )


def delivering(store: Store, port: int) -> int:
    sizes: list[int] = []
    make = composer()

    def measured(edition: Edition, variant: Variant, copy: Delivery) -> Message:
        message = make(edition, variant, copy)
        sizes.append(len(message.content))
        return message

    delivery = DeliverySettings(
        digests=[renderer().digest],
        renderer=lambda _: renderer(),
        compose=measured,
        compose_letter=partial(compose_letter, sender=ENVELOPE),
        only_to=OnlyTo(),
        repeat_uncertain=True,
        on_copy=lambda: None,
        stop=lambda: False,
    )
    transport = SmtpTransport(host="127.0.0.1", port=port, tls="none")
    done = deliver_round(store, transport, lambda: MONDAY, delivery)
    assert done.accepted == len(sizes), done
    return sum(sizes) // len(sizes)


def by_smtplib(port: int, copies: int, size: int) -> None:
    lines = b"Subject: Digest\r\n\r\n" + b"x" * 74 + b"\r\n"
    content = lines + (b"y" * 74 + b"\r\n") * ((size - len(lines)) // 76)
    with smtplib.SMTP("127.0.0.1", port) as session:
        session.ehlo()
        for number in range(copies):
            session.sendmail("bounces@example.org", [f"reader{number}@example.org"], content)


def main() -> None:
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    variants = int(sys.argv[2]) if len(sys.argv) > 2 else 41
    with tempfile.TemporaryDirectory() as name, relay() as port:
        with closing(open_store(f"sqlite:///{Path(name)}/store.db")) as store:
            fill(store, copies, variants)
            with locked(store) as held:
                preparing = seconds(lambda: make(store, lambda: MONDAY, settings(), lambda _: ()))
            print(
                f"prepare: {copies} copies of {variants} variants in {preparing:.2f} s, "
                f"{max(held):.2f} s in the longest write transaction"
            )
            size = 0

            def work() -> None:
                nonlocal size
                size = delivering(store, port)

            ours = copies / seconds(work)
        theirs = copies / seconds(lambda: by_smtplib(port, copies, size))
    print(
        f"deliver: {ours:,.0f} copies/s of {size / 1000:.0f} kB, each marked and settled; "
        f"smtplib: {theirs:,.0f}/s; {100 * ours / theirs:.0f} % of it"
    )


if __name__ == "__main__":
    main()
