"""``complaints``: what readers complain of, and by when each is to be answered."""

from __future__ import annotations

from collections.abc import Mapping

import click

from solacefeed.cli.deliveries import NUMBER
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.deeds.people.complaining import answered, who_said
from solacefeed.models.people import ReaderComplaint
from solacefeed.store import reader_complaints, subscribers
from solacefeed.words import instant_words


@click.group
def complaints() -> None:
    """Look at complaints of readers, and end one."""


@complaints.command("list")
@MOST
@common
@pass_options
def list_complaints(options: Options, limit: int) -> None:
    """List complaints, newest first, with what each says and the day by which it is to be answered."""
    with options.app.looking() as store, store.read() as connection:
        found = reader_complaints.listing(connection, limit=limit)
        numbers = {each.subscriber_id for each in found if each.subscriber_id is not None}
        emails = {who.id: who.email for who in subscribers.people(connection, numbers=numbers)}
    options.console.tell(found)
    rows = (_row(each, emails) for each in found)
    names = ("id", "came", "address", "digest", "answer", "says")
    options.console.table(names, rows, "nobody has complained", most=limit)


def _row(complaint: ReaderComplaint, emails: Mapping[int, str]) -> tuple[object, ...]:
    typed, said = who_said(complaint)
    return (
        complaint.id,
        instant_words(complaint.at),
        emails.get(complaint.subscriber_id or 0) or (f"{typed}, as typed" if typed else None),
        complaint.digest,
        f"answered {complaint.answered_at:%Y-%m-%d}" if complaint.answered_at else f"due {complaint.due:%Y-%m-%d}",
        # All of it in a line: `--json` has its paragraphs.
        " ".join(said.split()),
    )


@complaints.command("answered")
@click.argument("complaint_id", metavar="ID", type=NUMBER)
@common
@pass_options
def answered_complaint(options: Options, complaint_id: int) -> None:
    """Say that you have answered a complaint: `status` counts its days no more."""
    with options.app.deciding() as store:
        new = answered(store, options.app.clock, complaint_id)
    options.console.tell({"id": complaint_id, "changed": new})
    options.console.say(f"complaints: {complaint_id} is answered" + ("" if new else ", as before"))
