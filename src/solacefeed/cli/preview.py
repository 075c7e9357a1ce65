"""``preview``: an edition as it would be, in files."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.console import from_here, plain
from solacefeed.cli.options import Options, SlugsParam, common, pass_options
from solacefeed.deeds.editions.preview import Viewer
from solacefeed.delivery.rehearsal import as_name
from solacefeed.errors import UsageError
from solacefeed.files import publish_file


@click.command
@click.option("--digest", metavar="NAME", help="Which digest, by any of its names.  [default: the only one]")
@click.option("--categories", "slugs", type=SlugsParam(), help="As a reader of these slugs.  [default: everything]")
@click.option(
    "--to", "email", metavar="ADDRESS", help="As this subscriber gets it: their choice, and what is new to them."
)
@click.option("--next", "upcoming", is_flag=True, help="The edition that is still being collected.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write it.  [default: var/preview]",
)
@common
@pass_options
def preview(
    options: Options,
    digest: str | None,
    slugs: tuple[str, ...] | None,
    email: str | None,
    upcoming: bool,
    out: Path | None,
) -> None:
    """Write an edition to files, as it would be; nothing is mailed.

    It is the edition that is due, just as prepare would freeze it; else the last one while it may still go, else the
    one that is being collected. The store stays as it is, so take any instant.

    \b
    Examples:
      solacefeed preview --next
      solacefeed preview --categories housing,education --as-of 2026-11-23T08:00Z
    """
    app = options.app
    if email and slugs:
        raise UsageError("--to goes by the subscriber's own categories; leave out --categories")
    with app.looking() as store:
        shown = app.mail.preview(store, digest, Viewer(slugs=slugs, email=email), upcoming=upcoming)
    folder = out or app.folder / "var" / "preview"
    name = _name(shown.edition_id, email or "+".join(slugs or ()))
    documents = {f"{name}.html": shown.html, f"{name}.txt": f"Subject: {shown.subject}\n\n{shown.text}"}
    for path, document in documents.items():
        publish_file(folder, path, document.encode())
    options.console.tell({**plain(shown), "files": [folder / path for path in documents]})
    options.console.say(f"preview: {shown.line()}")
    for path in documents:
        options.console.say(f"       {from_here(folder / path)}")


def _name(edition_id: str, viewer: str) -> str:
    """Of its files: each viewer has files of their own, so that two can be looked at side by side."""
    return as_name("-".join(filter(None, (edition_id.replace("/", "-"), viewer))))
