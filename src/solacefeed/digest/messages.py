"""One recipient's mail, made of a variant or a letter: MIME and headers.

The law: the same variant, recipient and envelope give the same bytes, so a copy offered again can't be told from the
first. Every octet is below 128, no line is over 998 octets, and no name, title or address can begin a header of its
own. The one exception: an address with letters beyond ASCII stands raw in its header (RFC 6532), for such a
copy goes by SMTPUTF8 or not at all.

The header block is written here rather than by ``EmailMessage``, whose policy wraps a long List-Unsubscribe into
an RFC 2047 encoded word, which breaks one-click, and reads an encoded word in a name or a title as what it stands
for. What all recipients of a variant share is built once; a copy is then a matter of joining bytes.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, parseaddr, quote
from functools import lru_cache
from hashlib import sha256
from sys import getsizeof
from urllib.parse import quote as percent_encoded

from solacefeed.digest.long_words import breakable, wrapped
from solacefeed.digest.memo import Memo
from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE, disarmed
from solacefeed.errors import Unaddressable
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import Variant
from solacefeed.models.letters import Letter, LetterWords

_CRLF = "\r\n"
# The longer of two that begin alike stands first.
_PLACEHOLDER = re.compile(f"({UNSUBSCRIBE}|{RECIPIENT}|{CHOICE}|{PAUSE}|{PREFERENCES})")
_CHOICE_LINE = re.compile(f"^.*{CHOICE}.*$", re.MULTILINE)
_LINE_END = re.compile(r"\r\n?|\n")
_NO_HEADER_TEXT = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ADDRESS = re.compile(r"[^\s@\"(),:;<>\\\[\]]{1,64}@[^\s@\"(),:;<>\\\[\]]{1,255}")
#: Of an ASCII word; a longer one would leave a line that can't be folded.
_LONGEST_WORD = 60
#: RFC 2047 section 2: a line with an encoded word has at most 76 characters, the word 75; ``Header``'s own limit is 78.
_LONGEST_LINE = 76

#: Of sheets that are kept: about a thousand.
SHEETS_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a copy is for."""

    subscriber_id: int
    email: str
    name: str | None
    #: Signed, for the purpose of unsubscribing; stands in the links as it is.
    token: str
    #: Of this copy, as ``message_id`` made it when the copy was intended.
    message_id: str
    #: What they chose, in words: "Housing and Education".
    choice: str
    #: Where they change that: https or mailto.
    preferences: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What all copies of an edition have in common."""

    #: As in the config: ``Example Council <digest@example.org>``.
    sender: str
    #: As in the config, with or without a name.
    reply_to: str
    #: The address that bounces go to.
    return_path: str
    digest_title: str
    #: RFC 2919, without the angle brackets: ``weekly.example.org``. Never changes, since readers filter by it.
    list_id: str
    #: BCP 47.
    language: str
    #: The edition's; not when a copy leaves.
    instant: datetime
    #: The page that takes one-click unsubscribes by POST; the token is appended.
    unsubscribe_https: str | None
    #: The mailbox that takes unsubscribes; where there is no page either, Reply-To's does.
    unsubscribe_mailto: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSender:
    """What all letters of the outbox have in common."""

    #: As in the config, as those of an edition's copies.
    sender: str
    reply_to: str
    return_path: str
    #: As those of an edition's copies, for a letter that is of a digest.
    unsubscribe_https: str | None = None
    unsubscribe_mailto: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A variant as all its recipients get it, the placeholders still in its quoted-printable parts."""

    headers: bytes
    before_text: bytes
    text: bytes
    #: The line of the text part that says what the recipient chose, to be filled and wrapped.
    choice_line: str
    before_html: bytes
    html: bytes
    end: bytes

    def size(self) -> int:
        """In memory, of all that is long in it."""
        return sum(map(getsizeof, (self.headers, self.text, self.html)))


class Sheets:
    """The sheets that the copies of an edition share, each made once.

    What is kept is bounded in bytes, not in number, so that an edition of many variants finds all of them there.
    """

    def __init__(self) -> None:
        self._kept: Memo[tuple[str, str, int, str | None, Envelope], Sheet] = Memo(SHEETS_BYTES, Sheet.size)

    def of(self, variant: Variant, envelope: Envelope) -> Sheet:
        # An edition that is made anew after it was cancelled has the same id and the same revisions.
        key = (variant.edition_id, variant.selection, variant.revision, variant.made_of, envelope)
        return self._kept.get(key, lambda: self.make(variant, envelope))

    def make(self, variant: Variant, envelope: Envelope) -> Sheet:
        return lay_out(variant, envelope)


def compose(variant: Variant, recipient: Recipient, envelope: Envelope, sheets: Sheets | None = None) -> Message:
    """The mail of *variant* to *recipient*; *sheets* are shared by the copies of an edition.

    Raises ``Unaddressable`` where the address can't stand in a mail.
    """
    _refuse_what_is_no_address(recipient.email, f"subscriber {recipient.subscriber_id}")
    sheet = (sheets or Sheets()).of(variant, envelope)
    links = _unsubscribe_links(envelope, recipient.token)
    parts = (
        _block(_own_headers(recipient, links)),
        sheet.headers,
        sheet.before_text,
        _filled(sheet.text, _in_text(sheet, recipient, links[0])),
        sheet.before_html,
        _filled(sheet.html, _in_html(recipient, links[0])),
        sheet.end,
    )
    return Message(
        sender=envelope.return_path, recipient=recipient.email, content=b"".join(parts), message_id=recipient.message_id
    )


