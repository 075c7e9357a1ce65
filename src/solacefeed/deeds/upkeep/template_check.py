"""Renders every template with sample values, so that a mistake in one is found before a deed meets it.

The samples are made of the views' own types: a field that is added to a view is in them at once. Several of each view
are tried, since a mistake may stand in any branch: one with everything, one in which nothing holds, one with nothing,
and for each field one in which that alone has something; and each with the site's own looks, with a logo, and without
one. Where all templates are those of the release, for which the tests do this, the one with everything is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum, auto
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from jinja2 import Environment

from solacefeed.brand import Brand, Logo
from solacefeed.digest.drafts import DraftView, draft_block
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.personal_letters import PersonalLetter, shown
from solacefeed.digest.rendering import UNSUBSCRIBE, render
from solacefeed.errors import ConfigError
from solacefeed.publish.directory import DirectoryView, index_page
from solacefeed.publish.editions import EditionPageView, edition_page
from solacefeed.publish.event_documents import EventsPage, events_page
from solacefeed.publish.gate_pages import html_problems
from solacefeed.publish.missing import MissingView, missing_page
from solacefeed.publish.page import FeedPageView, feed_page
from solacefeed.template_files import known
from solacefeed.templating import templates

#: What shows a view by means of a template.
Shows: TypeAlias = "Callable[[Any, Environment], object]"


def _mail(view: EditionView, environment: Environment) -> None:
    rendered = render(view, environment)
    for name, part in {"subject.txt": rendered.subject, "body.txt": rendered.text}.items():
        if not part.strip():
            raise ConfigError([f"templates: digest/{name}: says nothing"])
    for name, part in {"body.txt": rendered.text, "body.html": rendered.html}.items():
        if UNSUBSCRIBE not in part:
            raise ConfigError([f"templates: digest/{name}: lets nobody out; write {{{{ unsubscribe }}}} as a link"])


def _letter(view: PersonalLetter, environment: Environment) -> None:
    for name in ("letter.txt", "letter.html"):
        part = shown(view, name.partition(".")[2], environment)
        if not part.strip():
            raise ConfigError([f"templates: outbox/{name}: says nothing"])
        if view.button and view.button.url not in part:
            raise ConfigError([f"templates: outbox/{name}: leads nowhere; write {{{{ letter.button.url }}}} as a link"])


def _page(name: str, show: Callable[[Any, Environment], bytes]) -> Shows:
    """What *show* makes by the template *name* has to pass the gate, or it would never be published."""

    def show_whole(view: Any, environment: Environment) -> None:
        if problems := list(html_problems(show(view, environment))):
            raise ConfigError([f"templates: site/{name}: {problem}" for problem in problems])

    return show_whole


#: Every view of mails and of the site, and what shows it.
SHOWN: Mapping[type, Shows] = {
    EditionView: _mail,
    DraftView: draft_block,
    PersonalLetter: _letter,
    EditionPageView: _page("edition.html", edition_page),
    EventsPage: _page("events.html", events_page),
    FeedPageView: _page("feed.html", feed_page),
    DirectoryView: _page("index.html", index_page),
    MissingView: _page("missing.html", missing_page),
}


class Filling(Enum):
    """How much is in a sample: everything; everything, but nothing is true; nothing that may be missing."""

    FULL = auto()
    FALSE = auto()
    BARE = auto()


def looks_to_try(folder: Path | None, brand: Brand) -> Iterator[Environment]:
    """The templates with the operator's *folder* and *brand*, and with each kind of logo that a template may meet."""
    logos = (sample(Logo, Filling.FULL), sample(Logo, Filling.BARE), None)
    brands = dict.fromkeys([brand, *(replace(brand, logo=logo) for logo in logos)])
    return (templates(folder, each) for each in brands)


def check_templates(
    environments: Iterable[Environment], shown: Mapping[type, Shows], folder: Path | None = None
) -> None:
    """Parses every template that is used, those of the operator's *folder* too, and renders those of *shown*.

    Raises ``ConfigError`` with all mistakes that it finds in any of the *environments*.
    """
    first, *others = environments
    problems = list(_problems(first.get_template, ((name,) for name in known(folder))))
    problems += _mistakes(first, shown, samples)
    for other in others:
        # Whether there is a logo is asked beside what else a view has.
        problems += _mistakes(other, shown, _whole)
    _raise(problems)


