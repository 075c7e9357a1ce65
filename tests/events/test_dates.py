from __future__ import annotations

import calendar
from datetime import date, time, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from solacefeed.events.dates import DateRange, find
from solacefeed.events.numeric_dates import Order, order_in
from solacefeed.models.sightings import Certainty, Times
from tests.support.steps import patience, steps

PUBLISHED = date(2012, 5, 24)
DAYS = st.dates(date(2000, 1, 1), date(2029, 12, 1))

# The text, then what is said: days as "first/last" or one day, times behind "@".
UNDERSTOOD = """
16-18th October                                         = 2012-10-16/2012-10-18
16-18 October                                           = 2012-10-16/2012-10-18
16 - 18 October                                         = 2012-10-16/2012-10-18
16–18 October                                           = 2012-10-16/2012-10-18
16 – 18 October                                         = 2012-10-16/2012-10-18
16—18 October                                           = 2012-10-16/2012-10-18
16 — 18 October                                         = 2012-10-16/2012-10-18
16‑18 October                                           = 2012-10-16/2012-10-18
16th-18th October                                       = 2012-10-16/2012-10-18
16th to 18th October 2012                               = 2012-10-16/2012-10-18
16 to 18 October                                        = 2012-10-16/2012-10-18
16 till 18 October                                      = 2012-10-16/2012-10-18
16 until 18 October                                     = 2012-10-16/2012-10-18
16 through 18 October                                   = 2012-10-16/2012-10-18
16 October through to 18 October                        = 2012-10-16/2012-10-18
16 October up to 18 October                             = 2012-10-16/2012-10-18
from 16 to 18 October                                   = 2012-10-16/2012-10-18
from the 16th to the 18th of October                    = 2012-10-16/2012-10-18
between 16 and 18 October                               = 2012-10-16/2012-10-18
Between 16 October and 18 October                       = 2012-10-16/2012-10-18
on 16, 17 and 18 October                                = 2012-10-16/2012-10-18
on 16, 17, and 18 October                               = 2012-10-16/2012-10-18
on 16, 17 & 18 October                                  = 2012-10-16/2012-10-18
16th, 17th and 18th of October                          = 2012-10-16/2012-10-18
16/17 October                                           = 2012-10-16/2012-10-17
16 October - 18 October                                 = 2012-10-16/2012-10-18
16 October-18 October 2012                              = 2012-10-16/2012-10-18
16 October 2012 to 18 October 2012                      = 2012-10-16/2012-10-18
16 October 2012-18 October 2012                         = 2012-10-16/2012-10-18
16 October 2012 to 18 October                           = 2012-10-16/2012-10-18
16 OCTOBER 2012                                         = 2012-10-16
16 october                                              = 2012-10-16
16 Oct                                                  = 2012-10-16
16 Oct.                                                 = 2012-10-16
16 oct 2012                                             = 2012-10-16
16-Oct-2012                                             = 2012-10-16
16 October '12                                          = 2012-10-16
16 October, 2012                                        = 2012-10-16
16 October in 2012                                      = 2012-10-16
16 October of this year                                 = 2012-10-16
16 October this year                                    = 2012-10-16
16 October next year                                    = 2013-10-16
16 May last year                                        = 2011-05-16
Tuesday 16 - Thursday 18 October                        = 2012-10-16/2012-10-18
Tuesday 16th to Thursday 18th October 2012              = 2012-10-16/2012-10-18
Tues 16 to Thurs 18 Oct                                 = 2012-10-16/2012-10-18
Tue. 16 Oct. to Thu. 18 Oct.                            = 2012-10-16/2012-10-18
Tuesday, 16 October                                     = 2012-10-16
Tuesday (16 October)                                    = 2012-10-16
Tuesday – 16 October                                    = 2012-10-16
Tuesday the 16th of October                             = 2012-10-16
16 October (Tuesday)                                    = 2012-10-16
Tuesday, October 16                                     = 2012-10-16
Tuesday, October 16, 2012                               = 2012-10-16
Tuesday to Thursday, 16-18 October                      = 2012-10-16/2012-10-18
Tuesday to Thursday 16-18 October                       = 2012-10-16/2012-10-18
Tue-Thu 16-18 October                                   = 2012-10-16/2012-10-18
16-18 October (Tuesday to Thursday)                     = 2012-10-16/2012-10-18
Tuesday 16 and Wednesday 17 October                     = 2012-10-16/2012-10-17
Tuesday and Wednesday, 16 and 17 October                = 2012-10-16/2012-10-17
October 16-18, 2012                                     = 2012-10-16/2012-10-18
October 16-18 2012                                      = 2012-10-16/2012-10-18
October 16-18                                           = 2012-10-16/2012-10-18
October 16th to 18th                                    = 2012-10-16/2012-10-18
October the 16th                                        = 2012-10-16
Oct. 16, 2012                                           = 2012-10-16
October 16 to November 2, 2012                          = 2012-10-16/2012-11-02
October 16, 17 and 18, 2012                             = 2012-10-16/2012-10-18
May 31 in Leeds                                         = 2012-05-31
on March 3 at the Guildhall                             = 2013-03-03
30 November - 2 December                                = 2012-11-30/2012-12-02
30 November and 1 December                              = 2012-11-30/2012-12-01
30th November to 2nd December 2012                      = 2012-11-30/2012-12-02
28 Dec 2026 to 3 Jan 2027                               = 2026-12-28/2027-01-03
28 Dec to 3 Jan 2027                                    = 2026-12-28/2027-01-03
28 Dec 2026 to 3 Jan                                    = 2026-12-28/2027-01-03
28 December - 3 January                                 = 2012-12-28/2013-01-03
December 28 – January 3                                 = 2012-12-28/2013-01-03
1 January 2013 to 31 December 2014                      = 2013-01-01/2014-12-31
3rd June                                                = 2012-06-03
the 3rd of June                                         = 2012-06-03
1st June                                                = 2012-06-01
22nd June                                               = 2012-06-22
11th, 12th and 13th June                                = 2012-06-11/2012-06-13
24 May                                                  = 2012-05-24
23-25 May                                               = 2012-05-23/2012-05-25
23 May 2012                                             = 2012-05-23
29 February 2016                                        = 2016-02-29
on 4 and 5 December                                     = 2012-12-04/2012-12-05
on 4 and 11 December                                    = 2012-12-04 2012-12-11
on 4, 5 and 11 December                                 = 2012-12-04/2012-12-05 2012-12-11
4-5 and 11-12 December                                  = 2012-12-04/2012-12-05 2012-12-11/2012-12-12
30 November and 14 December                             = 2012-11-30 2012-12-14
16-18 October and 5 November                            = 2012-10-16/2012-10-18 2012-11-05
Leeds on 16 October, York on 5 November                 = 2012-10-16 2012-11-05
2012-10-16                                              = 2012-10-16
2012-10-16 to 2012-10-18                                = 2012-10-16/2012-10-18
2012-10-16/2012-10-18                                   = 2012-10-16/2012-10-18
16/10/2012                                              = 2012-10-16
16.10.2012                                              = 2012-10-16
10/16/2012                                              = 2012-10-16
16/10/2012 - 18/10/2012                                 = 2012-10-16/2012-10-18
16-18/10/2012                                           = 2012-10-16/2012-10-18
11/11/2012                                              = 2012-11-11
16 October, 10am-4pm                                    = 2012-10-16@10:00-16:00
16 October 2012, 10am to 4pm                            = 2012-10-16@10:00-16:00
16 October 10am – 4pm                                   = 2012-10-16@10:00-16:00
16 October – 10am to 4pm                                = 2012-10-16@10:00-16:00
16 October (10am-4pm)                                   = 2012-10-16@10:00-16:00
16 October between 10am and 4pm                         = 2012-10-16@10:00-16:00
16 October from 9.30                                    = 2012-10-16@09:30
16 October from 9.30 to 4.30                            = 2012-10-16@09:30-16:30
16 October, 9.30am to 4.30pm                            = 2012-10-16@09:30-16:30
16 October, 9:30 a.m. – 4:30 p.m.                       = 2012-10-16@09:30-16:30
16 October at 14:00                                     = 2012-10-16@14:00
16 October, 14:00-16:30                                 = 2012-10-16@14:00-16:30
16 October, 08:30-12:00                                 = 2012-10-16@08:30-12:00
16 October, 8.30-21.00                                  = 2012-10-16@08:30-21:00
16 October, 2-4pm                                       = 2012-10-16@14:00-16:00
16 October, 10-11.30am                                  = 2012-10-16@10:00-11:30
16 October, 10-2pm                                      = 2012-10-16@10:00-14:00
16 October, 11-12.30pm                                  = 2012-10-16@11:00-12:30
16 October, 12 noon to 2pm                              = 2012-10-16@12:00-14:00
16 October at noon                                      = 2012-10-16@12:00
16 October, 7pm for 7.30pm                              = 2012-10-16@19:00
starts at 10am on 16 October                            = 2012-10-16@10:00
opens in Leeds and runs from 16 to 18 October           = 2012-10-16/2012-10-18
10am on 16 October                                      = 2012-10-16@10:00
2-4pm on Tuesday 16 October                             = 2012-10-16@14:00-16:00
10am-4pm, Tuesday 16 October 2012                       = 2012-10-16@10:00-16:00
16-18 October, 10am-4pm                                 = 2012-10-16/2012-10-18@10:00-16:00
16-18 October from 9.30                                 = 2012-10-16/2012-10-18@09:30
from 10am on 16 October to 4pm on 18 October            = 2012-10-16/2012-10-18@10:00-16:00
16 October 10am to 18 October 4pm                       = 2012-10-16/2012-10-18@10:00-16:00
4 and 11 December, 10am-4pm                             = 2012-12-04@10:00-16:00 2012-12-11@10:00-16:00
16 October until late                                   = 2012-10-16
16 October, 8pm till late                               = 2012-10-16@20:00
16 October, from 9.30 until 16:00                       = 2012-10-16@09:30-16:00
16 October, 9.45am for 10am until 4pm                   = 2012-10-16@09:45-16:00
16 October (10am-4pm, online)                           = 2012-10-16@10:00-16:00
16 October 2012, starting at 9am                        = 2012-10-16@09:00
opens on Tuesday 16 October and closes on Friday 19 October = 2012-10-16/2012-10-19
opens on Tuesday 16 and closes on Friday 19 October     = 2012-10-16/2012-10-19
opens in Leeds on 16 October 2012 and runs until 3 November 2012 = 2012-10-16/2012-11-03
starts on Tuesday 16 October, ending on Thursday 18 October = 2012-10-16/2012-10-18
begins at 10am on Tuesday 16 October and ends at 4pm on Thursday 18 October = 2012-10-16/2012-10-18@10:00-16:00
leaves on 16 October at 2pm and ends at the church      = 2012-10-16@14:00
the Open Day: Tuesday 16 October                        = 2012-10-16
16 October at 7.30                                      = 2012-10-16
16 October, 2.00-4.00                                   = 2012-10-16
16 October, 4pm-10am                                    = 2012-10-16
16 October, 10am CET                                    = 2012-10-16
On 16 October, 300 leaders will meet                    = 2012-10-16
On 16 October and 12 councils will come                 = 2012-10-16
Leeds LS1 on 16 October                                 = 2012-10-16
Room 4, 16 October                                      = 2012-10-16
See page 3. 16 October, Leeds                           = 2012-10-16
The Summit 2012 – 16-18 October – Coventry              = 2012-10-16/2012-10-18
May I see you on 16 October?                            = 2012-10-16
Theresa May 16 October 2012                             = 2012-10-16
the 2012-13 budget on 16 October                        = 2012-10-16
the weekend of 20-21 October                            = 2012-10-20/2012-10-21
week commencing 15-19 October                           = 2012-10-15/2012-10-19
(16-18 October)                                         = 2012-10-16/2012-10-18
“16-18 October”                                         = 2012-10-16/2012-10-18
16\u00a0October\u00a02012                               = 2012-10-16
"""

