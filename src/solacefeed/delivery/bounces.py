"""What a mail in the mailbox of bounces says: a delivery status, a complaint, a delay, or nothing that we know.

    delivery status (RFC 3464, RFC 6533)  --> of each recipient: hard, soft, about us; or a delay
    feedback report (RFC 5965), and Microsoft's without one  --> a complaint
    disposition notification (RFC 8098), absence notice (RFC 3834)  --> by a program, and ignored
    the words of older mail servers  --> as flufl.bounce knows them

Every input gives a verdict, within bounds of size, parts and lines. Nothing here is believed: whoever can write to that
mailbox can write anything, and the deed asks whether it names a mail of ours by what only its recipient was handed.

The home of flufl.bounce 6. It takes any text for a bounce that has its patterns, tries these on each line, and raises
on what they don't foresee, such as a mail that is from nobody; so it is asked last, of lines that are cut, and what it
raises is an answer like another. It logs that with a traceback, in which words of the mail may stand: never here.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import getaddresses

from flufl.bounce import all_failures

from solacefeed.delivery.bounce_fields import Fields, addresses, blocks, failure, failures, has_code, one_answer
from solacefeed.delivery.mailboxes import MOST_BYTES
from solacefeed.delivery.return_path import read_path
from solacefeed.digest.received_mails import header, is_automatic, mark, parsed
from solacefeed.models.bounces import BounceKind, Failure, ReportMail, ReportVerdict

# Not by ``disabled``, which whoever configures logging later takes away, as uvicorn does.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)

#: What is looked at where no part says what the mail is: letters of its text, of a line, and lines around an address.
_MOST_TEXT = 64 * 1024
_LONGEST_LINE = 500
_LINES_AROUND = 10
#: Return paths, Message-IDs and tokens of one mail.
_MOST_NAMED = 10

#: Parts that are read as lines: no mail within a mail is parsed.
_PARTS = re.compile(rb"message/(?=[a-z0-9-])", re.IGNORECASE)
_AS_LINES = b"text/x-message-"
_STATUS_PARTS = frozenset({"text/x-message-delivery-status", "text/x-message-global-delivery-status"})
_DISPOSITION_PARTS = frozenset({"text/x-message-disposition-notification"})
#: RFC 8098 section 3.2.6.
_KEPT_NOT = "automatic-action/mdn-sent-automatically; deleted"
_RETURNED_PARTS = frozenset(
    {"text/x-message-rfc822", "text/x-message-global", "text/x-message-global-headers", "text/rfc822-headers"}
)

_FOLD = re.compile(r"\r?\n[ \t]+")
_PATH = re.compile(r"[^\s<>\"',;:]{1,64}\+[cl][0-9a-z]{1,13}\.[0-9a-f]{16}@[^\s<>\"',;:)]{1,255}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_OUR_TOKEN = re.compile(r"unsubscribe(?:/|%20|\s)([A-Za-z0-9_-]{2,400}\.[A-Za-z0-9_-]{20,100})")

#: A complaint that is none: its reader took it back, or a server tells of signatures (RFC 6591).
_NO_COMPLAINTS = frozenset({"not-spam", "auth-failure", "dmarc"})

#: How subjects of absence notices begin, where no header says that they are ones.
_ABSENT = re.compile(
    r"\s*(out of (the )?office|automatic reply|auto(matic)?[ -]?(response|reply|responder)|auto:|vacation|away from"
    r"|on holiday|on leave|abwesen|automatische antwort|absence|réponse automatique|respuesta automática"
    r"|risposta automatica|fuera de|afwezig|ymateb awtomatig|allan o)",
    re.IGNORECASE,
)
#: How the mail that came back is announced in a text.
_RETURNED = re.compile(
    r"below this line|copy of (the|your) (original )?message|original message|headers? follows?|"
    r"header of the original|returned mail|message text follows|^received:",
    re.IGNORECASE,
)
#: A server that says so has not given up.
_GOES_ON = re.compile(r"will (be|keep) (re)?try|(be|been) delayed|still trying|not yet been delivered", re.IGNORECASE)
_OF_A_MAIL_SYSTEM = re.compile(r"mailer-?daemon|postmaster|mail ?delivery|mail ?system|mailbounce", re.IGNORECASE)


def read_report(content: bytes) -> ReportMail:
    """What the mail says; of *content* the first ``mailboxes.MOST_BYTES`` count."""
    head = content[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        message = parsed(_PARTS.sub(_AS_LINES, head))
        found = _read(message, head) if message is not None else None
    except Exception:
        # The parser of the standard library falls over hostile headers in many ways.
        found = None
    return found or ReportMail(mark=mark("bounce broken", head.decode("latin-1")), verdict=ReportVerdict.BROKEN)


def _read(message: EmailMessage, head: bytes) -> ReportMail:
    identity = [header(message, name) for name in ("Message-ID", "Date", "From", "Subject")]
    raw = _FOLD.sub(" ", head.decode("utf-8", "replace"))
    known_by = mark("bounce", *identity) if identity[0] else mark("bounce", *identity, head.decode("latin-1"))
    verdict, found = _verdict(message, head, raw)
    returned = "\n".join([*_texts(message, _RETURNED_PARTS), raw])
    named = _PATH.findall(returned if len(returned) < 4 * MOST_BYTES else raw)
    return ReportMail(
        mark=known_by,
        verdict=verdict,
        failures=tuple(found),
        paths=_first(each for each in (*_PATH.findall(raw), *named) if read_path(each)),
        message_ids=_first(each for each in _MESSAGE_ID.findall(returned) if each != identity[0].strip()),
        tokens=_first(_OUR_TOKEN.findall(returned)),
    )


def _first(found: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST_NAMED]


def _verdict(message: EmailMessage, head: bytes, raw: str) -> tuple[ReportVerdict, list[Failure]]:
    if (said := _complaint(message)) is not None:
        return said
    groups = [group for text in _texts(message, _STATUS_PARTS) for group in blocks(text)]
    failed, otherwise = failures(groups or _groups_in_words(raw))
    if any(each.addresses for each in failed):
        return ReportVerdict.BOUNCE, failed
    if otherwise and not failed:
        return ReportVerdict.DELAY, []
    if deleted := _deleted(message):
        return ReportVerdict.BOUNCE, deleted
    if _is_of_a_program(message):
        return ReportVerdict.AUTOMATIC, []
    if old := _in_old_words(message, head) or _in_a_servers_words(message):
        return old
    if failed:
        return ReportVerdict.BOUNCE, failed
    # What a mail server says in words that nobody knows, people have to read.
    by_a_program = is_automatic(message) and not _is_of_a_mail_system(message)
    return (ReportVerdict.AUTOMATIC if by_a_program else ReportVerdict.OTHER), []


# -- reports -----------------------------------------------------------------------------------------


def _texts(message: EmailMessage, kinds: frozenset[str]) -> list[str]:
    return [_text_of(part) for part in message.walk() if part.get_content_type() in kinds]


def _text_of(part: object) -> str:
    """What a part says, its transfer encoding taken off; in whatever letters, since fields are of ASCII or UTF-8."""
    assert isinstance(part, EmailMessage)
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return text[:_MOST_TEXT]


def _groups_in_words(raw: str) -> list[Fields]:
    """The fields of a status whose part has lost its type, or of a mail that was never in parts."""
    if "final-recipient:" not in raw.lower():
        return []
    return [each for each in blocks(raw[:_MOST_TEXT]) if "final-recipient" in each and "action" in each]


def _deleted(message: EmailMessage) -> list[Failure]:
    """What Dovecot's delivery agent did not keep: it says so by a disposition, which others send when one is read."""
    groups = [group for text in _texts(message, _DISPOSITION_PARTS) for group in blocks(text)]
    done = [each for each in groups if each.get("disposition", "").lower().startswith(_KEPT_NOT)]
    found = [address for each in done for address in addresses(each.get("final-recipient", ""))]
    return [failure(found, None, _around(_own_text(message), found[0]))] if found else []


