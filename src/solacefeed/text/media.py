"""Pictures and embeds: the picture that was meant, and a link for what can't stand in a feed or a mail.

Law: no address is made up but those by which ``embeds`` knows a service's pages; what had an address on the web is
shown or linked, but for what only counts who looks; and nothing stands there twice in a row.

``settle`` works on a body that still has its classes and attributes. What it makes bears the mark ``_MADE`` until the
allow-list takes it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final

from solacefeed.addresses import parsed
from solacefeed.models.posts import Enclosure, Image
from solacefeed.text import embeds, pictures, tree
from solacefeed.text.alternatives import settle_alternatives
from solacefeed.text.characters import blank, one_line
from solacefeed.text.covered import settle_covered
from solacefeed.text.enclosures import each_once, enclosure, plays, unmarked
from solacefeed.text.facades import settle_facades
from solacefeed.text.galleries import settle_galleries
from solacefeed.text.linking import ADDRESS, MADE, attributes, become_link, figure_caption, file_name, titled
from solacefeed.text.pictures import PictureFile, pixels
from solacefeed.text.tree import Element
from solacefeed.text.urls import absolute

_FRAMES: Final = ("iframe", "embed", "object")
_PLAYERS: Final = ("audio", "video")
#: What Google's AMP calls them.
_BY_AMP: Final = {f"amp-{tag}": tag for tag in ("img", "iframe", "audio", "video")}

#: Frames that show a button or count who looks.
_NO_CONTENT: Final = re.compile(
    r"(?:googletagmanager\.com/|(?:[\w-]+\.)*doubleclick\.net/|google\.com/recaptcha/|recaptcha\.net/"
    r"|facebook\.com/(?:v[0-9.]{1,6}/)?(?:plugins/(?:like|share_button|follow|likebox)|tr\b)"
    r"|platform\.(?:twitter|x)\.com/widgets/|widgets\.wp\.com/|jetpack\.wordpress\.com/jetpack-comment"
    r"|disqus\.com/embed/comments).*",
    re.DOTALL,
)
#: A frame or a player holds few, however many stand in one another.
_MOST_PARTS: Final = 12
#: Each in a few types, for a few widths.
_MOST_SOURCES: Final = 24
_FEW_WORDS: Final = 80
_ASKS_FOR_SCRIPTS: Final = re.compile(r"script|enable|activ|cookie|comments powered|disqus", re.IGNORECASE)
_SPECK: Final = re.compile(r"\s*[01](?:px)?\s*")


def settle(body: Element, base: str) -> None:
    """Makes pictures and links of whatever *body* shows beside its text."""
    for element in body.iter(*_BY_AMP):
        element.tag = _BY_AMP[element.tag]
    settle_alternatives(body)
    settle_galleries(body)
    settle_covered(body, base)
    settle_facades(body, base)
    for frame in list(body.iter(*_FRAMES)):
        _link_to_frame(frame, base)
    for player in list(body.iter(*_PLAYERS)):
        _link_to_file(player, base)
    _settle_noscripts(body, base)
    tree.sweep(body)
    sources = cache(_sources)
    for image in body.iter("img"):
        parent = image.getparent()
        in_picture = parent is not None and parent.tag == "picture"
        _settle_image(image, base, sources(parent) if in_picture else [])
    tree.sweep(body)
    _drop_repeated_links(body, base)
    _drop_repeated_pictures(body)
    _settle_boxes(body)


# -- frames and players -----------------------------------------------------------------------------


def _link_to_frame(frame: Element, base: str) -> None:
    """What already holds a link for those who can't see it keeps that; every other frame becomes one."""
    if tree.marked(frame):
        return
    addresses = list(_frame_addresses(frame, base))
    own = frame.find(".//a[@href]")
    if own is not None and absolute(own.get("href"), base):
        tree.unwrap(frame)
    elif not addresses or _is_no_content(frame, addresses):
        tree.drop(frame)
    else:
        known = (page for address in addresses if (page := embeds.known_page(address)))
        become_link(frame, next(known, addresses[0]))


def _frame_addresses(frame: Element, base: str) -> Iterator[str]:
    """Where the frame, or what stands in it, leads; first what scripts would load late."""
    for element in islice(frame.iter("*"), _MOST_PARTS):
        told = attributes(element)
        late = [told[name] for name in told if ADDRESS.fullmatch(name)]
        own = [told.get("src"), told.get("data"), told.get("value") if element.tag == "param" else None]
        for value in (*late, *own):
            if value and ("/" in value or "." in value) and (address := absolute(value, base)):
                yield address


def _is_no_content(frame: Element, addresses: list[str]) -> bool:
    speck = all(_SPECK.fullmatch(frame.get(side, "")) for side in ("width", "height"))
    places = (parsed(address) for address in addresses)
    return speck or any(_NO_CONTENT.fullmatch(f"{at.host.removeprefix('www.')}{at.path}") for at in places)


