"""What visitors type: an address that mail can go to, and what is to be told of one that looks mistyped."""

from __future__ import annotations

import re
from datetime import date, time

from solacefeed.email_addresses import email_address
from solacefeed.models.events import date_in_reach

#: Domains that are nobody's mail, or nobody's who types them here, and what was meant.
_MEANT = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com",
    "gnail.com": "gmail.com",
    "googlemail.con": "googlemail.com",
    "hotmial.com": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "hotmail.couk": "hotmail.co.uk",
    "outlok.com": "outlook.com",
    "outloook.com": "outlook.com",
    "outlook.con": "outlook.com",
    "yaho.com": "yahoo.com",
    "yahooo.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "yahoo.couk": "yahoo.co.uk",
    "icloud.con": "icloud.com",
    "iclould.com": "icloud.com",
    "btinternet.con": "btinternet.com",
}


def address(typed: str) -> str | None:
    """The address that was typed; ``None`` for what is none, or could be more than one."""
    try:
        email = email_address(typed.strip())
    except ValueError:
        return None
    # This machine is nobody's mailbox whom a stranger may name.
    return None if email.endswith("@localhost") else email


def whole_number(typed: str) -> int | None:
    """A number of the store's, of ASCII digits; ``None`` for anything else, and for one that no store holds."""
    return int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else None


def probably_meant(email: str) -> str | None:
    """What was meant by an *email* that is mistyped, as far as that can be known; ``None`` for what may be right."""
    local, _, domain = email.rpartition("@")
    meant = _MEANT.get(domain.casefold())
    return f"{local}@{meant}" if meant else None


def line(typed: str, most: int) -> str:
    """What was typed as one line of *most* characters: no line break can begin anything anew."""
    return " ".join("".join(each if each.isprintable() else " " for each in typed).split())[:most]


def day(typed: str) -> date:
    """A day in reach of an event; raises ``ValueError`` for what is none."""
    return date_in_reach(date.fromisoformat(typed))


def time_of_day(typed: str) -> time:
    """By the site's clock: one with an offset of its own is none, and raises ``ValueError`` as what is no time."""
    read = time.fromisoformat(typed)
    if read.tzinfo is not None:
        raise ValueError(typed)
    return read
