"""One page of a blog, read: the posts that it shows, and where it leads; pure.

Themes differ in all but a few names: those of microformats (``hentry``, ``entry-title``, ``entry-content``), of
WordPress (``post-12``, ``rel="category tag"``) and of its blocks (``wp-block-post-title``). The rules look at these
alone, within a post's *box*: the element that holds all of it.

Laws:

- A post's text is data: no link, date, category or author is taken from it, and no post. Where one post's tags were
  left open and its text swallows the posts after it, of these the numbers alone are told, as ``hidden``.
- No input raises. ``text.tree`` parses, and leaves of a page that nests too deep the paragraphs alone: all its posts
  are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Final
from urllib.parse import parse_qs

from solacefeed.addresses import parsed, without_fragment
from solacefeed.models.blog import CategoryName
from solacefeed.sources.pages_dates import Dated, in_address, machine, spoken
from solacefeed.sources.pages_elements import COMMENTS, FOREIGN, Part, inner_html, names_of, rels, within
from solacefeed.sources.pages_links import Home, is_category, slug
from solacefeed.sources.pages_shown import BlogPage, Shown, surest
from solacefeed.text import tree
from solacefeed.text.tree import Element, names
from solacefeed.text.urls import absolute

# Of each part, the surest name first.
_CONTENT: Final = ("entry-content", "e-content", "wp-block-post-content", "post-content", "post-entry", "entry")
_EXCERPT: Final = ("entry-summary", "p-summary", "wp-block-post-excerpt", "post-excerpt")
_TITLE: Final = ("entry-title", "wp-block-post-title", "post-title", "p-name")
_AUTHOR: Final = ("fn", "p-author", "wp-block-post-author__name", "wp-block-post-author-name")
#: Their text may hold more than the name; a link to the author's page is surer.
_ABOUT_AUTHOR: Final = ("author-title", "author")
_SITE_TITLE: Final = ("site-title", "wp-block-site-title", "blog-title")
_SITE_DESCRIPTION: Final = ("site-description", "wp-block-site-tagline", "blog-description")

#: Themes name the box itself "entry" too.
_TEXTS: Final = frozenset((*_CONTENT, *_EXCERPT)) - {"entry"}
_DATES: Final = names("published dt-published entry-date wp-block-post-date posted-on post-date date")
_PUBLISHED: Final = names("published dt-published entry-date")
_UPDATED: Final = names("updated dt-updated")
_AUTHOR_BOXES: Final = names("author byline by-author posted-by vcard")
_CATEGORY_BOXES: Final = names("cat-links taxonomy-category entry-categories post-categories")
_RELATED: Final = names("related-posts jp-relatedposts yarpp-related widget-area sidebar")
_FLAT: Final = ("p", "br", "script", "style")
_HEADINGS: Final = ("h1", "h2", "h3")

_NUMBER: Final = re.compile(r"post-([1-9][0-9]{0,17})")
_TAG: Final = re.compile(r"<(?:article|div|li)\b([^<>]*)>", re.IGNORECASE)
_NUMBER_IN_TAG: Final = re.compile(r"""(?<=[\s"'])post-([1-9][0-9]{0,17})(?=[\s"'])""")
_CONTINUE: Final = re.compile(r"\W*(?:continue reading|read (?:more|the rest|on)|more\b)", re.IGNORECASE)
_CUT_OFF: Final = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]\W*$")
#: Characters of a text in which it would say that it goes on.
_ENDING: Final = 200
_PROTECTED: Final = re.compile(r"\A\s*+protected:\s*+", re.IGNORECASE)
_BY: Final = re.compile(r"by\s+", re.IGNORECASE)
#: A bare paragraph of up to so many characters may be all of a post, or an excerpt that lost its tags.
_BARE: Final = 450
_LONGEST_NAME: Final = 100
#: What holds more elements or characters than these is not a date.
_DATE_PARTS, _DATE_LENGTH = 30, 500
#: No page lists more posts than these whose tags hide one another.
_MOST_HIDDEN: Final = 100


_COMMENTS_AT = frozenset({"comments", "respond"})


def read_page(html: str, url: str, home: Home) -> BlogPage:
    """Reads a page that lists posts."""
    body = tree.parse(html)
    boxes = _boxes(body)
    legible = {box.number for box in boxes}
    hidden = _numbers(html) if _is_flat(body) else [number for box in boxes for number in box.swallowed]
    around = Part(body, without=_texts(body, boxes), skip=COMMENTS)
    links = around.links(url, home)
    excerpts = any(box.is_excerpt(url) for box in boxes)
    return BlogPage(
        url=url,
        posts=tuple(box.shown(url, home, cut=excerpts) for box in boxes),
        hidden=tuple(dict.fromkeys(number for number in hidden if number not in legible))[:_MOST_HIDDEN],
        links=tuple(dict.fromkeys(address for address, _ in links)),
        categories=_categories(links),
        site_title=around.line(_SITE_TITLE),
        site_description=around.line(_SITE_DESCRIPTION),
    )


def read_post(html: str, url: str, home: Home, number: str | None) -> Shown | None:
    """Reads the own page of the post that has this *number*, where it is known; ``None`` where it can't be told.

    Block themes put no box around a lone post: there the page is the box, and its head tells the number.
    """
    body = tree.parse(html)
    head = _head(body, url, home)
    boxes = _boxes(body)
    its_own = [box for box in boxes if box.text is not None and box.number in (number or head.number, None)]
    box = max(its_own, key=lambda box: box.number is not None, default=None) or _lone(body, boxes)
    shown = box.shown(url, home).over(head)
    is_told = box.text is not None or shown.number is not None
    return replace(shown, url=head.url or shown.url, cut=False) if is_told else None


# -- boxes --------------------------------------------------------------------------------------------


class _Box:
    """The element that holds all of one post; *others* are such elements within it, *lone* says that it is a page."""

    def __init__(self, element: Element, *, others: Sequence[Element], lone: bool = False) -> None:
        self.element = element
        self.number = _number(element)
        self.swallowed = [number for number in map(_number, others) if number]
        self._lone = lone
        whole = Part(element, without=others, skip=FOREIGN | _RELATED)
        self.text = whole.first(_CONTENT)
        self._excerpt = whole.first(_EXCERPT)
        texts = (part for part in (self.text, self._excerpt) if part is not None)
        self._around = Part(element, without=[*others, *texts], skip=FOREIGN | _RELATED)

    def shown(self, page: str, home: Home, *, cut: bool = False) -> Shown:
        """What is in it; *cut* says that its neighbours are excerpts."""
        text = self._excerpt if self.text is None else self.text
        url = self._permalink(page, home)
        protected = self._is_protected()
        return Shown(
            number=self.number,
            url=url,
            title=self._title(protected),
            content=None if text is None or protected else inner_html(text),
            cut=not protected and (cut or self._is_cut(page)),
            published=self._published(url or page),
            modified=self._modified(),
            author=self._author(),
            categories=self._categories(page, home),
            slugs=tuple(sorted(name[9:] for name in names_of(self.element) if name.startswith("category-"))) or None,
            comments_url=self._comments(url, page),
            protected=protected,
        )

    def is_excerpt(self, page: str) -> bool:
        """Whether it shows an excerpt where the theme could show the text, so that its neighbours do too."""
        if self.text is None:
            return self._excerpt is not None
        # What the author parted by a "more" tag leads to #more-12.
        whole_pages = any(not fragment.startswith("more-") for fragment in self._continued(page))
        return whole_pages or bool(_CUT_OFF.search(tree.text(self.text)[-_ENDING:]))

    def _is_cut(self, page: str) -> bool:
        return self.text is None or bool(self.swallowed or self._continued(page)) or _is_bare(self.text)

    def _continued(self, page: str) -> list[str]:
        """The fragments of the links in its text that lead to all of it."""
        links = [] if self.text is None else self.text.iter("a")
        return [
            parsed(link.get("href", "")).fragment
            for link in links
            if "more-link" in names_of(link) or (_CONTINUE.match(tree.text(link)) and self._leads_here(link, page))
        ]

    def _leads_here(self, link: Element, page: str) -> bool:
        there = _bare_address(link.get("href"), page)
        return there is not None and there in {_bare_address(href, page) for href in self._addresses}

    def _is_protected(self) -> bool:
        forms = [] if self.text is None else self.text.iter("form")
        return "post-password-required" in names_of(self.element) or any(
            "post-password-form" in names_of(f) for f in forms
        )

    # -- title and address ----------------------------------------------------------------------------

    @cached_property
    def _heading(self) -> Element | None:
        headings = (element for element, _ in self._around if element.tag in _HEADINGS)
        found = self._around.first(_TITLE)
        return next(headings, None) if found is None else found

    def _title(self, protected: bool) -> str | None:
        heading = self._heading
        if heading is None:
            return None
        title = inner_html(heading, links=False)
        return _PROTECTED.sub("", title, count=1) if protected and _PROTECTED.match(title) else title

    def _permalink(self, page: str, home: Home) -> str | None:
        href = next((href for href in self._addresses if home.own(href, page)), None)
        return _bare_address(href, page)

    @cached_property
    def _addresses(self) -> list[str]:
        """Where its title leads, and what else is likely to be its own address."""
        heading = self._heading
        titles = [] if heading is None else [*heading.iter("a"), *heading.iterancestors("a")]
        others = (
            e for e, own in self._around if e.tag == "a" and ("bookmark" in rels(e) or "u-url" in own or _dated(e))
        )
        return [link.get("href", "") for link in (*titles, *others)]

    # -- dates, author, categories --------------------------------------------------------------------

    def _published(self, url: str) -> Dated | None:
        dates = [(e, own) for e, own in self._around if (e.tag in ("time", "abbr") or own & _DATES) and _is_small(e)]
        of_post = [(e, own) for e, own in dates if own & _PUBLISHED or not own & _UPDATED]
        of_post.sort(key=lambda found: not found[1] & _PUBLISHED)
        read = [_machine(element) for element, _ in of_post]
        words = [spoken(tree.text(element), url) for element, _ in of_post]
        return surest((*read, *words, in_address(url)))

    def _modified(self) -> Dated | None:
        found = (_machine(element) for element, own in self._around if own & _UPDATED and not own & _PUBLISHED)
        return next((date for date in found if date and not date.day_only), None)

    def _author(self) -> str | None:
        links = (e for e, own in self._around if e.tag == "a" and "author" in rels(e) and within(e, _AUTHOR_BOXES))
        linked = next(filter(None, map(tree.text, links)), None)
        found = self._around.line(_AUTHOR) or linked or self._around.line(_ABOUT_AUTHOR) or ""
        name = _BY.sub("", found, count=1) if _BY.match(found) else found
        return name if 0 < len(name) <= _LONGEST_NAME else None

    def _comments(self, url: str | None, page: str) -> str | None:
        """The place of its comments, as a link to them or to their form beside the post tells that there is one."""
        links = (element.get("href", "") for element, _ in self._around if element.tag == "a")
        found = (link for link in links if parsed(link).fragment in _COMMENTS_AT and _bare_address(link, page) == url)
        return f"{url}#comments" if url and next(found, None) else None

    def _categories(self, page: str, home: Home) -> tuple[CategoryName, ...] | None:
        links = self._around.links(page, home)
        sure = [(a, link) for a, link in links if "category" in rels(link) or within(link, _CATEGORY_BOXES)]
        # On a page of its own, menus and lists of categories may stand beside the post.
        likely = [] if self._lone else [(a, link) for a, link in links if is_category(a)]
        return tuple(_names_of(sure or likely).values()) or None


def _boxes(body: Element) -> list[_Box]:
    found: dict[Element, list[Element]] = {}
    for element in filter(_is_box, tree.every(body)):
        outer = next((above for above in element.iterancestors() if above in found), None)
        if outer is None:
            found[element] = []
        elif _number(element) not in (None, _number(outer)):
            found[outer].append(element)
    return [_Box(element, others=others) for element, others in found.items()]


def _lone(body: Element, boxes: Sequence[_Box]) -> _Box:
    main = next(body.iter("main"), body)
    return _Box(main, others=[box.element for box in boxes], lone=True)


def _is_box(element: Element) -> bool:
    if element.tag not in ("article", "div", "li", "section") or not element.attrib:
        return False
    own = names_of(element)
    kinds = {name for name in own if name.startswith("type-")} or own & {"post", "page", "attachment"}
    if kinds and not kinds & {"type-post", "post"}:
        return False
    called = own & {"hentry", "h-entry"} or (element.tag == "article" and "post" in own)
    return bool(called) or _number(element) is not None


def _number(element: Element) -> str | None:
    found = (_NUMBER.fullmatch(name) for name in (element.get("id", ""), *element.get("class", "").split()))
    return next((match[1] for match in found if match), None)


def _is_flat(body: Element) -> bool:
    """Whether the parser left the paragraphs alone."""
    return all(element.tag in _FLAT for element in tree.every(body))


def _numbers(html: str) -> list[str]:
    """The numbers in the names of what may be boxes, for a page of which no tree could be made."""
    return [number for tag in _TAG.finditer(html) for number in _NUMBER_IN_TAG.findall(tag[1])]


def _texts(body: Element, boxes: Iterable[_Box]) -> list[Element]:
    """The texts on a page; the text of a page that lists posts by a block is not one."""
    holders = {above for box in boxes for above in box.element.iterancestors()}
    named = [element for element in tree.every(body) if names_of(element) & _TEXTS and element not in holders]
    return [*named, *(box.text for box in boxes if box.text is not None)]


def _is_bare(text: Element) -> bool:
    """Whether *text* is one short paragraph without any mark-up."""
    parts = [part.tag for part in tree.every(text)]
    return set(parts) <= {"p", "br"} and parts.count("p") <= 1 and len(tree.text(text)) <= _BARE


# -- links and dates ----------------------------------------------------------------------------------


def _categories(links: Iterable[tuple[str, Element]]) -> dict[str, CategoryName]:
    """The categories that *links* lead to; a post's own links say their names best."""
    found = [(address, link) for address, link in links if is_category(address) or "category" in rels(link)]
    return _names_of(sorted(found, key=lambda pair: "category" not in rels(pair[1])))


def _names_of(links: Iterable[tuple[str, Element]]) -> dict[str, CategoryName]:
    found: dict[str, CategoryName] = {}
    for address, link in links:
        if name := tree.text(link):
            found.setdefault(address, CategoryName(slug=slug(address), name=name))
    return found


def _bare_address(href: str | None, page: str) -> str | None:
    address = absolute(href, page)
    return without_fragment(address) if address else None


def _is_small(element: Element) -> bool:
    parts = list(islice(element.iter(), _DATE_PARTS + 1))
    return len(parts) <= _DATE_PARTS and sum(map(len, map(str, element.itertext()))) <= _DATE_LENGTH


def _dated(link: Element) -> bool:
    """Whether it is a date that is linked."""
    return any(above.tag == "time" for above in link.iterancestors()) or any(
        part.tag in ("time", "abbr") or names_of(part) & _DATES for part in link.iter()
    )


def _machine(element: Element) -> Dated | None:
    said = (element.get(name) for name in ("datetime", "title", "content"))
    return next(filter(None, map(machine, filter(None, said))), None)


def _head(body: Element, url: str, home: Home) -> Shown:
    """What a post's page says of it in its head, whose elements the parser leaves directly in the body."""
    links = {rel: href for e in body.iterchildren("link") for rel in rels(e) if (href := home.own(e.get("href"), url))}
    said = {e.get("property"): e.get("content", "") for e in body.iterchildren("meta")}
    number = parse_qs(parsed(links.get("shortlink", "")).query).get("p", [""])[0]
    return Shown(
        number=number if number.isdecimal() else None,
        url=links.get("canonical"),
        published=machine(said.get("article:published_time", "")),
        modified=machine(said.get("article:modified_time", "")),
    )
