"""What themes, builders and plugins of today set around a text, beside what the cases of others show; and their likes
in an author's own words, which stay.
"""

from __future__ import annotations

import pytest

from solacefeed.text.reading import read

_URL = "https://blog.example.org/2026/11/the-post/"
_ONE = "Councils have spent ten years learning to do more with less, and it has been a hard lesson for many of us."
_TWO = "What comes next is harder still, since the easy savings are gone and what is left is what people see."
_THREE = "We need a settlement that lasts for longer than a year, and a talk with residents that begins before it."
_BODY = f"<p>{_ONE}</p><p>{_TWO}</p><p>{_THREE}</p>"
_SHOWN = f"<p>{_ONE}</p>\n<p>{_TWO}</p>\n<p>{_THREE}</p>"


def _is_clean(html: str) -> None:
    reading = read("The settlement", html, url=_URL)
    assert reading.content == _SHOWN
    assert reading.excerpt.startswith(_ONE)
    assert reading.lead_image is None


_OTHER = (
    '<h3 class="entry-title"><a href="https://blog.example.org/a/">The other matter</a></h3><p>Something was said.</p>'
)


@pytest.mark.parametrize(
    "box",
    [
        f'<h3>More from our team</h3><div class="wp-block-query"><ul class="wp-block-post-template"><li>{_OTHER}</li></ul></div>',
        f'<div class="elementor-widget elementor-widget-posts"><div class="elementor-posts"><article>{_OTHER}</article></div></div>',
        f'<div class="et_pb_module et_pb_blog_0"><article class="et_pb_post">{_OTHER}</article></div>',
        f'<div class="fl-post-grid"><div class="fl-post-grid-post">{_OTHER}</div></div>',
        f'<div class="uagb-post-grid is-grid"><article>{_OTHER}</article></div>',
    ],
)
def test_a_loop_of_other_posts_is_set_aside(box: str) -> None:
    _is_clean(_BODY + box)


_PORTRAIT = '<img src="https://secure.gravatar.com/avatar/a?s=48" class="avatar" width="48" height="48">'


@pytest.mark.parametrize(
    "box",
    [
        f'<div class="wp-block-post-author">{_PORTRAIT}<div><p>Written by</p><p>Jo Bloggs</p><p>Jo writes.</p></div></div>',
        '<p class="post-meta">by <a href="https://blog.example.org/author/jo/" rel="author">Jo Bloggs</a> | <span>Nov 1, 2026'
        '</span> | <a href="https://blog.example.org/category/news/">News</a> | <a href="#respond">0 comments</a></p>',
        '<div class="entry-meta"><span>Posted on <time>November 1, 2026</time></span> <span>341 readers</span></div>',
        '<div class="td-post-author-name">By Jo Bloggs -</div><span class="td-post-date"><time>1 November 2026</time></span>',
        '<div class="trinity-tts-pb" dir="ltr">Getting your Trinity Audio player ready...</div>',
    ],
)
def test_the_stamp_of_a_theme_above_a_text_is_set_aside(box: str) -> None:
    _is_clean(box + _BODY)


def test_a_stamp_that_says_who_wrote_and_what_they_are_is_the_byline() -> None:
    reading = read("", f'<p class="entry-meta">By Jo Bloggs, Chief Executive of Anytown Council</p>{_BODY}', url=_URL)
    assert reading.byline is not None
    assert reading.byline.name == "Jo Bloggs"


@pytest.mark.parametrize(
    "line",
    [
        "🔊 Listen to this post", "Listen to this article – 4 min", "Audio version: listen to this article",
        "👁 1,234 views", "This post has been viewed 341 times", "Word count: 640 | Reading time: 3 min",
        "Reading Level: Intermediate", "Print 🖨 PDF 📄 eBook 📱", "(No Ratings Yet)", "00:00 / 34:12",
        "Teile diesen Beitrag", "Partagez cet article", "Comparte este artículo", "Rhannwch y blog hwn",
        "Condividi questo articolo", "Jetzt Newsletter abonnieren", "Abonnez-vous à notre newsletter",
        "¡Suscríbete a nuestro boletín!", "Schlagwörter: Haushalt, Sparen", "Catégories : Budget, Réforme",
        "Tagiau: cyllideb, arbedion", "Publié le 1 novembre 2026 par Jo Bloggs", "Last updated: 1 November 2026",
        "Veröffentlicht am 1. November 2026 von Jo Bloggs", "Story continues below advertisement",
        "Publicado el 1 de noviembre de 2026 por Jo Bloggs | 4 min de lectura", "Schreibe einen Kommentar",
        "Amser darllen amcangyfrifedig: 4 munud", "© 2026 The Blog. All rights reserved.",
    ],
)  # fmt: skip
def test_a_line_that_software_set_there_goes_in_any_language(line: str) -> None:
    _is_clean(f"<p>{line}</p>{_BODY}")


