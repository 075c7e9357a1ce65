"""What audits of mails ask: languages and directions, headings, pictures, tables, links, sizes and contrast."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from lxml import html as lxml_html

from solacefeed.brand import PLAIN, Brand, Typeface, branded
from solacefeed.digest.edition_view import EditionView, Picture, TopicView
from solacefeed.digest.rendering import render
from solacefeed.palette import palette
from solacefeed.templating import templates
from tests.rendering.rendering_views import a_correction, a_post, a_promotion, an_edition

POST = a_post(
    reading_time="3 minutes to read",
    origin="First published in the LGC.",
    comments_url="https://blog.example.org/the-quiet-budget/#respond",
    picture=Picture(url="https://blog.example.org/roof.jpg", alt="A roof in the rain", width=536, height=302),
)
FULL = an_edition(
    *(replace(POST, url=f"https://blog.example.org/{number}/", title=f"Post {number}") for number in range(9)),
    promotions=(a_promotion(), a_promotion(name="Housing day", until="Tue 8 December", every=1)),
    opening=("Good morning.",),
    notices=("The office is closed.",),
    topics=(TopicView(label="Housing", posts=9),),
    away=(a_post(title="In May", url="https://blog.example.org/may/"),),
    more=3,
    corrections=(a_correction(url="https://blog.example.org/corrected/"),),
    offers=("Planning",),
    left_without=True,
)
EDITIONS: Mapping[str, EditionView] = {
    "everything": FULL,
    "from the right": replace(FULL, language="ar", direction="rtl", site_language="en"),
    "events alone": an_edition(lead=None, promotions=FULL.promotions),
    "a notice alone": an_edition(lead=None, promotions=(), notices=FULL.notices),
    "a post without words": an_edition(replace(POST, excerpt="")),
    "nothing": an_edition(lead=None, promotions=()),
}
YELLOW = branded(palette("#ffd500"), Typeface(), None)
PALE = branded(palette("#d5d5d5"), Typeface(), None)


def page(view: EditionView, brand: Brand = PLAIN) -> Any:
    return lxml_html.document_fromstring(render(view, templates(brand=brand)).html)


@pytest.fixture(params=EDITIONS, scope="module")
def mail(request: pytest.FixtureRequest) -> Any:
    return page(EDITIONS[request.param])


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_language_and_direction_stand_on_html_and_on_each_child_of_the_body(mail: Any) -> None:
    """Programs that show a mail take its html and body away, and keep what is in them."""
    assert mail.get("lang")
    for element in (mail, *mail.xpath("/html/body/*")):
        assert (element.get("lang"), element.get("dir")) == (mail.get("lang"), mail.get("dir"))
    assert mail.xpath("/html/body/*")
    assert mail.get("dir") in ("ltr", "rtl")


def test_there_is_one_h1_and_no_heading_leaves_out_a_level(mail: Any) -> None:
    levels = [int(heading.tag[1]) for heading in mail.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert all(words(heading) for heading in mail.xpath("//h1 | //h2 | //h3"))


def test_tables_are_for_looks_alone_and_pictures_say_what_they_show(mail: Any) -> None:
    assert {table.get("role") for table in mail.xpath("//table")} == {"presentation"}
    for picture in mail.xpath("//img"):
        assert picture.get("alt")
        assert int(picture.get("width")) > int(picture.get("height")) > 0


def test_a_title_and_the_ways_to_zoom_and_to_be_read_aloud_are_there(mail: Any) -> None:
    assert mail.xpath("//title/text()")
    (viewport,) = mail.xpath("//meta[@name='viewport']/@content")
    assert "user-scalable" not in viewport
    assert "maximum-scale" not in viewport
    assert mail.xpath("//*[@role='article']/@aria-label")
    assert not mail.xpath("//*[@tabindex or @accesskey] | //center | //font | //marquee | //blink")


def test_a_link_says_where_it_leads_and_says_it_of_one_place_alone(mail: Any) -> None:
    said: dict[str, set[str]] = {}
    for link in mail.xpath("//a[not(img)]"):
        name = link.get("aria-label") or words(link)
        assert name
        assert name.lower() not in ("here", "click here", "more", "link", "read more")
        # Who speaks to a program says what is seen (WCAG 2.2, 2.5.3).
        assert name.startswith(words(link))
        said.setdefault(name, set()).add(link.get("href"))
    assert all(len(places) == 1 for name, places in said.items() if "on the web" not in name)


def test_no_words_are_small_and_lines_have_room(mail: Any) -> None:
    for style in mail.xpath("//body//@style"):
        size, height = re.search(r"font-size: (\d+)px", style), re.search(r"line-height: (\d+)px", style)
        if size and height and int(size[1]) != 10:
            assert int(size[1]) >= 14
            assert int(height[1]) >= 1.19 * int(size[1])


# -- contrast ---------------------------------------------------------------------------------------

Colours = Callable[[Any, str], str | None]


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def whole(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * sign for sign in colour[1:])


def in_light(element: Any, name: str) -> str | None:
    found = re.search(rf"(?<![-\w]){name}: (#\w+)", element.get("style", ""))
    return whole(found[1]) if found else None


def dark_rules(mail: Any) -> list[tuple[list[str], str]]:
    (style,) = (text for text in mail.xpath("//style/text()") if "prefers-color-scheme" in text)
    block = style.partition("prefers-color-scheme: dark")[2]
    return [(rule.split(","), body) for rule, body in re.findall(r"([^{}]+)\{([^{}]+)\}", block.partition("{")[2])]


def fits(element: Any, selector: str) -> bool:
    *above, last = selector.split()
    if not (last[1:] in element.get("class", "").split() if last[0] == "." else last == element.tag):
        return False
    return all(any(fits(one, each) for one in element.iterancestors()) for each in above)


def in_the_dark(rules: list[tuple[list[str], str]]) -> Colours:
    def colour(element: Any, name: str) -> str | None:
        found = [
            (selector.count("."), len(selector.split()), at, said[1])
            for at, (selectors, body) in enumerate(rules)
            for selector in map(str.strip, selectors)
            if fits(element, selector) and (said := re.search(rf"(?<![-\w]){name}: (#\w+)", body))
        ]
        return whole(max(found)[3]) if found else in_light(element, name)

    return colour


def inverted(colour: str) -> str:
    """As programs turn a mail dark which they think has no colours for the dark."""
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, 1 - light, saturation))


def nearest(element: Any, name: str, colours: Colours) -> str:
    line = (colour for each in (element, *element.iterancestors()) if (colour := colours(each, name)))
    return next(line, "#000000" if name == "color" else "#ffffff")


def pairs(mail: Any, colours: Colours) -> Iterator[tuple[str, str, str]]:
    """What stands in which colour on which."""
    for element in mail.xpath("//body//*[text()[normalize-space()]][not(ancestor-or-self::*[@class='preheader'])]"):
        yield words(element), nearest(element, "color", colours), nearest(element, "background-color", colours)


@pytest.mark.parametrize("brand", [PLAIN, YELLOW, PALE], ids=["ours", "yellow", "pale"])
def test_all_words_can_be_read_in_light_in_the_dark_and_inverted(brand: Brand) -> None:
    mail = page(FULL, brand)
    dark = in_the_dark(dark_rules(mail))
    light_pairs, dark_pairs = list(pairs(mail, in_light)), list(pairs(mail, dark))
    assert len(light_pairs) == len(dark_pairs) > 50
    assert {brand.dark.paper, brand.dark.sheet, brand.dark.band} <= {background for _, _, background in dark_pairs}
    for said, colour, background in [*light_pairs, *dark_pairs]:
        assert contrast(colour, background) >= 4.5, (said, colour, background)
    for said, colour, background in light_pairs if brand == PLAIN else ():
        assert contrast(inverted(colour), inverted(background)) >= 4.5, (said, colour, background)
