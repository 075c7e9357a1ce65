"""How many examples laws are held to: few in the main suite, the same in each run; all in the slow tier, ever new."""

from __future__ import annotations

from hypothesis import settings

#: What Hypothesis has by itself, and the slow tier.
_ALL = 100
#: Of these the main suite has so many; one law with another, that finds what is usually wrong at once.
_FEW = 20

# How long an example takes says something of the machine, and nothing of the product. Where Hypothesis finds the
# variables of a continuous integration it has another profile by itself; ours mean the same on every machine.
_EVERYWHERE = settings.get_profile("default")
settings.register_profile("slow", _EVERYWHERE, deadline=None, max_examples=_ALL)
settings.register_profile("main", _EVERYWHERE, deadline=None, max_examples=_FEW, derandomize=True)


def hold_to(*, all_examples: bool) -> None:
    """Decides for all laws of which nothing else is said, before they are collected."""
    settings.load_profile("slow" if all_examples else "main")


def examples(number: int) -> int:
    """*number* where all are told, and its share in the main suite: for a law that wants more of them than others."""
    return max(1, number * settings().max_examples // _ALL)
