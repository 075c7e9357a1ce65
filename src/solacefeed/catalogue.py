"""Our own words in other languages: gettext catalogues, each a file ``cy.po`` named by its language (BCP 47).

The law: a message stands in the code in English, so English needs no catalogue, and loads nothing. Any other language
says what its catalogue has, and in English what that lacks, or has with other places for values than the message. A
catalogue is read as a translator saved it: there is no step between the two that could be forgotten. This is the home
of babel's messages.

One process serves one config. So which catalogues there are is, like its time zones, a fact of the process
(``look_in``), and each is read once: what it says and its ``mark`` can't part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations, c2py
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed.errors import ConfigError

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

#: The language in which messages stand in the code.
OURS = "en"

_SHIPPED = Path(__file__).with_name("catalogues")
#: Every message, as a translator begins with it.
TEMPLATE = _SHIPPED / "messages.pot"

# Those of the operator, before ours. A list, for it is the one thing here that changes.
_own: list[Path] = []

_PLACES = re.compile(r"%\((\w+)\)[sd]|%%")
#: Numbers that a plural rule is tried with.
_COUNTED = 200
#: Where a number stands; Jinja's own tags call it ``num``.
_NUMBERS = {"number", "num"}


def look_in(folder: Path | None) -> None:
    """From now on what the operator's *folder* says comes before the shipped catalogues; ``None`` for those alone.

    Raises ``ConfigError`` when the folder is missing.
    """
    if folder and not folder.is_dir():
        raise ConfigError([f"catalogues: no folder {folder}"])
    _own[:] = [folder] if folder else []
    for kept in (catalogues, translations, mark, languages):
        kept.cache_clear()


@cache
def languages(*, of_ours: bool = True) -> tuple[str, ...]:
    """Every language that has words, English first; without those *of_ours*, what the operator brought alone."""
    folders = (*_own, _SHIPPED) if of_ours else tuple(_own)
    found = {path.stem.replace("_", "-") for folder in folders for path in _files(folder).values()}
    return (OURS, *sorted(found - {OURS}))


def speaks(language: str) -> bool:
    """Whether we have words of *language*: any English, or one with a catalogue of it or of what is above it."""
    return primary(language) == OURS or bool(catalogues(language))


def gettext(message: str, language: str, /, **values: object) -> str:
    """*message* in *language*, with *values* in its ``%(name)s`` places; a plain per cent sign is written ``%%``."""
    return translations(language).gettext(message) % values


def ngettext(singular: str, plural: str, count: int, language: str, /, **values: object) -> str:
    """The form for *count*, which stands in the place ``%(number)s`` unless *values* tell it in words."""
    return translations(language).ngettext(singular, plural, count) % {"number": count, **values}


def N_(message: str) -> str:  # noqa: N802  # gettext's own word
    """*message*, as it stands, for the catalogues: said later, by ``gettext``."""
    return message


@cache
def translations(language: str) -> NullTranslations:
    """What the catalogues of *language* say, the nearest first; each leaves to the next what it lacks."""
    found = NullTranslations()
    for path in reversed(catalogues(language)):
        own = _compiled(path)
        own.add_fallback(found)
        found = own
    return found


@cache
def catalogues(language: str) -> tuple[Path, ...]:
    """The files that have words of *language*: of itself, then of what is above it; the operator's before ours."""
    folders = [_files(folder) for folder in (*_own, _SHIPPED)]
    return tuple(files[tag] for tag in _lookup(language) for files in folders if tag in files)


@cache
def mark(language: str) -> str:
    """Changes with what the catalogues of *language* say; empty where there are none, as for English."""
    told = sha256(b"".join(sha256(path.read_bytes()).digest() for path in catalogues(language)))
    return told.hexdigest()[:12] if catalogues(language) else ""


def primary(language: str) -> str:
    """``cy`` for ``cy-GB``."""
    return language.partition("-")[0].lower()


