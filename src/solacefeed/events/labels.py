"""Labels of day, time and place: several in a line, or pictures instead of words."""

from __future__ import annotations

import re

_WORDS = r"(?:(?:date|time|day)s?(?: (?:and|&) times?)?|venue|where|when|location|place|cost|price|tickets?|booking)"
_WITHIN_A_LINE = re.compile(rf"(?<=[.;,])[ \xa0](?={_WORDS}\s?:\s)", re.IGNORECASE)
#: What stands on each line of many an announcement of today.
_PICTURES = (
    (re.compile("[\U0001f4c5\U0001f4c6\U0001f5d3]"), "When"),
    (re.compile("[\u23f0-\u23f3\u231a\U0001f550-\U0001f567\U0001f570]"), "Time"),
    (re.compile("[\U0001f4cd\U0001f4cc\U0001f3e0-\U0001f3e8\U0001f3db]"), "Where"),
)
_SIGN = r"^[ \xa0]{{0,3}}(?:{})\ufe0f?[ \xa0]{{0,3}}"
_INSTEAD_OF_WORDS = [
    (re.compile(_SIGN.format(picture.pattern), re.MULTILINE), f"{label}: ") for picture, label in _PICTURES
]
_BESIDE_WORDS = [
    re.compile(_SIGN.format(picture.pattern) + rf"(?={_WORDS}\s?:)", re.IGNORECASE | re.MULTILINE)
    for picture, _ in _PICTURES
]


def in_lines_of_their_own(text: str) -> str:
    """*text* with each label at the beginning of a line, and in words: "📍 Town Hall" is "Where: Town Hall"."""
    text = _WITHIN_A_LINE.sub("\n", text)
    for sign in _BESIDE_WORDS:
        text = sign.sub("", text)
    for sign, label in _INSTEAD_OF_WORDS:
        text = sign.sub(label, text)
    return text