# What gives nothing, and a word of the reason.
REFUSED = """
the 16-18 age group                             | no day
16-18 year olds                                 | no day
May I                                           | no day
May 16 people come?                             | describes
May 3 of us come?                               | may count
March 3 miles                                   | may count
we may 3 times                                  | no day
march 3 miles                                   | no day
18th century                                    | no day
the 2012-13 budget                              | no day
2012/13                                         | no day
2012-10                                         | no day
between 10 and 12 October's figures             | no day
October’s 16 councils                           | no day
page 3-5                                        | no day
page 3-5 October                                | number before
page 16 October                                 | no day
no. 16 October                                  | no day
£16 October                                     | no day
16% October                                     | no day
16,000 October                                  | no day
16bn October                                    | no day
1.16.3 October                                  | no day
October                                         | no day
October 2012                                    | no day
in mid-October                                  | no day
summer 2012                                     | no day
the first week of October                       | no day
next Tuesday                                    | no day
24/7                                            | no day
9-5                                             | no day
16-18 Octavia Street                            | no day
16 Octoberfest                                  | no day
https://example.org/2012/10/16/                 | no day
https://example.org/16/10/2012                  | no day
Monday 16 October                               | Tuesday, not a Monday
Monday 16 - Thursday 18 October                 | not a Monday
Tuesday 16 - Friday 18 October 2012             | not a Friday
Monday to Wednesday, 16-18 October              | not a Monday
16 October (Monday)                             | not a Monday
18-16 October                                   | is not after
18 October - 16 October 2012                    | is not after
16 October 2012 to 18 October 2011              | is not after
16 October - 18 September                       | too long after
30 and 31 November                              | there is no
31 June                                         | there is no
32 October                                      | there is no
29 February                                     | there is no
29 February 2013                                | there is no
2012-13-01                                      | there is no
0 October                                       | there is no
16st October                                    | no number
22th October                                    | no number
16/10/12                                        | two digits
16 October 1066                                 | number after
16 October, 1066                                | number after
16 October 1962                                 | far from
16 October 12                                   | number after
16 18 October                                   | number before
2012-16 October                                 | number before
16 October 2012-13 budget                       | month of
16 October to 18                                | month of
16 October and 17th                             | month of
5, 16 October                                   | may not both be days
October 16, 18 councils met                     | describes
October 16, 18 in Leeds                         | may not both be days
10 or 12 October                                | one day or another
16/18 October                                   | one day or another
either 16 October or 18 October                 | one day or another
16-18-20 October                                | two ends
3 and October 16                                | different ways
16 October to 2012-10-18                        | different ways
by 30 September                                 | limit
before 16 October                               | limit
after the 16th of October                       | limit
since 16 October 2011                           | limit
until Friday 28 September                       | limit
no later than 16 October                        | limit
by 5pm on 16 October                            | limit
by midnight on 16 October                       | limit
by the end of 16 October                        | limit
up to 16 October                                | limit
from 16 October                                 | end is not said
16 October onwards                              | end is not said
starts on 16 October                            | end is not said
opens in Coventry on Tuesday 16 October         | end is not said
opens on Monday 16 October and closes on Friday 19 October | not a Monday
opens on Friday 19 October and closes on Tuesday 16 October | is not after
closes on Tuesday 16 October and opens on Friday 19 October | beginning is not said
ends on 18 October                              | beginning is not said
on 16 October and runs to Thursday 18th         | end is not understood
on 16 October, running until 18 October         | end is not understood
16-18 October/November                          | another month
16 October to November                          | another month
16 October to the evening of 18 October         | not understood
16 October – and perhaps 18 October             | not understood
10am 16 October to 4pm on the evening of 18 October | not understood
around 16 October                               | roughly
week commencing 15 October                      | roughly
in the week of 16 October                       | roughly
w/c 15 October                                  | roughly
late 16 October                                 | roughly
the weekend of 20 October                       | roughly
16 October last                                 | looks back
every 16 October                                | recurs
not 16 October                                  | hold
instead of 16 October                           | hold
originally planned for 16 October               | hold
moved from 16 October to 23 October             | hold
16 October-style                                | describes
16 October 2012's                               | describes
the 11 September attacks                        | describes
the 16 October edition                          | describes
16 October figures                              | describes
"""


