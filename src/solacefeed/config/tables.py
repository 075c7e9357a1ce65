"""The tables and keys of the config, each said once: its check, its default, and what it means to the operator.

The starter config, the shipped sample and docs/configuration.md take their words from here, and tests hold them to
it. The home of pydantic, together with ``loading``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationInfo,
)
from pydantic.fields import FieldInfo

from solacefeed import palette
from solacefeed.config import brand_checks, checks, file_checks, store_addresses
from solacefeed.config.closings import closings, local_time
from solacefeed.email_addresses import email_address
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.digests import (
    Approval,
    Cadence,
    CadenceKind,
    CategoryNames,
    Closing,
    Combined,
    Corrections,
    Digest,
    Join,
    Marks,
    kind_of,
)
from solacefeed.models.events import Calendar, CalendarKind, Event
from solacefeed.models.posts import followed_id
from solacefeed.pace import DomainGroup, Limits, Pace

STORE_URL = "SOLACEFEED_STORE_URL"
SMTP_PASSWORD = "SOLACEFEED_SMTP_PASSWORD"  # noqa: S105 - the variable's name
IMAP_PASSWORD = "SOLACEFEED_IMAP_PASSWORD"  # noqa: S105 - the variable's name
WEBHOOK = "SOLACEFEED_WEBHOOK"
WEBHOOK_SECRET = "SOLACEFEED_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
HEARTBEAT = "SOLACEFEED_HEARTBEAT"
SECRET = "SOLACEFEED_SECRET"  # noqa: S105 - the variable's name

_REQUIRED = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a config's values depend on besides its text."""

    #: The folder of the config file, which relative paths begin at.
    folder: Path = Path()
    environ: Mapping[str, str] = field(default_factory=dict)


def key(
    says: str, *, example: object, default: object = _REQUIRED, otherwise: str | None = None, alias: str | None = None
) -> Any:
    """A key of the config: what it *says* to the operator, its *default* as TOML has it, and an *example*.

    *otherwise* tells in words what holds where it is left out and no plain value can say it.
    """
    return Field(
        ... if default is _REQUIRED else default,
        description=says,
        examples=[example],
        json_schema_extra={"otherwise": otherwise} if otherwise else None,
        alias=alias,
    )


# -- values that need their surroundings --------------------------------------------------------------


def _surroundings(info: ValidationInfo) -> Surroundings:
    return info.context if isinstance(info.context, Surroundings) else Surroundings()


def _path(value: object, info: ValidationInfo) -> object:
    return _surroundings(info).folder / checks.line(value) if isinstance(value, str) else value


def _store_url(value: str, info: ValidationInfo) -> str:
    """The store's address; of SQLite with the file's path from the config's folder."""
    around = _surroundings(info)
    if given := around.environ.get(STORE_URL):
        value = given
    elif store_addresses.has_password(value):
        raise ValueError(f"must not hold a password; set the whole address in {STORE_URL}")
    try:
        kind, separator, file = store_addresses.store_url(value).partition("sqlite:///")
    except ValueError as error:
        raise ValueError(f"{error} (it was taken from {STORE_URL})" if given else str(error)) from None
    return f"{separator}{around.folder / file}" if separator else kind


def _engine(value: str, info: ValidationInfo) -> str:
    """A queue stands in PostgreSQL; where the address itself is wrong, that has been told."""
    url = info.data.get("url")
    if value == "procrastinate" and url is not None and not url.startswith("postgresql"):
        raise ValueError(f'"procrastinate" wants [store] url (or {STORE_URL}) to name PostgreSQL')
    return value


def _secret(variable: str, file_key: str) -> Callable[[object, ValidationInfo], SecretStr | None]:
    """A check for a key that must not stand in the file: its value comes from *variable*, else from a file."""

    def check(value: object, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            raise ValueError(f"secrets don't belong in this file: name a file in {file_key}, or set {variable}")
        given = _surroundings(info).environ.get(variable)
        file = info.data.get(file_key)
        found = given or (file_checks.secret_in(file) if file else None)
        return SecretStr(found) if found else None

    return check


def _address(variable: str) -> Callable[[str | None, ValidationInfo], str | None]:
    """A check for an address that may be a secret itself: *variable* takes its place."""

    def check(value: str | None, info: ValidationInfo) -> str | None:
        given = _surroundings(info).environ.get(variable) or None
        found = given or value
        try:
            return None if found is None else checks.http_url(found)
        except ValueError as error:
            raise ValueError(f"{error} (it was taken from {variable})" if given else str(error)) from None

    return check


def _not_written(value: object) -> object:
    if value != ():
        raise ValueError("tags that readers may follow stand in [tags] follow")
    return value


# Strict as they are, the tables would refuse TOML's lists where the frozen value has a tuple.
_FROM_LIST = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)

Line = Annotated[str, AfterValidator(checks.line)]
Text = Annotated[str, AfterValidator(checks.text)]
Name = Annotated[str, AfterValidator(checks.name)]
Slug = Annotated[str, AfterValidator(checks.slug)]
Slugs = Annotated[tuple[Slug, ...], _FROM_LIST]
BaseUrl = Annotated[str, AfterValidator(checks.base_url)]
Email = Annotated[str, AfterValidator(email_address)]
Mailbox = Annotated[str, AfterValidator(checks.mailbox)]
Duration = Annotated[timedelta, PlainValidator(checks.duration)]
DayOrInstant = Annotated[date | datetime, PlainValidator(checks.day_or_instant)]
Place = Annotated[Path, BeforeValidator(_path)]
ReadableFile = Annotated[Place, AfterValidator(file_checks.readable_file)]
PrivateFile = Annotated[Place, AfterValidator(file_checks.private_file)]
Share = Annotated[float, PlainValidator(checks.share)]
Seconds = Annotated[int, PlainValidator(checks.whole(1, 600))]


class _Table(BaseModel):
    # TOML has types of its own, so none is guessed: "30" is not 30.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True, defer_build=True)


# -- the tables ---------------------------------------------------------------------------------------


class SourceConfig(_Table):
    """The blog that posts come from; it is only ever read."""

    url: Annotated[str, AfterValidator(checks.source_url)] = key(
        'The blog\'s address, or "sample:" for the blog that is bundled with solacefeed.',
        example="https://blog.example.org",
    )
    kind: Literal["auto", "rest", "wordpress.com", "feed", "pages"] = key(
        'How the blog is read. "auto" finds it out, and falls back only after repeated failures: "rest" is '
        'WordPress\'s own API, the best; "wordpress.com" is that host\'s public API; "feed" is an Atom, RSS or JSON '
        'feed (url may be its own address); "pages" are the HTML archives. Feeds and pages can\'t tell of a removal.',
        default="auto",
        example="rest",
    )
    contact: Annotated[str, AfterValidator(checks.contact)] | None = key(
        "A mailto: or web address at which the blog's owner can reach you. It stands in the User-Agent of every "
        "request.",
        default=None,
        otherwise="[site] base_url",
        example="mailto:web@example.org",
    )
    timeout: Seconds = key(
        "Seconds, 1 to 600: how long one whole answer may take. A slower one ends the poll; the next tries again.",
        default=30,
        example=30,
    )
    max_bytes: Annotated[int, PlainValidator(checks.whole(65536, 2**30))] = key(
        "Bytes, 65536 to 1073741824: the largest answer that is read, after decompression. A larger one ends the poll.",
        default=33554432,
        example=33554432,
    )
    poll_seconds: Annotated[int, PlainValidator(checks.whole(2, 86400))] = key(
        "Seconds, 2 to 86400: how long one poll may read the blog. What was read by then is kept, the exit code is 1, "
        "and the next poll goes on there.",
        default=1800,
        example=1800,
    )
    poll_requests: Annotated[int, PlainValidator(checks.whole(20, 10**6))] = key(
        "20 to 1000000: how many questions one poll may ask the blog. What was read by then is kept, the exit code is "
        "1, and the next poll goes on there.",
        default=2000,
        example=2000,
    )


