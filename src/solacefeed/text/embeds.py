"""What an embed's address shows, as an address that a person can open.

A frame's address is made for the frame: outside of it some show nothing, others a player without its page. Each service
is a row of ``_SERVICES``: what its frames' addresses look like, without scheme, and the page behind each.

Law: an address that no row knows is its own page; nothing here raises or asks anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from solacefeed.addresses import parsed
from solacefeed.text.urls import absolute

#: Longer ones are no embed's, and would only cost time.
_LONGEST: Final = 4000

_Query = Mapping[str, str]
_Page = Callable[[re.Match[str], _Query], str | None]


def page(url: str) -> str:
    """The page that shows what the frame at *url* shows; *url* itself where nothing better is known."""
    return known_page(url) or url


def known_page(url: str) -> str | None:
    """The page of a service that is known; ``None`` for any other address."""
    if len(url) > _LONGEST:
        return None
    address = parsed(url)
    host = address.host.removeprefix("www.").removeprefix("m.")
    place = f"{host}{address.path}"
    query = queried(f"{address.query}&{address.fragment}")
    for pattern, made in _SERVICES:
        found = pattern.fullmatch(place)
        whole = found and made(found, query)
        if whole:
            return absolute(whole, "")
    return None


def queried(query: str) -> dict[str, str]:
    """The values of a query, the first of each name."""
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return {}
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return first


def _with(url: str, query: _Query, *names: str) -> str:
    """*url* with those of the query's *names* that it has, each once."""
    told = {name: query[name] for name in names if query.get(name)}
    return f"{url}?{urlencode(told)}" if told else url


def _filled(template: str) -> _Page:
    """A page of which the address holds what the frame's does."""
    return lambda found, _: found.expand(template)


# -- films ------------------------------------------------------------------------------------------


def youtube(video: str, query: _Query) -> str:
    """The page of a film, from the same moment and in the same list."""
    told = {"v": video, "list": query.get("list", ""), "t": query.get("t") or query.get("start", "")}
    return f"https://www.youtube.com/watch?{urlencode({name: value for name, value in told.items() if value})}"


def _youtube(found: re.Match[str], query: _Query) -> str | None:
    video = found["id"]
    if video == "videoseries" or (video is None and query.get("list")):
        return _with("https://www.youtube.com/playlist", query, "list") if query.get("list") else None
    if video == "live_stream":
        channel = query.get("channel")
        return f"https://www.youtube.com/channel/{quote(channel, safe='')}/live" if channel else None
    return youtube(video, query) if video else None


def _youtube_watch(_: re.Match[str], query: _Query) -> str | None:
    return youtube(query["v"], query) if query.get("v") else None


def _vimeo(found: re.Match[str], query: _Query) -> str:
    key = query.get("h", "")
    moment = f"#t={query['t']}" if re.fullmatch(r"[0-9hms]{1,12}", query.get("t", "")) else ""
    return f"https://vimeo.com/{found['id']}{f'/{key}' if re.fullmatch(r'[0-9a-f]{4,40}', key) else ''}{moment}"


def _ted(found: re.Match[str], query: _Query) -> str:
    language = found["language"] or query.get("language")
    return f"https://www.ted.com/talks/{found['talk']}" + (f"?language={language}" if language else "")


def _dailymotion(_: re.Match[str], query: _Query) -> str | None:
    video = query.get("video", "")
    return f"https://www.dailymotion.com/video/{video}" if video.isalnum() else None


def _twitch(_: re.Match[str], query: _Query) -> str | None:
    if query.get("video"):
        return f"https://www.twitch.tv/videos/{quote(query['video'].removeprefix('v'), safe='')}"
    return f"https://www.twitch.tv/{quote(query['channel'], safe='')}" if query.get("channel") else None


# -- sounds -----------------------------------------------------------------------------------------


def _spotify_named(_: re.Match[str], query: _Query) -> str | None:
    found = re.fullmatch(r"spotify:(track|album|artist|playlist|show|episode):(\w{1,40})", query.get("uri", ""))
    return f"https://open.spotify.com/{found[1]}/{found[2]}" if found else None


def _soundcloud(_: re.Match[str], query: _Query) -> str | None:
    """The sound's page; one that only their API has a name for is played by the player itself."""
    told = absolute(query.get("url"), "")
    return told if told and parsed(told).host.removeprefix("www.").removeprefix("m.") == "soundcloud.com" else None


def _mixcloud(_: re.Match[str], query: _Query) -> str | None:
    return absolute(query.get("feed"), "https://www.mixcloud.com/")


# -- what people say --------------------------------------------------------------------------------


