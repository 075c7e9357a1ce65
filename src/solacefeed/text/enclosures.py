"""What belongs to a post and plays: a sound or a film in its text, and what its source attaches to it.

Law: nothing is made up but a type, which is told by the name's ending, else by what plays it; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from solacefeed.addresses import parsed
from solacefeed.models.posts import Enclosure
from solacefeed.text.characters import one_line
from solacefeed.text.urls import absolute

#: What names end in, and the media type that each tells.
TYPES: Final = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "avi": "video/x-msvideo",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "mpg": "video/mpeg",
    "ogv": "video/ogg",
    "webm": "video/webm",
    "wmv": "video/x-ms-wmv",
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "epub": "application/epub+zip",
    "pdf": "application/pdf",
}
#: What a player of this element nearly always plays, where neither type nor ending tells.
PLAYED: Final = {"audio": "audio/mpeg", "video": "video/mp4"}
_UNKNOWN: Final = "application/octet-stream"
_MISCALLED: Final = {
    "audio/mp3": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "video/x-m4v": "video/mp4",
}
_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_ENDING: Final = re.compile(r"\.([A-Za-z0-9]{2,5})\Z")
#: WordPress adds it to every sound and film that its own player plays, so that no two of a page are one.
_PLAYERS_OWN: Final = re.compile(r"(?<=[?&])_=\d{1,4}(?:&|\Z)")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_CLOCK: Final = re.compile(
    r"(?:(?P<hours>[0-9]{1,3}):)?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-9]{1,2})(?:\.[0-9]{1,9})?"
)


def enclosure(
    url: str | None,
    base: str,
    *,
    media_type: str | None = None,
    length: str | int | None = None,
    seconds: str | float | None = None,
    player: str | None = None,
) -> Enclosure | None:
    """What is told of the file at *url*, as the page *base* means it; ``None`` where that is no web address.

    Whatever is told may be broken, and then is not known. *seconds* are also read of ``1:02:03``; *player* is the
    element that plays it.
    """
    address = absolute(url, base)
    if address is None:
        return None
    address = unmarked(address)
    return Enclosure(
        url=address,
        type=_said(media_type) or type_by_name(address) or PLAYED.get(player or "") or _UNKNOWN,
        length=_positive(length),
        seconds=_duration(seconds),
    )


def type_by_name(url: str) -> str | None:
    """The media type that the ending of the file's name tells."""
    ending = _ENDING.search(parsed(url).path)
    return TYPES.get(ending[1].lower()) if ending else None


def plays(url: str) -> bool:
    """Whether the name's ending says that it is a sound or a film."""
    return (type_by_name(url) or "").startswith(("audio/", "video/"))


def unmarked(url: str) -> str:
    """*url* without the number by which WordPress's own player tells it from others of its page."""
    return _PLAYERS_OWN.sub("", url).removesuffix("?").removesuffix("&") if "_=" in url else url


def each_once(*enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """All of them, each address once; what is said first counts, but for what only another says."""
    found: dict[str, Enclosure] = {}
    for each in (each for some in enclosures for each in some):
        known = found.get(each.url, each)
        found[each.url] = Enclosure(
            url=known.url,
            type=known.type,
            length=known.length or each.length,
            seconds=known.seconds or each.seconds,
        )
    return tuple(found.values())


def _said(media_type: str | None) -> str | None:
    """A media type without its parameters; other than of its kind, nothing is believed."""
    said = one_line(media_type or "").partition(";")[0].strip().lower()
    return _MISCALLED.get(said, said) if _TYPE.fullmatch(said) and said != _UNKNOWN else None


def _positive(said: str | float | None) -> int | None:
    """A whole number over 0; feeds write 0 where they don't know."""
    found = _NUMBER.match(str(said).strip()) if said is not None else None
    return int(found[0]) or None if found else None


def _duration(said: str | float | None) -> int | None:
    clock = _CLOCK.fullmatch(said.strip()) if isinstance(said, str) else None
    if clock is None:
        return _positive(said)
    hours, minutes, seconds = (int(clock[part] or 0) for part in ("hours", "minutes", "seconds"))
    return (hours * 60 + minutes) * 60 + seconds or None
