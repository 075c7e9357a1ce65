"""Where templates come from, and the few words they have beyond Jinja's own.

The law: a template is a file of ours or of the operator, never content. Everything that stands in a template is
escaped, but in one for plain text, styles or scripts; a name that the template's view does not have is an error and
not a blank; and a mistake in a template is told with its file and its line. Where the operator has templates, all are
rendered in a sandbox. This is jinja2's home, with ``template_sandbox``.
"""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
import traceback
import unicodedata
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from solacefeed.addresses import is_web
from solacefeed.brand import PLAIN, Brand
from solacefeed.errors import ConfigError, SolacefeedError
from solacefeed.template_files import SHIPPED, folders
from solacefeed.template_sandbox import Sandbox

#: Columns of a plain text part; RFC 5322 section 2.1.1 advises at most 78, and a reply's "> " wants two.
COLUMNS = 76
#: So much of a text is left, however little room there is.
LEAST_CLIPPED = 32
#: Characters of a word that fits a phone whole in small letters; a longer one may break after each so many.
LONGEST_UNBROKEN = 20
PIECE = 10

_SPACE = re.compile(r"(\s+)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^\s/?#]+)[/?#]\S*", re.IGNORECASE)
_JOINER = "\u200d"
_MARKS = frozenset({"Mn", "Mc", "Me"})


def templates(folder: Path | None = None, brand: Brand = PLAIN) -> Environment:
    """All templates: each file of the operator's *folder* instead of the shipped one of the same name.

    They know the site's looks as ``brand``. Raises ``ConfigError`` when a folder is missing; using the environment
    raises it for a mistake in a template.
    """
    environment = (_OwnTemplates if folder else _Templates)(
        loader=_loader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], ["txt", "css", "js"], default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wrap=wrap, clip=clip, web=web, csp=csp_source, breakable=breakable)
    environment.globals["brand"] = brand
    return environment


def _loader(folder: Path | None) -> ChoiceLoader:
    found = [_Files(place) for place in folders(folder)]
    # By this prefix a template of the operator's builds upon the one whose place it takes.
    return ChoiceLoader([*found, PrefixLoader({SHIPPED.rstrip("/"): found[-1]})] if folder else found)


def wrap(text: str, indent: int = 0) -> str:
    """*text* in lines of at most ``COLUMNS``, *indent* included; a longer word, such as a URL, stays whole."""
    margin = " " * indent
    return textwrap.fill(
        text,
        COLUMNS,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def clip(text: str, width: int) -> str:
    """*text* in at most *width* characters, but ``LEAST_CLIPPED`` at least, cut after a word with an ellipsis."""
    room = max(width, LEAST_CLIPPED)
    if len(text) <= room:
        return text
    words = text[:room].rpartition(" ")[0] or text[: room - 1]
    return words.rstrip(" ,;:–—-") + "…"


def web(url: str | None) -> str:
    """*url* if a link may lead there: http or https. Anything else becomes empty."""
    return url if url and is_web(url) else ""


def breakable(text: str) -> Markup:
    """*text* as html that fits a phone: an address is shortened to its host, and any long word may break.

    Not every mail program knows ``overflow-wrap``, and one word that can't break widens the whole mail.
    """
    shown = _ADDRESS.sub(lambda found: f"{found[1]}/…" if len(found[0]) > LONGEST_UNBROKEN else found[0], text)
    return Markup("").join(
        Markup("<wbr>").join(_pieces(word)) if len(word) > LONGEST_UNBROKEN else word for word in _SPACE.split(shown)
    )


def _pieces(word: str) -> Iterator[str]:
    """*word* in pieces of about ``PIECE`` characters; what belongs to a letter stays with it."""
    start = 0
    for end in range(PIECE, len(word)):
        if end - start >= PIECE and not (_joins(word[end]) or word[end - 1] == _JOINER):
            yield word[start:end]
            start = end
    yield word[start:]


def _joins(character: str) -> bool:
    """Whether *character* changes or extends the one before: an accent, a skin's tone, a joiner."""
    return (
        character == _JOINER or unicodedata.category(character) in _MARKS or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def csp_source(text: str) -> str:
    """*text* as a Content Security Policy names it: a page's own inline style or script, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _Files(FileSystemLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except TemplateNotFound:
            # It is an OSError, too.
            raise
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError([f"templates: {self._place(template)}, line {line}: not UTF-8 text"]) from error
        except OSError as error:
            raise ConfigError([f"templates: {self._place(template)}: can't be read: {error.strerror}"]) from error

    def _place(self, template: str) -> Path:
        return Path(self.searchpath[0], template)


class _Templates(Environment):
    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  # jinja2's own word
    ) -> Template:
        try:
            return super().get_template(name, parent, globals)
        except TemplateNotFound as error:
            if parent is not None:
                # Which may be meant: ``{% include "mine.html" ignore missing %}``.
                raise
            raise ConfigError([f"templates: there is no template {error.name}"]) from error

    def handle_exception(self, source: str | None = None) -> NoReturn:
        try:
            super().handle_exception(source)
        except SolacefeedError:
            raise
        # A template is a program of the operator's: whatever it raises is a mistake in it, at its line.
        except Exception as error:
            raise ConfigError([f"templates: {_place(error)}: {_cause(error)}"]) from error


class _OwnTemplates(_Templates, Sandbox):
    """Those of the operator, and ours beside them."""


def _place(error: Exception) -> str:
    """File and line of a mistake; Jinja puts the template's own lines into the traceback."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.endswith(".py")]
    return f"{theirs[-1].filename}, line {theirs[-1].lineno}" if theirs else "unknown place"


def _cause(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name}"
    said = error.message if isinstance(error, TemplateError) else str(error)
    return " ".join((said or type(error).__name__).split())
