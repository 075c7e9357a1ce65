"""One recipient's mail, made of a variant or a letter: MIME and headers.

The law: the same variant, recipient and envelope give the same bytes, so a copy offered again can't be told from the
first. Every octet is below 128, no line is over 998 octets, and no name, title or address can begin a header of its
own. The one exception: an address with letters beyond ASCII stands raw in its header (RFC 6532), for such a
copy goes by SMTPUTF8 or not at all.

What all recipients of a variant share is built once; a copy is then a matter of joining bytes.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from urllib.parse import quote as percent_encoded

from solacefeed.digest.bodies import (
    gapped,
    is_plain,
    left_open,
    one_kind_of_line_end,
    plain_breakable,
    plain_left_open,
    quoted_printable,
    run_together,
)
from solacefeed.digest.header_lines import block, mailbox, one_line, refuse_what_is_no_address, subject
from solacefeed.digest.long_words import LONGEST_UNBROKEN, breakable, wrapped
from solacefeed.digest.memo import Memo
from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE, disarmed
from solacefeed.mail_lines import GappedLines
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import Variant
from solacefeed.models.letters import Letter, LetterWords

_CRLF = "\r\n"

#: Of sheets that are kept: about a thousand.
SHEETS_BYTES = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)  # not frozen, as ``Delivery`` is not
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
    #: The page on which readers find help; where there is none, whoever reads Reply-To gives it.
    help_url: str | None = None
    #: The page of the editions that everyone may read.
    archive_url: str | None = None
    #: Of the edition, for Gmail: ``weekly-2026-11-23:weekly:digest:example-org``. Nothing in it is a reader's.
    feedback_id: str | None = None
    # Asked for with each copy, by which the sheet of its variant is found.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = tuple(getattr(self, each.name) for each in fields(self) if each.compare)
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        return self._hash


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
    """A variant as all its recipients get it, with gaps for what is each one's own: their header fields first."""

    lines: GappedLines
    #: What goes into the gaps, of all that is a recipient's own (``_own``).
    into_gaps: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]
    #: The line of the text part that says what the recipient chose, to be filled and wrapped.
    choice_line: str


class Sheets:
    """The sheets that the copies of an edition share, each made once.

    What is kept is bounded in bytes, not in number, so that an edition of many variants finds all of them there.
    """

    def __init__(self) -> None:
        self._kept: Memo[tuple[str, str, int, str | None, Envelope], Sheet] = Memo(
            SHEETS_BYTES, lambda sheet: sheet.lines.size()
        )

    def of(self, variant: Variant, envelope: Envelope) -> Sheet:
        # An edition that is made anew after it was cancelled has the same id and the same revisions.
        key = (variant.edition_id, variant.selection, variant.revision, variant.made_of, envelope)
        return self._kept.get(key, lambda: self.make(variant, envelope))

    def make(self, variant: Variant, envelope: Envelope) -> Sheet:
        return lay_out(variant, envelope)


def compose(
    variant: Variant,
    recipient: Recipient,
    envelope: Envelope,
    sheets: Sheets | None = None,
    *,
    return_path: str | None = None,
) -> Message:
    """The mail of *variant* to *recipient*; *sheets* are shared by the copies of an edition.

    It has a *return_path* of its own, or the envelope's. Raises ``Unaddressable`` where the address can't stand in a
    mail.
    """
    refuse_what_is_no_address(recipient.email, f"subscriber {recipient.subscriber_id}")
    sheet = (sheets or Sheets()).of(variant, envelope)
    own = _own(recipient, _unsubscribe_links(envelope, recipient.token), sheet.choice_line)
    content, on_the_wire = sheet.lines.filled(sheet.into_gaps(own))
    return Message(
        sender=return_path or envelope.return_path,
        recipient=recipient.email,
        content=content,
        message_id=recipient.message_id,
        known_on_the_wire=None if on_the_wire is None else (content, on_the_wire),
    )


