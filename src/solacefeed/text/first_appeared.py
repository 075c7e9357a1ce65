"""The line that plugins add to a post in feeds, "The post X appeared first on Y", known in any language by its links.

Law: only a short paragraph at the end goes, of two links alone: one to the post itself, one to its site's front; where
a link is gone, only one in the plugin's own words.
"""

from __future__ import annotations

import re

from solacefeed.addresses import Address, joined, parsed
from solacefeed.text import tree
from solacefeed.text.tree import Element

#: A plugin's own lines may stand behind it.
_LAST_BLOCKS = 3
#: Letters beside the two links' own.
_LONGEST = 120
#: What it says, where no link or only one of both is left.
_LONGEST_SAID = 400
_SAID = re.compile(
    r"(?:The post .{1,250} (?:appeared first|first appeared) on"
    r"|Der Beitrag .{1,250} erschien zuerst auf"
    r"|L[’']article .{1,250} est apparu en premier sur"
    r"|La entrada .{1,250} (?:aparece primero|se publicó primero|apareció primero) en"
    r"|L[’']articolo .{1,250} (?:proviene da|sembra essere il primo su)"
    r"|Het bericht .{1,250} verscheen eerst op"
    r"|O post .{1,250} apareceu primeiro em"
    r"|Inlägget .{1,250} dök först upp på"
    r"|Indlægget .{1,250} blev først udgivet på"
    r"|Artykuł .{1,250} pochodzi z serwisu) .{1,120}"
)
#: Letters of mark-up in which such a line has its place.
_ENDING = 4_000


def remove(body: Element, url: str) -> None:
    """Removes the line from the tidied *body* of the post at *url*."""
    for block in reversed(tree.blocks(body)[-_LAST_BLOCKS:]):
        if _is_it(block, url):
            tree.remove(block)


def without(html: str, url: str) -> str:
    """The mark-up of the post at *url* without the line, where that is its last paragraph."""
    start = html.rfind("<p", max(0, len(html) - _ENDING))
    return html[:start].rstrip() if start >= 0 and _is_it(tree.parse(html[start:]), url) else html


def _is_it(block: Element, url: str) -> bool:
    links = list(block.iter("a"))
    if len(links) < 2 and tree.length(block) <= _LONGEST_SAID and _SAID.fullmatch(tree.text(block)):
        return True
    if len(links) != 2 or next(block.iter("img"), None) is not None:
        return False
    words = tree.text(block)
    beside = len(words) - sum(len(tree.text(link)) for link in links)
    post = parsed(url)
    first, second = (parsed(joined(url, link.get("href", "")) or "") for link in links)
    leads = (_is_post(first, post) and _is_front(second, post)) or (_is_front(first, post) and _is_post(second, post))
    return beside <= _LONGEST and leads


def _is_post(there: Address, post: Address) -> bool:
    """Whether it is the post's own address, perhaps with a mark of where it was clicked on; no place in the post."""
    same_place = _site(there) == _site(post) and there.path.rstrip("/") == post.path.rstrip("/")
    return same_place and not there.fragment and (there.query == post.query or bool(post.path.strip("/")))


def _is_front(there: Address, post: Address) -> bool:
    """Whether it is the front of the post's site, which may be a folder of its host's."""
    path = there.path.rstrip("/")
    is_above = path.count("/") <= 1 and f"{post.path.rstrip('/')}/".startswith(f"{path}/")
    return _site(there) == _site(post) and is_above and not _is_post(there, post)


def _site(address: Address) -> str:
    return address.host.removeprefix("www.")
