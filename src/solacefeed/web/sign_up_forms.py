"""The form by which one subscribes: what was typed into it, what is wrong with that, and how it is shown again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from solacefeed.catalogue import gettext
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.sign_ups import Wish
from solacefeed.person_names import person_name
from solacefeed.web.choices import Choices, cadence_sent
from solacefeed.web.limits import Form, first
from solacefeed.web.typed import address, line, probably_meant

#: Characters of an answer to the site's question.
_LONGEST_ANSWER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form."""

    email: str = ""
    name: str = ""
    #: The names of the digests.
    digests: tuple[str, ...] = ()
    everything: bool = True
    #: Slugs.
    categories: tuple[str, ...] = ()
    #: By the name of the digest.
    cadences: Mapping[str, CadenceKind | None] = field(default_factory=dict)
    #: BCP 47; empty where nothing was said.
    tongue: str = ""
    answer: str = ""
    #: The address that was typed though it looked mistyped.
    sure: str = ""


def first_typed(digests: Sequence[Digest], wanted: Collection[str], slugs: Collection[str]) -> Typed:
    """A form that nobody has filled in, with what the link to it names ticked; without that, the first digest."""
    named = tuple(each.name for each in digests if {each.name, each.key} & set(wanted))
    return Typed(
        digests=named or tuple(each.name for each in digests[:1]), everything=not slugs, categories=tuple(slugs)
    )


def typed(form: Form, digests: Sequence[Digest]) -> Typed:
    """What was sent, cut to what a form of ours can send."""

    wanted = set(form.get("digest", ()))
    categories = tuple(form.get("category", ()))
    # A form that has nothing to choose from names its categories, or none.
    scope = first(form, "scope") or ("some" if categories else "all")
    return Typed(
        email=first(form, "email").strip()[:1000],
        name=person_name(first(form, "name")) or "",
        digests=tuple(each.name for each in digests if {each.name, each.key} & wanted),
        everything=scope != "some",
        categories=categories,
        cadences={each.name: cadence_sent(each, first(form, f"cadence-{each.name}")) for each in digests},
        tongue=first(form, "language"),
        answer=line(first(form, "answer"), _LONGEST_ANSWER),
        sure=first(form, "sure"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is to be mended before anything is asked, in words beside each field."""

    email: str | None = None
    digest: str | None = None
    category: str | None = None
    question: str | None = None
    #: An address that looks mistyped: sent once more, it is taken.
    sure_of: str | None = None

    def __bool__(self) -> bool:
        return any((self.email, self.digest, self.category, self.question))


NO_FAULTS = Faults()


def faults(said: Typed, choices: Sequence[Choices], language: str, *, is_answered: bool = True) -> Faults:
    """*choices* are those of every digest that can be had."""
    email, sure_of = email_fault(said.email, language, sure=said.sure)
    return Faults(
        email=email,
        sure_of=sure_of,
        digest=None if said.digests else gettext("Tick what you would like.", language),
        category=None if _is_chosen(said, choices) else nothing_ticked(language),
        question=None if is_answered else gettext("That is not the answer. Please try once more.", language),
    )


def email_fault(typed_email: str, language: str, *, sure: str = "") -> tuple[str | None, str | None]:
    """What is wrong with an address, and the address itself where whoever typed it may insist."""
    email = address(typed_email)
    if email is None:
        return gettext("Type one whole email address, such as ann@example.org.", language), None
    meant = probably_meant(email)
    if meant is None or sure == email:
        return None, None
    said = gettext(
        "Did you mean %(address)s? If it is right as you typed it, send it once more.", language, address=meant
    )
    return said, email


def nothing_ticked(language: str) -> str:
    return gettext("Tick at least one category, or choose everything.", language)


def _is_chosen(said: Typed, choices: Sequence[Choices]) -> bool:
    """Whether something would come of each digest that is wanted."""
    wanted = [each for each in choices if each.digest.name in said.digests]
    return said.everything or all(each.ids(said.categories) or len(each.categories) < 2 for each in wanted)


def wishes(said: Typed, choices: Sequence[Choices]) -> tuple[Wish, ...]:
    return tuple(
        Wish(
            digest=each.digest.key,
            category_ids=None if said.everything else each.ids(said.categories) or None,
            cadence=said.cadences.get(each.digest.name),
        )
        for each in choices
        if each.digest.name in said.digests
    )
