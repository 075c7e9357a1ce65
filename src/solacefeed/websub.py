"""WebSub: tells a hub that a document has changed (W3C WebSub section 7).

The recommendation leaves to each hub how a publisher tells it; what all of them take is a form with ``hub.mode`` and
``hub.url``, as PubSubHubbub 0.4 had it, and some want ``hub.topic`` instead.
"""

from __future__ import annotations

from solacefeed.errors import HubError, RequestError
from solacefeed.http_client.client import HttpClient


def tell(client: HttpClient, hub: str, topic: str) -> None:
    """Tells *hub* that the document at *topic* has changed.

    Raises ``HubError`` when the hub can't be reached, or does not want to know.
    """
    try:
        answer = client.post(hub, [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)])
    except RequestError as error:
        raise HubError(str(error)) from error
    if not 200 <= answer.status < 300:
        raise HubError(f"{hub}: answered {answer.status} to a ping; is that a WebSub hub?")
