"""What stands in a published Atom document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(document: bytes) -> list[Any]:
    return list(etree.fromstring(document).iter(f"{ATOM}entry"))


def authors(document: bytes) -> list[str]:
    return [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries(document)]


def collected(documents: Mapping[str, bytes], path: str) -> list[str]:
    """The ids that a client meets which reads *path* and follows ``prev-archive`` alone (RFC 5005)."""
    found: list[str] = []
    while path:
        document = etree.fromstring(documents[path])
        links = {link.get("rel"): link.get("href", "") for link in document.iterfind(f"{ATOM}link")}
        found += ids(documents[path])
        path = links.get("prev-archive", "").removeprefix("https://feeds.example.org/")
    return found


def ids(document: bytes) -> list[str]:
    return [str(entry.findtext(f"{ATOM}id")) for entry in entries(document)]
