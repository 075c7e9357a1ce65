"""``doctor``: what the site stands on, and what bites later."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from solacefeed.app import App
from solacefeed.cli.complaints import complain
from solacefeed.cli.dkim import read_mail
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.upkeep.doctor.examinations import ExaminationResult, FindingLevel, SiteFinding, examine_all
from solacefeed.dns_client.lookup import Lookup
from solacefeed.errors import StoreError, UsageError

#: How each level is counted in the last line.
_COUNTED = {
    FindingLevel.TROUBLE: "to mend",
    FindingLevel.NOTE: "to note",
    FindingLevel.UNKNOWN: "not known",
    FindingLevel.OK: "in order",
}


@click.command
@click.option(
    "--resolver",
    metavar="ADDRESS",
    help="Ask this name server, such as 192.0.2.53 or 127.0.0.1:5353.  [default: the system's]",
)
@click.option(
    "--mail",
    "mail_file",
    metavar="FILE|-",
    type=click.Path(path_type=Path),
    help="A test mail as it came, with all its headers: what do they show?",
)
@common
@pass_options
def doctor(options: Options, resolver: str | None, mail_file: Path | None) -> None:
    """Look at all that the site stands on, and say what bites later.

    It asks the relay, the name system, the blog and your own web servers, says what to do about what is wrong, and
    changes nothing; nothing is mailed. The exit code is 1 while something is to be mended, and 0 else: what is to be
    noted, or is not known, does not count.

    \b
    Examples:
      solacefeed doctor
      solacefeed doctor --mail test.eml
      solacefeed doctor --resolver 192.0.2.53 --json
    """
    try:
        lookup = Lookup(resolver)
    except ValueError as error:
        raise UsageError(f"--resolver: {error}") from error
    content = read_mail(mail_file) if mail_file else None
    results = _examined(options.app, options.config_path, lookup, content)
    counts = Counter(finding.level for each in results for finding in each.findings)
    options.console.tell({"examinations": results, "counts": counts})
    options.console.sheet(_sheet(results))
    options.console.say(f"doctor: {', '.join(f'{counts[level]} {words}' for level, words in _COUNTED.items())}")
    troubles = [
        _line(each.name, finding)
        for each in results
        for finding in each.findings
        if finding.level is FindingLevel.TROUBLE
    ]
    if options.quiet:
        for trouble in troubles:
            complain(trouble)
    sys.exit(1 if troubles else 0)


def _examined(app: App, config: Path, lookup: Lookup, test_mail: bytes | None) -> list[ExaminationResult]:
    from solacefeed.composition.doctor import Doctor

    with ExitStack() as stack:
        try:
            store = stack.enter_context(app.looking())
        except StoreError as error:
            asked = Doctor(app, app.bounces, app.upkeep, error, lookup=lookup, config=config)
        else:
            asked = Doctor(app, app.bounces, app.upkeep, store, lookup=lookup, config=config)
        return list(examine_all(asked.examinations(test_mail)))


def _sheet(results: Iterable[ExaminationResult]) -> Iterator[tuple[str, str]]:
    """A part of the site behind its name, a finding a line."""
    parts: dict[str, list[str]] = {}
    for each in results:
        parts.setdefault(each.part, []).extend(_lines(each))
    return ((part, "\n".join(lines)) for part, lines in parts.items())


def _lines(result: ExaminationResult) -> Iterator[str]:
    width = max(map(len, FindingLevel))
    return (f"{finding.level:<{width}}  {_line(result.name, finding)}" for finding in result.findings)


def _line(name: str, finding: SiteFinding) -> str:
    """Behind the name of its examination, by which it stands in docs/operating.md."""
    words = f"{name}: {finding.words}"
    if finding.to_do is None:
        return words
    # What another program has said may end with a question of its own.
    return f"{words}{'' if finding.words.endswith('?') else ':'} {finding.to_do}"