def _table(rows: str, separator: str) -> list[tuple[str, str]]:
    split = (row.rsplit(separator, 1) for row in rows.strip().splitlines())
    return [(text.strip(), said.strip()) for text, said in split]


def _said(found: DateRange) -> str:
    days = f"{found.starts}" if found.starts == found.ends else f"{found.starts}/{found.ends}"
    if found.times is None:
        return days
    closes = f"-{found.times.closes:%H:%M}" if found.times.closes else ""
    return f"{days}@{found.times.opens:%H:%M}{closes}"


@pytest.mark.parametrize(("text", "said"), _table(UNDERSTOOD, "="))
def test_days_in_prose_are_read_as_people_mean_them(text: str, said: str) -> None:
    reading = find(text, published=PUBLISHED)
    assert " ".join(map(_said, reading.ranges)) == said
    assert reading.reason is None


@pytest.mark.parametrize(("text", "reason"), _table(REFUSED, "|"))
def test_what_is_no_date_or_contradicts_itself_says_nothing_and_why(text: str, reason: str) -> None:
    reading = find(text, published=PUBLISHED)
    assert reading.ranges == ()
    assert reason in (reading.reason or "")


@pytest.mark.parametrize("text", [text for text, _ in _table(UNDERSTOOD, "=")])
def test_a_date_reads_the_same_in_the_midst_of_a_sentence(text: str) -> None:
    alone, within = (find(words, published=PUBLISHED) for words in (text, f"All of us will meet ({text}) in Leeds."))
    assert list(map(_said, within.ranges)) == list(map(_said, alone.ranges))


