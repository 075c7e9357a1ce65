from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from solacefeed.digest.edition_view import EditionView, Picture, StoryView, TopicView
from solacefeed.digest.long_words import BREAK, COLUMNS
from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE, Rendered, render
from solacefeed.digest.sizes import MOST, RESERVE
from solacefeed.templating import templates
from tests.rendering.rendering_views import POST, a_correction, a_post, a_promotion, an_edition
from tests.support.generated import examples

PICTURE = Picture(url="https://blog.example.org/roof.jpg", alt="A roof in the rain", width=536, height=302)
ENVIRONMENT = templates()
HOSTILE = (
    "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'><a href='javascript:x'>& {{ 7 * 7 }} {% raw %}"
)


def rendered(view: EditionView) -> Rendered:
    return render(view, ENVIRONMENT)


def page(view: EditionView) -> Any:
    return lxml_html.document_fromstring(rendered(view).html)


def words(element: Any) -> str:
    return " ".join(element.text_content().replace(BREAK, "").split())


def test_a_script_in_a_post_never_reaches_a_reader() -> None:
    post = a_post(title=HOSTILE, excerpt=HOSTILE, author=HOSTILE, role=HOSTILE, categories=(HOSTILE,), origin=HOSTILE)
    promotion = a_promotion(name=HOSTILE, place=HOSTILE, text=HOSTILE, line=HOSTILE, book_by=HOSTILE, until=HOSTILE)
    view = an_edition(
        *(post,) * 7,
        promotions=(promotion, promotion),
        site_title=HOSTILE,
        opening=(HOSTILE,),
        notices=(HOSTILE,),
        offers=(HOSTILE,),
        corrections=(a_correction(title=HOSTILE, old_title=HOSTILE),),
        topics=(TopicView(label=HOSTILE, posts=1),),
        away=(post,),
    )
    mail = page(view)
    assert not mail.xpath("//script | //img | //@onerror | //a[starts-with(@href, 'javascript')]")
    assert {words(link) for link in mail.xpath("//h2/a")} == {HOSTILE}


def test_a_title_that_looks_like_a_template_is_only_a_title() -> None:
    edition = rendered(an_edition(a_post(title="{{ edition }} {% if %} {# #}")))
    assert "{{ edition }} {% if %} {# #}" in edition.text
    assert "{{ edition }} {% if %} {# #}" in edition.html
    assert edition.subject.startswith("{{ edition }} {% if %} {# #}")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://x", "//evil.example"])
def test_a_link_to_anywhere_but_the_web_leads_nowhere(url: str) -> None:
    promotion, post = a_promotion(url=url, calendar_url=url), a_post(url=url, comments_url=url)
    view = an_edition(
        *(post,) * 6,
        promotions=(promotion, promotion),
        corrections=(a_correction(url=url),),
        edition_url=url,
        feeds_url=url,
        site_url=url,
        subscribe_url=url,
    )
    links = set(page(view).xpath("//a/@href"))
    assert links == {"", UNSUBSCRIBE, PREFERENCES, PAUSE}


TOKENS = [RECIPIENT, UNSUBSCRIBE, CHOICE, PREFERENCES]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("field", ["title", "excerpt", "author", "role"])
def test_a_token_in_a_post_stands_there_literally_and_is_not_replaced_later(field: str, token: str) -> None:
    plain = rendered(an_edition(a_post(), a_post()))
    edition = rendered(an_edition(a_post(), a_post(**{field: f"Dear {token},"})))
    for part, usual in ((edition.text, plain.text), (edition.html, plain.html)):
        assert part.count(token) == usual.count(token) > 0
        assert f"Dear {token}," in part.replace("\u2060", "")


def test_a_token_in_a_url_is_not_replaced_later_and_leads_to_the_same_page() -> None:
    edition = rendered(an_edition(a_post(url=f"https://blog.example.org/{RECIPIENT}/")))
    assert edition.html.count(RECIPIENT) == edition.text.count(RECIPIENT) == 1
    assert "https://blog.example.org/%40@RECIPIENT%40@/" in edition.text


