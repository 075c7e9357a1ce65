from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from solacefeed.digest.long_words import COLUMNS
from solacefeed.digest.rendering import PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE, EditionView, Rendered, render
from solacefeed.templating import templates
from tests.rendering.rendering_views import POST, a_post, a_promotion, an_edition

HOSTILE = (
    "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'><a href='javascript:x'>& {{ 7 * 7 }} {% raw %}"
)


def rendered(view: EditionView) -> Rendered:
    return render(view, templates())


def page(view: EditionView) -> Any:
    return lxml_html.document_fromstring(rendered(view).html)


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_a_script_in_a_post_never_reaches_a_reader() -> None:
    post = a_post(title=HOSTILE, excerpt=HOSTILE, author=HOSTILE, role=HOSTILE, categories=(HOSTILE,))
    promotion = a_promotion(name=HOSTILE, place=HOSTILE, text=HOSTILE, line=HOSTILE, book_by=HOSTILE)
    mail = page(
        an_edition(
            post,
            post,
            promotions=(promotion, promotion),
            site_title=HOSTILE,
            offers=(HOSTILE,),
            opening=(HOSTILE,),
            notices=(HOSTILE,),
        )
    )
    assert not mail.xpath("//script | //img | //@onerror | //a[starts-with(@href, 'javascript')]")
    assert words(mail.xpath("//h2/a")[0]) == HOSTILE


def test_a_title_that_looks_like_a_template_is_only_a_title() -> None:
    edition = rendered(an_edition(a_post(title="{{ edition }} {% if %} {# #}")))
    assert "{{ edition }} {% if %} {# #}" in edition.text
    assert "{{ edition }} {% if %} {# #}" in edition.html
    assert edition.subject.startswith("{{ edition }} {% if %} {# #}")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://x", "//evil.example"])
def test_a_link_to_anywhere_but_the_web_leads_nowhere(url: str) -> None:
    promotion = a_promotion(url=url, calendar_url=url)
    links = page(
        an_edition(
            a_post(url=url),
        ),
        promotions=(promotion, promotion),
    ).xpath("//a/@href")
    assert all(link in ("", UNSUBSCRIBE) or link.startswith("https://") for link in links)


@pytest.mark.parametrize("token", [RECIPIENT, UNSUBSCRIBE])
@pytest.mark.parametrize("field", ["title", "excerpt", "author", "role"])
def test_a_token_in_a_post_stands_there_literally_and_is_not_replaced_later(field: str, token: str) -> None:
    plain = rendered(an_edition(a_post(), a_post()))
    edition = rendered(an_edition(a_post(), a_post(**{field: f"Dear {token},"})))
    for part, usual in ((edition.text, plain.text), (edition.html, plain.html)):
        assert part.count(token) == usual.count(token) == 1
        assert f"Dear {token}," in part.replace("\u2060", "")


def test_a_token_in_a_url_is_not_replaced_later_and_leads_to_the_same_page() -> None:
    edition = rendered(an_edition(a_post(url=f"https://blog.example.org/{RECIPIENT}/")))
    assert edition.html.count(RECIPIENT) == edition.text.count(RECIPIENT) == 1
    assert "https://blog.example.org/%40@RECIPIENT%40@/" in edition.text


PIECES = st.lists(st.sampled_from(["@", "@@", "RECIPIENT", "UNSUBSCRIBE", " ", "{{", "&#64;", "<b>", "\u2060"])).map(
    "".join
)


@settings(max_examples=40)
@given(PIECES, PIECES, PIECES)
def test_no_content_makes_up_a_token(title: str, excerpt: str, place: str) -> None:
    post = a_post(title=title or "Untitled", excerpt=excerpt, categories=(title, place))
    edition = rendered(an_edition(post, post), promotions=(a_promotion(place=place)))
    for part in (edition.text, edition.html):
        assert part.count(RECIPIENT) == part.count(UNSUBSCRIBE) == 1
    assert "@@" not in edition.subject


def test_the_recipients_own_parts_survive_the_inlining_whole() -> None:
    mail = page(an_edition())
    assert [words(link) for link in mail.xpath(f"//a[@href='{UNSUBSCRIBE}']")] == ["Unsubscribe"]
    assert f"It went to {RECIPIENT}." in words(mail)


LONG = "How eleven councils along one river learnt to share a lorry, a lawyer and a little trust"


