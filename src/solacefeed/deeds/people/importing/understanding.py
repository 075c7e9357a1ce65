"""What a row of a list says of a person, and by what it shows that they agreed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from solacefeed.deeds.people.importing.columns import LIST, OWN, Columns, Field
from solacefeed.deeds.people.importing.moments import FIRST, moment
from solacefeed.deeds.people.importing.statuses import IN, There, stands_there
from solacefeed.email_addresses import canonical, email_address
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Basis, How, NewConsent
from solacefeed.person_names import person_name

_CADENCES = {each.value: each for each in CadenceKind}
_BASES = {each.value: each for each in Basis}

#: The columns by which a consent is shown, in the order in which they are told.
_SHOWING = (Field.OPTED_IN_AT, Field.OPTED_IN_IP, Field.CONFIRMED_AT, Field.CONFIRMED_IP, Field.CREATED_AT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """What the operator says of a list."""

    #: The list's file, by its name.
    source: str
    basis: Basis = Basis.CONSENT
    #: What shows the consent of rows that show none by themselves; ``None`` lets nobody in without.
    claim: str | None = None
    #: How all of its rows stand with the tool that has written it, where its name says so.
    whole_file: There | None = None
    #: Of dates such as 3/4/2015; ``None`` where nobody has said.
    day_first: bool | None = None
    cadence: CadenceKind | None = None
    #: BCP 47
    language: str | None = None


class ImportRow(NamedTuple):
    """A person who is to be entered. Of these there are millions, and a tuple is made in a quarter of the time."""

    email: str
    canonical: str
    name: str | None
    consent: NewConsent
    #: As the list has it; ``None`` where it has no such column, and an empty text where it says nothing.
    categories: str | None
    #: By any of its names; empty for the one that is asked for.
    digest: str
    cadence: CadenceKind | None
    language: str | None
    paused: bool
    paused_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that enters nobody."""

    why: str
    #: Of whom it is, where that can be told.
    canonical: str | None = None
    #: How they stand with the tool that has written it.
    there: There = There.SUBSCRIBED


#: What a row says, or why it can't be taken.
Understand = Callable[[Sequence[str]], ImportRow | RefusedRow]


def understanding(columns: Columns, terms: ImportTerms, now: datetime) -> Understand:
    """What understands the rows of a list with these columns."""
    address, digest = columns.reader(Field.ADDRESS), columns.reader(Field.DIGEST)
    cadence, language = columns.reader(Field.CADENCE), columns.reader(Field.LANGUAGE)
    until = columns.reader(Field.PAUSED_UNTIL)
    categories = columns.reader(Field.CATEGORIES) if columns.has(Field.CATEGORIES) else None
    where = f"with {columns.tool}" if columns.tool != LIST else "there"
    stands, named, agreed = stands_there(columns, terms.whole_file), _naming(columns), _agreeing(columns, terms, now)

    def understood(cells: Sequence[str]) -> ImportRow | RefusedRow:
        try:
            email = email_address(address(cells))
        except ValueError as error:
            return RefusedRow(why=f"no address: {str(error).partition(': ')[2]}")
        key, there = canonical(email), stands(cells)
        if isinstance(there, str):
            return RefusedRow(why=there, canonical=key)
        if there not in IN:
            return RefusedRow(why=f"{there.name.lower()} {where}", canonical=key, there=there)
        if "\n" in "".join(cells) and any("\n" in cell and "@" in cell for cell in cells):
            return RefusedRow(why="a cell runs over lines and holds another address: is a quotation mark missing?")
        consent = agreed(cells)
        if isinstance(consent, str):
            return RefusedRow(why=consent, canonical=key)
        return ImportRow(
            email,
            key,
            named(cells),
            consent,
            categories and categories(cells),
            digest(cells),
            _CADENCES.get(cadence(cells), terms.cadence),
            language(cells) or terms.language,
            there is There.PAUSED,
            moment(until(cells), day_first=terms.day_first),
        )

    return understood


def _naming(columns: Columns) -> Callable[[Sequence[str]], str | None]:
    """What makes a name of a row."""
    whole, first, last = (columns.reader(each) for each in (Field.NAME, Field.FIRST_NAME, Field.LAST_NAME))

    def named(cells: Sequence[str]) -> str | None:
        return person_name(whole(cells) or f"{first(cells)} {last(cells)}")

    return named


