"""Unsubscribes by mail: a token ends, a name alone gets its link, and a person reads the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.unsubscribe_mail import MailsRead, read_mail
from solacefeed.deeds.upkeep.reader_troubles import mails_to_read, unread_mails
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.digest.unsubscribe_mails import MOST_BYTES, request
from solacefeed.errors import SolacefeedError
from solacefeed.models.mailbox import MailOutcome
from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.stable import stable_hash
from solacefeed.store import subscribers
from tests.deeds.world import World
from tests.support.builders import A_CONSENT, LONDON, MONDAY

KEYS = ("a-key",)


def token(number: int = 1) -> str:
    return tokens.for_unsubscribing("weekly", number, KEYS)


def a_mail(*, subject: str = "", body: str = "", sender: str = "Ann <ann@example.org>", more: str = "") -> str:
    named = f"Message-ID: <{stable_hash([subject, body, sender, more])}@example.org>\n"
    return f"From: {sender}\nSubject: {subject}\n{named}{more}\n{body}\n"


def mbox(path: Path, *mails: str) -> Path:
    path.write_text("".join(f"From somebody Mon Nov 23 08:00:00 2026\n{mail}\n" for mail in mails))
    return path


def taken(world: World, *paths: Path, asked: list[str] | None = None) -> MailsRead:
    link = None if asked is None else lambda _connection, email: asked.append(email)
    return read_mail(world.store, world.clock, paths, KEYS, ask_for_link=link)


def state(world: World) -> SubscriptionState:
    with world.store.read() as connection:
        there = subscribers.subscription(connection, 1, "weekly")
    assert there is not None
    return there.state


def come_back(world: World) -> None:
    with world.store.write() as connection:
        ann = subscribers.find(connection, "ann@example.org")
        assert ann is not None
        subscribers.subscribe(
            connection, ann, "weekly", category_ids=None, consent=A_CONSENT, at=MONDAY, by=Actor.READER
        )


def test_a_mail_with_our_token_ends_its_subscription_and_is_taken_once_however_it_is_moved(
    world: World, tmp_path: Path
) -> None:
    world.join("ann")
    mail = a_mail(subject=f"unsubscribe {token()}", sender="Anybody <x@example.org>")
    assert taken(world, mbox(tmp_path / "box", mail)).counts == {MailOutcome.ENDED: 1}
    assert state(world) is SubscriptionState.ENDED
    come_back(world)
    # A mailbox program has written its own headers into it, and another mail has come.
    again = mbox(tmp_path / "box", mail.replace("\n\n", "\nStatus: RO\n\n", 1), a_mail(subject="Lunch?"))
    assert taken(world, again).counts == {MailOutcome.OTHER: 1}
    assert state(world) is SubscriptionState.CONFIRMED


def test_a_maildir_is_read_by_its_new_files_alone(world: World, tmp_path: Path) -> None:
    world.join("ann")
    for part in ("new", "cur", "tmp"):
        (tmp_path / "dir" / part).mkdir(parents=True)
    (tmp_path / "dir" / "new" / "1.host").write_text(a_mail(body=f"\n  Unsubscribe {token()}\n> quoted"))
    (tmp_path / "dir" / "tmp" / "2.host").write_text(a_mail(subject=f"unsubscribe {token()}"))
    assert taken(world, tmp_path / "dir").counts == {MailOutcome.ENDED: 1}
    (tmp_path / "dir" / "new" / "1.host").rename(tmp_path / "dir" / "cur" / "1.host:2,S")
    assert not taken(world, tmp_path / "dir").has_news()
    with pytest.raises(SolacefeedError, match="is no Maildir"):
        taken(world, tmp_path)


def test_what_is_no_mail_in_a_maildir_stops_none_that_is(world: World, tmp_path: Path) -> None:
    world.join("ann")
    new = tmp_path / "dir" / "new"
    new.mkdir(parents=True)
    (new / "0.folder").mkdir()
    os.mkfifo(new / "1.pipe")
    (new / "2.host").write_text(a_mail(subject=f"unsubscribe {token()}"))
    assert taken(world, tmp_path / "dir").counts == {MailOutcome.ENDED: 1}
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SolacefeedError, match="is no mailbox"):
        taken(world, tmp_path / "pipe")


@pytest.mark.parametrize("more", ["x,", "=?utf-8?q?x?= "])
def test_nobody_works_out_what_a_header_says_that_is_longer_than_any_of_ours(more: str) -> None:
    long = f"Ann <ann@example.org>, {more * 20_000}"
    found = request(f"From: {long}\nSubject: unsubscribe\nMessage-ID: <1@x>\n\n".encode())
    assert (found.token, found.address, found.is_broken) == (None, None, False)
    parameters = "".join(f"; p{number}=x" for number in range(4000))
    text = f"Subject: Off\nContent-Type: text/html{parameters}\n\nunsubscribe {token()}"
    # What is said of the text at such length isn't heard: it is plain.
    assert request(text.encode()).token == token()


@pytest.mark.parametrize(
    ("mail", "outcome"),
    [
        (a_mail(subject="Unsubscribe"), MailOutcome.LINK),
        (a_mail(subject="Re: please unsubscribe me!"), MailOutcome.LINK),
        (a_mail(subject="Hello", body="Stop.\n\nAnn"), MailOutcome.LINK),
        (a_mail(subject="unsubscribe", more="Auto-Submitted: auto-replied\n"), MailOutcome.AUTOMATIC),
        (a_mail(subject="unsubscribe", more="Return-Path: <>\n"), MailOutcome.AUTOMATIC),
        (a_mail(subject="A fine edition", body="Thank you.\n> unsubscribe " + token()), MailOutcome.OTHER),
        (a_mail(subject="A fine edition", body=f"Stop it: https://x.example/unsubscribe/{token()}"), MailOutcome.OTHER),
        (a_mail(subject=f"unsubscribe {token()[:-3]}abc"), MailOutcome.UNREAD),
        (a_mail(subject="unsubscribe", sender=""), MailOutcome.OTHER),
    ],
)
def test_what_anybody_could_write_in_anothers_name_ends_nothing(
    sqlite_store: object, tmp_path: Path, mail: str, outcome: MailOutcome
) -> None:
    world = World(sqlite_store)  # type: ignore[arg-type]
    world.join("ann")
    asked: list[str] = []
    assert taken(world, mbox(tmp_path / "box", mail), asked=asked).counts == {outcome: 1}
    assert asked == (["ann@example.org"] if outcome is MailOutcome.LINK else [])
    assert state(world) is SubscriptionState.CONFIRMED


def test_without_pages_a_person_reads_who_has_no_token(world: World, tmp_path: Path) -> None:
    done = taken(world, mbox(tmp_path / "box", a_mail(subject="unsubscribe")))
    assert done.line() == "unsubscribes: 1 to be read by you"


def test_a_mailbox_is_left_alone_while_somebody_delivers_into_it_and_never_changed(
    world: World, tmp_path: Path
) -> None:
    box = mbox(tmp_path / "box", a_mail(subject="Lunch?"))
    before = box.read_bytes()
    (tmp_path / "box.lock").touch()
    assert taken(world, box).locked == (str(box),)
    (tmp_path / "box.lock").unlink()
    assert taken(world, box).counts == {MailOutcome.OTHER: 1}
    assert box.read_bytes() == before


HOSTILE: Sequence[bytes] = (
    b"",
    b"\x00" * 100,
    b"Subject: =?utf-8?b?////?=\nFrom: @@@<<>>\n\n",
    b"Content-Type: multipart/mixed; boundary=" + b"a" * 9000 + b"\n\n",
    b"\n".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d" % (n, n) for n in range(3000)),
    b"From: " + b"(" * 20_000 + b"\n\n",
    b"Content-Type: text/plain; charset=no-such\nSubject: hi\n\nunsubscribe",
    b"Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\n!!!",
    b"Subject: unsubscribe " + b"A" * (2 * MOST_BYTES) + b"\n\n",
    b"Subject: \xff\xfe\nMessage-ID: \xff\n\n\xff",
)


@pytest.mark.parametrize("content", HOSTILE)
def test_a_hostile_mail_is_a_value_like_any_other(content: bytes) -> None:
    found = request(content)
    assert (found.token, len(found.mark)) == (None, 64)


def test_status_tells_how_many_mails_wait_for_a_person(world: World, tmp_path: Path) -> None:
    mails = (a_mail(subject="Lunch?"), a_mail(subject="Off, please"), a_mail(subject=f"unsubscribe {token()[:-3]}abc"))
    taken(world, mbox(tmp_path / "box", *mails))
    status = site_status(world.store, MONDAY, "x", [world.digest], LONDON)
    assert [each.words[:7] for each in mails_to_read(status)] == ["2 mails"]
    assert [each.words[:7] for each in unread_mails(status)] == ["1 mail "]


def test_a_mailbox_of_the_config_is_empty_until_its_first_mail_comes_and_one_whose_folder_is_gone_is_told(
    world: World, tmp_path: Path
) -> None:
    def looked(path: Path) -> MailsRead:
        return read_mail(world.store, world.clock, [path], KEYS, ask_for_link=None, or_to_come=True)

    assert looked(tmp_path / "to-come") == MailsRead(counts={}, locked=())
    with pytest.raises(SolacefeedError, match="No such file"):
        looked(tmp_path / "gone" / "mbox")
    with pytest.raises(SolacefeedError, match="No such file"):
        taken(world, tmp_path / "to-come")
