"""What readers wait for who came by themselves: an answer to a form, an answer to a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solacefeed.deeds.upkeep.hints import LETTER_SHOULD_HAVE_GONE, Hint, instant
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.words import counted

#: So long before its day a complaint presses.
PRESSES = timedelta(days=5)

#: For so long more may wait in a mailbox than looks at it read, as after many mails at once.
BEHIND_TOO_LONG = timedelta(hours=6)

#: After so long whoever asked to be erased should be.
ERASED_WITHIN = timedelta(days=1)

#: Asked of a mailbox that is not there.
DOES_MAIL_COME = "does mail come there, and is it spelt so? Many servers make it with the first"

_COMPLAINTS = "answer it, then `solacefeed complaints answered {number}`"


def unanswered_forms(status: SiteStatus) -> Iterator[Trouble]:
    since = status.sign_ups_since
    if since is not None and status.now - since > LETTER_SHOULD_HAVE_GONE:
        waits = "sign-up waits" if status.sign_ups == 1 else "sign-ups wait"
        yield Trouble(
            key="sign-ups",
            words=f"{status.sign_ups} {waits} to be answered, the oldest since {instant(since)}",
            ends_by="`solacefeed answer` answers them: is the daemon or cron running?",
        )


def forms_set_aside(status: SiteStatus) -> Iterator[Trouble]:
    if status.sign_ups_aside:
        are = "sign-up is" if status.sign_ups_aside == 1 else "sign-ups are"
        yield Trouble(
            key="sign-ups-aside",
            words=f"{status.sign_ups_aside} {are} set aside, for the letter can't be made: {status.sign_ups_aside_why}",
            ends_by="mend what it names: each is tried again every quarter of an hour, for seven days",
            size=status.sign_ups_aside,
        )


def unanswered_complaints(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.complaints:
        if each.due - status.now <= PRESSES:
            was = "was" if each.due < status.now else "is"
            yield Trouble(
                key=f"complaint:{each.id}",
                words=f"complaint {each.id} of a reader {was} to be answered by {each.due:%Y-%m-%d}",
                ends_by=_COMPLAINTS.format(number=each.id),
                # Known a week ahead, it is news once more when its day is over.
                cause=was,
            )


def syncs_held_back(status: SiteStatus) -> Iterator[Trouble]:
    for source, record in status.syncs_held.items():
        yield Trouble(
            key=f"sync:{source}",
            words=f"the sync of {source} is held back since {instant(record.started_at)}: {record.summary}",
            ends_by=f"look at the export, then `solacefeed subscribers sync FILE --source {source} --yes`; "
            "one that goes through ends it",
            cause=record.summary,
        )


def digests_half_ended(status: SiteStatus) -> Iterator[Trouble]:
    """Not while somebody ends it still."""
    for each in status.half_ended if "prepare" not in status.under_way else ():
        key = each.digest.key
        subscriptions = counted(each.subscriptions, "subscription")
        copies = counted(each.copies, "waiting copy", "waiting copies")
        yield Trouble(
            key=f"half-ended:{key}",
            words=f"{each.digest.name} was given up, and its end was cut off: it has still {subscriptions}, {copies}",
            ends_by=f"the next look ends them, `solacefeed digests end {key}` at once: is the daemon or cron running?",
            size=each.subscriptions + each.copies,
        )


def unerased(status: SiteStatus) -> Iterator[Trouble]:
    """They ask for it by law, and it is a look's work."""
    since = status.to_erase_since
    if since is not None and status.now - since > ERASED_WITHIN:
        waits = "person waits" if status.to_erase == 1 else "people wait"
        yield Trouble(
            key="erase",
            words=f"{status.to_erase} {waits} to be erased, the first since {instant(since)}",
            ends_by="the next look while nobody delivers erases them: is the daemon or cron running?",
            size=status.to_erase,
        )
    elif status.to_rewrite_since is not None and status.now - status.to_rewrite_since > 2 * ERASED_WITHIN:
        yield Trouble(
            key="erase:file",
            words=f"the store's file may hold bytes of who was erased since {instant(status.to_rewrite_since)}",
            ends_by="the next look while no deed is under way writes it anew; it needs as much room again on the disk",
        )


def fingerprint_key_missed(status: SiteStatus) -> Iterator[Trouble]:
    if status.key_amiss:
        yield Trouble(
            key="fingerprint-key",
            words=f"who was erased can't be known: {status.key_amiss}",
            ends_by="put back the file of [privacy] fingerprint_key_file from your backup; "
            "nobody is entered by others, nor erased, until then",
        )


