"""How an address may stand in other words: what an erased one is looked for by, and taken out with.

A letter is found in any case, composed or decomposed (Unicode), as itself or as URLs, HTML, JSON and quoted-printable
write it; a domain in letters and in the name service's spelling; all of it in base64 too, as it is written, in small
letters and in capitals.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html.entities import html5
from typing import Any
from unicodedata import combining, normalize

from solacefeed.email_addresses import canonical, domain_spellings

#: What stands instead of it.
ERASED = "(erased)"

_NAMELESS = "(an address)"

#: How the sign may be written that every address has; whatever has none of these, nor base64, names nobody.
AT_SIGNS = ("@", "%40", "%2540", "=40", "\\u0040", "&#", "&commat;")

#: A letter as it is, or as URLs (also one in another), quoted-printable, JSON and HTML write it.
_SPELT = re.compile(
    r"(?P<octet>(?:%(?:25)?|=)[0-9A-Fa-f]{2})|(?P<soft>=\r?\n)|(?<!\\)\\++u(?P<unit>[0-9A-Fa-f]{4})"
    r"|&\#0{0,9}(?P<number>[1-9]\d{0,6});?|&\#[xX]0{0,9}(?P<hex>[1-9A-Fa-f][0-9A-Fa-f]{0,5});?"
    r"|&(?P<name>[A-Za-z]\w{1,30});"
)
#: Of an address in a line of ours, beside letters and numbers: with what of a path stands before one.
_OF_LOCAL = frozenset("_.!#$%&'*+=?^`{|}~/-")
_DOT = r"[.\u3002\uff0e\uff61]"
_DOMAIN = re.compile(rf"[\w-]+(?:{_DOT}[\w-]+)+")
#: Where the sign is written in numbers it may be one's part (``size=4096.5``): the last label shows that it is none.
_DOMAIN_BEHIND_NUMBERS = re.compile(rf"[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[^\W\d_][\w-]*")
#: A machine's beside us, or a number (RFC 5321).
_DOMAIN_WITHOUT_DOT = re.compile(r"\[[\w.:]{2,50}\]|[\w-]+")
#: Of a mailbox that is quoted, as ``"joe smith"@example.org``.
_LONGEST_QUOTED = 200

#: By what letters may be hidden that are otherwise written as they are: a quoted-printable line's end, as it is and as
#: JSON has it, and numbers of HTML.
HIDING = ("=\n", "=\r\n", "=\\n", "=\\r\\n", "&#")

# No letter of a longer address stands before it, but where that one is the end of how another sign is written; nor
# after it. The signs are those that can't be part of an address: of URLs and quoted-printable, and of JSON.
_SIGN = r"(?:0[0-9A-Fa-f]|2[0-9ACFacf]|3[A-Fa-f]|5[B-Eb-e]|60|7[BDbd])"
_BEFORE = rf"(?:(?<![\w.+\u0300-\u036f-])|(?<=[%=]{_SIGN})|(?<=\\u00{_SIGN})|(?<=\\u20[0-9A-Fa-f]{{2}})|(?<=\\[bfnrt])"
# No address begins with a dot, and none has two in a row.
_BEFORE += r"|(?<=\.\.)|(?<=\s\.))"
# No domain ends in a hyphen or an underscore: there they are Markdown's, or a dash.
_AFTER = r"(?![^\W_]|[\u0300-\u036f]|[-_]+[^\W_]|\.\w)"
_SOFT_BREAK = r"(?:=\r?\n)?"

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{4,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
#: Of base64: where in four letters a word may begin.
_GROUP = 4


@dataclass(frozen=True)
class Traces:
    """The traces of some addresses."""

    addresses: tuple[str, ...]

    def out_of(self, words: str) -> str:
        """*words* without the addresses; another address that only ends or begins so stays."""
        return self._pattern.sub(ERASED, self._without_base64(words))

    def out_of_all(self, value: Any) -> Any:
        """A value of JSON, with all its keys and words, without the addresses."""
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, dict):
            return {self.out_of(key): self.out_of_all(each) for key, each in value.items()}
        return [self.out_of_all(each) for each in value] if isinstance(value, list) else value

    def stand_in(self, words: str) -> bool:
        return self._pattern.search(words) is not None or self._without_base64(words) != words

    def are(self, email: str) -> bool:
        """Whether *email* is one of the addresses, however it is spelt."""
        return canonical(email) in self._canonicals

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The addresses in small letters, where no database could take another spelling for another; else none."""
        plain = all(each.isascii() for each in self._spelt)
        return tuple(sorted({each.strip().lower() for each in self.addresses})) if plain else ()

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """Of each address a part that stands in whatever names it, but for ``HIDING`` and base64; in small letters."""
        return tuple(sorted({_core(each) for each in self.addresses}))

    @cached_property
    def encoded(self) -> tuple[str, ...]:
        """Parts of base64 of which one stands in whatever names an address so, also where a line ends in it."""
        return tuple(sorted({half for each in self._encoded for half in _halves(each)}))

    @cached_property
    def _encoded(self) -> frozenset[str]:
        cased = {form for each in self._spelt for form in (each, each.lower(), each.upper())}
        return frozenset(part for form in cased for part in _in_base64(form.encode()))

    @cached_property
    def _canonicals(self) -> frozenset[str]:
        return frozenset(map(canonical, self.addresses))

    @cached_property
    def _spelt(self) -> frozenset[str]:
        return frozenset(spelt for each in self.addresses for spelt in _by_domain(each.strip()))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The longest first, and where there is none: what never matches.
        either = "|".join(map(_pattern_of, sorted(self._spelt, key=lambda each: (-len(each), each))))
        return re.compile(f"{_BEFORE}(?:{either}){_AFTER}" if either else r"(?!)")

    def _without_base64(self, words: str) -> str:
        joined = words.replace("\r", "").replace("\n", "")
        if not any(each in joined for each in self._encoded):
            return words
        return _BASE64.sub(lambda run: ERASED if self._stand_in_base64(run[0]) else run[0], words)

    def _stand_in_base64(self, run: str) -> bool:
        told = re.sub(r"[\r\n=]", "", run).translate(str.maketrans("-_", "+/"))
        # Letters that belong to what is before it may stand at its beginning.
        return any(self._pattern.search(_decoded(told[start:])) for start in range(_GROUP))


