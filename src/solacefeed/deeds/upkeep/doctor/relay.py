"""What the relay and the mailbox of bounces say to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble
from solacefeed.delivery import mailboxes
from solacefeed.delivery.imap_mailbox import ImapMailbox
from solacefeed.delivery.relay_check import RelayAnswers, RelayProbe
from solacefeed.errors import SenderRefused, SolacefeedError, TransportError
from solacefeed.words import counted, instant_words, listing

#: A certificate that ends so soon is one that nobody renews.
ENDS_SOON = timedelta(days=21)
ENDS_NOW = timedelta(days=7)

#: Octets of a mail with all its events and excerpts, with room to spare.
_ENOUGH = 1_000_000

#: What a relay may lack, and what that costs.
_LACKING = {
    "PIPELINING": "so that each mail takes a round trip more for every command",
    "8BITMIME": "so that mail to addresses beyond ASCII can't go",
    "SMTPUTF8": "so that mail to addresses beyond ASCII can't go",
}


def relay_findings(relay: RelayProbe, return_path: str, *, verp: bool, now: datetime) -> Iterator[SiteFinding]:
    """Whether *relay* takes us, and what it can; nothing is mailed.

    It is asked by MAIL FROM whether it takes *return_path*, and one that is a mail's own where *verp* says so.
    """
    own = own_path(return_path)
    try:
        told = relay.ask([return_path, *([own] if verp else [])])
    except SenderRefused as error:
        yield trouble(str(error), "see [mail] username and password_file: no mail goes")
        return
    except TransportError as error:
        yield trouble(str(error), "see [mail] host, port, tls and ca_file: no mail goes")
        return
    yield ok(f"the relay takes us{f', over {told.tls}' if told.tls else ', in the clear'}")
    yield from certificate_findings("the relay's certificate", told.certificate_ends, now)
    yield from _of_return_paths(told, return_path, own if verp else None)
    yield from _of_features(told)


def own_path(return_path: str) -> str:
    """A return path as a mail has one of its own (``delivery.return_path``), of no mail of ours."""
    local, _, domain = return_path.rpartition("@")
    return f"{local}+c1.{'0' * 16}@{domain}"


def _of_return_paths(told: RelayAnswers, plain: str, own: str | None) -> Iterator[SiteFinding]:
    if plain in told.refused:
        yield trouble(
            told.refused[plain], "let the relay permit [mail] return_path, or take an address that it permits"
        )
    elif own and own in told.refused:
        yield trouble(
            f"the relay refuses a return path that is a mail's own: {told.refused[own]}",
            "let it permit what has a + in it, or write `verp = false` below [bounces]",
        )
    else:
        yield ok(f"the relay takes {plain} as a sender{', and what has a + in it' if own else ''}")


def _of_features(told: RelayAnswers) -> Iterator[SiteFinding]:
    lacking = [name for name in _LACKING if name not in told.features]
    for words in dict.fromkeys(_LACKING[name] for name in lacking):
        yield note(f"the relay has no {listing(name for name in lacking if _LACKING[name] == words)}, {words}")
    if told.largest is not None and told.largest < _ENOUGH:
        yield note(
            f"the relay takes mails of {told.largest} bytes at most", "an edition with much in it may be refused"
        )
    if not lacking:
        yield ok(f"the relay has {listing(_LACKING)}")


def imap_findings(mailbox: ImapMailbox) -> Iterator[SiteFinding]:
    """Whether the server of the bounces lets us read them; raises nothing of its own."""
    try:
        count = mailbox.count()
    except SolacefeedError as error:
        yield trouble(f"bounces: {error}", "see [bounces]: until then nobody is suppressed for what comes back")
        return
    yield ok(f"bounces are read at {mailbox.host}: {counted(count, 'mail')} in {mailbox.folder}")


def mailbox_file_findings(named: Mapping[str, Path]) -> Iterator[SiteFinding]:
    """Whether the mailboxes on this machine can be read, by the keys of the config that name them."""
    for key, path in named.items():
        try:
            if mailboxes.is_to_come(path):
                yield note(
                    f"{key}: {path} is not there yet", "does mail come there? Many servers make it with the first"
                )
                continue
            mailboxes.check(path)
        except SolacefeedError as error:
            yield trouble(f"{key}: {error}", "let it be a mailbox that the user of the daemon or cron can read")
        else:
            yield ok(f"{key}: {path} can be read")


def certificate_findings(whose: str, ends: datetime | None, now: datetime) -> Iterator[SiteFinding]:
    """How long a certificate still holds."""
    if ends is None:
        return
    left = ends - now
    said = f"{whose} ends {instant_words(ends)}, in {counted(max(left.days, 0), 'day')}"
    if left < ENDS_NOW:
        yield trouble(said, "renew it, and look why that is not done by itself")
    elif left < ENDS_SOON:
        yield note(said, "look why it is not renewed by itself")
    else:
        yield ok(said)
