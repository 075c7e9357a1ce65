"""The config, read again while the daemon lives: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from solacefeed import catalogue
from solacefeed.app import App
from solacefeed.composition.signing import keys_of
from solacefeed.config import Config
from solacefeed.errors import UsageError

#: What a restart alone can change, and what holds until then.
KEPT: Final[Mapping[str, str]] = {
    "[store] url": "all goes on with the store that was opened first",
    "[store] engine": "all goes on with the one before",
    "[site] tag_authority": "every id is made with the one before",
    "[web] listen": "pages are served where they were",
    "[web] base_url": "pages are served, or are not, as before",
    "[monitoring] listen": "metrics and the operator's page are served where they were",
    "[log]": "lines are written as before",
}


def takes_a_restart(name: str) -> str:
    """What is said of one of ``KEPT`` that the config read again has otherwise."""
    return f"{name} was changed, which takes a restart: until then {KEPT[name]}"


def read_again(before: App, reread: Callable[[], App], turn: Callable[[App], object]) -> tuple[App, tuple[str, ...]]:
    """What *reread* gives, and of ``KEPT`` what stays as *before* though it was changed.

    It is looked over as ``solacefeed check`` does, and then whoever can fail at it shall *turn* to it. Raises
    ``ConfigError`` with all problems, and ``UsageError`` for a rehearsal; then all is as it was.
    """
    # All that shows anything: a daemon without pages does not load it before.
    from solacefeed.composition.pages import check

    try:
        app = reread()
        if app.rehearsed:
            raise UsageError("the daemon lives by the real clock: take as_of out of the config")
        app.process = before.process
        app.config, kept = _kept(before.config, app.config)
        keys_of(app.config)
        check(app)
        turn(app)
    except BaseException:
        # Which catalogues there are is a fact of the process.
        catalogue.look_in(before.config.site.catalogues)
        raise
    return app, kept


def _kept(before: Config, now: Config) -> tuple[Config, tuple[str, ...]]:
    """*now* with what can't change as it was *before*, and the names of what that is."""
    kept: list[str] = []
    changed: dict[str, Any] = {}
    for name in KEPT:
        table, _, key = name.removeprefix("[").partition("]")
        key = key.strip()
        then, now_ = getattr(before, table), changed.get(table, getattr(now, table))
        was, wanted = (getattr(then, key), getattr(now_, key)) if key else (then, now_)
        if was == wanted or (name == "[web] base_url" and was and wanted):
            continue
        kept.append(name)
        changed[table] = now_.model_copy(update={key: was}) if key else was
    return now.model_copy(update=changed), tuple(kept)
