"""What is wrong with a config is said at once, each problem on one line, with its place and what to write."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.config import load, toml
from solacefeed.config.tables import REPEATED, TABLES, header, keys
from solacefeed.errors import ConfigError
from tests.config.files import MAILING, SMALLEST, loaded, problems, secret_file

EVENT = '[[events]]\nid = "summit"\nname = "Summit"\n'
DIGEST = '[[digests]]\nname = "weekly"\ntitle = "Weekly"\n'

IN_TWO_GROUPS = (
    '"live.com" stands in the group "microsoft" already; mail to a domain has one group, so take it out of one of them'
)
GROUP = '[[delivery.domains]]\nname = "microsoft"\n'
WEEKLY = f'{DIGEST}closes = "mon 07:00"\n'

WEEKDAYS = 'can be a list of weekdays alone, such as ["mon 07:00", "thu 07:00"]'
AT_LEAST = (
    'must be at least "{}", twice its longest cadence ({}), so that a post which one edition missed stands in the next'
)
SHARE = 'must be a share from "0%" to "100%", such as "1%" or "0.3%"'
GROWTH = "must be 0, or a number above 1 and up to 1000, such as 3 or 1.5"
AT_SIGN = "An email address must have an @-sign"
SLUG = 'must hold slugs, as in the blog\'s addresses, such as "local-government"'
OF_ITS_OWN = "secrets don't belong in this file: name a file in"
DURATION = 'must be a duration from "1s" to "366d", such as "90s", "15m", "48h" or "7d"'
CLOSING = (
    'must be a day and a local time, such as "mon 07:00", "daily 07:00" or "first mon of month 07:00", or "at once"'
)
OF_A_MONTH = f'{CLOSING}; one of a month is written "first mon of month 07:00"'
ADDRESS = 'must be an http or https address, such as "https://feeds.example.org"'
DAY = "must be a date or a date-time with an offset, without quotes, such as 2027-04-13 or 2027-04-13T09:30:00+01:00"
STORE = 'must be "sqlite:///FILE" or "postgresql+psycopg://HOST/DATABASE"'
MOMENT = "must be a date-time with an offset and without quotes, such as 2026-11-23T08:00:00Z"
TAG = (
    "must be a domain or an email address in lower case, a comma and a date on which it was yours, "
    'such as "example.org,2026" (RFC 4151)'
)
A_TEXT = 'a text stands between two straight quotes, such as "smtp.example.org"'
SITE_KEYS = (
    "title, base_url, tag_authority, language, catalogues, organisation, postal_address, rights, time_zone, logo, "
    "logo_size, accent, typeface, templates"
)
TYPEFACE = (
    'must be "serif", "sans", or names of typefaces with commas between them and serif or sans-serif at the end, such '
    'as "Trebuchet MS, Arial, sans-serif"'
)
SIZE = "must be width and height in pixels, 1 to 10000, such as [320, 80]"

# Written below the smallest config, so that line 7 is the first; what is said of it, from its line on.
BELOW = [
    # texts, numbers and lists are told apart
    ('title = ""', "7: [site] title: must not be empty"),
    ("title = 3", "7: [site] title: must be text in quotes"),
    # looks
    (
        'accent = "green"',
        '7: [site] accent: must be a colour of three or six hexadecimal digits, such as "#17594c"',
    ),
    ('accent = "#fff"', '7: [site] accent: is not seen on white and on paper; the nearest that is: "#dfdfdf"'),
    ('typeface = "Comic Sans MS"', f"7: [site] typeface: {TYPEFACE}"),
    ('typeface = "Arial\'; } body { display: none, serif"', f"7: [site] typeface: {TYPEFACE}"),
    (
        'logo = "http://www.example.org/logo.png"',
        "7: [site] logo: must be an https address, since most mail programs show no other picture",
    ),
    (
        'logo = "https://www.example.org/logo.SVG"',
        "7: [site] logo: must be a PNG, a JPEG or a GIF, since many mail programs show no other picture",
    ),
    ("logo_size = [320, 80]", "7: [site] logo_size: is the size of a logo, and there is none"),
    ('logo = "https://a.org/l.png"\nlogo_size = [320, 0]', f"8: [site] logo_size: {SIZE}"),
    ('logo = "https://a.org/l.png"\nlogo_size = 320', f"8: [site] logo_size: {SIZE}"),
    ('title = "a\\nb"', "7: [site] title: must be one line without control characters"),
    ('postal_address = "a\\u0000b"', "7: [site] postal_address: must not hold control characters"),
    ('language = "english"', '7: [site] language: must be a language tag (BCP 47), such as "en" or "en-GB"'),
    ('time_zone = "Europe/Lisbonn"', '7: [site] time_zone: must be an IANA time zone, such as "Europe/Lisbon"'),
    ('time_zone = "BST"', '7: [site] time_zone: must be an IANA time zone, such as "Europe/London"'),
    ('time_zone = "Europe"', '7: [site] time_zone: must be an IANA time zone, such as "Europe/London"'),
    ('time_zone = "localtime"', '7: [site] time_zone: must be an IANA time zone, such as "Europe/London"'),
    ('time_zone = "right/Europe/London"', '7: [site] time_zone: must be an IANA time zone, such as "Europe/London"'),
    ("[feeds]\ndir = 3", "8: [feeds] dir: must be a path in quotes"),
    ('[feeds]\ndir = " "', "8: [feeds] dir: must not be empty"),
    ("[feeds]\nentries = -1", "8: [feeds] entries: must be a whole number from 0 to 1000000"),
    ("[feeds]\nentries = true", "8: [feeds] entries: must be a whole number from 0 to 1000000"),
    ("[feeds]\nentries = 1.0", "8: [feeds] entries: must be a whole number from 0 to 1000000"),
    (
        DIGEST + 'closes = "mon 07:00"\npromote_tentative = 1',
        "11: [[digests]] promote_tentative: must be true or false",
    ),
    (
        '[[calendars]]\nname = "events"',
        '7: [[calendars]]: needs url or file; write url = "https://events.example.org/calendar.ics"',
    ),
    (
        '[[calendars]]\nname = "events"\nurl = "webcal://example.org/a.ics"\nfile = "a.ics"',
        "10: [[calendars]] file: stands beside url; a calendar has one of them",
    ),
    ('[[calendars]]\nname = "a"\nurl = "ftp://example.org/"', f"9: [[calendars]] url: {ADDRESS}"),
    (
        DIGEST + 'closes = "mon 07:00"\nformer_names = "bulletin"',
        '11: [[digests]] former_names: must be a list of texts, such as ["bulletin"]',
    ),
    (
        DIGEST + 'closes = "mon 07:00"\nformer_names = ["News letter"]',
        "11: [[digests]] former_names: must be 1 to 64 lower-case letters, digits and hyphens",
    ),
    (
        DIGEST + 'closes = "mon 07:00"\nformer_names = ["bulletin", "bulletin"]',
        '11: [[digests]] former_names: "bulletin" stands in former_names already',
    ),
    (
        DIGEST + 'closes = "mon 07:00"\nformer_names = ["weekly"]',
        '11: [[digests]] former_names: "weekly" is the name of a [[digests]] now',
    ),
    ('[mail]\ntimeout = "60"', "8: [mail] timeout: must be a whole number from 1 to 600"),
    ("[mail]\nport = 65536", "8: [mail] port: must be a whole number from 1 to 65535"),
    ('[mail]\ntransport = "sendmail"', '8: [mail] transport: must be "rehearsal" or "smtp"'),
    ("[mail]\non_uncertain = true", '8: [mail] on_uncertain: must be "retry" or "hold"'),
    (
        '[categories]\nhide = "housing"',
        '8: [categories] hide: must be a list of texts, such as ["uncategorized", "internal"]',
    ),
    ("[categories]\nhide = [3]", "8: [categories] hide: must be text in quotes"),
    (
        '[categories]\nhide = ["Housing"]',
        f"8: [categories] hide: {SLUG}; not 'Housing'",
    ),
    (
        "[categories]\nlabels = 3",
        '8: [categories] labels: must be a table of texts, such as { housing = "Homes" }',
    ),
    ("[categories.labels]\nhousing = 1\n", "8: [categories] labels.housing: must be text in quotes"),
    ("[categories]\nlabels = { events = 3 }", "8: [categories] labels.events: must be text in quotes"),
    (
        '[categories.labels]\nhousing = "Homes"\n"a b" = "x"',
        f"9: [categories] labels.\"a b\": {SLUG}; not 'a b'",
    ),
    # addresses
    ('[web]\nbase_url = "news.example.org"', f"8: [web] base_url: {ADDRESS}"),
    ('[web]\nbase_url = "ftp://news.example.org"', f"8: [web] base_url: {ADDRESS}"),
    ('[web]\nbase_url = "https://news.example.org:99999"', f"8: [web] base_url: {ADDRESS}"),
    (
        '[web]\nbase_url = "https://news.example.org/?a=b"',
        "8: [web] base_url: must not have a query or a fragment, since addresses are built upon it",
    ),
    (
        '[web]\nbase_url = "https://me:pw@news.example.org"',
        "8: [web] base_url: must not carry a user name or password",
    ),
    (
        '[web]\nlisten = "127.0.0.1:8025"',
        '7: [web] base_url: missing, and listen needs it; write base_url = "https://news.example.org"',
    ),
    (
        '[web]\nbase_url = "https://n.example.org"\nlisten = "127.0.0.1:8025"\n[monitoring]\nlisten = "127.0.0.1:8025"',
        "11: [monitoring] listen: is where pages are served; a port of its own is what no proxy hands on to others",
    ),
    (
        '[web]\nbase_url = "https://n.example.org"\nquestion = "Who?"',
        "7: [web] answers: missing, and question means nothing without it",
    ),
    (
        '[web]\nbase_url = "https://n.example.org"\nlisten = "8025"',
        '9: [web] listen: must be HOST:PORT, such as "127.0.0.1:8025"',
    ),
    ('[store]\nurl = "mysql://localhost/x"', f"8: [store] url: {STORE}"),
    ('[store]\nurl = "sqlite:///:memory:"', f"8: [store] url: {STORE}"),
    ('[store]\nurl = "sqlite:///a\\nb"', f"8: [store] url: {STORE}"),
    (
        '[store]\nengine = "procrastinate"',
        '8: [store] engine: "procrastinate" wants [store] url (or SOLACEFEED_STORE_URL) to name PostgreSQL',
    ),
    (
        '[mail]\nfrom = "Example Council"',
        '8: [mail] from: must be an email address, such as "digest@example.org": An email address must have an @-sign',
    ),
    ('[mail]\nreply_to = "A <b"', '8: [mail] reply_to: must be like "Example Council <digest@example.org>"'),
    (
        '[mail]\nhost = "smtp.example.org:25"',
        '8: [mail] host: must be a host name without a port, such as "smtp.example.org"',
    ),
    ('[mail]\nca_file = "nowhere.pem"', "8: [mail] ca_file: nowhere.pem can't be read: No such file or directory"),
    # durations and closing times
    ("[daemon]\npoll_every = 15", f"8: [daemon] poll_every: {DURATION}"),
    ('[daemon]\npoll_every = "15 m"', f"8: [daemon] poll_every: {DURATION}"),
    ('[daemon]\npoll_every = "0s"', f"8: [daemon] poll_every: {DURATION}"),
    ('[daemon]\nlook_every = "367d"', f"8: [daemon] look_every: {DURATION}"),
    # limits of mail
    ("[delivery]\nper_second = 0", "8: [delivery] per_second: must be a number from 0.01 to 1000"),
    ('[delivery]\nper_second = "5"', "8: [delivery] per_second: must be a number from 0.01 to 1000"),
    ("[delivery]\nper_hour = 0.5", "8: [delivery] per_hour: must be a whole number from 1 to 10000000"),
    ("[delivery]\nramp = 3", "8: [delivery] ramp: must be a whole number from 10 to 10000000"),
    (
        f'{GROUP}domains = ["Outlook.com"]',
        '9: [[delivery.domains]] domains: must be a domain as DNS has it, such as "example.org", in small letters',
    ),
    (
        f'{GROUP}domains = ["outlook.com"]\n{GROUP}domains = ["hotmail.com"]',
        '11: [[delivery.domains]] name: "microsoft" is there already',
    ),
    (
        f'{GROUP}domains = ["live.com"]\n[[delivery.domains]]\nname = "others"\ndomains = ["live.com"]',
        f"12: [[delivery.domains]] domains: {IN_TWO_GROUPS}",
    ),
    (f'{DIGEST}closes = "07:00"', f"10: [[digests]] closes: {CLOSING}"),
    (f'{DIGEST}closes = "mon 24:00"', f"10: [[digests]] closes: {CLOSING}"),
    (f'{DIGEST}closes = "moon 07:00"', f"10: [[digests]] closes: {CLOSING}"),
    (f"{DIGEST}closes = 07:00:00", f"10: [[digests]] closes: {CLOSING}"),
    (f"{DIGEST}closes = []", '10: [[digests]] closes: must name at least one closing time, such as "mon 07:00"'),
    (
        f'{DIGEST}closes = ["mon 07:00", "monday 19:00"]',
        "10: [[digests]] closes: must not close twice on one day, since an edition is named by its day",
    ),
    (
        f'{DIGEST}closes = "mon 07:00"\nutm = {{ source = "digest", sauce = "x" }}',
        "11: [[digests]] utm.sauce: must be one of source, medium, campaign, term, content, id",
    ),
    (
        f'{DIGEST}closes = "mon 07:00"\npromote_times = -1',
        "11: [[digests]] promote_times: must be a whole number from 0 to 1000",
    ),
    # events
    (
        f"{EVENT}starts = 2027-04-13\nbook_by = 2027-04-12T00:00:00Z",
        "11: [[events]] book_by: must be a date without quotes, such as 2027-03-26",
    ),
    (f"{EVENT}starts = 2027-04-13\nbook_by = 2027-04-14", "11: [[events]] book_by: must not be after its last day"),
    (
        f"{EVENT}starts = 2027-04-13T09:30:00Z\nends = 2027-04-14T09:30:00Z\nbook_by = 2027-04-15",
        "12: [[events]] book_by: must not be after its last day",
    ),
    (
        f"{EVENT}starts = 0001-01-01",
        "10: [[events]] starts: 0001-01-01 is too far off: an event is between 1970 and 9000",
    ),
    (
        f"{EVENT}starts = 2027-04-13\nends = 9999-12-31",
        "11: [[events]] ends: 9999-12-31 is too far off: an event is between 1970 and 9000",
    ),
    (f'{EVENT}starts = "2027-04-13"', f"10: [[events]] starts: {DAY}"),
    (f"{EVENT}starts = 2027-04-13T09:30:00", f"10: [[events]] starts: {DAY}"),
    (f"{EVENT}starts = 2027-04-13\nends = 2027-04-13T09:30:00", f"11: [[events]] ends: {DAY}"),
    (f"{EVENT}starts = 2027-04-13\nends = 2027-04-12", "11: [[events]] ends: must not be before starts"),
    (
        f"{EVENT}starts = 2027-04-13T09:30:00Z\nends = 2027-04-13T10:00:00+01:00",
        "11: [[events]] ends: must not be before starts",
    ),
    (
        f"{EVENT}starts = 2027-04-13\nends = 2027-04-13T10:00:00Z",
        "11: [[events]] ends: must be of one kind with starts: both dates, or both date-times",
    ),
    (EVENT, "7: [[events]] starts: missing; write starts = 2027-04-13"),
    (
        f'{EVENT}starts = 2027-04-13\n[[events]]\nname = "B"\nstarts = 2027-04-13',
        '11: [[events]] id: missing; write id = "summit-2027"',
    ),
    # nothing stands twice
    (f"{EVENT}starts = 2027-04-13\n" * 2, '12: [[events]] id: "summit" stands in another [[events]] already'),
    (
        '[[subscribers]]\nemail = "a@b.org"\n[[subscribers]]\nemail = "A@B.org"',
        '10: [[subscribers]] email: "A@B.org" stands in another [[subscribers]] already',
    ),
    # tags
    ('[tags]\nfollow = "planning"', '8: [tags] follow: must be a list of texts, such as ["planning"]'),
    ('[tags]\nfollow = ["Planning"]', f"8: [tags] follow: {SLUG}; not 'Planning'"),
    ('[tags]\nfollow = ["planning"]\nhide = ["budget"]', '9: [tags] hide: "budget" does not stand in follow'),
    ('[tags]\nlabels = { budget = "Money" }', '8: [tags] labels: "budget" does not stand in follow'),
    (
        f'{WEEKLY}followed = ["planning"]',
        "11: [[digests]] followed: tags that readers may follow stand in [tags] follow",
    ),
    # several digests
    (f"{WEEKLY}{WEEKLY}", '12: [[digests]] name: "weekly" stands in another [[digests]] already'),
    (
        f'{WEEKLY}[[digests]]\nname = "review"\ntitle = "Review"\ncloses = "tue 07:00"\nformer_names = ["weekly"]',
        '15: [[digests]] former_names: "weekly" is the name of a [[digests]] now',
    ),
    (
        (
            f'{WEEKLY}former_names = ["bulletin"]\n'
            '[[digests]]\nname = "review"\ntitle = "Review"\ncloses = "tue 07:00"\nformer_names = ["bulletin"]'
        ),
        '16: [[digests]] former_names: "bulletin" stands in former_names already',
    ),
    # cadences
    (f'{DIGEST}closes = "monthly"', f"10: [[digests]] closes: {OF_A_MONTH}"),
    (f'{DIGEST}closes = "first mon 07:00"', f"10: [[digests]] closes: {OF_A_MONTH}"),
    (f'{DIGEST}closes = "first day of month 07:00"', f"10: [[digests]] closes: {OF_A_MONTH}"),
    (f'{DIGEST}closes = "fifth mon of month 07:00"', f"10: [[digests]] closes: {CLOSING}"),
    (
        f'{DIGEST}closes = "every mon 07:00"',
        f'10: [[digests]] closes: {CLOSING}; one of each week is written "mon 07:00"',
    ),
    (
        f'{DIGEST}closes = "at once 07:00"',
        f'10: [[digests]] closes: {CLOSING}; "at once" stands alone, without a time',
    ),
    (
        f'{DIGEST}closes = ["at once", "mon 07:00"]',
        f'10: [[digests]] closes: {CLOSING}; "at once" stands alone, without a time',
    ),
    (f'{DIGEST}closes = ["daily 07:00", "mon 07:00"]', f"10: [[digests]] closes: {WEEKDAYS}"),
    (
        f'{DIGEST}closes = ["first mon of month 07:00", "last fri of month 07:00"]',
        f"10: [[digests]] closes: {WEEKDAYS}",
    ),
    (f"{WEEKLY}[[digests.cadences]]", '11: [[digests.cadences]] closes: missing; write closes = "daily 07:00"'),
    (f'{WEEKLY}[[digests.cadences]]\ncloses = "dayly 07:00"', f"12: [[digests.cadences]] closes: {CLOSING}"),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "fri 07:00"',
        (
            "12: [[digests.cadences]] closes: a digest has one weekly cadence, and this one has another already; "
            'one may close several times: closes = ["mon 07:00", "thu 07:00"]'
        ),
    ),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "daily 07:00"\n[[digests.cadences]]\ncloses = "daily 17:00"',
        "14: [[digests.cadences]] closes: a digest has one daily cadence, and this one has another already",
    ),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "at once"\napproval = "hold"',
        (
            '13: [[digests.cadences]] approval: must be "none" where closes is "at once": a post is mailed when it has '
            "settled, and waits for nobody; hold back what should not be mailed by [digests.marks]"
        ),
    ),
    (f'{WEEKLY}approval = "yes"', '11: [[digests]] approval: must be "none", "hold" or "required"'),
    (f"{WEEKLY}most_a_day = 2", '11: [[digests]] most_a_day: is for closes = "at once" alone'),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "daily 07:00"\nmorning = "08:00"',
        '13: [[digests.cadences]] morning: is for closes = "at once" alone',
    ),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "at once"\nmorning = "8 am"',
        '13: [[digests.cadences]] morning: must be a local time in quotes, such as "07:00"',
    ),
    (f"{WEEKLY}cadences = 3", '11: [[digests.cadences]]: must be a table that begins with "[[digests.cadences]]"'),
    (
        f'{WEEKLY}[digests.cadences]\ncloses = "daily 07:00"',
        '11: [[digests.cadences]]: must be a table that begins with "[[digests.cadences]]"',
    ),
    (
        f'{WEEKLY}[[digests.cadences]]\nclose = "daily 07:00"\ncloses = "at once"',
        '12: [[digests.cadences]] close: unknown key; did you mean "closes"?',
    ),
    (
        f'{WEEKLY}[[digests.cadences]]\ncloses = "daily 07:00"\njoin = "list"',
        "13: [[digests.cadences]] join: unknown key here; it belongs in [[digests]]",
    ),
    # how mail goes
    ('[delivery]\ncanary = "101%"', f"8: [delivery] canary: {SHARE}"),
    ("[delivery]\ncanary = 0.01", f"8: [delivery] canary: {SHARE}"),
    ('[delivery]\ncanary_complaints = "0.0003%"', f"8: [delivery] canary_complaints: {SHARE}"),
    ('[delivery]\ncanary_wait = "0m"', f"8: [delivery] canary_wait: {DURATION}"),
    # what a digest brings
    (f'{WEEKLY}join = "closed"', '11: [[digests]] join: must be "open" or "list"'),
    (f'{WEEKLY}public = "no"', "11: [[digests]] public: must be true or false"),
    (f'{WEEKLY}settle = "0m"', f"11: [[digests]] settle: {DURATION}"),
    (f"{WEEKLY}max_age_days = 0", "11: [[digests]] max_age_days: must be a whole number from 1 to 3660"),
    (f'{WEEKLY}mail_within = "7d"', f"11: [[digests]] mail_within: {AT_LEAST.format('14d', 'weekly')}"),
    (
        f'{DIGEST}closes = "daily 07:00"\nmail_within = "47h"',
        f"11: [[digests]] mail_within: {AT_LEAST.format('2d', 'daily')}",
    ),
    (
        f'{WEEKLY}mail_within = "60d"\n[[digests.cadences]]\ncloses = "first mon of month 07:00"',
        f"11: [[digests]] mail_within: {AT_LEAST.format('62d', 'monthly')}",
    ),
    (f"{WEEKLY}corrections = true", '11: [[digests]] corrections: must be "ask", "always" or "never"'),
    (f"{WEEKLY}hold_over = 1", f"11: [[digests]] hold_over: {GROWTH}"),
    (f"{WEEKLY}hold_over = true", f"11: [[digests]] hold_over: {GROWTH}"),
    (f"{WEEKLY}hold_over = nan", f"11: [[digests]] hold_over: {GROWTH}"),
    (
        f"{WEEKLY}categories = []",
        (
            "11: [[digests]] categories: names no category, so that there is nothing to tell; leave the key out for "
            "every category, or write events_alone = true for a digest of events alone"
        ),
    ),
    (f'{WEEKLY}categories = ["Housing"]', f"11: [[digests]] categories: {SLUG}; not 'Housing'"),
    (
        f'{WEEKLY}[digests.marks]\nleave_out = "internal"',
        '12: [digests.marks] leave_out: must be a list of texts, such as ["not-by-mail"]',
    ),
    (
        f'{WEEKLY}[digests.marks]\nleave_out = ["internal"]\nonly = ["mailed", "internal"]',
        '13: [digests.marks] only: "internal" stands in leave_out too',
    ),
    (f"{WEEKLY}[digests.marks]\nleaveout = []", '12: [digests.marks] leaveout: unknown key; did you mean "leave_out"?'),
    (f"{WEEKLY}[[digests.marks]]", '11: [digests.marks]: must be a table that begins with "[digests.marks]"'),
    (
        '[mail]\neditors = ["ed"]',
        f'8: [mail] editors: must be an email address, such as "digest@example.org": {AT_SIGN}',
    ),
    # subscribers
    (
        '[[subscribers]]\nemail = "a@b.org"\ncategories = []',
        "9: [[subscribers]] categories: must name at least one category; leave the key out for every category",
    ),
    (
        '[[subscribers]]\nemail = "a@b.org"\ncategories = "housing"',
        '9: [[subscribers]] categories: must be a list of texts, such as ["housing", "education"]',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\ndigests = ["weekly", "jobs"]',
        '13: [[subscribers]] digests: there is no digest "jobs"',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\ndigests = "weekl"',
        '13: [[subscribers]] digests: there is no digest "weekl"; did you mean "weekly"?',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\ncadence = "daily"',
        '13: [[subscribers]] cadence: weekly does not come "daily"; it comes weekly',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\ncadence = "hourly"',
        '13: [[subscribers]] cadence: must be "at-once", "daily", "weekly" or "monthly"',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\nlanguage = "Welsh!"',
        '13: [[subscribers]] language: must be a language tag (BCP 47), such as "en" or "en-GB"',
    ),
    (
        f'{WEEKLY}[[subscribers]]\nemail = "a@b.org"\n[[subscribers]]\nemail = "A@b.org"\ndigests = "weekly"',
        '14: [[subscribers]] email: "A@b.org" stands in another [[subscribers]] already',
    ),
    # secrets
    (
        '[mail]\npassword = "swordfish"',
        f"8: [mail] password: {OF_ITS_OWN} password_file, or set SOLACEFEED_SMTP_PASSWORD",
    ),
    (
        '[mail]\nsecret = "swordfish"',
        f"8: [mail] secret: {OF_ITS_OWN} secret_file, or set SOLACEFEED_SECRET",
    ),
    ('[mail]\nsecret_file = "nowhere"', "8: [mail] secret_file: nowhere can't be read: No such file or directory"),
    (
        '[mail]\nusername = "digest"',
        "8: [mail] username: needs a password: name its file in password_file, or set SOLACEFEED_SMTP_PASSWORD",
    ),
    (
        '[store]\nurl = "postgresql+psycopg://me:swordfish@localhost/x"',
        "8: [store] url: must not hold a password; set the whole address in SOLACEFEED_STORE_URL",
    ),
    (
        '[store]\nurl = "postgresql+psycopg://localhost/x?password=swordfish"',
        "8: [store] url: must not hold a password; set the whole address in SOLACEFEED_STORE_URL",
    ),
    # what nobody knows
    ('organization = "X"', '7: [site] organization: unknown key; did you mean "organisation"?'),
    ("colour = 1", f"7: [site] colour: unknown key; known are {SITE_KEYS}"),
    ("poll_every = 1", "7: [site] poll_every: unknown key here; it belongs in [daemon]"),
    (
        "as_of = 2026-11-23T08:00:00Z",
        "7: [site] as_of: unknown key here; it belongs at the top of the file, above the first table",
    ),
    ('[event]\nid = "x"', '7: [event]: unknown table; did you mean "[[events]]"?'),
    ("[[stores]]\nx = 1", '7: [[stores]]: unknown table; did you mean "[store]"?'),
    ("[labels]\nx = 1", "7: [labels]: unknown table here; it belongs in [categories]"),
    ('"new\\nline" = 1', f'7: [site] "new\\nline": unknown key; known are {SITE_KEYS}'),
    ("[mail.x]\nx = 1", f"7: [mail] x: unknown key; known are {', '.join(keys(TABLES['mail']))}"),
    # tables
    ("[[mail]]\nport = 25", '7: [mail]: must be a table that begins with "[mail]"'),
    ("[events]\nid = 1", '7: [[events]]: must be a table that begins with "[[events]]"'),
    (
        '[mail]\noperators = "ann@example.org"',
        '8: [mail] operators: must be a list of texts, such as ["admin@example.org"]',
    ),
    # not TOML
    ("title = ", f"7: not TOML: invalid value; {A_TEXT}"),
    ("title = x", f"7: not TOML at column 9: invalid value; {A_TEXT}"),
    ("title = “x”", f"7: not TOML at column 9: invalid value; {A_TEXT}"),
    ('title = "x', f"7: not TOML: unterminated string; {A_TEXT}"),
    ('title = "x\nlanguage = "en"', f"7: not TOML at column 11: illegal character '\\n'; {A_TEXT}"),
    ("[site]", "7: [site] stands there already at line 3; write its keys below that one"),
    ("\nbase_url = 1", "8: base_url stands twice, also on line 4; keep one of them"),
    ("\nlanguage = 'en'\nlanguage = [\n'cy'\n]\n[mail]", "9: language stands twice, also on line 8; keep one of them"),
    (
        "\n[[digests]]\nname = 'a'\n[[digests]]\nname = 'b'\nname = 'c'",
        "12: name stands twice, also on line 11; keep one of them",
    ),
    ("\na.b = 1\na.b.c = 2", "9: not TOML: cannot overwrite a value"),
]

# Instead of a line of the smallest config.
INSTEAD = [
    (1, "[source]\nmax_bytes = 1", "2: [source] max_bytes: must be a whole number from 65536 to 1073741824"),
    (2, "", '1: [source] url: missing; write url = "https://blog.example.org"'),
    (2, 'url = "example"', f'2: [source] url: {ADDRESS}; or "sample:" for the bundled blog'),
    (4, "", '3: [site] base_url: missing; write base_url = "https://feeds.example.org"'),
    (5, 'tag_authority = "example.org"', f"5: [site] tag_authority: {TAG}"),
    (5, 'tag_authority = "Example.org,2026"', f"5: [site] tag_authority: {TAG}"),
    (5, 'tag_authority = "example.org,2026-02-30"', f"5: [site] tag_authority: {TAG}"),
    (1, "as_of = 2026-11-23\n[source]", f"1: as_of: {MOMENT}"),
    (1, "as_of = 0001-01-01T00:00:00+01:00\n[source]", "1: as_of: must be a date-time within the years 1 to 9999"),
]


@pytest.mark.parametrize(("written", "said"), BELOW)
def test_a_problem_is_told_with_its_line_its_place_and_what_to_write(tmp_path: Path, written: str, said: str) -> None:
    assert problems(tmp_path, SMALLEST + written) == [f"config.toml:{said}"]


@pytest.mark.parametrize(("number", "written", "said"), INSTEAD)
def test_a_problem_of_a_required_key_is_told_the_same_way(tmp_path: Path, number: int, written: str, said: str) -> None:
    rows = SMALLEST.splitlines()
    rows[number - 1] = written
    assert problems(tmp_path, "\n".join(rows)) == [f"config.toml:{said}"]


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = f'{EVENT}starts = 2027-04-13\nends = 2027-04-12\n[mail]\nport = 0\n[site]\ntitle = ""\n[source]\nurl = ""\n'
    lines = [problem.split(": ")[:2] for problem in problems(tmp_path, text)]
    assert lines == [
        ["config.toml:5", "[[events]] ends"],
        ["config.toml:7", "[mail] port"],
        ["config.toml:8", "[site] base_url"],
        ["config.toml:8", "[site] tag_authority"],
        ["config.toml:8", "[site] organisation"],
        ["config.toml:9", "[site] title"],
        ["config.toml:11", "[source] url"],
    ]


def test_keys_of_a_table_that_is_not_there_are_told_last_and_without_a_line(tmp_path: Path) -> None:
    assert problems(tmp_path, '[site]\ntitle = ""\n')[-1] == (
        'config.toml: [source] url: missing; write url = "https://blog.example.org"'
    )


def test_an_empty_file_tells_every_key_that_must_be_written(tmp_path: Path) -> None:
    places = [problem.split(": ")[1] for problem in problems(tmp_path, "")]
    assert places == ["[source] url", "[site] base_url", "[site] tag_authority", "[site] organisation"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: no such file; .* make one with: solacefeed init DIR$"):
        load(tmp_path / "nowhere.toml", environ={})


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r": can't be read: Is a directory$"):
        load(tmp_path, environ={})


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"[site]\ntitle = 'caf\xe9'\n")
    with pytest.raises(ConfigError, match=r"config\.toml:2: not UTF-8 text; save the file as UTF-8$"):
        load(path, environ={})


# -- mailing people ---------------------------------------------------------------------------------


def test_a_relay_with_all_that_it_needs_is_fine(tmp_path: Path) -> None:
    assert problems(tmp_path, MAILING) == []


@pytest.mark.parametrize(
    ("key", "line"), [("postal_address", 3), ("from", 8), ("reply_to", 8), ("host", 8), ("unsubscribe_mailbox", 8)]
)
def test_nobody_is_mailed_without_a_sender_an_address_and_a_way_out(tmp_path: Path, key: str, line: int) -> None:
    without = "".join(row for row in MAILING.splitlines(keepends=True) if not row.startswith(key))
    (problem,) = problems(tmp_path, without)
    table = "site" if key == "postal_address" else "mail"
    assert problem.startswith(f"config.toml:{line}: [{table}] {key}: missing, and transport smtp needs ")
    assert f"; write {key} = " in problem


def test_a_page_for_unsubscribing_does_as_well_as_a_mailbox(tmp_path: Path) -> None:
    text = MAILING.replace('unsubscribe_mailbox = "unsubscribe@example.org"\n', "")
    assert problems(tmp_path, f'{text}[web]\nbase_url = "https://news.example.org"\n') == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_mail_may_go_in_the_clear_to_a_relay_on_this_machine(tmp_path: Path, host: str) -> None:
    assert problems(tmp_path, MAILING.replace("smtp.example.org", host) + 'tls = "none"\n') == []


@pytest.mark.parametrize("host", ["smtp.example.org", "10.0.0.1", "localhost.example.org", "::2"])
def test_mail_never_leaves_this_machine_in_the_clear(tmp_path: Path, host: str) -> None:
    (problem,) = problems(tmp_path, MAILING.replace("smtp.example.org", host) + 'tls = "none"\n')
    assert problem == (
        f'config.toml:14: [mail] tls: "none" is for a relay on this machine alone, and "{host}" is not; '
        'write "starttls" or "implicit"'
    )


def test_a_password_without_a_name_to_log_in_with_is_told(tmp_path: Path) -> None:
    secret_file(tmp_path)
    assert problems(tmp_path, f'{MAILING}password_file = "secret"\n') == [
        'config.toml:14: [mail] password_file: needs a name to log in with; write username = "digest"'
    ]


# -- whatever is written ------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_ONE = st.one_of(_TEXTS, st.integers(-5, 5), st.booleans(), st.dates(), st.sampled_from(["smtp", "none", "a@b.org"]))
_VALUES = st.one_of(_ONE, st.lists(_ONE, max_size=2), st.dictionaries(_TEXTS, _ONE, max_size=2))
_TABLES = st.sampled_from(list(TABLES)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.dictionaries(st.sampled_from(list(keys(TABLES[name]))) | _TEXTS, _VALUES, max_size=4),
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TABLES, max_size=5))
def test_whatever_is_written_each_problem_is_one_line(
    tmp_path: Path, tables: list[tuple[str, dict[str, object]]]
) -> None:
    kept = [each for at, each in enumerate(tables) if each[0] in REPEATED or each[0] not in dict(tables[:at])]
    rows = [row for name, table in kept for row in [header(name), *(toml.assignment(*pair) for pair in table.items())]]
    text = "\n".join(rows)
    tomllib.loads(text)
    found = problems(tmp_path, text)
    assert found
    assert all(problem.startswith("config.toml:") and "\n" not in problem for problem in found)


BOUNCES = 'imap = "imap.example.org"\nusername = "bounces"\n'


@pytest.mark.parametrize(
    ("bounces", "said"),
    [
        (
            'imap = "imap.example.org"\n',
            '[bounces] username: missing, and imap needs it; write username = "bounces"',
        ),
        (
            BOUNCES,
            "[bounces] username: needs a password: name its file in password_file, or set SOLACEFEED_IMAP_PASSWORD",
        ),
        (
            'password_file = "secret"\n',
            '[bounces] password_file: needs a name to log in with; write username = "bounces"',
        ),
        (
            f'{BOUNCES}password_file = "secret"\ntls = "none"\n',
            (
                '[bounces] tls: "none" is for a server on this machine alone, and "imap.example.org" is not; '
                'write "starttls" or "implicit"'
            ),
        ),
        (
            'verp = true\n[mail]\nreturn_path = "bounces-of-the-society-of-chief-officers@example.org"\n',
            (
                "[mail] return_path: has more than 32 octets before the @, and what [bounces] verp adds has no room "
                "there (RFC 5321 allows 64); take a shorter one, or write verp = false"
            ),
        ),
        ("soft = 1\n", "[bounces] soft: must be a whole number from 2 to 100"),
    ],
    ids=["no name", "no password", "no login", "in the clear", "no room", "too few"],
)
def test_bounces_are_read_under_a_name_over_tls_and_signed_paths_have_room(
    tmp_path: Path, bounces: str, said: str
) -> None:
    (tmp_path / "secret").write_text("swordfish")
    (tmp_path / "secret").chmod(0o600)
    (problem,) = problems(tmp_path, f"{SMALLEST}[bounces]\n{bounces}")
    assert problem.partition(": ")[2] == said


def test_return_paths_are_signed_where_bounces_are_read_unless_the_config_says_otherwise(tmp_path: Path) -> None:
    assert loaded(tmp_path, f'{SMALLEST}[bounces]\nmaildir = "box"\n').bounces.verp
    assert not loaded(tmp_path, f'{SMALLEST}[bounces]\nmaildir = "box"\nverp = false\n').bounces.verp
    assert not loaded(tmp_path, SMALLEST).bounces.verp