# -- consent ------------------------------------------------------------------------------------------

#: By what a row's person may be mailed; or, where nothing shows it, why they are not to be.
Agreed = Callable[[Sequence[str]], NewConsent | str]


def _agreeing(columns: Columns, terms: ImportTerms, now: datetime) -> Agreed:
    if columns.tool == OWN:
        return _agreeing_before(columns, terms, now)
    shown_at, evident, opted = _showing(columns, terms), _evidence(columns), columns.reader(Field.OPTED_IN_AT)

    def agreed(cells: Sequence[str]) -> NewConsent | str:
        shown, entered = shown_at(cells)
        if shown is not None and FIRST <= shown <= now:
            return NewConsent(basis=terms.basis, at=shown, how=How.IMPORT, source=terms.source, evidence=evident(cells))
        if terms.claim is None:
            return _why_not(shown, opted(cells))
        return NewConsent(
            basis=terms.basis,
            at=entered if entered is not None and FIRST <= entered <= now else now,
            how=How.IMPORT,
            source=terms.source,
            evidence=terms.claim,
            claimed=True,
        )

    return agreed


_YET_TO_COME = "the day on which they agreed is yet to come; --dates says whether the day or the month comes first"


_TOO_OLD = (
    f"the day on which they agreed is before {FIRST.year}, as programs write an empty one (1900-01-01 of a "
    "spreadsheet, 1970-01-01 of Unix, 0001-01-01 and 1753-01-01 of databases): it shows nothing; "
    "--claimed with --evidence says that you know it"
)


def _why_not(shown: datetime | None, opted: str) -> str:
    """Why a row shows no consent, of which it has the opt-in's cell."""
    if shown is not None:
        return _TOO_OLD if shown < FIRST else _YET_TO_COME
    if opted:
        return "when they agreed can't be read; --dates says whether the day or the month comes first"
    return "nothing in it shows that they agreed; --claimed with --evidence says that you know it"


def _showing(
    columns: Columns, terms: ImportTerms
) -> Callable[[Sequence[str]], tuple[datetime | None, datetime | None]]:
    """When somebody agreed, as a row shows; and when they were entered, which shows nothing.

    Tools write a time for whoever was entered by hand, too: the network that an act came from tells that it was
    theirs. An opt-in's time stands for such an act alone.
    """
    opted, confirmed, entered = (
        columns.reader(each) for each in (Field.OPTED_IN_AT, Field.CONFIRMED_AT, Field.CREATED_AT)
    )
    networks = [*columns.readers(Field.OPTED_IN_IP), *columns.readers(Field.CONFIRMED_IP)]

    def shown_at(cells: Sequence[str]) -> tuple[datetime | None, datetime | None]:
        at = moment(opted(cells), day_first=terms.day_first)
        if at is not None and at >= FIRST:
            return at, None
        later = [moment(read(cells), day_first=terms.day_first) for read in (confirmed, entered)]
        by_act = next(filter(None, later), None) if any(read(cells) for read in networks) else None
        # An empty date stands for none, and is told where nothing else shows it.
        return by_act or at, later[1] or later[0]

    return shown_at


def _evidence(columns: Columns) -> Callable[[Sequence[str]], str]:
    """What shows it, by the list's own headings."""
    told = [
        (columns.headings[place], read)
        for field in _SHOWING
        for place, read in zip(columns.places.get(field, ()), columns.readers(field), strict=True)
    ]
    return lambda cells: ", ".join([f"{heading} {said}" for heading, read in told if (said := read(cells))])


def _agreeing_before(columns: Columns, terms: ImportTerms, now: datetime) -> Agreed:
    """As this program has written it down elsewhere."""
    basis, at = columns.reader(Field.BASIS), columns.reader(Field.CONSENT_AT)
    claimed, evidence = columns.reader(Field.CLAIMED), columns.reader(Field.EVIDENCE)

    def agreed(cells: Sequence[str]) -> NewConsent | str:
        known, given = _BASES.get(basis(cells)), moment(at(cells), day_first=terms.day_first)
        if known is None or given is None:
            return "the export has no consent of theirs"
        if not FIRST <= given <= now:
            return _why_not(given, "")
        return NewConsent(
            basis=known,
            at=given,
            how=How.IMPORT,
            source=terms.source,
            evidence=evidence(cells) or None,
            claimed=claimed(cells) != "no",
        )

    return agreed
