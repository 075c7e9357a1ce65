"""What a relay's refusal is about: the reader, us, or the moment; by the stage, the code and the words.

One relay says ``550 5.7.1`` of an address, of our rights and of a word in the subject, so that words say more than
numbers; where neither says whose fault it is, the refusal may be about either. What a relay repeats of another host,
the reader's, is no word of its own: it never makes a refusal be about us. docs/delivery.md has the table of what relays
in the field say, and a test holds this module to it.
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

#: Enhanced codes under which no words are about us: no such mailbox or domain, a bad or ambiguous address, one that is
#: shut.
_OF_AN_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1"})

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

#: These name the sender, so that what stands beside them of an address is said of the sender's.
_PLAINLY_OF_US = re.compile(
    r"sender\ (address\ )?(is\ |has\ been\ |was\ )?(rejected|denied|refused) | domain\ of\ sender | invalid\ dns",
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


#: Before the words of another host that a server repeats: Postfix, Exim, Exchange, Sendmail, qmail.
_QUOTING = re.compile(
    r"""
    \bhosts?\ \S{1,255}(\ ?\[[^\]\s]{0,64}\])?\ (said|refused\ to\ talk\ to\ (me|us)|responded|replied|answered):?
    | (smtp\ )?error\ from\ (the\ )?remote\ (mail\ ?)?(server|host|mailer)(\ after\b)?
    | \bhost\ \S{1,255}\ \[[^\]\s]{0,64}\]:
    | remote\ (mail\ |smtp\ )?(server|host|mta)\ (returned|generated|said|responded|replied|answered)
    | (gave|generated)\ this\ error
    | while\ talking\ to\b | \bresponse:
    """,
    re.IGNORECASE | re.VERBOSE,
)


def of_its_own(text: str) -> str:
    """What a server says itself, up to where it repeats what another host has told it."""
    found = _QUOTING.search(text)
    return text[: found.start()] if found else text


def as_it_was_said(text: str) -> str:
    """A report's words without those that say only who said them: there the other host is the one that refuses."""
    return _QUOTING.sub(" ", text)


def about(stage: Stage, code: int, text: str) -> About:
    """Whom the reply *code* *text* at *stage* concerns, where it is a refusal."""
    text = of_its_own(text)
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
    if code in _WANTS_LOGIN:
        return About.SENDER
    if f"{subject}.{detail}" in _OF_AN_ADDRESS:
        return About.READER
    of_us, of_the_reader = _OF_US.search(words), _OF_THE_READER.search(words)
    if of_us:
        if not of_the_reader or of_status is About.SENDER or _PLAINLY_OF_US.search(words):
            return About.SENDER
        # Words of both kinds. Under a number that tells neither, what it says to the next copies tells.
        return _BY_SUBJECT.get(subject, About.EITHER) if detail != "0" else About.EITHER
    if of_status:
        return of_status
    if of_the_reader:
        return About.READER
    # What is undefined of a mailbox is anything, such as spam.
    return About.EITHER if (subject, detail) == ("2", "0") else _BY_SUBJECT.get(subject, About.EITHER)


#: What passes whatever stands beside it: a mailbox that is full, a server or a lookup in trouble, what is said to end.
_SURELY_PASSES = re.compile(
    r"""
    full | quota | storage | temporar | gr[ae]y-?list | maintenance | migrat | tomorrow | \buntil\b | in\ progress
    | unverified | try\ again | \b(later|timed?\ ?out|ldap|database)\b
    | directory\ (server|service|is|was|could|can|lookup|un)
    | (could\ not|couldn't|cannot|can't|unable\ to|failed\ to|not)\ (be\ )?(verif|check|look|validate|reach|connect)
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: What may pass: a rate, a content or policy; or what another mail need not meet.
_PASSES = re.compile(
    r"""
    exceed | suspend | insufficient | not\ enough | preferences
    | \b(rate|too\ (many|large|big|old))\b
    | spam | virus | content | polic(y|ies) | reputation | block(ed|ing|list) | blacklist | dmarc | \bspf\b | dkim
    | unsolicited | no\ answer | busy | server\ unavailable | connection\ (refused|reset|lost) | malformed
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: A mailbox that is not, a domain that is not, one that changed hands; what else stands there may pass.
_FOR_GOOD = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "4.4", "4.310", "7.17"})
#: These say it where the words do too: the book leaves them open, or one maker uses them so.
_FOR_GOOD_BY_WORDS = frozenset({".", "0.0", "1.0", "3.0", "4.1", "5.0"})
#: Once the mail itself is refused, the address was taken already: only these are still about it for good.
_FOR_GOOD_AFTER_THE_MAIL = frozenset({"1.1", "1.10", "2.1"})

_WHICH = r"(user|recipient|mailbox|address|account|addressee|person)s?\b"
#: Between that and what is said of it: nothing that it may be said of instead.
_BETWEEN = r"""(?:<\.\.\.>|[\s:;,.'"()\[\]<>-]|\b(?:is|was|has|been|are|address|account|name|mailbox|e?mail|user
    |recipient|rejected|refused|you|that|this|the|your|tried|to|reach|here|at|in|local|specified|requested|inbox|it|id)\b){0,24}"""
_IS_GONE = re.compile(
    rf"""
    \b(no\ such|unknown|invalid|inactive|bad|non-?existent|not\ a\ valid)\ (local\ )?
        (user|person|recipient|mailbox|address|account|destination|rcpt)\b
    | \b{_WHICH}{_BETWEEN}\b(unknown|not\ (found|exist|known|valid|local|here)|does(n't|\ not)\ exist|inactive
        |disabled|invalid|no\ longer)
    | no\ (mailbox|account)\ (here|by|with) | doesn't\ have\ an?\ \S+\ account
    | rejected:\ address\ blacklisted
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: RFC 5321 section 4.2.3 has these words for a mailbox that is not, and for one that is shut by a policy.
_IS_REFUSED = re.compile(rf"\b{_WHICH}{_BETWEEN}\bunavailable | address\ rejected", re.IGNORECASE | re.VERBOSE)


def is_for_good(text: str, *, after_the_mail: bool = False) -> bool:
    """Whether a refusal that is about the reader says that their address takes no mail any more.

    A mailbox that is full, 5.2.2 and most other 5.2.x, may be emptied. What the server repeats of another host must
    not say otherwise. *after_the_mail*: it was said of the mail, when its recipient had been taken.
    """
    own, whole = of_its_own(text), without_addresses(text)
    detail, words, repeated = ".".join(_status(own)), without_addresses(own), without_addresses(text[len(own) :])
    if _SURELY_PASSES.search(whole) or _PASSES.search(repeated) or _OF_US.search(repeated):
        return False
    is_gone = _IS_GONE.search(words) is not None
    if after_the_mail:
        return (detail in _FOR_GOOD_AFTER_THE_MAIL or is_gone) and not _PASSES.search(words)
    says_so = is_gone or _IS_REFUSED.search(words) is not None
    if _PASSES.search(words):
        return detail == "1.1" and says_so
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
    return _status(of_its_own(text))[0] == "7"


def status_of(text: str) -> str | None:
    """The enhanced code that a refusal is judged by."""
    subject, detail = _status(of_its_own(text))
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
