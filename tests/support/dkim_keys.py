"""Keys that sign mail in tests, made once, and a name server that knows their records."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from solacefeed.delivery.signing import Algorithm, SigningKey, generated, loaded


@cache
def signing_keys(domain: str = "example.org") -> tuple[SigningKey, ...]:
    """RSA first, as a config has them."""
    return tuple(
        loaded(generated(each), each, domain=domain, selector=f"solacefeed-{each.key_type}") for each in Algorithm
    )


def name_server(keys: tuple[SigningKey, ...]) -> Callable[..., bytes | None]:
    """As dkimpy asks one."""
    records = {f"{key.record().name}.".encode(): key.record().text.encode() for key in keys}

    def answer(name: bytes | str, **_: object) -> bytes | None:
        return records.get(name if isinstance(name, bytes) else name.encode())

    return answer