def test_a_range_knows_its_place_in_the_text() -> None:
    text = "The Summit is in Coventry on Tuesday 16 - Thursday 18 October, from 9.30, as ever."
    (found,) = find(text, published=PUBLISHED).ranges
    assert text[found.start : found.end] == "Tuesday 16 - Thursday 18 October, from 9.30"


@pytest.mark.parametrize(
    ("published", "year"),
    [
        ("2012-01-01", 2012),
        ("2012-10-15", 2012),
        ("2012-10-16", 2012),
        ("2012-10-18", 2012),
        ("2012-10-19", 2013),
        ("2012-12-31", 2013),
    ],
)
def test_a_year_left_out_is_that_of_the_first_such_days_not_over(published: str, year: int) -> None:
    (found,) = find("16-18 October", published=date.fromisoformat(published)).ranges
    assert found.starts == date(year, 10, 16)
    assert not found.year_said


@pytest.mark.parametrize(
    ("text", "published", "doubt"),
    [
        ("16-18 October", "2012-10-20", "just over"),
        ("16-18 October (tbc)", "2012-05-24", "provisional"),
        ("16-18 October 2012, to be confirmed", "2012-05-24", "provisional"),
        ("provisionally on 16-18 October", "2012-05-24", "provisional"),
        ("The plan for 2014 starts with the Summit on 16-18 October", "2012-05-24", "speaks of 2014"),
    ],
)
def test_days_that_leave_a_doubt_are_tentative(text: str, published: str, doubt: str) -> None:
    (found,) = find(text, published=date.fromisoformat(published)).ranges
    assert found.certainty is Certainty.TENTATIVE
    assert doubt in " ".join(found.doubts)


