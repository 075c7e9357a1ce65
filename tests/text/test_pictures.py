"""The picture that a browser would show after its scripts ran, at a size fit for reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.text.media import lead_image
from solacefeed.text.pictures import WIDEST, PictureFile, best, from_srcset, motif
from solacefeed.text.reading import read
from tests.support.steps import steps
from tests.text.text_soup import BASE, sanitise
from tests.text.text_tree import tidied

ON = "https://blog.example.org/"


def shown(html: str) -> list[str]:
    """The addresses of the pictures in *html* as a reader gets them, below the blog's own."""
    return [(image.get("src") or "").removeprefix(ON) for image in tidied(html, BASE).iter("img")]


@pytest.mark.parametrize(
    "image",
    [
        'src="data:image/svg+xml,%3Csvg%3E" data-opt-src="/hall.jpg"',
        'src="data:image/gif;base64,R0lGOD" data-lazy-src="/hall.jpg" data-lazy-srcset="/hall.jpg 800w, /s.jpg 300w"',
        'class="lazyload" src="/wp-content/plugins/x/blank.gif" data-srcset="/s.jpg 300w, /hall.jpg 1024w"',
        'src="/blank.gif" data-src="/hall.jpg"',
        'src="/lazy_placeholder.gif" data-original="/hall.jpg"',
        'src="/1x1.trans.gif" data-lazy-src="/hall.jpg"',
        'src="data:," data-flickity-lazyload="/hall.jpg"',
        'src="/ph.svg" data-orig-src="/hall.jpg"',
        'nitro-lazy-src="/hall.jpg" src="data:,"',
        'src="data:," data-ll-src="/hall.jpg"',
        'src="data:," data-cfsrc="/hall.jpg"',
        'src="/thumb.jpg" data-src="/hall.jpg" data-srcset="data:,"',
        'srcset="data:image/gif;base64,R0 1w" data-lazy-srcset="/s.jpg 300w,/hall.jpg 1200w" src="data:,"',
        'src="about:blank" data-anything-at-all="/hall.jpg"',
        'src="/hall.jpg" data-lazy="true" data-original="yes"',
        'src="/hall.jpg"',
    ],
)
def test_what_loads_late_is_the_picture_and_no_placeholder(image: str) -> None:
    assert shown(f"<p>a<img {image}></p>") == ["hall.jpg"]


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("/300.jpg 300w, /768.jpg 768w, /1024.jpg 1024w, /1536.jpg 1536w, /2048.jpg 2048w", "1024.jpg"),
        ("/300.jpg 300w, /800.jpg 800w", "800.jpg"),
        ("/300.jpg 300w,/800.jpg 800w", "800.jpg"),
        ("/1600.jpg 1600w, /2000.jpg 2000w", "1600.jpg"),
        ("/150.jpg 150w, /2560.jpg 2560w", "2560.jpg"),
        ("/150.jpg 150w, /6000.jpg 6000w", "150.jpg"),
        ("/one.jpg 1x, /two.jpg 2x, /three.jpg 3x", "two.jpg"),
        ("/one.jpg, /two.jpg 2x", "two.jpg"),
        ("/w_300,h_200/a.jpg 300w, /w_800,h_533/a.jpg 800w", "w_800,h_533/a.jpg"),
        ("/a,b.jpg", "a,b.jpg"),
        ("/only.jpg 0w", "only.jpg"),
        (", , /only.jpg big, ", "only.jpg"),
    ],
)
def test_of_what_srcset_offers_the_widest_up_to_1200_is_chosen(offered: str, chosen: str) -> None:
    assert shown(f'<img src="/300.jpg" srcset="{offered}">' if "300w" in offered else f'<img srcset="{offered}">') == [
        chosen
    ]


@pytest.mark.parametrize(
    ("image", "chosen"),
    [
        ('src="/a-300x200.jpg" data-orig-file="/a.jpg"', "a-300x200.jpg"),
        ('src="/a.jpg?w=640" data-orig-file="/a.jpg" data-orig-size="6000,4000"', "a.jpg?w=640"),
        ('src="/a-580x387.jpg" data-large-file="/a-1024x683.jpg" data-orig-file="/a.jpg"', "a-580x387.jpg"),
        ('src="/a-150x150.jpg" data-medium-file="/a-300x200.jpg" data-large-file="/a-1024x683.jpg"', "a-1024x683.jpg"),
        ('src="/a-150x150.jpg" data-large-file="/a.jpg" data-orig-file="/a.jpg" data-orig-size="900,600"', "a.jpg"),
        ('src="/a-9x9.jpg" data-large-file="/a.jpg" data-orig-file="/a.jpg" data-orig-size="6000,9"', "a-9x9.jpg"),
        ('src="/a.jpg?w=300" data-large-file="/a.jpg?w=1024"', "a.jpg?w=1024"),
        ('src="/a-1024x683.jpg" srcset="/a-300x200.jpg 300w"', "a-1024x683.jpg"),
        ('src="data:," data-orig-file="/a.jpg"', "a.jpg"),
    ],
)  # fmt: skip
def test_the_cameras_file_never_wins_over_one_that_was_made_to_be_shown(image: str, chosen: str) -> None:
    assert shown(f"<img {image}>") == [chosen]


