"""What works and may not be meant is mentioned; what is right is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.config.advice import named_slugs, named_tags, warnings
from tests.config.files import MAILING, SMALLEST, loaded, problems

#: Under names of its own, as a site that readers meet.
OWN = SMALLEST.replace("example.org", "anytown.gov.uk")
UNREAD_BOUNCES = MAILING.replace("example.org", "anytown.gov.uk")
OWN_MAIL = UNREAD_BOUNCES.replace("[mail]", "[bounces]\nverp = true\n[mail]", 1)

WEEKLY = '[[digests]]\nname = "weekly"\ntitle = "Weekly"\ncloses = "mon 07:00"\n'

WORTH_A_LOOK = [
    (
        f'{OWN}[mail]\noperators = ["op@anytown.gov.uk"]\n',
        "[mail] operators: nobody is told of anything, since without",
    ),
    (
        f'{OWN}[monitoring]\nheartbeat_fail = "https://hc.anytown.gov.uk/ping/fail"\n',
        "[monitoring] heartbeat_fail: it is fetched in the stead of heartbeat, and there is none",
    ),
    (f'{OWN}[monitoring]\nallow = ["127.0.0.1"]\n', "[monitoring] allow: this machine is not let in by it, since"),
    (f'{OWN}{WEEKLY}approval = "required"\n', "[mail] editors: an edition waits for an editor, and nobody is mailed"),
    (
        f'{OWN}{WEEKLY}[[digests.cadences]]\ncloses = "daily 07:00"\napproval = "hold"\n',
        "[mail] editors: an edition waits for an editor, and nobody is mailed its draft",
    ),
    (f"{OWN}{WEEKLY}public = false\n", "[[digests]] public: no form and no page shows it, and nobody can join"),
    (f'{OWN}{WEEKLY}max_late = "30d"\n', "[[digests]] max_late: what is longer than 14d is taken as 14d"),
    (f'{OWN}{WEEKLY}settle = "1d"\n', "[[digests]] settle: every post waits so long before it is mailed"),
    (f"as_of = 2026-11-23T08:00:00Z\n{OWN_MAIL}", "as_of: time stands still"),
    (OWN_MAIL.replace("https://blog.anytown.gov.uk", "sample:"), "[source] url: transport smtp would mail the bundled"),
    (OWN.replace("https://blog", "http://blog"), "[source] url: http can be read"),
    (OWN.replace("https://feeds", "http://feeds"), "[site] base_url: http can be read"),
    (f'{OWN}time_zone = "UTC"\n', "[site] time_zone: a bare offset"),
    (f'{OWN}time_zone = "Etc/GMT-1"\n', "[site] time_zone: a bare offset"),
    (f'{OWN}[[subscribers]]\nemail = "a@b.org"\n', "[[subscribers]]: nobody gets mail"),
    (f'{OWN}language = "fr"\n', "[site] language: there is no catalogue of it"),
    (f'{OWN_MAIL}tls = "implicit"\n', "[mail] port: 587 speaks starttls"),
    (
        f'{OWN}[web]\nbase_url = "http://news.anytown.gov.uk"\nlisten = "127.0.0.1:8025"\n',
        "[web] base_url: http shows unsubscribe links",
    ),
    (f'{OWN}[web]\nbase_url = "https://news.anytown.gov.uk"\n', "[web] base_url: every mail's unsubscribe link"),
    (f'{OWN}[daemon]\npoll_every = "30s"\n', "[daemon] poll_every: more than one poll a minute"),
    # What a new config says of a site is nobody's, and a store keeps some of it.
    (
        SMALLEST.replace("https://blog.example.org", "sample:").replace("Example Council", "Your organisation"),
        "[source] url: the bundled blog is for trying; begin your own with `solacefeed init` in another folder",
    ),
    (OWN.replace("Example Council", "Your organisation"), "[site] organisation: still the words that a new config has"),
    (OWN.replace("blog.anytown.gov.uk", "blog.example.org"), "[source] url: an example's address; write your blog's"),
    (OWN.replace("feeds.anytown.gov.uk", "feeds.example.org"), "[site] base_url: an example's address, or this"),
    (OWN.replace("https://feeds.anytown.gov.uk", "http://localhost:8000"), "[site] base_url: an example's address"),
    (OWN.replace("https://feeds.anytown.gov.uk", "https://[::1]"), "[site] base_url: an example's address"),
    (OWN.replace('"anytown.gov.uk,', '"example.org,'), "[site] tag_authority: an example's domain"),
    (OWN.replace('"anytown.gov.uk,', '"me@localhost,'), "[site] tag_authority: an example's domain"),
    (OWN_MAIL.replace("digest@anytown.gov.uk", "digest@example.org"), "[mail] from: this address is an example's"),
    (OWN_MAIL.replace("editor@anytown.gov.uk", "Ed <ed@example.com>"), "[mail] reply_to: this address is an example's"),
    (OWN_MAIL.replace("unsubscribe@anytown.gov.uk", "x@localhost"), "[mail] unsubscribe_mailbox: this address is"),
    (UNREAD_BOUNCES, "[bounces] maildir: nobody reads what comes back"),
    (f'{OWN_MAIL}only_to = ["me@anytown.gov.uk"]\n', "[mail] only_to: a trial; mail to anybody else is cancelled"),
    (f'{OWN_MAIL}return_path = "bounces@example.net"\n', "[mail] return_path: this address is an example's"),
    (
        f'{OWN_MAIL}[web]\nbase_url = "https://news.example.org"\nlisten = "127.0.0.1:8025"\n',
        "[web] base_url: an example's address, or this machine's; mails lead readers there",
    ),
    (
        f'{OWN}{WEEKLY}[web]\nbase_url = "https://news.anytown.gov.uk"\nlisten = "127.0.0.1:8025"\n',
        "[mail] transport: mails are rehearsed, so nobody who subscribes on the form gets",
    ),
]
AS_MEANT = [
    OWN,
    f'{OWN}{WEEKLY}approval = "required"\n[mail]\neditors = ["ed@anytown.gov.uk"]\n',
    f'{OWN}{WEEKLY}public = false\njoin = "list"\n',
    OWN_MAIL,
    UNREAD_BOUNCES.replace("[mail]", '[bounces]\nmaildir = "bounces"\n[mail]', 1),
    # A rehearsal mails nobody.
    f'{OWN}[mail]\nfrom = "digest@example.org"\n',
    f"as_of = 2026-11-23T08:00:00Z\n{OWN}",
    OWN.replace("https://blog.anytown.gov.uk", "sample:"),
    OWN.replace("https://blog.anytown.gov.uk", "http://127.0.0.1:8080"),
    f'{OWN}time_zone = "Europe/London"\n',
    f'{OWN_MAIL}tls = "implicit"\nport = 465\n',
    f'{OWN}[web]\nbase_url = "http://localhost:8025"\nlisten = "127.0.0.1:8025"\n',
    f'{OWN}[daemon]\npoll_every = "1m"\n',
]


@pytest.mark.parametrize(("text", "says"), WORTH_A_LOOK)
def test_what_may_not_be_meant_is_mentioned(tmp_path: Path, text: str, says: str) -> None:
    (line,) = warnings(loaded(tmp_path, text))
    assert line.startswith(says)


@pytest.mark.parametrize("text", AS_MEANT)
def test_what_is_meant_is_not_mentioned(tmp_path: Path, text: str) -> None:
    assert warnings(loaded(tmp_path, text)) == []


def test_the_slugs_whose_language_is_told_are_held_to_the_blog(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{SMALLEST}[languages]\ncymraeg = "cy"\n')
    assert ("[languages]", ["cymraeg"]) in list(named_slugs(config))


@pytest.mark.parametrize("said", ["cy_GB", "Welsh", "", "x"])
def test_a_language_of_a_category_is_a_language_tag(tmp_path: Path, said: str) -> None:
    (problem,) = problems(tmp_path, f'[languages]\ncymraeg = "{said}"\n{SMALLEST}')
    assert problem.startswith('config.toml:2: [languages] cymraeg: must be a language tag (BCP 47), such as "en"')


def test_the_slugs_of_marks_and_followed_tags_are_held_to_the_blog(tmp_path: Path) -> None:
    text = f'{SMALLEST}[tags]\nfollow = ["planning"]\n{WEEKLY}[digests.marks]\nleave_out = ["internal"]\n'
    assert list(named_tags(loaded(tmp_path, text))) == [
        ("[tags] follow", ("planning",)),
        ("[digests.marks] leave_out", ("internal",)),
        ("[digests.marks] only", ()),
    ]


def test_the_slugs_of_a_digests_categories_are_held_to_the_blog(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{SMALLEST}{WEEKLY}categories = ["housing"]\n')
    assert ("[[digests]] weekly", ("housing",)) in list(named_slugs(config))