class SiteConfig(_Table):
    """Who publishes, and where."""

    title: Line | None = key(
        "What feeds and mails call the blog.", default=None, otherwise="the blog's own title", example="The Blog"
    )
    base_url: BaseUrl = key(
        "The web address at which the feeds folder is served. The feeds' own addresses and links are built from it.",
        example="https://feeds.example.org",
    )
    tag_authority: Annotated[str, AfterValidator(checks.tag_authority)] = key(
        "A domain or email address in lower case, a comma and a date on which it was yours (RFC 4151). Every id in a "
        "feed begins with it. Never change it: readers would see every post as new, so a store refuses another one.",
        example="example.org,2026",
    )
    language: Annotated[str, AfterValidator(checks.language)] = key(
        "The language of the posts as a BCP 47 tag. Feeds carry it, and screen readers go by it. The words around "
        "posts, on pages and in mails, are in it too where there is a catalogue of it, else in English; they say so.",
        default="en",
        example="en-GB",
    )
    catalogues: Annotated[Place, AfterValidator(file_checks.readable_folder)] | None = key(
        'A folder with catalogues of our words, such as "de.po", each named by its language. They come before the '
        "shipped ones; docs/languages.md says how to make one.",
        default=None,
        otherwise="none",
        example="catalogues",
    )
    organisation: Line = key(
        "Who publishes the feeds and sends the mails, in words. It stands at the foot of every page and mail.",
        example="Society of Chief Officers",
    )
    postal_address: Text | None = key(
        'The organisation\'s postal address, at the foot of every mail; "\\n" begins a new line. Many laws want it, so '
        "transport smtp does too.",
        default=None,
        otherwise="none",
        example="1 Market Square, Anytown AN1 1AA",
    )
    rights: Line | None = key(
        "Who may do what with the posts, in words; feeds carry it.",
        default=None,
        otherwise="none",
        example="© Society of Chief Officers, CC BY 4.0",
    )
    time_zone: Annotated[str, AfterValidator(checks.time_zone)] | None = key(
        "An IANA time zone. Closing times, all-day events and dates in mails go by it.",
        default=None,
        otherwise="the blog's own zone",
        example="Europe/London",
    )
    logo: Annotated[str, AfterValidator(brand_checks.picture)] | None = key(
        "The https address of a PNG, JPEG or GIF that stands for the organisation, at the head of pages and mails; on "
        "dark grounds it lies on a white plate. Whoever looks at a page or opens a mail asks that host for it.",
        default=None,
        otherwise="none",
        example="https://www.example.org/logo.png",
    )
    logo_size: Annotated[tuple[int, int], PlainValidator(brand_checks.size)] | None = key(
        "Width and height of that picture in pixels, so that nothing moves while it comes; it is shown at most 40 "
        "high.",
        default=None,
        otherwise="unknown",
        example=[320, 80],
    )
    accent: Annotated[str, AfterValidator(brand_checks.accent)] = key(
        "The colour of the organisation, on pages, in mails and in feeds that a browser shows. All others are made of "
        "it so that words can be read on them, in light and in dark.",
        default=palette.ACCENT,
        example="#8a1538",
    )
    typeface: Annotated[str, AfterValidator(brand_checks.typeface)] = key(
        '"serif" sets headings in a serif and all else in a sans serif; "sans" sets everything in that. A list of '
        "typefaces, which must end with serif or sans-serif, is for everything. None is loaded from anywhere: the "
        "first that a reader's machine has wins.",
        default="serif",
        example="Trebuchet MS, Arial, sans-serif",
    )
    templates: Place | None = key(
        "A folder of your own templates: a file there takes the place of the shipped one of the same name "
        "(docs/templates.md).",
        default=None,
        otherwise="the shipped ones alone",
        example="mytemplates",
    )


class StoreConfig(_Table):
    """Where everything is kept: posts, editions, subscribers, deliveries."""

    url: Annotated[str, AfterValidator(_store_url)] = Field(
        "sqlite:///var/solacefeed.db",
        description='"sqlite:///FILE", or "postgresql+psycopg://HOST/DATABASE". '
        f"The environment's {STORE_URL} takes its place, and is where a password belongs.",
        examples=["postgresql+psycopg://localhost/solacefeed"],
        repr=False,
    )
    engine: Annotated[Literal["embedded", "procrastinate"], AfterValidator(_engine)] = key(
        'Who hands mail over: "embedded" is the daemon or the command that looks for it. "procrastinate" queues it in '
        "the same PostgreSQL, for solacefeed worker on as many machines as you like; docs/scaling.md tells when.",
        default="embedded",
        example="procrastinate",
    )


class FeedsConfig(_Table):
    """The published feeds."""

    dir: Place = key(
        "The folder that feeds are written to; let a web server serve it at [site] base_url.",
        default="feeds",
        example="/srv/feeds",
    )
    entries: Annotated[int, PlainValidator(checks.whole(0, 1_000_000))] = key(
        "How many entries a feed's live document holds at most, the newest ones; 0 holds all. Older ones stand in "
        "the archives of their months.",
        default=50,
        example=20,
    )
    max_bytes: Annotated[int, PlainValidator(checks.whole(0, 2**30))] = key(
        "Bytes, 0 to 1073741824: how much text a feed's live document holds at most, but at least one entry; 0 holds "
        "all.",
        default=524288,
        example=262144,
    )
    updated: Literal["any", "text", "never"] = key(
        'What makes a reader show an entry again: "text" is a change of its title, its text or its address, "any" is '
        'every change of the blog\'s date, "never" nothing. What was corrected is served at once whatever stands here.',
        default="text",
        example="never",
    )
    ids: Literal["own", "blog"] = key(
        '"own" gives entries ids that outlive every move of the blog. "blog" keeps the ids of the blog\'s own feeds, '
        "for a site whose readers follow those today and are redirected here, by the rules that solacefeed redirects "
        "prints. A change shows every entry again.",
        default="own",
        example="blog",
    )
    authors: bool = key("Whether each author has a feed too.", default=False, example=True)
    event_line: bool = key(
        "Whether an entry ends with a line that leads to the page of events, where the paragraph that advertised one "
        "was taken out. It comes with the first event that the page has. The line is always the same, so it makes "
        "nothing unread but on the day on which this changes.",
        default=False,
        example=True,
    )
    subscribe_url: Annotated[str, AfterValidator(checks.invitation)] | None = key(
        "A mailto: or web address at which people subscribe by email; the feeds' pages and mails link it.",
        default=None,
        otherwise="the form below [web] base_url, where a digest is open to readers; else no link",
        example="mailto:digest@example.org?subject=Subscribe",
    )
    hub: Annotated[str, AfterValidator(checks.http_url)] | None = key(
        "The address of a WebSub hub, which is told of each feed that changed, so that readers who asked it have a "
        "new post at once.",
        default=None,
        otherwise="no hub",
        example="https://hub.example.org/",
    )
    excerpt_length: Annotated[int, PlainValidator(checks.whole(50, 2000))] = key(
        "Characters, 50 to 2000: how long the excerpts that are made of posts may be. They are made of whole "
        "sentences; an excerpt that the blog's editor wrote is taken as it is.",
        default=300,
        example=200,
    )