@pytest.mark.parametrize(
    ("titles", "digest", "subject"),
    [
        (["The quiet budget"], "Weekly digest", "The quiet budget - Weekly digest"),
        (["The quiet budget", "Other"], "Weekly digest", "The quiet budget, and 1 more - Weekly digest"),
        (["The quiet budget", *"abc"], "Weekly digest", "The quiet budget, and 3 more - Weekly digest"),
        ([LONG], "Weekly digest", "How eleven councils along one river learnt to share a lorry… - Weekly digest"),
        (
            [LONG, "b"],
            "Weekly",
            "How eleven councils along one river learnt to share a… , and 1 more - Weekly".replace(" ,", ","),
        ),
        (
            [LONG, "b"],
            "A digest with a name that is itself very much too long",
            "How eleven councils along one…, and 1 more - A digest with a name that is itself very much too long",
        ),
        ([], "Weekly digest", "Weekly digest: nothing new, 16 to 22 November 2026"),
        (["Two\r\nBcc: x@example.org"], "Weekly digest", "Two Bcc: x@example.org - Weekly digest"),
    ],
)
def test_a_subject_is_the_lead_post_how_many_more_and_the_digest(titles: list[str], digest: str, subject: str) -> None:
    view = an_edition(*(a_post(title=title) for title in titles), digest_title=digest)
    assert rendered(view).subject == subject


def test_a_subject_keeps_below_78_characters_while_its_digest_has_a_usual_name() -> None:
    for count in (1, 2, 50):
        posts = tuple(a_post(title=LONG) for _ in range(count))
        assert len(rendered(an_edition(*posts)).subject) <= 78


def test_the_text_part_says_all_that_the_html_says() -> None:
    text = rendered(
        an_edition(
            a_post(),
        ),
        promotions=(a_promotion(), a_promotion(name="Housing day")),
    ).text
    for said in (
        "Weekly digest\nChief Officers' Blog, 16 to 22 November 2026\n",
        "Chief Officers' Summit\n13 to 15 April 2027, Harrogate\nIn five months; book by 26 March 2027\n",
        "How to book: https://events.example.org/summit\n",
        "Add to your calendar: https://feeds.example.org/events/summit.ics\n",
        "The quiet budget\nBy Jo Carver, Chief Executive of Saltby\n18 November 2026 | Housing, Scotland\n",
        "Read on: https://blog.example.org/the-quiet-budget/\nBecause you follow Housing\n",
        "ALSO IN THE DIARY\n\nHousing day\n",
        f"Unsubscribe: {UNSUBSCRIBE}\n",
        "Society of Chief Officers\n45 Great Anytown Street, Anytown AN1 2YT\n",
    ):
        assert said in text


def test_the_text_part_is_wrapped_and_its_urls_are_whole() -> None:
    url = "https://blog.example.org/" + "a-very-long-slug-" * 8
    text = rendered(an_edition(a_post(url=url, title=LONG, excerpt=LONG * 4, role=LONG))).text
    assert f"Read on: {url}\n" in text
    assert all(len(line) <= COLUMNS or "://" in line for line in text.splitlines())
    assert "\n\n\n" not in text


def test_what_is_not_known_of_a_post_leaves_no_gap() -> None:
    bare = a_post(author=None, role=None, categories=())
    edition = rendered(an_edition(bare, promotions=(), postal_address=None, edition_url=None))
    assert "None" not in edition.text + edition.html
    assert "The quiet budget\n18 November 2026\n\n" in edition.text
    assert "Because" not in edition.text + edition.html


def test_a_post_says_how_long_it_takes_to_read_and_where_it_was_first_published() -> None:
    post = a_post(reading_time="3 minutes to read", origin="First published in the LGC on 17 May 2012.")
    edition = rendered(an_edition(post))
    assert "18 November 2026 | 3 minutes to read | Housing, Scotland\n" in edition.text
    assert "\n\n   First published in the LGC on 17 May 2012.\n\nRead on:" in edition.text
    mail = page(an_edition(post))
    assert words(mail.xpath("//p[@class='byline']")[0]).endswith("18 November 2026 · 3 minutes to read")
    assert words(mail.xpath("//p[@class='first']")[0]) == "First published in the LGC on 17 May 2012."


def test_what_is_in_another_language_than_the_mails_says_so() -> None:
    promotion = a_promotion(language="fr")
    view = an_edition(a_post(language="cy"), language="en", site_language="fr", promotions=(promotion, promotion))
    mail = page(view)
    assert (mail.get("lang"), mail.xpath("//h1/@lang")) == ("en", ["fr"])
    assert mail.xpath("//*[contains(@class, 'title') or @class='excerpt']/@lang") == ["cy", "cy"]
    assert mail.xpath("//*[@class='event-name' or @class='card-name']/@lang") == ["fr", "fr"]
    assert not page(an_edition(promotions=(a_promotion(),) * 2)).xpath("//body//h1/@lang | //h2/@lang | //p/@lang")


