"""HTML that nobody meant, and a judge that shares no parser with what it judges."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

from hypothesis import strategies as st

from solacefeed.text import tree
from solacefeed.text.clean import ALLOWED, guard, tidy
from solacefeed.text.tree import names

BASE = "https://blog.example.org/2026/11/a-post/"

_TAGS = st.sampled_from([*ALLOWED, *names(
    "script style svg math iframe object embed audio video picture source form input textarea title template noscript "
    "xmp h1 center font ruby rt x:y body html head nobr big section label option wbr a p b table tr td"
)])  # fmt: skip
_ATTRIBUTES = st.sampled_from(sorted(names(
    """href="/x" src=y href='javascript:1' style=display:none title="a&quot;b<c>" lang=gd dir=rtl
    alt="<p>" data-src=/z width=3 width=1 hidden onclick=x srcset="/a" class=emoji class="sharedaddy" href="http://[bad"
    href="mailto:a@b.example" datetime=2026 cite="//x.example"
""")))  # fmt: skip
_PIECES = st.sampled_from([
    "x", "  ", "\n\n", "\n", "&amp;", "&lt;b&gt;", "<!-- c -->", "&nbsp;", "<![CDATA[q]]>", "--!>", "<", "a > b",
    "&#x202e;", "&#x&#x202E;202E;", "\x0b", "\x00", "<?php ?>", "</", "<br/>", "\u200b", "<b", '"', "]]>", "[caption]",
    "\ud800", "\ufffe", "Jo Bloggs", "Chief Executive", "First published in the Gazette", "Filed under: x", ".",
])  # fmt: skip
_START_TAGS = st.builds(
    lambda tag, attributes: f"<{tag}{''.join(' ' + attribute for attribute in attributes)}>",
    _TAGS,
    st.lists(_ATTRIBUTES, max_size=2),
)
_END_TAGS = _TAGS.map(lambda tag: f"</{tag}>")

#: HTML of real names in no order, with a pinch of any text at all.
SOUP = st.lists(st.one_of(_START_TAGS, _START_TAGS, _END_TAGS, _PIECES, st.text(max_size=5)), max_size=16).map("".join)


def sanitise(html: str, base: str) -> str:
    """*html* for anyone's eyes, its addresses absolute as seen from the page *base*."""
    body = tree.parse(html)
    tidy(body, base)
    return guard(body)


class Judge(HTMLParser):
    """Collects in ``objections`` what may not stand in sanitised HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.objections: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.objections.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED.get(tag, ()):
                self.objections.append(f"{tag} {name}")
            self._judge_address(name, value or "")

    def _judge_address(self, name: str, value: str) -> None:
        schemes = {"href": {"http", "https", "mailto", "tel"}, "src": {"http", "https"}, "cite": {"http", "https"}}
        if name in schemes and urlsplit(value).scheme not in schemes[name]:
            self.objections.append(f"{name}={value}")

    def handle_comment(self, data: str) -> None:
        self.objections.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.objections.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.objections.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.objections.append(f"<?{data}>")


def objections(html: str) -> list[str]:
    """What in *html* may not stand there."""
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.objections
