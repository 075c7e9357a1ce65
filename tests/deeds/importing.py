"""The vocabulary of the tests of ``import``: a list as a file has it, and what becomes of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.importing.bringing_in import ImportList, ImportResult, bring_in
from solacefeed.deeds.people.importing.choosing import words_of
from solacefeed.deeds.people.importing.columns import columns_of
from solacefeed.deeds.people.importing.judging import Fate
from solacefeed.deeds.people.importing.statuses import of_the_file
from solacefeed.deeds.people.importing.understanding import ImportTerms
from solacefeed.models.digests import CadenceKind, CategoryNames
from solacefeed.models.people import Basis
from solacefeed.spreadsheets.opening import opened
from solacefeed.spreadsheets.rows import TableRow
from tests.deeds.world import World
from tests.support.builders import LONDON, NO_KEY


@dataclass(frozen=True, kw_only=True)
class Importer:
    """Somebody at a site with a list in a file."""

    world: World
    folder: Path
    refused: dict[int, str] = field(default_factory=dict)

    def file(self, *lines: str, name: str = "people.csv") -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def brought(
        self,
        *lines: str,
        name: str = "people.csv",
        acts: bool = True,
        claim: str | None = None,
        basis: Basis = Basis.CONSENT,
        column: str | None = None,
        slugs: tuple[str, ...] | None = None,
        cadence: CadenceKind | None = None,
        suppresses: bool = False,
        key: FingerprintKey = NO_KEY,
        advance: Callable[[int], object] = lambda _: None,
    ) -> ImportResult:
        """What came of a list of these lines; of the rows that were not taken, ``refused`` has the reasons."""
        path = self.file(*lines, name=name)
        columns = columns_of(next(opened(path).rows).cells, categories=column)
        with self.world.store.read() as connection:
            words = words_of(connection, CategoryNames(labels={"scotland": "The North"}), followed=(), slugs=slugs)
        terms = ImportTerms(
            source=name, claim=claim, basis=basis, cadence=cadence, whole_file=of_the_file(columns.tool, name)
        )

        def rows() -> Sequence[TableRow]:
            found = list(opened(path).rows)
            return found[1:] if columns.headings else found

        listed = ImportList(
            columns=columns,
            rows=lambda: iter(rows()),
            terms=terms,
            digest=self.world.digest,
            digest_names=frozenset({self.world.digest.key}),
            words=words,
            zone=LONDON,
            suppresses=suppresses,
        )
        self.refused.clear()

        def refuse(row: TableRow, why: str) -> None:
            self.refused[row.number] = why

        return bring_in(self.world.store, self.world.clock, listed, key, acts=acts, refuse=refuse, advance=advance)


def fates(result: ImportResult) -> dict[str, int]:
    """How many rows came to what."""
    return {fate.value: result.fates[fate] for fate in Fate if result.fates[fate]}