@pytest.mark.parametrize(
    "text", ["16-18 October", "Since 2010 we meet: 16-18 October", "Wednesday 16 October. The plan for 2030 follows."]
)
def test_days_that_leave_no_doubt_are_certain(text: str) -> None:
    published = date(2012, 11, 1) if "Wednesday" in text else PUBLISHED
    (found,) = find(text, published=published).ranges
    assert found.certainty is Certainty.CERTAIN


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("16 October at 7.30", "morning or in the evening"),
        ("16 October, 2.00-4.00", "morning or in the afternoon"),
        ("16 October, 4pm-10am", "ends before it begins"),
        ("16 October, 10am CET", "named zone"),
    ],
)
def test_times_that_could_be_others_are_left_out_with_the_reason(text: str, why: str) -> None:
    (found,) = find(text, published=PUBLISHED).ranges
    assert found.all_day
    assert why in (found.untold or "")


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("05/06/2026", "en-GB", "2026-06-05"),
        ("05/06/2026", "en-US", "2026-05-06"),
        ("05/06/2026", "en_IE", "2026-06-05"),
        ("05/06/2026", "cy", "2026-06-05"),
        ("5.6.2026", "de", "2026-06-05"),
        ("05/06/26", "en-GB", "2026-06-05"),
        ("05/06/2026 - 14/06/2026", "en-GB", "2026-06-05/2026-06-14"),
        ("05-07/06/2026", "en-AU", "2026-06-05/2026-06-07"),
        ("06/13/2026", "en-GB", "2026-06-13"),
        ("2026-06-05", "en-US", "2026-06-05"),
    ],
)
def test_days_in_numbers_are_read_by_the_language_of_the_site(text: str, language: str, said: str) -> None:
    reading = find(f"on {text}, in Leeds", published=date(2026, 2, 1), order=order_in(language))
    assert " ".join(map(_said, reading.ranges)) == said
    assert {found.certainty for found in reading.ranges} == {Certainty.CERTAIN}


