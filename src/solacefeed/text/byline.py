"""The by-line: who wrote a post, as its own text says.

Law: absent rather than guessed. A name alone proves nothing, since headings and places look like names: it wants a
role beside it, or the word "by" before it. There are two places for it:

- the standfirst, the first paragraph: "Jo Bloggs, Chief Executive of Anytown, writes on ...";
- the signature, the last lines: the name, then the role, then perhaps the organisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from solacefeed.models.posts import Byline
from solacefeed.text import labels, tree
from solacefeed.text.tree import Element, names

_TITLE = (
    r"(?:(?:Sir|Dame|Lord|Lady|Baroness|Dr|Prof|Professor|Cllr|Councillor|Mr|Mrs|Ms|Miss|Rev|Rt Hon|The Rt Hon)\.? )"
)
_WORD = r"(?:(?:[^\W\d_a-z]\.)+|[^\W\d_a-z][^\W\d_]*(?:['’‘-][^\W\d_]+)*)"
_PARTICLE = r"(?:de|da|di|del|der|den|van|von|ap|ab|ferch|mac|nic|bin|ibn|al|la|le|y)"
_HONOUR = r"(?:,? (?:CBE|OBE|MBE|DBE|KBE|QPM|MP|MSP|MS|AM|PhD|DL))"
_ONE = rf"{_TITLE}*{_WORD}(?: (?:{_PARTICLE} )*{_WORD}){{1,3}}{_HONOUR}*"
_NAME = rf"(?P<name>{_ONE}(?: (?:and|&) {_ONE})?)"
_POST = (
    r"chief|chair|chairman|chairwoman|chairperson|vice[- ]chair|president|vice[- ]president|director|leader|head"
    r"|manager|officer|secretary|minister|mayor|provost|convener|commissioner|inspector|professor|lecturer|fellow|researcher"
    r"|analyst|adviser|advisor|consultant|partner|founder|co-founder|editor|journalist|lead|co-ordinator|coordinator"
    r"|member|councillor|treasurer|clerk|dean|principal|vice[- ]chancellor|trustee|ombudsman|auditor|economist"
    r"|spokesman|spokeswoman|spokesperson|chancellor|governor|superintendent|headteacher|executive|assistant"
    r"|associate|deputy"
)
# At most four words stand before the post: "the interim Joint Managing Director".
_ROLE = rf"(?:(?:the|an?) )?(?:[\w’'()/&-]+ ){{0,4}}(?:{_POST})s?\b[^.!?;:]{{0,160}}"
_VERB = (
    r"(?:writes?|posts?|blogs?|argues?|asks?|reflects?|explains?|considers?|looks?|says?|sets? out|discusses"
    r"|describes?|examines?|explores?|shares?|calls?|makes? the case|outlines?|reports?|offers?|introduces?"
    r"|gives?|takes?|believes?|thinks?|wonders?|urges?|warns?|welcomes?|responds?|reviews?|reveals?|tells?|highlights?)"
)
# A role that ends so was cut in two: "Head of" blogs.
_CUT = "".join(rf"(?<!\b{word})" for word in sorted(names("of the a an and for in on at to with & or")))
_GUEST = r"(?i:(?:(?:this is )?an? )?guest (?:post|blog) )?(?i:(?:written |posted )?by):? "

_WITH_VERB = re.compile(rf"(?:[Bb]y )?{_NAME}, (?P<role>(?i:{_ROLE}?)){_CUT},? (?:who )?(?P<verb>{_VERB})\b")
# In other languages a role is whatever stands behind the comma.
_BY_ELSEWHERE = re.compile(
    rf"(?:Par|Por|Gan|Door|Di|Av|Af) {_NAME}(?:, (?P<role>[^.!?;:]{{2,160}}))?\.?|Von {_NAME.replace('name', 'named')}"
    r", (?P<roled>[^.!?;:]{2,160})\.?"
)
_WITH_ROLE = re.compile(rf"{_NAME}(?:, | [–—-] | \()(?P<role>(?i:{_ROLE}))\)?")
_WITH_BY = re.compile(rf"{_GUEST}{_NAME}(?:(?:, | [–—-] | \()(?P<role>(?i:{_ROLE}))\)?)?\.?")
_BY_WORD = re.compile(r"(?:(?:written|posted) )?by\b", re.IGNORECASE)
_IN_A_SENTENCE = re.compile(rf"{_NAME} is (?:(?:the|an?) )?(?P<role>(?i:{_ROLE}))\.?")
_NAME_ALONE = re.compile(rf"(?:[–—-] ?|[Bb]y )?{_NAME},?")
_ROLE_ALONE = re.compile(_ROLE, re.IGNORECASE)
_CONTACT = re.compile(
    r"(?:e-?mail|tel|telephone|twitter|web|website)\b:?.*|@\w+|\S[^\s@]*+@\S+|https?://\S+|\+?[\d ()-]{6,}",
    re.IGNORECASE,
)

# Words of headings, places and institutions; no one bears them.
_NO_NAME = names(
    "The This These That What Why How When Where Who A An In On At Of For To From With And But Local Government "
    "Council Councils Summit Conference Next Steps Step Further Reading Read More Public Service Services Housing "
    "Social Care Children Childrens Education Health Finance Society Association Department Report Summary "
    "Conclusion Introduction Scotland Wales England Ireland Britain Kingdom City County Borough District "
    "Authority Authorities University Institute Commission Committee Group Team Network Board Office Policy Kind "
    "Best Warm Regards Wishes Thanks Many Yours Sincerely New Our Your My Contact Notes References About Chief "
    "Executive Executives Chair Director Leader Head Manager Officer Minister Secretary President Mayor Editor "
    "Deputy Assistant January February March July September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
)
# Verbs that no reported remark uses in a first paragraph which is not set apart.
_WRITING = re.compile(r"(?:writes?|posts?|blogs?)\b")

_PARAGRAPHS = ("p", "div", *tree.HEADINGS)
_LONGEST_STANDFIRST, _LONGEST_LINE = 500, 140
_LAST_LINES, _LONGEST_SIGNATURE = 8, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundByline:
    """A by-line and the blocks that say it, which are no part of what the author tells."""

    byline: Byline | None = None
    blocks: tuple[Element, ...] = ()

    def begins_with(self, box: Element) -> bool:
        """Whether a block that says it stands in *box*."""
        return any(block is box or box in block.iterancestors() for block in self.blocks)


def find(body: Element) -> FoundByline:
    """The by-line of a tidied *body* without blurb and residue: the standfirst before the signature."""
    blocks = [block for block in tree.blocks(body) if block.tag != "hr"]
    standfirst, signature = _find_standfirst(blocks), _find_signature(blocks)
    found = standfirst.byline or signature.byline
    return FoundByline(byline=found, blocks=standfirst.blocks + signature.blocks)


def beside(boxes: Iterable[list[str]], lines: Iterable[str]) -> Byline | None:
    """The by-line in what software set around a text: a signature in an author's box, or "by" in a small line."""
    signed = (signature(box[:_LAST_LINES])[1] for box in boxes if all(map(_short, box[:_LAST_LINES])))
    parts = (part[at.start() :] for line in lines for part in labels.parts(line) if (at := _BY_WORD.search(part)))
    by = (_byline(match["name"], match["role"]) for part in parts if (match := _WITH_BY.fullmatch(part)))
    return next(filter(None, (*signed, *by)), None)


