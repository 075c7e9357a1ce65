"""What stands for an embed until a script comes: a facade with its still, a quotation, an address, a shortcode.

Law: a facade becomes one link, with its still in it; a box that holds more than a facade keeps all that it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from solacefeed.text import embeds, pictures, tree
from solacefeed.text.characters import blank, one_line
from solacefeed.text.linking import ADDRESS, attributes, become_link, telling, titled
from solacefeed.text.tree import Element, names
from solacefeed.text.urls import absolute

#: What a facade is not, however much of one it bears.
_OTHERS: Final = names("img picture source iframe embed object audio video script noscript style body blockquote")
_YOUTUBE: Final = re.compile(r"youtube|\byt[p-]|lyte|lyMe|epyt|\byoutu", re.IGNORECASE)
_VIMEO: Final = re.compile("vimeo", re.IGNORECASE)
_ID_NAMES: Final = re.compile(r"(?:data-)?(?:(?:youtube|vimeo|yt|embed|video|vid)[-_]?)?(?:id|youtube|vimeo|video|yt)")
_YOUTUBE_ID: Final = re.compile(r"[\w-]{11}")
_VIMEO_ID: Final = re.compile(r"[0-9]{5,12}")
_LYTE_ID: Final = re.compile(r"(?:WYL|lyte|YLE)_([\w-]{11})")
_ELEMENTOR: Final = re.compile(r'"(?:youtube|vimeo|dailymotion|videopress)_url":("https?:(?:[^"\\]|\\.){1,500}")')
_ELSEWHERE: Final = {"fb-post": "data-href", "fb-video": "data-href"}

#: By these no facade is told from other elements.
_PLAIN: Final = names("href title rel target class style lang dir alt src width height")

#: Quotations that a service's script would replace, and where they keep its address.
_QUOTED: Final = {
    "instagram-media": "data-instgrm-permalink",
    "tiktok-embed": "cite",
    "twitter-tweet": "cite",
    "twitter-video": "cite",
    "wp-embedded-content": "cite",
    "imgur-embed-pub": "cite",
    "bluesky-embed": "cite",
    "mastodon-embed": "data-embed-url",
    "reddit-embed-bq": "cite",
    "text-post-media": "data-text-post-permalink",
}
#: Those of which the words are the service's own.
_WORDLESS: Final = names("instagram-media wp-embedded-content text-post-media")
#: A facade says a title, and how to play it.
_MOST_WORDS: Final = 200
_MOST_PARTS: Final = 60
_BARE: Final = re.compile(r"https?://\S{4,2000}")
#: Boxes with a picture behind their text.
_BEHIND: Final = names(
    "wp-block-cover wp-block-cover-image wp-block-cover__image-background wp-block-media-text__media"
)
_IN_STYLE: Final = re.compile(r"background(?:-image)?\s*:[^;]{0,100}?url\(\s*['\"]?([^'\")]{1,2000})")


#: Shortcodes that show what their address leads to, and what plays it.
_SHORTCODE: Final = re.compile(
    r"\[(audio|video|embed|iframe|youtube|vimeo|soundcloud|spotify|dailymotion|ted|tweet|instagram|facebook|tiktok"
    r"|googlemaps|pdf|pdf-embedder|pdfviewer|gview|embeddoc)\b([^\[\]]{0,1000})\](?:([^\[\]]{0,1000})\[/\1\])?"
)
#: No post plays more; an element costs a kilobyte, and none of these was counted when the post was parsed.
_MOST_RUN: Final = 1000
_TOLD: Final = re.compile(r"https?://[^\s\"'“”‘’″′<>\[\]]{1,1000}")
_VERBATIM: Final = names("pre code kbd samp")


def run_shortcodes(body: Element) -> None:
    """Makes players and frames of the first shortcodes of media that nothing ran, as an export has them."""
    if "[" not in tree.whole(body):
        return
    left = _MOST_RUN
    for element in list(body.iter("*")):
        if element.tag in _VERBATIM:
            continue
        for child in list(element):
            child.tail, made = _parted(child.tail, left)
            left -= len(made)
            for each in reversed(made):
                child.addnext(each)
        element.text, made = _parted(element.text, left)
        left -= len(made)
        element[:0] = made


def _parted(text: str | None, most: int) -> tuple[str | None, list[Element]]:
    """*text* before its first shortcode, and an element for each of *most* with the text behind it."""
    made: list[Element] = []
    before, at = text, 0
    for code in _SHORTCODE.finditer(text or ""):
        if len(made) == most:
            break
        address = _TOLD.search(code[0])
        if address is None:
            continue
        element = tree.new(code[1] if code[1] in ("audio", "video") else "iframe")
        element.set("src", address[0])
        between = code.string[at : code.start()]
        if made:
            made[-1].tail = between
        else:
            before = between
        made.append(element)
        at = code.end()
    if made:
        made[-1].tail = (text or "")[at:]
    return before, made


def settle_facades(body: Element, base: str) -> None:
    """Makes links of whatever stands for an embed in *body*."""
    _settle_quotations(body, base)
    for element in list(tree.every(body)):
        if tree.marked(element) or element.tag in _OTHERS:
            continue
        page = _page_behind(element, base) if element.attrib else None
        if page:
            _link(element, page, base)
        elif _is_bare(element):
            _link_bare(element, base)
        elif element.attrib:
            _show_background(element, base)
    tree.sweep(body)


# -- facades ----------------------------------------------------------------------------------------


def _page_behind(element: Element, base: str) -> str | None:
    """The page of the embed that *element* stands for."""
    told = attributes(element)
    if told.keys() <= _PLAIN and "-" not in str(element.tag):
        return None
    if element.tag == "a" and (leads := absolute(told.get("href"), base)) and leads.partition("#")[0] != base:
        return None
    return next(
        filter(
            None,
            (*_by_address(told, base, own="-" in str(element.tag)), _by_id(str(element.tag), told), _by_settings(told)),
        ),
        None,
    )


def _by_address(told: dict[str, str], base: str, *, own: bool) -> Iterator[str | None]:
    """*own*: of an element that a plugin made up, and calls its address as HTML does."""
    for name in told:
        if (ADDRESS.fullmatch(name) or (own and name == "src")) and (
            "://" in told[name] or told[name].startswith("//")
        ):
            yield embeds.known_page(absolute(told[name], base) or "")
    for name in set(told.get("class", "").split()) & _ELSEWHERE.keys():
        yield absolute(told.get(_ELSEWHERE[name]), base)


def _by_id(tag: str, told: dict[str, str]) -> str | None:
    about = f"{tag} {told.get('class', '')} {' '.join(told)}"
    if lyte := _LYTE_ID.fullmatch(told.get("id", "")):
        return embeds.youtube(lyte[1], {})
    ids = [told[name] for name in told if name not in ("id", "class") and _ID_NAMES.fullmatch(name)]
    if tag in ("lite-youtube", "lite-vimeo"):
        ids = [told[name] for name in told if _ID_NAMES.fullmatch(name)]
    query = embeds.queried(f"{told.get('params', '')}&{told.get('data-query', '')}")
    if _YOUTUBE.search(about):
        return next((embeds.youtube(each, query) for each in ids if _YOUTUBE_ID.fullmatch(each)), None)
    if _VIMEO.search(about):
        return next((f"https://vimeo.com/{each}" for each in ids if _VIMEO_ID.fullmatch(each)), None)
    return None


def _by_settings(told: dict[str, str]) -> str | None:
    """Elementor writes its whole widget into one attribute."""
    found = _ELEMENTOR.search(told.get("data-settings", ""))
    try:
        return embeds.known_page(json.loads(found[1])) if found else None
    except ValueError:
        return None


def _link(element: Element, page: str, base: str) -> None:
    """*element* becomes a link, unless it holds a text: then the link stands at its beginning."""
    if _is_facade_alone(element):
        title = titled(element) or _title_within(element)
        become_link(element, page, title=title, picture=_still(element, base))
        return
    link = tree.new("span")
    element.insert(0, link)
    link.tail, element.text = element.text, None
    become_link(link, page, title=titled(element))


def _is_facade_alone(element: Element) -> bool:
    if len(list(islice(element.iter("*"), _MOST_PARTS))) == _MOST_PARTS:
        return False
    length = 0
    for text in element.itertext():
        length += len(text.strip())
        if length > _MOST_WORDS:
            return False
    return True


def _title_within(element: Element) -> str:
    """The title that the facade shows, or the one that its still is called by."""
    for part in element.iter("*"):
        if set(part.get("class", "").split()) & {"tT", "title", "video-title", "ytp-title"} and (
            words := tree.text(part)
        ):
            return telling(words)
    return next((title for part in element.iter("img", "iframe") if (title := titled(part))), "")


def _still(element: Element, base: str) -> str | None:
    """The picture that the facade shows."""
    for part in element.iter("*"):
        told = attributes(part)
        if part.tag == "img" and (found := pictures.chosen(told, base)) and not pictures.is_placeholder(found.url):
            return found.url
        shown = (told[name] for name in told if name.startswith("data-") or name == "poster")
        styled = _IN_STYLE.search(told.get("style", ""))
        for value in (*shown, styled[1] if styled else ""):
            if value and "/" in value and (url := absolute(value, base)) and pictures.is_picture(url):
                return url
    return None


# -- quotations -------------------------------------------------------------------------------------


def _settle_quotations(body: Element, base: str) -> None:
    """A quotation leads to what it quotes; what only says whose it is becomes that link."""
    quoted = set[str]()
    for quote in list(body.iter("blockquote")):
        classes = set(quote.get("class", "").split())
        kind = next((name for name in _QUOTED if name in classes), None)
        if kind is not None and next(quote.iterancestors("blockquote"), None) is None:
            quoted.add(quote.get("data-secret", kind))
            _settle_quotation(quote, kind, base)
    for frame in body.iter("iframe"):
        if "wp-embedded-content" in frame.get("class", "").split():
            _settle_posts_frame(frame, quoted)
    tree.sweep(body)


def _settle_quotation(quote: Element, kind: str, base: str) -> None:
    links = [(link, leads) for link in quote.iter("a") if (leads := absolute(link.get("href"), base))]
    address = absolute(quote.get(_QUOTED[kind]), base) or (links[-1][1] if links else None)
    if address is None:
        return
    address = embeds.page(address)
    if kind in _WORDLESS:
        become_link(quote, address, title=tree.text(links[-1][0]) if links else "")
    elif not any(_leads(link, leads, address) for link, leads in links):
        _lead_at_end(quote, address)


def _leads(link: Element, leads: str, address: str) -> bool:
    """Whether it is a link to *address*, whoever else it tells where it stood; one without words gets some."""
    if leads.partition("?")[0] != address.partition("?")[0]:
        return False
    if blank(tree.text(link)) and link.find(".//img") is None:
        become_link(link, leads)
    return True


def _lead_at_end(quote: Element, address: str) -> None:
    paragraph, link = tree.new("p"), tree.new("span")
    paragraph.append(link)
    quote.append(paragraph)
    become_link(link, address)


def _settle_posts_frame(frame: Element, quoted: set[str]) -> None:
    """WordPress shows a post of another blog in a frame, beside the link that stands there until it is loaded."""
    if frame.get("data-secret", "wp-embedded-content") in quoted:
        tree.drop(frame)
    elif "src" in frame.attrib:
        address, _, _ = frame.get("src", "").partition("#?secret=")
        frame.set("src", re.sub(r"embed/?\Z", "", address))


# -- addresses alone --------------------------------------------------------------------------------


def _is_bare(element: Element) -> bool:
    return (
        element.tag in ("p", "div", "figure")
        and len(element) == 0
        and bool(_BARE.fullmatch((element.text or "").strip()))
    )


def _link_bare(element: Element, base: str) -> None:
    """An address alone in its paragraph was meant to become what it leads to; what no service knows stays as it is."""
    address = absolute(element.text, base)
    in_embed = "wp-block-embed__wrapper" in element.get("class", "")
    page = embeds.known_page(address or "") or (address if in_embed else None)
    if page:
        link = tree.new("span")
        element.text = None
        element.append(link)
        become_link(link, page)


# -- pictures behind --------------------------------------------------------------------------------


def _show_background(element: Element, base: str) -> None:
    """A picture that only a style shows, and that is said to be one, or to stand behind a text."""
    if "class" not in element.attrib and "role" not in element.attrib:
        return
    told = attributes(element)
    if told.get("role") != "img" and set(told.get("class", "").split()).isdisjoint(_BEHIND):
        return
    styled = _IN_STYLE.search(told.get("style", ""))
    late = next((told[name] for name in told if re.fullmatch(r"data-(?:[a-z]+-)?(?:bg|background)[a-z-]*", name)), "")
    address = absolute(styled[1] if styled else late, base)
    if address is None or element.find(".//img") is not None:
        return
    image = tree.new("img")
    image.set("src", address)
    image.set("alt", one_line(told.get("aria-label", "")))
    image.tail, element.text = element.text, None
    element.insert(0, image)
