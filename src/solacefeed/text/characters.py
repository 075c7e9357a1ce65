"""The characters a text may hold: those of XML 1.0 that say something, and none that disturb what stands around it.

Law: ``scrub`` and ``one_line`` are idempotent, and their result can stand in any XML, JSON or mail.
"""

from __future__ import annotations

import re
from itertools import groupby

# White space by meaning, though controls or separators by number.
_SPACES = {ord(character): " " for character in "\x0b\x0c\x1c\x1d\x1e\x1f"}
_BREAKS = {ord(character): "\n" for character in "\r\x85\u2028\u2029"}
_CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0)])
# Embeddings, overrides and isolates reach beyond their text when nobody ends them (UAX #9); marks do not.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000))
_BYTE_ORDER_MARK = {0xFEFF: None}
_NONCHARACTERS = dict.fromkeys(
    [*range(0xFDD0, 0xFDF0), *(plane | last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))]
)
_REPLACED: dict[int, str | None] = {
    **_SURROGATES, **_NONCHARACTERS, **_CONTROLS, **_BIDI, **_BYTE_ORDER_MARK, **_SPACES, **_BREAKS
}  # fmt: skip
_REFERENCE = re.compile(r"&#(?:[xX]0*+([0-9a-fA-F]{1,6})(?![0-9a-fA-F])|0*+([0-9]{1,7})(?![0-9]));?")
# Beyond the basic plane every character is suspect: sre searches for one wide range there ten times faster than
# for the few that are unwanted, and such characters are rare.
_RUNS = (
    [character for _, character in run]
    for _, run in groupby(enumerate(sorted(each for each in _REPLACED if each < 0x10000)), lambda at: at[1] - at[0])
)
_SUSPECT = re.compile("[" + "".join(f"\\u{run[0]:04x}-\\u{run[-1]:04x}" for run in _RUNS) + "\U00010000-\U0010ffff]")

_INK = re.compile("[^\\s\u200b\u200c\u200d\u2060\u00ad]")


def scrub(text: str) -> str:
    """*text* in characters of XML 1.0 (section 2.2), without controls, noncharacters and bidi overrides."""
    text = text.replace("\r\n", "\n")
    return text.translate(_REPLACED) if _SUSPECT.search(text) else text


def scrub_html(html: str) -> str:
    """*html* scrubbed, also of what its character references stand for."""
    html = _REFERENCE.sub(_scrubbed_reference, scrub(html))
    # "&#x&#x202E;202E;" is a reference only once that in it was taken out: such tricks are shown as they are written.
    tricked = any(_is_unwanted(reference) for reference in _REFERENCE.finditer(html))
    return html.replace("&#", "&amp;#") if tricked else html


def _scrubbed_reference(reference: re.Match[str]) -> str:
    return (_REPLACED[_code(reference)] or "") if _is_unwanted(reference) else reference[0]


def _is_unwanted(reference: re.Match[str]) -> bool:
    # Those of the C1 controls stand for characters of Windows-1252 (HTML, section 13.2.5.80).
    code = _code(reference)
    return code in _REPLACED and not 0x80 <= code < 0xA0


def _code(reference: re.Match[str]) -> int:
    return int(reference[1], 16) if reference[1] else int(reference[2])


def one_line(text: str) -> str:
    """*text* scrubbed, each run of white space (no-break ones too) made one space, none at the ends."""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(scrub(line).split())


def blank(text: str | None) -> bool:
    """Whether there is nothing to see in *text*, which is scrubbed."""
    # Most begin with a letter, and then nothing is looked for.
    return not text or not (text[0].isalnum() or _INK.search(text) is not None)


def shorten(text: str, length: int) -> str:
    """*text* in at most *length* characters: whole words and an ellipsis where it is longer."""
    if len(text) <= length:
        return text
    words, _, _ = text[:length].rpartition(" ")
    return (words or text[: length - 1]).rstrip(" ,;:–—-") + "…"