def _find_standfirst(blocks: list[Element]) -> FoundByline:
    for block in blocks[:2]:
        byline = standfirst(tree.text(block), apart=tree.emphasised(block)) if block.tag in _PARAGRAPHS else None
        if byline is not None:
            return FoundByline(byline=byline, blocks=(block,))
        if not is_heading(block):
            break
    return FoundByline()


def is_heading(block: Element) -> bool:
    """Whether *block* is a heading, by its mark-up or as a short line in bold or italics."""
    return block.tag in tree.HEADINGS or (tree.emphasised(block) and len(tree.text(block)) <= _LONGEST_LINE)


def names_someone(words: str) -> bool:
    """Whether *words* are a person's name or role, as signatures are."""
    patterns = (_NAME_ALONE, _ROLE_ALONE, _WITH_ROLE, _WITH_BY)
    match = next((match for pattern in patterns if (match := pattern.fullmatch(words))), None)
    return match is not None and (match.re is _ROLE_ALONE or _byline(match["name"], None) is not None)


def standfirst(words: str, *, apart: bool) -> Byline | None:
    """The by-line in a first paragraph of *words*; *apart* when all of it is set in italics or bold."""
    if len(words) > _LONGEST_STANDFIRST:
        return None
    match = _WITH_VERB.match(words)
    if match and (apart or _WRITING.match(match["verb"])):
        return _byline(match["name"], match["role"])
    for pattern in (_WITH_BY, _WITH_ROLE, _IN_A_SENTENCE) if apart else (_WITH_BY,):
        if match := pattern.fullmatch(words):
            return _byline(match["name"], match["role"])
    if apart and (match := _BY_ELSEWHERE.fullmatch(words)):
        return _byline(match["name"] or match["named"], match["role"] or match["roled"])
    return None


