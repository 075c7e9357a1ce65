"""The options by which subscriptions are asked for, alike in each command that tells of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click
import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor, Basis, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.subscriber_search import SubscriptionFilter

if TYPE_CHECKING:
    from solacefeed.app import App
    from solacefeed.store.database import Store

C = TypeVar("C", bound=Callable[..., object])

_ACTORS = click.Choice([each.value for each in Actor])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the options asked for, as they were typed; each command that takes them has these as ``**filters``."""

    state: str | None = None
    digest: str | None = None
    category: str | None = None
    search: str | None = None
    basis: str | None = None
    by: str | None = None
    entered_by: str | None = None

    def of(self, app: App, store: Store) -> SubscriptionFilter:
        """In the store's terms; raises ``UsageError`` for a digest or a category that there is not."""
        with store.read() as connection:
            category_id = _category(app, connection, self.category)
        return SubscriptionFilter(
            state=SubscriptionState(self.state) if self.state else None,
            digest=app.audience(store).keys_to_end(self.digest)[0] if self.digest else None,
            category_id=category_id,
            text=self.search.strip() or None if self.search else None,
            basis=Basis(self.basis) if self.basis else None,
            by=Actor(self.by) if self.by else None,
            entered_by=Actor(self.entered_by) if self.entered_by else None,
        )


def filters(command: C) -> C:
    """Gives *command* the options."""
    options = (
        click.option(
            "--state", type=click.Choice([each.value for each in SubscriptionState]), help="Only those in it."
        ),
        click.option("--digest", metavar="NAME", help="Only of that digest, by any of its names."),
        click.option("--category", metavar="SLUG", help="Only of those who have chosen it by name."),
        click.option("--search", metavar="TEXT", help="Only those with it in their address or name."),
        click.option("--basis", type=click.Choice([each.value for each in Basis]), help="Only those mailed on it."),
        click.option("--by", type=_ACTORS, help="Only those that are as they are by that one's word."),
        click.option("--entered-by", type=_ACTORS, help="Only those that began by that one's word."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _category(app: App, connection: sa.Connection, slug: str | None) -> CategoryId | None:
    if slug is None:
        return None
    followed = {tag: None for each in app.config.digests for tag in each.digest().followed}
    slugs = known_slugs(connection, tuple(followed))
    if refusal := slugs.refusal([slug]):
        raise UsageError(f"--category {slug}: {refusal}")
    return slugs.id_of(slug)
