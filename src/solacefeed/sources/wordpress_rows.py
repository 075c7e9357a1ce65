"""The rows of WordPress's REST API (wp/v2), read into our nouns; pure.

A row that can't be read raises ``Unreadable`` with the reason: whether one row or the whole answer is left out is for
the asker to decide. What a plugin takes away of a post, or writes in another manner, costs the post nothing that it can
do without: who wrote it, where it is filed, its guid, its title, when it was changed. Dates are read from the ``_gmt``
fields, which write no offset; the others are the blog's local time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from solacefeed.addresses import is_web, joined
from solacefeed.models.blog import Author, BlogInfo, CategoryNumber, SourceCategory, SourcePost, Stamp, Tag
from solacefeed.models.posts import Image
from solacefeed.sources.answers import whole_number
from solacefeed.text.characters import shorten
from solacefeed.text.clean import plain, scrub
from solacefeed.text.pictures import WIDEST

#: What ``?_fields=`` asks for; the reader of the same name wants no more.
SITE_FIELDS = "name,description,home,gmt_offset,timezone_string"
CATEGORY_FIELDS = "id,name,slug,parent"
AUTHOR_FIELDS = "id,name"
TAG_FIELDS = "id,name,slug"
#: What a post may say of itself beside its text; the last four are plugins'.
DETAIL_FIELDS = "tags,featured_media,jetpack_featured_media_url,lang,wpml_current_locale,polylang_current_lang"
POST_FIELDS = (
    f"id,date_gmt,modified_gmt,guid,link,title,content,excerpt,author,categories,comment_status,{DETAIL_FIELDS}"
)
STAMP_FIELDS = "id,date_gmt,modified_gmt,link,author,categories"
MEDIA_FIELDS = (
    "id,source_url,alt_text,media_type,mime_type,media_details.width,media_details.height,media_details.sizes"
)

#: Where plugins say a post's language: Polylang, WPML, and the plugin that lets REST speak of Polylang's.
_LANGUAGE_FIELDS: Final = ("lang", "wpml_current_locale", "polylang_current_lang")
#: BCP 47 (RFC 5646 section 2.1), as far as blogs say it; WordPress's locales have underscores, and some a variant.
_LOCALE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[-_]\w{1,20})?")

#: The most characters that each may have, as in a feed; more is poison, or nobody's intention.
_MOST: Final = {"guid": 2000, "address": 2000, "title": 1_000_000, "text": 4_000_000, "slug": 250, "name": 10_000}
#: No post is filed under more.
_MOST_CATEGORIES: Final = 100
#: Of a post's tags so many are read, the first by number.
_MOST_TAGS: Final = 200
#: WordPress keeps no more of a name.
_LONGEST_NAME: Final = 250

T = TypeVar("T")


class Unreadable(ValueError):
    """The row is not what WordPress would give; ``str()`` says which field, and why."""


def site(row: Any, home: str = "") -> BlogInfo:
    """Reads the API's index of the blog at *home*, of which plugins may leave little but its name and its zone."""
    title, description = plain(_field(row, "name", str)), row.get("description")
    try:
        url = _address(row, "home", home)
    except Unreadable:
        if not is_web(home):
            raise
        url = home
    return BlogInfo(
        title=title,
        description=plain(description) if isinstance(description, str) else "",
        url=url,
        time_zone=_zone(row),
    )


def category(row: Any) -> SourceCategory:
    """Reads a category; REST escapes its name as HTML.

    What an import has left without a slug or a name is called by the other, or by its number: feeds name it somehow.
    """
    number, parent = row_id(row), _number(row.get("parent"))
    slug = scrub(_field(row, "slug", str)).strip() or f"category-{number}"
    return SourceCategory(
        number=CategoryNumber(number),
        slug=_fitting("slug", slug),
        name=_name(row) or slug,
        parent_number=CategoryNumber(str(parent)) if parent else None,
    )


def tag(row: Any) -> Tag:
    """Reads a tag, as a category is read."""
    number = row_id(row)
    slug = _fitting("slug", scrub(_field(row, "slug", str)).strip() or f"tag-{number}")
    return Tag(number=number, slug=slug, name=_name(row) or slug)


def tag_numbers(row: Any) -> tuple[str, ...] | None:
    """The numbers of a post's tags; ``None`` where they are not told, or can't be read."""
    said = row.get("tags") if isinstance(row, dict) else None
    told = list(said.values()) if isinstance(said, dict) else said
    if not isinstance(told, list):
        return None
    numbers = {number for each in told if (number := _number(each)) is not None and number > 0}
    return tuple(map(str, sorted(numbers)[:_MOST_TAGS])) if len(told) == 0 or numbers else None


def author(row: Any) -> Author:
    """Reads a user."""
    return Author(id=row_id(row), name=_name(row))