PIECES = st.lists(
    st.sampled_from(["@", "@@", "RECIPIENT", "UNSUBSCRIBE", "CHOICE", " ", "{{", "&#64;", "<b>", "\u2060"])
).map("".join)


@settings(max_examples=examples(40), deadline=None)
@given(PIECES, PIECES, PIECES)
def test_no_content_makes_up_a_token(title: str, excerpt: str, place: str) -> None:
    post = a_post(title=title or "Untitled", excerpt=excerpt, categories=(title, place))
    edition = rendered(an_edition(post, post, promotions=(a_promotion(place=place),), opening=(excerpt,)))
    for part in (edition.text, edition.html):
        assert part.count(RECIPIENT) == part.count(UNSUBSCRIBE) == part.count(CHOICE) == 1
    assert "@@" not in edition.subject


def test_the_recipients_own_parts_survive_the_inlining_whole() -> None:
    mail = page(an_edition())
    foot = [
        (UNSUBSCRIBE, "Unsubscribe"),
        (PREFERENCES, "Change what you get"),
        (PAUSE, "Pause"),
    ]
    for address, said in foot:
        assert [words(link) for link in mail.xpath(f"//a[@href='{address}']")] == [said]
    assert f"This mail went to {RECIPIENT}." in words(mail)
    assert f"You asked for posts on {CHOICE} from Society of Chief Officers." in words(mail)


# -- the subject, and what an inbox shows behind it -------------------------------------------------

LONG = "How eleven councils along one river learnt to share a lorry, a lawyer and a little trust"


@pytest.mark.parametrize(
    ("titles", "digest", "subject"),
    [
        (["The quiet budget"], "Weekly digest", "The quiet budget - Weekly digest"),
        (["The quiet budget", "Other"], "Weekly digest", "The quiet budget, and 1 more - Weekly digest"),
        (["The quiet budget", *"abc"], "Weekly digest", "The quiet budget, and 3 more - Weekly digest"),
        ([LONG], "Weekly digest", "How eleven councils along one river learnt to share a lorry…"),
        ([LONG, "b"], "Weekly", "How eleven councils along one river learnt to…, and 1 more"),
        (["A tale", "b"], "A digest of a name that is itself too long for a line", "A tale, and 1 more"),
        (["Two\r\nBcc: x@example.org"], "Weekly digest", "Two Bcc: x@example.org - Weekly digest"),
    ],
)
def test_a_subject_is_the_lead_post_how_many_more_and_the_digest_where_it_fits(
    titles: list[str], digest: str, subject: str
) -> None:
    view = an_edition(*(a_post(title=title) for title in titles), digest_title=digest)
    assert rendered(view).subject == subject


WORDS = st.lists(st.text("abcdefg-’", min_size=1, max_size=25), min_size=1, max_size=20).map(" ".join)


@settings(max_examples=examples(60), deadline=None)
@given(WORDS, st.integers(1, 300))
def test_a_subject_has_sixty_characters_at_most_and_cuts_no_word(title: str, posts: int) -> None:
    subject = rendered(an_edition(a_post(title=title), more=posts - 1)).subject
    assert len(subject) <= 60
    said = subject.removesuffix(" - Weekly digest").removesuffix(f", and {posts - 1} more").removesuffix("…")
    assert set(said.split()) <= {*title.split(), *(word.rstrip("-") for word in title.split())}


def test_a_word_that_is_longer_than_a_subject_stays_whole() -> None:
    word = "Llanfair" * 10
    assert rendered(an_edition(a_post(title=f"{word} and more"))).subject == f"{word}…"


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ({}, "Weekly digest: nothing new, 16 to 22 November 2026"),
        ({"promotions": (a_promotion(),)}, "Chief Officers' Summit, 13 to 15 April 2027"),
        ({"notices": ("The blog moves house. All links stay.",)}, "The blog moves house. All links stay."),
        ({"away": (POST,)}, "While you were away: The quiet budget"),
        ({"left_without": True}, "Your choice of categories for Weekly digest"),
    ],
)
def test_an_edition_without_a_new_post_has_a_subject_of_what_it_has(said: dict[str, Any], subject: str) -> None:
    assert rendered(an_edition(**{"lead": None, "promotions": ()} | said)).subject == subject


