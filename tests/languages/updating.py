"""Takes the messages out of the code and the templates, into the catalogues: ``python -m tests.languages.updating``.

``messages.pot`` is what a translator begins with. The shipped catalogues take over what is new, without words, and lose
what is not said any more; a program guesses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "src/solacefeed/catalogues"
TEMPLATE = CATALOGUES / "messages.pot"

_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
_ROOMS = (ROOT / "src/solacefeed", ROOT / "templates")
#: How messages are found, by what a file's name ends with.
_METHODS = {".py": "python", ".html": "jinja2", ".txt": "jinja2", ".css": "jinja2", ".js": "jinja2"}
#: What stands in each Python file that has a message; to take the others apart would take seconds.
_HAS_MESSAGES = re.compile(r"gettext\(|N_\(")
_HEADER = """\
# The messages of solacefeed. Copy this file to one named by your language, such as de.po, and translate each msgid.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extracted() -> Catalog:
    """Every message there is, with the files that have it."""
    found = Catalog(charset="utf-8")
    for path in sorted(path for room in _ROOMS for path in room.rglob("*") if path.suffix in _METHODS):
        if path.suffix != ".py" or _HAS_MESSAGES.search(path.read_text(encoding="utf-8")):
            _extract(path, found)
    return found


def _extract(path: Path, found: Catalog) -> None:
    method = _METHODS[path.suffix]
    options = _OPTIONS if method == "jinja2" else {}
    place = path.relative_to(ROOT).as_posix()
    with path.open("rb") as file:
        for line, message, comments, context in extract(
            method, file, DEFAULT_KEYWORDS, ("Translators:",), options, strip_comment_tags=True
        ):
            found.add(message, None, [(place, line)], auto_comments=comments, context=context)


def template() -> str:
    """What stands in ``messages.pot``."""
    return _HEADER + _written(extracted())


def updated(path: Path) -> str:
    """The catalogue at *path* with the messages there are now; its own head stays as it is."""
    text = path.read_text(encoding="utf-8")
    catalogue = read_po(BytesIO(text.encode()))
    catalogue.update(extracted(), no_fuzzy_matching=True)
    head, _, _ = text.partition("\n\n")
    return f"{head}\n\n{_written(catalogue)}"


def shipped() -> Iterable[Path]:
    return sorted(CATALOGUES.glob("*.po"))


def _written(catalogue: Catalog) -> str:
    file = BytesIO()
    write_po(file, catalogue, omit_header=True, ignore_obsolete=True, include_lineno=False, sort_output=True, width=110)
    return file.getvalue().decode().lstrip("\n")


def update() -> None:
    TEMPLATE.write_text(template(), encoding="utf-8")
    for path in shipped():
        path.write_text(updated(path), encoding="utf-8")


if __name__ == "__main__":
    update()