def test_a_gallerys_small_picture_gives_way_to_the_file_it_leads_to_where_that_is_no_cameras() -> None:
    thumb = '<img src="/a-150x150.jpg">'
    assert shown(f'<a href="/a-1024x683.jpg">{thumb}</a>') == ["a-1024x683.jpg"]
    assert shown(f'<a href="/a-scaled.jpg">{thumb}</a>') == ["a-scaled.jpg"]
    assert shown(f'<a href="/a.jpg">{thumb}</a>') == ["a-150x150.jpg"]
    assert shown(f'<a href="/a/">{thumb}</a>') == ["a-150x150.jpg"]


@pytest.mark.parametrize(
    ("picture", "chosen"),
    [
        ('<source type="image/webp" srcset="/a.webp 1024w"><img src="/a-1024x683.jpg">', "a-1024x683.jpg"),
        ('<source type="image/avif" srcset="/a.avif 800w"><source srcset="/b.jpg 800w"><img src="data:,">', "b.jpg"),
        ('<source type="image/webp" data-srcset="/a.webp 800w"><img src="/a-300x200.jpg">', "a.webp"),
        ('<source media="(max-width: 600px)" srcset="/s.jpg"><source srcset="/l.jpg"><img alt="">', "l.jpg"),
    ],
)
def test_of_a_picture_with_sources_its_own_file_is_shown_unless_that_is_small_or_none(
    picture: str, chosen: str
) -> None:
    assert shown(f"<p><picture>{picture}</picture></p>") == [chosen]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="data:," data-opt-src="/hall.jpg"><noscript><img src="/hall.jpg"></noscript>',
        '<img class="lazy" src="/placeholder.svg"><noscript><img src="/hall.jpg"></noscript>',
        '<noscript><img src="/hall.jpg"></noscript><img class="lazyload" src="data:," data-src="/hall.jpg">',
        '<noscript><img src="/hall.jpg"></noscript>',
        '<a href="/x"><img src="data:," data-src="/hall.jpg"></a><noscript><img src="/hall.jpg"></noscript>',
        '<img src="/hall.jpg"><p></p><noscript><img src="/hall-300x200.jpg"></noscript>',
        '<img src="/hall.jpg"><img src="/hall-300x200.jpg">',
    ],
)
def test_what_is_shown_without_scripts_is_shown_once(html: str) -> None:
    assert shown(f"<div>{html}</div>") == ["hall.jpg"]


@pytest.mark.parametrize(
    ("image", "size"),
    [
        ('src="/a-300x200.jpg" width="300" height="200" srcset="/a-300x200.jpg 300w, /b.jpg 900w"', ("900", "600")),
        ('src="/a-150x150.jpg" width="150" height="150" data-large-file="/a-1024x683.jpg"', ("1024", "683")),
        ('src="data:," data-src="/a.jpg" width="640" height="480"', ("640", "480")),
        ('src="/a.jpg" width="640" height="480"', ("640", "480")),
        ('src="/a-300x200.jpg" width="300" srcset="/b.jpg 900w"', ("900", None)),
        ('srcset="/b.jpg 900w"', (None, None)),
    ],
)
def test_the_size_that_is_said_is_that_of_the_file_that_was_chosen(
    image: str, size: tuple[str | None, str | None]
) -> None:
    (found,) = tidied(f"<img {image}>", BASE).iter("img")
    assert (found.get("width"), found.get("height")) == size


def test_galleries_are_figures_in_their_order_with_their_captions() -> None:
    classic = (
        '<div class="gallery"><dl class="gallery-item"><dt class="gallery-icon"><a href="/one/"><img src="/1.jpg"></a>'
        '</dt><dd class="wp-caption-text gallery-caption">One</dd></dl>'
        '<dl class="gallery-item"><dt class="gallery-icon"><img src="/2.jpg"></dt></dl><br></div>'
    )
    assert sanitise(classic, BASE) == (
        f'<div><figure><a href="{ON}one/"><img src="{ON}1.jpg"></a><figcaption>One</figcaption></figure>'
        f'<figure><img src="{ON}2.jpg"></figure></div>'
    )
    block = (
        '<ul class="wp-block-gallery"><li class="blocks-gallery-item"><figure><img src="/1.jpg"><figcaption>One'
        '</figcaption></figure></li><li class="blocks-gallery-item"><figure><img src="/2.jpg"></figure></li></ul>'
    )
    assert sanitise(block, BASE) == (
        f'<figure><img src="{ON}1.jpg"><figcaption>One</figcaption></figure>\n<figure><img src="{ON}2.jpg"></figure>'
    )
    tiled = (
        '<div class="tiled-gallery"><div class="gallery-row"><div class="tiled-gallery-item"><a href="/one/">'
        '<img src="/1.jpg"></a><div class="tiled-gallery-caption">One</div></div></div></div>'
    )
    assert sanitise(tiled, BASE) == (
        f'<div><div><figure><a href="{ON}one/"><img src="{ON}1.jpg"></a><figcaption>One</figcaption></figure></div>'
        "</div>"
    )


