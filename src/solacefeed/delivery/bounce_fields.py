"""The fields of reports that programs write: of delivery status (RFC 3464, RFC 6533) and feedback (RFC 5965).

They are read as lines, not as a mail's headers: relays write them with blank lines, comments and types that no standard
knows, and what is left of one is worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from solacefeed.delivery.refusals import About, Stage, about, as_it_was_said, is_for_good, status_of
from solacefeed.delivery.relay_answers import read_back
from solacefeed.models.bounces import BounceKind, Failure

#: Of one field, lower-cased by its name; the first one of a name counts.
Fields = Mapping[str, str]

#: Of what a server said.
_LONGEST_WORDS = 500
#: Recipients of one report: each mail of ours has one, which an alias can make a few.
_MOST_RECIPIENTS = 50

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:(.*)", re.DOTALL)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"(?:^|[\s;:<(\[#])([45]\d\d)(?=[ \-]|$)")
#: What servers add to an answer: "(in reply to MAIL FROM command)", "after MAIL FROM:<...>", "[MAIL_FROM]".
_AT_MAIL = re.compile(r"(?:after|to)\s(?:end\sof\s)?MAIL\sFROM|\[MAIL_FROM\]", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\];:,\"]+@[^\s<>()\[\];:,\"]+")
#: RFC 6533 section 3: a letter beyond ASCII in a utf-8 address; RFC 3461 section 4: one that may not stand in a value.
_UTF_8 = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


def blocks(text: str) -> list[Fields]:
    """The groups of fields in *text*, parted by blank lines; those with no field are left out."""
    found: list[dict[str, str]] = [{}]
    name = None
    for line in text.splitlines():
        if not line.strip():
            found.append({})
            name = None
        elif line[0] in " \t":
            if name is not None and len(found[-1][name]) < 4 * _LONGEST_WORDS:
                found[-1][name] += f" {line.strip()}"
        elif field := _FIELD.fullmatch(line):
            name = field[1].lower()
            if name in found[-1]:
                name = None
            else:
                found[-1][name] = field[2].strip()[: 4 * _LONGEST_WORDS]
    return [each for each in found if each]


def failures(groups: Sequence[Fields]) -> tuple[list[Failure], bool]:
    """What a delivery status says of each recipient that is not reached; and whether it tells of another end.

    That is a delay, or an arrival.
    """
    told = [each for each in groups if "final-recipient" in each or "original-recipient" in each or "action" in each]
    failed, otherwise = [], False
    for fields in told[:_MOST_RECIPIENTS]:
        if _has_failed(fields):
            failed.append(_failure(fields))
        else:
            otherwise = True
    return failed, otherwise


def _has_failed(fields: Fields) -> bool:
    action = fields.get("action", "").lower()
    if action.startswith(("fail", "error")):
        # OpenSMTPD writes "error".
        return True
    if action.startswith(("delay", "deliver", "relay", "expand")):
        return False
    return fields.get("status", "").startswith("5")


def _failure(fields: Fields) -> Failure:
    said = fields.get("diagnostic-code", "")
    words = " ".join(said.partition(";")[2].split() if ";" in said[:20] else said.split())[:_LONGEST_WORDS]
    status = _STATUS.search(fields.get("status", ""))
    names = ("original-recipient", "x-actual-recipient", "final-recipient", "x-failed-recipients")
    found = [address for name in names for address in addresses(fields.get(name, ""))]
    return failure(found, status[1] if status else None, words)


def failure(found: Sequence[str], status: str | None, words: str) -> Failure:
    """A failure of the addresses that were *found*, of what kind it is, by its status and a server's *words*."""
    words = words[:_LONGEST_WORDS]
    exact = sorted(_STATUS.findall(words), key=_how_general)
    best = min([*filter(None, [status]), *exact[:1]], key=_how_general, default=None)
    return Failure(addresses=tuple(dict.fromkeys(found)), kind=_kind(best, words), status=best, words=words)


def refusal(address: str, answer: str) -> Failure:
    """What it means of *address* that a relay has refused a copy with that *answer*, as copies keep it.

    It is judged as it was when the relay gave it. Where no relay was asked, since no mail can be addressed so or this
    one takes none such, it is about us.
    """
    said = read_back(answer)
    whose = about(said.stage, said.code, said.text) if said else About.SENDER
    status = status_of(said.text) if said else None
    after_the_mail = said is not None and said.stage is Stage.MESSAGE
    kind = _kind_of(whose, said.text if said else "", after_the_mail=after_the_mail)
    return Failure(addresses=(address,), kind=kind, status=status, words=answer[:_LONGEST_WORDS])


def has_code(line: str) -> bool:
    """Whether a server's answer stands in *line*, or what became of a mail by RFC 3463."""
    return _CODE.search(line) is not None or _STATUS.search(line) is not None


def one_answer(lines: Sequence[str]) -> str:
    """The answer that begins with the first of *lines*, without the next one, in one line."""
    codes = [_CODE.search(line) for line in lines]
    first = codes[0][1] if codes and codes[0] else None
    others = (number for number, code in enumerate(codes) if code and code[1] != first and first)
    return " ".join(" ".join(lines[: next(others, len(lines))]).split())[:_LONGEST_WORDS]


def _how_general(status: str) -> int:
    """How little a status says: gateways write ``5.1.0`` or ``5.0.0`` before the one that they were told."""
    return status.count(".0")


def _kind(status: str | None, words: str) -> BounceKind:
    code = _CODE.search(words)
    number = int(code[1]) if code else {"4": 450, "5": 550}.get((status or "5")[0], 450)
    if (status or "").startswith("4") or number < 500:
        # For days it was put off: the server, or the way to it, is in trouble.
        return BounceKind.SOFT
    said = as_it_was_said(words)
    text = f"{status or ''} {_STATUS.sub('', said) if status else said}"
    of_whom = about(Stage.MAIL if _AT_MAIL.search(words) else Stage.RCPT, number, text)
    return _kind_of(of_whom, text)


def _kind_of(of_whom: About, text: str, *, after_the_mail: bool = False) -> BounceKind:
    if of_whom is About.SENDER:
        return BounceKind.SENDER
    for_good = of_whom is About.READER and is_for_good(text, after_the_mail=after_the_mail)
    return BounceKind.HARD if for_good else BounceKind.SOFT


def addresses(value: str) -> Iterator[str]:
    """The address in a field such as ``rfc822; ann@example.org``, and how it reads where it is spelt otherwise."""
    kind, semicolon, rest = value[:_LONGEST_WORDS].partition(";")
    told = rest if semicolon else kind
    plain = _ADDRESS.search(_UTF_8.sub(_letter, told))
    if plain is None:
        return
    address = plain[0].strip("'")
    yield address
    # In an Original-Recipient, +2B is a plus; elsewhere it may be the address itself.
    if (spelt := _XTEXT.sub(_letter, address)) != address and "@" in spelt:
        yield spelt


def _letter(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]