class CombinedConfig(_Table):
    """A feed of several categories together; one such table each."""

    slug: Name = key(
        "Its name for good, of lower-case letters, digits and hyphens; it stands in the feed's address.",
        example="people",
    )
    title: Line = key("What readers know it by.", example="Children and schools")
    categories: Slugs = key(
        "Slugs of its categories; each brings those below it.", example=["childrens-social-care", "education"]
    )

    def combined(self) -> Combined:
        return Combined(slug=self.slug, title=self.title, categories=self.categories)


class CategoriesConfig(_Table):
    """What readers see of the blog's categories."""

    hide: Slugs = key(
        "Slugs of categories without a feed of their own and without a label on posts. Their posts stand in the feed "
        "of all posts all the same.",
        default=["uncategorized"],
        example=["uncategorized", "internal"],
    )
    labels: Mapping[Slug, Line] = key(
        "What readers see instead of the blog's name of a category, by slug.",
        default={},
        example={"local-government-finance": "Local government finance"},
    )

    def names(self) -> CategoryNames:
        return CategoryNames(hidden=frozenset(self.hide), labels=self.labels)


class TagsConfig(_Table):
    """Tags of the blog that readers may follow, beside its categories."""

    follow: Slugs = key(
        "Slugs of the tags that readers may choose. All others are for marks alone.", default=[], example=["planning"]
    )
    hide: Slugs = key(
        "Slugs of such tags that forms and posts don't show; you may enter readers for them.",
        default=[],
        example=["members-only"],
    )
    labels: Mapping[Slug, Line] = key(
        "What readers see instead of the blog's name of such a tag, by slug.",
        default={},
        example={"planning": "Planning and building"},
    )

    def added_to(self, names: CategoryNames) -> CategoryNames:
        """*names*, with what readers see of these tags."""
        labels: dict[str, str] = {followed_id(slug): label for slug, label in self.labels.items()}
        return replace(names, hidden=names.hidden | set(map(followed_id, self.hide)), labels={**names.labels, **labels})


class EventConfig(_Table):
    """An event that editions promote until it is over; one such table each."""

    id: Name = key(
        "Its name for good, of lower-case letters, digits and hyphens. A changed id makes another event of it.",
        example="summit-2027",
    )
    name: Line = key("What it is called.", example="Chief Officers' Summit")
    place: Line | None = key("Where it is held.", default=None, otherwise="none", example="Harrogate")
    starts: DayOrInstant = key(
        "Its first day (all day, in [site] time_zone), or the instant at which it begins, with its offset.",
        example=date(2027, 4, 13),
    )
    ends: DayOrInstant = Field(
        default_factory=lambda given: given["starts"],
        description="Its last day, which is still part of it, or the instant at which it ends; of one kind with "
        "starts. From then on it is promoted no more.",
        examples=[date(2027, 4, 15)],
        json_schema_extra={"otherwise": "the same as starts"},
    )
    url: Annotated[str, AfterValidator(checks.http_url)] | None = key(
        "Where to read more and to book; it becomes the button in mails.",
        default=None,
        otherwise="no button",
        example="https://events.example.org/summit-2027",
    )
    book_by: Annotated[date, PlainValidator(checks.day)] | None = key(
        "The last day on which it can be booked. In the week before, mails say that it is the last chance; after it, "
        "the button only leads to more about the event.",
        default=None,
        otherwise="none",
        example=date(2027, 3, 26),
    )
    text: Text | None = key(
        "One or two sentences that make one want to go.",
        default=None,
        otherwise="none",
        example="Three days with colleagues from every council.",
    )
    categories: Slugs = key(
        "Slugs: only readers of these categories, and readers of everything, see it. An empty list is for everyone.",
        default=[],
        example=["housing"],
    )

    def event(self) -> Event:
        return Event(**{name: getattr(self, name) for name in EventConfig.model_fields})


class CalendarConfig(_Table):
    """A calendar that events are known from, beside the paragraphs of posts; one such table each."""

    name: Name = key(
        "Its name for good, of lower-case letters, digits and hyphens; status and events show speak of it.",
        example="events",
    )
    url: Annotated[str, AfterValidator(checks.calendar_url)] | None = key(
        "Its web address, or that of a page; webcal: is taken for https. A calendar has url or file.",
        default=None,
        otherwise="none",
        example="https://events.example.org/calendar.ics",
    )
    file: Place | None = key(
        "The file that it stands in, on this machine.", default=None, otherwise="none", example="var/events.ics"
    )
    kind: Literal["auto", "ics", "tribe", "page"] = key(
        'What is there: "ics" is an iCalendar, "tribe" the REST API of The Events Calendar (url may be the site\'s), '
        '"page" a web page with schema.org events in it (JSON-LD). "auto" goes by what is answered.',
        default="auto",
        example="ics",
    )
    every: Duration = key(
        "A duration (s, m, h or d): how long it is left alone after it was asked. Polls that come sooner pass it by.",
        default="6h",
        example="1h",
    )
    categories: Slugs = key(
        "Slugs: only readers of these categories, and readers of everything, see its events in mails. An empty list is "
        "for everyone.",
        default=[],
        example=["housing"],
    )

    def calendar(self) -> Calendar:
        return Calendar(
            name=self.name,
            address=self.url or str(self.file),
            kind=CalendarKind(self.kind),
            every=self.every,
            categories=self.categories,
        )


class MarksConfig(_Table):
    """What an author files a post under, or tags it with, to say whether this digest mails it."""

    leave_out: Slugs = key(
        "Slugs of categories, each with those below it, and of tags: a post that has one of them is not mailed.",
        default=[],
        example=["not-by-mail"],
    )
    only: Slugs = key(
        "Slugs of the same kind: where some stand here, a post without one of them is not mailed.",
        default=[],
        example=["newsletter"],
    )

    def marks(self) -> Marks:
        return Marks(leave_out=frozenset(self.leave_out), only=frozenset(self.only))


_MostADay = Annotated[int, PlainValidator(checks.whole(1, 100))] | None
_MOST_A_DAY = key(
    "1 to 100, at once alone: how many mails a reader gets on one day at most; the rest waits for the morning.",
    default=None,
    otherwise="3",
    example=5,
)
_Morning = Annotated[time, PlainValidator(local_time)] | None
_MORNING = key(
    "A local time, at once alone: when what was left over goes, in one mail.",
    default=None,
    otherwise="07:00",
    example="08:30",
)


class CadenceConfig(_Table):
    """A further cadence, of another kind than all others of its digest; one such table each."""

    closes: Annotated[tuple[Closing, ...], PlainValidator(closings)] = key(
        "When it closes, written as for the digest itself.", example="daily 07:00"
    )
    approval: Literal["none", "hold", "required"] | None = key(
        'What its editions wait for, as for the digest itself; of "at once" always "none".',
        default=None,
        otherwise="the digest's",
        example="none",
    )
    most_a_day: _MostADay = _MOST_A_DAY
    morning: _Morning = _MORNING

    def cadence(self, approval: str) -> Cadence:
        """*approval* is the digest's."""
        mornings = (Closing(weekday=None, at=self.morning or time(7)),)
        return Cadence(
            kind=kind_of(self.closes),
            closings=self.closes or mornings,
            approval=Approval(self.approval or approval) if self.closes else Approval.NONE,
            most_a_day=self.most_a_day or 3,
        )