def _complaint(message: EmailMessage) -> tuple[ReportVerdict, list[Failure]] | None:
    feedback = _texts(message, frozenset({"text/x-message-feedback-report"}))
    returned = [each for text in _texts(message, _RETURNED_PARTS) for each in blocks(text)[:1]]
    if feedback:
        fields: Fields = {name: value for block in reversed(blocks(feedback[0])) for name, value in block.items()}
        kind = fields.get("feedback-type", "").strip().lower()
        if kind in _NO_COMPLAINTS:
            return ReportVerdict.AUTOMATIC, []
    else:
        # Microsoft's Junk Mail Reporting Program: the mail itself, with a header of theirs, and no report.
        fields = next((each for each in returned if "x-hmxmroriginalrecipient" in each), {})
        if not fields:
            return None
        kind = "abuse"
    names = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient")
    found = [address for each in (fields, *returned) for name in names for address in addresses(each.get(name, ""))]
    words = f"called it {kind or 'spam'}"
    of_whom = tuple(dict.fromkeys(found))
    return ReportVerdict.COMPLAINT, [Failure(addresses=of_whom, kind=BounceKind.COMPLAINT, status=None, words=words)]


# -- words -------------------------------------------------------------------------------------------


def _is_of_a_program(message: EmailMessage) -> bool:
    """Whether it is a reader's program that answers, and not a mail server."""
    if "disposition-notification" in header(message, "Content-Type").lower():
        return True
    if _is_of_a_mail_system(message):
        return False
    says = header(message, "Auto-Submitted").strip().casefold()
    answers = any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder"))
    return answers or says.startswith("auto-replied") or _ABSENT.match(header(message, "Subject")) is not None


