"""The draft of an edition in words for its editors: the edition as it will look, under a block that says what it is.

When a draft is worth another mail is decided here, too: at once where something large changed (which posts, what state,
what the editors made of it), and not before ``SMALL_CHANGES_AFTER`` where only words did.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.rendering import CHOICE, RECIPIENT, Rendered
from solacefeed.models.digests import Approval, Digest
from solacefeed.models.editions import Editing, Edition, EditionState
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.stable import stable_hash
from solacefeed.words import counted, weekday_words

if TYPE_CHECKING:
    from jinja2 import Environment

#: So long no mail goes to the same editor for what is small.
SMALL_CHANGES_AFTER = timedelta(hours=6)

#: So long at least a draft may wait for its relay, however near the closing is.
LEAST_TIME = timedelta(hours=1)

#: What is to be known of a post that an earlier edition has brought.
LATE = "of an earlier edition, for readers who lack it"

_PLACEHOLDER = re.compile("@@[A-Z]+@@")
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_HEADS_END = re.compile(r"</head>", re.IGNORECASE)
#: What a block begins with: its looks in the dark, which no element can have of its own.
_STYLE = re.compile(r"\s*(<style>.*?</style>)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCounts:
    """Whom an edition would reach."""

    #: Its own, and those of earlier editions that somebody lacks.
    posts: int
    #: Those who would get a copy.
    readers: int
    variants: int
    #: Those for whom there is nothing in it.
    empty: int = 0
    #: Those whose address must not be mailed.
    suppressed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTally:
    """What is counted of a draft, beside the last edition: with many readers it takes a while."""

    now: DraftCounts
    #: ``None`` where there was no edition before.
    before: DraftCounts | None = None
    #: Posts of earlier editions, for those of its readers who lack them.
    late: tuple[DraftPost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPost:
    """A post of a draft, as its editors tell it from others."""

    #: By which an editor speaks of it.
    id: str
    title: str
    url: str
    #: What is to be known of it: "pinned", "only its title, for readers who paused".
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEvent:
    """An event that a draft promotes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedEdition:
    """An edition that is not frozen yet, as a reader of everything would get it."""

    edition: Edition
    digest: Digest
    rendered: Rendered
    #: By which its closing is said.
    zone: tzinfo
    #: BCP 47, of our words in it.
    language: str
    #: Of the edition's cadence.
    approval: Approval
    editing: Editing
    #: In their order.
    posts: tuple[DraftPost, ...]
    #: Where links lead that only a reader has.
    links_to: str
    #: Its own address on the web, at which nothing stands before it leaves.
    page: str | None = None
    #: Of each of its posts, by its id: another one when it reads otherwise.
    stamps: Mapping[str, str] = field(default_factory=dict)
    #: The same of each that an earlier edition was the first to bring, and that some of its readers may lack.
    older: Mapping[str, str] = field(default_factory=dict)
    #: Those that it promotes, the nearest first.
    events: tuple[DraftEvent, ...] = ()
    #: What its readers would be told of posts that they got before, by the keys of the corrections.
    told: tuple[str, ...] = ()

    def of_use_until(self, now: datetime) -> datetime:
        """Until when a mail about it may go: after its closing nothing can be done, unless it waits for an editor."""
        waits = self.approval is Approval.REQUIRED or self.edition.state is EditionState.HELD
        closes = self.edition.period.ends
        return max(closes + self.digest.max_late if waits else closes, now + LEAST_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountView:
    """A number beside the last edition's."""

    name: str
    now: str
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """What an editor can do, and by which command."""

    what: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What stands above a draft; plain text throughout."""

    edition_id: str
    #: "The Weekly Digest", and the day on which it closes.
    title: str
    day: str
    #: When it leaves, and by which rule.
    leaves: str
    counts: tuple[CountView, ...]
    posts: tuple[DraftPost, ...]
    commands: tuple[CommandView, ...]
    #: The editor's own link to its page at the desk; ``None`` where there are no pages.
    desk: str | None = None


# -- when there is something to tell ----------------------------------------------------------------------


def draft_key(draft: DraftedEdition, editor: str) -> str:
    """Of the mail about this version of a draft to *editor*: there is never a second one."""
    return f"{_large(draft)} {_version(draft)} {editor}"


def is_news(last: Letter | None, draft: DraftedEdition, now: datetime) -> bool:
    """Whether *draft* is worth a mail to an editor who was told of it by *last*."""
    if last is None or last.once is None or not last.once.startswith(f"{_large(draft)} "):
        return True
    is_another = last.once != draft_key(draft, last.email)
    return is_another and now - last.created_at >= SMALL_CHANGES_AFTER


def _large(draft: DraftedEdition) -> str:
    """How the draft stands: what changes of it is told at once."""
    standing = (draft.edition.state, draft.edition.reason, draft.edition.period.ends, draft.approval)
    chosen = tuple((post.url, post.marks) for post in draft.posts)
    return f"draft {draft.edition.mail_name} {stable_hash((standing, chosen, draft.editing))[:16]}"


def _version(draft: DraftedEdition) -> str:
    """What it says to readers; how many they are is no version of it."""
    return stable_hash((draft.rendered.subject, draft.rendered.text, draft.rendered.html))[:16]


# -- in words ------------------------------------------------------------------------------------------------


def draft_words(
    draft: DraftedEdition, tally: DraftTally, editor: str, environment: Environment, desk: str | None = None
) -> LetterWords:
    """The mail about *draft* to *editor*, whose own link to its page is *desk*."""
    view = draft_view(draft, tally, desk)
    everything = choice_words(None, {}, draft.language)
    shown = as_sample(draft.rendered, editor, links_to=draft.links_to, choice=everything, page=draft.page)
    return LetterWords(
        subject=f"[Draft] {shown.subject}",
        text=f"{_filled(view, 'txt', environment).strip()}\n\n{shown.text}",
        html=_with_block(shown.html, _filled(view, "html", environment)),
        language=draft.language,
    )


def as_sample(rendered: Rendered, address: str, *, links_to: str, choice: str, page: str | None = None) -> Rendered:
    """*rendered* with something in each placeholder; a link that only a reader has leads to *links_to*.

    So does the one to *page*, where that does not stand yet. *choice* are the words of what its reader chose, in the
    mail's language.
    """

    def value(found: re.Match[str]) -> str:
        own = {RECIPIENT: address, CHOICE: choice}
        return own.get(found[0], links_to)

    text = _PLACEHOLDER.sub(value, rendered.text)
    shown = _PLACEHOLDER.sub(lambda found: html.escape(value(found)), rendered.html)
    if page is not None:
        text, shown = text.replace(page, links_to), shown.replace(html.escape(page), html.escape(links_to))
    return Rendered(subject=rendered.subject, text=text, html=shown)


def draft_view(draft: DraftedEdition, tally: DraftTally, desk: str | None = None) -> DraftView:
    return DraftView(
        edition_id=draft.edition.id,
        title=draft.digest.title,
        day=weekday_words(draft.edition.period.ends.astimezone(draft.zone).date(), "en"),
        leaves=_leaves(draft) + ("" if tally.now.readers else f" {_NOTHING}"),
        counts=tuple(_counts(tally.now, tally.before)),
        posts=(*draft.posts, *tally.late),
        commands=tuple(_commands(draft)),
        desk=desk,
    )


def draft_block(view: DraftView, environment: Environment) -> str:
    """What stands above a draft, as text and html."""
    return "\n".join(_filled(view, kind, environment) for kind in ("txt", "html"))


_NOTHING = "So far there is nothing in it for anybody: as it is, nobody gets it."


def _leaves(draft: DraftedEdition) -> str:
    at = draft.edition.period.ends.astimezone(draft.zone)
    closing = f"{weekday_words(at.date(), 'en')}, {at:%H:%M}"
    if draft.edition.state is EditionState.HELD:
        why = f", {draft.edition.reason}" if draft.edition.reason else ""
        return f"It is held{why}: it goes to nobody until you release or approve it. It closes on {closing}."
    if draft.edition.state is EditionState.APPROVED:
        return f"It is approved, and leaves on {closing}."
    again = f"Approve it again, for {draft.edition.reason}. " if draft.edition.reason else ""
    return (
        again
        + {
            Approval.NONE: f"It leaves on {closing}, by itself.",
            Approval.HOLD: f"It leaves on {closing}, unless you hold it.",
            Approval.REQUIRED: f"It leaves when you approve it, and not before {closing}.",
        }[draft.approval]
    )


def _counts(now: DraftCounts, before: DraftCounts | None) -> Iterator[CountView]:
    for name, attribute in _COUNTED.items():
        earlier = None if before is None else f"{getattr(before, attribute):,}"
        yield CountView(name=name, now=f"{getattr(now, attribute):,}", before=earlier)


_COUNTED = {
    "Posts": "posts",
    "Readers who get it": "readers",
    "Versions of it, by what readers chose": "variants",
    "Readers who get none, since nothing is new for them": "empty",
    "Addresses that we never mail": "suppressed",
}


def _commands(draft: DraftedEdition) -> Iterator[CommandView]:
    state = draft.edition.state
    if state is EditionState.HELD:
        yield _command("Let it go as if it had not been held", "release", draft)
    if state is not EditionState.APPROVED and draft.approval is not Approval.NONE:
        yield _command("Approve it as it is", "approve", draft)
    if state is not EditionState.HELD:
        yield _command("Hold it", "hold", draft)
    yield _command("Change its opening line, notices, posts or their order", "edit", draft)
    yield _command("Try it on yourself", "test", draft, " you@example.org")


def _command(what: str, verb: str, draft: DraftedEdition, more: str = "") -> CommandView:
    return CommandView(what=what, line=f"solacefeed editions {verb} {draft.edition.id}{more}")


def _filled(view: DraftView, kind: str, environment: Environment) -> str:
    return environment.get_template(f"outbox/draft.{kind}").render({"draft": view})


def _with_block(shown: str, block: str) -> str:
    """*block* above all else that *shown* has in its body, and its style in the head."""
    style = _STYLE.match(block)
    if style is not None:
        block, head = block[style.end() :], _HEADS_END.search(shown)
        shown = f"{shown[: head.start()]}{style[1]}\n{shown[head.start() :]}" if head else shown
    body = _BODY.search(shown)
    at = body.end() if body else 0
    return f"{shown[:at]}\n{block}{shown[at:]}"


# -- to operators --------------------------------------------------------------------------------------------


def taken_out_words(edition: Edition, titles: Sequence[str]) -> LetterWords:
    """The mail about an edition that leaves without posts that it was frozen with, by what these were called."""
    said = f"{edition.id} leaves without {counted(len(titles), 'post')}: withdrawn, or behind a password"
    rest = (
        "No copy that leaves from now on has them. "
        "Whether those who got them already are told is for the digest's `corrections` in config.toml to say."
    )
    return _plain_words(f"[Alarm] {said.partition(':')[0]}", said, titles, rest)


def _plain_words(subject: str, said: str, lines: Sequence[str], rest: str) -> LetterWords:
    shown = "".join(f"  {line}\n" for line in lines)
    inner = f"<h1>{html.escape(said)}.</h1><pre>{html.escape(shown)}</pre><p>{html.escape(rest)}</p>"
    return LetterWords(
        subject=subject,
        text=f"{said}.\n\n{shown}\n{rest}\n",
        html=f"""<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">"""
        f"""<title>{html.escape(subject)}</title>"""
        f"""</head><body><div lang="en" dir="ltr">{inner}</div></body></html>\n""",
        language="en",
    )
