"""Boxes of links with few words beside: contents, bars to share or follow by, related posts, ways to other pages.

Law: what such a box is about is read from where its links lead and from its label; what an author lists for reading
is none, nor is a sentence with links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solacefeed.addresses import parsed
from solacefeed.text import labels, tree
from solacefeed.text.boxes import (
    BOXES,
    HEADINGS,
    LABEL_WORDS,
    UNSEEN,
    Size,
    drop_box,
    drop_labels,
    element_before,
    has_words,
    measured,
    words_of,
)
from solacefeed.text.characters import one_line
from solacefeed.text.tree import Element, names

_MOST_LINKS = 400
# A link is looked at in each box around it; all of a post together so often, and words of links as links of so many.
_MOST_LOOKED_AT, _WORDS_LIKE_A_LINK = 20_000, 8
# Stands for a link in the words beside it; no text holds it.
_LINK = "\0"
# In these no other box stands.
_LEAVES = ("p", *HEADINGS)
# At least as long as so many words are.
_LABEL_LENGTH = 20 * LABEL_WORDS
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """Neighbours that are hardly more than links."""

    elements: list[Element]
    links: list[Element]
    #: The words before the links.
    label: str
    #: All words beside them.
    beside: str
    #: Of the post.
    url: str
    #: What each link says, and where it leads.
    texts: list[str]
    addresses: list[str]


def remove(body: Element, url: str) -> None:
    """Removes contents, bars for sharing, related posts and the like from the post at *url*."""
    _drop_permalinks(body, url)
    if not _has_few_words(body):
        return
    sizes = measured(body)
    waiting, left = [body], _MOST_LOOKED_AT
    while waiting and left > 0:
        container = waiting.pop()
        for run in _runs(container, sizes):
            left -= sum(sizes[each].links + sizes[each].linked // _WORDS_LIKE_A_LINK for each in run)
            if left > 0 and not _dropped(run, url, sizes):
                # What isn't one of them as a whole may hold one.
                alone = len(run) == 1
                waiting += [each for each in run if (alone or not _dropped([each], url, sizes)) and each.tag in BOXES]
        waiting += [child for child in container if sizes[child].links and not _is_few(sizes[child])]
    tree.sweep(body)


def _dropped(run: list[Element], url: str, sizes: dict[Element, Size]) -> bool:
    """Drops the neighbours of *run* where they are one such box."""
    box = _links(run, url, sizes)
    kind = next((kind for kind, test in _TESTS.items() if test(box)), None) if box else None
    if kind is None:
        return False
    drop_labels(run[0], kind)
    for element in run:
        drop_box(element)
    return True


def _drop_permalinks(body: Element, url: str) -> None:
    for link in body.iter("a"):
        href = link.get("href", "")
        if "#" in href and next(link.iterancestors(*HEADINGS), None) is not None:
            _drop_mark(link, url)
    tree.sweep(body)


def _drop_mark(link: Element, url: str) -> None:
    if is_in_page(link.get("href", ""), url) and is_mark(_text(link) or "#"):
        tree.drop(link)


def _is_few(size: Size) -> bool:
    return size.beside <= LABEL_WORDS or size.beside * 2 <= size.linked


def _has_few_words(body: Element) -> bool:
    """Whether a block with links may have few words beside: where none has, neither has a box around them."""
    linked: dict[Element, int] = {}
    for link in body.iter("a"):
        block = next((box for box in link.iterancestors() if box.tag in BOXES), body)
        linked[block] = linked.get(block, 0) + tree.length(link)
    return any(block.tag not in _LEAVES or _may_be_few(block, length) for block, length in linked.items())


def _may_be_few(block: Element, linked: int) -> bool:
    beside = tree.length(block) - linked
    return (beside <= _LABEL_LENGTH or beside <= 2 * linked) and _is_few(measured(block)[block])


def _runs(container: Element, sizes: dict[Element, Size]) -> Iterator[list[Element]]:
    """Neighbours in *container* that hold links and hardly more; within a sentence none does."""
    run: list[Element] = []
    alone = not has_words(container.text)
    for child in container:
        followed = has_words(child.tail)
        stands_alone = child.tag in BOXES or (alone and not followed)
        if sizes[child].links and _is_few(sizes[child]) and stands_alone:
            run.append(child)
        elif run and _parts(child, sizes):
            yield run
            run = []
        alone = not followed and (alone or child.tag in BOXES or child.tag == "br")
        if run and not alone:
            yield run
            run = []
    if run:
        yield run


def _parts(child: Element, sizes: dict[Element, Size]) -> bool:
    return bool(sizes[child].beside or sizes[child].links) or child.tag in ("hr", "img")


def _links(run: list[Element], url: str, sizes: dict[Element, Size]) -> _Links | None:
    if sum(sizes[element].links for element in run) > _MOST_LINKS:
        return None
    links = [link for element in run for link in element.iter("a") if "href" in link.attrib]
    before, *others = "".join(text for element in run for text in _beside(element)).split(_LINK)
    label = one_line(before) or _label_before(run[0])
    return _Links(
        elements=run,
        links=links,
        label=label,
        beside=one_line(" ".join([label, *others])),
        url=url,
        texts=[_text(link) for link in links],
        addresses=[link.get("href", "").strip() for link in links],
    )


def _beside(element: Element) -> Iterator[str]:
    """The texts of *element* beside its links, and ``_LINK`` for each of those."""
    skipped: Element | None = None
    for event, node in tree.walk(element):
        if event == "start" and skipped is None:
            is_link = node.tag == "a" and "href" in node.attrib
            skipped = node if is_link or node.tag in UNSEEN else None
            yield _LINK if is_link else " " if skipped is not None else f" {node.text or ''}"
        elif event == "end":
            skipped = None if node is skipped else skipped
            if skipped is None and node is not element:
                yield node.tail or ""


def _label_before(element: Element) -> str:
    before = element_before(element)
    words = "" if before is None or next(before.iter("a"), None) is not None else tree.text(before)
    return words if words_of(words) <= LABEL_WORDS else ""


def _text(link: Element) -> str:
    said = tree.text(link)
    if not said:
        image = next(link.iter("img"), None)
        said = one_line((image.get("alt", "") if image is not None else "") or link.get("aria-label", ""))
    return said


# -- what links are about -----------------------------------------------------------------------------

_SHARER = re.compile(
    r"facebook\.com/(?:sharer|share\.php|dialog/(?:share|feed|send))|(?:twitter|x)\.com/(?:intent/|share\b"
    r"|home\?status)"
    r"|linkedin\.com/(?:shareArticle|sharing|cws/share)|pinterest\.[a-z.]{1,20}/pin/create|reddit\.com/submit"
    r"|tumblr\.com/(?:share|widgets/share)"
    r"|(?:t\.me|telegram\.me)/share|wa\.me/\?|(?:api|web)\.whatsapp\.com/send|whatsapp://send|getpocket\.com/(?:save"
    r"|edit)"
    r"|bsky\.app/intent|threads\.(?:net|com)/intent|news\.ycombinator\.com/submitlink|vk\.com/share|share\.flipboard"
    r"|digg\.com/submit"
    r"|xing\.com/(?:spi/shares|social_plugins)|(?:www\.)?addtoany\.com/|addthis\.com/|sharethis\.com/"
    r"|buffer(?:app)?\.com/add"
    r"|(?:line\.me|lineit)/.{0,20}(?:share|msg)|mastodonshare|plus\.google\.com/share|mix\.com/(?:add|mixit)"
    r"|delicious\.com/save"
    r"|fb-messenger://share|sms:[?&;]body|[?&]share=[a-z-]+|toot\.kytta\.dev|printfriendly\.com/print",
    re.IGNORECASE,
)
_IN_A_SHARER = (
    "share", "sharing", "dialog/", "intent", "status", "create", "submit", "send", "/save", "/edit", "/add", "wa.me/?",
    "social_plugins", "sms:", "printfriendly", "mailto:", "toot.kytta", "addtoany.com/", "addthis.com/", "lineit",
    "line.me", "mixit",
)  # fmt: skip
_SUBJECT = re.compile(r"mailto:[^?]*\?.*(?:subject|body)=", re.IGNORECASE)
_PROFILES = names(
    "facebook.com twitter.com x.com linkedin.com instagram.com youtube.com tiktok.com pinterest.com "
    "pinterest.co.uk reddit.com tumblr.com t.me bsky.app threads.net threads.com flickr.com vimeo.com "
    "snapchat.com discord.gg twitch.tv soundcloud.com medium.com wa.me whatsapp.com mastodon.social "
    "news.google.com feedly.com xing.com vk.com github.com flipboard.com fb.com youtu.be discord.com "
    "mastodon.online"
)
_NOWHERE = re.compile(r"(?:#\S{0,40}|javascript:.*|)", re.IGNORECASE)
_FEED = re.compile(r"/feed/?(?:\?|$)|\.(?:rss|xml|atom)$|^feed:", re.IGNORECASE)
_FILED_AT = re.compile(
    r"/(?:tag|tags|category|categories|topic|topics|kategorie|categorie|etiqueta|schlagwort)/|[?&](?:cat|tag)="
)
_MARK = re.compile(r"[\[(]?(?:[0-9]{1,3}|[ivxlc]{1,5}|[a-z*†‡§#])[\])]?\.?|[↩⏎↵⤴⮌↑^«]︎?|¶|§|🔗", re.IGNORECASE)
_ARROWS = re.compile(r"^\s*[←«‹◀]|[→»›▶]\s*$")
_BETWEEN_CRUMBS = re.compile(r"[»›>→/\\|·•-]")


def is_in_page(href: str, url: str) -> bool:
    """Whether *href* leads to a place in the post at *url*."""
    page, hash_, place = href.strip().partition("#")
    return bool(hash_ and place) and (not page or _same_page(page, url))


def _same_page(page: str, url: str) -> bool:
    return _without_scheme(page) == _without_scheme(url)


def _without_scheme(url: str) -> str:
    return url.rpartition("://")[2].removeprefix("www.").rstrip("/").lower()


def is_mark(text: str) -> bool:
    """Whether *text* is that of a note's mark, or of a link back to one, or to a heading itself."""
    return _MARK.fullmatch(text) is not None


