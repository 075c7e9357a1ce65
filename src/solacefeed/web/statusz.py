"""``/statusz``: how the site stands, as a page for its operator; to this machine, named networks, and by a signed link.

It shows what ``status`` tells, in the same words and without anybody's address, and four charts, each with its table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from solacefeed.deeds.upkeep.edition_status import added_up
from solacefeed.deeds.upkeep.hints import Hint
from solacefeed.deeds.upkeep.history import EditionHistory, PollTime, ReadersOfDay, SiteHistory
from solacefeed.deeds.upkeep.measures import SiteMeasures
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.errors import StoreError, UsageError
from solacefeed.ports import Clock
from solacefeed.tokens import check_statusz
from solacefeed.traces import nameless
from solacefeed.views.charts import columns, line
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.statusz_view import (
    StatuszChart,
    StatuszFact,
    StatuszKey,
    StatuszPage,
    StatuszPiece,
    StatuszSaid,
    statusz_html,
)
from solacefeed.web.watchers import Watchers
from solacefeed.words import abbreviated_day_words, counted, weekday_words

_COMMAND = re.compile(r"`([^`]*)`")

#: The states of copies by what they are to who looks: how the chart draws them, and what its key says.
_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "good": ("accepted", ("accepted",)),
    "waits": ("waiting or in hand", ("pending", "claimed", "handing")),
    "lost": ("rejected, expired or uncertain", ("rejected", "expired", "uncertain")),
}
_STATES = ("accepted", "pending", "claimed", "handing", "rejected", "expired", "uncertain", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSight:
    """All that the page shows."""

    measures: SiteMeasures
    history: SiteHistory
    #: As ``deeds.upkeep.sheet`` has it.
    sheet: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statusz:
    watchers: Watchers
    pages: Pages
    clock: Clock
    sight: Callable[[], SiteSight]

    def show(self, asked: PageRequest) -> Response:
        """To who watches; to others there is no such page."""
        return self._page() if self.watchers.may_see(asked) else self.pages.refuse(404)

    def show_by_link(self, asked: PageRequest) -> Response:
        try:
            check_statusz(asked.path("token"), self.pages.front.keys, now=self.clock())
        except UsageError:
            return self.pages.refuse(404)
        return self._page()

    def _page(self) -> Response:
        try:
            seen = self.sight()
        except StoreError:
            return self.pages.refuse(503)
        site = self.pages.front.site
        view = statusz_page(seen, organisation=site.organisation, site_title=site.title)
        return self.pages.answer(statusz_html(view, self.pages.environment))


def routes(part: Statusz) -> list[Route]:
    return [page("/statusz", part.show), page("/statusz/{token}", part.show_by_link)]


# -- the view ----------------------------------------------------------------------------------------------


def statusz_page(seen: SiteSight, *, organisation: str, site_title: str) -> StatuszPage:
    judged, now = seen.measures.judged, seen.measures.status.now
    history = seen.history
    return StatuszPage(
        language="en",
        organisation=organisation,
        site_title=site_title,
        at=f"{weekday_words(now)}, {now:%H:%M} UTC",
        verdict=_verdict(judged.troubles, judged.acknowledged),
        is_well=not judged.troubles,
        troubles=_all_said(judged.troubles),
        acknowledged=_all_said(judged.acknowledged),
        hints=_all_said(judged.hints),
        charts=(
            _copies(history.editions),
            _readers(_with_today(history.readers, seen.measures.status.subscriptions, now)),
            _bounces(history.editions),
            _polls(history.polls),
        ),
        facts=tuple(
            StatuszFact(name=name, lines=tuple(map(_pieces, value.splitlines())) or ((),)) for name, value in seen.sheet
        ),
    )


def _verdict(troubles: Sequence[Trouble], known: Sequence[Trouble]) -> str:
    if troubles:
        return f"{counted(len(troubles), 'thing needs', 'things need')} you."
    return "Nothing new needs you." if known else "Nothing needs you."


def _all_said(some: Sequence[Trouble | Hint]) -> tuple[StatuszSaid, ...]:
    return tuple(StatuszSaid(words=_sentence(each.words), ends_by=_pieces(each.ends_by)) for each in some)


def _sentence(words: str) -> str:
    said = nameless(words).replace("`", "")
    # An edition's id, a file or a key in its place stays as it is.
    first = said.partition(" ")[0]
    return said if set(first) & set("/.:_") else f"{said[:1].upper()}{said[1:]}"


def _pieces(words: str) -> tuple[StatuszPiece, ...]:
    """Words and, between backticks, commands."""
    parts = _COMMAND.split(nameless(words))
    pieces = (StatuszPiece(text=text, is_command=bool(number % 2)) for number, text in enumerate(parts))
    return tuple(each for each in pieces if each.text)


# -- charts ------------------------------------------------------------------------------------------------


def _copies(editions: Sequence[EditionHistory]) -> StatuszChart:
    stacks = [
        [(kind, sum(each.copies.get(state, 0) for state in states)) for kind, (_, states) in _KINDS.items()]
        for each in editions
    ]
    total = added_up(each.copies for each in editions)
    shown = [state for state in _STATES if total.get(state)] or ["accepted"]
    newest = f"; the newest, {editions[-1].id}, has {_tally(editions[-1].copies)}" if editions else ""
    return StatuszChart(
        anchor="copies",
        title="Copies of each edition",
        description=f"Of the last {_several(len(editions), 'edition')}, how many copies came to what{newest}.",
        chart=columns([abbreviated_day_words(each.ends) for each in editions], stacks),
        keys=tuple(StatuszKey(kind=kind, text=text) for kind, (text, _) in _KINDS.items()),
        headings=("Edition", *(state.capitalize() for state in shown)),
        rows=tuple((each.id, *(f"{each.copies.get(state, 0):,}" for state in shown)) for each in reversed(editions)),
        nothing="No edition has had a copy yet.",
    )


def _several(count: int, name: str) -> str:
    """``edition`` of one, ``3 editions`` of more: behind "the last"."""
    return name if count == 1 else counted(count, name)


def _tally(copies: Mapping[str, int]) -> str:
    return ", ".join(f"{copies[state]:,} {state}" for state in _STATES if copies.get(state)) or "none"


def _with_today(days: Sequence[ReadersOfDay], states: Mapping[str, int], now: datetime) -> Sequence[ReadersOfDay]:
    """The newest week as it stands: who has come since the day was counted counts as all else on the page does."""
    today = now.astimezone(UTC).date()
    before = [each for each in days if today - each.day >= timedelta(weeks=1)]
    return [*before, ReadersOfDay(day=today, states=states)] if states else before


def _readers(days: Sequence[ReadersOfDay]) -> StatuszChart:
    known = added_up(each.states for each in days)
    shown = ["confirmed", *sorted(state for state in known if state != "confirmed")]
    newest = f"; {days[-1].confirmed:,} on {days[-1].day}" if days else ""
    return StatuszChart(
        anchor="readers",
        title="Subscriptions",
        description=f"Confirmed subscriptions, week by week, for up to a year{newest}.",
        chart=line([abbreviated_day_words(each.day) for each in days], [each.confirmed for each in days]),
        keys=(),
        headings=("Day", *(state.capitalize() for state in shown)),
        rows=tuple((f"{day.day}", *(f"{day.states.get(state, 0):,}" for state in shown)) for day in reversed(days)),
        nothing="Nobody has subscribed yet.",
    )


def _bounces(editions: Sequence[EditionHistory]) -> StatuszChart:
    told = [(each, share) for each in editions if (share := each.bounce_share) is not None]
    newest = f"; {told[-1][1]:.2%} of the newest" if told else ""
    return StatuszChart(
        anchor="bounces",
        title="Share that came back",
        description=f"Of the copies that a relay has answered, the share that came back for good{newest}.",
        chart=columns(
            [abbreviated_day_words(each.ends) for each, _ in told], [[("lost", share)] for _, share in told], share=True
        ),
        keys=(),
        headings=("Edition", "Answered", "Came back", "Share"),
        rows=tuple((each.id, f"{each.answered:,}", f"{each.hard:,}", f"{share:.2%}") for each, share in reversed(told)),
        nothing="No relay has answered for a copy yet.",
    )


def _polls(polls: Sequence[PollTime]) -> StatuszChart:
    timed = [(each, each.seconds) for each in polls if each.seconds is not None]
    newest = f"; the last took {timed[-1][1]:.1f} seconds" if timed else ""
    return StatuszChart(
        anchor="polls",
        title="How long polls took",
        description=f"Seconds, of the last {_several(len(timed), 'poll')} that had news or did not work{newest}.",
        chart=columns(
            [abbreviated_day_words(each.at) for each, _ in timed],
            [[("good" if each.worked else "lost", seconds)] for each, seconds in timed],
        ),
        keys=(StatuszKey(kind="good", text="worked"), StatuszKey(kind="lost", text="did not work")),
        headings=("Begun", "Seconds", "Outcome"),
        rows=tuple(
            (
                f"{each.at:%Y-%m-%d %H:%M} UTC",
                "not known" if each.seconds is None else f"{each.seconds:.1f}",
                "worked" if each.worked else "did not work",
            )
            for each in reversed(polls)
        ),
        nothing="No poll has had news yet.",
    )
