"""How an address may stand in other words: what an erased one is looked for by, and each is taken out with."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

#: What stands instead of it.
ERASED = "(erased)"

#: Any address in a line of ours; what of a URL or a path stands before one is none of it.
_ANY = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_NAMELESS = "(an address)"

# No letter of a longer address stands before it, but for the second digit of a percent-encoded one; nor after it.
_BEFORE = r"(?:(?<![A-Za-z0-9._+-])|(?<=%[0-9A-Fa-f]{2}))"
_AFTER = r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9])"


@dataclass(frozen=True)
class Traces:
    """The traces of some addresses."""

    addresses: tuple[str, ...]

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Each form of each address, once whatever its case."""
        return tuple(sorted({form.casefold() for each in self.addresses for form in forms(each)}))

    def out_of(self, words: str) -> str:
        """*words* without the addresses; another address that only ends or begins so stays."""
        return self._pattern.sub(ERASED, words)

    def stand_in(self, words: str) -> bool:
        return self._pattern.search(words) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The longest first, and where there is none: what never matches.
        either = "|".join(map(re.escape, sorted(self.needles, key=len, reverse=True)))
        return re.compile(f"{_BEFORE}(?:{either}){_AFTER}" if either else r"(?!)", re.IGNORECASE)


def nameless(words: str, instead: Callable[[str], str | None] = lambda _: None) -> str:
    """*words* fit for a log: of each address in them what is said *instead*, such as ``subscriber 17``."""
    return _ANY.sub(lambda found: instead(found[0]) or _NAMELESS, words)


def forms(address: str) -> Iterable[str]:
    """An address as it is and as it is compared, its domain in letters and in ASCII, as JSON, HTML and URLs say it."""
    for form in {address, address.casefold(), *_by_domain(address)}:
        yield from (form, json.dumps(form)[1:-1], html.escape(form), quote(form, safe=""), quote(form, safe="@+"))


def _by_domain(address: str) -> Iterable[str]:
    local, _, domain = address.rpartition("@")
    for spell in (_in_ascii, _in_letters):
        try:
            yield f"{local}@{spell(domain)}"
        except UnicodeError:
            continue


def _in_ascii(domain: str) -> str:
    return domain.encode("idna").decode("ascii")


def _in_letters(domain: str) -> str:
    return domain.encode("ascii").decode("idna")