def _is_contents(box: _Links) -> bool:
    addresses = [address for address in box.addresses if not re.fullmatch(r"#|javascript:.*", address)]
    if not addresses or not all(is_in_page(address, box.url) for address in addresses):
        return False
    if labels.CONTENTS.fullmatch(labels.bare(re.sub(r"\b(?:toggle|hide|show)\b", "", box.label, flags=re.IGNORECASE))):
        return True
    return len(addresses) > 1 and not any(map(is_mark, box.texts))


def _leads_to_a_place(box: _Links) -> bool:
    return not box.beside and all(
        labels.TO_A_PLACE.fullmatch(text) or labels.TO_A_PLACE.fullmatch(labels.bare(text)) for text in box.texts
    )


def _shares(box: _Links) -> bool:
    """Links to share by, or to profiles under no other name than the network's."""
    said = labels.bare(box.label)
    if (
        said
        and not (labels.SHARING.fullmatch(said) or labels.NETWORK.fullmatch(said))
        and not _is_sharer(box.addresses[0])
    ):
        return False
    shared = sum(map(_is_sharer, box.addresses))
    if shared and all(
        _is_sharer(address) or _NOWHERE.fullmatch(address) or labels.NETWORK.fullmatch(text)
        for address, text in zip(box.addresses, box.texts, strict=True)
    ):
        return True
    return all(
        labels.NETWORK.fullmatch(text) and _is_of_network(address)
        for address, text in zip(box.addresses, box.texts, strict=True)
    ) and bool(said or len(box.links) > 1)


