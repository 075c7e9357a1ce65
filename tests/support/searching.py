"""Looks for an address in every file of a site as somebody would who must not find it: in any case and encoding."""

from __future__ import annotations

import base64
import gzip
import quopri
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote


def found_in(folder: Path, *words: str) -> list[str]:
    """Where one of *words* stands: the file's name, or what it holds, and how it is written there."""
    needles = {form: needle for word in words for form, needle in _spellings(word)}
    return sorted({f"{path.relative_to(folder)}: {form}" for path in _files(folder) for form in _in(path, needles)})


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _in(path: Path, needles: dict[str, bytes]) -> Iterator[str]:
    content = path.read_bytes()
    texts = [str(path).encode(), content, quopri.decodestring(content)]
    texts += [gzip.decompress(content)] if path.suffix == ".gz" else []
    # Base64 is broken into lines; nothing else that is looked for is found by joining them.
    texts.append(re.sub(rb"[\r\n]", b"", content))
    for form, needle in needles.items():
        exact = form.startswith("base64")
        if any(needle in (text if exact else text.lower()) for text in texts):
            yield form


def _spellings(word: str) -> Iterator[tuple[str, bytes]]:
    lower = word.lower()
    for number, other in enumerate({word.upper(), normalize("NFD", lower), normalize("NFD", word.upper())} - {lower}):
        # Of what is read, ASCII alone is in small letters.
        yield f"utf-8 otherwise {number} {word}", other.encode().lower()
        yield f"percent otherwise {number} {word}", quote(other, safe="").lower().encode()
    yield f"utf-8 {word}", lower.encode()
    yield f"utf-16-le {word}", lower.encode("utf-16-le")
    yield f"utf-16-be {word}", lower.encode("utf-16-be")
    yield f"percent {word}", quote(lower, safe="").lower().encode()
    yield f"json {word}", lower.encode("ascii", "backslashreplace")
    for cased in {word, lower, word.upper()}:
        for number, part in enumerate(_base64(cased.encode())):
            yield f"base64 {cased} {number}", part


def _base64(octets: bytes) -> Iterable[bytes]:
    """As it stands in a longer text, wherever it begins there: what its neighbours have no part in."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + octets)
        yield coded[-(-before * 8 // 6) : len(coded.rstrip(b"=")) // 4 * 4 - 4]