@pytest.mark.parametrize("lead", [POST, None])
def test_an_editors_own_subject_stands_instead_and_is_cut_where_words_allow(lead: StoryView | None) -> None:
    assert rendered(an_edition(subject="Two\r\n dates", lead=lead)).subject == "Two dates"
    assert rendered(an_edition(subject=LONG, lead=lead)).subject == (
        "How eleven councils along one river learnt to share a lorry…"
    )


@pytest.mark.parametrize(
    ("said", "preheader"),
    [
        ({}, POST.excerpt),
        ({"opening": ("Good morning.",)}, "Good morning."),
        ({"features": (a_post(title="Damp"), a_post(title="Roads"))}, "Damp · Roads"),
        (
            {"lead": None, "promotions": (), "subject": "Moving", "notices": ("All links stay.",)},
            "All links stay.",
        ),
        ({"lead": None, "promotions": (), "subject": "Moving"}, "Society of Chief Officers"),
        ({"subject": "Moving", "notices": ("All links stay.",)}, POST.excerpt),
        ({"lead": a_post(excerpt="")}, "Chief Officers' Summit, 13 to 15 April 2027"),
        ({"lead": a_post(excerpt=""), "promotions": ()}, "Society of Chief Officers, 16 to 22 November 2026"),
    ],
)
def test_what_an_inbox_shows_behind_the_subject_adds_to_it(said: dict[str, Any], preheader: str) -> None:
    assert words(page(an_edition(**said)).xpath("//*[@class='preheader']")[0]) == preheader


# -- order and hierarchy ----------------------------------------------------------------------------


def headings(view: EditionView) -> list[str]:
    return [words(heading) for heading in page(view).xpath("//h1 | //h2 | //h3")]


def test_the_event_stands_before_or_behind_the_lead_and_other_events_behind_the_posts() -> None:
    promotions = (a_promotion(name="First"), a_promotion(name="Second"))
    view = an_edition(a_post(title="Lead"), a_post(title="Other"), promotions=promotions)
    last = ["Also in the diary", "Second"]
    assert headings(view) == ["Weekly digest", "First", "Lead", "Other", *last]
    assert headings(replace(view, events_first=False)) == ["Weekly digest", "Lead", "First", "Other", *last]
    for said, order in ((view, ("First", "Lead")), (replace(view, events_first=False), ("Lead", "First"))):
        text = rendered(said).text
        assert text.index(order[0]) < text.index(order[1]) < text.index("ALSO IN THE DIARY")


def test_the_lead_alone_says_read_on_and_those_in_the_list_have_no_excerpt() -> None:
    posts = [a_post(title=f"Post {number}", excerpt=f"Excerpt {number}.") for number in range(7)]
    mail = page(an_edition(*posts))
    assert [words(link) for link in mail.xpath("//p[@class='on']/a")] == ["Read on"]
    assert [words(each) for each in mail.xpath("//p[contains(@class, 'excerpt')]")] == [
        f"Excerpt {number}." for number in range(4)
    ]
    assert [words(each) for each in mail.xpath("//p[@class='item']/a")] == ["Post 4", "Post 5", "Post 6"]


def test_a_title_is_a_link_that_looks_like_one() -> None:
    for link in page(an_edition(*(a_post(),) * 7)).xpath("//h2/a | //p[@class='item']/a"):
        assert "text-decoration" not in link.get("style", "")
        assert "color: #17594c" in link.get("style", "")


