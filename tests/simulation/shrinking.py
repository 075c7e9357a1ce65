"""Leaves out of a story what its breach can do without."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.story import Step, Story


def shrunk(story: Story, breaks: Callable[[Story], bool], *, most: int = 200) -> Story:
    """The fewest steps found within *most* tries of which it still *breaks*: by ever smaller pieces left out."""
    steps, tries, size = list(story.steps), 0, max(len(story.steps) // 2, 1)
    while size and tries < most:
        start = 0
        while start < len(steps) and tries < most:
            fewer: list[Step] = steps[:start] + steps[start + size :]
            tries += 1
            if breaks(story.with_steps(tuple(fewer))):
                steps = fewer
            else:
                start += size
        size //= 2
    return story.with_steps(tuple(steps))
