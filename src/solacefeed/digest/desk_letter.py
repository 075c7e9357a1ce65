"""The mail that brings an editor links to the desk, because somebody asked for them."""

from __future__ import annotations

import html
from collections.abc import Mapping

from solacefeed.models.letters import LetterWords

_ASKED = "Somebody asked for a link to the desk with your address. If that was not you, there is nothing to do."
_NOTHING = "No edition waits for you just now. You are mailed when one is drafted."


def desk_words(title: str, addresses: Mapping[str, str]) -> LetterWords:
    """*addresses* are those of the pages of editions that wait, by the editions' ids; *title* is the site's."""
    subject = f"[Desk] {title}"
    said = _ASKED if addresses else f"{_ASKED} {_NOTHING}"
    lines = "".join(f"{edition_id}\n{address}\n\n" for edition_id, address in addresses.items())
    links = "".join(
        f'<p><a href="{html.escape(address)}">{html.escape(edition_id)}</a></p>'
        for edition_id, address in addresses.items()
    )
    return LetterWords(
        subject=subject,
        text=f"{said}\n\n{lines}".rstrip() + "\n",
        html=f"""<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">"""
        f"""<title>{html.escape(subject)}</title></head><body><div lang="en" dir="ltr">"""
        f"""<h1>{html.escape(subject)}</h1><p>{html.escape(said)}</p>{links}</div></body></html>\n""",
        language="en",
    )