def _link_to_file(player: Element, base: str) -> None:
    """A player becomes a link to its file, called as the file is; a film's still stands in it."""
    played = _played(player, base)
    own = next((link for link in player.iter("a") if absolute(link.get("href"), base)), None)
    if played is None:
        (tree.drop if own is None else tree.unwrap)(player)
        return
    words = tree.text(own) if own is not None else ""
    name = titled(player) or ("" if "://" in words else words) or file_name(played.url)
    still = absolute(player.get("poster"), base)
    become_link(player, played.url, title=name, picture=still, caption=name)


def _played(player: Element, base: str) -> Enclosure | None:
    """The first file that *player* would play."""
    for element in islice(player.iter(player.tag, "source"), _MOST_PARTS):
        told = attributes(element)
        for name in ("src", *filter(ADDRESS.fullmatch, told)):
            file = enclosure(told.get(name), base, media_type=told.get("type"), player=str(player.tag))
            if file is not None:
                return file
    return None


def enclosures(body: Element, base: str) -> tuple[Enclosure, ...]:
    """What plays in *body*, which still has its players."""
    return each_once(_playing(body, base))


def _playing(body: Element, base: str) -> Iterator[Enclosure]:
    for element in body.iter(*_PLAYERS, *(f"amp-{tag}" for tag in _PLAYERS), "noscript"):
        if element.tag == "noscript":
            links = (enclosure(link.get("href"), base) for link in element.iter("a"))
            yield from (file for file in links if file and plays(file.url))
        elif (file := _played(element, base)) is not None:
            yield file


# -- what is there for who runs no scripts ----------------------------------------------------------


def _settle_noscripts(body: Element, base: str) -> None:
    """What is shown without scripts stays where nothing shows the same with them."""
    noscripts = list(body.iter("noscript"))
    if not noscripts:
        return
    inside = {element for noscript in noscripts for element in noscript.iter("a", "img")}
    shown = {pictures.motif(at) for image in body.iter("img") if image not in inside and (at := _shown(image, base))}
    linked = {_page(link, base) for link in body.iter("a") if link not in inside}
    for noscript in noscripts:
        images = [image for image in noscript.iter("img") if _shown(image, base)]
        links = [link for link in noscript.iter("a") if _is_media_link(link, base)]
        new = [image for image in images if pictures.motif(_shown(image, base) or "") not in shown]
        if images and new and not any(_page(link, base) in linked for link in links):
            _replace_late(noscript, base)
        elif any(_page(link, base) not in linked for link in links) or _says_where(noscript, linked, base):
            tree.unwrap(noscript)
        else:
            tree.drop(noscript)


def _says_where(noscript: Element, linked: set[str], base: str) -> bool:
    """Whether it is a link to what a script would show, such as a poll; what only asks for scripts is none."""
    links = list(noscript.iter("a"))
    words = tree.text(noscript)
    if len(links) != 1 or len(words) > _FEW_WORDS or _ASKS_FOR_SCRIPTS.search(words):
        return False
    page = _page(links[0], base)
    return bool(page) and page not in linked and not blank(tree.text(links[0]))


def _replace_late(noscript: Element, base: str) -> None:
    """The picture beside *noscript* that loads late gives way where it has no address of its own."""
    for beside in (noscript.getprevious(), noscript.getnext()):
        late = None if beside is None else beside if beside.tag == "img" else beside.find(".//img")
        if late is not None and not tree.marked(late):
            address = _shown(late, base)
            if address and not pictures.is_placeholder(address) and _loads_late(late):
                tree.drop(noscript)
                return
            if address is None or pictures.is_placeholder(address):
                tree.drop(late)
                break
    tree.unwrap(noscript)


def _loads_late(image: Element) -> bool:
    return "lazy" in image.get("class", "") or any(name.startswith("data-") for name in attributes(image))


def _shown(image: Element, base: str) -> str | None:
    found = pictures.chosen(attributes(image), base)
    return found.url if found else None


def _page(link: Element, base: str) -> str:
    address = absolute(link.get("href"), base)
    return embeds.page(unmarked(address)) if address else ""


def _is_media_link(link: Element, base: str) -> bool:
    page = _page(link, base)
    return bool(page) and (MADE in link.attrib or plays(page) or embeds.known_page(page) is not None)


# -- pictures ---------------------------------------------------------------------------------------


def _settle_image(image: Element, base: str, sources: Sequence[Mapping[str, str]]) -> None:
    """Gives *image* the file it is meant to be shown by, and the size of that; without any it goes."""
    told = attributes(image)
    found = pictures.chosen(told, base, sources=sources, link=_link_around(image, base))
    if found is None:
        tree.drop(image)
        return
    image.set("src", found.url)
    if found.url != absolute(told.get("src"), base):
        _resize(image, found, told)