def test_an_edition_of_many_posts_says_first_what_they_are_about() -> None:
    topics = (TopicView(label="Housing", posts=5), TopicView(label="Scotland", posts=2))
    view = an_edition(*(a_post(),) * 7, topics=topics, more=2)
    assert words(page(view).xpath("//td[@class='topics']")[0]) == "9 new posts: Housing 5 · Scotland 2"
    assert "9 new posts: Housing 5, Scotland 2\n" in rendered(view).text
    assert not page(an_edition()).xpath("//td[@class='topics']")


def test_a_post_without_words_is_its_title_and_its_picture() -> None:
    post = a_post(excerpt="", picture=PICTURE)
    for view in (an_edition(post), an_edition(a_post(), post)):
        mail = page(view)
        assert mail.xpath("//img/@src") == [PICTURE.url]
        assert not mail.xpath("//p[contains(@class, 'excerpt')][not(normalize-space())]")
    assert "Read on" not in rendered(an_edition(post)).html


def test_a_picture_states_its_size_and_what_it_shows_and_stands_at_the_lead_alone() -> None:
    (shown,) = page(an_edition(a_post(picture=PICTURE), a_post(picture=PICTURE))).xpath("//img")
    assert (shown.get("width"), shown.get("height"), shown.get("alt")) == ("536", "302", "A roof in the rain")
    assert "width: 100%" in shown.get("style")


def test_what_is_known_of_a_post_is_said_and_what_is_not_leaves_no_gap() -> None:
    post = a_post(
        reading_time="3 minutes to read",
        origin="First published in the LGC on 17 May 2012.",
        comments_url="https://blog.example.org/the-quiet-budget/#respond",
    )
    mail = page(an_edition(post))
    assert words(mail.xpath("//p[@class='byline']")[0]) == (
        "Jo Carver, Chief Executive of Saltby18 November 2026 · 3 minutes to read · Comment"
    )
    assert mail.xpath("//a[.='Comment']/@href") == [post.comments_url]
    assert words(mail.xpath("//p[@class='origin']")[0]) == "First published in the LGC on 17 May 2012."
    text = rendered(an_edition(post)).text
    assert "Jo Carver, Chief Executive of Saltby | 18 November 2026 | 3 minutes to read\nHousing, Scotland\n" in text
    assert "\n\n   First published in the LGC on 17 May 2012.\n\nComment: https://blog" in text
    bare = an_edition(
        a_post(author=None, role=None, categories=()), promotions=(), postal_address=None, edition_url=None
    )
    edition = rendered(replace(bare, subscribe_url=None))
    assert "None" not in edition.text + edition.html
    assert "/the-quiet-budget/\n18 November 2026\n\n   Some savings" in edition.text
    for word in ("Comment", "View in browser", "Forwarded"):
        assert word not in edition.text + edition.html


def test_what_came_while_the_reader_was_away_is_told_by_titles() -> None:
    view = an_edition(a_post(), away=(a_post(title="In May"), a_post(title="In June")), away_more=3)
    mail = page(view)
    assert headings(view)[-1] == "While you were away"
    assert [words(each) for each in mail.xpath("//p[@class='item']/a")] == [
        "In May",
        "In June",
        "and 3 more on the web",
    ]
    assert mail.xpath("//a[.='and 3 more on the web']/@href") == [view.edition_url]
    assert f"and 3 more on the web: {view.edition_url}\n" in rendered(view).text


def test_where_an_edition_has_no_page_the_rest_of_it_is_where_the_feeds_are() -> None:
    view = an_edition(more=1, edition_url=None)
    assert page(view).xpath("//a[.='and 1 more on the web']/@href") == [view.feeds_url]


def test_the_editors_words_stand_under_the_head_and_before_all_else() -> None:
    view = an_edition(opening=("Good morning.", "It rains."), notices=("The office is closed.",))
    for part in (rendered(view).text, words(page(view).xpath("//table[@class='sheet']")[0])):
        places = [
            part.index(each)
            for each in ("Weekly digest", "Good morning.", "It rains.", "The office is closed.", "Summit", "The quiet")
        ]
        assert places == sorted(places)


