"""What the operator's page shows, in the order in which it shows it: what needs them first, in plain English words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solacefeed.views.charts import Chart

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszPiece:
    """A part of a sentence: words, or what is typed at the prompt."""

    text: str
    is_command: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszSaid:
    """A trouble or a hint."""

    words: str
    #: What ends it.
    ends_by: tuple[StatuszPiece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszFact:
    name: str
    #: A line each.
    lines: tuple[tuple[StatuszPiece, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszKey:
    """What a kind of mark of a chart stands for."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszChart:
    """A chart, and all that it shows as a table."""

    #: Of its place on the page.
    anchor: str
    title: str
    #: What it shows, for who does not see it.
    description: str
    chart: Chart
    #: What its marks stand for; none where there is one kind.
    keys: tuple[StatuszKey, ...]
    headings: tuple[str, ...]
    #: The newest first.
    rows: tuple[tuple[str, ...], ...]
    #: What is said where there is nothing to show.
    nothing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuszPage:
    #: BCP 47, of our own words.
    language: str
    organisation: str
    site_title: str
    #: "Monday 23 November 2026, 08:00 UTC"
    at: str
    #: In a sentence, how it stands.
    verdict: str
    is_well: bool
    troubles: tuple[StatuszSaid, ...]
    acknowledged: tuple[StatuszSaid, ...]
    hints: tuple[StatuszSaid, ...]
    charts: tuple[StatuszChart, ...]
    facts: tuple[StatuszFact, ...]


def statusz_html(page: StatuszPage, environment: Environment) -> str:
    """The page as html."""
    template = environment.get_template("web/statusz.html", globals={"language": page.language})
    return template.render(page=page)
