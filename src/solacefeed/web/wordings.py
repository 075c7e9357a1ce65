"""The sentence beside a form's button, to which people agree; it is kept with each consent, word for word."""

from __future__ import annotations

from solacefeed.catalogue import gettext
from solacefeed.models.people import Wording

#: What the operator's sentence is called, and ours.
THEIRS = "[web] consent"
OURS = "the shipped sentence"


def wording(consent: str | None, organisation: str, language: str) -> Wording:
    """The operator's sentence *consent*; where there is none, ours in *language*."""
    if consent is not None:
        return Wording(name=THEIRS, language=language, text=consent)
    text = gettext(
        "By pressing the button you ask %(organisation)s to mail you this. You can stop at any time, by one click in "
        "every mail.",
        language,
        organisation=organisation,
    )
    return Wording(name=OURS, language=language, text=text)
