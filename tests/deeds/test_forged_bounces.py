"""Whoever is a reader knows the return path, the Message-ID and the link of their own copies, and can write anything.

Of no other reader can they say anything that counts, in whatever shape it comes, and they fill no store.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from solacefeed.models.bounces import BounceOutcome
from solacefeed.models.deliveries import Delivery
from solacefeed.models.people import SubscriptionState
from solacefeed.store import held_bounces
from solacefeed.store.bounces import MOST_ALIKE
from solacefeed.store.database import Store
from tests.deeds.test_bounces import an_edition_goes, by_code, listed, path_of, read, reason, state, token
from tests.deeds.world import World
from tests.support.bounced_mail import absence, arf, dsn, exim, in_words, microsofts_complaint, qmail, returned
from tests.support.builders import WEEK

JOE = "joe@example.org"


def paths(own: Delivery, former: Delivery, aim: Delivery) -> Iterator[str]:
    """Ann's, of both editions, and what can be made of them to be taken for Joe's."""
    good, old = path_of(own), path_of(former)
    number, mac = _parts(good)
    theirs = _base36(aim.id)
    yield from (good, old, good.upper())
    for wanted in (theirs, theirs.zfill(9), f"{theirs}.{mac}+c{theirs}", f"{number}+c{theirs}", "zzzzzzzzzzzzz"):
        yield f"bounces+c{wanted}.{mac}@example.org"
    yield f"bounces+c{theirs}.{_parts(old)[1]}@example.org"
    yield f"bounces+l{theirs}.{mac}@example.org"
    yield f"bounces+c{theirs}.{'0' * 16}@example.org"
    yield f"bounces+c{theirs}.{mac}{mac}@example.org"
    yield f"bounces+c\N{SUPERSCRIPT TWO}.{mac}@example.org"
    yield f"{JOE}, {good}"


def _parts(path: str) -> tuple[str, str]:
    number, _, mac = path.partition("+c")[2].partition("@")[0].partition(".")
    return number, mac


def _base36(number: int) -> str:
    return (
        "0123456789abcdefghijklmnopqrstuvwxyz"[number] if number < 36 else _base36(number // 36) + _base36(number % 36)
    )


def mails(own: Delivery, former: Delivery, aim: Delivery) -> Iterator[bytes]:
    names = (own.message_id, former.message_id, aim.message_id.replace("@", "x@"), "<>", "<" + "a" * 5000 + "@x>")
    links = ("", token(own.subscriber_id), token(aim.subscriber_id)[:-1] + "!")
    for number, (path, name, link) in enumerate(product(paths(own, former, aim), names, links)):
        mail = returned(path=path, message_id=name, token=link)
        shapes = (
            lambda: dsn(to=path, recipient=JOE, mail=mail),  # noqa: B023
            lambda: arf(to=path, recipient=JOE, mail=mail),  # noqa: B023
            lambda: microsofts_complaint(mail=mail),  # noqa: B023
            lambda: dsn(recipient=JOE, mail=mail, more=ANOTHER),  # noqa: B023
        )
        yield shapes[number % len(shapes)]()
    for path in paths(own, former, aim):
        inner = dsn(to=path, recipient=JOE).decode()
        yield dsn(to="bounces@example.org", recipient=JOE, mail=inner)
        yield dsn(to=path, recipient=JOE, mail=dsn(recipient=JOE, mail=inner).decode())
        yield qmail(f"550 5.1.1 <{JOE}>: User unknown", to=path)
        yield exim(f"550 <{JOE}> User unknown", to=path)
        yield dsn(to=path, recipient=JOE).replace(b"charset=utf-8", b"charset=utf-7")
        yield absence(to=path, more=f"X-Failed-Recipients: {JOE}")
    for path in (path_of(own), f"bounces+c{_base36(aim.id)}.{'0' * 16}@example.org"):
        yield in_words(f"{JOE}: no such user\n\n" + "x" * 300_000, to=path)
        yield dsn(to=path, recipient=f"=?utf-16?b?{'AAAA' * 2000}?= {JOE}")
        yield dsn(to=path, recipient=JOE, more=ANOTHER * 500)
        yield _of_many_parts(path)


ANOTHER = f"\nFinal-Recipient: rfc822; {JOE}\nAction: failed\nStatus: 5.1.1\n"


def _of_many_parts(path: str) -> bytes:
    part = f"--b\nContent-Type: message/delivery-status\n{ANOTHER}\n"
    top = f"To: {path}\nSubject: failure\nFrom: MAILER-DAEMON@x\nMIME-Version: 1.0\n"
    return (top + "Content-Type: multipart/report; boundary=b\n\n" + part * 60 + "--b--\n").encode()


@pytest.mark.slow
def test_nobody_can_have_another_reader_suppressed(sqlite_store: Store, tmp_path: Path) -> None:
    world = World(sqlite_store, name_copy=by_code)
    world.join("ann", "joe")
    former, _ = an_edition_goes(world)
    own, aim = an_edition_goes(world, after=WEEK)
    # Each is a mail of its own.
    numbered = enumerate(dict.fromkeys(mails(own, former, aim)))
    forged = [mail.replace(b"@mx.reader.example>", b".%d@mx.reader.example>" % number, 1) for number, mail in numbered]
    assert len(forged) > 250
    outcome = read(world, tmp_path, *forged)
    assert (state(world, "joe"), reason(world, "joe")) == (SubscriptionState.CONFIRMED, None)
    heard = sum(outcome.bounces.values()) + sum(outcome.requests.values()) + outcome.ignored + outcome.left
    # Nothing is passed over but what says of one copy what was said of it before.
    assert outcome.bounces[BounceOutcome.UNKNOWN] > 100
    assert heard > len(forged) // 2
    assert {each.canonical for each in listed(world)} <= {None, "ann@example.org"}


@pytest.mark.more
def test_one_bounce_that_is_sent_again_and_again_counts_once(sqlite_store: Store, tmp_path: Path) -> None:
    world = World(sqlite_store, name_copy=by_code)
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    full = {"status": "5.2.2", "said": "smtp; 552 5.2.2 mailbox full"}
    alike = [dsn(to=path_of(ann), recipient="ann@example.org", **full)] * 100
    # Each with other bytes, as a program that forges them would write it.
    others = [dsn(to=path_of(ann), recipient="ann@example.org", subject=f"no. {each}", **full) for each in range(100)]
    read(world, tmp_path, *alike, *others)
    world.clock.now += timedelta(days=30)
    read(world, tmp_path, *(mail.replace(b"no. ", b"nr. ") for mail in others))
    assert state(world, "ann") is SubscriptionState.CONFIRMED
    assert [each.outcome for each in listed(world)] == [BounceOutcome.COUNTED] * MOST_ALIKE


def test_of_one_mail_no_more_are_kept_where_they_are_not_believed(sqlite_store: Store, tmp_path: Path) -> None:
    world = World(sqlite_store, name_copy=by_code)
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    with world.store.write() as connection:
        held_bounces.say(connection, world.the_edition().id, believed=False)
    gone = {"status": "5.1.1", "said": "smtp; 550 5.1.1 no such user"}
    read(
        world,
        tmp_path,
        *(dsn(to=path_of(ann), recipient="ann@example.org", subject=f"{each}", **gone) for each in range(40)),
    )
    assert [each.outcome for each in listed(world)] == [BounceOutcome.NOTED] * MOST_ALIKE
