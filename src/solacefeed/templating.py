"""Where templates come from, and the few words they have beyond Jinja's own.

The law: a template is a file of ours or of the operator, never content. Everything that stands in an ``.html``
template is escaped; a name that the template's view does not have is an error and not a blank; and a mistake in
a template is told with its file and its line. This is jinja2's home.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from solacefeed.addresses import is_web
from solacefeed.digest import long_words
from solacefeed.digest.long_words import COLUMNS
from solacefeed.errors import ConfigError, SolacefeedError
from solacefeed.template_files import folders

#: So much of a text is left, however little room there is.
LEAST_CLIPPED = 32


def templates(folder: Path | None = None) -> Environment:
    """All templates: each file of the operator's *folder* instead of the shipped one of the same name.

    Raises ``ConfigError`` when a folder is missing; using the environment raises it for a mistake in a template.
    """
    environment = _Templates(
        loader=ChoiceLoader([_Files(place) for place in folders(folder)]),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.add_extension("jinja2.ext.i18n")
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.filters.update(
        wrap=wrap, clip=clip, subject=subject, web=web, invitation=invitation, csp=csp_source, breakable=breakable
    )
    return environment


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


def subject(text: str, width: int) -> str:
    """*text* in at most *width* characters where its words allow it: cut between them alone, with an ellipsis."""
    words = text.split()
    kept = " ".join(words)
    while len(kept) > width and len(words) > 1:
        words.pop()
        kept = " ".join(words).rstrip(" ,;:–—-") + "…"
    return kept


def invitation(url: str) -> str:
    """*url* if people can subscribe there: on the web, or by a mail. Anything else becomes empty."""
    return url if url.lower().startswith("mailto:") else web(url)


def web(url: str | None) -> str:
    """*url* if a link may lead there: http or https. Anything else becomes empty."""
    return url if url and is_web(url) else ""


def breakable(text: str) -> Markup:
    """*text* as html that fits a phone: an address is shortened to its host, and any long word may break."""
    return Markup(long_words.breakable(text))  # noqa: S704 - escaped there


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