def stamp(row: Any, home: str = "") -> Stamp:
    """Reads the little that shows whether a post of the blog at *home* changed."""
    return Stamp(
        modified=_modified(row),
        url=_address(row, "link", home),
        author_id=_author_id(row),
        category_numbers=_category_numbers(row),
    )


def differ(told: Stamp, known: Stamp) -> bool:
    """Whether the blog tells another thing than is known; what it does not tell is no news."""
    return (
        (told.modified, told.url) != (known.modified, known.url)
        or told.author_id not in (None, known.author_id)
        or (told.category_numbers is not None and set(told.category_numbers) != set(known.category_numbers or ()))
    )


def post(row: Any, home: str = "") -> SourcePost:
    """Reads a whole post of the blog at *home*; its HTML stays as it comes."""
    number, url = row_id(row), _address(row, "link", home)
    content = row.get("content")
    text = content if isinstance(content, str) else _field(_field(row, "content", dict), "rendered", str)
    return SourcePost(
        number=number,
        guid=_guid(row) or url,
        url=url,
        title=_fitting("title", _rendered(row, "title") or ""),
        content=_fitting("text", text),
        excerpt=_fitting("text", _rendered(row, "excerpt") or "") or None,
        comments_url=f"{url}#comments" if row.get("comment_status") == "open" else None,
        author_id=_author_id(row),
        category_numbers=_category_numbers(row),
        published=_instant(row, "date_gmt"),
        modified=_modified(row),
        protected=isinstance(content, dict) and content.get("protected") is True,
        language=language(row),
    )


def language(row: Any) -> str | None:
    """The language of a post as a plugin says it, in BCP 47; ``None`` where none says it."""
    told = (_locale(row.get(name)) for name in _LANGUAGE_FIELDS if isinstance(row, dict))
    return next((tag for tag in told if tag), None)


def _locale(said: Any) -> str | None:
    """``cy`` of ``cy``, ``en-GB`` of ``en_GB``, ``de-DE`` of ``de_DE_formal``."""
    if isinstance(said, dict):
        return next((tag for name in ("locale", "slug", "code") if (tag := _locale(said.get(name)))), None)
    found = _LOCALE.fullmatch(said.strip()) if isinstance(said, str) else None
    if found is None:
        return None
    script, region = found[2], found[3]
    parts = (found[1].lower(), script.title() if script else None, region.upper() if region else None)
    return "-".join(filter(None, parts))


# -- pictures -----------------------------------------------------------------------------------------


def media_id(row: Any) -> str | None:
    """The number of the picture that the blog shows above a post; ``None`` where there is none, or none is told."""
    number = row.get("featured_media") if isinstance(row, dict) else None
    return str(number) if isinstance(number, int) and number > 0 else None


def tells_of_pictures(row: Any) -> bool:
    """Whether it says what a post's picture is, be it none."""
    return isinstance(row, dict) and isinstance(row.get("featured_media"), int)


def picture_by_jetpack(row: Any) -> Image | None:
    """The address of a post's picture as the plugin Jetpack says it; its size and its words are not told."""
    said = row.get("jetpack_featured_media_url") if isinstance(row, dict) else None
    url = _web_address(said)
    return Image(url=url, alt="") if url else None


def picture(row: Any) -> Image | None:
    """A picture of the media library at a size fit for reading; ``None`` for what is none."""
    if not isinstance(row, dict) or row.get("media_type", "image") != "image":
        return None
    details = row.get("media_details")
    details = details if isinstance(details, dict) else {}
    whole = _size(details | {"source_url": row.get("source_url")})
    sizes = details.get("sizes")
    told = map(_size, sizes.values()) if isinstance(sizes, dict) else ()
    url, width, height = _fit_for_reading(whole, [size for size in told if size[0]])
    alt = row.get("alt_text")
    words = plain(alt) if isinstance(alt, str) and len(alt) <= _MOST["name"] else ""
    return Image(url=url, alt=words, width=width, height=height) if url else None


#: Address, width and height.
_Size = tuple[str | None, int | None, int | None]


def _fit_for_reading(whole: _Size, sizes: list[_Size]) -> _Size:
    """The widest up to ``WIDEST`` that shows all of the picture; the least of the wider ones where there is no such."""
    uncut = [size for size in (whole, *sizes) if size[0] and size[1] and _same_shape(size, whole)]
    small = [size for size in uncut if (size[1] or 0) <= WIDEST]
    if small:
        return max(small, key=lambda size: size[1] or 0)
    return min(uncut, key=lambda size: size[1] or 0, default=whole)


