"""Links that say where they were clicked: UTM parameters, on booking links alone and only as the config asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import WEB_SCHEMES, parsed

#: Stands in a parameter where the edition's name goes.
EDITION = "EDITION"


def parameters(utm: Mapping[str, str], edition_id: str) -> dict[str, str]:
    """*utm* for one edition: ``{"campaign": "weekly-2026-11-23"}`` for ``{"campaign": "EDITION"}``."""
    name = edition_id.replace("/", "-")
    return {key: value.replace(EDITION, name) for key, value in utm.items()}


def tagged(url: str, utm: Mapping[str, str]) -> str:
    """*url* with ``utm_source`` and the like behind its query; all else of it, and what it says already, stays.

    One that can't be understood is left as it is.
    """
    parts = parsed(url)
    said = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({f"utm_{key}": value for key, value in utm.items() if f"utm_{key}" not in said})
    if not added or parts.scheme not in WEB_SCHEMES:
        return url
    return str(replace(parts, query=f"{parts.query}&{added}" if parts.query else added))
