"""What a relay's refusal is to a copy, and the sentence that keeps it: written and read back here alone.

    smtp.example.net:587: answered RCPT TO with 550 5.1.1 no such user

The relay's name stands in that sentence, and says nothing of the copy: whoever judges it judges the reply alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solacefeed.delivery.refusals import About, Stage, about, alike, is_for_policy
from solacefeed.errors import Deferred, Rejected, SenderRefused, TransportError

#: Where the operator looks when the relay refuses us.
_SEE = {Stage.LOGIN: "; see [mail] username", Stage.MAIL: "; see [mail] from and return_path"}

#: Here a relay may have taken its words from the server of one reader.
_OF_ONE_COPY = frozenset({Stage.RCPT, Stage.MESSAGE})

#: Behind the relay's name, in which there is no space.
_SAID = re.compile(rf"\S+: answered ({'|'.join(Stage)}) with (\d{{3}})(?: (.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RelayRefusal:
    """What a relay said where."""

    stage: Stage
    code: int
    text: str


def refused(relay: str, refusal: RelayRefusal) -> TransportError:
    """What a refusal by *relay*, such as ``smtp.example.net:587``, means for the copy."""
    stage, reply = refusal.stage, in_one_line(refusal.code, refusal.text)
    match about(stage, refusal.code, refusal.text):
        case About.MOMENT:
            return Deferred(said(relay, stage, reply), reply=reply)
        case About.SENDER:
            whose = f"{relay} refuses us, not the reader"
            of_one_copy = _alike(refusal) if stage in _OF_ONE_COPY else None
            return SenderRefused(said(whose, stage, reply) + _SEE.get(stage, ""), reply=reply, alike=of_one_copy)
        case About.READER:
            return Rejected(said(relay, stage, reply), reply=reply)
        case About.EITHER:
            policy = is_for_policy(refusal.text)
            return Rejected(said(relay, stage, reply), reply=reply, alike=_alike(refusal), for_policy=policy)


def _alike(refusal: RelayRefusal) -> str:
    return f"{refusal.stage} {refusal.code} {alike(refusal.text)}"


def said(relay: str, stage: Stage, reply: str) -> str:
    return f"{relay}: answered {stage} with {reply}"


def in_one_line(code: int, text: str) -> str:
    return f"{code} {text}".rstrip()


def read_back(answer: str) -> RelayRefusal | None:
    """Of the *answer* that a rejected copy keeps, the refusal; ``None`` where no relay was asked."""
    found = _SAID.fullmatch(answer)
    return RelayRefusal(Stage(found[1]), int(found[2]), found[3] or "") if found else None