def _tweet(_: re.Match[str], query: _Query) -> str | None:
    number = query.get("id", "")
    return f"https://x.com/i/status/{number}" if number.isdecimal() else None


def _named(name: str) -> _Page:
    """A page that the frame's address names whole in its query."""
    return lambda _, query: absolute(query.get(name), "")


# -- maps -------------------------------------------------------------------------------------------

_NUMBER: Final = r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?"
_PB_PLACE: Final = re.compile(r"!1s0x[0-9a-f:x]{3,40}!2s([^!]{1,300})")
_PB_CENTRE: Final = re.compile(rf"!2d({_NUMBER})!3d({_NUMBER})")


def _google_map(_: re.Match[str], query: _Query) -> str | None:
    """The place by its name near where the frame shows it, else the spot: opened alone, the frame says nothing."""
    told = query.get("pb", "")
    place, centre = _PB_PLACE.search(told), _PB_CENTRE.search(told)
    spot = f"{centre[2]},{centre[1]}" if centre else ""
    if place and spot:
        return f"https://www.google.com/maps/search/{quote(unquote(place[1]), safe='')}/@{spot},15z"
    return _searched(place[1] if place else spot)


def _searched(what: str) -> str | None:
    return f"https://www.google.com/maps/search/?{urlencode({'api': 1, 'query': what})}" if what else None


def _google_place(_: re.Match[str], query: _Query) -> str | None:
    """Without the key of the blog that the frame's address holds."""
    return _searched(query.get("q") or query.get("center") or query.get("location") or "")


def _google_way(_: re.Match[str], query: _Query) -> str | None:
    ends = {name: query[name] for name in ("origin", "destination") if query.get(name)}
    return f"https://www.google.com/maps/dir/?{urlencode({'api': 1, **ends})}" if ends else None


def _google_classic(_: re.Match[str], query: _Query) -> str | None:
    if query.get("output") not in ("embed", "svembed"):
        return None
    return _with("https://www.google.com/maps", query, *(name for name in query if name != "output"))


def _street_map(_: re.Match[str], query: _Query) -> str | None:
    marker = re.fullmatch(rf"({_NUMBER}),({_NUMBER})", query.get("marker", ""))
    if marker:
        return f"https://www.openstreetmap.org/?mlat={marker[1]}&mlon={marker[2]}#map=16/{marker[1]}/{marker[2]}"
    corners = re.fullmatch(rf"({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})", query.get("bbox", ""))
    names = ("minlon", "minlat", "maxlon", "maxlat")
    told = urlencode(dict(zip(names, corners.groups(), strict=True))) if corners else ""
    return f"https://www.openstreetmap.org/?{told}" if told else None


# -- papers -----------------------------------------------------------------------------------------


def _issuu(_: re.Match[str], query: _Query) -> str | None:
    user, paper = query.get("u"), query.get("d")
    return f"https://issuu.com/{quote(user, safe='')}/docs/{quote(paper, safe='')}" if user and paper else None


def _row(pattern: str, made: str | _Page) -> tuple[re.Pattern[str], _Page]:
    return re.compile(pattern), _filled(made) if isinstance(made, str) else made


