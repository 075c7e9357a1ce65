"""How long a blog that fails is left alone."""

from __future__ import annotations

from datetime import timedelta


class Rest:
    """How long a failing blog is left alone: from the second failure in a row on twice as long each time."""

    LONGEST = timedelta(hours=4)

    def __init__(self, usual: timedelta) -> None:
        self._usual = usual.total_seconds()
        self._failures = 0
        self._until = 0.0

    def goes_on(self, now: float) -> bool:
        return now < self._until

    def after_failure(self, now: float, chance: float) -> None:
        """*now* is in seconds; *chance*, from 0 to 1, spreads it by a tenth, so that many do not come back together."""
        self._failures += 1
        longer = self._usual * (2 ** min(self._failures - 1, 20) - 1)
        self._until = now + min(longer, self.LONGEST.total_seconds()) * (0.9 + 0.2 * chance)

    def after_success(self) -> None:
        self._failures = 0
        self._until = 0.0