def test_titles_names_and_excerpts_run_in_their_own_direction() -> None:
    mail = page(an_edition(a_post(title="שלום עולם", excerpt="שלום"), promotions=(a_promotion(place="תל אביב"),) * 2))
    for name in ("name", "event-name", "title lead", "excerpt", "event-text", "card-name"):
        assert mail.xpath(f"//*[@class='{name}']/@dir") == ["auto"], name
    assert words(mail.xpath("//span[@dir='auto'][contains(., 'תל אביב')]")[0]) == "תל אביב"


def test_no_word_however_long_can_widen_a_mail_and_every_letter_of_it_stays() -> None:
    long = "Bundesausbildungsförderungsgesetz" * 4
    post = a_post(title=long, excerpt=long, author=long, role=long, categories=(long,), origin=long)
    promotion = a_promotion(name=long, place=long, text=long)
    view = an_edition(
        post,
        digest_title=long,
        site_title=long,
        organisation=long,
        postal_address=long,
        offers=(long,),
        promotions=(promotion, promotion),
    )
    mail = page(view)
    for element in mail.xpath("//body//*[text()][not(ancestor-or-self::*[@class='preheader'])]"):
        assert all(len(word) <= 20 for text in element.xpath("text()") for word in text.split()), words(element)
    assert words(mail.xpath("//h1")[0]) == long
    assert mail.xpath("//a[contains(@aria-label, 'Read on')]/@aria-label") == [f"Read on: {long}"]


def test_an_address_in_a_text_is_shown_by_its_host() -> None:
    text = "More at https://www.example.org/events/2026/summit?from=blog#book and at https://b.org/x today."
    mail = page(an_edition(a_post(excerpt=text)))
    assert words(mail.xpath("//p[@class='excerpt']")[0]) == "More at example.org/… and at https://b.org/x today."


def test_a_preview_without_posts_says_so() -> None:
    edition = rendered(an_edition(lead=None, promotions=()))
    for part in (edition.text, edition.html):
        assert "There is nothing new in this edition (16 to 22 November 2026)." in part


def test_the_first_event_stands_before_the_posts_and_the_others_after_them() -> None:
    mail = page(an_edition(promotions=(a_promotion(name="First"), a_promotion(name="Second"))))
    headings = [words(heading) for heading in mail.xpath("//h2 | //h3")]
    assert headings == ["First", "The quiet budget", "Also in the diary", "Second"]


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
    assert "\n13 to 15 April 2027\nIn five months\n\nAdd to your calendar: " in edition.text


def test_every_link_says_where_it_leads_to_those_who_hear_links_alone() -> None:
    labels = page(an_edition()).xpath("//a/@aria-label")
    assert labels == [
        "How to book: Chief Officers' Summit",
        "Add to your calendar: Chief Officers' Summit",
        "Read on: The quiet budget",
    ]


def test_the_html_is_in_its_language_styled_inline_and_knows_the_dark() -> None:
    mail = rendered(an_edition(language="cy-GB")).html
    assert '<html lang="cy-GB"' in mail
    assert re.search(r'<h1 class="name" dir="auto" style="[^"]*font-size: 36px', mail)
    assert "@media (prefers-color-scheme: dark)" in mail
    assert min(map(int, re.findall(r"font-size: (\d+)px", mail))) >= 14


def test_the_html_loads_and_tracks_nothing() -> None:
    mail = page(an_edition())
    assert not mail.xpath("//img | //link | //script | //iframe | //@background | //@src")
    assert "url(" not in rendered(an_edition()).html


def test_an_edition_of_ten_posts_is_far_from_where_mail_clients_clip() -> None:
    posts = tuple(a_post(title=LONG, excerpt=LONG * 4) for _ in range(10))
    assert len(rendered(an_edition(*posts, promotions=(a_promotion(),) * 3)).html.encode()) < 40_000


def test_the_same_view_gives_the_same_words() -> None:
    assert rendered(an_edition()) == rendered(an_edition())


def test_links_lead_where_the_blog_and_the_operator_said() -> None:
    view = an_edition()
    mail = page(view)
    promoted = [address for event in view.promotions for address in (event.url, event.calendar_url)]
    ours = [view.site_url, view.feeds_url, view.edition_url, view.subscribe_url, UNSUBSCRIBE, PREFERENCES, PAUSE]
    assert set(mail.xpath("//a/@href")) <= {POST.url, *promoted, *ours}


def test_a_postal_address_of_several_lines_has_them() -> None:
    view = an_edition(postal_address="1 High Street\nAnytown")
    assert "\n1 High Street\nAnytown\n" in rendered(view).text
    assert "1 High Street<br>Anytown" in rendered(view).html
