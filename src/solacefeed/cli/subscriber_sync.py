"""``subscribers sync``: the subscribers are held to the export of a membership database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solacefeed.cli.complaints import exit_with
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.composition.membership import columns, source_named, sync_settings
from solacefeed.deeds.people.member_files import MemberFile, alone_of, read_members
from solacefeed.deeds.people.sync import look, sync
from solacefeed.deeds.people.sync_settings import LeftAlone, Synced
from solacefeed.words import counted

if TYPE_CHECKING:
    from solacefeed.cli.console import Console

#: Members who are told of that were left alone.
_MOST_TOLD = 20


@click.command("sync")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", metavar="NAME", help="Which [[sync]] of the config it is of.  [default: the only one]")
@click.option("--dry-run", "looks", is_flag=True, help="Only say what would be done, and write nothing.")
@click.option("--yes", "believes", is_flag=True, help="Believe it, however many are gone or have another address.")
@common
@pass_options
def sync_members(options: Options, file: Path, source: str | None, looks: bool, believes: bool) -> None:
    """Hold the subscribers to a membership database, by its export.

    FILE is CSV, or a workbook (.xlsx) of up to 50,000 rows; [[sync]] in the config says which column is what, and why
    members may be mailed. Whom it has brought and lists no more ends, and comes back by it; another address moves them.
    Who ended, chose or paused themselves, came in another way, bounced or was erased stays as they are.

    Where more than a share is gone at once, or has another address, nobody ends or moves, and the command exits with 1:
    look, and say --yes. It can be done again at any time, also when it was cut off.

    \b
    Examples:
      solacefeed subscribers sync members.csv --source members --dry-run
      solacefeed subscribers sync members.csv --source members
    """
    app = options.app
    wanted = source_named(app, source)
    export = read_members(file, columns(wanted))
    with app.looking() if looks else app.deciding(create=True) as store:
        settings = sync_settings(app, store, wanted, acts=not looks)
        if looks:
            found = look(store, settings, export.rows, export.present)
        else:
            with options.console.progress("sync") as advance:
                found = sync(store, app.clock, settings, export.rows, export.present, believe=believes, on_rows=advance)
    alone = tuple(alone_of(export, found.alone))
    _tell(options.console, wanted.name, export, found, alone, acts=not looks)
    held = () if believes else found.held_back()
    exit_with([f"{each}: look, and say --yes where it is so" for each in held])


# -- in words -------------------------------------------------------------------------------------------


def _tell(
    console: Console, source: str, export: MemberFile, found: Synced, alone: Sequence[LeftAlone], *, acts: bool
) -> None:
    console.tell({"source": source, "read_as": export.reading, "done": acts, "sync": found, "left_alone": alone})
    if alone:
        rows = ((each.line, each.member, each.why) for each in alone[:_MOST_TOLD])
        console.table(("line", "member", "why it is left alone"), rows, "")
    if len(alone) > _MOST_TOLD:
        console.say(f"and {len(alone) - _MOST_TOLD} more: --json tells of all")
    if found.unknown:
        console.say(f"no category is called: {', '.join(found.unknown[:_MOST_TOLD])}")
    console.say(f"sync: {', '.join(_counts(found, alone, acts=acts))}" + ("" if acts else "; nothing was written"))


def _counts(found: Synced, alone: Sequence[LeftAlone], *, acts: bool) -> Iterator[str]:
    yield f"{found.new} new"
    told = (
        (found.begun, "begun"),
        (found.back, "back"),
        (0 if found.held_moves and not acts else found.moved, "moved"),
        (found.renamed, "renamed"),
        (found.known, "here already"),
    )
    yield from (f"{count} {word}" for count, word in told if count)
    if found.gone:
        ended = "held back" if found.held_gone else f"{counted(found.ended, 'subscription')} ended"
        yield f"{found.gone} gone" + (f" ({ended})" if acts else "")
    if alone:
        yield f"{len({(each.line, each.member) for each in alone})} left alone"
    yield f"{found.same} as before"


COMMANDS = (sync_members,)
