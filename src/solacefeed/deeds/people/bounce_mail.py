"""The mailbox of bounces is read, and each mail in it taken once.

names a mail of ours    a bounce or a complaint counts (``deeds.people.bounced``)
names none              forged, broken or another's: it changes nothing, and is listed
delay, absence          ignored
wants to unsubscribe    as in the mailbox of unsubscribes (``deeds.people.unsubscribe_mail``)
anything else           left for people in a folder: no reader's answer is lost

It names one by the signed return path that the mail had; or by a Message-ID on record beside the signed link of its
reader, for some complaints have no return path; or by a Message-ID alone that nobody could guess, of a copy to the
address that the report is about. Nobody who was not handed that mail has any of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from solacefeed.deeds.people.bounced import BounceRules, note_unknown, take_bounce
from solacefeed.deeds.people.look_bounds import LookBounds, MakeBounds, boundless, note_rest
from solacefeed.deeds.people.unsubscribe_mail import AskForLink, take_request
from solacefeed.delivery import mailboxes
from solacefeed.delivery.bounces import read_report
from solacefeed.delivery.imap_mailbox import ImapMailbox, ImapPlace
from solacefeed.delivery.mailboxes import StoredMail
from solacefeed.delivery.return_path import MailedKind, read_path
from solacefeed.digest.unsubscribe_mails import request
from solacefeed.email_addresses import canonical
from solacefeed.errors import SolacefeedError, UsageError
from solacefeed.models.bounces import BounceKind, BounceOutcome, BounceSource, Failure, ReportMail, ReportVerdict
from solacefeed.models.deliveries import Delivery
from solacefeed.models.letters import Letter
from solacefeed.models.mailbox import MailOutcome
from solacefeed.ports import Clock
from solacefeed.store import bounces, deliveries, outbox, read_mails, subscribers
from solacefeed.store.database import Store
from solacefeed.tokens import Keys, has_named, unsubscribing

#: Mails read in one transaction.
CHUNK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceSettings:
    """What bounces are read with."""

    keys: Keys
    rules: BounceRules
    #: The Maildir of what people have to read.
    unread: Path
    #: ``None`` where there are no pages to lead to.
    ask_for_link: AskForLink | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncesRead:
    """What became of the mails that were read now."""

    #: Of bounces and complaints.
    bounces: Mapping[BounceOutcome, int] = field(default_factory=dict)
    #: Of mails that want to be unsubscribed.
    requests: Mapping[MailOutcome, int] = field(default_factory=dict)
    #: Delays, absence notices and what else programs write.
    ignored: int = 0
    #: What no rule understands, in the folder for people.
    left: int = 0
    #: Mailboxes into which somebody delivers now: the next look reads them.
    locked: tuple[str, ...] = ()
    #: Mailboxes in which more waits than one look reads: the next one goes on there.
    behind: tuple[str, ...] = ()

    def __add__(self, other: BouncesRead) -> BouncesRead:
        return BouncesRead(
            bounces=Counter(self.bounces) + Counter(other.bounces),
            requests=Counter(self.requests) + Counter(other.requests),
            ignored=self.ignored + other.ignored,
            left=self.left + other.left,
            locked=self.locked + other.locked,
            behind=self.behind + other.behind,
        )

    def has_news(self) -> bool:
        return bool(self.ignored or self.left or any(self.bounces.values()) or any(self.requests.values()))

    def line(self) -> str:
        """``bounces: 2 addresses suppressed, 5 counted, 1 ignored``."""
        suppressed = self.bounces.get(BounceOutcome.SUPPRESSED, 0)
        told = [f"{suppressed} {'address' if suppressed == 1 else 'addresses'} suppressed"] if suppressed else []
        told += [f"{self.bounces[each]} {words}" for each, words in _WORDS.items() if self.bounces.get(each)]
        told += [f"{self.requests[each]} {words}" for each, words in _OF_REQUESTS.items() if self.requests.get(each)]
        told += [f"{self.ignored} ignored"] if self.ignored else []
        told += [f"{self.left} to be read by you"] if self.left else []
        locked = [f"{each} is being delivered into, and left for later" for each in self.locked]
        behind = [f"more waits in {each} for the next look" for each in self.behind]
        return f"bounces: {'; '.join(filter(None, (', '.join(told), *locked, *behind))) or 'nothing new'}"


_WORDS = {
    BounceOutcome.HELD: "held, for too many of an edition came back",
    BounceOutcome.COUNTED: "counted",
    BounceOutcome.BEFORE: "of suppressed addresses",
    BounceOutcome.NOTED: "noted",
    BounceOutcome.UNKNOWN: "of no mail of ours",
}
_OF_REQUESTS = {
    MailOutcome.ENDED: "unsubscribed",
    MailOutcome.BEFORE: "had unsubscribed before",
    MailOutcome.LINK: "mailed their link",
}

#: Mails that are none of ours to take, and that a person has to read.
_FOR_PEOPLE = (MailOutcome.OTHER, MailOutcome.UNREAD)


def read_files(
    store: Store, clock: Clock, paths: Sequence[Path], settings: BounceSettings, *, bounds: MakeBounds = LookBounds
) -> BouncesRead:
    """Reads what is new in these mailboxes, or files of one mail; raises ``SolacefeedError`` for what is none.

    Of each as much as its *bounds* let be read.
    """
    tally = _Tally()
    for path in paths:
        # Asked before it is read: what comes meanwhile makes it another one, and the next look reads on.
        now, mailbox, its = mailboxes.state(path), f"bounces {path}", bounds()
        with store.read() as connection:
            if now == read_mails.state(connection, mailbox):
                continue
        found = mailboxes.mails(path, lambda names: _known(store, names))
        if found is None:
            tally.locked.append(str(path))
            continue
        _read_all(store, clock, found, settings, tally, its)
        note_rest(store, clock, mailbox, its)
        tally.raise_trouble()
        if its.leaves:
            tally.behind.append(str(path))
            continue
        with store.write() as connection:
            read_mails.put_state(connection, mailbox, now)
    return tally.told()


def read_mails_given(store: Store, clock: Clock, mails: Iterable[StoredMail], settings: BounceSettings) -> BouncesRead:
    """Reads mails that somebody hands us, such as on the standard input: all of them."""
    tally = _Tally()
    _read_all(store, clock, iter(mails), settings, tally, boundless())
    tally.raise_trouble()
    return tally.told()


def read_imap(
    store: Store, clock: Clock, mailbox: ImapMailbox, settings: BounceSettings, *, bounds: MakeBounds = LookBounds
) -> BouncesRead:
    """Reads what is new in a mailbox on a server; raises as ``ImapMailbox.mails`` does, and what was read is kept."""
    tally, its = _Tally(), bounds()
    with store.read() as connection:
        place = _place(read_mails.state(connection, mailbox.name))
    with closing(mailbox.mails(place, its.leave)) as waiting:
        found = its.of(waiting)
        while chunk := [(*each, read_report(each[0].content)) for each in islice(found, CHUNK)]:
            _take_chunk(store, clock, [(mail, said) for mail, _, said in chunk], settings, tally)
            place = chunk[-1][1]
            if tally.trouble is None:
                with store.write() as connection:
                    read_mails.put_state(connection, mailbox.name, f"{place.validity} {place.uid}")
    note_rest(store, clock, mailbox.name, its)
    tally.raise_trouble()
    if its.leaves:
        tally.behind.append(mailbox.name)
    return tally.told()


def _place(told: str | None) -> ImapPlace | None:
    validity, _, uid = (told or "").partition(" ")
    return ImapPlace(validity=int(validity), uid=int(uid)) if validity.isdigit() and uid.isdigit() else None


def _own(name: str) -> str:
    """A file's name as it is known here: the mailbox of unsubscribes may be the same one."""
    return sha256(f"bounces {name}".encode()).hexdigest()


