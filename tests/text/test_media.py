"""What can't stand in a feed or a mail becomes a link that works, once, and called by its title."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.models.posts import Enclosure
from solacefeed.text.reading import read
from tests.support.generated import examples
from tests.support.steps import steps
from tests.text.text_soup import BASE, SOUP, objections, sanitise
from tests.text.text_tree import tidied

YOUTUBE = "https://www.youtube.com/watch?v=abcDEF12345"
FRAME = "https://www.youtube.com/embed/abcDEF12345?feature=oembed"
STILL = "https://i.ytimg.com/vi/abcDEF12345/hqdefault.jpg"


def linked(url: str, words: str) -> str:
    return f'<p><a href="{url}">{words}</a></p>'


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (f'<iframe src="{FRAME}" title="Homes for all"></iframe>', "Homes for all"),
        (f'<p><iframe src="{FRAME}" title="YouTube video player"></iframe></p>', "youtube.com"),
        (f'<iframe src="about:blank" data-src="{FRAME}" aria-label="Homes for all"></iframe>', "Homes for all"),
        (f'<iframe data-src-cmplz="{FRAME}" src="about:blank"></iframe>', "youtube.com"),
        (
            (
                f'<figure><div class="wp-block-embed__wrapper"><iframe src="{FRAME}"></iframe></div>'
                "<figcaption>Homes for all</figcaption></figure>"
            ),
            "Homes for all",
        ),
        (
            (
                f'<figure><div><iframe src="{FRAME}" title="Homes for all"></iframe></div>'
                "<figcaption>Homes for all</figcaption></figure>"
            ),
            "Homes for all",
        ),
        (
            f'<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\n{YOUTUBE}\n</div></figure>',
            "youtube.com",
        ),
        ("<p>https://youtu.be/abcDEF12345</p>", "youtube.com"),
        (
            (
                '<object><param name="movie" value="https://www.youtube.com/v/abcDEF12345">'
                '<embed src="https://www.youtube.com/v/abcDEF12345"></object>'
            ),
            "youtube.com",
        ),
        (f'<amp-iframe src="{FRAME}" title="Homes for all"></amp-iframe>', "Homes for all"),
        (
            (
                f'<div class="rll-youtube-player" data-src="{FRAME}" data-alt="Homes for all"></div>'
                f'<noscript><iframe src="{FRAME}"></iframe></noscript>'
            ),
            "Homes for all",
        ),
        ('<lite-youtube videoid="abcDEF12345" playlabel="Play: Homes for all"></lite-youtube>', "Homes for all"),
        ('<div class="youtube-player" data-id="abcDEF12345"></div>', "youtube.com"),
        (
            (
                '<div class="elementor-widget-video" data-settings="{&quot;youtube_url&quot;:&quot;https:\\/\\/'
                'www.youtube.com\\/watch?v=abcDEF12345&quot;}"><div class="elementor-video"></div></div>'
            ),
            "youtube.com",
        ),
        ('<a class="youtube-facade" data-id="abcDEF12345" href="#" title="Homes for all"></a>', "Homes for all"),
    ],
)
def test_however_a_film_is_embedded_it_is_one_link_to_its_page(html: str, words: str) -> None:
    assert sanitise(html, BASE) == linked(YOUTUBE, words)


@pytest.mark.parametrize(
    "html",
    [
        f'<lite-youtube videoid="abcDEF12345" title="Homes" style="background-image:url({STILL})"></lite-youtube>',
        (
            f'<div class="lyte-wrapper"><div class="lyMe" id="WYL_abcDEF12345"><div class="pL" data-src="{STILL}">'
            '<div class="tT">Homes</div></div><noscript><a href="https://youtu.be/abcDEF12345"><img src="/0.jpg"><br>'
            "Watch this on YouTube</a></noscript></div></div>"
        ),
        f'<div class="epyt-facade" data-facadesrc="{FRAME}"><img src="{STILL}" alt="Homes"><button>x</button></div>',
        (
            f'<div class="perfmatters-lazy-youtube" data-src="{FRAME}" data-id="abcDEF12345"><div><img src="{STILL}" '
            f'alt="Homes"></div></div><noscript><iframe src="{FRAME}"></iframe></noscript>'
        ),
    ],
)
def test_a_facade_is_its_still_with_its_link(html: str) -> None:
    assert sanitise(html, BASE) == f'<p><a href="{YOUTUBE}"><img alt="Homes" src="{STILL}"></a></p>'


def test_a_box_that_holds_more_than_a_facade_keeps_what_it_holds() -> None:
    words = "Councils in the north are changing how they build homes. " * 5
    assert sanitise(f'<div data-video-url="{YOUTUBE}"><p>{words}</p></div>', BASE) == (
        f"<div>{linked(YOUTUBE, 'youtube.com')}<p>{words.strip()} </p></div>"
    )


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        (
            (
                '<blockquote class="wp-embedded-content" data-secret="a"><a href="https://o.example/post/">A post</a>'
                '</blockquote><iframe class="wp-embedded-content" data-secret="a" style="left:0" title="A post" '
                'src="https://o.example/post/embed/#?secret=a"></iframe>'
            ),
            linked("https://o.example/post/", "A post"),
        ),
        (
            '<iframe class="wp-embedded-content" title="A post" src="https://o.example/post/embed/#?secret=a"></iframe>',
            linked("https://o.example/post/", "A post"),
        ),
        (
            (
                '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/Cab/?utm_source=x">'
                '<a href="https://www.instagram.com/p/Cab/?utm_source=x"><div>View this post on Instagram</div></a>'
                '<p><a href="https://www.instagram.com/p/Cab/">A post shared by Town</a></p></blockquote>'
            ),
            linked("https://www.instagram.com/p/Cab/", "A post shared by Town"),
        ),
        (
            (
                '<blockquote class="twitter-tweet"><p>Homes.</p>— Town <a href="https://x.com/t/status/1">1 May</a>'
                '</blockquote><script src="https://platform.x.com/widgets.js"></script>'
            ),
            '<blockquote><p>Homes.</p><p>— Town <a href="https://x.com/t/status/1">1 May</a></p></blockquote>',
        ),
        (
            '<blockquote class="twitter-tweet"><a href="https://twitter.com/t/status/1"></a></blockquote>',
            '<blockquote><a href="https://twitter.com/t/status/1">twitter.com</a></blockquote>',
        ),
        (
            (
                '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@t/video/7"><section>Homes</section>'
                "</blockquote>"
            ),
            '<blockquote cite="https://www.tiktok.com/@t/video/7"><div>Homes</div>'
            + linked("https://www.tiktok.com/@t/video/7", "tiktok.com")
            + "</blockquote>",
        ),
        (
            '<div class="fb-post" data-href="https://www.facebook.com/t/posts/1"></div>',
            linked("https://www.facebook.com/t/posts/1", "facebook.com"),
        ),
    ],
)
def test_what_is_quoted_from_elsewhere_leads_there_once(html: str, clean: str) -> None:
    assert sanitise(html, BASE) == clean


@pytest.mark.parametrize(
    "inner",
    [
        (
            '<object class="wp-block-file__embed" data="/m.pdf" aria-label="Embed of Minutes."></object>'
            '<a href="/m.pdf">Minutes</a><a href="/m.pdf" class="wp-block-file__button" download>Download</a>'
        ),
        '<a href="/m.pdf">Minutes</a><a href="/m.pdf" class="wp-block-file__button" download>Download</a>',
        '<object data="/m.pdf" aria-label="Embed of Minutes."></object><a href="/m.pdf">Minutes</a>',
    ],
)
def test_a_paper_with_its_preview_and_its_button_is_one_link(inner: str) -> None:
    assert sanitise(f'<div class="wp-block-file">{inner}</div>', BASE) == (
        '<div><a href="https://blog.example.org/m.pdf">Minutes</a></div>'
    )


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<audio controls src="/talk%20one.mp3"></audio>', "talk one.mp3"),
        ('<audio><source type="audio/mpeg" src="/talk%20one.mp3?_=1"><a href="/talk%20one.mp3">https://x/</a></audio>',
         "talk one.mp3"),
        ('<audio src="/talk%20one.mp3"><a href="/talk%20one.mp3">Listen</a></audio>', "Listen"),
        ('<figure class="wp-block-audio"><audio title="The talk" src="/talk%20one.mp3"></audio></figure>', "The talk"),
        ('<video><source src="/talk%20one.mp3"><source src="/b.webm"><track src="/c.vtt"></video>', "talk one.mp3"),
    ],
)  # fmt: skip
def test_a_sound_or_a_film_is_a_link_with_its_files_name(html: str, name: str) -> None:
    assert sanitise(html, BASE) == linked("https://blog.example.org/talk%20one.mp3", name)


@pytest.mark.parametrize(
    ("code", "url", "words"),
    [
        ("[audio https://m.example/1.mp3]", "https://m.example/1.mp3", "1.mp3"),
        ('[audio mp3="https://m.example/1.mp3" loop="on"][/audio]', "https://m.example/1.mp3", "1.mp3"),
        ("[audio mp3=&#8221;https://m.example/1.mp3&#8221;][/audio]", "https://m.example/1.mp3", "1.mp3"),
        ('[video width="640" mp4="https://m.example/1.mp4"][/video]', "https://m.example/1.mp4", "1.mp4"),
        ('[embed width="640"]https://youtu.be/abcDEF12345[/embed]', YOUTUBE, "youtube.com"),
        ("[youtube=https://www.youtube.com/watch?v=abcDEF12345&amp;w=320]", YOUTUBE, "youtube.com"),
        ('[pdf-embedder url="https://m.example/m.pdf"]', "https://m.example/m.pdf", "m.example"),
    ],
)
def test_a_shortcode_that_nothing_ran_leads_to_what_it_would_have_shown(code: str, url: str, words: str) -> None:
    assert read("", f"<p>Before</p><p>{code}</p>", url=BASE).content == f"<p>Before</p>\n{linked(url, words)}"
    assert read("", f"<p>a {code} b {code} c</p>", url=BASE).content == (
        f'<p>a <a href="{url}">{words}</a> b <a href="{url}">{words}</a> c</p>'
    )
    assert "<a" not in read("", f"<pre>{code}</pre>", url=BASE).content


def test_a_film_keeps_its_still_and_its_caption() -> None:
    html = '<figure><video src="/v.mp4" poster="/v.jpg"></video><figcaption>Our film</figcaption></figure>'
    assert sanitise(html, BASE) == (
        '<figure><a href="https://blog.example.org/v.mp4"><img alt="" src="https://blog.example.org/v.jpg">v.mp4</a>'
        "<figcaption>Our film</figcaption></figure>"
    )


def test_what_plays_in_a_post_belongs_to_it_once() -> None:
    html = (
        '<audio><source type="audio/mpeg" src="/1.mp3?_=1"><source src="/1.ogg"><a href="/1.mp3">1</a></audio>'
        '<audio src="/1.mp3"></audio><video src="https://m.example/film"></video><audio src="javascript:x"></audio>'
        '<div class="wp-playlist"><audio></audio><noscript><a href="/2.m4a">Two</a><a href="/x/">X</a></noscript></div>'
    )
    assert read("", html, url=BASE).enclosures == (
        Enclosure(url="https://blog.example.org/1.mp3", type="audio/mpeg"),
        Enclosure(url="https://m.example/film", type="video/mp4"),
        Enclosure(url="https://blog.example.org/2.m4a", type="audio/mp4"),
    )


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<svg role="img"><title>Homes built</title><desc>Three, then five</desc><path d="M0"/></svg>',
         "Homes built: Three, then five"),
        ('<svg aria-label="Homes built"><title>Homes built</title></svg>', "Homes built"),
        ('<svg aria-hidden="true"><title>Icon</title></svg>x', "x"),
        ('<svg viewBox="0 0 24 24"><title>Clock</title><path d="M0"/></svg>x', "x"),
        ('<svg viewBox="0 0 640 480"><title>Homes built</title></svg>', "Homes built"),
        ('<a href="#"><svg><title>Share</title></svg></a>', '<a href="https://blog.example.org/2026/11/a-post/">Share</a>'),
        ('<math alttext="a^2"><mi>a</mi></math>', "a^2"),
        ('<math><mi>x</mi><annotation encoding="application/x-tex">x_1</annotation></math>', "x_1"),
        ("<math><mi>x</mi><mo>=</mo><mn>2</mn></math>", "x = 2"),
        ('<span class="katex-mathml"><math><mi>x</mi></math></span><span class="katex-html">x</span>',
         "x"),
        ('<script type="math/tex">x_1</script>', "x_1"),
        ('<svg onload="x"><script>alert(1)</script></svg>y', "y"),
        ('<math alttext="&lt;script&gt;"></math>', "&lt;script&gt;"),
    ],
)  # fmt: skip
def test_drawings_and_formulas_leave_their_words(html: str, words: str) -> None:
    assert sanitise(f"<p>{html}</p>", BASE) == f"<p>{words}</p>"


def test_a_link_says_what_its_drawing_says_only_where_it_says_nothing_itself() -> None:
    html = '<p><a href="https://o.example/"><svg><title>Icon</title></svg> The report</a></p>'
    assert sanitise(html, BASE) == '<p><a href="https://o.example/"> The report</a></p>'


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="https://www.googletagmanager.com/ns.html?id=1"></iframe>',
        '<iframe src="https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Fb.example"></iframe>',
        '<iframe src="https://x.example/" width="1" height="1"></iframe>',
        '<noscript><img height="1" width="1" src="https://www.facebook.com/tr?id=1"></noscript>',
        '<noscript>Please enable JavaScript to view <a href="https://comments.example/">comments</a>.</noscript>',
        '<iframe src="javascript:alert(1)"></iframe>',
        "<audio></audio>",
    ],
)
def test_what_only_counts_who_looks_or_asks_for_scripts_leaves_nothing(html: str) -> None:
    assert read("", f"<p>a</p>{html}", url=BASE).content == "<p>a</p>"


# -- a link around blocks -----------------------------------------------------------------------------

LINK = '<a href="https://o.example/">'


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        (f"{LINK}<div class=card><h3>Read</h3><p>Forty <b>pages</b></p></div></a>",
         f"<div><h3>{LINK}Read</a></h3><p>{LINK}Forty <b>pages</b></a></p></div>"),
        (f"{LINK}<figure><img src=/z.jpg><figcaption>Zed</figcaption></figure></a>",
         f'<figure>{LINK}<img src="https://blog.example.org/z.jpg"></a><figcaption>Zed</figcaption></figure>'),
        (f"{LINK}loose<p>one</p>between<p>two</p> </a>",
         f"<p>{LINK}loose</a></p>\n<p>{LINK}one</a></p>\n<p>{LINK}between</a></p>\n<p>{LINK}two</a></p>"),
        (f"<p>{LINK}<ul><li>one<li>two</ul></a></p>",
         f"<div><ul><li>{LINK}one</a></li><li>{LINK}two</a></li></ul></div>"),
        (f"{LINK}<blockquote>Said</blockquote></a>", f"<blockquote>{LINK}Said</a></blockquote>"),
        (f"<em>{LINK}<p>one</p></a></em>", f"<p>{LINK}one</a></p>"),
        (f"<h2>{LINK}<div>Head</div></a></h2>", f"<h2>{LINK}Head</a></h2>"),
        (f"{LINK}<div><span><p>one</p></span></div></a>", f"<div><p>{LINK}one</a></p></div>"),
        (f"{LINK}<pre>x</pre></a>", f"<pre>{LINK}x</a></pre>"),
        (f"{LINK}<p> </p><hr></a>", "<hr>"),
        (f'{LINK}<p>one</p><p>two <a href="/x">x</a></p></a>',
         f'<p>{LINK}one</a></p>\n<p>{LINK}two </a><a href="https://blog.example.org/x">x</a></p>'),
        (f'{LINK}<p>one</p><div><a href="/x"><p>x</p></a></div></a>',
         f'<p>{LINK}one</a></p>\n<div><p><a href="https://blog.example.org/x">x</a></p></div>'),
    ],
)  # fmt: skip
def test_a_link_around_blocks_stays_a_link_in_each_of_them(html: str, clean: str) -> None:
    assert sanitise(html, BASE) == clean
    assert sanitise(clean, BASE) == clean


def test_a_link_that_was_never_closed_makes_no_link_of_all_that_follows() -> None:
    assert sanitise(f"{LINK}{'<p>one</p>' * 500}", BASE).count("<a ") < 30


# -- laws ---------------------------------------------------------------------------------------------

TOKEN = st.integers(1000, 9999).map(lambda number: f"file{number}")
_SHAPES = [
    '<img src="https://m.example/{0}.jpg">',
    '<img src="data:," data-src="https://m.example/{0}.jpg" class="lazy">',
    '<img data-lazy-srcset="https://m.example/{0}.jpg 700w" src="data:,">',
    # Beside a picture that loads late it would be the same again.
    '<hr><noscript><img src="https://m.example/{0}.jpg"></noscript><hr>',
    '<img src="/blank.gif" class="lazy"><noscript><img src="https://m.example/{0}.jpg"></noscript>',
    (
        '<picture><source srcset="https://m.example/{0}.webp" type="image/webp"></picture>'
        '<img src="https://m.example/{0}.jpg">'
    ),
    '<a href="https://o.example/"><img src="https://m.example/{0}.jpg"></a>',
    '<iframe src="https://m.example/{0}"></iframe>',
    '<iframe data-lazy-src="https://m.example/{0}" title="{0}"></iframe>',
    '<noscript><iframe src="https://m.example/{0}"></iframe></noscript>',
    '<audio src="https://m.example/{0}.mp3"></audio>',
    '<video><source src="https://m.example/{0}.mp4"></video>',
    '<object data="https://m.example/{0}.pdf"></object>',
    '<embed src="https://m.example/{0}.swf">',
    '<div class="wp-caption"><img src="https://m.example/{0}.jpg"><p class="wp-caption-text">Cap</p></div>',
    '<figure><iframe src="https://m.example/{0}"></iframe><figcaption>Cap</figcaption></figure>',
    '<a href="https://m.example/{0}"><h3>Head</h3><p>Body</p></a>',
    '<div role="img" style="background-image:url(https://m.example/{0}.jpg)"></div>',
]
_PIECE = st.one_of(
    st.builds(str.format, st.sampled_from(_SHAPES), TOKEN),
    st.sampled_from(["<p>a", "</p>", "<div>", "</div>", "<figure>", "</figure>", "<a href='https://o.example/'>",
                     "</a>", "<b>", "</b>", "<ul><li>", "</ul>", "words", "<br>", "<h2>x</h2>", "<table><tr><td>",
                     "</table>"]),
)  # fmt: skip


@settings(max_examples=examples(300))
@given(html=st.lists(_PIECE, max_size=10).map("".join))
def test_no_picture_frame_or_file_is_lost_and_none_stands_twice_in_a_row(html: str) -> None:
    clean = sanitise(html, BASE)
    assert objections(clean) == []
    assert {token for token in re.findall(r"file\d{4}", html) if token not in clean} == set()
    assert sanitise(clean, BASE) == clean


@pytest.mark.parametrize("shape", [shape for shape in _SHAPES if "img" in shape and "Cap" not in shape])
def test_a_picture_beside_itself_is_shown_once(shape: str) -> None:
    piece = shape.format("hall")
    body = tidied(f"<div>{piece}</div><div>{piece}</div>", BASE)
    shown = [image.get("src") for image in body.iter("img")]
    assert shown == ["https://m.example/hall.jpg"]


@settings(max_examples=examples(200))
@given(html=st.lists(st.one_of(_PIECE, SOUP), max_size=6).map("".join))
def test_whatever_stands_around_media_nothing_forbidden_comes_out(html: str) -> None:
    clean = sanitise(html, BASE)
    assert objections(clean) == []
    assert sanitise(clean, BASE) == clean


_POISON = {
    "frames in a link left open": '<a href="/x">' + '<iframe src="https://m.example/1"></iframe>' * 120,
    "paragraphs in a link left open": f'<a href="/{"x" * 900}">' + "<p>x" * 300,
    "facades in facades": '<div data-src="https://youtu.be/abcDEF12345">' * 100 + "<i></i>" * 300,
    "quotations in quotations": '<blockquote class="twitter-tweet">' * 100 + '<a href="https://x.com/1">x</a>' * 120,
    "objects in objects": "<object data=/x>" * 100 + "<embed src=/y>" * 120,
    "players in players": "<audio>" * 100 + "<source src=javascript:x>" * 200,
    "shortcodes": "<p>" + "[audio https://m.example/1.mp3]" * 120,
    "pictures without scripts": "".join(f"<noscript><img src=/a{n}.jpg></noscript>" for n in range(120)),
    "an attribute that goes on": f"<div data-{'src' * 3000}!=x>y</div><img data-{'src' * 3000}!=x>",
    "captions": "<a href=/x><figure>" + "<figcaption>x</figcaption>" * 200,
}


@pytest.mark.parametrize("poison", _POISON.values(), ids=_POISON.keys())
def test_media_cost_steps_in_proportion_to_their_length_and_grow_no_text(poison: str) -> None:
    taken = 0

    def work() -> None:
        nonlocal taken
        taken = len(read("", poison, url=BASE).content)

    assert steps(work) < 100 * len(poison) + 20_000
    assert taken < 40 * len(poison) + 20_000