def _by_domain(address: str) -> Iterator[str]:
    """An address as it is, composed, with its domain in letters and as it stands in the name service."""
    local, at, domain = normalize("NFC", address).rpartition("@")
    for spelt in {domain, *domain_spellings(domain)}:
        yield f"{local}{at}{spelt}"


def nameless(words: str, instead: Callable[[str], str | None] = lambda _: None) -> str:
    """*words* fit for a log: of each address in them what is said *instead*, such as ``subscriber 17``.

    However it is written, as with ``Traces``, but for base64. It takes as long as *words* are, whatever they hold.
    """
    if not any(sign in words for sign in AT_SIGNS):
        return words
    read, at = _read(words)
    told, done = [], 0
    for begin, end in _addresses(read, words, at):
        found = read[begin:end]
        # A slash may be part of an address, too; a path from the root, or of a URL, is none.
        head, slash, address = found.rpartition("/")
        is_path = found.startswith("/") and "=" not in head and not address.startswith("@")
        begin += len(f"{head}{slash}") if is_path else 0
        told += [words[done : at[begin]], instead(found) or instead(address) or _NAMELESS]
        done = at[end]
    return "".join((*told, words[done:]))


def _read(words: str) -> tuple[str, list[int]]:
    """*words* with each letter as it is, and where in them each stood; behind them their end."""
    read: list[str] = []
    at: list[int] = []
    done = 0
    for found in _SPELT.finditer(words):
        letter = _letter_of(found)
        if letter is None:
            continue
        read.append(words[done : found.start()])
        at.extend(range(done, found.start()))
        read.append(letter)
        at.extend([found.start()] * len(letter))
        done = found.end()
    read.append(words[done:])
    at.extend(range(done, len(words) + 1))
    return "".join(read), at


def _letter_of(found: re.Match[str]) -> str | None:
    """What is written so: nothing for a line's end that is none; ``None`` for what is no letter's spelling."""
    told = found.groupdict()
    if told["soft"]:
        return ""
    if told["name"]:
        named = html5.get(f"{told['name']};", "")
        return named if len(named) == 1 else None
    number = (
        next(int(told[each], 16) for each in ("unit", "hex") if told[each]) if told["unit"] or told["hex"] else None
    )
    if told["octet"]:
        number = int(told["octet"][-2:], 16)
        # Of a letter beyond ASCII it is a part.
        return chr(number) if number < 0x80 else "x"
    number = int(told["number"]) if number is None else number
    return chr(number) if number <= 0x10FFFF else None