class DigestConfig(_Table):
    """A newsletter; one such table each, and without one no mail is made."""

    name: Name = key(
        "Its name, of lower-case letters, digits and hyphens. Its first name stands in List-Id, in addresses and in "
        "editions' names for good: who changes it writes the name before into former_names.",
        example="weekly",
    )
    former_names: Annotated[tuple[Name, ...], _FROM_LIST] = key(
        "The names that it had before, the first one first. So a new name makes no other digest of it: readers, links "
        "and editions stay.",
        default=[],
        example=["bulletin"],
    )
    title: Line = key(
        "What readers know it by: in subjects and at the head of every mail.", example="The Weekly Digest"
    )
    closes: Annotated[tuple[Closing, ...], PlainValidator(closings)] = key(
        'When an edition closes and goes out, by local time: "mon 07:00", or several weekdays as a list; "daily '
        '07:00"; "first mon of month 07:00", also second, third, fourth and last; or "at once", a mail for each post. '
        "Further cadences, among which readers choose, stand in [[digests.cadences]].",
        example="mon 07:00",
    )
    approval: Literal["none", "hold", "required"] = key(
        'What an edition waits for: "none" leaves at its closing; "hold" does so too, unless an editor holds it; '
        '"required" leaves when an editor has approved it, never before its closing. Of "at once" it is "none".',
        default="none",
        example="hold",
    )
    most_a_day: _MostADay = _MOST_A_DAY
    morning: _Morning = _MORNING
    categories: Slugs | None = key(
        "Slugs of the categories that it is of; each brings those below it. An empty list is for a digest of events "
        "alone.",
        default=None,
        otherwise="every category",
        example=["housing", "education"],
    )
    join: Literal["open", "list"] = key(
        '"open" lets everybody subscribe; "list" is for those alone whom you enter.', default="open", example="list"
    )
    public: bool = key("Whether forms and pages show it.", default=True, example=False)
    settle: Duration = key(
        "A duration (s, m, h or d): how long a post must have stood unchanged in title, text and address before it is "
        "mailed. Changed again and again, it waits four times that at most. As every duration it is at least "
        "1s, which is at once.",
        default="30m",
        example="2h",
    )
    max_age_days: Annotated[int, PlainValidator(checks.whole(1, 3660))] = key(
        "Days, 1 to 3660: how old a post may be, by its date on the blog, when we first see it. An older one, from an "
        "import say, is not mailed.",
        default=30,
        example=14,
    )
    mail_within: Duration | None = key(
        "A duration (s, m, h or d): how long after we first saw it a post can still be mailed, to readers who have not "
        "got it. At least twice the longest time between two closings: 2d for daily, 14d for weekly, 62d for monthly.",
        default=None,
        otherwise="60d; 62d where a cadence is monthly",
        example="90d",
    )
    repeats: bool = key(
        "Whether it brings posts that a reader has got by another digest, as a review of the month does.",
        default=False,
        example=True,
    )
    events_alone: bool = key(
        "Whether there is an edition when there are events, and no post, to tell of.", default=False, example=True
    )
    corrections: Literal["ask", "always", "never"] = key(
        "Whether readers are told, in the next edition, that a post which they got has another title now or was "
        'withdrawn: "ask" waits for an editor\'s yes.',
        default="ask",
        example="always",
    )
    draft_lead: Duration = key(
        "A duration (s, m, h or d): how long before its closing an edition is drafted, and the draft mailed to [mail] "
        "editors.",
        default="1d",
        example="3h",
    )
    hold_over: Annotated[float, PlainValidator(checks.growth)] = key(
        "An edition holds by itself, and you are told, when its readers or its posts are more than so many times those "
        "of the one before; 0 for never.",
        default=3,
        example=1.5,
    )
    max_late: Duration = key(
        "A duration (s, m, h or d): how long after its closing an edition may still go, or after it was prepared where "
        "that was later; more than 14d is taken as 14d. What was kept longer, by a machine that was down, does not go "
        "at all.",
        default="48h",
        example="24h",
    )
    promote_days: Annotated[int, PlainValidator(checks.whole(0, 3660))] = key(
        "Days, 0 to 3660: how long before it begins an event is promoted; 0 promotes none.", default=180, example=90
    )
    promote_most: Annotated[int, PlainValidator(checks.whole(0, 20))] = key(
        "How many events stand in one edition at most, 0 to 20: the next ones to begin.", default=3, example=1
    )
    promote_times: Annotated[int, PlainValidator(checks.whole(0, 1000))] = key(
        "In how many editions one reader is told of the same event at most, 0 to 1000; 0 tells in every one. Who "
        "subscribes late is told as often as the others were.",
        default=0,
        example=4,
    )
    utm: Mapping[Annotated[str, AfterValidator(checks.utm)], Line] = key(
        "What the booking links in mails say of where they were clicked, for the event's own web statistics: source, "
        "medium, campaign, term, content or id, each added as utm_source and so on. The word EDITION in a value stands "
        "for the edition's name, such as weekly-2026-11-23. No other link is changed.",
        default={},
        example={"source": "digest", "medium": "email", "campaign": "EDITION"},
    )

    promote_tentative: bool = key(
        "Whether events of which not enough is certain, as events list --tentative has them, are promoted too.",
        default=False,
        example=True,
    )
    promote: Literal["before", "after"] = key(
        "Where the next event stands in a mail: before the post that leads, or after it.",
        default="before",
        example="after",
    )
    marks: MarksConfig = key(
        "How authors say on the blog which posts are mailed; written as the table [digests.marks].",
        default={},
        example={"leave_out": ["not-by-mail"]},
    )
    cadences: Annotated[tuple[CadenceConfig, ...], _FROM_LIST] = key(
        "Further cadences; each written as a table [[digests.cadences]].",
        default=[],
        example=[{"closes": "daily 07:00"}],
    )

    #: Of the table of tags: ``loading`` puts it here.
    followed: Annotated[tuple[str, ...], PlainValidator(_not_written)] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it ever had, the first one first."""
        return (*self.former_names, self.name)

    def digest(self) -> Digest:
        return Digest(
            key=self.names[0],
            name=self.name,
            title=self.title,
            cadences=(self._first(), *(each.cadence(self.approval) for each in self.cadences)),
            # What looks back at copies on their way, and what is kept of these, counts on it.
            max_late=min(self.max_late, LONGEST_SENDING),
            promote_ahead=timedelta(days=self.promote_days),
            promote_most=self.promote_most,
            promote_times=self.promote_times,
            utm=self.utm,
            promote_tentative=self.promote_tentative,
            events_first=self.promote == "before",
            categories=self.categories,
            join=Join(self.join),
            public=self.public,
            settle=self.settle,
            max_age=timedelta(days=self.max_age_days),
            mail_within=self.mail_within or max(MAIL_WITHIN, least_mail_within(self._kinds())),
            marks=self.marks.marks(),
            repeats=self.repeats,
            events_alone=self.events_alone,
            corrections=Corrections(self.corrections),
            draft_lead=self.draft_lead,
            followed=self.followed,
            hold_over=self.hold_over,
        )

    def _first(self) -> Cadence:
        first = CadenceConfig.model_construct(
            closes=self.closes, approval=self.approval, most_a_day=self.most_a_day, morning=self.morning
        )
        return first.cadence(self.approval)

    def _kinds(self) -> list[CadenceKind]:
        return [kind_of(self.closes), *(kind_of(each.closes) for each in self.cadences)]


#: How long posts can be mailed where the config does not say.
MAIL_WITHIN = timedelta(days=60)

#: How far apart two closings of a kind are at most, twice.
_TWICE = {CadenceKind.WEEKLY: timedelta(days=14), CadenceKind.MONTHLY: timedelta(days=62)}


def least_mail_within(kinds: Iterable[CadenceKind]) -> timedelta:
    """Twice the longest of cadences of these *kinds*, so that a post which one edition missed stands in the next."""
    return max(_TWICE.get(kind, timedelta(days=2)) for kind in kinds)


class MailConfig(_Table):
    """How mails leave."""

    transport: Literal["rehearsal", "smtp"] = key(
        '"rehearsal" writes each mail to a file and mails nobody; "smtp" hands it to a relay.',
        default="rehearsal",
        example="smtp",
    )
    dir: Place = key("The folder that rehearsals write .eml files to.", default="var/mail", example="/tmp/mail")  # noqa: S108 - an example
    pictures: Literal["none", "own"] = key(
        '"none" lets no mail load anything. "own" shows the picture that stands for a post, where it lies on the '
        "blog's own host or WordPress's network for it: the same address for every reader, so it tells nobody who "
        "reads, but that server sees from where pictures are asked for.",
        default="none",
        example="own",
    )
    sender: Mailbox = key(
        "Whom mails are from, with or without a name. smtp needs it.",
        alias="from",
        default="solacefeed@localhost",
        example="Example Council <digest@example.org>",
    )
    reply_to: Mailbox = Field(
        default_factory=lambda given: given["sender"],
        description="Who reads what readers answer. smtp needs it.",
        examples=["editor@example.org"],
        json_schema_extra={"otherwise": "the same as from"},
    )
    unsubscribe_mailbox: Email | None = key(
        "A mailbox that takes unsubscribes by mail. smtp needs it where [web] base_url is not set.",
        default=None,
        otherwise="none",
        example="unsubscribe@example.org",
    )
    unsubscribe_files: Annotated[tuple[Place, ...], _FROM_LIST] = key(
        "Mailboxes on this machine, mbox files or Maildir folders, into which mail to unsubscribe_mailbox is "
        "delivered: what is new in them is taken at each look for mail. They are never changed.",
        default=[],
        example=["/var/mail/unsubscribe"],
    )
    return_path: Email = Field(
        default_factory=lambda given: checks.address_of(given["sender"]),
        description="The envelope sender: where bounces go.",
        examples=["bounces@example.org"],
        json_schema_extra={"otherwise": "the address in from"},
    )
    editors: Annotated[tuple[Email, ...], _FROM_LIST] = key(
        "Who gets the drafts of editions, as they will look, and is told when one holds by itself, or leaves without "
        "a post that was taken out since it was frozen.",
        default=[],
        example=["ed@example.org"],
    )
    host: Annotated[str, AfterValidator(checks.host)] | None = key(
        "The relay's host name. smtp needs it.", default=None, otherwise="none", example="smtp.example.org"
    )
    port: Annotated[int, PlainValidator(checks.whole(1, 65535))] = key(
        "The relay's port: 587 as a rule, often 465 for tls implicit.", default=587, example=465
    )
    tls: Literal["starttls", "implicit", "none"] = key(
        '"starttls" encrypts after a greeting in the clear and "implicit" from the first byte, both with a verified '
        'certificate. "none" does not encrypt, and is for a relay on this machine alone.',
        default="starttls",
        example="implicit",
    )
    ca_file: ReadableFile | None = key(
        "A PEM file with the authorities that the relay's certificate may be from.",
        default=None,
        otherwise="the system's",
        example="/etc/ssl/relay-ca.pem",
    )
    username: Line | None = key(
        "The name to log in with at the relay; it needs a password.",
        default=None,
        otherwise="no login",
        example="digest",
    )
    password_file: PrivateFile | None = key(
        f"A file with the relay's password, of mode 600. The environment's {SMTP_PASSWORD} takes its place.",
        default=None,
        otherwise="none",
        example="/etc/solacefeed/smtp-password",
    )
    password: Annotated[SecretStr | None, PlainValidator(_secret(SMTP_PASSWORD, "password_file"))] = None
    timeout: Seconds = key(
        "Seconds, 1 to 600: how long the hand-over of one mail may take. What takes longer is tried again later.",
        default=60,
        example=120,
    )
    on_uncertain: Literal["retry", "hold"] = key(
        'What becomes of a copy of which nobody can know whether the relay took it (RFC 1047): "retry" offers it once '
        'more, so that at most one reader gets it twice; "hold" never repeats it, and lists it.',
        default="retry",
        example="hold",
    )
    only_to: Annotated[tuple[Annotated[str, AfterValidator(checks.address_or_domain)], ...], _FROM_LIST] = key(
        "For a trial on the real relay: addresses, and domains with their @, that mail may go to. Mail to anybody else "
        "is cancelled, not kept for later; an empty list is for everyone.",
        default=[],
        example=["editor@example.org", "@example.org"],
    )
    feedback_id: Annotated[str, AfterValidator(checks.feedback_sender)] = Field(
        default_factory=lambda given: checks.feedback_sender_of(given["sender"]),
        description="5 to 15 letters, digits and -, by which Gmail knows all your mail (Feedback-ID); never change it.",
        examples=["anytown-digest"],
        json_schema_extra={"otherwise": "made of the domain in from"},
    )
    operators: Annotated[tuple[Email, ...], _FROM_LIST] = key(
        "Addresses that are told by mail of troubles, once of each and once when it is over. It needs [[digests]]; "
        "a mail can't tell that mail goes nowhere, so see [monitoring] too.",
        default=[],
        example=["admin@example.org"],
    )
    secret_file: PrivateFile | None = key(
        f"A file with the secret that signs links, of mode 600. The environment's {SECRET} takes its place. A new "
        "secret stands on a line above the old one, which still verifies; so does what the store signed with before.",
        default=None,
        otherwise="a random secret, kept in the store",
        example="/etc/solacefeed/secret",
    )
    secret: Annotated[SecretStr | None, PlainValidator(_secret(SECRET, "secret_file"))] = None


class DkimConfig(_Table):
    """The keys by which we sign mail ourselves. Without a domain nothing is signed here: most relays sign."""

    domain: Annotated[str, AfterValidator(checks.mail_domain)] | None = key(
        "The domain that signs: that of [mail] from, or the one above it. solacefeed dkim keygen makes its keys.",
        default=None,
        otherwise="we sign nothing",
        example="example.org",
    )
    rsa_selector: Annotated[str, AfterValidator(checks.selector)] = key(
        "The name below which the record of the RSA key stands: SELECTOR._domainkey.DOMAIN.",
        default="solacefeed-rsa",
        example="news2027-rsa",
    )
    rsa_key_file: PrivateFile | None = key(
        "A PEM file with an RSA key of 2048 bits or more, of mode 600. domain needs it.",
        default=None,
        otherwise="none",
        example="/etc/solacefeed/solacefeed-rsa.pem",
    )
    ed25519_selector: Annotated[str, AfterValidator(checks.selector)] = key(
        "The same for the Ed25519 key.", default="solacefeed-ed25519", example="news2027-ed25519"
    )
    ed25519_key_file: PrivateFile | None = key(
        "A PEM file with an Ed25519 key, of mode 600: a second signature beside that of RSA, which some do not know.",
        default=None,
        otherwise="none",
        example="/etc/solacefeed/solacefeed-ed25519.pem",
    )


_PerSecond = Annotated[float, PlainValidator(checks.number(0.01, 1000))]
_PerHour = Annotated[int, PlainValidator(checks.whole(1, 10**7))]


class DomainGroupConfig(_Table):
    """Recipients' domains that share limits of their own, such as those of one provider; one such table each."""

    name: Slug = key("What the group is called: small letters, digits and -.", example="microsoft")
    domains: Annotated[tuple[Annotated[str, AfterValidator(checks.mail_domain)], ...], _FROM_LIST] = key(
        "Its domains, as DNS has them; those below them are not meant.", example=["outlook.com", "hotmail.com"]
    )
    per_second: _PerSecond | None = key(
        "Mails a second to these domains, 0.01 to 1000: 0.5 is one in two seconds. What is not used lapses.",
        default=None,
        otherwise="no limit of their own",
        example=5,
    )
    per_hour: _PerHour | None = key(
        "Mails to these domains, 1 to 10000000, that leave in any 60 minutes.",
        default=None,
        otherwise="no limit of their own",
        example=2000,
    )

    def group(self) -> DomainGroup:
        limits = Limits(per_second=self.per_second, per_hour=self.per_hour)
        return DomainGroup(name=self.name, domains=self.domains, limits=limits)


