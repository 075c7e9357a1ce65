"""docs/templates.md says what templates know: no name more, none less, and its examples work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from solacefeed.app import App
from solacefeed.composition.pages import check
from solacefeed.composition.visitors import OWN_PAGES
from solacefeed.config import load
from solacefeed.config.starter import written
from solacefeed.deeds.upkeep.template_check import SHOWN
from solacefeed.palette import HOUSE, Shades
from solacefeed.template_files import known
from solacefeed.templating import templates
from tests.ground.palette_pairs import PAIRS

HOUSE_OF_ALL = Path(__file__).parents[2]
BOOK = (HOUSE_OF_ALL / "docs/templates.md").read_text(encoding="utf-8")

#: The chapter on each view, and on each part of one.
CHAPTERS = {
    "EditionView": "`edition`, in mails",
    "StoryView": "A post in a mail",
    "Picture": "A picture in a mail",
    "TopicView": "What an edition is about",
    "PromotionView": "An event in a mail",
    "CorrectionView": "A correction",
    "DraftView": "`draft`, above a draft",
    "PersonalLetter": "`letter`, to one person",
    "LetterItem": "An item of a letter",
    "LetterLink": "A link of a letter",
    "CountView": "A count of a draft",
    "DraftPost": "A post of a draft",
    "CommandView": "A command for an editor",
    "EditionPageView": "`page`, of an edition",
    "FeedPageView": "`page`, of a feed",
    "EntryView": "A post on a page",
    "YearView": "The archives of a year",
    "Link": "A link",
    "EventsPage": "`page`, of events",
    "EventCard": "An event on the page of events",
    "EventView": "An event on another page",
    "DirectoryView": "`directory`, on the index",
    "SectionView": "A section of it",
    "FeedView": "A feed in it",
    "MissingView": "`missing`, where nothing stands",
    "VisitorsPage": "`page`, behind a mail's link",
    "HomePage": "`page`, of all that can be followed",
    "FollowedView": "A category there",
    "SubscribePage": "`page`, of the form",
    "SignUpForm": "The form to subscribe",
    "DigestOption": "A digest in it",
    "FormOption": "Something to tick",
    "PreferencesPage": "`page`, of what a reader chose",
    "SubscriptionForm": "A digest of a reader",
    "UndoView": "An end to undo",
    "AddressPage": "`page`, that asks for an address",
    "ComplaintPage": "`page`, to complain",
}


def views() -> dict[str, type]:
    found: dict[str, type] = {}
    waiting: list[Any] = [*SHOWN, *OWN_PAGES]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and is_dataclass(kind):
            if kind.__name__ not in found:
                found[kind.__name__] = kind
                waiting += get_type_hints(kind).values()
        else:
            waiting += get_args(kind)
    return found


def names(kind: Any) -> Iterator[str]:
    """What a template may ask a view of this *kind* for; with a ``?`` what may be missing."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        yield f"`{each.name}`" + ("?" if NoneType in get_args(hints[each.name]) else "")
    properties = {name for each in kind.__mro__ for name, what in vars(each).items() if isinstance(what, property)}
    yield from (f"`{name}`" for name in sorted(properties) if not name.startswith("_"))


def chapter(title: str) -> str:
    return re.split(r"\n##+ ", BOOK.partition(f"# {title}\n")[2])[0]


def test_each_view_and_each_part_of_one_has_its_chapter() -> None:
    assert views().keys() == CHAPTERS.keys()


@pytest.mark.parametrize("view", CHAPTERS)
def test_the_book_has_the_names_of_each_view_and_no_others(view: str) -> None:
    told = re.findall(r"^\| (`\w+`\??) \| .+ \|$", chapter(CHAPTERS[view]), re.MULTILINE)
    assert told == list(names(views()[view]))


def test_the_book_has_our_colours_and_the_pairs_that_can_be_read() -> None:
    told = re.findall(r"^\| `(\w+)` \| .+ \| `(\S+)` \| `(\S+)` \|$", chapter("Colours"), re.MULTILINE)
    ours = [(each.name, getattr(HOUSE.light, each.name), getattr(HOUSE.dark, each.name)) for each in fields(Shades)]
    assert told == ours
    advice = chapter("Colours").partition("Use them in these pairs")[2]
    assert {name for pair in PAIRS for name in pair} == set(re.findall(r"`(\w+)`", advice))


def test_the_book_has_every_template_and_its_blocks() -> None:
    rows = [row.split("|")[1:-1] for row in re.findall(r"^\| `.*\|$", chapter("Which files there are"), re.MULTILINE)]
    told = {name: set(re.findall(r"`(\w+)`", row[-1])) for row in rows for name in re.findall(r"`(.+?)`", row[0])}
    sources = {name: path.read_text(encoding="utf-8") for name, path in known().items()}
    assert told == {name: set(re.findall(r"\{% block (\w+) %\}", source)) for name, source in sources.items()}


def test_the_book_has_every_filter_of_ours() -> None:
    filters = chapter("What every template knows").partition("| filter |")[2]
    told = set(re.findall(r"^\| `(\w+)", filters, re.MULTILINE))
    assert told == {name for name, does in templates().filters.items() if does.__module__.startswith("solacefeed")}


@pytest.mark.more
def test_the_examples_of_the_book_work(tmp_path: Path) -> None:
    text = chapter("An example")
    (config,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    document = tomllib.loads((HOUSE_OF_ALL / "config.toml").read_text(encoding="utf-8")) | tomllib.loads(config)
    (tmp_path / "config.toml").write_text(written(document), encoding="utf-8")
    named = re.findall(r"`(mytemplates/\S+)`[^`]*```jinja\n(.*?)```", text, re.DOTALL)
    assert len(named) == 2
    for name, source in named:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    app = App(load(tmp_path / "config.toml", environ={}), as_of=None, folder=tmp_path)
    assert check(app) == []
