"""The log of a relay on this machine, Postfix's: the Message-IDs of mails that it has taken.

    postfix/cleanup[12]: 4F1D: message-id=<a@b>          while a mail comes in
    postfix/qmgr[13]: 4F1D: from=<...>, ... (queue active)     it was taken

A mail with the first line alone was cut off, or refused at its end.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

from solacefeed.errors import UsageError

#: Of a log that is not one, a line may be as long as the file.
_LONGEST = 10_000

_MESSAGE_ID = re.compile(r"/cleanup\[\d+\]: ([0-9A-Za-z]+): (?:resent-)?message-id=(<[^\s>]+>)")
_TAKEN = re.compile(r"/qmgr\[\d+\]: ([0-9A-Za-z]+): from=<")


def mails_taken(paths: Iterable[Path]) -> set[str]:
    """The Message-IDs of all mails in these logs, packed ones (``.gz``) too; raises ``UsageError``."""
    named: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        try:
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
                while line := file.readline(_LONGEST):
                    _read(line.decode("utf-8", "replace"), named, taken)
        except (OSError, EOFError) as error:
            why = (isinstance(error, OSError) and error.strerror) or "it is no log"
            raise UsageError(f"--relay-log {path} can't be read: {why}") from error
    return taken


def _read(line: str, named: dict[str, str], taken: set[str]) -> None:
    if found := _MESSAGE_ID.search(line):
        # A queue's id may be given anew, and then has another mail.
        named[found[1]] = found[2]
    elif (found := _TAKEN.search(line)) and (mail := named.pop(found[1], None)):
        taken.add(mail)