def check_shipped_templates(environment: Environment, shown: Mapping[type, Shows]) -> None:
    """Renders each of *shown* once by the templates of this release, whose branches were all tried before it.

    So a brand that does not fit them is found, and a library that does not. Raises ``ConfigError`` like the other.
    """
    _raise(list(_mistakes(environment, shown, _whole)))


def _raise(problems: Iterable[str]) -> None:
    if each := list(dict.fromkeys(problems)):
        raise ConfigError(each)


def _whole(view: type) -> Iterable[object]:
    return [sample(view, Filling.FULL)]


def _mistakes(
    environment: Environment, shown: Mapping[type, Shows], tried: Callable[[type], Iterable[object]]
) -> Iterator[str]:
    for view, show in shown.items():
        yield from _problems(show, ((each, environment) for each in tried(view)))


def _problems(attempt: Callable[..., object], each: Iterable[tuple[object, ...]]) -> Iterable[str]:
    for given in each:
        try:
            attempt(*given)
        except ConfigError as error:
            yield from error.problems


def samples(view: type) -> Iterable[object]:
    """Values of the *view* that lead into its templates' branches."""
    yield from (sample(view, filling) for filling in Filling)
    bare, full = sample(view, Filling.BARE), sample(view, Filling.FULL)
    yield from (replace(bare, **{each.name: getattr(full, each.name)}) for each in fields(view))
    for name, kind in _kinds(view).items():
        if isinstance(kind, type) and issubclass(kind, Enum):
            yield from (replace(full, **{name: each}) for each in kind)
    for whole in (full, sample(view, Filling.FALSE)):
        yield from (replace(whole, **{name: alone}) for name, alone in _alone(whole))


def _alone(view: Any) -> Iterator[tuple[str, Any]]:
    """By field, one of what there are several of, also in what a field holds."""
    for each in fields(view):
        value = getattr(view, each.name)
        if isinstance(value, tuple) and len(value) > 1:
            yield each.name, value[:1]
        elif is_dataclass(value):
            yield from ((each.name, replace(cast("Any", value), **{name: one})) for name, one in _alone(value))


@cache
def _kinds(view: type) -> Mapping[str, Any]:
    """The type of each of its fields."""
    return get_type_hints(view)


def sample(kind: Any, filling: Filling, name: str = "sample") -> Any:
    """A value of the type *kind*, which may be any that a view has as a field."""
    parts, full = get_args(kind), filling is Filling.FULL
    if get_origin(kind) in (Union, UnionType):
        # ``X | None``, as all of them are.
        return None if filling is Filling.BARE else sample(parts[0], filling, name)
    if get_origin(kind) is tuple and parts[-1] is Ellipsis:
        inside = {Filling.FULL: tuple(Filling), Filling.FALSE: (Filling.FALSE,) * 3, Filling.BARE: ()}[filling]
        return tuple(sample(parts[0], each, name) for each in inside)
    if get_origin(kind) is tuple:
        return tuple(sample(part, filling, name) for part in parts)
    if get_origin(kind) is dict:
        return {sample(parts[0], filling, name): name}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _kinds(kind)
        return kind(**{each.name: sample(hints[each.name], filling, each.name) for each in fields(kind)})
    if kind in _SINGLE:
        return _SINGLE[kind](full)
    if kind is str and name == "language":
        # One of each direction.
        return "en" if full else "ar"
    if kind is str:
        # An address, since some must be one of the web.
        return f"https://example.org/{name}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        # The first of a feed's kinds is that of all posts, which pages tell from the others.
        return next(iter(kind)) if filling is Filling.BARE else list(kind)[-1]
    raise TypeError(f"there is no sample of {kind} yet, which {name} is")


_SINGLE: Mapping[Any, Callable[[bool], object]] = {
    bool: bool,
    int: lambda full: 3 if full else 0,
    float: lambda full: 2.5 if full else 0.0,
}