def _resize(image: Element, found: PictureFile, told: Mapping[str, str]) -> None:
    """Where the blog says a size, that of the file that was chosen; of one of unknown size, what the blog says."""
    if found.width is None or told.keys().isdisjoint({"width", "height"}):
        return
    width, height = pixels(told.get("width")), pixels(told.get("height"))
    scaled = round(found.width * height / width) if width and height else None
    image.set("width", str(found.width))
    if found.height or scaled:
        image.set("height", str(found.height or scaled))
    elif "height" in told:
        del image.attrib["height"]


def _sources(picture: Element) -> list[Mapping[str, str]]:
    return [attributes(source) for source in islice(picture.iterchildren("source"), _MOST_SOURCES)]


def _link_around(image: Element, base: str) -> str | None:
    parent = image.getparent()
    if parent is not None and parent.tag == "picture":
        parent = parent.getparent()
    return absolute(parent.get("href"), base) if parent is not None and parent.tag == "a" else None


# -- no address twice in a row ----------------------------------------------------------------------


def _drop_repeated_links(body: Element, base: str) -> None:
    """Of two links to one page, with no words between them but their own, one is enough."""
    last: Element | None = None
    for element, _, outside in tree.spoken(body):
        last = None if outside else last
        if element.tag != "a" or not _is_seen(element):
            continue
        # Where a page is takes longest to say, and seldom is asked.
        gone = None if last is None else _less(last, element)
        gone = gone if gone is not None and last is not None and _page(last, base) == _page(element, base) else None
        if gone is not None:
            tree.drop(gone)
        if gone is not element:
            last = element
    tree.sweep(body)


def _drop_repeated_pictures(body: Element) -> None:
    """Of two sizes of one picture, with no words between them, one is enough; one with words of its own stays."""
    last = ""
    for element, said, _ in tree.spoken(body):
        last = "" if said else last
        if element.tag == "img":
            motif = pictures.motif(element.get("src", ""))
            if motif == last and not _is_set_apart(element):
                tree.drop(element)
            last = motif
    tree.sweep(body)


def _is_set_apart(image: Element) -> bool:
    """Whether it has a caption, also where a heading will leave nothing of that but its words."""
    return figure_caption(image) is not None or next(image.iterancestors("h1", *tree.HEADINGS), None) is not None


def _is_seen(link: Element) -> bool:
    return next(link.iter("img"), None) is not None or not blank(tree.text(link))


def _less(first: Element, second: Element) -> Element | None:
    """Which of two links goes that lead to the same: one that we made, a button to download, else none."""
    if MADE in second.attrib or "wp-block-file__button" in second.get("class", ""):
        return second
    return first if MADE in first.attrib and first.find("img") is None else None


def _settle_boxes(body: Element) -> None:
    """A box with nothing but a link that we made is a paragraph with nothing but a link."""
    for link in body.iter("a"):
        if MADE not in link.attrib:
            continue
        boxes = list(_boxes_around(link))
        for box in boxes[:-1]:
            tree.unwrap(box)
        if boxes and boxes[-1].tag != "span":
            boxes[-1].tag = "p"
    tree.sweep(body)


def _boxes_around(link: Element) -> Iterator[Element]:
    """The boxes that hold nothing else, from the innermost."""
    child, box = link, link.getparent()
    while box is not None and box.tag in ("div", "figure", "p", "span", "section") and _holds_only(box, child):
        yield box
        child, box = box, box.getparent()


def _holds_only(box: Element, child: Element) -> bool:
    # lxml counts children one by one.
    alone = child.getprevious() is None and child.getnext() is None
    return alone and blank(box.text) and blank(child.tail)


# -- the picture that stands for all ----------------------------------------------------------------

#: Whoever wrote, and marks of who did what: none of them shows what a post is about.
_FACES: Final = re.compile(r"(?:[\w-]+\.)*gravatar\.com")
_ICON: Final = 100
#: Buttons to give money by, and badges.
_BUTTONS: Final = re.compile(
    r"(?:cdn\.buymeacoffee|img\.buymeacoffee|(?:storage\.)?ko-fi|(?:[\w-]+\.)?paypal(?:objects)?|c\d{1,2}\.patreon)\.com"
    r"|img\.shields\.io"
)


def lead_image(body: Element) -> Image | None:
    """The first picture of a tidied *body* that is large enough to show what it is about."""
    return next((image for found in body.iter("img") if _is_content(image := _image(found))), None)


def _image(found: Element) -> Image:
    return Image(
        url=found.get("src", ""),
        alt=one_line(found.get("alt", "")),
        width=pixels(found.get("width")),
        height=pixels(found.get("height")),
    )


def _is_content(image: Image) -> bool:
    small = any(side is not None and side < _ICON for side in (image.width, image.height))
    host = parsed(image.url).host
    return not small and not _FACES.fullmatch(host) and not _BUTTONS.fullmatch(host)