@pytest.mark.parametrize(
    "words",
    [
        "This post may contain affiliate links.",
        "Disclosure: This post may contain affiliate links, meaning I get a commission.",
        "Dieser Beitrag enthält Affiliate-Links.",
    ],
)
def test_what_the_law_wants_said_stays_and_opens_no_excerpt(words: str) -> None:
    reading = read("", f"<p><em>{words}</em></p><p>{words}</p>{_BODY}", url=_URL)
    assert words in reading.content
    assert reading.excerpt.startswith(_ONE)


_FORM = '<div class="wp-block-jetpack-subscriptions"><form><p><input type="email"></p></form></div>'


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="wp-block-group"><h3>Discover more from us</h3><p>Subscribe to get the latest posts sent to your email.</p>{_FORM}</div>',
        f"<h3>Discover more from us</h3><p>Subscribe to get the latest posts by email.</p>{_FORM}",
        f"<h3>Newsletter</h3><p>Abonnieren Sie unseren Brief, der jeden Freitag kommt.</p>{_FORM}",
    ],
)
def test_a_form_takes_with_it_what_leads_to_it(html: str) -> None:
    _is_clean(_BODY + html)


def test_what_an_author_says_before_a_form_stays() -> None:
    said = "We want to hear what residents think of the plan, and how they would pay for it."
    assert said in read("", f"{_BODY}<p>{said}</p>{_FORM}", url=_URL).content


@pytest.mark.parametrize(
    "box",
    [
        '<span class="bctt-click-to-tweet"><span><a href="https://x.com/intent/tweet?u=x">{}</a></span>'
        '<a href="https://x.com/intent/tweet?u=x">Click To Tweet</a></span>',
        '<p><a href="https://ctt.ac/abc">{}</a> <a href="https://ctt.ac/abc">Tweet this</a></p>',
    ],
)
def test_a_sentence_that_is_offered_for_sharing_stays_without_the_offer(box: str) -> None:
    content = read("", _BODY + box.format("The easy savings are long gone."), url=_URL).content
    assert content.replace(" </p>", "</p>") == f"{_SHOWN}\n<p>The easy savings are long gone.</p>"


@pytest.mark.parametrize(
    "own",
    [
        '<a href="https://x.com/intent/tweet?u=x">Tell your MP that the settlement must last for longer.</a>',
        'Some said to <a href="https://x.com/intent/tweet?u=x">tweet this</a> at once, and many of them did.',
    ],
)
def test_an_author_who_asks_for_a_post_elsewhere_is_heard(own: str) -> None:
    assert read("", f"{_BODY}<p>{own}</p>", url=_URL).content == f"{_SHOWN}\n<p>{own}</p>"


def test_an_offer_to_share_that_is_a_sentence_goes() -> None:
    _is_clean(f'{_BODY}<p><a href="https://www.facebook.com/sharer.php?u=x">Share this post with your friends!</a></p>')


def test_a_player_is_never_set_aside_with_the_bar_around_it() -> None:
    share = '<a href="https://www.facebook.com/sharer.php?u=x">Facebook</a>'
    html = f'<div class="player-panels">{share}<audio src="https://blog.example.org/e.mp3"></audio></div>'
    reading = read("", _BODY + html, url=_URL)
    assert 'href="https://blog.example.org/e.mp3"' in reading.content
    assert [file.url for file in reading.enclosures] == ["https://blog.example.org/e.mp3"]


@pytest.mark.parametrize("code", ["[su_spacer]", "[spacer]", '[su_button url="/x"]', "[vc_empty_space]"])
def test_a_builders_mark_that_nothing_ran_goes(code: str) -> None:
    _is_clean(f"<p>{code}</p>{_BODY}")


@pytest.mark.parametrize(
    "own",
    [
        "Share the burden: that was the message of ministers this week.",
        "Teile diesen Monat noch mit deinen Nachbarn, was du hast.",
        "Subscribe to the view that growth pays for all, and you will be disappointed by the updates.",
        "1,234 views were heard.",
        "The 5 minute read-out of the minutes took an hour.",
        "The report [draft] says [sic] that it is fine.",
        "This post argues that affiliate schemes are bad for councils.",
        "Rhannwch eich barn gyda ni.",
        "Updated 3 November 2026: the figures have been corrected.",
        "Published on 3 November 2026, the report says otherwise.",
        "© 2026 Jo Bloggs",
    ],
)
def test_an_authors_words_like_those_of_software_stay(own: str) -> None:
    assert own in read("", f"<p>{own}</p>{_BODY}", url=_URL).content


def test_an_authors_text_in_a_box_called_like_a_loop_stays() -> None:
    html = f'<div class="post-grid"><p>{_ONE}</p><p>{_TWO}</p></div><p>{_THREE}</p>'
    assert _TWO in read("", html, url=_URL).content


