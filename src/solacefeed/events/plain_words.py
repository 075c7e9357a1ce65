"""The plain words of announcements: between a name and its days they say that both belong together.

Who tunes what is understood adds a word here, and looks at the table of posts in ``tests/events/prose``.
"""

from __future__ import annotations


def words(*lines: str) -> frozenset[str]:
    """The words of *lines*."""
    return frozenset(" ".join(lines).split())


#: Kinds of events, as a sentence calls them once their name was said.
KINDS = words(
    "conference event summit seminar webinar workshop masterclass forum festival congress symposium lecture",
    "dinner awards exhibition meeting concert gala ball fair fayre fete market parade carnival show walk run ride",
    "swim race rally vigil hustings meetup hackathon retreat talk debate briefing breakfast lunch supper tea",
    "picnic party quiz night evening ceremony celebration service course class session tour launch reception",
    "screening sale display performance school training open study drop-in agm assembly auction weekend morning",
    "afternoon tournament marathon convention",
)
#: The words of its taking place.
_VERBS = words(
    "is are be being been will has have held hold holds holding take takes taking place run runs running returns",
    "return comes come coming moved rescheduled brought put postponed planned planning scheduled arranged",
    "organised organising host hosts hosted hosting sponsored save join meet meets gather get together welcomes",
    "welcome begins begin beginning starts start starting opens opening leaves set sets off kicks gets underway",
    "launch launches launching launched announce present presents presented celebrate celebrates celebrating",
    "invite invites inviting invited visit see sees seeing attend featuring marks mark note pop look unveiled",
    "staged staging lands ask asked asking includes including going say love follows drop",
)
_MORE_VERBS = words(
    "happening happens tours arrives heads hits lead leads showcase showcases steps grab celebrates bring brings rolls",
    "thrilled proud looking continues bringing meeting neighbours friends",
)
_SMALL = words(
    "in at on from between to the a an it its it’s it's this that these which year year's year’s years over for",
    "by with of and upon under then we we’re we're we’ll we'll us our you your any time when where between along",
    "also again back now forward up via way all here there would still ahead instead have part same one two three",
    "her him them four five first second third fourth fifth last final next due live",
)
_QUALITIES = words(
    "day days date dates diary diaries calendar calendars online virtual hybrid venue local public special own",
    "very big great monthly weekly regular annual autumn spring summer winter flagship main national regional",
    "biggest premier free new evening morning afternoon lunchtime half-day full-day one-day two-day three-day",
    "usual warmly cordially everyone please pleased delighted excited doors partnership volunteers team",
)
#: Where it is, in small letters.
_PLACES = words(
    "church hall halls room rooms library school centre center garden gardens park green grounds ground club",
    "house theatre museum gallery pub square steps village town city community parish building campus car",
    "courtyard field cafe café station",
)

PLAIN = KINDS | _VERBS | _MORE_VERBS | _SMALL | _QUALITIES | _PLACES

#: What a line that says when and where may say besides.
BESIDES = PLAIN | words(
    "am pm a.m p.m noon midday midnight until till late each both daily onwards sharp prompt approx room floor",
    "near next outside inside behind opposite off gates start finish arrive arrival refreshments admission entry",
)
