"""``subscribers import``: a list from elsewhere, looked at first, and then taken in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from solacefeed.app import App
from solacefeed.cli.options import Options, SlugsParam, common, pass_options
from solacefeed.cli.subscriptions import DIGEST
from solacefeed.config import language_tag
from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.deeds.people.choose import offered
from solacefeed.deeds.people.importing.bringing_in import ImportList, ImportResult, bring_in
from solacefeed.deeds.people.importing.choosing import words_of
from solacefeed.deeds.people.importing.columns import LIST, Columns, columns_of
from solacefeed.deeds.people.importing.judging import Fate
from solacefeed.deeds.people.importing.statuses import of_the_file
from solacefeed.deeds.people.importing.understanding import ImportTerms
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Basis
from solacefeed.spreadsheets.opening import opened
from solacefeed.spreadsheets.rows import TableRow
from solacefeed.spreadsheets.writing import Write, private_file
from solacefeed.store.database import Store
from solacefeed.words import counted

if TYPE_CHECKING:
    from solacefeed.cli.console import Console

#: Words of a list's column of categories that are told of those that mean none.
_MOST_TOLD = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--do", "acts", is_flag=True, help="Enter them.  [default: say what that would come to, and write nothing]"
)
@DIGEST
@click.option("--categories", "slugs", type=SlugsParam(), help="What they get, by slugs.  [default: everything]")
@click.option(
    "--column-categories",
    "column",
    metavar="NAME",
    help="The column that says what each gets: slugs or names, between commas.",
)
@click.option(
    "--cadence",
    type=click.Choice([each.value for each in CadenceKind]),
    help="How often it comes.  [default: as the digest does first]",
)
@click.option(
    "--language",
    metavar="TAG",
    help="Of our own words in their mails, where the list says none.  [default: the site's]",
)
@click.option(
    "--basis",
    type=click.Choice([each.value for each in Basis]),
    default=Basis.CONSENT.value,
    show_default=True,
    help="Why they may be mailed.",
)
@click.option("--claimed", is_flag=True, help="Enter those too of whom the list shows no consent: you know of it.")
@click.option("--evidence", metavar="TEXT", help="With --claimed: how you know, such as where the forms lie.")
@click.option(
    "--suppress-bounced",
    "suppresses",
    is_flag=True,
    help="Never mail those whom their tool could not, was told not to, or who complained there.",
)
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="How 3/4/2025 is meant.  [default: such a date shows nothing]",
)
@click.option(
    "--refused",
    "beside",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where rows go that were not taken, with the reason of each.  [default: FILE.refused.csv]",
)
@common
@pass_options
def import_list(
    options: Options,
    file: Path,
    acts: bool,
    digest: str | None,
    slugs: tuple[str, ...] | None,
    column: str | None,
    cadence: str | None,
    language: str | None,
    basis: str,
    claimed: bool,
    evidence: str | None,
    suppresses: bool,
    dates: str | None,
    beside: Path | None,
) -> None:
    """Take in a list of readers from elsewhere; without --do, only say what that would come to.

    Either way the rows that are not taken are written into a file beside FILE, with their reasons.

    FILE is CSV, or a workbook (.xlsx) of up to 50,000 rows, as Mailchimp, listmonk, MailPoet, Ghost, Substack or this
    program export one, or a list that you keep: one address a row is enough. Columns are known by their headings.

    Nobody comes back who has left, here or there, or is suppressed or erased; who has it already keeps what they chose.
    Of each new one the list must show when they agreed, or you say with --claimed how you know. It can be done again at
    any time, also when it was cut off: it goes on.

    \b
    Examples:
      solacefeed subscribers import members.csv
      solacefeed subscribers import members.csv --do --column-categories TAGS
      solacefeed subscribers import old.xlsx --do --claimed --evidence "paper forms of 2024, in the office"
    """
    app, wanted = options.app, options.app.digest(digest)
    _take_whole_claim(claimed, evidence)
    columns, reading = _columns(file, column)
    said = ImportTerms(
        source=file.name,
        basis=Basis(basis),
        claim=evidence,
        whole_file=of_the_file(columns.tool, file.name),
        day_first=None if dates is None else dates == "day-first",
        cadence=offered(wanted, CadenceKind(cadence) if cadence else None),
        language=_language(language),
    )
    path = beside or file.with_name(f"{file.stem}.refused.csv")
    with app.deciding(create=True) if acts else app.looking() as store:
        listed = _listed(app, store, wanted, file, columns, said, slugs, suppresses=suppresses, acts=acts)
        with _Refusals(path, columns) as refusals, options.console.progress("import") as advance:
            result = bring_in(
                store, app.clock, listed, app.fingerprints, acts=acts, refuse=refusals.add, advance=advance
            )
    _tell(options.console, file, reading, listed, result, refusals, acts=acts)
    if acts and result.rows and result.fates[Fate.REFUSED] == result.rows:
        # Whoever goes by exit codes would take it for done.
        sys.exit(1)


def _take_whole_claim(claimed: bool, evidence: str | None) -> None:
    if claimed and not (evidence or "").strip():
        raise UsageError("--claimed wants --evidence: say how you know that they agreed, such as where their forms lie")
    if evidence is not None and not claimed:
        raise UsageError("--evidence is for those of whom the list shows nothing: say --claimed as well")


def _columns(file: Path, column: str | None) -> tuple[Columns, str]:
    """The list's columns, and how it is read; raises ``UsageError`` for a file that is no list of people."""
    table = opened(file)
    first = next(table.rows, None)
    if first is None:
        raise UsageError(f"{file} is empty")
    try:
        return columns_of(first.cells, categories=column), table.reading
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error


