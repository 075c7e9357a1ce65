"""What a reader gets of a post's HTML: all that says something, nothing that does something."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.support.generated import examples
from tests.support.steps import patience, steps
from tests.text.text_soup import BASE, SOUP, objections, sanitise
from tests.text.text_vectors import VECTORS


def test_there_are_at_least_two_hundred_different_vectors() -> None:
    assert len(set(VECTORS)) >= 200


@pytest.mark.parametrize("vector", VECTORS)
def test_no_vector_brings_anything_that_acts_to_a_reader(vector: str) -> None:
    for html in (vector, f"<p>before {vector} after</p>", f'<div title="{vector}', f"<table><tr><td>{vector}"):
        clean = sanitise(html, BASE)
        assert objections(clean) == []
        assert sanitise(clean, BASE) == clean


@settings(max_examples=examples(300))
@given(html=SOUP)
def test_whatever_comes_in_only_allowed_elements_attributes_and_schemes_go_out(html: str) -> None:
    assert objections(sanitise(html, BASE)) == []


@settings(max_examples=examples(300))
@given(html=SOUP)
def test_sanitising_what_was_sanitised_changes_nothing(html: str) -> None:
    once = sanitise(html, BASE)
    assert sanitise(once, BASE) == once


@settings(max_examples=examples(100))
@given(html=SOUP)
def test_what_was_sanitised_can_stand_in_any_xml(html: str) -> None:
    element = etree.Element("content")
    element.text = sanitise(html, BASE)
    assert etree.fromstring(etree.tostring(element)).text == (element.text or None)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Plain, <em>set</em> <strong>apart</strong>, H<sub>2</sub>O, x<sup>2</sup>, <code>x</code>.</p>",
        "<h2>Two</h2>\n<h3>Three</h3>\n<h6>Six</h6>",
        "<ul><li>one</li><li>two<ol><li>deeper</li></ol></li></ul>",
        '<ol reversed="" start="3" type="a"><li value="7">seven</li></ol>',
        "<dl><dt>Term</dt><dd>Meaning</dd></dl>",
        "<blockquote><p>Said</p></blockquote>",
        "<pre><code>if a &lt; b &amp;&amp; c:\n    go()</code></pre>",
        '<table><caption>Cuts</caption><tbody><tr><th scope="row">a</th><td colspan="2">b</td></tr></tbody></table>',
        '<figure><img alt="A" height="2" src="https://a.example/" width="3"><figcaption>Hall</figcaption></figure>',
        '<p><a href="https://example.org/?a=1&amp;b=2" title="There">there</a></p>',
        '<p><a href="mailto:a@example.org">mail</a> <a href="tel:+441234">call</a></p>',
        '<p><abbr title="Local Government Association">LGA</abbr> <time datetime="2012-05-17">17 May</time></p>',
        '<p lang="gd">Gàidhlig, <span lang="cy">Llŷr</span>, <bdi dir="rtl">עברית</bdi></p>',
        "<p><del>old</del> <ins>new</ins> <mark>here</mark> <q>said</q> <kbd>Ctrl</kbd></p>",
        "<details><summary>More</summary><p>Text</p></details>",
        "<p>One line<br>and another</p>\n<hr>\n<p>👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿 é</p>",
    ],
)
def test_what_a_reader_needs_stays_as_it_is(html: str) -> None:
    assert sanitise(html, BASE) == html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<h1>Title</h1>", "<h2>Title</h2>"),
        ("<p><b>bold</p><p>next", "<p><b>bold</b></p>\n<p>next</p>"),
        ("loose <i>text</i>\n\nin two", "<p>loose <i>text</i></p>\n<p>in two</p>"),
        ("one<br><br>two", "<p>one</p>\n<p>two</p>"),
        ("<p>a</p><p>&nbsp;</p><p></p><div><span></span></div>", "<p>a</p>"),
        ("<p>a<script>b</script><style>c</style>d</p>", "<p>ad</p>"),
        ("<form><p>Password <input></p></form><p>a</p>", "<p>a</p>"),
        ('<p hidden>a</p><p style="color: red; display : NONE">b</p><p style="color:red">c</p>', "<p>c</p>"),
        ("<p>a</body></html>b</p>", "<p>ab</p>"),
        ("<ul>text<li>one</ul>", "<div><p>text</p><div>one</div></div>"),
        ("<table>text<tr><td>cell</table>", "<div><p>text</p><div><div>cell</div></div></div>"),
        ("<td>stray</td>", "<div>stray</div>"),
        ("<p>a<embed src=javascript:x>b</p>", "<p>ab</p>"),
        ("<font color=red>old</font> <center>way</center>", "<p>old </p>\n<div>way</div>"),
        ("<pre>a ]]> b</pre>", "<pre>a ]]&gt; b</pre>"),
        ("<p>5 < 6 & 7 &notanentity;</p>", "<p>5 &lt; 6 &amp; 7 ¬anentity;</p>"),
        ("<p>a\x00\x07b\x0bc\x1f d\ud800\ufffe&#x202e;e</p>", "<p>abc  de</p>".replace("bc", "b c")),
        ('<p class="x" id="y" data-z="1" style="color:red">a</p>', "<p>a</p>"),
        ('<a name="here">anchor</a>', "<p>anchor</p>"),
        ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    ],
)
def test_what_is_broken_or_unwanted_becomes_something_plain(html: str, clean: str) -> None:
    assert sanitise(html, BASE) == clean


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("/about/", "https://blog.example.org/about/"),
        ("../other/", "https://blog.example.org/2026/11/other/"),
        ("//cdn.example.org/x", "https://cdn.example.org/x"),
        ("#note-1", "https://blog.example.org/2026/11/a-post/#note-1"),
        ("?p=3", "https://blog.example.org/2026/11/a-post/?p=3"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("HTTPS://example.org", "HTTPS://example.org"),
        (" https://example.org/\n", "https://example.org/"),
    ],
)
def test_every_link_and_picture_is_absolute(url: str, absolute: str) -> None:
    assert sanitise(f'<a href="{url}">x</a>', BASE) == f'<p><a href="{absolute}">x</a></p>'
    assert sanitise(f'<img src="{url}">', BASE) == f'<p><img src="{absolute}"></p>'


def test_a_link_without_a_good_address_leaves_its_words() -> None:
    assert sanitise('<p>See <a href="http://[bad">this</a>.</p>', BASE) == "<p>See this.</p>"


@pytest.mark.parametrize(
    ("attributes", "src"),
    [
        ('src="data:image/gif;base64,R0=" data-src="/true.png"', "true.png"),
        ('src="/placeholder.png" data-lazy-src="/true.png"', "true.png"),
        ('data-original="/true.png"', "true.png"),
        ('srcset="/small.png 300w, /true.png 1200w, /middle.png 800w"', "true.png"),
        ('srcset="/one.png, /true.png 2x"', "true.png"),
        ('srcset="/true,1.png 2x,/one.png 1x"', "true,1.png"),
        ('data-srcset="/true.png 1x"', "true.png"),
        ('src="/small.png" srcset="/true.png 2x"', "true.png"),
    ],
)
def test_a_picture_that_loads_late_has_the_address_it_is_meant_to_have(attributes: str, src: str) -> None:
    assert sanitise(f"<img {attributes}>", BASE) == f'<p><img src="https://blog.example.org/{src}"></p>'


@pytest.mark.parametrize(
    "image", ['<img src="data:image/gif;base64,R0=">', '<img alt="x">', '<img src="mailto:a@b.example">']
)
def test_a_picture_without_a_web_address_goes(image: str) -> None:
    assert sanitise(f"<p>a{image}</p>", BASE) == "<p>a</p>"


@pytest.mark.parametrize(
    ("embed", "link"),
    [
        (
            '<iframe src="//www.video.example/embed/1" title="A talk"></iframe>',
            '<a href="https://www.video.example/embed/1">A talk</a>',
        ),
        (
            '<iframe src="https://www.video.example/1"></iframe>',
            '<a href="https://www.video.example/1">video.example</a>',
        ),
        ('<iframe data-src="https://maps.example/1"></iframe>', '<a href="https://maps.example/1">maps.example</a>'),
        (
            '<object data="/film.swf"><param name="x"></object>',
            '<a href="https://blog.example.org/film.swf">blog.example.org</a>',
        ),
        (
            '<video><source src="/a.mp4"><source src="/b.webm"></video>',
            '<a href="https://blog.example.org/a.mp4">a.mp4</a>',
        ),
        (
            '<audio src="/a.mp3"><a href="/a.mp3">Listen</a></audio>',
            '<a href="https://blog.example.org/a.mp3">Listen</a>',
        ),
    ],
)
def test_an_embed_becomes_a_link_to_what_it_shows(embed: str, link: str) -> None:
    assert sanitise(embed, BASE) == f"<p>{link}</p>"


def test_an_embed_of_a_script_leaves_nothing() -> None:
    assert (
        sanitise('<p>a</p><iframe src="javascript:alert(1)"></iframe><iframe srcdoc="x"></iframe>', BASE) == "<p>a</p>"
    )


_POISON = {
    "deep boxes": "<div>" * 100_000,
    "deep formatting": "<b>" * 160_000,
    "formatting left open": "<p>" + "".join(f"<b id={n}>" for n in range(200)) + "<figure>x</figure>" * 28_000,
    "one tag, many attributes": "<p " + " ".join(f"a{n}=1" for n in range(60_000)) + ">x</p>",
    "nothing but <": "<" * 500_000,
    "nothing but [": "[a " * 160_000,
    "comments left open": "<!--" * 125_000,
    "scripts": "<script>" * 60_000,
    "lines": "a<br><br>" * 50_000,
    "tables in tables": "<table><tr><td>" * 30_000,
    "letters between tags": "a<b>x</b>" * 55_000,
    "an endless srcset": '<img srcset="' + "a 1w," * 100_000 + '">',
}


@pytest.mark.parametrize("poison", _POISON.values(), ids=_POISON.keys())
def test_poison_costs_steps_in_proportion_to_its_length(poison: str) -> None:
    part = poison[: len(poison) // 16]
    assert steps(lambda: sanitise(part, BASE)) < 50 * len(part)


@pytest.mark.parametrize("poison", _POISON.values(), ids=_POISON.keys())
def test_half_a_megabyte_of_poison_does_no_harm(poison: str) -> None:
    with patience():
        assert objections(sanitise(poison, BASE)) == []


def test_the_words_of_a_post_nested_too_deep_are_kept() -> None:
    assert (
        sanitise("<div>" * 10_000 + "<p>deep</p>" + "</div>" * 10_000 + "<p>end</p>", BASE) == "<p>deep</p>\n<p>end</p>"
    )