def _known(store: Store, names: Sequence[str]) -> set[str]:
    own = {_own(each): each for each in names}
    with store.read() as connection:
        return {own[each] for each in read_mails.among_these(connection, own.keys())}


class _Tally:
    def __init__(self) -> None:
        self.bounces = Counter[BounceOutcome]()
        self.requests = Counter[MailOutcome]()
        self.ignored = 0
        self.left = 0
        self.locked: list[str] = []
        self.behind: list[str] = []
        #: Why one could not be left for people, which is read again; the others are taken all the same.
        self.trouble: SolacefeedError | None = None

    def raise_trouble(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def told(self) -> BouncesRead:
        return BouncesRead(
            bounces=dict(self.bounces),
            requests=dict(self.requests),
            ignored=self.ignored,
            left=self.left,
            locked=tuple(self.locked),
            behind=tuple(self.behind),
        )


def _read_all(
    store: Store,
    clock: Clock,
    mails: Iterator[StoredMail],
    settings: BounceSettings,
    tally: _Tally,
    bounds: LookBounds,
) -> None:
    found = bounds.of(mails)
    # Each is understood before the next one is asked for, so that the bounds know what it took.
    while chunk := [(mail, read_report(mail.content)) for mail in islice(found, CHUNK)]:
        _take_chunk(store, clock, chunk, settings, tally)


def _take_chunk(
    store: Store,
    clock: Clock,
    read: Sequence[tuple[StoredMail, ReportMail]],
    settings: BounceSettings,
    tally: _Tally,
) -> None:
    with store.write() as connection:
        taken = [_take(connection, clock, mail, said, settings) for mail, said in read]
        if BounceOutcome.UNKNOWN in taken:
            # Once for all of them: it goes through as many as are kept.
            bounces.trim_unknown(connection)
    for mail, said in (each for each, one in zip(read, taken, strict=True) if one in _FOR_PEOPLE):
        _leave(store, clock, mail, said, settings, tally)
    for one in taken:
        match one:
            case BounceOutcome():
                tally.bounces[one] += 1
            case MailOutcome() if one not in _FOR_PEOPLE:
                tally.requests[one] += 1
            case ReportVerdict():
                tally.ignored += 1


def _take(
    connection: sa.Connection, clock: Clock, mail: StoredMail, said: ReportMail, settings: BounceSettings
) -> BounceOutcome | MailOutcome | ReportVerdict | None:
    """What became of it; ``None`` where it was read before. One for people counts as read when it was left for them."""
    outcome = _take_said(connection, clock, mail, said, settings)
    if outcome not in _FOR_PEOPLE:
        _note_name(connection, clock, mail)
    return outcome


def _note_name(connection: sa.Connection, clock: Clock, mail: StoredMail) -> None:
    if mail.name is not None:
        read_mails.note(connection, _own(mail.name), MailOutcome.BEFORE, at=clock())


def _take_said(
    connection: sa.Connection, clock: Clock, mail: StoredMail, said: ReportMail, settings: BounceSettings
) -> BounceOutcome | MailOutcome | ReportVerdict | None:
    if said.verdict in (ReportVerdict.BOUNCE, ReportVerdict.COMPLAINT):
        return _take_report(connection, clock, said, settings)
    if said.verdict in (ReportVerdict.DELAY, ReportVerdict.AUTOMATIC):
        new = read_mails.note(connection, said.mark, MailOutcome.AUTOMATIC, at=clock())
        return said.verdict if new else None
    return _take_other(connection, clock, mail, said, settings)


def _take_other(
    connection: sa.Connection, clock: Clock, mail: StoredMail, said: ReportMail, settings: BounceSettings
) -> MailOutcome | None:
    if read_mails.is_there(connection, said.mark):
        return None
    asked = request(mail.content)
    if asked.token is not None or asked.address is not None:
        outcome = take_request(connection, clock, asked, settings.keys, settings.ask_for_link)
    else:
        outcome = MailOutcome.OTHER
    if outcome not in _FOR_PEOPLE:
        read_mails.note(connection, said.mark, MailOutcome.BEFORE, at=clock())
    return outcome


def _leave(
    store: Store, clock: Clock, mail: StoredMail, said: ReportMail, settings: BounceSettings, tally: _Tally
) -> None:
    """Leaves it for people, with no transaction under way: its bytes wait for the disk."""
    try:
        # Before it counts as read: after a kill it is left once more, under the same name.
        mailboxes.leave(settings.unread, f"{said.mark[:32]}.eml", mail.content)
    except SolacefeedError as error:
        tally.trouble = tally.trouble or error
        return
    with store.write() as connection:
        tally.left += read_mails.note(connection, said.mark, MailOutcome.BEFORE, at=clock())
        _note_name(connection, clock, mail)


def _take_report(
    connection: sa.Connection, clock: Clock, said: ReportMail, settings: BounceSettings
) -> BounceOutcome | None:
    named = named_mail(connection, said, settings.keys)
    if named is None:
        return note_unknown(connection, said.failures[0], mark=said.mark, at=clock())
    return take_bounce(
        connection,
        settings.rules,
        what_is_said(said.failures, named.email),
        named,
        mark=said.mark,
        source=BounceSource.MAIL,
        at=clock(),
    )


def what_is_said(failures: Sequence[Failure], email: str) -> Failure:
    """What a bounce of one mail comes to that may name several recipients.

    What it says of the address itself counts; else of where that leads, and there the mildest, for one of them may have
    got it.
    """
    own = [each for each in failures if canonical(email) in map(canonical, each.addresses)]
    return max(own or failures, key=lambda each: _MILDNESS.index(each.kind))


_MILDNESS = (BounceKind.COMPLAINT, BounceKind.HARD, BounceKind.SOFT, BounceKind.SENDER)


def named_mail(connection: sa.Connection, said: ReportMail, keys: Keys) -> Delivery | Letter | None:
    """The mail of ours that a report names by what only its recipient was handed; ``None`` where it names none."""
    for address in said.paths:
        path = read_path(address)
        if path is None:
            continue
        is_copy = path.kind is MailedKind.COPY
        mail = deliveries.find(connection, path.number) if is_copy else outbox.find(connection, path.number)
        if mail is not None and path.is_of(mail, keys):
            return mail
    for number in {each for token in said.tokens if (each := _reader(token, keys)) is not None}:
        copy = bounces.copy_named(connection, number, said.message_ids)
        if copy is not None:
            return deliveries.find(connection, copy)
        letter = bounces.letter_named(connection, number, said.message_ids)
        if letter is not None:
            return outbox.find(connection, letter)
    return _named_by_code(connection, said, keys)


def _named_by_code(connection: sa.Connection, said: ReportMail, keys: Keys) -> Delivery | None:
    """A copy to an address that the report is about, by a Message-ID that nobody could guess.

    Those of older releases have the number of their subscriber, which anybody can guess, and are not believed.
    """
    for email in dict.fromkeys(email for each in said.failures for email in each.addresses):
        reader = subscribers.find(connection, email)
        number = reader and bounces.copy_named(connection, reader.id, said.message_ids)
        copy = deliveries.find(connection, number) if number else None
        if copy is not None and _is_unguessable(copy, said.message_ids, keys):
            return copy
    return None


def _is_unguessable(copy: Delivery, message_ids: Collection[str], keys: Keys) -> bool:
    name, _, code = copy.message_id.strip("<>").rpartition("@")[0].rpartition(".")
    begins = copy.edition_id.replace("/", "-")
    if copy.message_id not in message_ids or not name.startswith(begins):
        return False
    # Behind the edition's id stands the rest of its name: that it was made anew, or sent again.
    return has_named(code, copy.edition_id + name.removeprefix(begins), copy.subscriber_id, keys)


def _reader(token: str, keys: Keys) -> int | None:
    """Whose token it is; ``None`` for one that is not ours."""
    try:
        return unsubscribing(token, keys)[1]
    except UsageError:
        return None
