"""What the values of a config mean once they are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.config import checks
from solacefeed.config.closings import closings, local_time
from solacefeed.config.store_addresses import store_url
from solacefeed.config.tables import HEARTBEAT, SECRET, SMTP_PASSWORD, STORE_URL, WEBHOOK
from solacefeed.email_addresses import email_address
from solacefeed.models.digests import Approval, Cadence, CadenceKind, CategoryNames, Closing, Corrections, Join, Marks
from tests.config.files import MAILING, SMALLEST, loaded, problems, secret_file

SUMMIT = '[[events]]\nid = "summit"\nname = "Summit"\n'
WEEKLY = '[[digests]]\nname = "weekly"\ntitle = "Weekly"\n'
LOGGING_IN = f'{MAILING}username = "digest"\n'


# -- whom mail may go to ------------------------------------------------------------------------------


def test_a_trial_names_addresses_and_domains(tmp_path: Path) -> None:
    mail = loaded(tmp_path, f'{MAILING}only_to = ["me@example.org", "@example.net"]\n').mail
    assert mail.only_to == ("me@example.org", "@example.net")
    assert loaded(tmp_path).mail.only_to == ()


@pytest.mark.parametrize("value", ["example.org", "@", "@@example.org", "me", "@exa mple.org", "*@example.org@", ""])
def test_what_is_neither_an_address_nor_a_domain_is_no_trial(tmp_path: Path, value: str) -> None:
    (problem,) = problems(tmp_path, f'{MAILING}only_to = ["{value}"]\n')
    assert problem.startswith("config.toml:14: [mail] only_to")
    assert "me@example.org" in problem


# -- secrets ------------------------------------------------------------------------------------------


def test_a_secret_is_read_from_a_file_of_its_own_and_trimmed(tmp_path: Path) -> None:
    secret_file(tmp_path)
    mail = loaded(tmp_path, f'{LOGGING_IN}password_file = "secret"\nsecret_file = "secret"\n').mail
    assert mail.password is not None
    assert mail.secret is not None
    assert mail.password.get_secret_value() == mail.secret.get_secret_value() == "swordfish"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    secret_file(tmp_path)
    text = f'{LOGGING_IN}password_file = "secret"\nsecret_file = "secret"\n'
    mail = loaded(tmp_path, text, {SMTP_PASSWORD: "herring", SECRET: "mackerel"}).mail
    assert mail.password is not None
    assert mail.secret is not None
    assert (mail.password.get_secret_value(), mail.secret.get_secret_value()) == ("herring", "mackerel")


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    config = loaded(tmp_path, environ={SMTP_PASSWORD: "", SECRET: "", STORE_URL: ""})
    assert (config.mail.password, config.mail.secret) == (None, None)
    assert config.store.url == f"sqlite:///{tmp_path}/var/solacefeed.db"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)
    assert problems(tmp_path, f'{SMALLEST}[mail]\nsecret_file = "secret"\n') == [
        f"config.toml:8: [mail] secret_file: secret is open to other users (mode {mode:03o}); say: chmod 600 secret"
    ]
    assert path.stat().st_mode & 0o777 == mode


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    secret_file(tmp_path, " \n")
    assert problems(tmp_path, f'{SMALLEST}[mail]\nsecret_file = "secret"\n') == [
        "config.toml:8: [mail] secret_file: secret is empty"
    ]


def test_a_secret_that_is_no_text_is_refused(tmp_path: Path) -> None:
    secret_file(tmp_path).write_bytes(b"\xff\xfe")
    assert problems(tmp_path, f'{SMALLEST}[mail]\nsecret_file = "secret"\n') == [
        "config.toml:8: [mail] secret_file: secret is not UTF-8 text"
    ]


def test_a_config_that_is_printed_shows_no_secret(tmp_path: Path) -> None:
    secret_file(tmp_path)
    config = loaded(
        tmp_path,
        f'{LOGGING_IN}password_file = "secret"\n',
        {SECRET: "swordfish", STORE_URL: "postgresql+psycopg://me:swordfish@localhost/x"},
    )
    assert "swordfish" in config.store.url
    printed = f"{config!r} {config} {config.mail!r} {config.mail} {config.store!r} {config.store}"
    assert "swordfish" not in printed


@pytest.mark.parametrize(
    "wrong",
    [
        '[mail]\npassword = "swordfish"',
        '[mail]\npasword = "swordfish"',
        '[store]\nurl = "postgresql+psycopg://me:sword/fish@h/x swordfish"',
        '[web]\nbase_url = "https://me:swordfish@news.example.org"',
    ],
)
def test_a_problem_never_repeats_what_may_be_a_secret(tmp_path: Path, wrong: str) -> None:
    (problem,) = problems(tmp_path, SMALLEST + wrong)
    assert "fish" not in problem


def test_a_wrong_store_in_the_environment_is_told_without_repeating_it(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SMALLEST, {STORE_URL: "postgres://me:swordfish@localhost/x"})
    assert problem.endswith("(it was taken from SOLACEFEED_STORE_URL)")
    assert "swordfish" not in problem


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("me:sword@fish@h/x", "write %40"),
        ("me:sword@fish:1@h:5432/x", "write %40"),
        ("me:sword@f/fish@h/x", "write %40"),
        ("me:swordfish@h:54e2/x", "its port"),
        ("me:swordfish@h:65536/x", "its port"),
    ],
)
def test_a_store_whose_address_is_mistaken_for_another_is_refused(tmp_path: Path, address: str, told: str) -> None:
    (problem,) = problems(tmp_path, SMALLEST, {STORE_URL: f"postgresql+psycopg://{address}"})
    assert told in problem
    assert "fish" not in problem


@pytest.mark.parametrize(
    "address",
    [
        "me@h:5432/x",
        "me:sword%40fish@h/x",
        "me:s/w#o%r:d@[::1]:5432/x?application_name=a@b",
        "me@corp:sword@h/x",
        "me@/x?host=db-1:5432&host=db-2&target_session_attrs=read-write",
        "h/x?user=me&password=a@b",
        "/x",
    ],
)
def test_what_a_store_may_be_called_is_taken_as_it_is(tmp_path: Path, address: str) -> None:
    whole = f"postgresql+psycopg://{address}"
    assert loaded(tmp_path, SMALLEST, {STORE_URL: whole}).store.url == whole


# -- paths and the store ------------------------------------------------------------------------------


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    config = loaded(tmp_path, f'{SMALLEST}[mail]\nca_file = "ca.pem"\ndir = "/srv/mail"\n')
    assert config.feeds.dir == tmp_path / "feeds"
    assert config.mail.ca_file == tmp_path / "ca.pem"
    assert config.mail.dir == Path("/srv/mail")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sqlite:///kept.db", "sqlite:///{}/kept.db"),
        ("sqlite:////srv/kept.db", "sqlite:////srv/kept.db"),
        ("sqlite:////srv/a:b@c.db", "sqlite:////srv/a:b@c.db"),
        ("postgresql+psycopg://db.example.org/x", "postgresql+psycopg://db.example.org/x"),
        ("postgresql+psycopg://me@db.example.org/x?sslmode=require", None),
    ],
)
@pytest.mark.parametrize("by_environment", [False, True])
def test_the_store_is_named_in_the_file_or_in_the_environment(
    tmp_path: Path, url: str, meant: str | None, by_environment: bool
) -> None:
    text = SMALLEST if by_environment else f'{SMALLEST}[store]\nurl = "{url}"\n'
    environ = {STORE_URL: url} if by_environment else {}
    assert loaded(tmp_path, text, environ).store.url == (meant or url).format(tmp_path)


def test_the_environments_store_wins_even_over_a_wrong_one(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{SMALLEST}[store]\nurl = "nonsense"\n', {STORE_URL: "sqlite:////srv/x.db"})
    assert config.store.url == "sqlite:////srv/x.db"


# -- addresses ----------------------------------------------------------------------------------------


def test_an_address_that_others_are_built_on_loses_its_slash_and_an_events_keeps_it(tmp_path: Path) -> None:
    text = SMALLEST.replace("feeds.example.org", "feeds.example.org/blog/")
    config = loaded(tmp_path, f'{text}{SUMMIT}starts = 2027-04-13\nurl = "https://events.example.org/summit/"\n')
    assert config.site.base_url == "https://feeds.example.org/blog"
    assert config.events[0].url == "https://events.example.org/summit/"


def test_a_blog_is_told_the_sites_address_where_no_contact_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path).source.contact == "https://feeds.example.org"
    named = SMALLEST.replace("[site]", 'contact = "mailto:web@example.org"\n[site]')
    assert loaded(tmp_path, named).source.contact == "mailto:web@example.org"


def test_answers_and_bounces_go_to_the_sender_unless_others_are_named(tmp_path: Path) -> None:
    mail = loaded(tmp_path, f'{SMALLEST}[mail]\nfrom = "Council, Example <digest@example.org>"\n').mail
    assert mail.sender == mail.reply_to == '"Council, Example" <digest@example.org>'
    assert mail.return_path == "digest@example.org"


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="<>"), min_size=1, max_size=20))
def test_a_name_before_an_address_is_read_by_mail_programs_as_it_was_meant(name: str) -> None:
    plain = name.replace('"', "").replace("\\", "") or "x"
    assert parseaddr(checks.mailbox(f"{plain} <digest@example.org>")) == (plain, "digest@example.org")


# -- times --------------------------------------------------------------------------------------------


@given(st.integers(1, 366), st.sampled_from("smhd"))
def test_a_duration_is_a_number_and_a_unit(number: int, unit: str) -> None:
    length = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    assert checks.duration(f"{number}{unit}") == number * length[unit]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"mon 07:00"', [(0, time(7))]),
        ('"Sunday 7:05"', [(6, time(7, 5))]),
        ('["thu 19:30", "mon 07:00"]', [(0, time(7)), (3, time(19, 30))]),
    ],
)
def test_closing_times_are_read_in_the_order_of_the_week(
    tmp_path: Path, written: str, meant: list[tuple[int, time]]
) -> None:
    (digest,) = loaded(tmp_path, f"{SMALLEST}{WEEKLY}closes = {written}\n").digests
    assert digest.closes == tuple(Closing(weekday=day, at=at) for day, at in meant)


@pytest.mark.parametrize(
    ("written", "kind", "closing"),
    [
        ("daily 07:00", CadenceKind.DAILY, Closing(weekday=None, at=time(7))),
        ("Mon 07:00", CadenceKind.WEEKLY, Closing(weekday=0, at=time(7))),
        ("first mon of month 07:00", CadenceKind.MONTHLY, Closing(weekday=0, week=1, at=time(7))),
        ("Last Friday of the month 16:30", CadenceKind.MONTHLY, Closing(weekday=4, week=-1, at=time(16, 30))),
        ("at once", CadenceKind.AT_ONCE, Closing(weekday=None, at=time(7))),
    ],
)
def test_a_digest_comes_at_once_or_each_day_week_or_month(
    tmp_path: Path, written: str, kind: CadenceKind, closing: Closing
) -> None:
    (table,) = loaded(tmp_path, f'{SMALLEST}{WEEKLY}closes = "{written}"\n').digests
    assert table.digest().cadences == (Cadence(kind=kind, closings=(closing,)),)


FOUR_CADENCES = """\
closes = "mon 07:00"
approval = "hold"
[[digests.cadences]]
closes = "daily 07:00"
approval = "none"
[[digests.cadences]]
closes = "at once"
most_a_day = 2
morning = "08:15"
[[digests.cadences]]
closes = "last fri of month 16:00"
"""


def test_further_cadences_wait_as_the_digest_does_unless_they_say_otherwise_and_at_once_never_waits(
    tmp_path: Path,
) -> None:
    (table,) = loaded(tmp_path, f"{SMALLEST}{WEEKLY}{FOUR_CADENCES}").digests
    weekly, daily, at_once, monthly = table.digest().cadences
    assert [each.approval for each in (weekly, daily, at_once, monthly)] == [
        Approval.HOLD,
        Approval.NONE,
        Approval.NONE,
        Approval.HOLD,
    ]
    assert (at_once.kind, at_once.most_a_day) == (CadenceKind.AT_ONCE, 2)
    assert at_once.closings == (Closing(weekday=None, at=time(8, 15)),)
    assert table.digest().cadence(CadenceKind.MONTHLY) == monthly
    assert table.digest().cadence(None) == weekly


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ('closes = "mon 07:00"', 60),
        ('closes = "first mon of month 07:00"', 62),
        ('closes = "mon 07:00"\nmail_within = "14d"', 14),
        ('closes = "mon 07:00"\n[[digests.cadences]]\ncloses = "last fri of month 16:00"', 62),
        ('closes = "at once"\nmail_within = "2d"', 2),
    ],
)
def test_a_post_can_be_mailed_for_twice_the_longest_cadence_at_least(tmp_path: Path, written: str, days: int) -> None:
    (table,) = loaded(tmp_path, f"{SMALLEST}{WEEKLY}{written}\n").digests
    assert table.digest().mail_within == timedelta(days=days)


@pytest.mark.parametrize(("written", "days"), [("30d", 14), ("14d", 14), ("3d", 3)])
def test_an_edition_goes_a_fortnight_late_at_most_and_a_config_that_says_more_stops_nothing(
    tmp_path: Path, written: str, days: int
) -> None:
    (table,) = loaded(tmp_path, f'{SMALLEST}{WEEKLY}closes = "mon 07:00"\nmax_late = "{written}"\n').digests
    assert table.digest().max_late == timedelta(days=days)


def test_what_a_digest_brings_is_handed_on(tmp_path: Path) -> None:
    text = """\
