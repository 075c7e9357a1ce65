"""The line that plugins add to a post in feeds, "The post X appeared first on Y", known in any language by its links.

Law: only a short paragraph at the end goes, of two links alone: one to the post itself, one to its site's front.
"""

from __future__ import annotations

from solacefeed.addresses import Address, joined, parsed
from solacefeed.text import tree
from solacefeed.text.tree import Element

#: A plugin's own lines may stand behind it.
_LAST_BLOCKS = 3
#: Letters beside the two links' own.
_LONGEST = 120
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
