"""What works and may not be meant is mentioned; what is right is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.config import warnings
from tests.config.files import MAILING, SMALLEST, loaded

WORTH_A_LOOK = [
    (f"as_of = 2026-11-23T08:00:00Z\n{MAILING}", "as_of: time stands still"),
    (MAILING.replace("https://blog.example.org", "sample:"), "[source] url: transport smtp would mail the bundled"),
    (SMALLEST.replace("https://blog", "http://blog"), "[source] url: http can be read"),
    (SMALLEST.replace("https://feeds", "http://feeds"), "[site] base_url: http can be read"),
    (f'{SMALLEST}time_zone = "UTC"\n', "[site] time_zone: a bare offset"),
    (f'{SMALLEST}time_zone = "Etc/GMT-1"\n', "[site] time_zone: a bare offset"),
    (f'{SMALLEST}[[subscribers]]\nemail = "a@b.org"\n', "[[subscribers]]: nobody gets mail"),
    (f'{SMALLEST}language = "fr"\n', "[site] language: our own words on pages and in mails are English"),
    (f'{MAILING}tls = "implicit"\n', "[mail] port: 587 speaks starttls"),
    (
        f'{SMALLEST}[web]\nbase_url = "http://news.example.org"\nlisten = "127.0.0.1:8025"\n',
        "[web] base_url: http shows unsubscribe links",
    ),
    (f'{SMALLEST}[web]\nbase_url = "https://news.example.org"\n', "[web] base_url: every mail's unsubscribe link"),
    (f'{SMALLEST}[daemon]\npoll_every = "30s"\n', "[daemon] poll_every: more than one poll a minute"),
]
AS_MEANT = [
    SMALLEST,
    MAILING,
    f"as_of = 2026-11-23T08:00:00Z\n{SMALLEST}",
    SMALLEST.replace("https://blog.example.org", "sample:"),
    SMALLEST.replace("https://blog.example.org", "http://127.0.0.1:8080"),
    f'{SMALLEST}time_zone = "Europe/London"\n',
    f'{SMALLEST}language = "en-US"\n',
    f'{MAILING}tls = "implicit"\nport = 465\n',
    f'{SMALLEST}[web]\nbase_url = "http://localhost:8025"\nlisten = "127.0.0.1:8025"\n',
    f'{SMALLEST}[daemon]\npoll_every = "1m"\n',
]


@pytest.mark.parametrize(("text", "says"), WORTH_A_LOOK)
def test_what_may_not_be_meant_is_mentioned(tmp_path: Path, text: str, says: str) -> None:
    (line,) = warnings(loaded(tmp_path, text))
    assert line.startswith(says)


@pytest.mark.parametrize("text", AS_MEANT)
def test_what_is_meant_is_not_mentioned(tmp_path: Path, text: str) -> None:
    assert warnings(loaded(tmp_path, text)) == []
