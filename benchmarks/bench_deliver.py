"""How fast an edition is prepared and delivered, beside other programs that hand the same over to the same relay.

python benchmarks/bench_deliver.py [copies] [variants] [connections]

    prepare      decides, renders and writes edition, variants and copies, in short transactions
    deliver      claims, composes, marks and settles each copy; where TMPDIR is a disk, its syncs are a part of the time
    smtplib, aiosmtplib, nodemailer, smtp-source -d
                 hand over as many messages of the same size over as many connections, and write nothing down

The relay is Postfix's smtp-sink where that is on the PATH, else one of our own; both take everything and keep nothing.
aiosmtplib, nodemailer (node finds it by NODE_PATH) and smtp-source are left out where they are not installed. All run
on the same cores as the relay, so that only what is said beside one another counts.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Thread
from time import perf_counter, sleep
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
from solacefeed.models.people import EVERY
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
        Thread(target=converse, args=(wire,), daemon=True).start()


def converse(wire: socket.socket) -> None:
    with suppress(OSError), wire, wire.makefile("rwb") as file:
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
    sink = shutil.which("smtp-sink")
    with postfixs(sink) if sink else our_own() as port:
        yield port


@contextmanager
def postfixs(sink: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([sink, *as_nobody, f"127.0.0.1:{port}", "200"])  # noqa: S603
    try:
        wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        sleep(0.05)


@contextmanager
def our_own() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
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
    since = {EVERY: MONDAY - timedelta(days=8)}
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
            subscribers.subscribe(
                connection, person, "weekly", category_ids=choice, consent=A_CONSENT, at=MONDAY, since=since
            )


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


def delivering(store: Store, port: int, connections: int) -> int:
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
        connections=connections,
        repeat_uncertain=True,
        on_copy=lambda: None,
        stop=lambda: False,
    )
    done = deliver_round(
        store, partial(SmtpTransport, host="127.0.0.1", port=port, tls="none"), lambda: MONDAY, delivery
    )
    assert done.accepted == len(sizes), done
    return sum(sizes) // len(sizes)


# -- others ---------------------------------------------------------------------------------------------


def a_mail(size: int) -> bytes:
    lines = b"Subject: Digest\r\n\r\n" + b"x" * 74 + b"\r\n"
    return lines + (b"y" * 74 + b"\r\n") * ((size - len(lines)) // 76)


def by_smtplib(port: int, copies: int, size: int, connections: int) -> None:
    """A thread for each connection."""
    content = a_mail(size)

    def send(numbers: range) -> None:
        with smtplib.SMTP("127.0.0.1", port) as session:
            session.ehlo()
            for number in numbers:
                session.sendmail("bounces@example.org", [f"reader{number}@example.org"], content)

    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(send, (range(first, copies, connections) for first in range(connections))))


def by_aiosmtplib(port: int, copies: int, size: int, connections: int) -> None:
    aiosmtplib = import_module("aiosmtplib")
    content = a_mail(size)

    async def send(numbers: range) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as session:
            for number in numbers:
                await session.sendmail("bounces@example.org", [f"reader{number}@example.org"], content)

    async def send_all() -> None:
        await asyncio.gather(*(send(range(first, copies, connections)) for first in range(connections)))

    asyncio.run(send_all())


NODEMAILER = """
const [port, copies, size, connections] = process.argv.slice(1).map(Number);
const pool = require("nodemailer").createTransport({
  host: "127.0.0.1", port, pool: true, maxConnections: connections, maxMessages: Infinity, ignoreTLS: true,
});
const raw = "Subject: Digest\\r\\n\\r\\n" + ("y".repeat(74) + "\\r\\n").repeat(size / 76);
const send = (n) => pool.sendMail({envelope: {from: "bounces@example.org", to: [`reader${n}@example.org`]}, raw});
Promise.all([...Array(copies).keys()].map(send)).then(() => pool.close());
"""


def by_nodemailer(port: int, copies: int, size: int, connections: int) -> None:
    words = map(str, (port, copies, size, connections))
    subprocess.run(["node", "-e", NODEMAILER, *words], check=True)  # noqa: S603, S607


def by_smtp_source(port: int, copies: int, size: int, connections: int) -> None:
    told = {"-s": connections, "-l": size, "-m": copies}
    words = [str(word) for pair in told.items() for word in pair]
    subprocess.run(["smtp-source", "-d", *words, f"127.0.0.1:{port}"], check=True)  # noqa: S603, S607


def others() -> Iterator[tuple[str, Callable[[int, int, int, int], None]]]:
    """Those that are installed."""
    yield "smtplib", by_smtplib
    if find_spec("aiosmtplib"):
        yield "aiosmtplib", by_aiosmtplib
    if has_nodemailer():
        yield "nodemailer", by_nodemailer
    if shutil.which("smtp-source"):
        yield "smtp-source -d", by_smtp_source


def has_nodemailer() -> bool:
    node, asks = shutil.which("node"), 'require("nodemailer")'
    return bool(node) and subprocess.run(["node", "-e", asks], capture_output=True, check=False).returncode == 0  # noqa: S603, S607


# -- all of it ------------------------------------------------------------------------------------------


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    copies, variants, connections = [*given, *(3000, 127, 20)[len(given) :]]
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
                size = delivering(store, port, connections)

            before = cpu()
            ours = copies / seconds(work)
            each = (cpu() - before) / copies
        print(
            f"deliver: {ours:,.0f} copies/s of {size / 1000:.0f} kB over {connections} connections, each marked and "
            f"settled on disk; {each * 1000:.2f} ms of processor time a copy"
        )
        for called, hand_over in others():
            theirs = copies / seconds(partial(hand_over, port, copies, size, connections))
            print(f"{called}: {theirs:,.0f}/s, of which ours is {ours / theirs:.2f}")


def cpu() -> float:
    """Seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