def test_a_correction_is_a_line_with_the_way_to_the_post() -> None:
    said = [
        (a_correction(), "“The quiet budget”, which we mailed to you, is called The quiet budgets now."),
        (a_correction(title=None, url=None, old_title=None), "A post that we mailed to you was withdrawn."),
        (
            a_correction(old_title=None, words="It is four homes, not five."),
            "A correction of The quiet budgets: It is four homes, not five.",
        ),
    ]
    for correction, line in said:
        view = an_edition(corrections=(correction,))
        (shown,) = page(view).xpath("//td[@class='note']/p")
        assert words(shown) == line
        assert shown.xpath("a/@href") == ([POST.url] if correction.url else [])
        assert line in rendered(view).text.replace("\n", " ")


def test_a_new_category_is_offered_in_one_line_with_the_way_to_choose() -> None:
    one, two = an_edition(offers=("Planning",)), an_edition(offers=("Planning", "Climate"))
    assert words(page(one).xpath("//td[@class='note']")[0]) == (
        "New on the blog: the category Planning. Change what you get"
    )
    assert words(page(two).xpath("//td[@class='note']")[0]).startswith("New on the blog: the categories Planning, Clim")
    assert f"the category Planning. Change what you get:\n{PREFERENCES}\n" in rendered(one).text


def test_who_is_left_without_a_category_is_told_how_to_choose_others() -> None:
    edition = rendered(an_edition(lead=None, promotions=(), left_without=True))
    for part in (edition.text, edition.html):
        assert "no longer there" in part
        assert "nothing new" not in part
    assert page(an_edition(left_without=True)).xpath("//td[@class='notice']/a/@href") == [PREFERENCES]


def test_a_preview_without_anything_says_so() -> None:
    edition = rendered(an_edition(lead=None, promotions=()))
    for part in (edition.text, edition.html):
        assert "There is nothing new in this edition (16 to 22 November 2026)." in part


# -- events -----------------------------------------------------------------------------------------


def test_an_event_says_how_it_goes_on() -> None:
    said = {0: "and again on Tue 8 December", 1: "and weekly until Tue 8 December", 2: "and every 2 weeks until Tue"}
    for every, line in said.items():
        promotion = a_promotion(every=every, until="Tue 8 December")
        edition = rendered(an_edition(promotions=(promotion, promotion)))
        assert edition.html.count(line) == 2
        assert edition.text.replace("\n", " ").count(line) == 2


def test_an_event_that_can_be_booked_no_more_is_only_read_about() -> None:
    promotion = a_promotion(bookable=False, book_by=None)
    edition = rendered(an_edition(promotions=(promotion, promotion)))
    assert "book" not in (edition.text + re.sub(r"<style.*?</style>", "", edition.html, flags=re.S)).lower()
    assert "Read more: https://events.example.org/summit\n" in edition.text
    assert [
        words(link) for link in page(an_edition(promotions=(promotion,))).xpath("//a[contains(@href, 'events.')]")
    ] == ["Read more"]


def test_an_event_without_an_address_or_a_last_day_to_book_leaves_no_gap() -> None:
    promotion = a_promotion(url=None, book_by=None, text=None, place=None)
    edition = rendered(an_edition(promotions=(promotion, promotion)))
    assert "None" not in edition.text + edition.html
    assert "How to book" not in edition.text + edition.html
    assert "\n13 to 15 April 2027\nIn five months\nAdd to your calendar: " in edition.text


# -- the text part ----------------------------------------------------------------------------------


