"""How long a web server's certificate still holds."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from socket import create_connection

from solacefeed.errors import RequestError
from solacefeed.http_client.guard import host_of, named, parsed, resolved

_HTTPS_PORT = 443


def certificate_end(url: str, *, timeout: float, context: ssl.SSLContext | None = None) -> datetime | None:
    """When the certificate ends that *url* is served by, verified by *context* or the system's authorities.

    ``None`` where it is served in the clear. Raises ``RequestError`` where there is none within *timeout* seconds, for
    each of the two steps.
    """
    asked = parsed(url)
    if asked.scheme != "https":
        return None
    verifying = context or ssl.create_default_context()
    try:
        address = resolved(asked)[0]
        with (
            create_connection((address, asked.port or _HTTPS_PORT), timeout=timeout) as wire,
            verifying.wrap_socket(wire, server_hostname=host_of(asked)) as secured,
        ):
            end = (secured.getpeercert() or {}).get("notAfter")
    except OSError as error:
        raise RequestError(f"{named(asked)}: its certificate can't be looked at ({error})") from error
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None
