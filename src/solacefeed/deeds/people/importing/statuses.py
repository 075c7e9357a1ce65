"""How somebody stands with the tool that a list comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from solacefeed.deeds.people.importing.columns import Columns, Field
from solacefeed.models.people import SuppressionReason


class There(IntEnum):
    """The higher counts, where several are said of one row."""

    SUBSCRIBED = 0
    PAUSED = 1
    UNCONFIRMED = 2
    UNSUBSCRIBED = 3
    BLOCKED = 4
    BOUNCED = 5
    COMPLAINED = 6


#: Who is in, and may be mailed or wished to be left alone for a while.
IN = (There.SUBSCRIBED, There.PAUSED)

#: What an address that must not be mailed is suppressed for.
SUPPRESSED_FOR: Mapping[There, SuppressionReason] = {
    There.BLOCKED: SuppressionReason.OPERATOR,
    There.BOUNCED: SuppressionReason.HARD,
    There.COMPLAINED: SuppressionReason.COMPLAINT,
}

#: As the tools write them, letters alone.
_WORDS: Mapping[str, There] = {
    word: there
    for there, words in {
        There.SUBSCRIBED: "subscribed active enabled confirmed optin optedin yes true",
        There.PAUSED: "paused",
        There.UNCONFIRMED: "unconfirmed pending notconfirmed nonsubscribed transactional",
        There.UNSUBSCRIBED: "unsubscribed unsubscribe optout optedout inactive disabled ended archived deleted removed "
        "cancelled canceled no false trashed",
        There.BLOCKED: "blocklisted blacklisted blocked suppressed",
        There.BOUNCED: "cleaned bounced bounce hardbounce hardbounced undeliverable",
        There.COMPLAINED: "complained complaint complaints spam abuse spamcomplaint reportedspam",
    }.items()
    for word in words.split()
}

#: Anything else in such a column says yes, a date too.
_NO = frozenset({"", "false", "no", "0", "n"})

# Mailchimp says it by the file's name alone.
_FILES = (
    (re.compile(r"unsubscribed", re.IGNORECASE), There.UNSUBSCRIBED),
    (re.compile(r"cleaned", re.IGNORECASE), There.BOUNCED),
    (re.compile(r"non-?subscribed", re.IGNORECASE), There.UNCONFIRMED),
)


#: How a row's person stands there; or, where that can't be told, why.
Stands = Callable[[Sequence[str]], There | str]


def stands_there(columns: Columns, whole_file: There | None) -> Stands:
    """What tells it of a row; *whole_file* is so of all of them."""
    least = There.SUBSCRIBED if whole_file is None else whole_file
    if not columns.tells_who_left:
        return lambda _cells: least
    statuses = columns.readers(Field.STATUS)
    wants, refuses = columns.readers(Field.WANTS), columns.readers(Field.REFUSES)
    ended, bounced = columns.readers(Field.ENDED_AT), columns.readers(Field.BOUNCED_AT)

    def stands(cells: Sequence[str]) -> There | str:
        words = [read(cells) for read in statuses]
        if words and not any(words):
            return "its status is empty"
        known = [_WORDS.get(re.sub(r"[\W_]+", "", word.casefold())) for word in words if word]
        if None in known:
            return f"its status is not known: {', '.join(words)[:80]}"
        said = [least, *(each for each in known if each is not None)]
        if any(read(cells).casefold() in _NO - {""} for read in wants):
            said.append(There.UNSUBSCRIBED)
        if any(read(cells).casefold() not in _NO for read in refuses) or any(read(cells) for read in ended):
            said.append(There.UNSUBSCRIBED)
        if any(read(cells) for read in bounced):
            said.append(There.BOUNCED)
        return max(said)

    return stands


def of_the_file(tool: str, name: str) -> There | None:
    """How all of a file stand, by its name; ``None`` where that says nothing."""
    if tool != "Mailchimp":
        return None
    return next((there for words, there in _FILES if words.search(name)), None)
