"""What stands for an embed until a visitor allows it becomes a link to it, without the words of law around it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from solacefeed.text.reading import read

_URL = "https://blog.example.org/2026/11/the-post/"
_BEFORE = "<p>Councils have spent ten years learning to do more with less, and it has been a hard lesson.</p>"
_AFTER = "<p>What comes next is harder still, since what is left is what people see.</p>"
_FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
_FRAME = "https://www.youtube.com/embed/dQw4w9WgXcQ?feature=oembed"
_CODE = b64encode(f'<iframe title="The talk" src="{_FRAME}"></iframe>'.encode()).decode()
_LAW = "<p>By loading the film you agree to the terms of its host.</p>"


@pytest.mark.parametrize(
    "html",
    [
        '<div class="BorlabsCookie"><div class="_brlbs-content-blocker"><img src="https://blog.example.org/still.jpg">'
        f'{_LAW}<p><a href="#" role="button">Load the film</a></p></div><div class="borlabs-hide">'
        f'<script type="text/template">{_CODE}</script></div></div>',
        f'<div class="embed-privacy-container"><div class="embed-privacy-overlay">{_LAW}<p><a href="{_FILM}">The talk</a>'
        "</p></div></div>",
        f'<div consent-original-src-_="{_FRAME}" consent-required="12" consent-by="services"></div>',
        f'<iframe title="The talk" consent-original-src-_="{_FRAME}" consent-id="13"></iframe>',
        f'<iframe suppressedsrc="{_FRAME}" src="//cdn.example.com/empty.html"></iframe>',
        f'<iframe data-cookieyes="functional" data-src="{_FRAME}" style="display:none"></iframe>',
        f'<div class="cmplz-placeholder-parent"><iframe data-src-cmplz="{_FRAME}" src="about:blank"></iframe>'
        '<div class="cmplz-blocked-content-container"><button>Click to accept marketing cookies</button></div></div>',
        f'<presto-player src="{_FILM}" media-title="The talk"></presto-player>',
    ],
)
def test_a_covered_film_is_its_link(html: str) -> None:
    reading = read("", _BEFORE + html + _AFTER, url=_URL)
    assert reading.content.count(f'href="{_FILM}"') == 1
    for asked in ("agree", "Load the film", "accept"):
        assert asked not in reading.content
        assert asked not in reading.excerpt
    assert reading.content.startswith(_BEFORE)
    assert reading.content.endswith(_AFTER)


def test_an_authors_text_beside_a_covered_film_stays() -> None:
    told = f'<div class="cmplz-placeholder-parent">{_BEFORE}<iframe data-src-cmplz="{_FRAME}"></iframe>{_AFTER}</div>'
    content = read("", told, url=_URL).content
    assert "do more with less" in content
    assert "harder still" in content
    assert _FILM in content


def test_a_hidden_frame_of_nobody_known_stays_hidden() -> None:
    frame = '<iframe data-src="https://count.example.com/x" style="display:none"></iframe>'
    assert "count.example.com" not in read("", _BEFORE + frame, url=_URL).content


def test_a_poll_that_is_linked_for_those_without_scripts_stays_a_link() -> None:
    poll = '<noscript><a href="https://poll.fm/123">Take our poll</a></noscript>'
    assert 'href="https://poll.fm/123"' in read("", _BEFORE + poll, url=_URL).content
    asking = '<noscript>Please enable JavaScript to view the <a href="https://disqus.com/?r">comments</a></noscript>'
    assert "disqus" not in read("", _BEFORE + asking, url=_URL).content


def _protected(address: str) -> str:
    return bytes([7, *(byte ^ 7 for byte in address.encode())]).hex()


def test_a_protected_address_of_mail_is_read_as_a_browser_shows_it() -> None:
    code = _protected("jo@example.org")
    shown = (
        f'<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="{code}">[email&#160;protected]</a>'
    )
    content = read("", f"{_BEFORE}<p>Write to {shown} with your views.</p>", url=_URL).content
    assert '<a href="mailto:jo@example.org">jo@example.org</a> with your views' in content
    named = f'<a href="/cdn-cgi/l/email-protection#{code}">Write to Jo</a>'
    assert '<a href="mailto:jo@example.org">Write to Jo</a>' in read("", f"{_BEFORE}<p>{named}</p>", url=_URL).content


@pytest.mark.parametrize("code", ["", "7", "zz", "07ff", _protected("javascript:alert(1)")])
def test_what_is_no_address_of_mail_is_none(code: str) -> None:
    link = f'<a href="/cdn-cgi/l/email-protection" data-cfemail="{code}">[email protected]</a>'
    assert "mailto:" not in read("", f"{_BEFORE}<p>{link}</p>", url=_URL).content


def test_a_small_picture_of_nextgens_gallery_gives_way_to_what_it_leads_to() -> None:
    folder = "https://blog.example.org/wp-content/gallery/g"
    html = f'<a href="{folder}/one.jpg"><img src="{folder}/thumbs/thumbs_one.jpg" width="240"></a>{_BEFORE}'
    reading = read("", html, url=_URL)
    assert reading.lead_image is not None
    assert reading.lead_image.url == f"{folder}/one.jpg"


def test_a_button_to_give_money_by_never_stands_for_a_post() -> None:
    button = '<a href="https://www.buymeacoffee.com/jo"><img src="https://cdn.buymeacoffee.com/buttons/yellow.png"></a>'
    assert read("", _BEFORE + button, url=_URL).lead_image is None


def test_an_excerpt_in_a_form_that_holds_all_there_is_is_read() -> None:
    words = "A page that its software puts into one form, words and all, for reasons of its own."
    page = f'<form method="post"><p>{words}</p><p>{words} {words} {words} {words}</p></form>'
    assert read("", _BEFORE, own_excerpt=page, url=_URL).excerpt.startswith(words)
