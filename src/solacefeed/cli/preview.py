"""``preview``: an edition as it would be, in files."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.console import from_here, plain
from solacefeed.cli.options import Options, SlugsParam, common, pass_options
from solacefeed.deeds.editions.preview import Viewer
from solacefeed.delivery.rehearsal import as_name
from solacefeed.errors import UsageError
from solacefeed.files import PRIVATE, publish_file
from solacefeed.models.digests import CadenceKind


@click.command
@click.option("--digest", metavar="NAME", help="Which digest, by any of its names.  [default: the only one]")
@click.option(
    "--cadence",
    type=click.Choice([each.value for each in CadenceKind]),
    help="As it comes so often.  [default: the reader's, else the digest's first]",
)
@click.option("--edition", "edition_id", metavar="ID", help="This edition as it stands, be it a draft or on its way.")
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
    cadence: str | None,
    edition_id: str | None,
    slugs: tuple[str, ...] | None,
    email: str | None,
    upcoming: bool,
    out: Path | None,
) -> None:
    """Write an edition to files, as it would be; nothing is mailed.

    It is the edition that is due, just as prepare would freeze it; else the last one while it may still go, else the
    one that is being collected. The store stays as it is, so take any instant. There are files of its html, its text
    and the whole mail, which you alone can read.

    \b
    Examples:
      solacefeed preview --next
      solacefeed preview --categories housing,education --as-of 2026-11-23T08:00Z
      solacefeed preview --cadence daily --to ann@example.org
    """
    app = options.app
    if email and slugs:
        raise UsageError("--to goes by the subscriber's own categories; leave out --categories")
    if edition_id and (digest or cadence or upcoming):
        raise UsageError("--edition says which edition; leave out --digest, --cadence and --next")
    viewer = Viewer(slugs=slugs, email=email)
    with app.looking() as store:
        if edition_id:
            shown = app.mail.preview_edition(store, edition_id, viewer)
        else:
            kind = CadenceKind(cadence) if cadence else None
            shown = app.mail.preview(store, digest, viewer, upcoming=upcoming, cadence=kind)
        mail = app.mail.as_mail(store, shown, email)
    folder = out or app.folder / "var" / "preview"
    name = _name(shown.edition_id, email or "+".join(slugs or ()))
    documents = {
        f"{name}.html": shown.html.encode(),
        f"{name}.txt": f"Subject: {shown.subject}\n\n{shown.text}".encode(),
        f"{name}.eml": mail,
    }
    for path, document in documents.items():
        publish_file(folder, path, document, mode=PRIVATE)
    told = {key: value for key, value in plain(shown).items() if key != "variant"}
    options.console.tell({**told, "mail_size": len(mail), "files": [folder / path for path in documents]})
    options.console.say(f"preview: {shown.line()}")
    for path in documents:
        options.console.say(f"       {from_here(folder / path)}")
    sizes = zip(("html", "text", "whole mail"), documents.values(), strict=True)
    options.console.say("       " + ", ".join(f"{what} {-(-len(each) // 1000)} kB" for what, each in sizes))


def _name(edition_id: str, viewer: str) -> str:
    """Of its files: each viewer has files of their own, so that two can be looked at side by side."""
    return as_name("-".join(filter(None, (edition_id.replace("/", "-"), viewer))))