class DeliveryConfig(_Table):
    """How mail goes over the relay."""

    connections: Annotated[int, PlainValidator(checks.whole(1, 100))] = key(
        "1 to 100: how many connections to the relay there are at once, at most, while it has work for them. Many "
        "providers take few from one customer; a relay of your own takes more.",
        default=3,
        example=20,
    )
    per_second: _PerSecond | None = key(
        "Mails a second in all, 0.01 to 1000: 0.5 is one in two seconds. What is not used lapses.",
        default=None,
        otherwise="no limit",
        example=10,
    )
    per_hour: _PerHour | None = key(
        "Mails in all, 1 to 10000000, that leave in any 60 minutes. A twentieth is kept for letters of the outbox.",
        default=None,
        otherwise="no limit",
        example=5000,
    )
    ramp: Annotated[int, PlainValidator(checks.whole(10, 10**7))] | None = key(
        "For a sender that receivers do not know yet: how many mails leave on the first day, 10 to 10000000. On each "
        "day after it (UTC) up to twice as many leave as on the best of the 30 days before.",
        default=None,
        otherwise="no limit",
        example=500,
    )
    domains: Annotated[tuple[DomainGroupConfig, ...], _FROM_LIST] = key(
        "Groups of recipients' domains with limits of their own; each written as a table [[delivery.domains]].",
        default=[],
        example=[{"name": "microsoft", "domains": ["outlook.com", "hotmail.com"], "per_second": 5}],
    )

    def pace(self) -> Pace:
        limits = Limits(per_second=self.per_second, per_hour=self.per_hour, ramp=self.ramp)
        return Pace(limits=limits, groups=tuple(each.group() for each in self.domains))

    canary: Share = key(
        "A share of an edition for more than 5000 readers that goes first; the rest goes when canary_wait is over, "
        'unless that part was taken badly: then the edition is paused, and you are told. "0%" lets all go at once, as '
        'mails of "at once", rehearsals and trials do.',
        default="1%",
        example="2%",
    )
    canary_wait: Duration = key(
        "A duration (s, m, h or d): how long the rest waits from when that part has gone, for what comes back; a "
        "quarter at most of the time that the edition has left by max_late.",
        default="45m",
        example="2h",
    )
    canary_refusals: Share = key(
        "The edition is paused when the relay refuses more than this share of that part, and at least 4 copies.",
        default="5%",
        example="10%",
    )
    canary_bounces: Share = key(
        "The same, when more than this share of it comes back, and at least 4 copies. [bounces] says where mails that "
        "come back are read.",
        default="5%",
        example="3%",
    )
    canary_complaints: Share = key(
        "The same, when more than this share of it is called spam, and at least 2 copies.",
        default="0.3%",
        example="0.1%",
    )