def test_the_text_part_says_all_that_the_html_says() -> None:
    text = rendered(an_edition(a_post(), promotions=(a_promotion(), a_promotion(name="Housing day")))).text
    for said in (
        "Weekly digest\nSociety of Chief Officers, 23 November 2026\n",
        "COMING UP\n\nChief Officers' Summit\n13 to 15 April 2027, Harrogate\nIn five months; book by 26 March 2027\n",
        "How to book: https://events.example.org/summit\n",
        "Add to your calendar: https://feeds.example.org/events/summit.ics\n",
        "The quiet budget\nhttps://blog.example.org/the-quiet-budget/\nJo Carver, Chief Executive of Saltby | 18 Nov",
        "ALSO IN THE DIARY\n\nHousing day\n",
        f"You asked for posts on {CHOICE} from Society of Chief Officers.\n",
        f"Change what you get: {PREFERENCES}\nPause: {PAUSE}\nUnsubscribe: {UNSUBSCRIBE}\n",
        "Forwarded to you? Subscribe: https://mail.example.org/subscribe\n",
        "View in browser: https://feeds.example.org/weekly/2026-11-23\n",
        "Society of Chief Officers\n45 Great Anytown Street, Anytown AN1 2YT\n",
    ):
        assert said in text


def test_the_text_part_is_wrapped_and_its_urls_are_whole() -> None:
    url = "https://blog.example.org/" + "a-very-long-slug-" * 8
    post = a_post(url=url, title=LONG, excerpt=LONG * 4, role=LONG)
    text = rendered(an_edition(*(post,) * 7, notices=(LONG * 2,), away=(post,))).text
    assert f"\n{url}\n" in text
    assert all(len(line) <= COLUMNS or "://" in line for line in text.splitlines())
    assert "\n\n\n" not in text


def test_a_postal_address_of_several_lines_has_them() -> None:
    view = an_edition(postal_address="1 High Street\nAnytown")
    assert "\n1 High Street\nAnytown\n" in rendered(view).text
    assert "1 High Street<br>Anytown" in rendered(view).html


# -- languages and directions -----------------------------------------------------------------------


def test_what_is_in_another_language_than_the_mails_says_so() -> None:
    promotion = a_promotion(language="fr")
    view = an_edition(*(a_post(language="cy"),) * 6, language="en", site_language="fr", promotions=(promotion,) * 2)
    mail = page(view)
    assert (mail.get("lang"), mail.xpath("//h1/@lang")) == ("en", ["fr"])
    titles = mail.xpath("//h2[contains(@class, 'title')] | //p[contains(@class, 'excerpt')] | //p[@class='item']/a")
    assert [each.get("lang") for each in titles] == ["cy"] * 10
    assert mail.xpath("//*[@class='event' or @class='card-name']/@lang") == ["fr", "fr"]
    assert not page(an_edition(promotions=(a_promotion(),) * 2)).xpath("//body//h1/@lang | //h2/@lang | //p/@lang")


def test_titles_names_and_excerpts_run_in_their_own_direction() -> None:
    post = a_post(title="שלום עולם", excerpt="שלום")
    mail = page(an_edition(*(post,) * 6, promotions=(a_promotion(place="תל אביב"),) * 2, opening=("שלום",)))
    for name in ("name", "event", "title lead", "title", "excerpt", "text", "card-name", "opening"):
        assert set(mail.xpath(f"//*[@class='{name}']/@dir")) == {"auto"}, name
    assert words(mail.xpath("//span[@dir='auto'][contains(., 'תל אביב')]")[0]) == "תל אביב"


def test_in_a_language_from_the_right_everything_begins_there() -> None:
    mail = page(an_edition(language="ar", direction="rtl", promotions=(a_promotion(),) * 2))
    assert mail.get("dir") == "rtl"
    assert set(mail.xpath("//body/*/@dir")) == {"rtl"}
    assert set(mail.xpath("//td[@class='head' or @class='band' or @class='post' or @class='foot']/@align")) == {"right"}
    assert mail.xpath("//td[@class='day']/@align") == ["left"]