closes = "mon 07:00"
categories = ["housing"]
join = "list"
public = false
settle = "1h"
max_age_days = 7
repeats = true
events_alone = true
corrections = "never"
draft_lead = "3h"
hold_over = 1.5
[digests.marks]
leave_out = ["internal"]
only = ["mailed"]
"""
    (table,) = loaded(tmp_path, f"{SMALLEST}{WEEKLY}{text}").digests
    digest = table.digest()
    assert (digest.categories, digest.join, digest.public) == (("housing",), Join.LIST, False)
    assert (digest.settle, digest.max_age, digest.draft_lead) == (
        timedelta(hours=1),
        timedelta(days=7),
        timedelta(hours=3),
    )
    assert (digest.repeats, digest.events_alone, digest.corrections) == (True, True, Corrections.NEVER)
    assert digest.hold_over == 1.5
    assert digest.marks == Marks(leave_out=frozenset({"internal"}), only=frozenset({"mailed"}))


def test_several_digests_stand_in_the_order_of_the_file_each_with_its_own_tables(tmp_path: Path) -> None:
    second = '[[digests]]\nname = "review"\ntitle = "Review"\ncloses = "first mon of month 07:00"\n'
    tables = loaded(tmp_path, f"{SMALLEST}{WEEKLY}{FOUR_CADENCES}{second}").digests
    assert [(table.digest().key, len(table.digest().cadences)) for table in tables] == [("weekly", 4), ("review", 1)]


def test_editors_are_addresses(tmp_path: Path) -> None:
    assert loaded(tmp_path, f'{SMALLEST}[mail]\neditors = ["ed@example.org"]\n').mail.editors == ("ed@example.org",)
    assert loaded(tmp_path).mail.editors == ()


def test_a_digest_is_handed_on_with_its_defaults(tmp_path: Path) -> None:
    (table,) = loaded(tmp_path, f'{SMALLEST}{WEEKLY}closes = "mon 07:00"\n').digests
    digest = table.digest()
    assert (digest.max_late, digest.promote_ahead) == (timedelta(hours=48), timedelta(days=180))
    assert (digest.name, digest.title, digest.promote_most) == ("weekly", "Weekly", 3)
    assert (digest.settle, digest.max_age) == (timedelta(minutes=30), timedelta(days=30))
    assert (digest.categories, digest.marks, digest.hold_over) == (None, Marks(), 3)


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("starts = 2027-04-13", date(2027, 4, 13), date(2027, 4, 13)),
        ("starts = 2027-04-13\nends = 2027-04-15", date(2027, 4, 13), date(2027, 4, 15)),
        (
            "starts = 2027-04-13T09:30:00+01:00\nends = 2027-04-13T10:00:00Z",
            datetime(2027, 4, 13, 8, 30, tzinfo=UTC),
            datetime(2027, 4, 13, 10, tzinfo=UTC),
        ),
    ],
)
def test_an_events_days_are_whole_days_and_its_moments_are_in_utc(
    tmp_path: Path, written: str, starts: date, ends: date
) -> None:
    (table,) = loaded(tmp_path, f"{SMALLEST}{SUMMIT}{written}\n").events
    event = table.event()
    assert (event.starts, event.ends) == (starts, ends)
    assert event.all_day is not isinstance(starts, datetime)


def test_the_instant_taken_for_now_is_in_utc(tmp_path: Path) -> None:
    assert loaded(tmp_path).as_of is None
    config = loaded(tmp_path, f"as_of = 2026-11-23T09:00:00+01:00\n{SMALLEST}")
    assert config.as_of == datetime(2026, 11, 23, 8, tzinfo=UTC)


# -- what readers see ---------------------------------------------------------------------------------


def test_a_subscriber_without_categories_takes_everything(tmp_path: Path) -> None:
    text = '[[subscribers]]\nemail = "a@b.org"\n[[subscribers]]\nemail = "c@d.org"\ncategories = ["housing"]\n'
    everything, some = loaded(tmp_path, SMALLEST + text).subscribers
    assert (everything.categories, some.categories) == (None, ("housing",))


def test_a_subscriber_may_have_several_digests_each_with_a_choice_of_its_own(tmp_path: Path) -> None:
    digest = '[[digests]]\nname = "{name}"\ntitle = "News"\ncloses = "daily 07:00"\n'
    table = '[[subscribers]]\nemail = "a@b.org"\n'
    text = "".join(
        [
            digest.format(name="weekly"),
            digest.format(name="jobs"),
            f'{table}digests = "weekly"\ncadence = "daily"\n',
            f'{table}digests = ["jobs"]\nlanguage = "cy"\ncategories = ["jobs"]\n',
        ]
    )
    first, second = loaded(tmp_path, SMALLEST + text).subscribers
    assert (first.digests, first.cadence_kind(), first.language) == (("weekly",), CadenceKind.DAILY, None)
    assert (second.digests, second.cadence_kind(), second.language) == (("jobs",), None, "cy")


def test_hidden_and_labelled_categories_are_handed_on(tmp_path: Path) -> None:
    names = loaded(
        tmp_path, f'{SMALLEST}[categories]\nhide = []\nlabels = {{ housing = "Homes" }}\n'
    ).categories.names()
    assert (names.hidden, dict(names.labels)) == (frozenset(), {"housing": "Homes"})
    assert loaded(tmp_path).categories.names().hidden == {"uncategorized"}


def test_tags_that_may_be_followed_are_known_to_every_digest_and_named_beside_the_categories(tmp_path: Path) -> None:
    tags = '[tags]\nfollow = ["planning", "internal"]\nhide = ["internal"]\nlabels = { planning = "Building" }\n'
    config = loaded(tmp_path, f'{SMALLEST}{tags}{WEEKLY}closes = "mon 07:00"\n')
    assert [table.digest().followed for table in config.digests] == [("planning", "internal")]
    names = config.tags.added_to(CategoryNames(hidden=frozenset({"x"}), labels={"housing": "Homes"}))
    assert names.hidden == {"x", "tag:internal"}
    assert dict(names.labels) == {"housing": "Homes", "tag:planning": "Building"}
    assert loaded(tmp_path).tags.added_to(CategoryNames()) == CategoryNames()


def test_a_file_from_windows_is_read_like_any_other(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + SMALLEST.replace("\n", "\r\n")) == loaded(tmp_path)


# -- who is told of troubles ------------------------------------------------------------------------------


def test_the_address_of_a_webhook_may_be_a_secret_and_come_from_the_environment(tmp_path: Path) -> None:
    text = f'{SMALLEST}[monitoring]\nwebhook = "https://chat.example.org/"\n'
    monitoring = loaded(tmp_path, text, {WEBHOOK: "https://chat.example.org/hooks/1f0c"}).monitoring
    assert monitoring.webhook == "https://chat.example.org/hooks/1f0c"
    assert loaded(tmp_path, text).monitoring.webhook == "https://chat.example.org/"
    assert loaded(tmp_path, environ={HEARTBEAT: "https://hc.example.org/8b7c"}).monitoring.heartbeat is not None
    assert loaded(tmp_path).monitoring.heartbeat is None


def test_what_is_no_address_there_is_told_with_where_it_is_from(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SMALLEST, {WEBHOOK: "chat"})
    assert "must be an http or https address" in problem
    assert problem.endswith(f"(it was taken from {WEBHOOK})")
    (problem,) = problems(tmp_path, f'{SMALLEST}[monitoring]\nheartbeat = "hc"\n')
    assert problem.startswith("config.toml:8: [monitoring] heartbeat: must be an http or https address")


def test_the_secret_that_signs_alarms_stands_in_no_config(tmp_path: Path) -> None:
    file = secret_file(tmp_path)
    secret = loaded(tmp_path, f'{SMALLEST}[monitoring]\nwebhook_secret_file = "{file}"\n').monitoring.webhook_secret
    assert secret is not None
    assert secret.get_secret_value() == "swordfish"
    (problem,) = problems(tmp_path, f'{SMALLEST}[monitoring]\nwebhook_secret = "swordfish"\n')
    assert "secrets don't belong in this file" in problem


# -- laws of single values ------------------------------------------------------------------------------

TEXT_CHECKS = [
    checks.line, checks.text, checks.name, checks.slug, checks.language, checks.duration, closings,
    local_time, checks.time_zone, checks.http_url, checks.base_url, checks.source_url, checks.contact,
    store_url, email_address, checks.mailbox, checks.tag_authority, checks.host, checks.listen,
]  # fmt: skip
_HEADS = st.sampled_from(
    ["", "https://", "http://[", "mailto:", "sqlite:///", "mon ", "a@", "a <", "example.org,", "["]
)


@pytest.mark.parametrize("check", TEXT_CHECKS, ids=lambda check: check.__name__)
@given(head=_HEADS, rest=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_is_taken_or_refused_in_one_line(check: Callable[[str], object], head: str, rest: str) -> None:
    refusal = _refusal(check, head + rest)
    assert refusal is None or re.fullmatch("[^\n]+", refusal)


def _refusal(check: Callable[[str], object], value: str) -> str | None:
    try:
        check(value)
    except ValueError as error:
        return str(error)
    return None
