"""All that is kept of one person, for them to read: UK GDPR articles 15 and 20.

What we have words for is told in them. A table that nobody has thought of here is told as it stands, so that nothing
which is kept can be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.store import address_history, consents, own_rows, subscribers, suppressions, tags
from solacefeed.store import erasing as person_store
from solacefeed.store.database import Store
from solacefeed.store.ledger import of_reader
from solacefeed.store.subscription_changes import history

#: What each part is, for whoever reads the file.
WORDS: Mapping[str, str] = {
    "person": "You, as we know you: the address that we mail, and the name that stands in the To line.",
    "earlier_addresses": "Addresses that you had before, and by whose word that was changed.",
    "subscriptions": "What you get, how often, and which categories you chose; null is everything.",
    "history": "Each change of your subscriptions since we note them, and by whose word it was.",
    "consents": "Why we may mail you: when and how you agreed, and the sentence beside the button.",
    "suppression": "Why we mail you nothing, where your address is one that is never to be mailed.",
    "copies": "Each edition that was meant for you, what became of it, and the posts that it told you of.",
    "letters": "Mail to you alone, such as a confirmation or a link, while its words are kept.",
    "sign_ups": "What was asked for your address on our forms, until it is deleted.",
    "complaints": "What you complained of, and by when it has to be answered.",
    "also": "What else is kept with your number or your address, as it stands in our tables.",
}

#: Before any edition of any blog.
_EVER = datetime(1900, 1, 1, tzinfo=UTC)


def export_of(store: Store, number: int) -> dict[str, Any]:
    """Every part of ``WORDS``, and these words as ``about``; raises ``UsageError`` where nobody has the number."""
    with store.read() as connection:
        who = person_store.person(connection, number)
        if who is None or who.subscriber is None:
            raise UsageError(f"there is no subscriber {number}")
        person = who.subscriber
        names = tags.names_of_choices(connection)
        held = subscribers.of_one(connection, number)
        parts: dict[str, Any] = {
            "person": {"address": person.email, "name": person.name, "since": person.created_at},
            "earlier_addresses": [
                {"at": each.at, "by": each.actor, "before": each.before, "after": each.after}
                for each in address_history.of_one(connection, number)
            ],
            "subscriptions": [_wish(each, names) | {"digest": each.digest} for each in held],
            "history": [
                _wish(step, names) | {"digest": each.digest, "at": step.at, "by": step.actor}
                for each in held
                for step in history(connection, number, each.digest)
            ],
            "consents": list(_consents(connection, number)),
            "suppression": suppressions.find(connection, canonical(person.email)),
            "copies": list(_copies(connection, number)),
            "letters": own_rows.letters(connection, who),
            "sign_ups": own_rows.asked_on_forms(connection, who),
            "complaints": own_rows.complaints(connection, who),
            "also": own_rows.of_other_tables(connection, who),
        }
    return {"about": dict(WORDS), **parts}


def _wish(held: Any, names: Mapping[Any, str]) -> dict[str, Any]:
    """What a subscription, or a step of its history, is like."""
    chosen = None if held.category_ids is None else [names.get(each, each) for each in held.category_ids]
    return {
        "state": held.state,
        "categories": chosen,
        "cadence": held.cadence,
        "language": held.language,
        "paused_until": held.paused_until,
        "because": held.reason,
    }


def _consents(connection: sa.Connection, number: int) -> Iterator[dict[str, Any]]:
    given = consents.of_one(connection, number)
    wordings = consents.wordings_of(connection, (each.wording_hash for each in given if each.wording_hash))
    for each in given:
        wording = wordings.get(each.wording_hash or "")
        yield {
            "digest": each.digest,
            "basis": each.basis,
            "at": each.at,
            "how": each.how,
            "source": each.source,
            "evidence": each.evidence,
            "claimed": each.claimed,
            "wording": wording.text if wording else None,
            "network": each.network,
            "recorded_at": each.recorded_at,
        }


def _copies(connection: sa.Connection, number: int) -> Iterator[dict[str, Any]]:
    copies = of_reader(connection, number, since=_EVER)
    addresses = own_rows.addresses_of_copies(connection, number)
    posts = own_rows.names_of_posts(connection, {each for copy in copies for each in copy.post_ids})
    for copy in copies:
        yield {
            "edition": copy.edition_id,
            "to": addresses[copy.id],
            "state": copy.state,
            "when": copy.changed_at,
            "answer": copy.answer,
            "posts": [posts[each] for each in copy.post_ids if each in posts],
        }
