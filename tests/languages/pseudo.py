"""A language of our own that finds words outside the catalogues: every message stands in brackets, in itself unchanged.

It goes by the tag of Russian, so that dates come from CLDR in Cyrillic; what a site says itself is in Cyrillic too. So
each Latin word outside of brackets is one of ours that no translator can reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from solacefeed.catalogue import read
from tests.languages.catalogue_files import a_catalogue
from tests.languages.updating import TEMPLATE

LANGUAGE = "ru"
_PLURAL = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
#: Attributes that people read or hear.
_SAID = ("aria-label", "aria-roledescription", "alt", "title", "placeholder")
#: Names of formats, which no language has other words for, and what leads somewhere.
_NAMES = re.compile(r"\b(?:RSS|JSON|Atom|OPML)\b|(?:https?|webcal|mailto|tag):[^\s⟦⟧]*|example\.org/…|@@\w+@@(?:#\w+)?")
_MESSAGE = re.compile("⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")


def speak(folder: Path) -> None:
    """Writes its catalogue into *folder*, which is looked into from now on."""
    messages: dict[Any, Any] = {}
    for message in read(TEMPLATE):
        if isinstance(message.id, str) and message.id:
            messages[message.id] = f"⟦{message.id}⟧"
        elif message.id:
            messages[message.id] = (f"⟦{message.id[0]}⟧", *(f"⟦{message.id[1]}⟧" for _ in range(2)))
    a_catalogue(folder, f"{LANGUAGE}.po", messages, plural=_PLURAL)


def strays(text: str) -> list[str]:
    """The words of *text* that stand in no message."""
    shown = _NAMES.sub(" ", text)
    while (rest := _MESSAGE.sub(" ", shown)) != shown:
        shown = rest
    return _WORD.findall(shown)


def said_in(page: str) -> Iterator[str]:
    """All that a page says: to who reads it, to who hears it, and to whom it is shared with."""
    root: Any = lxml_html.document_fromstring(page)
    for element in root.xpath("//style | //script | //comment()"):
        element.drop_tree()
    for element in root.xpath("//wbr"):
        element.drop_tag()
    # A message may have elements within it.
    yield " ".join(root.itertext())
    yield from (value for element in root.iter() for name in _SAID if (value := element.get(name)))
    yield from root.xpath("//meta[@name='description' or @property != 'og:type']/@content")


def strays_in(page: str) -> list[str]:
    return [word for text in said_in(page) for word in strays(text)]
