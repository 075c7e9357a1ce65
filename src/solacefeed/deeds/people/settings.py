"""What the deeds of people by themselves go by: the forms, their letters, and the pages behind the links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.site import Site
from solacefeed.store.outbox import NameLetter
from solacefeed.tokens import Keys

if TYPE_CHECKING:
    from jinja2 import Environment


def _ignore() -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """What a config says of people who subscribe, choose and leave by themselves."""

    #: Those of the config, by key, in its order.
    digests: Mapping[str, Digest]
    names: CategoryNames
    site: Site
    #: Of ``[web]``, without a slash at its end: the only host in any link.
    base_url: str
    keys: Keys
    key: FingerprintKey
    name_letter: NameLetter
    environment: Environment
    #: The address at which somebody reads answers.
    reply_to: str
    postal_address: str | None = None
    #: Who answers complaints of readers.
    complaints: str
    #: Whether new readers are welcomed by a mail.
    welcome: bool = True
    #: Says that a letter waits, or something to be answered: whoever delivers need not wait for the next look.
    wake: Callable[[], None] = field(default=_ignore)