def _is_sharer(address: str) -> bool:
    # In each of them stands a word of these, which is found sooner.
    if address.isascii() and not any(map(address.lower().__contains__, _IN_A_SHARER)):
        return False
    return bool(_SHARER.search(address) or _SUBJECT.match(address))


def _is_of_network(address: str) -> bool:
    if _NOWHERE.fullmatch(address) or _FEED.search(address) or address.startswith("mailto:"):
        return True
    host = (parsed(address).host or "").removeprefix("www.")
    return host in _PROFILES or ".".join(host.split(".")[-2:]) in _PROFILES


def _prints(box: _Links) -> bool:
    return all(
        labels.PRINTING.fullmatch(text) and not address.lower().endswith((".pdf", ".doc", ".docx", ".epub"))
        for address, text in zip(box.addresses, box.texts, strict=True)
    )


def _plays(box: _Links) -> bool:
    """ "Podcast: Play in new window | Download", and where else to subscribe."""
    beside = set(_LETTERS.findall(box.beside.lower()))
    if not beside <= labels.PODCAST_LABEL or not all(map(labels.PODCAST.fullmatch, box.texts)):
        return False
    if {"podcast", "subscribe", "listen"} & beside and len(box.links) > 1:
        return True
    return any(
        re.match(r"play in|apple podcasts?|google podcasts?|pocket ?casts|stitcher|overcast", text, re.IGNORECASE)
        for text in box.texts
    )