@pytest.mark.parametrize(
    ("language", "site", "order"),
    [
        ("en", "en-GB", "day first"),
        ("en", "en-US", "month first"),
        (None, "en-GB", "day first"),
        ("en_US", "en-GB", "month first"),
        ("de", "en-US", "day first"),
        ("en", "de-DE", None),
        ("en", "en", None),
        ("en", None, None),
    ],
)
def test_a_language_without_a_region_has_that_of_the_site(
    language: str | None, site: str | None, order: Order | None
) -> None:
    assert order_in(language, site=site) == order


@pytest.mark.parametrize("language", [None, "", "en", "en-CA", "en-ZA", "ja", "x-klingon", "zh-Hant-TW"])
def test_without_a_rule_days_in_numbers_are_in_doubt(language: str | None) -> None:
    (found,) = find("on 05/06/2026", published=date(2026, 2, 1), order=order_in(language)).ranges
    assert found.certainty is Certainty.TENTATIVE
    assert "either way round" in " ".join(found.doubts)


@given(day=DAYS, month_first=st.booleans())
def test_a_day_in_numbers_is_the_one_that_was_written(day: date, month_first: bool) -> None:
    text = f"{day:%m/%d/%Y}" if month_first else f"{day:%d/%m/%Y}"
    (found,) = find(f"on {text}", published=day, order="month first" if month_first else "day first").ranges
    assert (found.starts, found.ends) == (day, day)


# -- generated sentences ----------------------------------------------------------------------------

MONTHS = calendar.month_name[1:]
WEEKDAYS = list(calendar.day_name)
LENGTHS = st.integers(0, 40).map(lambda days: timedelta(days=days))
DASHES = st.sampled_from(["-", " - ", "–", " – ", "—", " to ", " until ", " through "])
FRAMES = st.sampled_from(
    [
        "{}",
        "The Summit is in Coventry on {}.",
        "({})",
        "On {}, we meet.",
        "In the 2012-13 budget, page 3: {} in Leeds",
        "{}: book now",
    ]
)


def ordinal(number: int) -> str:
    return f"{number}{'th' if 11 <= number <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


@st.composite
def written_days(draw: st.DrawFn, *, year: bool) -> tuple[str, date, date]:
    """A range in one of many wordings, with its first and last day."""
    starts = draw(DAYS)
    ends = starts + draw(LENGTHS)
    number = ordinal if draw(st.booleans()) else str
    letters = draw(st.sampled_from([3, None]))
    weekdays = draw(st.booleans())

    def day(moment: date, *, month: bool, with_year: bool) -> str:
        parts = [WEEKDAYS[moment.weekday()]] * weekdays + [number(moment.day)]
        parts += [MONTHS[moment.month - 1][:letters]] * month + [str(moment.year)] * with_year
        return " ".join(parts)

    last = day(ends, month=True, with_year=year)
    if starts == ends:
        return last, starts, ends
    both_months = (starts.year, starts.month) != (ends.year, ends.month) or draw(st.booleans())
    both_years = year and both_months and draw(st.booleans())
    return day(starts, month=both_months, with_year=both_years) + draw(DASHES) + last, starts, ends


