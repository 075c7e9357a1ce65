"""Our own documents, read again; the home of their parsers.

The law: a document is bytes and nothing more. No parser here opens a file or a connection, knows a DTD or expands an
entity of one.
"""

from __future__ import annotations

from lxml import etree

Element = etree._Element


class NotWellFormed(ValueError):
    """No document of its kind; ``str()`` is one line that says what is wrong, and where."""


def parse_xml(document: bytes) -> Element:
    """The root element; raises ``NotWellFormed`` for what is no XML, and for XML with a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotWellFormed(f"not well-formed: {_one_line(error)}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotWellFormed("a document type, which no reader needs and many refuse")
    return root


def parse_html(document: bytes) -> Element:
    """The root element of a page in UTF-8; raises ``NotWellFormed`` where there is none."""
    try:
        root = etree.fromstring(document.decode(), etree.HTMLParser(no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotWellFormed(f"no HTML in UTF-8: {_one_line(error)}") from None
    if root is None:
        raise NotWellFormed("no HTML in UTF-8: no element")
    return root


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
