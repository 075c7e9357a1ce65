"""Anybody can fill a mailbox: a look reads so much of it, the next ones the rest, and ``status`` knows."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.bounce_mail import BounceSettings, BouncesRead, read_files, read_imap
from solacefeed.deeds.people.bounced import BounceRules
from solacefeed.deeds.people.look_bounds import LookBounds, boundless
from solacefeed.deeds.people.unsubscribe_mail import read_mail
from solacefeed.delivery.imap_mailbox import ImapMailbox
from solacefeed.models.mailbox import MailOutcome
from solacefeed.models.people import SubscriptionState
from solacefeed.store import read_mails, subscribers
from tests.deeds.world import World
from tests.mail.fake_imap import FakeImap

KEYS = ("a-key",)


def junk(number: int) -> bytes:
    return f"From: x@example.net\nSubject: Hello\nMessage-ID: <{number}@example.net>\n\nBuy.\n".encode()


def ours() -> bytes:
    token = tokens.for_unsubscribing("weekly", 1, KEYS)
    return f"From: ann@example.org\nSubject: unsubscribe {token}\nMessage-ID: <ann@example.org>\n\n".encode()


def as_mbox(folder: Path, mails: list[bytes]) -> Path:
    date = email.utils.formatdate(0)
    path = folder / "box"
    path.write_bytes(b"".join(f"From somebody {date}\n".encode() + each + b"\n" for each in mails))
    return path


def as_maildir(folder: Path, mails: list[bytes]) -> Path:
    path = folder / "maildir"
    (path / "new").mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(mails):
        (path / "new" / f"{number:04}.host").write_bytes(each)
    return path


def settings(folder: Path) -> BounceSettings:
    return BounceSettings(keys=KEYS, rules=BounceRules(), unread=folder / "unread", ask_for_link=None)


def bounces_of(world: World, folder: Path, path: Path, bounds: Callable[[], LookBounds]) -> BouncesRead:
    return read_files(world.store, world.clock, [path], settings(folder), bounds=bounds)


def behind(world: World) -> list[str]:
    with world.store.read() as connection:
        return [*read_mails.behind(connection)]


def has_left(world: World) -> bool:
    with world.store.read() as connection:
        found = subscribers.subscription(connection, 1, "weekly")
    return found is not None and found.state is SubscriptionState.ENDED


def ticking() -> Callable[[], float]:
    """A processor of which each look at the time has taken a second."""
    return partial(next, map(float, count()))


BOUNDS: dict[str, Callable[[], LookBounds]] = {
    "by their number": lambda: LookBounds(mails=7),
    "by what they take": lambda: LookBounds(seconds=7.5, spent=ticking()),
}


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("mailbox", [as_mbox, as_maildir])
def test_behind_a_flood_a_reader_who_leaves_is_heard_after_a_few_looks(
    world: World, tmp_path: Path, mailbox: Callable[[Path, list[bytes]], Path], bounds: Callable[[], LookBounds]
) -> None:
    world.join("ann")
    path = mailbox(tmp_path, [*map(junk, range(20)), ours()])
    looks = [read_mail(world.store, world.clock, [path], KEYS, ask_for_link=None, bounds=bounds) for _ in range(3)]
    assert [sum(look.counts.values()) for look in looks] == [7, 7, 7]
    assert [look.behind for look in looks] == [(str(path),), (str(path),), ()]
    assert looks[0].line() == f"unsubscribes: 7 to be read by you; more waits in {path} for the next look"
    assert has_left(world)
    assert behind(world) == []
    # It was read to its end, and is not even opened again.
    path.chmod(0)
    assert not read_mail(world.store, world.clock, [path], KEYS, ask_for_link=None, bounds=bounds).has_news()


@pytest.mark.parametrize("mailbox", [as_mbox, as_maildir])
def test_a_mailbox_of_bounces_is_read_on_too_and_status_knows_since_when(
    world: World, tmp_path: Path, mailbox: Callable[[Path, list[bytes]], Path]
) -> None:
    world.join("ann")
    path = mailbox(tmp_path, [*map(junk, range(10)), ours()])
    look = partial(bounces_of, world, tmp_path, path, BOUNDS["by their number"])
    first = look()
    assert (first.left, first.behind) == (7, (str(path),))
    began = world.clock.now
    world.clock.now += timedelta(minutes=1)
    as_mbox(tmp_path, [*map(junk, range(18)), ours()]) if mailbox is as_mbox else None
    while look().behind:
        with world.store.read() as connection:
            assert read_mails.behind(connection) == {f"bounces {path}": began}
    assert has_left(world)
    assert behind(world) == []


def test_one_mailbox_that_is_flooded_keeps_no_other_from_being_read(world: World, tmp_path: Path) -> None:
    world.join("ann")
    flooded, other = as_mbox(tmp_path, [*map(junk, range(20))]), as_maildir(tmp_path, [ours()])
    bounds = BOUNDS["by their number"]
    read = read_mail(world.store, world.clock, [flooded, other], KEYS, ask_for_link=None, bounds=bounds)
    assert read.counts == {MailOutcome.OTHER: 7, MailOutcome.ENDED: 1}
    assert read.behind == (str(flooded),)


@pytest.mark.more
def test_whoever_hands_us_a_file_has_all_of_it_read(world: World, tmp_path: Path) -> None:
    path = as_mbox(tmp_path, [*map(junk, range(1005))])
    assert bounces_of(world, tmp_path, path, boundless).left == 1005


def test_a_mailbox_on_a_server_is_read_in_looks_too(world: World, tmp_path: Path) -> None:
    world.join("ann")
    with FakeImap({1 + number: junk(number) for number in range(10)} | {11: ours()}) as server:
        mailbox = ImapMailbox(host="127.0.0.1", port=server.port, tls="none", username="bounces", password="swordfish")

        def look() -> BouncesRead:
            bounds = BOUNDS["by their number"]
            return read_imap(world.store, world.clock, mailbox, settings(tmp_path), bounds=bounds)

        first, second = look(), look()
        assert (first.left, first.behind, second.left, second.behind) == (7, (mailbox.name,), 3, ())
        assert second.requests == {MailOutcome.ENDED: 1}
        assert behind(world) == []
        # The one behind the bound was asked for twice, no other was.
        assert sum("BODY" in said for said in server.said) == 12


def test_bounds_ask_for_nothing_behind_the_one_that_is_too_much() -> None:
    asked: list[int] = []

    def mails() -> Iterator[int]:
        for number in count():
            asked.append(number)
            yield number

    bounds = LookBounds(mails=3)
    assert [*bounds.of(mails())] == [0, 1, 2]
    assert (asked, bounds.leaves) == ([0, 1, 2, 3], True)