def compose_letter(
    letter: Letter, words: LetterWords, sender: Envelope | LetterSender, *, token: str | None = None
) -> Message:
    """The mail of a letter of the outbox: no mailing list's; with a *token* it can be unsubscribed from all the same.

    Raises ``Unaddressable`` where the address can't stand in a mail.
    """
    _refuse_what_is_no_address(letter.email, f"letter {letter.id}")
    boundary = _boundary(f"letter {letter.message_id}")
    headers = {
        "To": _mailbox(letter.name, letter.email),
        "Message-ID": letter.message_id,
        **(_unsubscribing(_unsubscribe_links(sender, token)) if token else {}),
        **_ours(sender, words.subject, letter.created_at, words.language, of_the_list={}),
        **({"Reply-To": _mailbox(None, letter.reply_to)} if letter.reply_to else {}),
        **_of_two_parts(boundary),
    }
    parts = (
        _block(headers),
        _part_head(boundary, "text/plain"),
        _quoted_printable(_one_kind_of_line_end(words.text)),
        _part_head(boundary, "text/html"),
        _quoted_printable(_one_kind_of_line_end(words.html)),
        _end(boundary),
    )
    return Message(
        sender=sender.return_path, recipient=letter.email, content=b"".join(parts), message_id=letter.message_id
    )


def letter_id(kind: str, number: int, at: datetime, sender: str) -> str:
    """``<draft-20261122T070000-17.1@example.org>``: one for each letter, whatever is tried how often.

    With the instant, since a store that is begun anew numbers its letters anew.
    """
    return f"<{kind}-{at.astimezone(UTC):%Y%m%dT%H%M%S}-{number}.1@{_domain_of(sender)}>"


def message_id(edition_id: str, subscriber_id: int, sender: str) -> str:
    """``<weekly-2026-11-23.17@example.org>``: one for each copy, whatever is tried how often."""
    return f"<{edition_id.replace('/', '-')}.{subscriber_id}@{_domain_of(sender)}>"


# Of few senders, for each reader of an edition while it is being written.
@lru_cache(maxsize=8)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


# -- headers ----------------------------------------------------------------------------------------


def _own_headers(recipient: Recipient, links: list[str]) -> dict[str, str]:
    return {"To": _mailbox(recipient.name, recipient.email), "Message-ID": recipient.message_id} | _unsubscribing(links)


def _unsubscribing(links: list[str]) -> dict[str, str]:
    headers = {"List-Unsubscribe": ", ".join(f"<{link}>" for link in links)}
    # RFC 8058 allows it beside an https link alone: a POST can't be sent to a mailbox.
    if links[0].startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _shared_headers(variant: Variant, envelope: Envelope) -> dict[str, str]:
    of_the_list = {"List-Id": _mailbox(envelope.digest_title, envelope.list_id)}
    return _ours(envelope, variant.subject, envelope.instant, envelope.language, of_the_list)


def _ours(
    sender: Envelope | LetterSender, subject: str, instant: datetime, language: str, of_the_list: dict[str, str]
) -> dict[str, str]:
    """The headers of every mail that we send by ourselves."""
    return {
        "From": _mailbox(*parseaddr(sender.sender)),
        "Reply-To": _mailbox(*parseaddr(sender.reply_to)),
        "Subject": _subject(_one_line(subject)),
        "Date": format_datetime(instant.astimezone(UTC)),
        # Here among the others, since a copy that is offered again has the same bytes, whichever release offers it.
        **of_the_list,
        # RFC 3834 section 5, for "automatic (often periodic) processes": no autoresponder answers it.
        # The older Precedence was never standardised, and says no more.
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
        "MIME-Version": "1.0",
    }


def _of_two_parts(boundary: str) -> dict[str, str]:
    return {"Content-Type": f'multipart/alternative; boundary="{boundary}"'}


def _refuse_what_is_no_address(email: str, whose: str) -> None:
    if not (_ADDRESS.fullmatch(email) and email.isprintable()):
        raise Unaddressable(f"{whose}: this address can't stand in a mail; correct it")


def _unsubscribe_links(envelope: Envelope | LetterSender, token: str) -> list[str]:
    """One or two, the page first."""
    page, mailbox = envelope.unsubscribe_https, envelope.unsubscribe_mailto
    links = [page + token] if page else []
    if mailbox or not page:
        address = percent_encoded(mailbox or parseaddr(envelope.reply_to)[1], safe="@+")
        links.append(f"mailto:{address}?subject=unsubscribe%20{token}")
    return links


def _block(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}{_CRLF}" for name, value in headers.items()).encode()


def _subject(line: str) -> str:
    return _encoded(line, "Subject", "us-ascii" if _needs_no_encoding(line) else "utf-8")


