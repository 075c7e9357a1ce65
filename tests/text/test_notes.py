"""Notes stand at the end of an entry, hide nothing, and leave no marks in excerpts."""

from __future__ import annotations

import pytest

from solacefeed.models.posts import Byline
from solacefeed.text.clean import plain
from solacefeed.text.reading import read
from tests.text.furniture import URL

_SIGNED = "<p><strong>Jo Bloggs</strong><br>Chief Executive, Anytown Council</p>"
_BLURB = (
    "<p>The Chief Officers’ Summit will be held in Harrogate on 16-18 March 2027. "
    '<a href="https://events.example.org/summit">How to book</a>.</p>'
)

#: How a mark and its note are written by editors, plugins and word processors.
NOTED = {
    "the block": (
        '<sup data-fn="a1" class="fn"><a href="#a1" id="a1-link">1</a></sup>',
        '<ol class="wp-block-footnotes"><li id="a1">One source. <a href="#a1-link" aria-label="Back">↩︎</a></li></ol>',
    ),
    "easy footnotes": (
        "<span id='easy-footnote-1-9' class='easy-footnote-margin-adjust'></span><span class='easy-footnote'>"
        "<a href='#easy-footnote-bottom-1-9' title='One source.'><sup>1</sup></a></span>",
        '<div class="easy-footnote-title"><h4>Notes</h4></div><ol class="easy-footnotes-wrapper"><li class="easy-footnote-single">'
        '<span id="easy-footnote-bottom-1-9"></span>One source.<a class="easy-footnote-to-top" href="#easy-footnote-1-9"></a></li></ol>',
    ),
    "modern footnotes": (
        '<sup class="modern-footnotes-footnote" data-mfn="1"><a href="javascript:void(0)" role="button">1</a></sup>'
        '<span role="tooltip" class="modern-footnotes-footnote__note" data-mfn="1">One source.</span>',
        "",
    ),
    "a plugin's table": (
        '<span class="footnote_referrer"><a href="#f1" id="r1"><sup class="footnote_plugin_tooltip_text">[1]</sup></a>'
        '<span class="footnote_tooltip">One source.</span></span>',
        '<div class="footnotes_reference_container"><h3>References</h3><table><tbody><tr><th id="f1"><a href="#r1">↑1</a></th>'
        "<td>One source.</td></tr></tbody></table></div>",
    ),
    "Word": (
        '<a href="#_ftn1" name="_ftnref1">[1]</a>',
        '<hr><p><a href="#_ftnref1" name="_ftn1">[1]</a> One source.</p>',
    ),
    "Word's spans": (
        '<a href="#_edn1" name="_ednref1"><span><span>[i]</span></span></a>',
        '<div id="edn1"><p><a href="#_ednref1" name="_edn1"><span>[i]</span></a> One source.</p></div>',
    ),
    "Markdown": (
        '<sup id="fnref:1"><a href="#fn:1" rel="footnote">1</a></sup>',
        '<div class="footnotes"><hr><ol><li id="fn:1"><p>One source. <a href="#fnref:1" rev="footnote">↩</a></p></li></ol></div>',
    ),
    "a list of nobody's": (
        '<sup><a href="#x1">[1]</a></sup>',
        '<h3>Endnotes</h3><ol><li id="x1">One source.</li></ol>',
    ),
    "by role": (
        '<a href="#x1" role="doc-noteref">*</a>',
        '<section role="doc-endnotes"><p id="x1">One source.</p></section>',
    ),
    "typed": (" [1]", "<p>[1] One source.</p>"),
    "in brackets": ("[efn_note]One source.[/efn_note]", ""),
    "in other brackets": ("[mfn]One source.[/mfn]", "<p>[footnotes]</p>"),
}


@pytest.mark.parametrize(("mark", "notes"), NOTED.values(), ids=NOTED)
def test_notes_stand_at_the_end_and_hide_nothing(mark: str, notes: str) -> None:
    told = f"<p>Councils change how they build homes{mark}, and the first results are in.</p><p>More on money.</p>"
    for html in (
        f"{told}{_SIGNED}{_BLURB}{notes}",
        f"{told}{_SIGNED}{notes}{_BLURB}",
        f"{told}{notes}{_SIGNED}{_BLURB}",
    ):
        reading = read("", html, url=URL)
        assert reading.byline == Byline(name="Jo Bloggs", role="Chief Executive, Anytown Council")
        assert len(reading.blurbs) == 1
        assert reading.excerpt == "Councils change how they build homes, and the first results are in. More on money."
        assert "One source." in reading.content.split("Anytown Council</p>")[1]
        assert plain(reading.content).count("One source.") == 1
        again = read("", reading.content, url=URL)
        assert again.content == reading.content
        if "↩" in notes or "_ftn" in notes:
            assert (again.excerpt, again.byline) == (reading.excerpt, reading.byline)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Water is H<sub>2</sub>O, and a field has 40 m<sup>2</sup>.</p>",
        "<p>The 1<sup>st</sup> of May is a day to rest.</p>",
        "<p>One said [1] and another [2], which is how they vote.</p>",
        '<p>As in <a href="#part">the second part</a> we said it all.</p>',
        "<ol><li>First we ask.</li><li>Then we answer.</li></ol>",
    ],
)
def test_what_is_no_mark_stays_in_excerpts(html: str) -> None:
    words = read("", html, url=URL).excerpt
    assert words in (read("", html.replace("<ol>", "<ul>").replace("</ol>", "</ul>"), url=URL).excerpt, words)
    for piece in ("H2O", "40 m2", "1st", "[1]", "[2]", "the second part", "First we ask."):
        if piece in html.replace("<sub>", "").replace("</sub>", "").replace("<sup>", "").replace("</sup>", ""):
            assert piece in words


def test_contents_with_numbers_are_no_notes() -> None:
    html = '<p>Parts: <a href="#p1">1</a> <a href="#p2">2</a></p><h2 id="p1">One</h2><p>A.</p><h2 id="p2">Two</h2><p>B.</p>'
    assert read("", html, url=URL).content.endswith("<h2>One</h2>\n<p>A.</p>\n<h2>Two</h2>\n<p>B.</p>")
