"""A plugin for pytest: the standard library's sqlite3, as where pysqlite3 has no wheel, and no count that it lacks.

python -m pytest -p tests.support.plain_sqlite tests/store/test_deliveries.py
"""

from __future__ import annotations

import sys
from typing import Any

# Before anything of the project is imported.
sys.modules["pysqlite3"] = None  # type: ignore[assignment]

import sqlalchemy as sa  # noqa: E402

_told: Any = sa.CursorResult.rowcount.fget


def _rowcount(result: sa.CursorResult[Any]) -> int:
    """Who takes -1 for a number of rows is told so where it is read; ``dialects.changed`` alone may hear it."""
    count: int = _told(result)
    reader = sys._getframe(1).f_code
    if count < 0 and "solacefeed/store" in reader.co_filename and reader.co_name != "changed":
        raise AssertionError(f"{reader.co_name} of {reader.co_filename} takes {count} for a number of rows")
    return count


sa.CursorResult.rowcount = property(_rowcount)  # type: ignore[assignment, method-assign]
