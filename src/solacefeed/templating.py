"""Where templates come from, and the few words they have beyond Jinja's own.

The law: a template is a file of ours or of the operator, never content. Everything that stands in a template is
escaped, our words from the catalogues too, but in one for plain text, styles or scripts; a name that the template's
view does not have is an error and not a blank; and a mistake in a template is told with its file and its line. Where
the operator has templates, all are rendered in a sandbox. This is jinja2's home, with ``template_sandbox``.

A template's words are messages, ``_("Read on")`` or ``{% trans %}``, and in English unless it was asked for with
``globals={"language": ...}``: then they are in that language, also in all that the template includes and imports.
"""

from __future__ import annotations

import base64
import hashlib
import re
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_eval_context,
    select_autoescape,
)
from jinja2.bccache import Bucket
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from solacefeed.addresses import is_web
from solacefeed.brand import PLAIN, Brand
from solacefeed.catalogue import OURS, translations
from solacefeed.digest import long_words
from solacefeed.digest.long_words import shortened, wrapped
from solacefeed.errors import ConfigError, SolacefeedError
from solacefeed.template_files import SHIPPED, folders
from solacefeed.template_sandbox import Sandbox
from solacefeed.words import direction

#: So much of a text is left, however little room there is.
LEAST_CLIPPED = 32


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
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
    )
    # What the tag {% trans %} is made into: calls that take the values themselves.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's own
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(
        wrap=wrapped,
        clip=clip,
        subject=subject,
        web=web,
        invitation=invitation,
        csp=csp_source,
        breakable=breakable,
        commands=commands,
        css=css_string,
    )
    environment.globals["brand"] = brand
    return environment.speaking(OURS)


def _loader(folder: Path | None) -> ChoiceLoader:
    found = [_Files(place) for place in folders(folder)]
    # By this prefix a template of the operator's builds upon the one whose place it takes.
    return ChoiceLoader([*found, PrefixLoader({SHIPPED.rstrip("/"): found[-1]})] if folder else found)


def clip(text: str, width: int) -> str:
    """*text* in at most *width* characters, but ``LEAST_CLIPPED`` at least, cut after a word with an ellipsis."""
    return shortened(text, max(width, LEAST_CLIPPED))


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


def commands(text: str) -> Markup:
    """The same, with what stands between backquotes as code that can be copied."""
    return Markup(long_words.with_commands(text))  # noqa: S704 - escaped there


def csp_source(text: str) -> str:
    """*text* as a Content Security Policy names it: a page's own inline style or script, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def css_string(text: str) -> Markup:
    """*text* as a style sheet has it between quotes (CSS Syntax 3, section 4.3.5)."""
    return Markup(re.sub(r'[\x00-\x1f"\\<]', lambda found: f"\\{ord(found[0]):x} ", text))  # noqa: S704 - escaped


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


class _Compiled(BytecodeCache):
    """What each file was compiled to, for all languages and looks: these have environments of their own, where Jinja
    would compile it anew. A file that has changed takes the place of what it was."""

    def __init__(self) -> None:
        #: By kind of environment, since a sandbox compiles in its own way, and Jinja's key of the file.
        self._kept: dict[tuple[type, str], tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get((type(bucket.environment), bucket.key), ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[type(bucket.environment), bucket.key] = bucket.checksum, bucket.code


_COMPILED = _Compiled()


class _Templates(Environment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._spoken: dict[str, _Templates] = {}

    def speaking(self, language: str) -> _Templates:
        """These templates with our words in *language*; each language has its own, for what one has loaded is kept."""
        if language not in self._spoken:
            own = self.overlay()
            assert isinstance(own, _Templates)
            own.globals = {
                **self.globals,
                **_saying(language),
                "language": language,
                "direction": direction(language),
            }
            self._spoken[language] = own
        return self._spoken[language]

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  # jinja2's own word
    ) -> Template:
        if globals and globals.get("language", self.globals["language"]) != self.globals["language"]:
            return self.speaking(globals["language"]).get_template(name, parent)
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


def _saying(language: str) -> dict[str, Callable[..., str]]:
    """What Jinja's tags and templates themselves say messages with, in *language*.

    Jinja's own would take what a catalogue says for markup.
    """
    found = translations(language)

    @pass_eval_context
    def gettext(context: EvalContext, message: str, /, **values: object) -> str:
        return _shown(context, found.gettext(message)) % values

    @pass_eval_context
    def ngettext(context: EvalContext, singular: str, plural: str, count: int, /, **values: object) -> str:
        said = found.ngettext(singular, plural, count)
        return _shown(context, said) % {"number": count, "num": count, **values}

    @pass_eval_context
    def pgettext(context: EvalContext, meaning: str, message: str, /, **values: object) -> str:
        return _shown(context, found.pgettext(meaning, message)) % values

    return {"gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}


def _shown(context: EvalContext, said: str) -> str:
    return escape(said) if context.autoescape else said


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
    # It stands within a sentence.
    return " ".join((said or type(error).__name__).split()).rstrip(".")
