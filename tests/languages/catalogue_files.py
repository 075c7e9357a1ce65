"""Catalogues as a translator saves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from solacefeed.catalogue import look_in

#: The plural rules of some languages, as gettext has them.
ARABIC = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
GERMAN = "nplurals=2; plural=(n != 1);"

#: A message; its plural is the second one.
Messages = Mapping[str | tuple[str, str], str | tuple[str, ...]]


def a_catalogue(folder: Path, name: str, messages: Messages, *, plural: str = GERMAN) -> Path:
    """Writes the catalogue *name* with these translations, and looks in its *folder* from now on."""
    path = folder / name
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plural}\\n"\n'
    path.write_text("\n".join([head, *(_entry(told, said) for told, said in messages.items())]), encoding="utf-8")
    look_in(folder)
    return path


def _entry(told: str | tuple[str, str], said: str | tuple[str, ...]) -> str:
    if isinstance(told, str):
        assert isinstance(said, str)
        return f"msgid {_quoted(told)}\nmsgstr {_quoted(said)}\n"
    forms = "".join(f"msgstr[{number}] {_quoted(form)}\n" for number, form in enumerate(said))
    return f"msgid {_quoted(told[0])}\nmsgid_plural {_quoted(told[1])}\n{forms}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
