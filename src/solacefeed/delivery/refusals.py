"""What a relay's refusal is about: the reader, us, or the moment; by the stage, the code and the words.

One relay says ``550 5.7.1`` of an address, of our rights and of a word in the subject, so that words say more than
numbers; where neither says whose fault it is, the refusal may be about either. docs/delivery.md has the table of what
relays in the field say, and a test holds this module to it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from solacefeed.traces import nameless


class Stage(StrEnum):
    """Where in the conversation the relay said it, as errors name it."""

    CONNECT = "the connection"
    LOGIN = "the login"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    MESSAGE = "the message"


class About(StrEnum):
    """Whom a refusal concerns."""

    #: This address: no other copy would be refused for it.
    READER = "reader"
    #: Us: every other copy would be refused too, until the operator has mended it.
    SENDER = "sender"
    #: Nobody: it may be taken later.
    MOMENT = "moment"
    #: This address or us; what the relay says to the next copies tells.
    EITHER = "either"


#: RFC 4954 sections 4 and 6: it wants a login, or a stronger one, or TLS; RFC 5248 section 2.4: ours is disabled.
_WANTS_LOGIN = frozenset({525, 530, 534, 535, 538})

_STATUS = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_HIDDEN = "<...>"
_NUMBERED = re.compile(r"\S*\d\S*")

#: Enhanced codes (RFC 3463, RFC 5248, RFC 7372) whose second and third number say it whatever the words are.
_BY_STATUS = {
    # The sender's own address is at fault, not the reader's.
    **dict.fromkeys(("1.7", "1.8", "1.20", "1.90"), About.SENDER),
    # "Mail system congestion" in the book; Gmail's for a sender's daily quota.
    "4.5": About.SENDER,
    # No route to the reader's domain; Exchange Online's for an unknown recipient.
    **dict.fromkeys(("4.1", "4.4", "4.310"), About.READER),
    # A mailbox name beyond ASCII, or one that changed hands; a list that we may not write to.
    **dict.fromkeys(("6.7", "7.2", "7.17", "7.18"), About.READER),
    # Exchange Online: the reader's group, mailbox or domain takes no mail of strangers.
    **dict.fromkeys(("7.13x", "7.124", "7.129", "7.504", "7.513"), About.READER),
    # Credentials, an account that is shut, encryption and trust; then SPF, DKIM, DMARC, reverse DNS, floods.
    **dict.fromkeys(("7.8", "7.10", "7.11", "7.12", "7.13", "7.14"), About.SENDER),
    **dict.fromkeys(("7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.28"), About.SENDER),
    # ARC or TLS, and REQUIRETLS or Gmail's for DKIM.
    **dict.fromkeys(("7.29", "7.30"), About.SENDER),
    # Exchange: may not relay, may not send as; then its verdicts on a sending domain, address or tenant.
    **dict.fromkeys(("7.3", "7.54", "7.57", "7.60", "7.64", "7.139"), About.SENDER),
    **dict.fromkeys(("7.5xx", "7.6xx", "7.7xx"), About.SENDER),
}

#: An enhanced code's second number: addresses, and mailboxes.
_BY_SUBJECT = {"1": About.READER, "2": About.READER}

_OF_US = re.compile(
    r"""
    # We may not relay.
    relay(ing)?\ (access\ |is\ )*(denied|prohibited|refused|disallowed|not\ (allowed|permitted)) | allowed\ rcpthosts
    | (unable|cannot|can't|not\ (allowed|permitted|authori[sz]ed))\ to\ relay | (do|does|will)\ not\ relay
    # We may not send in that name, or from that host.
    | send\ ?as\ ?denied | permissions?\ to\ send | (allowed|permitted|authori[sz]ed)\ to\ (send|perform)
    | sender\ (address\ )?(is\ |has\ been\ |was\ )?(rejected|denied|refused|not\ |invalid|verif\w+\ fail)
    | verification\ failed\ for\ < | sending\ denied | (client\ host|helo\ command)\ rejected | invalid\ dns
    | (spf|dkim|dmarc)\b.{0,40}\b(invalid|fail\w*|did\ not\ pass)
    | domain\ of\ sender | sending\ (domain|suspended) | outbound\ sender | banned\ send
    | ability\ to\ send | not\ yet\ activated | activate\ your
    | unauthori[sz]ed\ (ip|sender)
    | verified\ sender | (sender|address|domain|identity)\ is\ (not\ |un)verified
    # It does not know who we are.
    | auth\w*\ (is\ )?(required|failed|unsuccessful) | fail\w*\ to\ authenticate
    | (not|un)\ ?authenticated | invalid\ credentials | smtp\ auth
    # We have sent enough.
    | (daily|hourly|sending|submission|outbound|relay)\b.{0,40}\b(limit|quota|rate)
    | (limit|quota|threshold)\b.{0,20}\bfor\ (message|sending) | (messages|e?mails)\ per\ (second|minute|hour|day)
    | frequency\ limited | unusual\ sending
    | email\ quota | maximum\ credits | exceed\w*\ (its\ |the\ )?(permitted|threshold)
    # We stand on a list.
    | blocked\ using | (client|your|sending|sender|source|mail\ from)\b.{0,60}\b(blocked|listed|listing|blacklist\w*)
    | messages\ from\ .{0,60}\b(weren't\ sent|deferred|blocked) | \bis\ listed\ (on|in|by)\b
    | spamhaus | (bad|poor|low)\ reputation | dnsbl | \brbl\b | ipcheck\.proofpoint
    """,
    re.IGNORECASE | re.VERBOSE,
)

_OF_THE_READER = re.compile(
    r"""
    \b(no\ such|unknown|invalid|inactive|bad|non-?existent|not\ a\ valid)\ (local\ )?
        (user|person|recipient|mailbox|address|account|destination|rcpt)
    | \b(user|recipient|mailbox|address|account|addressee|person)\b.{0,40}
        \b(unknown|not\ (found|exist|known|valid|local|here)|does(n't|\ not)\ exist|unavailable|inactive|disabled
           |invalid|full|no\ longer|over\ quota)
    | no\ (mailbox|account)\ (here|by|with) | mailbox\ (is\ )?full | over\ ?quota | storage
    | doesn't\ have\ an?\ \S+\ account
    # Its bounces before made the relay give it up.
    | rejected:\ address\ blacklisted
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: Exchange Online: the reader's organisation takes no mail of strangers; its code is elsewhere about our password.
_OF_A_READERS_OWN = re.compile(r"not authenticated by organi[sz]ation", re.IGNORECASE)


def about(stage: Stage, code: int, text: str) -> About:
    """Whom the reply *code* *text* at *stage* concerns, where it is a refusal."""
    subject, detail = _status(text)
    if code >= 500 and subject == "7" and stage in (Stage.CONNECT, Stage.DATA):
        # No reader is known there yet, or none is meant any more.
        return About.SENDER
    if code < 500 or stage is Stage.CONNECT:
        return About.MOMENT
    of_status = _BY_STATUS.get(f"{subject}.{detail}") or _BY_STATUS.get(f"{subject}.{_family(detail)}")
    if stage in (Stage.LOGIN, Stage.MAIL):
        # At MAIL a reader's address can only be at fault by its letters (SMTPUTF8).
        return About.READER if f"{subject}.{detail}" == "6.7" else About.SENDER
    # Whoever joins may choose an address that says anything.
    words = without_addresses(text)
    if _OF_A_READERS_OWN.search(words) or (of_status is About.READER and subject == "7" and detail != "2"):
        # "Sender not authenticated for group": a reader's own rule, in words that elsewhere are about us.
        return About.READER
    if code in _WANTS_LOGIN or _OF_US.search(words):
        return About.SENDER
    if of_status:
        return of_status
    if _OF_THE_READER.search(words):
        return About.READER
    # What is undefined of a mailbox is anything, such as spam.
    return About.EITHER if (subject, detail) == ("2", "0") else _BY_SUBJECT.get(subject, About.EITHER)


#: What passes: a mailbox that is full, a rate, a server in trouble; or what another mail need not meet.
_PASSES = re.compile(
    r"""
    full | quota | storage | exceed | temporar | greylist | suspend | insufficient | not\ enough | preferences
    | \b(later|rate|timed?\ ?out|too\ (many|large|big|old))\b
    | spam | virus | content | polic(y|ies) | reputation | block(ed|ing|list) | blacklist | dmarc | \bspf\b | dkim
    | no\ answer | busy | server\ unavailable | connection\ (refused|reset|lost) | malformed
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IS_FULL = re.compile(r"full|quota|storage", re.IGNORECASE)

#: A mailbox that is not, a domain that is not, one that changed hands; what else stands there may pass.
_FOR_GOOD = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "4.4", "4.310", "7.17"})
#: These say it where the words do too: the book leaves them open, or one maker uses them so.
_FOR_GOOD_BY_WORDS = frozenset({".", "0.0", "1.0", "3.0", "4.1", "5.0"})
_ADDRESS_REJECTED = re.compile(r"address\ rejected", re.IGNORECASE | re.VERBOSE)


def is_for_good(text: str) -> bool:
    """Whether a refusal that is about the reader says that their address takes no mail any more.

    A mailbox that is full, 5.2.2 and most other 5.2.x, may be emptied.
    """
    detail, words = ".".join(_status(text)), without_addresses(text)
    says_so = _OF_THE_READER.search(words) is not None or _ADDRESS_REJECTED.search(words) is not None
    if _PASSES.search(words):
        return detail == "1.1" and says_so and not _IS_FULL.search(words)
    return detail in _FOR_GOOD or (detail in _FOR_GOOD_BY_WORDS and says_so)


#: Deferrals that each address has of its own: unknown, full, or met for the first time.
_OF_ONE_ADDRESS = re.compile(r"\b4\.[12]\.\d|gr[ae]y-?list|verif|unknown|storage|quota|full", re.IGNORECASE)


def wants_fewer(reply: str) -> bool:
    """Whether a deferral may mean that mail comes too fast, and not that one address can't take it now.

    *reply* is what the relay said alone: in a sentence about it the relay's name stands too.
    """
    return not _OF_ONE_ADDRESS.search(without_addresses(reply))


def is_for_policy(text: str) -> bool:
    """Whether a refusal names security or a policy (RFC 3463, 5.7.x)."""
    return _status(text)[0] == "7"


def status_of(text: str) -> str | None:
    """The enhanced code that a refusal is judged by."""
    subject, detail = _status(text)
    return f"5.{subject}.{detail}" if subject else None


def alike(text: str) -> str:
    """What two refusals have in common that say the same of two copies: all but addresses and numbers of their own."""
    status = ".".join(_status(text))
    return " ".join(f"{status} {_NUMBERED.sub('', without_addresses(text))}".lower().split())


def without_addresses(text: str) -> str:
    """*text* fit for a line that is logged or mailed: a relay repeats the reader's address."""
    return nameless(text, lambda _: _HIDDEN).replace(f"<{_HIDDEN}>", _HIDDEN)


def _status(text: str) -> tuple[str, str]:
    """The second and third number of the enhanced code, empty where there is none."""
    found = _STATUS.search(text)
    return (found[1], found[2]) if found else ("", "")


def _family(detail: str) -> str:
    """``515`` is one of ``5xx``, and ``133`` of ``13x``: whole ranges of one maker mean one thing."""
    return {"13": "13x"}.get(detail[:2], f"{detail[0]}xx") if len(detail) == 3 else ""