def _rows(file: Path, columns: Columns) -> Iterator[TableRow]:
    rows = opened(file).rows
    if columns.headings:
        next(rows)
    return rows


def _listed(
    app: App,
    store: Store,
    digest: Digest,
    file: Path,
    columns: Columns,
    terms: ImportTerms,
    slugs: tuple[str, ...] | None,
    *,
    suppresses: bool,
    acts: bool,
) -> ImportList:
    audience = app.audience(store)
    if acts:
        audience.serve(digest)
    else:
        audience.miss_no_digest()
    table = next(each for each in app.config.digests if each.digest().key == digest.key)
    with store.read() as connection:
        category_ids(connection, slugs, "--categories", digest.followed)
        words = words_of(connection, app.names, followed=digest.followed, slugs=slugs)
    return ImportList(
        columns=columns,
        rows=lambda: _rows(file, columns),
        terms=terms,
        digest=digest,
        digest_names=frozenset((digest.key, *table.names)),
        words=words,
        zone=app.site(store).zone,
        suppresses=suppresses,
    )


def _language(said: str | None) -> str | None:
    try:
        return None if said is None else language_tag(said)
    except ValueError as error:
        raise UsageError(f"--language {said!r} {error}") from error


class _Refusals:
    """The file of rows that were not taken; without any there is none, also none of an earlier time."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self.path = path
        self.count = 0
        self._headings = ("line", "reason", *(columns.headings or ("address",)))
        self._open: AbstractContextManager[Write] | None = None
        self._write: Write

    def __enter__(self) -> _Refusals:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.__exit__(kind, error, trace)
        elif kind is None:
            self.path.unlink(missing_ok=True)

    def add(self, row: TableRow, why: str) -> None:
        if self._open is None:
            self._open = private_file(self.path)
            self._write = self._open.__enter__()
            self._write(self._headings)
        self._write((str(row.number), why, *row.cells))
        self.count += 1


# -- in words -------------------------------------------------------------------------------------------


def _tell(
    console: Console,
    file: Path,
    reading: str,
    listed: ImportList,
    result: ImportResult,
    refusals: _Refusals,
    *,
    acts: bool,
) -> None:
    columns, told = listed.columns, dict(result.fates)
    unknown = dict(listed.words.unknown.most_common(_MOST_TOLD))
    console.tell(
        {
            "file": file,
            "tool": columns.tool,
            "read_as": reading,
            "columns": [{"heading": heading, "taken_for": field} for heading, field in columns.taken_for()],
            "rows": result.rows,
            "fates": {fate: told.get(fate, 0) for fate in Fate},
            "consents": {"shown": result.shown, "claimed": result.claimed},
            "suppressed": result.suppressed,
            "reasons": dict(result.reasons),
            "unknown_categories": unknown,
            "refused_rows": refusals.path if refusals.count else None,
            "done": acts,
        }
    )
    console.say(
        f"{file.name}: {columns.tool}'s export, {reading}" if columns.tool != LIST else f"{file.name}: {reading}"
    )
    if not acts:
        maybe = columns.may_say_choices()
        console.sheet(
            (heading or "(no heading)", field or _unused(heading, heading in maybe))
            for heading, field in columns.taken_for()
        )
    console.sheet((why, count) for why, count in result.reasons.most_common())
    if unknown:
        named = ", ".join(f"{word} ({count})" for word, count in unknown.items())
        console.say(f"no category is called: {named}")
    if refusals.count:
        console.say(f"{counted(refusals.count, 'row')} not taken, with the reason of each: {refusals.path}")
    console.say(_line(result, acts=acts))


def _unused(heading: str, may_say_choices: bool) -> str:
    """Of a column that is taken for nothing."""
    if not may_say_choices:
        return "not used"
    named = f'"{heading}"' if " " in heading else heading
    return f"not used; --column-categories {named} takes it for what each chose; without that, all get the same"


#: What of a row does not say by itself where it holds.
_IN_WORDS = {
    Fate.ENDED: "who ended it here",
    Fate.LEFT: "not subscribed there",
    Fate.MOVED: "who have another address here",
}


def _line(result: ImportResult, *, acts: bool) -> str:
    consents = f" ({result.shown} whose consent is shown, {result.claimed} claimed)" if result.fates[Fate.NEW] else ""
    told = [each for each in Fate if each is not Fate.NEW and result.fates[each]]
    others = [f"{result.fates[each]} {_IN_WORDS.get(each, each)}" for each in told]
    if result.suppressed:
        others.append(f"{counted(result.suppressed, 'address', 'addresses')} suppressed")
    counts = ", ".join([f"{result.fates[Fate.NEW]} new{consents}", *others])
    return f"import: {counts}" + ("" if acts else "; nobody is taken in without --do")


COMMANDS = (import_list,)