def compose_letter(
    letter: Letter, words: LetterWords, sender: Envelope | LetterSender, *, token: str | None = None
) -> Message:
    """The mail of a letter of the outbox: no mailing list's; with a *token* it can be unsubscribed from all the same.

    Raises ``Unaddressable`` where the address can't stand in a mail.
    """
    refuse_what_is_no_address(letter.email, f"letter {letter.id}")
    boundary = _boundary(f"letter {letter.message_id}")
    headers = {
        "To": mailbox(letter.name, letter.email),
        "Message-ID": letter.message_id,
        **(_unsubscribing(_unsubscribe_links(sender, token)) if token else {}),
        **_ours(sender, words.subject, letter.created_at, words.language, of_the_list={}),
        **({"Reply-To": mailbox(None, letter.reply_to)} if letter.reply_to else {}),
        **_of_two_parts(boundary),
    }
    parts = (
        block(headers),
        _part_head(boundary, "text/plain"),
        quoted_printable(one_kind_of_line_end(words.text)),
        _part_head(boundary, "text/html"),
        quoted_printable(one_kind_of_line_end(words.html)),
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


def message_id(edition_id: str, code: str, sender: str) -> str:
    """``<weekly-2026-11-23.mrqw4zdf@example.org>``: one for each copy, whatever is tried how often.

    *code* says whose it is to whoever has the keys, and nothing to others (see ``tokens.for_message``).
    """
    return f"<{edition_id.replace('/', '-')}.{code}@{_domain_of(sender)}>"


def feedback_id(edition_id: str, digest: str, sender_id: str) -> str:
    """Gmail's campaign, customer, kind of mail and sender, by which it counts complaints; it counts no single mail."""
    return f"{edition_id.replace('/', '-')}:{digest}:digest:{sender_id}"


# Of few senders, for each reader of an edition while it is being written.
@lru_cache(maxsize=8)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


# -- headers ----------------------------------------------------------------------------------------


def _own_headers(recipient: Recipient, links: Sequence[str]) -> bytes:
    own = {"To": mailbox(recipient.name, recipient.email), "Message-ID": recipient.message_id, **_unsubscribing(links)}
    return block(own)


def _unsubscribing(links: Sequence[str]) -> dict[str, str]:
    headers = {"List-Unsubscribe": ", ".join([f"<{link}>" for link in links])}
    # RFC 8058 allows it beside an https link alone: a POST can't be sent to a mailbox.
    if links[0].startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _shared_headers(variant: Variant, envelope: Envelope) -> dict[str, str]:
    return _ours(envelope, variant.subject, envelope.instant, envelope.language, _of_the_list(envelope))


def _of_the_list(envelope: Envelope) -> dict[str, str]:
    """RFC 2919 and RFC 2369, whose fields stand whole on one line; and what Gmail counts complaints by."""
    people = parseaddr(envelope.reply_to)[1]
    headers = {
        "List-Id": mailbox(envelope.digest_title, envelope.list_id),
        "List-Help": f"<{envelope.help_url or _mailto(people) + '?subject=help'}>",
        "List-Owner": f"<{_mailto(people)}>",
    }
    if envelope.archive_url:
        headers["List-Archive"] = f"<{envelope.archive_url}>"
    if envelope.feedback_id:
        headers["Feedback-ID"] = envelope.feedback_id
    return headers


def _ours(
    sender: Envelope | LetterSender, subject_line: str, instant: datetime, language: str, of_the_list: dict[str, str]
) -> dict[str, str]:
    """The headers of every mail that we send by ourselves."""
    return {
        "From": mailbox(*parseaddr(sender.sender)),
        "Reply-To": mailbox(*parseaddr(sender.reply_to)),
        "Subject": subject(subject_line),
        "Date": format_datetime(instant.astimezone(UTC)),
        # Always here, since a copy that is offered again has the same bytes.
        **of_the_list,
        # RFC 3834 section 5, for "automatic (often periodic) processes": no autoresponder answers it.
        # The older Precedence was never standardised, and says no more.
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
        "MIME-Version": "1.0",
    }


def _of_two_parts(boundary: str) -> dict[str, str]:
    return {"Content-Type": f'multipart/alternative; boundary="{boundary}"'}


def _unsubscribe_links(envelope: Envelope | LetterSender, token: str) -> list[str]:
    """One or two, the page first."""
    page, address = envelope.unsubscribe_https, envelope.unsubscribe_mailto
    links = [page + token] if page else []
    if address or not page:
        links.append(f"{_mailto(address or parseaddr(envelope.reply_to)[1])}?subject=unsubscribe%20{token}")
    return links


# Of few addresses, for each copy of an edition.
@lru_cache(maxsize=16)
def _mailto(address: str) -> str:
    return f"mailto:{percent_encoded(address, safe='@+')}"


# -- body -------------------------------------------------------------------------------------------


def lay_out(variant: Variant, envelope: Envelope) -> Sheet:
    """All of a mail that is the same for every recipient of *variant*; QP is most of the work."""
    boundary = _boundary(f"{variant.edition_id} {variant.selection} {variant.revision}")
    lines = variant.text.split("\n")
    choice_line = next((line for line in lines if CHOICE in line), CHOICE)
    headers = block(_shared_headers(variant, envelope) | _of_two_parts(boundary)) + _part_head(boundary, "text/plain")
    between = _part_head(boundary, "text/html")
    text, in_html = gapped("\n".join([CHOICE if CHOICE in line else line for line in lines])), gapped(variant.html)
    gaps = [0, *map(_IN_TEXT.index, text.gaps), *(_HTML + _IN_TEXT.index(each) for each in in_html.gaps)]
    return Sheet(
        lines=GappedLines([b"", *run_together([headers], text.pieces, [between], in_html.pieces, [_end(boundary)])]),
        into_gaps=_picking(gaps),
        choice_line=choice_line,
    )


def _boundary(name: str) -> str:
    """``=_`` can't occur in quoted-printable (RFC 2045 section 6.7), so no content can end its part."""
    return "=_" + sha256(name.encode()).hexdigest()[:24]


def _part_head(boundary: str, kind: str) -> bytes:
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Transfer-Encoding": "quoted-printable"}
    return f"{_CRLF}--{boundary}{_CRLF}".encode() + block(headers) + _CRLF.encode()


def _end(boundary: str) -> bytes:
    return f"{_CRLF}--{boundary}--{_CRLF}".encode()


#: Where in what is a recipient's own stands what the text part has instead of each placeholder: behind the header
#: fields. In the same order what the html has stands so much further behind.
_IN_TEXT = ("", UNSUBSCRIBE, RECIPIENT, CHOICE, PAUSE, PREFERENCES)
_HTML = len(_IN_TEXT) - 1


def _picking(places: Sequence[int]) -> Callable[[tuple[bytes, ...]], tuple[bytes, ...]]:
    """What tells those that stand at these *places*."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda own: tuple(own[place] for place in places)


def _own(recipient: Recipient, links: Sequence[str], choice_line: str) -> tuple[bytes, ...]:
    """All that only this copy has: its header fields, and what stands instead of each placeholder in both parts."""
    unsubscribe, unsubscribe_in_html = _link(links[0])
    preferences, preferences_in_html = its_own = _link(recipient.preferences)
    pausing = _pausing(recipient.preferences)
    pause, pause_in_html = its_own if pausing == recipient.preferences else _link(pausing)
    address, address_in_html = _address(recipient.email)
    return (
        _own_headers(recipient, links),
        unsubscribe,
        address,
        _choice_in_text(choice_line, recipient.choice),
        pause,
        preferences,
        unsubscribe_in_html,
        address_in_html,
        _choice_in_html(recipient.choice),
        pause_in_html,
        preferences_in_html,
    )


def _link(link: str) -> tuple[bytes, bytes]:
    """As it stands in the text part and in the html, which of most links is the same."""
    if is_plain(link):
        written = plain_left_open(link)
        return written, written
    return left_open(link), left_open(html.escape(link))


def _address(email: str) -> tuple[bytes, bytes]:
    """The same of an address, which may break in html."""
    if not is_plain(email):
        return left_open(email), left_open(breakable(email))
    written = plain_left_open(email)
    return written, written if len(email) <= LONGEST_UNBROKEN else plain_breakable(email)


def _pausing(preferences: str) -> str:
    """Where they pause: a part of that page, but a mail has no parts (RFC 6068 section 2)."""
    return preferences if preferences.startswith("mailto:") else f"{preferences}#pause"


# Of few choices, for each copy of an edition.
@lru_cache(maxsize=1024)
def _choice_in_text(line: str, choice: str) -> bytes:
    return left_open(wrapped(line.replace(CHOICE, disarmed(one_line(choice)))))


@lru_cache(maxsize=1024)
def _choice_in_html(choice: str) -> bytes:
    return left_open(breakable(disarmed(one_line(choice))))
