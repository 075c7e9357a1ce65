"""What of a site's outlook is trouble, and what is worth a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from solacefeed.deeds.upkeep.disk_room import DiskRoom
from solacefeed.deeds.upkeep.edition_status import EditionOutcome
from solacefeed.deeds.upkeep.hints import Hint, instant
from solacefeed.deeds.upkeep.outlook import AudienceCount
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import ACKNOWLEDGE, Trouble
from solacefeed.words import counted

#: An audience that grew or shrank by more than this share, and by more readers than these, jumped.
_JUMP = 0.25
_ENOUGH_READERS = 20

#: Of the copies that were handed over, such a share may be called spam: Gmail wants less than the first, and takes no
#: more mail where it is more than the second (its rules for senders, of February 2024).
_COMPLAINTS_SHOW = 0.001
_COMPLAINTS_BITE = 0.003
#: One reader of a small edition is no share.
_ENOUGH_COMPLAINTS = 3


def not_done(status: SiteStatus) -> Iterator[Trouble]:
    if status.waits_for:
        return
    for each in status.outlook.not_done:
        stands = f"and is {each.state}" if each.state else "and is not made"
        yield Trouble(
            key=f"not-done:{each.id}",
            words=f"{each.id} closed on {instant(each.closed_at)}, {stands}",
            ends_by="`solacefeed prepare` makes it, or says why not: is the daemon or cron running?",
        )


def audience_jumps(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.outlook.audiences:
        if _has_jumped(each):
            yield Trouble(
                key=f"audience-jump:{each.digest}",
                words=f"{each.digest} has {counted(each.now, 'reader')}, and had {each.before} when {each.edition_id} "
                "was made",
                ends_by=f"look at `solacefeed subscribers list --digest {each.digest}`; the next edition ends this, "
                f"or {ACKNOWLEDGE}",
                cause=f"{each.edition_id} {'more' if each.now > each.before else 'less'}",
                size=abs(each.now - each.before),
            )


def _has_jumped(audience: AudienceCount) -> bool:
    by = abs(audience.now - audience.before)
    return audience.before > 0 and by > _ENOUGH_READERS and by > audience.before * _JUMP


def complained_of(status: SiteStatus) -> Iterator[Trouble]:
    for each in status.editions:
        count = status.outlook.complaints.get(each.id, 0)
        if count >= _ENOUGH_COMPLAINTS and count > _taken(each) * _COMPLAINTS_BITE:
            yield Trouble(
                key=f"called-spam:{each.id}",
                words=f"{_called_spam(each, count)}: above 0.3 % large providers take no more mail from you",
                ends_by="`solacefeed bounces list --kind complaint` shows by whom, see docs/delivery.md on what "
                f"receivers want; {ACKNOWLEDGE}",
                size=count,
            )


def _complaints_show(status: SiteStatus) -> Iterator[Hint]:
    for each in status.editions:
        count = status.outlook.complaints.get(each.id, 0)
        share = count / max(_taken(each), 1)
        if count >= _ENOUGH_COMPLAINTS and _COMPLAINTS_SHOW < share <= _COMPLAINTS_BITE:
            yield Hint(
                key=f"called-spam:{each.id}",
                words=f"{_called_spam(each, count)}: more than 0.1 %",
                ends_by="`solacefeed bounces list --kind complaint` shows by whom; above 0.3 % it is trouble",
            )


def _called_spam(edition: EditionOutcome, count: int) -> str:
    return f"{count} of {counted(_taken(edition), 'copy', 'copies')} of {edition.id} were called spam"


def _taken(edition: EditionOutcome) -> int:
    return edition.copies.get("accepted", 0)


def told_besides(status: SiteStatus) -> Iterator[Trouble]:
    """What is no trouble to ``status``, and that operators are told of unasked all the same."""
    if status.quarantined:
        yield Trouble(
            key="quarantine",
            words=f"{status.quarantined} set aside that could not be read, kept, understood or shown",
            ends_by="`solacefeed posts quarantine list` says why; all else went on",
            size=status.quarantined,
        )


def full_disks(status: SiteStatus) -> Iterator[Trouble]:
    for room in status.disks:
        if room.is_too_little(status.outlook.store_size):
            yield Trouble(
                key=_of_disk(room),
                words=room.words,
                ends_by="make room there: where it ends, nothing is kept of what happens",
            )


def site_checks(status: SiteStatus) -> Iterator[Trouble]:
    """What a look of the last day found: of the certificates that readers see, and of our keys' records."""
    for name, found in status.outlook.checks.items():
        for number, (words, to_do) in enumerate(found):
            kind, _, of = name.partition(" ")
            yield Trouble(
                key=":".join(filter(None, (kind, of, str(number + 1) if number else ""))),
                words=words,
                ends_by=f"{to_do}; `solacefeed doctor` looks again at once",
            )


def _filling_disks(status: SiteStatus) -> Iterator[Hint]:
    for room in status.disks:
        if room.is_little and not room.is_too_little(status.outlook.store_size):
            yield Hint(key=_of_disk(room), words=room.words, ends_by="make room before it ends")


def _of_disk(room: DiskRoom) -> str:
    return f"disk:{room.holds.removeprefix('the ').replace(' ', '-')}"


def _by_mail_alone(status: SiteStatus) -> Iterator[Hint]:
    if status.outlook.by_mail_alone:
        yield Hint(
            key="by-mail-alone",
            words="alarms go by mail alone, and none can tell of a relay that takes no mail",
            ends_by="[monitoring] heartbeat or webhook tells of that; see docs/alarms.md",
        )


HINTS_OF_OUTLOOK: tuple[Callable[[SiteStatus], Iterator[Hint]], ...] = (
    _complaints_show,
    _filling_disks,
    _by_mail_alone,
)