def _turns_pages(box: _Links) -> bool:
    if len(box.links) > 3:
        return False
    beside = [labels.bare(part) for part in re.split(r"[|:·•]", box.beside) if labels.bare(part)]
    if beside:
        return all(map(labels.TURNING.fullmatch, beside)) and not all(map(_is_foreign, box.addresses, [box.url] * 9))
    return all(labels.TURNING.fullmatch(labels.bare(text)) for text in box.texts) or (
        len(box.links) == 2 and all(map(_ARROWS.search, box.texts))
    )


def _are_crumbs(box: _Links) -> bool:
    if labels.YOU_ARE_HERE.match(box.label) and len(box.links) > 0:
        return True
    first = labels.bare(box.texts[0])
    return bool(labels.HOME.fullmatch(first) and _BETWEEN_CRUMBS.search(box.beside)) and not _is_foreign(
        box.addresses[0], box.url
    )


def _files(box: _Links) -> bool:
    label = labels.bare(re.split(r"[:|]", box.label)[0])
    return bool(labels.FILING.fullmatch(label)) and all(
        _FILED_AT.search(address) or "tag" in link.get("rel", "").split()
        for address, link in zip(box.addresses, box.links, strict=True)
    )


def _are_related(box: _Links) -> bool:
    label = labels.bare(re.split(r"[:?!]|\s[–—-]\s", box.label)[0])
    return bool(labels.RELATED.fullmatch(label)) and not any(_is_foreign(each, box.url) for each in box.addresses)


def _are_pages(box: _Links) -> bool:
    return bool(re.fullmatch(r"(?i:pages?|seiten?|páginas?|pagine|tudalen(?:nau)?)\W*[0-9]*", box.label)) and all(
        re.fullmatch(r"[0-9]+|\W+", text) for text in box.texts
    )


def _is_foreign(address: str, url: str) -> bool:
    host = parsed(address).host
    return bool(host) and (host or "").removeprefix("www.") != (parsed(url).host or "").removeprefix("www.")


def _are_small(box: _Links) -> bool:
    """Ways to a place, to print and to share, side by side."""
    return (
        len(box.links) > 1
        and not labels.bare(box.beside)
        and all(
            (labels.TO_A_PLACE.fullmatch(labels.bare(text)) and is_in_page(address, box.url))
            or _is_sharer(address)
            or (labels.PRINTING.fullmatch(text) and not address.lower().endswith(".pdf"))
            for address, text in zip(box.addresses, box.texts, strict=True)
        )
    )


_TESTS: dict[str, Callable[[_Links], bool]] = {
    "contents": _is_contents,
    "place": _leads_to_a_place,
    "sharing": _shares,
    "printing": _prints,
    "podcast": _plays,
    "turning": _turns_pages,
    "breadcrumbs": _are_crumbs,
    "filing": _files,
    "related posts": _are_related,
    "pages": _are_pages,
    "small": _are_small,
}