def _mailbox(name: str | None, address: str) -> str:
    """RFC 5322's name-addr, and just as well RFC 2919's list-id with its phrase."""
    shown = _one_line(name or "")
    if not shown:
        return f"<{address}>"
    short = len(shown) <= _LONGEST_WORD and _needs_no_encoding(shown)
    phrase = f'"{quote(shown)}"' if short else _encoded(shown, "Reply-To", "utf-8")
    fold = "" if len(phrase) + len(address) <= _LONGEST_WORD else _CRLF
    return f"{phrase}{fold} <{address}>"


def _encoded(line: str, header_name: str, charset: str) -> str:
    return Header(line, charset, header_name=header_name, maxlinelen=_LONGEST_LINE).encode(linesep=_CRLF)


def _needs_no_encoding(line: str) -> bool:
    """Whether *line* is read as it stands; ``=?`` would begin an encoded word."""
    return line.isascii() and "=?" not in line and max(map(len, line.split()), default=0) <= _LONGEST_WORD


def _one_line(text: str) -> str:
    return _NO_HEADER_TEXT.sub(" ", text).strip()


# -- body -------------------------------------------------------------------------------------------


def lay_out(variant: Variant, envelope: Envelope) -> Sheet:
    """All of a mail that is the same for every recipient of *variant*; QP is most of the work."""
    boundary = _boundary(f"{variant.edition_id} {variant.selection} {variant.revision}")
    choice_line = _CHOICE_LINE.search(variant.text)
    return Sheet(
        headers=_block(_shared_headers(variant, envelope) | _of_two_parts(boundary)),
        before_text=_part_head(boundary, "text/plain"),
        text=_with_placeholders(_CHOICE_LINE.sub(CHOICE, variant.text)),
        choice_line=choice_line[0] if choice_line else CHOICE,
        before_html=_part_head(boundary, "text/html"),
        html=_with_placeholders(variant.html),
        end=_end(boundary),
    )


def _boundary(name: str) -> str:
    """``=_`` can't occur in quoted-printable (RFC 2045 section 6.7), so no content can end its part."""
    return "=_" + sha256(name.encode()).hexdigest()[:24]


def _part_head(boundary: str, kind: str) -> bytes:
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Transfer-Encoding": "quoted-printable"}
    return f"{_CRLF}--{boundary}{_CRLF}".encode() + _block(headers) + _CRLF.encode()


def _end(boundary: str) -> bytes:
    return f"{_CRLF}--{boundary}--{_CRLF}".encode()


def _with_placeholders(body: str) -> bytes:
    """*body* in quoted-printable, each placeholder whole at the beginning of a line."""
    *before, last = _PLACEHOLDER.split(_one_kind_of_line_end(body))
    return b"".join(_left_open(piece) + _soft_break(piece) for piece in before) + _quoted_printable(last)


def _one_kind_of_line_end(body: str) -> str:
    return _LINE_END.sub("\n", body)


def _in_text(sheet: Sheet, recipient: Recipient, unsubscribe: str) -> dict[str, str]:
    """What stands in the text part instead of each placeholder."""
    return {
        UNSUBSCRIBE: unsubscribe,
        RECIPIENT: recipient.email,
        CHOICE: _choice_in_text(sheet.choice_line, recipient.choice),
        PAUSE: _pausing(recipient.preferences),
        PREFERENCES: recipient.preferences,
    }


def _in_html(recipient: Recipient, unsubscribe: str) -> dict[str, str]:
    """What stands in the html instead of each placeholder."""
    return {
        UNSUBSCRIBE: html.escape(unsubscribe),
        RECIPIENT: breakable(recipient.email),
        CHOICE: _choice_in_html(recipient.choice),
        PAUSE: html.escape(_pausing(recipient.preferences)),
        PREFERENCES: html.escape(recipient.preferences),
    }


def _pausing(preferences: str) -> str:
    """Where they pause: a part of that page, but a mail has no parts (RFC 6068 section 2)."""
    return preferences if preferences.startswith("mailto:") else f"{preferences}#pause"


# Of few choices, for each copy of an edition.
@lru_cache(maxsize=1024)
def _choice_in_text(line: str, choice: str) -> str:
    return wrapped(line.replace(CHOICE, disarmed(_one_line(choice))))


@lru_cache(maxsize=1024)
def _choice_in_html(choice: str) -> str:
    return breakable(disarmed(_one_line(choice)))


def _filled(part: bytes, said: Mapping[str, str]) -> bytes:
    # In their order: nothing that is put in has @@ in it, and no placeholder begins a later one.
    for placeholder, words in said.items():
        part = part.replace(placeholder.encode(), _left_open(words))
    return part


def _soft_break(piece: str) -> bytes:
    return b"" if not piece or piece.endswith("\n") else b"=\r\n"


def _left_open(piece: str) -> bytes:
    """*piece* in quoted-printable, with room for a soft break at its end."""
    return _quoted_printable(piece + "x")[:-1]


def _quoted_printable(text: str) -> bytes:
    # b2a_qp takes its soft breaks from the first line's end, so it is given one kind and the wire another.
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
