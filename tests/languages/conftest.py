from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solacefeed.catalogue import look_in


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The operator's folder of catalogues, which ``look_in`` may be told; afterwards there are ours alone."""
    own = tmp_path / "catalogues"
    own.mkdir()
    yield own
    look_in(None)