def test_a_captioned_picture_of_the_classic_editor_is_a_figure() -> None:
    html = '<div class="wp-caption"><img src="/1.jpg"><p class="wp-caption-text">The hall</p></div>'
    assert sanitise(html, BASE) == f'<figure><img src="{ON}1.jpg"><figcaption>The hall</figcaption></figure>'


def test_a_picture_that_only_a_style_shows_is_one_where_it_is_said_to_be() -> None:
    said = '<div role="img" aria-label="Hall" style="background-image: url(\'/hall.jpg\')"></div><p>a</p>'
    assert sanitise(said, BASE) == f'<div><img alt="Hall" src="{ON}hall.jpg"></div>\n<p>a</p>'
    cover = '<div class="wp-block-cover" style="background-image:url(/hall.jpg)"><p>a</p></div>'
    assert sanitise(cover, BASE) == f'<div><p><img alt="" src="{ON}hall.jpg"></p><p>a</p></div>'
    assert sanitise('<div style="background:url(/texture.png)"><p>a</p></div>', BASE) == "<div><p>a</p></div>"


@pytest.mark.parametrize(
    ("html", "lead"),
    [
        ('<img src="/icon.png" width="64" height="64"><img src="/hall.jpg">', "hall.jpg"),
        ('<img src="https://secure.gravatar.com/avatar/1?s=200"><img src="/hall.jpg" width="640">', "hall.jpg"),
        ('<img src="/icon.png" width="32" height="32">', None),
    ],
)
def test_the_lead_picture_shows_what_the_post_is_about(html: str, lead: str | None) -> None:
    found = lead_image(tidied(f"<p>{html}</p>", BASE))
    assert (found.url if found else None) == (f"{ON}{lead}" if lead else None)
    assert read("", html, url=BASE).lead_image == found


WIDTHS = st.none() | st.integers(1, 7000)


@given(widths=st.lists(WIDTHS, min_size=1, max_size=8))
def test_what_is_chosen_was_offered_and_no_wider_one_fits(widths: list[int | None]) -> None:
    offered = [PictureFile(url=f"{ON}{n}.jpg", width=width) for n, width in enumerate(widths)]
    found = best(offered)
    known = [width for width in widths if width]
    assert found in offered
    assert (found.width is None) is (not known)
    if found.width and found.width <= WIDEST:
        assert not any(found.width < width <= WIDEST for width in known)
    elif found.width:
        assert found.width == min(width for width in known if width > WIDEST)


@given(srcset=st.text(alphabet="ab/., 0123wx\n", max_size=60))
def test_whatever_srcset_says_only_its_own_addresses_come_out(srcset: str) -> None:
    for found in from_srcset(srcset, BASE):
        assert (
            found.url.removeprefix("https://blog.example.org/2026/11/a-post/").rpartition("/")[2].strip("/") in srcset
        )


def test_one_picture_with_two_captions_is_shown_with_each() -> None:
    html = '<figure><img src="/1.jpg"></figure><figure><img src="/1.jpg"><figcaption>Again</figcaption></figure>'
    assert shown(html) == ["1.jpg", "1.jpg"]


def test_a_sliders_copies_are_not_shown() -> None:
    copy, slide = '<li class="swiper-slide-duplicate"><img src="/2.jpg"></li>', '<li><img src="/1.jpg"></li>'
    assert shown(f'<ul class="swiper-wrapper">{copy}{slide}</ul>') == ["1.jpg"]


def test_two_sizes_of_a_picture_have_one_motif_and_two_pictures_have_two() -> None:
    sizes = [
        "https://b.example/u/a.jpg",
        "https://b.example/u/a-300x200.jpg",
        "https://i0.wp.com/b.example/u/a.jpg?w=9",
    ]
    assert len(set(map(motif, [*sizes, "https://b.example/u/a-scaled.jpg", "https://b.example/u/a.webp"]))) == 1
    assert len(set(map(motif, ["https://b.example/u/a-1.jpg", "https://b.example/u/a-2.jpg"]))) == 2
    assert len(set(map(motif, ["https://b.example/i?id=1", "https://b.example/i?id=2"]))) == 2


@pytest.mark.parametrize("part", ["a 1w,", " , ,", "lazy", ",,,,", "-300x200"])
def test_a_hostile_srcset_costs_steps_in_proportion_to_its_length(part: str) -> None:
    html = f'<img srcset="{part * 4000}" data-src="{part * 4000}">'
    assert steps(lambda: sanitise(html, BASE)) < 50 * len(html)
