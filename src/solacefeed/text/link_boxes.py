"""Boxes of links with few words beside: contents, bars to share or follow by, related posts, ways to other pages.

Law: what such a box is about is read from where its links lead and from its label; what an author lists for reading
is none, nor is a sentence with links.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    plays,
    words_of,
)
from solacefeed.text.characters import one_line
from solacefeed.text.link_kinds import TESTS, Links, is_in_page, is_mark, is_quotation, leads_to_sharer
from solacefeed.text.tree import Element

_MOST_LINKS = 400
# A link is looked at in each box around it; all of a post together so often, and words of links as links of so many.
_MOST_LOOKED_AT, _WORDS_LIKE_A_LINK = 20_000, 8
# Stands for a link in the words beside it; no text holds it.
_LINK = "\0"
# In these no other box stands.
_LEAVES = ("p", *HEADINGS)
# At least as long as so many words are.
_LABEL_LENGTH = 20 * LABEL_WORDS


def remove(body: Element, url: str) -> None:
    """Removes contents, bars for sharing, related posts and the like from the post at *url*."""
    _drop_permalinks(body, url)
    _free_quotations(body)
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
    if any(map(plays, run)):
        return False
    box = _links(run, url, sizes)
    kind = next((kind for kind, test in TESTS.items() if test(box)), None) if box else None
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


def _free_quotations(body: Element) -> None:
    """A sentence that is offered for sharing stays, and what offers it goes."""
    offered = [link for link in body.iter("a") if leads_to_sharer(link.get("href", ""))]
    quoted = [link for link in offered if is_quotation(tree.text(link))]
    offers = [link for link in offered if labels.TO_TWEET.fullmatch(labels.bare(tree.text(link)))]
    if quoted and offers:
        for link in quoted:
            tree.unwrap(link)
        for link in offers:
            tree.drop(link)
        tree.sweep(body)


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


def _links(run: list[Element], url: str, sizes: dict[Element, Size]) -> Links | None:
    if sum(sizes[element].links for element in run) > _MOST_LINKS:
        return None
    links = [link for element in run for link in element.iter("a") if "href" in link.attrib]
    before, *others = "".join(text for element in run for text in _beside(element)).split(_LINK)
    label = one_line(before) or _label_before(run[0])
    return Links(
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