@given(written=written_days(year=True), frame=FRAMES, away=st.integers(-3000, 3000))
def test_a_range_with_its_year_is_read_as_written_whenever_it_is_read(
    written: tuple[str, date, date], frame: str, away: int
) -> None:
    words, starts, ends = written
    reading = find(frame.format(words), published=starts + timedelta(days=away))
    assert [(found.starts, found.ends) for found in reading.ranges] == [(starts, ends)]
    assert reading.ranges[0].year_said


@given(written=written_days(year=False), frame=FRAMES, ahead=st.integers(0, 300))
def test_a_range_without_its_year_is_the_next_one(written: tuple[str, date, date], frame: str, ahead: int) -> None:
    words, starts, ends = written
    reading = find(frame.format(words), published=ends - timedelta(days=ahead))
    assert [(found.starts, found.ends) for found in reading.ranges] == [(starts, ends)]


@given(written=written_days(year=True), wrong=st.integers(1, 6))
def test_a_wrong_weekday_always_silences_its_date(written: tuple[str, date, date], wrong: int) -> None:
    words, starts, _ = written
    assume(words[0].isalpha())
    other = WEEKDAYS[(starts.weekday() + wrong) % 7]
    reading = find(words.replace(WEEKDAYS[starts.weekday()], other, 1), published=starts)
    assert reading.ranges == ()
    assert "not a" in (reading.reason or "")


VOCABULARY = """
    16 18th 3 2012 '12 October Oct. May may march Tuesday Thu to until and & or , / - – ( ) . : of the on in at from
    between by 10am 4pm 9.30 14:00 noon GMT this next last year 2012-10-16 16/10/2012 page Leeds £5 32 29 February
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(text=st.lists(WORDS, max_size=25).map(" ".join), published=DAYS)
@example(text="16 October to October 16 and and", published=PUBLISHED)
def test_whatever_is_written_a_reading_is_in_order_and_says_no_day_that_is_not_written(
    text: str, published: date
) -> None:
    reading = find(text, published=published)
    for found in reading.ranges:
        said = text[found.start : found.end]
        assert found.starts <= found.ends
        assert str(found.starts.day) in said
        assert str(found.ends.day) in said
        assert found.year_said or found.ends >= published
    places = [(found.start, found.end) for found in reading.ranges]
    assert places == sorted(places)


@given(text=st.text(), published=DAYS)
def test_no_text_at_all_breaks_the_reading(text: str, published: date) -> None:
    reading = find(f"16 October {text} 18 October", published=published)
    assert (reading.reason is None) == bool(reading.ranges)


@given(opens=st.integers(0, 23 * 60), length=st.integers(1, 59))
def test_times_by_the_clock_of_24_hours_are_read_as_written(opens: int, length: int) -> None:
    first, last = (time(minutes // 60, minutes % 60) for minutes in (opens, opens + length))
    (found,) = find(f"16 October, {first:%H:%M}-{last:%H:%M}", published=PUBLISHED).ranges
    if first.hour >= 13 or first.hour < 10:
        assert found.times == Times(opens=first, closes=last)


@pytest.mark.parametrize(
    "piece",
    [
        *("16 and ", "October ", "16-", "May 1, ", "16 October to ", "16 October, ", "Tuesday to ", "10am ", "1", "("),
        *(" ", "16 October 2012 and ", "'16", "9.", "£1,"),
    ],
)
def test_reading_takes_steps_in_proportion_to_the_text(piece: str) -> None:
    def taken(size: int) -> int:
        text = "Oct " + piece * (size // len(piece))
        return steps(lambda: find(text, published=PUBLISHED))

    assert taken(8_000) <= 8 * taken(1_000) + 1_000
    with patience():
        find("Oct " + piece * (32_000 // len(piece)), published=PUBLISHED)
