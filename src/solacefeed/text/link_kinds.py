"""What a box of links is about: read from where its links lead, and from its label."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from solacefeed.addresses import parsed
from solacefeed.text import labels
from solacefeed.text.tree import Element, names

# Of four words at least, with its stop.
_SENTENCE = re.compile(r"\A(?:\S{1,40}\s){3,60}\S{1,40}[.!?…][”\"’')»]?\s*\Z")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
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


_SHARER = re.compile(
    r"facebook\.com/(?:sharer|share\.php|dialog/(?:share|feed|send))|(?:twitter|x)\.com/(?:intent/|share\b"
    r"|home\?status)"
    r"|linkedin\.com/(?:shareArticle|sharing|cws/share)|pinterest\.[a-z.]{2,12}/pin/create|reddit\.com/submit"
    r"|tumblr\.com/(?:share|widgets/share)"
    r"|(?:t\.me|telegram\.me)/share|wa\.me/\?|(?:api|web)\.whatsapp\.com/send|whatsapp://send|getpocket\.com/(?:save"
    r"|edit)"
    r"|bsky\.app/intent|threads\.(?:net|com)/intent|news\.ycombinator\.com/submitlink|vk\.com/share|share\.flipboard"
    r"|digg\.com/submit"
    r"|xing\.com/(?:spi/shares|social_plugins)|(?:www\.)?addtoany\.com/|addthis\.com/|sharethis\.com/"
    r"|buffer(?:app)?\.com/add"
    r"|(?:line\.me|lineit)/.{0,20}(?:share|msg)|mastodonshare|plus\.google\.com/share|mix\.com/(?:add|mixit)"
    r"|delicious\.com/save|//ctt\.ac/"
    r"|fb-messenger://share|sms:[?&;]body|[?&]share=[a-z-]+|toot\.kytta\.dev|printfriendly\.com/print",
    re.IGNORECASE,
)
_IN_ASHARER = (
    "share", "sharing", "dialog/", "intent", "status", "create", "submit", "send", "/save", "/edit", "/add", "wa.me/?",
    "social_plugins", "sms:", "printfriendly", "mailto:", "toot.kytta", "addtoany.com/", "addthis.com/", "lineit",
    "line.me", "mixit", "ctt.ac/",
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


def is_quotation(words: str) -> bool:
    return _SENTENCE.search(words) is not None and not labels.SHARING.fullmatch(labels.bare(words))


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


def _is_contents(box: Links) -> bool:
    addresses = [address for address in box.addresses if not re.fullmatch(r"#|javascript:.*", address)]
    if not addresses or not all(is_in_page(address, box.url) for address in addresses):
        return False
    if labels.CONTENTS.fullmatch(labels.bare(re.sub(r"\b(?:toggle|hide|show)\b", "", box.label, flags=re.IGNORECASE))):
        return True
    return len(addresses) > 1 and not any(map(is_mark, box.texts))


def _leads_to_a_place(box: Links) -> bool:
    return not box.beside and all(
        labels.TO_A_PLACE.fullmatch(text) or labels.TO_A_PLACE.fullmatch(labels.bare(text)) for text in box.texts
    )


def _shares(box: Links) -> bool:
    """Links to share by, or to profiles under no other name than the network's."""
    said = labels.bare(box.label)
    known = not said or labels.SHARING.fullmatch(said) or labels.NETWORK.fullmatch(said)
    if not (known or _is_sharer(box.addresses[0])) or any(map(is_quotation, box.texts)):
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


def leads_to_sharer(address: str) -> bool:
    """Whether *address* is where a page is shared on some network."""
    return _may_be_sharer(address) and _SHARER.search(address) is not None


def _is_sharer(address: str) -> bool:
    return _may_be_sharer(address) and bool(_SHARER.search(address) or _SUBJECT.match(address))


def _may_be_sharer(address: str) -> bool:
    # In each of them stands a word of these, which is found sooner.
    return not address.isascii() or any(map(address.lower().__contains__, _IN_ASHARER))


def _is_of_network(address: str) -> bool:
    if _NOWHERE.fullmatch(address) or _FEED.search(address) or address.startswith("mailto:"):
        return True
    host = (parsed(address).host or "").removeprefix("www.")
    return host in _PROFILES or ".".join(host.split(".")[-2:]) in _PROFILES


def _prints(box: Links) -> bool:
    return all(
        labels.PRINTING.fullmatch(text) and not address.lower().endswith((".pdf", ".doc", ".docx", ".epub"))
        for address, text in zip(box.addresses, box.texts, strict=True)
    )


def _plays(box: Links) -> bool:
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


def _turns_pages(box: Links) -> bool:
    if len(box.links) > 3:
        return False
    beside = [labels.bare(part) for part in re.split(r"[|:·•]", box.beside) if labels.bare(part)]
    if beside:
        return all(map(labels.TURNING.fullmatch, beside)) and not all(map(_is_foreign, box.addresses, [box.url] * 9))
    return all(labels.TURNING.fullmatch(labels.bare(text)) for text in box.texts) or (
        len(box.links) == 2 and all(map(_ARROWS.search, box.texts))
    )


def _are_crumbs(box: Links) -> bool:
    if labels.YOU_ARE_HERE.match(box.label) and len(box.links) > 0:
        return True
    first = labels.bare(box.texts[0])
    return bool(labels.HOME.fullmatch(first) and _BETWEEN_CRUMBS.search(box.beside)) and not _is_foreign(
        box.addresses[0], box.url
    )


def _files(box: Links) -> bool:
    label = labels.bare(re.split(r"[:|]", box.label)[0])
    if not labels.bare(box.beside):
        # Only software says that a link is a tag's.
        return all("tag" in link.get("rel", "").split() for link in box.links)
    return bool(labels.FILING.fullmatch(label)) and all(
        _FILED_AT.search(address) or "tag" in link.get("rel", "").split()
        for address, link in zip(box.addresses, box.links, strict=True)
    )


def _are_related(box: Links) -> bool:
    label = labels.bare(re.split(r"[:?!]|\s[–—-]\s", box.label)[0])
    return bool(labels.RELATED.fullmatch(label)) and not any(_is_foreign(each, box.url) for each in box.addresses)


def _are_pages(box: Links) -> bool:
    return bool(re.fullmatch(r"(?i:pages?|seiten?|páginas?|pagine|tudalen(?:nau)?)\W*[0-9]*", box.label)) and all(
        re.fullmatch(r"[0-9]+|\W+", text) for text in box.texts
    )


def _is_foreign(address: str, url: str) -> bool:
    host = parsed(address).host
    return bool(host) and (host or "").removeprefix("www.") != (parsed(url).host or "").removeprefix("www.")


def _are_small(box: Links) -> bool:
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


TESTS: dict[str, Callable[[Links], bool]] = {
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
