"""A population that follows a site, its size known, and the logs that it leaves with a web server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

APPS = (
    "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    "FreshRSS/1.24.3 (Linux; https://freshrss.org)",
    "Mozilla/5.0 (compatible; Miniflux/2.2.1; +https://miniflux.app)",
    "newsboat/2.36 (Linux x86_64)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "-",
)
#: What each states at most on a day, and in which words.
STATED = {
    "Feedly": (812, "Feedly/1.0 (+http://www.feedly.com/fetcher.html; {} subscribers; like FeedFetcher-Google)"),
    "Feedbin": (64, "Feedbin feed-id:12345 - {} subscribers"),
    "NewsBlur": (31, "NewsBlur Feed Fetcher - {} subscribers - https://www.newsblur.com/site/77/the-blog"),
    "The Old Reader": (9, "Mozilla/5.0 (compatible; theoldreader.com; {} subscribers; feed-id=5b1f)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """So many single readers of one document, who poll by the hour, each with a program of their own."""

    readers: int
    path: str = "/all.atom"
    hours: int = 24

    def log(self, day: date) -> Iterator[str]:
        """A day of it in nginx's "combined", with aggregators and programs that nobody reads with."""
        chance = Random(day.toordinal())
        for hour in range(self.hours):
            at = datetime.combine(day, time(hour), UTC)
            for number in range(self.readers):
                yield combined(self.address(number, day, hour), at, self.path, APPS[number % len(APPS)])
            for most, words in STATED.values():
                # What one of its machines knows lags behind another's.
                yield combined(f"198.51.100.{chance.randrange(250)}", at, self.path, words.format(most - hour % 3))
            for number, bot in enumerate(BOTS):
                yield combined(f"203.0.113.{number}", at, self.path, bot)

    def address(self, number: int, day: date, hour: int) -> str:
        """One in three has IPv6, whose second half is another each hour; the others' is another each day."""
        if number % 3 == 0:
            return f"2001:db8:{number:x}:7:{hour + 1:x}:{day.day:x}:0:9"
        spread = (number * 7919 + day.toordinal() * 104_729) % 2**24
        return f"10.{spread >> 16}.{spread >> 8 & 255}.{spread & 255}"


def combined(address: str, at: datetime, path: str, agent: str, *, status: int = 200, method: str = "GET") -> str:
    return f'{address} - - [{at:%d/%b/%Y:%H:%M:%S %z}] "{method} {path} HTTP/1.1" {status} 5120 "-" "{agent}"'


def of_caddy(address: str, at: datetime, path: str, agent: str, *, host: str = "feeds.example.org") -> str:
    asked = {"remote_ip": address, "client_ip": address, "method": "GET", "host": host, "uri": path}
    return json.dumps(
        {
            "level": "info",
            "ts": at.timestamp(),
            "msg": "handled request",
            "request": {**asked, "headers": {"User-Agent": [agent]}},
            "status": 200,
        }
    )


def hours(day: date, count: int) -> list[datetime]:
    return [datetime.combine(day, time(), UTC) + timedelta(hours=hour) for hour in range(count)]
