"""Web addresses: what is broken leads nowhere and stops nobody, and what is written well stays as it is."""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.addresses import is_web, joined, parsed, without_fragment
from solacefeed.sample.blog import Blog
from solacefeed.text.urls import LINK_SCHEMES, absolute

PAGE = "https://blog.example.org/2012/05/17/post/"
PAGES = (PAGE, "http://example.org", "HTTP://example.org/a;b?c#d", "https://[2001:db8::1]:8080/x/")

BROKEN = (
    "http://[oops",
    "http://oops]/",
    "https://blog.example.org[/",
    # A sign that stands for "a/c" (NFKC), so that the host would be another one.
    "https://a\u2100b.example/",
)

#: Any text, and what comes near to an address.
NEARLY = st.text(alphabet="ahtp:/?#[]@;.%\\ \t\n\xa0\xe9\u2100-_0159\ud800\x00&=", max_size=14)
TEXT = st.one_of(
    st.text(max_size=60),
    NEARLY,
    NEARLY.map("http://{}".format),
    NEARLY.map("//{}".format),
    NEARLY.map(f"{PAGE}{{}}".format),
)


@given(TEXT, TEXT)
@example("http:a/b", "http:c")
@example("HTTP://0", "")
@example(PAGE, "/;?#")
def test_no_text_raises_and_what_is_joined_once_stays(base: str, text: str) -> None:
    address = parsed(text)
    assert (str(address), address.host, address.port, address.is_web) is not None
    assert is_web(text) in (True, False)
    assert isinstance(without_fragment(text), str)
    whole = joined(base, text)
    assert whole is None or joined(base, whole) == whole


@given(TEXT, st.sampled_from(PAGES))
@example("/\xa0#", PAGE)
@example("\xa0#", PAGE)
def test_what_is_made_absolute_is_absolute_on_any_page(text: str, page: str) -> None:
    whole = absolute(text, page, LINK_SCHEMES)
    if whole is not None:
        assert {absolute(whole, other, LINK_SCHEMES) for other in PAGES} == {whole}


@pytest.mark.parametrize("url", BROKEN)
def test_what_is_broken_has_no_host_and_leads_nowhere(url: str) -> None:
    address = parsed(url)
    assert (address.scheme, address.host, address.is_web, str(address)) == ("", "", False, url)
    assert joined(PAGE, url) is None
    assert joined(url, "/a") is None
    assert absolute(url, PAGE) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/",
        "https://EXAMPLE.org./a",
        "https://a_b.example.org",
        "https://caf\xe9.example/",
        "https://xn--caf-dma.example/",
        "https://192.0.2.1:65535/",
        "https://[2001:db8::1]/",
        "https://user:word@example.org/",
        f"https://{'a' * 63}.example/",
        f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example/",
    ],
)
def test_what_a_resolver_can_be_asked_for_is_a_web_address(url: str) -> None:
    assert is_web(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "mailto:jo@example.org",
        "https:///path",
        "https://user@/",
        "https://a..b/",
        "https://.example/",
        f"https://{'a' * 64}.example/",
        f"https://{chr(0xE9) * 60}.example/",
        f"https://{'.'.join('abcde' * 10 for _ in range(5))}.example/",
        "https://a b/",
        "https://a%20b/",
        "https://a%2fb/",
        "https://a|b/",
        "https://[::1",
        "https://[1::2::3]/",
        "https://example.org:65536/",
        "https://example.org:port/",
        "https://example.org/\ud800",
        "https://example.org/\x00",
        "https://exa\ud800mple.org/",
        *BROKEN,
    ],
)
def test_what_leads_to_no_host_is_none(url: str) -> None:
    assert not is_web(url)


def test_user_and_port_are_no_part_of_the_host() -> None:
    address = parsed("https://jo:word@News.Example.org:8443/a?b=c#d")
    assert (address.host, address.port, address.path, address.query) == ("news.example.org", 8443, "/a", "b=c")
    assert without_fragment(str(address)) == "https://jo:word@News.Example.org:8443/a?b=c"


# -- as they were --------------------------------------------------------------------------------------

HOSTS = (
    "example.org",
    "WWW.Example.org:8080",
    "caf\xe9.example",
    "192.0.2.1",
    "[2001:db8::1]",
    "jo@a_b.example.",
    "a.b:",
)
STEPS = st.sampled_from(
    ("a", "2012", "caf%C3%A9", "..", ".", "a;b", "x=y,z", "(x)", "@me", ":z", "\xe9", "+*!$~", "a:b")
)
PATHS = st.lists(STEPS, max_size=5).map("/".join)
ENDS = st.sampled_from(("", "?", "?a=b", "?p=1&q=/x?y", "#top", "?a#b", "#", "?#"))
WELL_WRITTEN = st.one_of(
    st.builds("{}://{}/{}{}".format, st.sampled_from(("http", "HTTPS", "ftp")), st.sampled_from(HOSTS), PATHS, ENDS),
    st.builds("//{}/{}{}".format, st.sampled_from(HOSTS), PATHS, ENDS),
    st.builds("/{}{}".format, PATHS, ENDS),
    st.builds("{}{}".format, PATHS, ENDS),
)


def sample_links() -> set[str]:
    texts = (post.content for post in Blog.shipped().posts.values())
    return {link for text in texts for link in re.findall(r"""(?:href|src)=["']([^"']*)""", text)}


def check_as_urllib_has_it(url: str, page: str) -> None:
    address, parts = parsed(url), urlsplit(url)
    assert (address.scheme, address.authority, address.path, address.query, address.fragment) == tuple(parts)
    assert (str(address), address.host, address.port) == (parts.geturl(), parts.hostname or "", parts.port)
    # What is left empty goes at once; urllib leaves that to the next one.
    assert joined(page, url) in {urljoin(page, url), urljoin(page, urljoin(page, url))}


@given(WELL_WRITTEN, st.sampled_from(PAGES))
def test_what_is_written_well_comes_out_letter_by_letter(url: str, page: str) -> None:
    check_as_urllib_has_it(url, page)


def test_the_bundled_posts_links_come_out_letter_by_letter() -> None:
    links = sample_links()
    assert len(links) > 5
    for link, page in product(sorted(links), PAGES):
        check_as_urllib_has_it(link, page)
        assert absolute(link, page) == urljoin(page, link)
