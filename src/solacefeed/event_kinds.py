"""What kinds of event there are, as words: one list for whoever looks for their names and for their advertisements.

Each is the middle of a pattern, written with capitals, as in a name. Law: none has a group that others must count.
"""

from __future__ import annotations

from typing import Final

#: These say by themselves that something takes place, and name it: "Summit".
NOUN: Final = (
    r"(?:Summit|Conference|Congress|Convention|Symposium|Seminar|Webinar|Workshop|Masterclass|Forum|Roadshow|Festival"
    r"|Colloquium|Round ?[Tt]able|Study [Tt]our|(?:Open|Training|Study) [Dd]ay|Lecture|Dinner|Awards|Exhibition"
    r"|Annual (?:General )?Meeting|AGM)s?"
)
#: These say so too, but a name has a word of its own before them: "Carol Concert", and not "Concert".
SURE: Final = (
    r"(?:Concert|Recital|Fayre|F[eê]te|Carnival|Regatta|Tournament|Triathlon|Hustings|Meetup|Meet-[Uu]p|Hackathon"
    r"|Unconference|Bootcamp|Luncheon|Picnic|Barbecue|Ceilidh|Eisteddfod|Fleadh|Jamboree|Wassail|Pantomime|Gymkhana"
    r"|Banquet|Brunch|Evensong|Event|Expo|Bazaar|Open House|Supper Club|Bake-[Oo]ff|Egg Hunt|Treasure Hunt|Away[Dd]ay"
    r"|Hog Roast|Prize-[Gg]iving|Fundraiser|Screening)s?"
)
#: And of these so many mean something else that only what stands around them tells: "Fair", "Course", "Play".
UNSURE: Final = (
    r"(?:Gala|Ball|Fair|Market|Parade|Mela|Marathon"
    r"|Run|Walk|Ride|Swim|Race|Trek|Rally|Vigil|Retreat|Talk"
    r"|Debate|Briefing|Breakfast|Lunch|Supper|Tea|BBQ|Quiz|Night|Evening|Ceremony"
    r"|Graduation|Celebration|Show|Auction|Clean|Drop-[Ii]n|Display|Meeting|Tour|Launch|Reception"
    r"|Clinic|Tasting|Session|Day|Training|Walkabout|Lobby|Synod|Showcase|Café|Cafe"
    r"|Assembly|Procession|Pilgrimage|Panto|Revue|Disco|Dance|Dash|Challenge|Games|Cup"
    r"|Championship|Trials"
    r"|Orientation|Induction|Swap|Switch-[Oo]n|Ordination|Shoot|Sleepout|Cruise"
    r"|Outing|Excursion|Trail"
    r"|Feast|Mixer|Social|Mass|Iftar|Pride|Unveiling|Demo"
    r"|Demonstration|Sprint|Panel|Plenary|Taster|Week|Weekend|Course|Class|Camp|Surgery|Gig"
    r"|Play|Performance)s?"
)
#: What names an event with a word of its own before it.
LED_NOUN: Final = rf"(?:{SURE}|{UNSURE})"
#: And these have that word with them.
WHOLE_NOUN: Final = (
    r"(?:Half Marathon|Hack [Dd]ay|(?:Garden|Street|Summer|Christmas|Halloween|Launch) Party"
    r"|(?:Carol|Memorial|Remembrance|Remembrance Sunday|Thanksgiving|Christingle|Civic|Family|Candlelit|Commemoration"
    r"|Nativity|Easter|Harvest) Service|(?:Plant|Book|Jumble|Garage|Cake|Boot) Sale|Litter Pick|Coffee Morning"
    r"|(?:Parish|Annual|Citizens[’']) Assembly|(?:Spring|Summer|Autumn|Winter|Easter) School|Highland Games"
    r"|(?:Fun|Family|Induction|Sports|Action|Away|Taster|Careers|Awareness|Discovery|Members[’']|Visit|Community|Health"
    r"|Games|Applicant|Development|Volunteering|Clean-[Uu]p|Market|DevOps) Day|Open Studio|Question Time)s?"
)
#: What two words say together in any letters, where the second alone would not.
TOGETHER: Final = (
    r"(?:(?:Quiz|Film|Opening|First|Comedy) Night|(?:Open|Information|Parents[’']?|Networking|Quiz) Evening"
    r"|(?:Book|Report|Product|Album) Launch|Panel (?:Discussion|Debate)|(?:Walking|Guided|Study|Virtual) Tour"
    r"|(?:Drop-In|Information|Training|Taster|Q&A|Networking|Breakout|Briefing) Session"
    r"|(?:Training|Short|Online|Induction|Refresher|One-Day|Two-Day) Course|Online Class|Evening Class"
    r"|(?:Book|Trade|Jobs?|Careers|Craft|Art|Christmas|Recruitment) Fair|Trade Show|(?:Reading|Discussion) Group"
    r"|Book Club|Town Hall(?: Meeting)?|(?:Christmas|Farmers[’']|Craft) Market|(?:Charity|Fun) (?:Run|Walk|Ride)"
    r"|Gala Dinner|(?:Networking|Business|Breakfast) (?:Breakfast|Lunch|Drinks|Briefing|Meeting)|Evening Reception"
    r"|(?:Community|School|Radio|Mystery) Play|Conversation Caf[eé]|Public Meeting)s?"
)