class BouncesConfig(_Table):
    """Mails that come back, and complaints: where they are read, and when they suppress an address."""

    maildir: Place | None = key(
        "A Maildir folder, or an mbox file, into which mail to [mail] return_path is delivered: what is new in it is "
        "read at each look for mail. It is never changed.",
        default=None,
        otherwise="none",
        example="/var/mail/bounces",
    )
    imap: Annotated[str, AfterValidator(checks.host)] | None = key(
        "The host name of an IMAP server on which that mail lies; it is read and never changed. It needs a username "
        "and a password.",
        default=None,
        otherwise="none",
        example="imap.example.org",
    )
    port: Annotated[int, PlainValidator(checks.whole(1, 65535))] = key(
        "The IMAP server's port: 993 for tls implicit, 143 as a rule for starttls.", default=993, example=143
    )
    tls: Literal["starttls", "implicit", "none"] = key(
        '"implicit" encrypts from the first byte and "starttls" after a greeting in the clear, both with a verified '
        'certificate. "none" does not encrypt, and is for a server on this machine alone.',
        default="implicit",
        example="starttls",
    )
    ca_file: ReadableFile | None = key(
        "A PEM file with the authorities that the IMAP server's certificate may be from.",
        default=None,
        otherwise="the system's",
        example="/etc/ssl/imap-ca.pem",
    )
    username: Line | None = key(
        "The name to log in with at the IMAP server; it needs a password.",
        default=None,
        otherwise="none",
        example="bounces",
    )
    password_file: PrivateFile | None = key(
        f"A file with the password for it, of mode 600. The environment's {IMAP_PASSWORD} takes its place.",
        default=None,
        otherwise="none",
        example="/etc/solacefeed/imap-password",
    )
    password: Annotated[SecretStr | None, PlainValidator(_secret(IMAP_PASSWORD, "password_file"))] = None
    folder: Line = key("The folder on the IMAP server.", default="INBOX", example="Bounces")
    verp: bool = Field(
        default_factory=lambda given: bool(given.get("maildir") or given.get("imap")),
        description="Whether each mail has a return path of its own, such as bounces+c1z4.0f9a3c5e7b21d846@example.org "
        "for return_path bounces@example.org, by which a bounce is known to be of that mail. The mail server must "
        "deliver what has a + to the address before it, and the relay must take it as a sender.",
        examples=[True],
        json_schema_extra={"otherwise": "true where maildir or imap is set"},
    )
    unread: Place = key(
        "A Maildir folder of ours for mails that no rule understands, such as a reader's own words: somebody has to "
        "read them, and remove them there.",
        default="var/unread",
        example="/var/mail/unread",
    )
    hard: Annotated[int, PlainValidator(checks.whole(1, 10))] = key(
        "How many mails must come back from an address that does not exist before it is suppressed, from 1 to 10.",
        default=1,
        example=2,
    )
    soft: Annotated[int, PlainValidator(checks.whole(2, 100))] = key(
        "How many editions in a row must come back for a reason that may pass, such as a full mailbox, before an "
        "address is suppressed, from 2 to 100. One that goes well begins anew.",
        default=4,
        example=6,
    )
    soft_over: Duration = key(
        "A duration (s, m, h or d): how long it must be at least from the first of these editions to the last.",
        default="14d",
        example="30d",
    )