def _find_signature(blocks: list[Element]) -> FoundByline:
    last = [(line, block) for line, block in _last_lines(blocks) if not _CONTACT.fullmatch(line)]
    start, byline = signature([line for line, _ in last])
    if byline is None:
        return _find_introduction(blocks)
    return FoundByline(byline=byline, blocks=tuple(block for _, block in last[start:] if block is not None))


def _find_introduction(blocks: list[Element]) -> FoundByline:
    """The last paragraph, where it is set apart and says no more than who somebody is."""
    last = blocks[-1] if blocks else None
    if last is None or last.tag not in _PARAGRAPHS or not tree.emphasised(last):
        return FoundByline()
    match = _IN_A_SENTENCE.fullmatch(tree.text(last))
    byline = _byline(match["name"], match["role"]) if match else None
    return FoundByline(byline=byline, blocks=(last,)) if byline else FoundByline()


def _last_lines(blocks: list[Element]) -> list[tuple[str, Element | None]]:
    """The short lines that end the text, each with its block; ``None`` for a block that began as prose."""
    last: list[tuple[str, Element | None]] = []
    for block in reversed(blocks[-_LAST_LINES:]):
        lines = tree.lines(block) if block.tag in _PARAGRAPHS else []
        short = list(takewhile(_short, reversed(lines)))
        whole = len(short) == len(lines) > 0
        last += [(line, block if whole else None) for line in short]
        if not whole:
            break
    return last[:_LAST_LINES][::-1]


def _short(line: str) -> bool:
    return len(line) <= _LONGEST_LINE


def signature(lines: list[str]) -> tuple[int, Byline | None]:
    """Where the signature begins in the last *lines* of a post, and whose it is; two authors share one by-line."""
    people = {start: _person(*lines[start : start + 2]) for start in range(len(lines) - 1)}
    signers = {start: person for start, person in people.items() if person is not None}
    if not signers:
        return len(lines) - 1, _person_on_one_line(lines[-1]) if lines else None
    if len(lines) - max(signers) > _LONGEST_SIGNATURE:
        return len(lines), None
    first, *others = signers.values()
    if others:
        return min(signers), Byline(name=" and ".join(person.name for person in signers.values()))
    role = ", ".join([first.role or "", *(line.rstrip(",") for line in lines[max(signers) + 2 :])])
    return min(signers), Byline(name=first.name, role=role)


def _person(name: str, role: str) -> Byline | None:
    match = _NAME_ALONE.fullmatch(name)
    return _byline(match["name"], role) if match and _ROLE_ALONE.fullmatch(role) else None


def _person_on_one_line(line: str) -> Byline | None:
    said = line.lstrip("–—- ")
    matches = (pattern.fullmatch(said) for pattern in (_WITH_BY, _WITH_ROLE))
    return next((_byline(match["name"], match["role"]) for match in matches if match and match["role"]), None)


def _byline(name: str, role: str | None) -> Byline | None:
    if not _NO_NAME.isdisjoint(re.findall(r"\w+", name)):
        return None
    role = (role or "").strip(" ,–—-")
    if role.count(")") > role.count("("):
        role = role.removesuffix(")")
    return Byline(name=name, role=role or None)
