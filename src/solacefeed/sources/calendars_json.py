"""The scripts of JSON-LD in a web page, as plugins and people write them: what can be read of each stands.

Law: reading is linear; what of a script is no JSON costs itself, and what was begun anew too often costs the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, Final

from solacefeed.sources.answers import TooMuchJson, from_json, number

_TAG: Final = re.compile(r"<script\b([^<>]{0,10000})>", re.I)
_JSON_LD: Final = re.compile(r"\btype\s{0,3}=\s{0,3}[\"']?\s{0,3}application/ld\+json\b", re.I)
_END: Final = re.compile(r"</script", re.I)
_CHARSET: Final = re.compile(rb"""charset\s{0,3}=\s{0,3}["']?([A-Za-z0-9_-]{1,40})""", re.I)
#: Marks around a script that hide it from the browsers of another time, or from XML.
_BEFORE: Final = ("<![CDATA[", "<!--", "//", "/*", "*/", "\ufeff")
_BEHIND: Final = ("]]>", "-->", "//", "/*", "*/", ";")
_MOST_MARKS: Final = 10
#: Characters of one script: more is no page's word for its events.
_LONGEST: Final = 8_000_000
#: How often one script is begun anew behind what is no JSON, and how many characters that may cost.
_MOST_BEGUN: Final = 2000
_MOST_READ: Final = 5 * _LONGEST

#: What is no JSON: comments of a script, and commas with nothing behind them.
_NOTHING: Final = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|,(?=\s{0,99}[\]},])"
_TEXT: Final = re.compile(rf'("(?:[^"\\]|\\.)*+(?:"|\Z))|{_NOTHING}', re.S)
#: Where a quote within a text is not escaped: one ends the text where something of JSON follows.
_FOLLOWS: Final = r"(?=\s{0,99}(?:[:}\]]|\Z|,\s{0,99}(?:[\"{\[}\]0-9-]|true\b|false\b|null\b)))"
_LOOSE_TEXT: Final = re.compile(rf'("(?:[^"\\]|\\.|"(?!{_FOLLOWS}))*+(?:"|\Z))|{_NOTHING}', re.S)
_ODD_ESCAPE: Final = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|(.?))', re.S)
_BROKEN: Final = "is broken"
_BEGINNING: Final = re.compile(r"[\[{]")


def decoded(body: bytes) -> str:
    """A page's letters: UTF-8, unless the page says otherwise or is plainly none of it."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    said = _CHARSET.search(body[:2048])
    charset = said[1].decode().lower() if said else ""
    latin = charset.startswith(("iso-8859-1", "latin", "windows-125", "cp125")) or _is_mostly_latin(body)
    try:
        return body.decode("windows-1252" if latin else charset or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _is_mostly_latin(body: bytes) -> bool:
    """Whether nothing but single letters of it would be lost in UTF-8."""
    return not re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", body)


def scripts(page: str, broken: Callable[[str], None]) -> Iterator[Any]:
    """What each script of JSON-LD in *page* says, wherever it stands; *broken* hears why one is not read whole."""
    for written in _written(page):
        yield from _values(written, broken)


def _written(page: str) -> Iterator[str]:
    at = 0
    while begins := _TAG.search(page, at):
        at = begins.end()
        if not _JSON_LD.search(begins[1]):
            continue
        ends = _END.search(page, at)
        if ends is None:
            return
        at = ends.end()
        if page[begins.end() : ends.start()].strip():
            yield page[begins.end() : ends.start()]


def _unwrapped(script: str) -> str:
    """What stands in CDATA or in a comment, and what a plugin has escaped as if it were text."""
    script = script.strip()
    for _ in range(_MOST_MARKS):
        before = next((mark for mark in _BEFORE if script.startswith(mark)), "")
        behind = next((mark for mark in _BEHIND if script.endswith(mark)), "")
        if not before and not behind:
            break
        script = script.removeprefix(before).removesuffix(behind).strip()
    return unescape(script) if "&quot;" in script and '"' not in script else script


def _values(written: str, broken: Callable[[str], None]) -> Iterator[Any]:
    """As JSON wants it, else as it is meant, else those of its parts that can be read."""
    if len(written) > _LONGEST:
        broken(_BROKEN)
        return
    script = _unwrapped(written)
    mended = ""
    for pattern in (None, _TEXT, _LOOSE_TEXT):
        mended = pattern.sub(_mended, script) if pattern else script
        try:
            yield from_json(mended)
        except TooMuchJson as error:
            broken(f"is {error}")
        except (ValueError, RecursionError):
            continue
        return
    yield from _parts(mended, broken)


def _mended(found: re.Match[str]) -> str:
    """A text with its quotes and escapes as JSON wants them; nothing of what is none."""
    text = found[1]
    if not text:
        return ""
    inner = text[1:-1] if len(text) > 1 and text[-1] == '"' else text[1:]
    escaped = _ODD_ESCAPE.sub(
        lambda odd: f"\\{odd[1]}" if odd[1] else odd[2] if odd[2] == "'" else f"\\\\{odd[2]}", inner
    )
    return f'"{_BARE_QUOTE.sub(_escaped, escaped)}"'


_BARE_QUOTE: Final = re.compile(r'\\.|"', re.S)


def _escaped(found: re.Match[str]) -> str:
    return '\\"' if found[0] == '"' else found[0]


def _parts(script: str, broken: Callable[[str], None]) -> Iterator[Any]:
    """One value after another, however they are parted; of a broken one what stands whole within it."""
    read = json.JSONDecoder(strict=False, parse_int=number).raw_decode
    at, cost, whole = 0, 0, True
    for _ in range(_MOST_BEGUN):
        begins = _BEGINNING.search(script, at)
        if begins is None:
            break
        try:
            value, at = read(script, begins.start())
        except json.JSONDecodeError as error:
            whole, at = False, begins.end()
            # The error counts the lines before it, too.
            cost += error.pos
        except RecursionError:
            whole = False
            break
        else:
            yield value
        if cost > _MOST_READ:
            break
    if not whole or _BEGINNING.search(script, at):
        broken(_BROKEN)