class WebConfig(_Table):
    """Our own pages, on which people subscribe, choose and leave, and editors work."""

    base_url: BaseUrl | None = key(
        "The web address at which our own pages are reached; every link to them is made of it. With it, people "
        "subscribe by themselves, and mails can be unsubscribed from by one click.",
        default=None,
        otherwise="no pages",
        example="https://news.example.org",
    )
    listen: Annotated[str, AfterValidator(checks.listen)] | None = key(
        "HOST:PORT on which the daemon, or solacefeed web, serves these pages and the published documents; needs "
        "base_url.",
        default=None,
        otherwise="they are not served",
        example="127.0.0.1:8025",
    )
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(checks.network)], ...], _FROM_LIST] = key(
        "IP networks of the web servers before ours: what one of them says in X-Forwarded-For is believed.",
        default=["127.0.0.0/8", "::1/128"],
        example=["10.0.0.0/8"],
    )
    consent: Text | None = key(
        "The sentence beside the form's button, to which people agree. It is kept with each consent.",
        default=None,
        otherwise="a sentence of ours, in the page's language, which names the organisation and each digest "
        "with its days",
        example="Mail me the digest. I can stop it with one click in every mail.",
    )
    privacy_url: Annotated[str, AfterValidator(checks.http_url)] | None = key(
        "Your privacy notice; the forms link it.",
        default=None,
        otherwise="no link",
        example="https://www.example.org/privacy",
    )
    complaints: Email | None = key(
        "Who answers complaints of readers; an answer to the mail about one goes to whoever complained.",
        default=None,
        otherwise="the address in [mail] reply_to",
        example="dpo@example.org",
    )
    embed: Annotated[tuple[Annotated[str, AfterValidator(checks.origin)], ...], _FROM_LIST] = key(
        "Origins of sites that may show the form in a frame.",
        default=[],
        otherwise="the blog's own",
        example=["https://www.example.org"],
    )
    languages: Annotated[tuple[Annotated[str, AfterValidator(checks.language)], ...], _FROM_LIST] = key(
        "Languages (BCP 47) that people may choose for our words, on the pages and in their mails.",
        default=[],
        otherwise="that of [site] language, and those of your own catalogues",
        example=["en-GB", "cy"],
    )
    question: Line | None = key(
        "A question that the form asks, and that a program can't answer; with answers. Ask what every reader of yours "
        "knows.",
        default=None,
        otherwise="the form asks nothing",
        example="What does a council's S151 officer look after?",
    )
    answers: Annotated[tuple[Line, ...], _FROM_LIST] = key(
        "Every answer to question that is taken; upper and lower case and signs do not count.",
        default=[],
        example=["money", "finance", "the money"],
    )
    welcome: bool = key(
        "Whether whoever has confirmed a subscription is welcomed by a mail that leads to the last edition.",
        default=True,
        example=False,
    )
    sign_ups_per_network: Annotated[int, PlainValidator(checks.whole(1, 100_000))] = key(
        "1 to 100000: how many of each form an hour are taken from one network (a /24 of IPv4, a /48 of IPv6).",
        default=20,
        example=100,
    )
    sign_ups_in_all: Annotated[int, PlainValidator(checks.whole(1, 1_000_000))] = key(
        "1 to 1000000: how many of each form an hour are taken in all.",
        default=500,
        example=5000,
    )
    count_readers: bool = key(
        "Whether our own server counts who fetches feeds and editions, for solacefeed audience: numbers by day, and "
        "nobody's address.",
        default=False,
        example=True,
    )


def _a_month(value: timedelta) -> timedelta:
    """Longer than any copy is on its way."""
    if value < timedelta(days=30):
        raise ValueError("must be at least 30d: a copy may be on its way so long")
    return value


class PrivacyConfig(_Table):
    """What is kept of people, and for how long."""

    fingerprint_key_file: Place = key(
        "A file with the key by which erased addresses are known, so that no list brings them back. It is made when it "
        "is first needed. Never change it; back it up apart from the store.",
        default="var/fingerprint.key",
        example="/etc/solacefeed/fingerprint.key",
    )
    keep_networks: Duration = key(
        "A duration (s, m, h or d): how long the network that a consent came from is kept with it.",
        default="30d",
        example="7d",
    )
    keep_letters: Duration = key(
        "A duration (s, m, h or d): how long letters of the outbox, such as confirmations and drafts, are kept after "
        "they were written.",
        default="90d",
        example="30d",
    )
    keep_copies: Annotated[Duration, AfterValidator(_a_month)] = key(
        "A duration of at least 30d: how long after its edition closed a copy still says to which address and name it "
        "went, and what the relay answered. Whose it was is kept as long as they are a subscriber.",
        default="366d",
        example="90d",
    )


class BackupConfig(_Table):
    """Backups of an SQLite store by the daemon and `run`. Those of PostgreSQL are made by pg_dump."""

    dir: Place | None = key(
        "The folder of backups, which is made for its owner alone. What lies there is as private as the store.",
        default=None,
        otherwise="no backups",
        example="/var/backups/solacefeed",
    )
    every: Duration = key(
        "A duration (s, m, h or d): the time from one backup to the next.", default="1d", example="6h"
    )
    keep: Annotated[int, PlainValidator(checks.whole(1, 10_000))] = key(
        "How many stay there; older ones are removed when a new one was looked through. Whoever is erased stays in "
        "them for so long.",
        default=14,
        example=30,
    )


class DaemonConfig(_Table):
    """How often the daemon looks whether something is to be done."""

    poll_every: Duration = key(
        "A duration (s, m, h or d): the time from one poll of the blog to the next. A new post stands in its feeds "
        "after so long at the latest.",
        default="15m",
        example="30m",
    )
    look_every: Duration = key(
        "A duration (s, m, h or d): the time from one look for due editions and deliveries to the next. It asks the "
        "store alone.",
        default="1m",
        example="5m",
    )


class MonitoringConfig(_Table):
    """Who watches how the site stands, besides [mail] operators; docs/monitoring.md and docs/alarms.md tell how."""

    listen: Annotated[str, AfterValidator(checks.listen)] | None = key(
        "HOST:PORT of its own on which /metrics and /statusz are answered to this machine itself, and to allow, beside "
        "where pages are served. No proxy may hand it on.",
        default=None,
        otherwise="this machine is answered nowhere",
        example="127.0.0.1:8026",
    )
    allow: Annotated[tuple[Annotated[str, AfterValidator(checks.network)], ...], _FROM_LIST] = key(
        "IP networks from which /metrics and /statusz are answered: those of your Prometheus and of your own desk. "
        "What comes through a proxy counts as where it came from, if you have written [web] trusted_proxies.",
        default=[],
        example=["10.0.0.0/8"],
    )

    heartbeat: Annotated[str | None, AfterValidator(_address(HEARTBEAT))] = key(
        "An address that is fetched after each good run, at a service that tells you when it is not any more. The "
        f"environment's {HEARTBEAT} takes its place.",
        default=None,
        otherwise="none",
        example="https://hc.example.org/ping/8b7c",
    )
    heartbeat_fail: Annotated[str | None, AfterValidator(_address(f"{HEARTBEAT}_FAIL"))] = key(
        "Where the service has one, the address that is fetched in its stead while an alarm stands for which a run is "
        f"not good. The environment's {HEARTBEAT}_FAIL takes its place.",
        default=None,
        otherwise="none: nothing is fetched then",
        example="https://hc.example.org/ping/8b7c/fail",
    )
    heartbeat_while: Literal["working", "well"] = key(
        'Which run is good: "working", one in which all that was due has worked, mail goes, and alarms can be told; '
        '"well", one after which also status has no trouble to tell that you do not know of.',
        default="working",
        example="well",
    )
    webhook: Annotated[str | None, AfterValidator(_address(WEBHOOK))] = key(
        "An address to which each alarm is posted as JSON, with a line of text that chat rooms show. The environment's "
        f"{WEBHOOK} takes its place.",
        default=None,
        otherwise="none",
        example="https://chat.example.org/hooks/1f0c",
    )
    webhook_secret_file: PrivateFile | None = key(
        f"A file with the secret that signs what is posted, of mode 600. The environment's {WEBHOOK_SECRET} takes its "
        "place.",
        default=None,
        otherwise="none: nothing is signed",
        example="/etc/solacefeed/webhook-secret",
    )
    webhook_secret: Annotated[SecretStr | None, PlainValidator(_secret(WEBHOOK_SECRET, "webhook_secret_file"))] = None
    examine: bool = key(
        "Whether it is looked at once a day how long certificates hold, and whether the records of our DKIM keys are "
        "there, where there is somebody to tell.",
        default=True,
        example=False,
    )


