"""People's names, wherever they come from: forms, lists, exports and the prompt keep them in one shape."""

from __future__ import annotations

#: Characters; more is no name, and spoils the head of a mail.
LONGEST = 200


def person_name(said: str | None) -> str | None:
    """*said* as it can stand in a header: one line of letters, at most ``LONGEST`` of them; ``None`` for none.

    Law: it is idempotent, so that a name that is kept can be compared with one that is said.
    """
    if not said:
        return None
    if not said.isprintable():
        said = "".join(letter if letter.isprintable() else " " for letter in said)
    return " ".join(said.split())[:LONGEST].rstrip() or None
