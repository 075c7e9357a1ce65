"""``status``: what stands, what did not come out as it should have, and what ends that."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from solacefeed.cli.complaints import complain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.upkeep.hints import Hint
from solacefeed.deeds.upkeep.sheet import sheet
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.deeds.upkeep.troubles import line
from solacefeed.store.database import shown


@click.command
@click.option("--acknowledge", is_flag=True, help="Say that you know of the troubles there are now.")
@click.option("--link", is_flag=True, help="Print a link to the same as a page, which works for a day.")
@common
@pass_options
def status(options: Options, acknowledge: bool, link: bool) -> None:
    """Say what stands, what did not come out as it should have, and what ends that.

    The exit code is 1 while there is trouble that you do not know of, and 0 else: monitoring may go by it. With
    --acknowledge you know of all there is now; each is news again when it is another one, or grows.

    \b
    Example, silent unless something is wrong:
      0 9 * * *  cd /srv/solacefeed && solacefeed status -q
    """
    if link:
        _link(options)
        return
    app, console = options.app, options.console
    with app.deciding() if acknowledge else app.looking() as store:
        if acknowledge:
            app.upkeep.acknowledge(store)
        stands = app.upkeep.status(store)
        kind = app.upkeep.source_in_use(store)
    judged = app.upkeep.judgement(stands)
    said: list[Trouble | Hint] = [*judged.troubles, *judged.acknowledged, *judged.hints]
    console.tell(
        {
            "standing": stands,
            "source_in_use": kind,
            "advice": [line(each) for each in said],
            "troubles": judged.troubles,
            "acknowledged": judged.acknowledged,
            "hints": judged.hints,
        }
    )
    console.sheet(
        [
            ("trouble", _lines(judged.troubles)),
            ("known", _lines(judged.acknowledged)),
            ("hint", _lines(judged.hints)),
            ("to do", None if said else "nothing, all is well"),
            *sheet(stands, shown(app.config.store.url), kind),
        ]
    )
    if options.quiet:
        for trouble in judged.troubles:
            complain(line(trouble))
    sys.exit(1 if judged.troubles else 0)


def _lines(said: Sequence[Trouble | Hint]) -> str | None:
    return "\n".join(line(each) for each in said) or None


def _link(options: Options) -> None:
    """Whoever has it sees how the site stands, and can do nothing."""
    from solacefeed.composition.monitoring import Monitoring

    with options.app.store(create=False) as store:
        address, until = Monitoring(options.app).link(store)
    options.console.tell({"link": address, "until": until})
    options.console.say(address)
    options.console.say(f"it works until {until:%Y-%m-%d %H:%M} UTC, for whoever has it")
