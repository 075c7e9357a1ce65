"""Whose export a file is: nothing takes a stranger's posts back, so they are not taken over by mistake."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from solacefeed.addresses import parsed
from solacefeed.errors import SourceError


def must_be_ours(what: str, home: str | None, known: Sequence[str], former: Collection[str]) -> None:
    """Raises ``SourceError`` where *home*, which the export *what* is of, is none of the *known* addresses of the blog.

    Hosts are compared, however they are written, with ``www.`` or without. *former* has those, or addresses at them,
    from which the operator says that the blog has moved. An export that names no address is nobody's, and so is taken.
    """
    if not home or not known:
        return
    host = _host(home)
    if host in {_host(each) for each in (*known, *former)}:
        return
    raise SourceError(
        f"{what} is an export of {home}, and this site reads {' or '.join(dict.fromkeys(known))}: nothing is taken "
        f"over. If that is another name of the same blog, or where it was before: --moved-from {host}"
    )


def _host(where: str) -> str:
    """The host of an address, or of a bare name, as it is asked for in DNS, but for its ``www.``."""
    host = parsed(where if "://" in where else f"//{where}").host.removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host.removeprefix("www.")
