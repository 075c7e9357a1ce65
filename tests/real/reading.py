"""What stands in a published Atom document."""

from __future__ import annotations

from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(document: bytes) -> list[Any]:
    return list(etree.fromstring(document).iter(f"{ATOM}entry"))


def authors(document: bytes) -> list[str]:
    return [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries(document)]


def ids(document: bytes) -> list[str]:
    return [str(entry.findtext(f"{ATOM}id")) for entry in entries(document)]