def _same_shape(one: _Size, other: _Size) -> bool:
    """Whether neither is cut out of the other; whole pixels leave a little room."""
    (_, width, height), (_, wide, high) = one, other
    if not (width and height and wide and high):
        return one == other
    return abs(width * high - height * wide) <= max(wide, high, width, height)


def _size(said: Any) -> _Size:
    if not isinstance(said, dict):
        return None, None, None
    return _web_address(said.get("source_url")), _pixels(said.get("width")), _pixels(said.get("height"))


def _web_address(said: Any) -> str | None:
    address = scrub(said) if isinstance(said, str) and len(said) <= _MOST["address"] else ""
    return address if is_web(address) else None


def _pixels(said: Any) -> int | None:
    number = int(said) if isinstance(said, str) and re.fullmatch("[0-9]{1,5}", said) else said
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 100_000 else None


# -- fields -------------------------------------------------------------------------------------------


def _rendered(row: Any, name: str) -> str | None:
    """A text as WordPress says it, or as a plugin flattens it; ``None`` where one has taken it away."""
    said = row.get(name)
    rendered = said.get("rendered") if isinstance(said, dict) else said
    return rendered if isinstance(rendered, str) else None


def row_id(row: Any) -> str:
    """Reads the blog's number for whatever the row is about."""
    number = _number(row.get("id")) if isinstance(row, dict) else None
    if number is None:
        number = _field(row, "id", int)
    if number <= 0:
        raise Unreadable(f"id is {number}")
    return str(number)


def _name(row: Any) -> str:
    return shorten(plain(_fitting("name", _field(row, "name", str))), _LONGEST_NAME)


def _guid(row: Any) -> str:
    """What identifies the post for good; one that no database can find is as good as none."""
    said = scrub(_rendered(row, "guid") or "")
    return said if len(said) <= _MOST["guid"] else ""


def _fitting(what: str, text: str) -> str:
    if len(text) > _MOST[what]:
        raise Unreadable(f"its {what} has {len(text)} characters")
    return text


def _number(said: Any) -> int | None:
    """A whole number, also where a plugin has made text of it; ``None`` for anything else."""
    if isinstance(said, str):
        return whole_number(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _field(row: Any, name: str, kind: type[T]) -> T:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unreadable(f"{name} is missing" if value is None else f"{name} is not {_KINDS[kind]}")
    return value


_KINDS: dict[type, str] = {str: "text", int: "a number", dict: "an object", list: "a list"}


def _instant(row: Any, name: str) -> datetime:
    said = _field(row, name, str)
    try:
        return datetime.fromisoformat(said).replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable(f"{name} is no date") from None


def _modified(row: Any) -> datetime:
    """When it was changed; what was imported without that date is as it was published."""
    try:
        return _instant(row, "modified_gmt")
    except Unreadable:
        if not isinstance(row, dict) or "date_gmt" not in row:
            raise
        return _instant(row, "date_gmt")


def _address(row: Any, name: str, home: str = "") -> str:
    said = _fitting("address", scrub(_field(row, name, str)).strip())
    if not is_web(said):
        # Plugins make addresses begin at the root of their host, or without a scheme.
        said = joined(home, said) or said if said.startswith("/") else said
    if not is_web(said):
        raise Unreadable(f"{name} is no http or https address")
    return said


def _author_id(row: Any) -> str | None:
    """``None`` where it is nobody, or a plugin keeps it secret."""
    said = row.get("author")
    number = _number(said.get("id", said.get("ID")) if isinstance(said, dict) else said)
    return str(number) if number else None


def _category_numbers(row: Any) -> tuple[CategoryNumber, ...] | None:
    """``None`` where they are not told."""
    said = row.get("categories")
    # What PHP has filtered is written as an object by its places.
    told = list(said.values()) if isinstance(said, dict) else said
    if not isinstance(told, list):
        return None
    numbers = [number for each in told if (number := _number(each)) is not None]
    if len(numbers) < len(told):
        raise Unreadable("categories are not numbers")
    if len(numbers) > _MOST_CATEGORIES:
        raise Unreadable(f"it is filed under {len(numbers)} categories")
    # The blog orders them by name, so a rename would move them: by number they stay.
    return tuple(CategoryNumber(str(number)) for number in sorted(set(numbers)))


def _zone(row: Any) -> str:
    """The IANA name, else the bare offset that the owner chose: ``UTC+05:30``."""
    named = row.get("timezone_string")
    return named if isinstance(named, str) and named else _offset(row.get("gmt_offset"))


def _offset(hours: Any) -> str:
    try:
        minutes = round(timedelta(hours=float(hours)) / timedelta(minutes=1))
    except (TypeError, ValueError, OverflowError):
        raise Unreadable("gmt_offset is no number of hours") from None
    if abs(minutes) > 14 * 60:
        raise Unreadable("gmt_offset is nowhere on Earth")
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