def _is_of_a_mail_system(message: EmailMessage) -> bool:
    return _OF_A_MAIL_SYSTEM.search(header(message, "From")) is not None


def _in_old_words(message: EmailMessage, head: bytes) -> tuple[ReportVerdict, list[Failure]] | None:
    """What mail servers wrote before there was a standard, or write beside it; ``None`` where it is none of theirs."""
    lines = [line[:_LONGEST_LINE] for line in head[:_MOST_TEXT].split(b"\n")]
    passing, lasting = _known_to_flufl(b"\n".join(lines))
    told = [each for value in message.get_all("X-Failed-Recipients", []) for each in addresses(str(value))]
    # Exim names them in a header, which says it better than its words.
    lasting = told or lasting
    if lasting:
        text = _own_text(message) or b"\n".join(lines).decode("utf-8", "replace")
        return ReportVerdict.BOUNCE, [failure([each], None, _around(text, each)) for each in lasting]
    return (ReportVerdict.DELAY, []) if passing else None


def _in_a_servers_words(message: EmailMessage) -> tuple[ReportVerdict, list[Failure]] | None:
    """What a mail server says that no pattern knows: an address, and by it the code that another has answered."""
    if not (_is_of_a_mail_system(message) or header(message, "Return-Path").strip() == "<>"):
        return None
    text = _own_text(message)
    failed, _ = failures(_groups_in_words(text))
    if any(each.addresses for each in failed):
        return ReportVerdict.BOUNCE, failed
    lines = _own_lines(text)
    answered = next((number for number, line in enumerate(lines) if has_code(line)), None)
    if answered is None:
        return None
    ours = {each for name in ("To", "From", "Delivered-To") for each in addresses(header(message, name))}
    around = [*lines[max(answered - _LINES_AROUND, 0) : answered + 1][::-1], *lines[answered + 1 :]]
    named = next((each for line in around for each in addresses(line) if each not in ours), None)
    if named is None:
        return None
    if any(_GOES_ON.search(line) for line in lines):
        return ReportVerdict.DELAY, []
    return ReportVerdict.BOUNCE, [failure([named], None, one_answer(lines[answered : answered + _LINES_AROUND]))]


def _own_lines(text: str) -> list[str]:
    """Up to the mail that came back, whose words say nothing of it."""
    lines = [line for line in text.splitlines() if line.strip()]
    end = next((number for number, line in enumerate(lines) if number and _RETURNED.search(line)), len(lines))
    return lines[:end]


def _known_to_flufl(content: bytes) -> tuple[list[str], list[str]]:
    """The addresses that have failed for now, and those for good."""
    try:
        message = email.message_from_bytes(content)
        if not getaddresses([str(message.get("From", ""))]):
            del message["From"]
            message["From"] = "nobody@invalid"
        passing, lasting = all_failures(message)
    except Exception:
        return [], []
    return _decoded(passing), _decoded(lasting)


def _decoded(found: object) -> list[str]:
    """What of that is an address: some of its patterns take whole lines for one."""
    assert isinstance(found, set | frozenset)
    told = sorted(each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in found)
    return [each for each in told if each in addresses(each)]


def _own_text(message: EmailMessage) -> str:
    part = next((each for each in message.walk() if each.get_content_type() in ("text/plain", "text/html")), None)
    return _text_of(part) if part is not None else ""


def _around(text: str, address: str) -> str:
    """What stands by an address: its reason, in one line."""
    lines = _own_lines(text)
    where = next((number for number, line in enumerate(lines) if address.lower() in line.lower()), 0)
    return " ".join(" ".join(lines[where : where + _LINES_AROUND]).split())[:_LONGEST_LINE]