#: Host, without ``www.``, and path of a frame's address; and the page behind it.
_SERVICES: Final = tuple(
    _row(pattern, made)
    for pattern, made in (
        (r"youtube(?:-nocookie)?\.com/(?:embed|v|e|live)(?:/(?P<id>[\w-]{1,40}))?/?", _youtube),
        (r"youtu\.be/(?P<id>[\w-]{1,40})/?", _youtube),
        (r"youtube(?:-nocookie)?\.com/watch/?", _youtube_watch),
        (r"youtube\.com/shorts/([\w-]{1,40})/?", r"https://www.youtube.com/shorts/\1"),
        (r"player\.vimeo\.com/video/(?P<id>[0-9]{1,20})/?", _vimeo),
        (r"vimeo\.com/((?:event|showcase)/[0-9]{1,20})/embed(?:/\w{1,40})?/?", r"https://vimeo.com/\1"),
        (r"(?:geo\.)?dailymotion\.com/player(?:/\w{1,40})?\.html", _dailymotion),
        (r"dailymotion\.com/embed/video/([A-Za-z0-9]{1,40})/?", r"https://www.dailymotion.com/video/\1"),
        (r"embed(?:-ssl)?\.ted\.com/talks/(?:lang/(?P<language>[\w-]{2,10})/)?(?P<talk>\w{1,200})(?:\.html)?/?", _ted),
        (r"player\.twitch\.tv/?", _twitch),
        (r"videopress\.com/(?:embed|v)/(\w{1,20})/?", r"https://videopress.com/v/\1"),
        (r"video\.wordpress\.com/embed/(\w{1,20})/?", r"https://videopress.com/v/\1"),
        (r"loom\.com/embed/(\w{1,80})/?", r"https://www.loom.com/share/\1"),
        (r"archive\.org/embed/([\w.-]{1,200})(?:/.*)?", r"https://archive.org/details/\1"),
        (r"open\.spotify\.com/embed(?:-podcast)?/(?:intl-\w{2}/)?([a-z]{1,20}/\w{1,40})(?:/.*)?",
         r"https://open.spotify.com/\1"),
        (r"(?:open|embed)\.spotify\.com/(?:embed/?)?", _spotify_named),
        (r"w\.soundcloud\.com/player/?", _soundcloud),
        (r"(?:player-widget\.)?mixcloud\.com/widget/(?:iframe|follow)/?", _mixcloud),
        (r"embed\.podcasts\.apple\.com/(.{1,500})", r"https://podcasts.apple.com/\1"),
        (r"embed\.music\.apple\.com/(.{1,500})", r"https://music.apple.com/\1"),
        (r"embed\.acast\.com/(.{1,500})", r"https://play.acast.com/s/\1"),
        (r"platform\.(?:twitter|x)\.com/embed/tweet\.html", _tweet),
        (r"platform\.(?:twitter|x)\.com/embed/Tweet\.html", _tweet),
        (r"instagram\.com/((?:[\w.]{1,40}/)?(?:p|reel|tv)/[\w-]{1,40})(?:/embed(?:/captioned)?)?/?",
         r"https://www.instagram.com/\1/"),
        (r"(?:web\.)?facebook\.com/(?:v[0-9.]{1,6}/)?plugins/(?:post|video|page|comment_embed)\.php", _named("href")),
        (r"tiktok\.com/(?:embed(?:/v[0-9])?|player/v[0-9])/([0-9]{1,30})/?", r"https://www.tiktok.com/@_/video/\1"),
        (r"linkedin\.com/embed/(feed/update/[\w:%-]{1,100})/?", r"https://www.linkedin.com/\1"),
        (r"redditmedia\.com/(r/[\w/-]{1,300})", r"https://www.reddit.com/\1"),
        (r"embed\.bsky\.app/embed/([\w:.-]{1,100})/app\.bsky\.feed\.post/(\w{1,40})",
         r"https://bsky.app/profile/\1/post/\2"),
        (r"google(?:\.[a-z]{2,3}){1,2}/maps/embed/?", _google_map),
        (r"google(?:\.[a-z]{2,3}){1,2}/maps/embed/v1/(?:place|search|view|streetview)", _google_place),
        (r"google(?:\.[a-z]{2,3}){1,2}/maps/embed/v1/directions", _google_way),
        (r"google(?:\.[a-z]{2,3}){1,2}/maps/d/(?:u/[0-9]/)?embed", lambda _, query: _with(
            "https://www.google.com/maps/d/viewer", query, "mid", "ll", "z")),
        (r"(?:maps\.)?google(?:\.[a-z]{2,3}){1,2}(?:/maps)?/?", _google_classic),
        (r"openstreetmap\.org/export/embed\.html", _street_map),
        (r"docs\.google\.com/(forms/d/(?:e/)?[\w-]{1,120}/viewform)", r"https://docs.google.com/\1"),
        (r"docs\.google\.com/(document/d/e/[\w-]{1,120}/pub)", r"https://docs.google.com/\1"),
        (r"docs\.google\.com/(spreadsheets/d/e/[\w-]{1,120}/pubhtml)", r"https://docs.google.com/\1"),
        (r"docs\.google\.com/presentation/d/(e/[\w-]{1,120})/(?:pub)?embed",
         r"https://docs.google.com/presentation/d/\1/pub"),
        (r"docs\.google\.com/((?:presentation|document|spreadsheets)/d/[\w-]{1,120})/(?:embed|preview)",
         r"https://docs.google.com/\1/view"),
        (r"drive\.google\.com/(file/d/[\w-]{1,120})/preview", r"https://drive.google.com/\1/view"),
        (r"docs\.google\.com/(?:viewer|gview|viewerng/viewer)", _named("url")),
        (r"drive\.google\.com/viewerng/viewer", _named("url")),
        (r"view\.officeapps\.live\.com/op/(?:embed|view)\.aspx", _named("src")),
        (r"e\.issuu\.com/embed\.html", _issuu),
        (r"scribd\.com/embeds/([0-9]{1,20})/content", r"https://www.scribd.com/document/\1"),
        (r"giphy\.com/embed/(\w{1,60})(?:/.*)?", r"https://giphy.com/gifs/\1"),
    )
)  # fmt: skip
