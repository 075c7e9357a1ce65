"""Shortcodes that nothing ran: those of plugins and page builders go, what they stand around stays.

Law: what an author set in brackets stays: a shortcode has attributes or an end, or is known by its name.
"""

from __future__ import annotations

import re

from solacefeed.text import boxes, tree
from solacefeed.text.tree import Element, names

_QUOTE = '"“”„″'
# Each run and each quoted value is bounded: of many beginnings without an end none looks far.
_CODE = re.compile(
    rf"(\[?)\[(/?)([A-Za-z][\w-]{{0,40}})((?:\s[^\[\]{_QUOTE}]{{0,300}}+(?:[{_QUOTE}][^{_QUOTE}]{{0,1000}}+[{_QUOTE}]"
    rf"[^\[\]{_QUOTE}]{{0,300}}+){{0,60}}+)?)\](\]?)"
)
_ATTRIBUTE = re.compile(r"\s[A-Za-z][\w-]*=\S")
_KNOWN = names(
    "gallery caption wp_caption embed playlist contact-form contact-form-7 sharing toc nggallery ez-toc lwptoc "
    "table-of-contents simpletoc rt_reading_time reading_time addtoany yarpp jetpack-related-posts related_posts "
    "crp related-posts author_box simple-author-box printfriendly print-me mc4wp_form newsletter_form "
    "newsletter_signup gravityform gravityforms wpforms ninja_form ninja_forms caldera_form formidable fluentform "
    "forminator_form jetpack_subscription_form subscribe2 powerpress ratings post-views kkstarratings "
    "yasr_overall_rating social_share social-share sgmb adrotate ad_inserter adinserter the_ad sg_popup "
    "popup_trigger footnotes efn_reference wpdiscuz_comments breadcrumb wpseo_breadcrumb contentblock do_widget "
    "feedzy-rss nextpage spacer clear divider"
)
_FORMS = names(
    "contact-form contact-form-7 mc4wp_form newsletter_form newsletter_signup gravityform gravityforms wpforms "
    "ninja_form ninja_forms caldera_form formidable fluentform forminator_form jetpack_subscription_form "
    "subscribe2"
)
_BUILDERS = re.compile(
    r"(?:vc|su|et_pb|fusion|elementor|fl|av|tve|kc|siteorigin|cs|mk|nectar|us|dt|stm|qode|mkdf|eltd|edgtf|tatsu|oxygen"
    r"|ct|x"
    r"|ux|gdlr|wdo|bt_bb|thrive|cmsmasters|themify|bsf|ult|ultimate|porto|wpb|rev|vcex|woodmart|brizy|kadence|uagb"
    r"|spb)[_-]\w",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"\[(vc_raw_html|vc_raw_js|fusion_code)\b[^\[\]]{0,1000}\][\sA-Za-z0-9+/=%]*+\[/\1\]")
_VERBATIM = ("pre", "code", "kbd", "samp")

_CAPTION = re.compile(r"\[(caption|wp_caption)\b[^\[\]]{0,1000}\]([^\[]{0,5000})\[/\1\]")
#: What plugins of notes call a note within its sentence; ``notes`` gathers what bears this name.
NOTE = "solacefeed-note"
_NOTE = re.compile(
    r"\[(efn_note|mfn|modern_footnote|footnote|fn|ref|note)(?:\s[^\[\]]{0,300})?\]([^\[]{1,2000})\[/\1\]"
)


def as_html(html: str) -> str:
    """*html* with captions and notes in brackets as what they mean."""
    if "[/" not in html:
        return html
    html = _ENCODED.sub("", html)
    html = _CAPTION.sub(lambda code: f"<figure>{code[2]}</figure>" if "<img" in code[2] else code[0], html)
    return _NOTE.sub(rf'<span class="{NOTE}">\2</span>', html)


def remove(body: Element) -> None:
    """Removes the shortcodes in *body*, and what is left of forms."""
    if "[" not in tree.whole(body):
        return
    texts = [str(text) for text in body.itertext() if "[" in text]
    _drop_forms(body)
    closed = {code[3] for text in texts for code in _CODE.finditer(text) if code[2]}
    for element in body.iter("*"):
        if element.tag not in _VERBATIM:
            element.text = _without(element.text, closed)
            for child in element:
                child.tail = _without(child.tail, closed)


def _drop_forms(body: Element) -> None:
    for paragraph in body.iter("p", "div"):
        code = _CODE.fullmatch((paragraph.text or "").strip()) if not len(paragraph) else None
        if code and code[3] in _FORMS:
            boxes.drop_with_label(paragraph, "forms")
    tree.sweep(body)


def _without(text: str | None, closed: set[str]) -> str | None:
    if not text or "[" not in text:
        return text

    def kept(code: re.Match[str]) -> str:
        if code[1] and code[5]:
            return code[0][1:-1]
        # A builder's element is a box of its own: what it parted stays apart.
        gone = "\n\n" if _BUILDERS.match(code[3]) else ""
        leftover = gone or code[2] or code[3] in closed or code[3] in _KNOWN or _ATTRIBUTE.search(code[4])
        return f"{code[1]}{gone}{code[5]}" if leftover else code[0]

    return _CODE.sub(kept, text)