class LogConfig(_Table):
    """How the daemon and `solacefeed web` say what happens; other commands speak to whoever calls them."""

    format: Literal["auto", "plain", "logfmt", "json"] = key(
        'How an event is written, one a line: "plain" in words, "logfmt" as key=value pairs, "json" as an object. '
        '"auto" is plain at a terminal, and logfmt elsewhere. The time stands in each line, unless a terminal or '
        "systemd's journal reads it.",
        default="auto",
        example="json",
    )
    level: Literal["error", "warning", "info", "debug"] = key(
        'The least that is told: "error" is what only a bug brings about, "warning" what is to be looked at, "info" '
        'what was done, "debug" what is asked, written and handed over. -q is the same as "warning", -v as "debug".',
        default="info",
        example="warning",
    )


class SubscriberConfig(_Table):
    """A person who gets the digest; one such table each. Who ends the subscription stays away, whatever stands here."""

    email: Email = key(
        "The person's address. Whom this list has entered and names no more gets no more mail.",
        example="alice@example.org",
    )
    name: Line | None = key("The person's name, for the To line.", default=None, otherwise="none", example="Alice")
    categories: Slugs | None = key(
        "Slugs of the categories wanted. A category includes those below it. Who has chosen otherwise keeps that "
        "choice.",
        default=None,
        otherwise="every category",
        example=["housing", "education"],
    )
    digests: Annotated[tuple[Name, ...], BeforeValidator(checks.one_or_several)] = key(
        "Which of the digests they are to have, by name; several as a list. Who is to have two of them with other "
        "choices gets a table for each.",
        default=[],
        otherwise="the first one",
        example=["weekly", "jobs"],
    )
    cadence: Literal["at-once", "daily", "weekly", "monthly"] | None = key(
        "How often it comes to them: one of the cadences that the digest has. Who has chosen otherwise keeps that "
        "choice.",
        default=None,
        otherwise="the digest's first",
        example="daily",
    )
    language: Annotated[str, AfterValidator(checks.language)] | None = key(
        "In which language (BCP 47) our own words in their mails are. Who has chosen otherwise keeps that choice.",
        default=None,
        otherwise="the site's",
        example="cy",
    )

    basis: Literal["consent", "soft-opt-in", "charitable-soft-opt-in", "corporate-subscriber"] = key(
        "Why they may be mailed.",
        default="consent",
        example="soft-opt-in",
    )
    evidence: Line | None = key(
        "What shows it: where it can be found. Without it, that they agreed is your claim.",
        default=None,
        otherwise="none",
        example="membership form of 3 May 2026, drawer 7",
    )

    def cadence_kind(self) -> CadenceKind | None:
        return CadenceKind(self.cadence) if self.cadence else None


class SyncConfig(_Table):
    """A membership database, to whose export `subscribers sync` holds the subscribers; one such table each."""

    name: Name = key(
        "Its name for good, of lower-case letters, digits and hyphens: --source takes it.", example="members"
    )
    member: Line = key(
        "The heading of the column with the database's own number of each member, by which they are known for good.",
        example="Membership number",
    )
    email: Line = key("The heading of the column with the address.", default="Email", example="E-mail address")
    names: Annotated[tuple[Line, ...], BeforeValidator(checks.one_or_several)] = key(
        "The heading of the column with the name, or those of several that are put together.",
        default=[],
        otherwise="no names",
        example=["First name", "Last name"],
    )
    interests: Line | None = key(
        "The heading of the column with what somebody is interested in: slugs or names of categories, with semicolons "
        "or commas between them. They are set once; from then on they are the reader's.",
        default=None,
        otherwise="everybody gets everything",
        example="Interests",
    )
    words: Mapping[Line, Slug] = key(
        "Which category (its slug) another word in that column means.",
        default={},
        example={"Adults and health": "adult-social-care"},
    )
    digests: Annotated[tuple[Name, ...], BeforeValidator(checks.one_or_several)] = key(
        "Which of the digests members are to have, by name; several as a list.",
        default=[],
        otherwise="the first one",
        example=["weekly", "jobs"],
    )
    basis: Literal["consent", "soft-opt-in", "charitable-soft-opt-in", "corporate-subscriber"] = key(
        "Why they may be mailed; it is kept with each subscription.", example="soft-opt-in"
    )
    evidence: Line | None = key(
        "What shows it: where it can be found. Without it, that they agreed is your claim.",
        default=None,
        otherwise="none",
        example="the membership form, which the office keeps",
    )
    wording: Text | None = key(
        "The sentence to which members agreed; it is kept with their consent.",
        default=None,
        otherwise="none",
        example="As a member you get our digest; every mail has a link to stop it.",
    )
    largest_fall: Annotated[int, PlainValidator(checks.whole(0, 100))] = key(
        "0 to 100: where more than this percentage of all whom it brought, and more than three, are gone from an "
        "export or have another address in it, nobody ends or moves unless you say --yes.",
        default=10,
        example=25,
    )


class Config(_Table):
    """All of it; each part is handed only its table."""

    as_of: Annotated[datetime, PlainValidator(checks.instant)] | None = key(
        "A date-time with its offset that is taken for now, in rehearsals; the same as --as-of.",
        default=None,
        otherwise="the real clock",
        example=datetime(2026, 11, 23, 8, tzinfo=UTC),
    )
    languages: Mapping[Slug, Annotated[str, AfterValidator(checks.language)]] = key(
        "In which language (BCP 47) the posts of a category are, by its slug, where that is another than [site] "
        "language. What a plugin of the blog says of a post comes first; of several categories the first one here "
        "counts.",
        default={},
        example={"cymraeg": "cy", "gaidhlig": "gd"},
    )
    source: SourceConfig
    site: SiteConfig
    store: StoreConfig
    feeds: FeedsConfig
    combined: Annotated[tuple[CombinedConfig, ...], _FROM_LIST] = ()
    categories: CategoriesConfig
    tags: TagsConfig
    events: Annotated[tuple[EventConfig, ...], _FROM_LIST] = ()
    calendars: Annotated[tuple[CalendarConfig, ...], _FROM_LIST] = ()
    digests: Annotated[tuple[DigestConfig, ...], _FROM_LIST] = ()
    mail: MailConfig
    dkim: DkimConfig
    delivery: DeliveryConfig
    bounces: BouncesConfig
    web: WebConfig
    privacy: PrivacyConfig
    backup: BackupConfig
    daemon: DaemonConfig
    monitoring: MonitoringConfig
    log: LogConfig
    subscribers: Annotated[tuple[SubscriberConfig, ...], _FROM_LIST] = ()
    sync: Annotated[tuple[SyncConfig, ...], _FROM_LIST] = ()


# -- the shape of the file ------------------------------------------------------------------------------


def keys(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys that may stand in *table*, as the file spells them."""
    return {field.alias or name: field for name, field in table.model_fields.items() if field.description}


def example(field: FieldInfo) -> Any:
    """A value of the key *field*, as TOML has it."""
    return (field.examples or [None])[0]


def _table_of(field: FieldInfo) -> type[BaseModel]:
    found = get_args(field.annotation)[0] if get_args(field.annotation) else field.annotation
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


#: Every table of the file that stands for itself, in its order.
TABLES = {name: _table_of(field) for name, field in Config.model_fields.items() if not field.description}

#: Tables within one of those: there they are keys, which may be written as tables.
WITHIN: dict[str, type[BaseModel]] = {
    "digests.marks": MarksConfig,
    "digests.cadences": CadenceConfig,
    "delivery.domains": DomainGroupConfig,
}

#: Those of which there may be several.
REPEATED = frozenset(
    {name for name in TABLES if get_args(Config.model_fields[name].annotation)}
    | {"digests.cadences", "delivery.domains"}
)


def header(name: str) -> str:
    """How the table *name* begins in the file."""
    return f"[[{name}]]" if name in REPEATED else f"[{name}]"