def unread_mails(status: SiteStatus) -> Iterator[Trouble]:
    if status.mails_unread:
        count = counted(status.mails_unread, "mail")
        yield Trouble(
            key="unsubscribes",
            words=f"{count} to the unsubscribe mailbox can't be read, or has a token that is not ours",
            ends_by="look into the mailbox, `solacefeed subscribers end ADDRESS`, `solacefeed status --acknowledge`",
            size=status.mails_unread,
        )


def mails_to_read(status: SiteStatus) -> Iterator[Hint]:
    if status.mails_to_read:
        count = counted(status.mails_to_read, "mail")
        yield Hint(
            key="unsubscribes-to-read",
            words=f"{count} to the unsubscribe mailbox of the last fortnight asked in other words",
            ends_by="read them there, and `solacefeed subscribers end ADDRESS` who wants it",
        )


def bounces_to_read(status: SiteStatus) -> Iterator[Hint]:
    if status.bounces_to_read:
        waits = "mail waits" if status.bounces_to_read == 1 else "mails wait"
        yield Hint(
            key="bounces-to-read",
            words=f"{status.bounces_to_read} {waits} to be read by you, since no rule understands what came back",
            ends_by=f"read them in {status.bounces_folder}, a Maildir, do what they ask, and remove them there",
        )


def mailboxes_far_behind(status: SiteStatus) -> Iterator[Trouble]:
    for mailbox, since in status.mailboxes_behind.items():
        if status.now - since > BEHIND_TOO_LONG:
            yield Trouble(
                key=f"mailbox-behind:{mailbox}",
                words=f"since {instant(since)} more mails wait in {_of(mailbox)} than looks at it read",
                ends_by="look who fills it, and have your mail server refuse that; what is read stays read",
                cause=since.isoformat(),
            )


def mailboxes_behind(status: SiteStatus) -> Iterator[Hint]:
    for mailbox, since in status.mailboxes_behind.items():
        if status.now - since <= BEHIND_TOO_LONG:
            yield Hint(
                key=f"mailbox-behind:{mailbox}",
                words=f"more mails wait in {_of(mailbox)} than one look reads",
                ends_by="the next looks go on there",
            )


def mailboxes_to_come(status: SiteStatus) -> Iterator[Hint]:
    """Nothing is wrong before the first mail; but a misspelt one waits for ever."""
    for key, path in status.mailboxes_to_come.items():
        yield Hint(key=f"mailbox-to-come:{path}", words=f"{key}: {path} is not there yet", ends_by=DOES_MAIL_COME)


def _of(mailbox: str) -> str:
    """Where it lies: one may be read for bounces and for unsubscribes."""
    return mailbox.removeprefix("bounces ")


def bounces_unknown(status: SiteStatus) -> Iterator[Hint]:
    if status.bounces_unknown:
        one = status.bounces_unknown == 1
        names = "bounce of late names" if one else "bounces of late name"
        counts = "counts" if one else "count"
        yield Hint(
            key="bounces-unknown",
            words=f"{status.bounces_unknown} {names} no mail of ours, and {counts} for nobody: forged, or another's",
            ends_by="`solacefeed bounces list --outcome unknown` shows them; with many, look at [bounces] verp",
        )


def bounces_of_us(status: SiteStatus) -> Iterator[Trouble]:
    if status.bounces_of_us:
        came = counted(status.bounces_of_us, "mail of late came", "mails of late came")
        yield Trouble(
            key="bounces-of-us",
            words=f"{came} back because of us, and not of the reader",
            ends_by="`solacefeed bounces list --kind sender` shows what was said, `solacefeed status --acknowledge`",
            size=status.bounces_of_us,
        )


def bounces_held(status: SiteStatus) -> Iterator[Trouble]:
    for edition, count in status.bounces_held.items():
        came = "mail came" if count == 1 else "mails came"
        yield Trouble(
            key=f"bounces-held:{edition}",
            words=f"{count} {came} back of {edition} beyond what is believed, and suppress nobody until you say so",
            ends_by=f"`solacefeed bounces list --outcome held`, then `solacefeed bounces accept {edition}` or refuse",
            size=count,
        )


def open_complaints(status: SiteStatus) -> Iterator[Hint]:
    """Those that do not press yet."""
    others = [each for each in status.complaints if each.due - status.now > PRESSES]
    if others:
        wait = counted(len(others), "complaint of a reader waits", "complaints of readers wait")
        yield Hint(
            key="complaints",
            words=f"{wait} for an answer, the first until {others[0].due:%Y-%m-%d}",
            ends_by=_COMPLAINTS.format(number=others[0].id),
        )


HINTS_OF_READERS = (
    open_complaints,
    mails_to_read,
    mailboxes_behind,
    mailboxes_to_come,
    bounces_to_read,
    bounces_unknown,
)
