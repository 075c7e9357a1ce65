"""Names of events that stand alone: in a title, or in a heading.

Law: what stands alone need not have capitals, but it names a kind of event, or is a title of several words with
capitals. A title that looks back or asks something names nothing. Reading is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from solacefeed.events.mentions import KIND, Mention, is_of_a_month
from solacefeed.events.plain_words import words

_LONGEST, _MOST_WORDS = 120, 10

# What a title says before the name, and behind it.
_BEFORE = re.compile(
    r"(?:(?:please )?(?:save the dates?|(?:don[’']t|do not) miss|book(?:ing)?(?: is)?(?: now)?(?: open)?|join us"
    r"|join(?= our)|come (?:along )?to|register(?: now)?"
    r"|(?:registration|tickets)(?: (?:is|are))?(?: now)?(?: (?:open|on sale|available))?"
    r"|rescheduled|postponed|reminder|invitation|you(?:[’']re| are) invited|new dates?|last chance(?: to book)?"
    r"|announcing|introducing|coming (?:soon|up)|forthcoming|upcoming|events?|diary dates?)\b[ !:,–—-]{0,3}"
    r"(?:(?:at|to|for|our|the|this year[’']s|a|an) ){0,4}|(?:(?:our|this year[’']s|your|a|an) ){1,2})",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s(?:(?:is |are )?(?:now )?(?:returns?|back|moved|announced|cancelled|postponed|rescheduled|open for|coming"
    r"|comes? to|tickets|registration|bookings?|entries|goes? (?:online|ahead))|on sale|now on|now open)\b.{0,60}$"
    r"|,\s(?=[0-9]|(?:mon|tues|wednes|thurs|fri|satur|sun)day).{0,80}$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s?[:!?|]\s|\s,\s|\s[–—-]\s|\s?[:!|]$")
# A report, a question or another matter than the event itself.
_OTHER_MATTER = re.compile(
    r"^(?:what|how|why|who|when|where|which|whose|is|are|do|does|can|could|should|would|will|we|i|my|your|thanks?|photos"
    r"|pictures|slides|videos?|minutes|notes|report|reports|reflections?|lessons|papers|proceedings|highlights|review"
    r"|looking|statement|correction|obituary|in|on|vacanc(?:y|ies)|job|jobs|hiring|call|nominations?|deadline|results?"
    r"|winners?|shortlist|ten|five|three|two|a (?:day|year|week|summit|letter|modest|short)|inside|behind|after|from|if"
    r"|closed|closure|changes?|update|news|programme|speakers?|ticket prices|volunteers"
    r"|volunteer (?:with|for|at|as|now|to|needed|your))\b"
    r"|\b(?:no|not|is|was|were|has|have|had|(?-i:may)|might|that|did|heard|learned|learnt|recap|cancelled|postponed|minutes"
    r"|volunteers? needed|tbc|to be confirmed|papers|winners|results|roundup|round-up|report|pictures)\b",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"^(?:photos|pictures|slides|minutes|notes|report|reflections?|lessons|papers|proceedings|highlights|review|thanks?"
    r"|looking back|obituary|correction|statement|what we (?:learned|learnt|heard|saw|did))\b|\b(?:recap|was|were)\b",
    re.IGNORECASE,
)
_ENDS_IN_KIND = re.compile(
    rf"(?:^|\s){KIND}(?:$|\s(?:of|for|on|in|at|with|to|and|na|by|(?:19|20)[0-9]{{2}}|#)(?:\s|$|[0-9]))", re.IGNORECASE
)
_ONE_KIND = re.compile(rf"{KIND}", re.IGNORECASE)
# "Event: Harvest Supper": whoever labels it says what it is called.
_LABELLED = re.compile(
    r"(?:[•*·-]\s?)?(?:event(?:\s(?:name|title))?|name\sof\s(?:the\s)?event|title)\s?:\s?", re.IGNORECASE
)
# "Remember to vote in the awards", "Broadcast of our service": the kind is not what the title names.
_BINDING = words("to in the of our your for from at on with a an their its my is are all as by")
_SMALL = words("a an and as at by for from in of on or the to with na de la")


def named_alone(text: str, *, titled: bool) -> Iterator[Mention]:
    """The names that stand alone in lines of *text*; the first line is a title if it is *titled*."""
    at = 0
    for number, line in enumerate(text.split("\n")):
        is_title = titled and number == 0
        label = None if is_title else _LABELLED.match(line)
        if label and _is_called(line[label.end() :].strip()):
            called = line[label.end() :].strip()
            yield Mention(name=called, start=at + line.find(called, label.end()), end=at + len(line.rstrip()))
        elif len(line) <= _LONGEST and (is_title or not line.endswith((".", "!", "?"))):
            name = _name(line, is_title=is_title)
            if name:
                start = at + line.find(name)
                yield Mention(name=name[0].upper() + name[1:], start=start, end=start + len(name))
        at += len(line) + 1


def looks_back(title: str) -> bool:
    """Whether *title* is that of a report on what has been."""
    return _REPORT.search(title) is not None


def _name(line: str, *, is_title: bool) -> str | None:
    if _OTHER_MATTER.search(line) or is_of_a_month(line):
        return None
    begin = _BEFORE.match(line)
    words = _BEHIND.sub("", line[begin.end() if begin else 0 :])
    parts = [_without_where(part.strip(" .,")) for part in _PARTS.split(words)]
    if len(parts) > 1 and _ONE_KIND.fullmatch(parts[0]):
        parts = parts[1:] if is_title else []
        return parts[0] if parts and _is_short(parts[0]) else None
    return next((part for part in parts[:2] if _is_name(part, is_title=is_title)), None)


def _without_where(part: str) -> str:
    """*part* without the place behind it: "Annual Congress, Brighton"."""
    name, comma, _ = part.partition(", ")
    return name if comma and _ENDS_IN_KIND.search(name) else part


def _is_name(part: str, *, is_title: bool) -> bool:
    if not _is_short(part) or not part[0].isalnum():
        return False
    if not is_title and _ONE_KIND.fullmatch(part):
        return False
    if kind := _ENDS_IN_KIND.search(part):
        led = part[: kind.start()].lower().split()
        called = _has_capitals(part) or _has_capitals(part[: kind.start()])
        return (is_title or part[0].isupper()) and (called or not _BINDING.intersection(led))
    return is_title and _has_capitals(part)


def _is_called(name: str) -> bool:
    """Whether what a label gives may be a name: a few words, and no sentence."""
    return _is_short(name) and len(name) <= _LONGEST and name[0].isupper() and not name.endswith((".", "!", "?", ":"))


def _is_short(part: str) -> bool:
    return 0 < len(part.split()) <= _MOST_WORDS


def _has_capitals(part: str) -> bool:
    """Whether all words but the small ones begin with a capital or a digit, and there are two or more."""
    words = part.split()
    great = [word for word in words if word not in _SMALL]
    return len(words) > 1 and all(word[0].isupper() or word[0].isdigit() for word in great)
