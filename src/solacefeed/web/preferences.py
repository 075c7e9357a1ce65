"""The page behind a mail's link to what its reader chose: looked at by a GET, changed by what its buttons post.

Whoever holds a forwarded mail holds that link too. So it chooses, pauses and stops; what shows, moves or erases a
person's data asks for a fresh link first, which is mailed to the address (``own_data``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people import preferences
from solacefeed.deeds.people.preferences import Gone, HourPurpose, Preferences, Standing
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import joinable
from solacefeed.deeds.people.subscribe import UNDONE_WITHIN
from solacefeed.errors import UsageError
from solacefeed.models.people import Wording
from solacefeed.person_names import person_name
from solacefeed.web.languages import language_options
from solacefeed.web.limits import Form, first
from solacefeed.web.part import VisitorsPart
from solacefeed.web.preference_forms import Day, Offered, WhatIsWished, offers, said, subscription_form
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.views import PreferencesPage, UndoView
from solacefeed.web.wordings import wording

_PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a press has done, for the page that is shown after it."""

    sentences: tuple[str, ...] = ()
    #: The keys of digests that were stopped by it.
    ended: tuple[str, ...] = ()
    #: What has to be mended before anything is done.
    amiss: WhatIsWished = field(default_factory=WhatIsWished)
    #: Whether nothing is done, and the form shown once more as it was sent.
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Whose page it is."""

    people: PeopleSettings
    standing: Standing
    generation: int
    language: str

    @property
    def number(self) -> int:
        return self.standing.subscriber.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferring(VisitorsPart):
    #: The operator's sentence beside the button; ``None`` for ours.
    consent: str | None = None

    def preferences(self, asked: PageRequest) -> Response:
        token = asked.path("token")
        try:
            number, generation = tokens.preferring(token, self.pages.front.keys)
        except UsageError:
            return self.not_ours(self.language(asked))
        if self.people is None:
            return self.nothing_to_have(self.language(asked))
        try:
            reader = self._reader(asked, number, generation)
            if not asked.acts:
                return self._shown(reader, token, Pressed())
            if not self.is_ours(asked, _PREFERENCES, token):
                again = gettext(
                    "This page stood open for long. Please look once more, and press again.", reader.language
                )
                return self._shown(reader, token, Pressed(sentences=(again,)), form=asked.form)
            return self._acted(asked, reader, token)
        except Gone:
            return self.void(self.language(asked))

    def _acted(self, asked: PageRequest, reader: PageReader, token: str) -> Response:
        act = asked.field("act")
        if act == "void":
            return self._make_void(reader)
        acts: Mapping[str, Callable[[PageRequest, PageReader], Pressed]] = {
            "save": self._save,
            "stop": self._stop,
            "feed": self._by_feed,
            "mail": self._by_mail,
            **dict.fromkeys(HourPurpose, self._mail_a_link),
        }
        done = acts[act](asked, reader) if act in acts else Pressed()
        if self.people is not None:
            self.people.wake()
        now = self._reader(asked, reader.number, reader.generation)
        return self._shown(now, token, done, form=asked.form if done.amiss.faults or done.repeats else {})

    def _reader(self, asked: PageRequest, number: int, generation: int) -> PageReader:
        assert self.people is not None
        standing = preferences.standing(self.store, number, generation)
        theirs = next((each.language for each in standing.subscriptions if each.language), None)
        language = self.language(asked, theirs)
        return PageReader(people=self.people, standing=standing, generation=generation, language=language)

    # -- what its buttons do ---------------------------------------------------------------------

    def _save(self, asked: PageRequest, reader: PageReader) -> Pressed:
        language, offered = reader.language, self._offered(reader)
        wished = said(asked.form, offered, self._day(language))
        if wished.faults:
            return Pressed(amiss=wished)
        agreed = self._wording(offered, language)
        if _asks_for_more(wished, offered) and (agreed is None or asked.field("agreed") != agreed.hash):
            # The config has changed since: the sentence beside the button was another one.
            again = gettext("Please look once more at what you typed, and press the button.", language)
            return Pressed(sentences=(again,), repeats=True)
        tongue = self.pages.spoken(asked.field("language"), _tongue(reader))
        wanted = Preferences(
            name=person_name(asked.field("name")),
            language=tongue if tongue != self.pages.language else None,
            digests=wished.digests,
            wording=agreed,
            network=asked.network,
            speaking=language,
        )
        try:
            saved = preferences.save(self.store, self.clock, reader.people, reader.number, reader.generation, wanted)
        except Gone:
            raise
        except UsageError:
            # Between the page and the press the config or the blog has taken something away.
            lost = gettext("Something of it can't be had any more, so nothing has changed. Look once more.", language)
            return Pressed(sentences=(lost,))
        titles = {each.key: each.title for each in offered}
        to_confirm = tuple(
            gettext(
                "A mail with a link is on its way: press that, and %(digest)s begins.", language, digest=titles[key]
            )
            for key in saved.asked
        )
        nothing = (gettext("All was so already; nothing has changed.", language),)
        ended = tuple(key for key, each in wished.digests.items() if each is None)
        return Pressed(sentences=(*saved.changes, *to_confirm) or nothing, ended=ended)

    def _stop(self, _asked: PageRequest, reader: PageReader) -> Pressed:
        ended = preferences.end_all(self.store, self.clock, reader.number)
        titles = self.pages.front.titles
        told = (
            gettext("%(digest)s will not come to you any more.", reader.language, digest=titles.get(key, key))
            for key in ended
        )
        return Pressed(
            sentences=tuple(told) or (gettext("Nothing came to you already.", reader.language),), ended=ended
        )

    def _by_feed(self, _asked: PageRequest, reader: PageReader) -> Pressed:
        preferences.read_by_feed(self.store, self.clock, reader.people, reader.number, reader.generation)
        return Pressed(sentences=(gettext("No digest is mailed to you while you read by feed.", reader.language),))

    def _by_mail(self, _asked: PageRequest, reader: PageReader) -> Pressed:
        preferences.read_by_mail(self.store, self.clock, reader.number, reader.generation)
        return Pressed(sentences=(gettext("Digests are mailed to you again, as you chose them.", reader.language),))

    def _mail_a_link(self, asked: PageRequest, reader: PageReader) -> Pressed:
        purpose = HourPurpose(asked.field("act"))
        preferences.ask_for_hour(self.store, self.clock, reader.people, reader.number, reader.generation, purpose)
        said_so = gettext("A mail with a link is on its way to you. The link works for one hour.", reader.language)
        return Pressed(sentences=(said_so,))

    def _make_void(self, reader: PageReader) -> Response:
        """The new link is mailed, and shown to nobody: who pressed may hold a forwarded mail."""
        preferences.void_links(self.store, self.clock, reader.people, reader.number, reader.generation)
        return self.pages.say(
            gettext("Your earlier links are void", reader.language),
            gettext(
                "A new one is on its way to %(address)s. You also find it at the foot of the next mail.",
                reader.language,
                address=reader.standing.masked,
            ),
            language=reader.language,
        )

    # -- as it is shown --------------------------------------------------------------------------

    def _offered(self, reader: PageReader) -> list[Offered]:
        """What the reader has, then what they can have besides."""
        had = {each.digest: each for each in reader.standing.subscriptions}
        open_ones = {each.key for each in joinable(reader.people.digests.values())}
        with self.store.read() as connection:
            all_of_them = offers(connection, reader.people, had)
        shown = [each for each in all_of_them if each.stands or each.key in open_ones]
        return sorted(shown, key=lambda each: not each.stands)

    def _wording(self, offered: Sequence[Offered], language: str) -> Wording | None:
        """The sentence to which is agreed where more is asked for; ``None`` where there is no more."""
        more = [each.choices.digest for each in offered if not each.stands]
        organisation = self.pages.front.site.organisation
        return wording(self.consent, organisation, more, language, to_choose=True) if more else None

    def _day(self, language: str) -> Day:
        return Day(now=self.clock(), zone=self.pages.front.site.zone, language=language)

    def _shown(self, reader: PageReader, token: str, done: Pressed, *, form: Form | None = None) -> Response:
        language, front, standing = reader.language, self.pages.front, reader.standing
        offered, day, faults = self._offered(reader), self._day(language), done.amiss.faults
        agreed = self._wording(offered, language)
        feed = tokens.for_feed(reader.number, reader.generation, front.keys)
        shown = PreferencesPage(
            **self.pages.around(gettext("Your digests", language), language)
            | {"complain": self.pages.at(f"/complain/{token}", language)},
            address=standing.masked,
            token=self.token(_PREFERENCES, token),
            done=done.sentences,
            undos=tuple(self._undo(reader, end) for end in self._ends(reader, done) if end is not None),
            faults=done.amiss.summary,
            subscriptions=tuple(subscription_form(each, day, faults, form or {}) for each in offered),
            name=first(form, "name") if form else standing.subscriber.name or "",
            mail_languages=language_options(
                front.languages, self.pages.spoken(first(form or {}, "language"), _tongue(reader))
            ),
            consent=agreed.text if agreed else None,
            agreed=agreed.hash if agreed else None,
            gets_any=any(each.stands for each in offered),
            feed=self.pages.at(f"/my/{feed}.atom"),
            reads_by_feed=standing.reads_by_feed,
        )
        return self.pages.show(shown, status=422 if faults else 200)

    def _ends(self, reader: PageReader, done: Pressed) -> Iterator[tokens.OwnEnd | None]:
        return (preferences.end_of(self.store, key, reader.number) for key in done.ended)

    def _undo(self, reader: PageReader, end: tokens.OwnEnd) -> UndoView:
        front, key = self.pages.front, end.digest
        token = tokens.for_undoing(end, front.keys, until=self.clock() + UNDONE_WITHIN)
        return UndoView(title=front.titles.get(key, key), action=self.pages.at(f"/undo/{token}", reader.language))


def _asks_for_more(wished: WhatIsWished, offered: Sequence[Offered]) -> bool:
    return any(wished.digests.get(each.key) is not None for each in offered if not each.stands)


def _tongue(reader: PageReader) -> str | None:
    """Of their mails; ``None`` for the site's."""
    return next((each.language for each in reader.standing.subscriptions if each.language), None)


def routes(part: Preferring) -> list[Route]:
    return [page("/preferences/{token}", part.preferences, methods=("GET", "POST"))]