def test_a_last_line_set_apart_that_says_who_somebody_is_signs() -> None:
    reading = read("", f"{_BODY}<p><em>Jo Bloggs is Chief Executive of Anytown Council.</em></p>", url=_URL)
    assert reading.byline is not None
    assert (reading.byline.name, reading.byline.role) == ("Jo Bloggs", "Chief Executive of Anytown Council")
    plain = read("", f"{_BODY}<p>Jo Bloggs is Chief Executive of Anytown Council.</p>", url=_URL)
    assert plain.byline is None


def test_a_shout_before_a_text_opens_no_excerpt() -> None:
    assert read("", f"<p>📣 <strong>NEW!</strong></p>{_BODY}", url=_URL).excerpt.startswith(_ONE)


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Von Jo Bloggs, Geschäftsführerin von Anytown", "Geschäftsführerin von Anytown"),
        ("Par Jo Bloggs, directrice générale", "directrice générale"),
        ("Gan Jo Bloggs, Prif Weithredwr", "Prif Weithredwr"),
        ("Por Jo Bloggs", None),
    ],
)
def test_a_byline_set_apart_is_read_in_other_languages(line: str, role: str | None) -> None:
    reading = read("", f"<p><em>{line}</em></p>{_BODY}", url=_URL)
    assert reading.byline is not None
    assert (reading.byline.name, reading.byline.role) == ("Jo Bloggs", role)
    assert reading.excerpt.startswith(_ONE)
    assert read("", f"<p>{line}</p>{_BODY}", url=_URL).byline is None


def test_a_heading_of_nouns_in_german_is_no_byline() -> None:
    assert read("", f"<p><strong>Von Bund Ländern Gemeinden</strong></p>{_BODY}", url=_URL).byline is None


@pytest.mark.parametrize(
    "html",
    [
        '<h3 class="wp-block-accordion-heading"><button aria-expanded="false"><span>What is next?</span>'
        '<span aria-hidden="true">+</span></button></h3><div role="region"><p>Nobody knows yet.</p></div>',
        '<div class="kt-accordion-header-wrap"><button class="kt-blocks-accordion-header"><span>What is next?</span>'
        "</button></div><div><p>Nobody knows yet.</p></div>",
    ],
)
def test_the_title_of_a_panel_that_opens_is_a_heading_and_no_button(html: str) -> None:
    content = read("", _BODY + html, url=_URL).content
    assert "What is next?" in content
    assert "Nobody knows yet." in content
    assert "+" not in content


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="post-info"><p>{_ONE}</p></div><p>{_TWO}</p>',
        f'<table class="entry-meta-table"><tr><td>{_ONE}</td></tr></table><p>{_TWO}</p>',
    ],
)
def test_an_authors_sentence_in_a_box_called_like_a_stamp_stays(html: str) -> None:
    assert _ONE in read("", html, url=_URL).content


@pytest.mark.parametrize(
    "panel",
    [
        '<div class="et_pb_toggle_content" style="display:none;">{}</div>',
        '<div class="elementor-tab-content" role="region" style="display: none">{}</div>',
        '<div id="pane" class="elementor-tab-content" hidden="hidden">{}</div>',
        '<div class="ub-content-toggle-accordion-content-wrap ub-hide" style="display:none">{}</div>',
        '<div class="readmore-content" style="display:none">{}</div>',
    ],
)
def test_what_a_reader_opens_by_its_title_stays_though_it_is_closed(panel: str) -> None:
    assert _TWO in read("", f"<p>{_ONE}</p><h4>What next?</h4>{panel.format(f'<p>{_TWO}</p>')}", url=_URL).content


@pytest.mark.parametrize(
    "hidden",
    [
        '<div class="modal-content" style="display:none">{}</div>',
        '<div class="cookie-panel accordion" style="display:none">{}</div>',
        '<div class="mobile-menu__panel toggle" hidden>{}</div>',
        '<p style="display:none">{}</p>',
    ],
)
def test_what_nobody_opens_stays_hidden(hidden: str) -> None:
    assert _TWO not in read("", f"<p>{_ONE}</p>{hidden.format(_TWO)}", url=_URL).content


@pytest.mark.parametrize(
    "box",
    [
        '<p><a href="https://blog.example.org/tag/a/" rel="tag">#budget</a> <a href="/tag/b/" rel="tag">#care</a></p>',
        '<p><em>READ MORE – <a href="https://blog.example.org/b/">A second matter</a></em></p>',
        '<div class="seriesmeta">This entry is part 2 of 4 in the series <a href="/series/x/">Money</a></div>',
        '<span class="updated rich-snippet-hidden">2026-11-01T10:00:00+00:00</span>',
    ],
)
def test_tags_series_and_ways_to_more_are_set_aside(box: str) -> None:
    _is_clean(box + _BODY)
