"""The hook for a challenge: what the form asks besides, so that a program alone can't send it.

Ours is a question of the operator's: it needs no script, no picture and no other server, and a screen reader reads it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A question, and every answer that is taken."""

    question: str
    answers: tuple[str, ...]

    def is_met(self, answer: str) -> bool:
        """Whatever its case, and the signs around it."""
        return _plain(answer) in {_plain(each) for each in self.answers}


def _plain(answer: str) -> str:
    return " ".join("".join(each if each.isalnum() else " " for each in answer.casefold()).split())