def _addresses(read: str, words: str, at: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where each address begins and ends."""
    done = 0
    for sign in (found.start() for found in re.finditer("@", read)):
        if sign < done:
            continue
        begin = _begin_of_local(read, sign, done)
        domain = _domain(read, sign, is_plain=words[at[sign]] == "@") if begin < sign else None
        if domain is None:
            continue
        done = domain.end()
        # Of one that goes by way of another host, as in ``ann%40example.org@relay.example.net``.
        while read[done : done + 1] == "@" and (way := _domain(read, done, is_plain=True)) is not None:
            done = way.end()
        yield begin, done


def _begin_of_local(read: str, sign: int, least: int) -> int:
    if sign - 1 > least and read[sign - 1] == '"':
        quote = read.rfind('"', max(least, sign - _LONGEST_QUOTED), sign - 1)
        while quote > least and read[quote - 1] == "\\":
            quote = read.rfind('"', max(least, sign - _LONGEST_QUOTED), quote)
        return quote if quote >= 0 else sign
    begin = sign
    while begin > least and (read[begin - 1].isalnum() or read[begin - 1] in _OF_LOCAL):
        begin -= 1
    return begin


def _domain(read: str, sign: int, *, is_plain: bool) -> re.Match[str] | None:
    if not is_plain:
        return _DOMAIN_BEHIND_NUMBERS.match(read, sign + 1)
    # A page's ``/@name`` is no address.
    dotless = _DOMAIN_WITHOUT_DOT.match(read, sign + 1) if read[sign - 1] != "/" else None
    return _DOMAIN.match(read, sign + 1) or dotless


def _core(address: str) -> str:
    local, _, domain = normalize("NFC", address).lower().rpartition("@")
    # Of a domain beyond ASCII only the labels that are the same in both spellings.
    labels = [each for each in domain.split(".") if each.isascii() and not each.startswith("xn--")]
    runs = re.findall(r"[a-z0-9]+", local) or re.findall(r"[a-z0-9]+", " ".join(labels))
    return max(runs, key=len, default="")


# -- the pattern ------------------------------------------------------------------------------------------


def _pattern_of(address: str) -> str:
    return _SOFT_BREAK.join(map(_letter, _clusters(address)))


def _clusters(text: str) -> list[str]:
    """Each letter with the marks that combine with it."""
    found: list[str] = []
    for each in text:
        if found and combining(each):
            found[-1] += each
        else:
            found.append(each)
    return found


def _letter(letter: str) -> str:
    """A letter in each of its cases, in each way to write it."""
    ways = {way for cased in _cases(letter) for spelt in _composed(cased) for way in _ways(spelt)}
    return f"(?:{'|'.join(sorted(ways, key=lambda way: (-len(way), way)))})"


def _cases(letter: str) -> set[str]:
    if letter.isascii():
        return {letter.lower(), letter.upper()}
    once = {letter, letter.lower(), letter.upper()}
    # Σ is σ and ς in small letters. What grows, as ß does to SS, is not looked at again: ss is another letter.
    again = {case for each in once if len(each) == len(letter) for case in (each.lower(), each.upper())}
    capital = {"\N{LATIN CAPITAL LETTER SHARP S}"} if letter == "ß" else set()
    # As of ``canonical``: none becomes one of ASCII.
    return {each for each in once | again | capital if len(each) > 1 or not each.isascii()}


def _composed(letter: str) -> set[str]:
    return {letter, normalize("NFC", letter), normalize("NFD", letter)}


def _ways(letter: str) -> Iterator[str]:
    yield re.escape(letter)
    yield "".join(rf"&#(?:0*{ord(each)}|[xX]0*{_hex(f'{ord(each):x}')});?" for each in letter)
    if letter.isascii() and letter.isalnum():
        return
    # Of URLs, also of one in another, and of quoted-printable.
    yield "".join(f"(?:%(?:25)?|=){_hex(f'{octet:02x}')}" for octet in letter.encode())
    units = letter.encode("utf-16-be").hex()
    yield "".join(rf"\\+u{_hex(units[start : start + 4])}" for start in range(0, len(units), 4))
    yield from (f"&{re.escape(name)}" for name in _named().get(letter, ()))


def _hex(digits: str) -> str:
    return "".join(each if each.isdecimal() else f"[{each.lower()}{each.upper()}]" for each in digits)


@cache
def _named() -> dict[str, list[str]]:
    """The names of HTML for each letter."""
    found: dict[str, list[str]] = {}
    for name, letter in html5.items():
        if name.endswith(";"):
            found.setdefault(letter, []).append(name)
    return found


# -- base64 -----------------------------------------------------------------------------------------------


def _in_base64(octets: bytes) -> Iterator[str]:
    """As it stands in a longer text, wherever it begins there: what its neighbours have no part in."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + octets).rstrip(b"=").decode()
        last = len(coded) if (before + len(octets)) % 3 == 0 else len(coded) - 1
        yield coded[-(-before * 8 // 6) : last]


def _halves(part: str) -> Iterable[str]:
    middle = len(part) // 2
    return part[:middle], part[middle:]


def _decoded(told: str) -> str:
    whole = told[: len(told) // _GROUP * _GROUP] if len(told) % _GROUP == 1 else told + "=" * (-len(told) % _GROUP)
    try:
        return base64.b64decode(whole).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""