def _lookup(language: str) -> Iterator[str]:
    """*language* and all above it, in lower case: RFC 4647 section 3.4."""
    parts = language.replace("_", "-").lower().split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        # A single letter begins what stands behind it, and means nothing alone.
        if parts and len(parts[-1]) == 1:
            parts.pop()


def _files(folder: Path) -> Mapping[str, Path]:
    return {path.stem.replace("_", "-").lower(): path for path in sorted(folder.glob("*.po"))}


# -- one catalogue ------------------------------------------------------------------------------------


def read(path: Path) -> Catalog:
    """The catalogue at *path*; raises ``ConfigError`` for one that can't be read."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        found = read_po(BytesIO(path.read_bytes()), locale=_locale(path), abort_invalid=True)
        _rule(found, path)
    except OSError as error:
        raise ConfigError([f"catalogues: {path}: can't be read: {error.strerror}"]) from error
    except PoFileError as error:
        raise ConfigError([f"catalogues: {path}, line {error.lineno + 1}: {error}"]) from error
    except (UnicodeDecodeError, ValueError, LookupError) as error:
        raise ConfigError([f"catalogues: {path}: {error}"]) from error
    return found


def faults(message: Message, forms: int) -> list[str]:
    """What forbids to use a translated *message* of a language with so many plural *forms*; none where it is sound.

    A form of a plural may say its number in a word, so it may lack a place; no other may, and none may have one more.
    """
    ids, said = _texts(message.id), _texts(message.string)
    known = set[str]().union(*map(_places, ids))
    needed = known - _NUMBERS if len(ids) > 1 else known
    wanted = forms if len(ids) > 1 else 1
    has = len(said) if all(said) else sum(map(bool, said))
    told = [f"it has {has} forms, and the language has {wanted}"] if has != wanted else []
    for text in filter(None, said):
        told += [f"%({place})s is not a place of the message" for place in sorted(_places(text) - known)]
        told += [f"%({place})s is missing" for place in sorted(needed - _places(text))]
        if "%" in _PLACES.sub("", text):
            told.append("a per cent sign that is not part of a place is written %%")
    return list(dict.fromkeys(told))


def misrules(catalogue: Catalog) -> str | None:
    """The first two numbers that its plural rule tells apart, or doesn't, otherwise than CLDR; ``None`` for none.

    Only the forms in use count: most languages say a million otherwise, and no catalogue does.
    """
    if catalogue.locale is None:
        return None
    rule, known = c2py(catalogue.plural_expr), catalogue.locale.plural_form
    forms: dict[str, tuple[int, int]] = {}
    for number in range(_COUNTED):
        first, form = forms.setdefault(known(number), (number, rule(number)))
        if rule(number) >= catalogue.num_plurals:
            return f"its plural rule has no form for {number}"
        if form != rule(number):
            return f"its plural rule has different forms for {first} and {number}, and the language has one"
    return None


def is_said(message: Message) -> bool:
    """Whether a translator wrote it, and no program guessed it."""
    return not message.fuzzy and any(_texts(message.string))


def _rule(catalogue: Catalog, path: Path) -> Callable[[int], int]:
    try:
        return c2py(catalogue.plural_expr)
    except ValueError as error:
        raise ConfigError([f"catalogues: {path}: Plural-Forms: {error}"]) from error


def _texts(told: str | Sequence[str] | None) -> tuple[str, ...]:
    return (told or "",) if told is None or isinstance(told, str) else tuple(told)


def _places(text: str) -> set[str]:
    return set(_PLACES.findall(text)) - {""}


def _compiled(path: Path) -> GNUTranslations:
    from babel.messages.mofile import write_mo

    catalogue, compiled = read(path), BytesIO()
    for message in list(catalogue):
        if message.id and (not is_said(message) or faults(message, catalogue.num_plurals)):
            catalogue.delete(message.id, message.context)
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _locale(path: Path) -> str | None:
    """The language that the file is named by, where CLDR knows it."""
    from babel import Locale, UnknownLocaleError

    for tag in _lookup(path.stem):
        try:
            return str(Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return None
