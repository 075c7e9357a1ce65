"""The sentence beside a form's button, to which people agree; it is kept with each consent, word for word.

It says who mails what, and how often: a sentence that stands alone in the records shows what was agreed to.
"""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.catalogue import gettext
from solacefeed.models.digests import Digest
from solacefeed.models.people import Wording
from solacefeed.views.cadences import often
from solacefeed.words import listing

#: What the operator's sentence is called, and ours.
THEIRS = "[web] consent"
OURS = "the shipped sentence"


def wording(
    consent: str | None, organisation: str, digests: Sequence[Digest], language: str, *, to_choose: bool | None = None
) -> Wording:
    """The operator's sentence *consent* on a page that names *digests* itself; where there is none, ours in *language*.

    *to_choose* says whether there is anything to choose of *digests*; ``None`` for where they are several.
    """
    if consent is not None:
        return Wording(name=THEIRS, language=language, text=consent)
    what = _named(digests, language, cadences_are_chosen=True)
    if len(digests) > 1 if to_choose is None else to_choose:
        text = gettext(
            "By pressing the button you ask %(organisation)s to mail you what you have chosen of %(digests)s. You can "
            "stop at any time, by one click in every mail.",
            language,
            organisation=organisation,
            digests=what,
        )
    else:
        text = _ours(organisation, what, language)
    return Wording(name=OURS, language=language, text=text)


def snippet_wording(consent: str | None, organisation: str, digests: Sequence[Digest], language: str) -> Wording:
    """The sentence of a form that stands alone on a page of somebody else's, and asks for all of *digests*.

    Nothing around it need say what they are: so that stands before the operator's sentence, and is a part of it.
    """
    what = _named(digests, language, cadences_are_chosen=False)
    if consent is None:
        return Wording(name=OURS, language=language, text=_ours(organisation, what, language))
    who = gettext("%(digests)s, from %(organisation)s.", language, digests=what, organisation=organisation)
    return Wording(name=THEIRS, language=language, text=f"{who} {consent}")


def _ours(organisation: str, what: str, language: str) -> str:
    return gettext(
        "By pressing the button you ask %(organisation)s to mail you %(digests)s. You can stop at any time, by one "
        "click in every mail.",
        language,
        organisation=organisation,
        digests=what,
    )


def _named(digests: Sequence[Digest], language: str, *, cadences_are_chosen: bool) -> str:
    """``The Weekly Digest (every Monday) and Jobs (as often as you choose)``"""

    def how_often(digest: Digest) -> str:
        if cadences_are_chosen and len(digest.cadences) > 1:
            return gettext("as often as you choose", language)
        return often(digest.first, language)

    return listing(
        [gettext("%(digest)s (%(often)s)", language, digest=each.title, often=how_often(each)) for each in digests],
        language,
    )