def test_no_word_however_long_can_widen_a_mail_and_every_letter_of_it_stays() -> None:
    long = "Bundesausbildungsförderungsgesetz" * 4
    post = a_post(title=long, excerpt=long, author=long, role=long, categories=(long,), origin=long)
    promotion = a_promotion(name=long, place=long, text=long)
    view = an_edition(
        *(post,) * 6,
        digest_title=long,
        site_title=long,
        organisation=long,
        postal_address=long,
        offers=(long,),
        opening=(long,),
        notices=(long,),
        topics=(TopicView(label=long, posts=3),),
        corrections=(a_correction(title=long, old_title=long, words=long),),
        away=(post,),
        promotions=(promotion, promotion),
    )
    mail = page(view)
    for element in mail.xpath("//body//*[text()][not(ancestor-or-self::*[@class='preheader'])]"):
        assert all(len(word) <= 20 for text in element.xpath("text()") for word in text.replace(BREAK, " ").split()), (
            words(element)
        )
    assert words(mail.xpath("//h1")[0]) == long
    assert mail.xpath("//a[contains(@aria-label, 'Read on')]/@aria-label") == [f"Read on: {long}"]


def test_an_address_in_a_text_is_shown_by_its_host() -> None:
    text = "More at https://www.example.org/events/2026/summit?from=blog#book and at https://b.org/x today."
    mail = page(an_edition(a_post(excerpt=text)))
    shown = words(mail.xpath("//p[contains(@class, 'excerpt')]")[0])
    assert shown == "More at example.org/… and at https://b.org/x today."


# -- what it loads, and how large it is -------------------------------------------------------------


def test_the_html_is_in_its_language_styled_inline_and_knows_the_dark() -> None:
    mail = rendered(an_edition(language="cy-GB")).html
    assert '<html lang="cy-GB"' in mail
    assert re.search(r'<h2 class="title lead" dir="auto" style="[^"]*font-size: 30px', mail)
    assert "@media (prefers-color-scheme: dark)" in mail


def test_the_html_loads_and_tracks_nothing() -> None:
    mail = page(an_edition())
    assert not mail.xpath("//img | //link | //script | //iframe | //@background | //@src")
    assert "url(" not in rendered(an_edition()).html


def test_where_the_config_allows_the_blogs_pictures_that_is_all_a_mail_loads() -> None:
    mail = page(an_edition(a_post(picture=PICTURE)))
    assert mail.xpath("//@src") == [PICTURE.url]
    assert not mail.xpath("//link | //script | //iframe | //@background | //@srcset")


def test_the_same_view_gives_the_same_words() -> None:
    assert rendered(an_edition()) == rendered(an_edition())


def test_links_lead_where_the_blog_and_the_operator_said() -> None:
    view = an_edition()
    mail = page(view)
    promoted = [address for event in view.promotions for address in (event.url, event.calendar_url)]
    ours = [view.site_url, view.feeds_url, view.edition_url, view.subscribe_url, UNSUBSCRIBE, PREFERENCES, PAUSE]
    assert set(mail.xpath("//a/@href")) <= {POST.url, *promoted, *ours}


@pytest.mark.parametrize("posts", [1, 5, 6, 25, 200])
def test_a_mail_of_any_number_of_posts_is_below_80_kb_and_counts_them_all(posts: int) -> None:
    view = an_edition(*(a_post(title=f"{LONG} {number}", excerpt=LONG * 6) for number in range(posts)))
    edition = rendered(replace(view, promotions=(a_promotion(),) * 3))
    assert len(edition.html.encode()) <= MOST - RESERVE
    mail: Any = lxml_html.document_fromstring(edition.html)
    shown = len(mail.xpath("//h2/a | //p[@class='item']/a"))
    if posts <= 25:
        assert shown == posts
    else:
        (rest,) = mail.xpath("//a[contains(., 'more on the web')]")
        assert words(rest) == f"and {posts - (shown - 1)} more on the web"
        assert len(edition.html.encode()) > 65_000
        assert f"and {posts - 1} more" in edition.subject
    assert mail.xpath(f"//a[@href='{UNSUBSCRIBE}']")
