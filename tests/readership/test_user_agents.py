"""Who fetches is told by the User-Agent: aggregators with their subscribers, one reader, or nobody at all."""

from __future__ import annotations

import pytest

from solacefeed.readership.user_agents import LONGEST, MOST_STATED, OTHER, AgentKind, user_agent
from tests.readership.population import APPS, BOTS


@pytest.mark.parametrize(
    ("said", "name", "subscribers", "has_feed"),
    [
        (
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
            "Feedly",
            16,
            False,
        ),
        ("Mozilla/5.0 (compatible; inoreader.com; 1 subscribers)", "Inoreader", 1, False),
        ("NewsBlur Feed Fetcher - 31 subscribers - https://www.newsblur.com/site/77/a", "NewsBlur", 31, True),
        ("Feedbin feed-id:1373711 - 142 subscribers", "Feedbin", 142, True),
        ("Mozilla/5.0 (compatible; theoldreader.com; 9 subscribers; feed-id=5b1fa0)", "The Old Reader", 9, True),
        ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 2 subscribers)", "BazQux", 2, False),
        ("Netvibes (http://www.netvibes.com; 12 subscribers; feedId: 23)", "Netvibes", 12, True),
        ("YahooFeedSeeker/2.0 (compatible; Mozilla 4.0; MSIE 5.5; users 5; views 12)", "Yahoo", 5, False),
        ("Feedly/1.0+(+http://www.feedly.com;+16+subscribers)", "Feedly", 16, False),
        ("SomeNewReader/0.1 (7 readers)", OTHER, 7, False),
        ("Feedspot/1.0 (+https://www.feedspot.com/fs/fetcher; like FeedFetcher-Google)", "Feedspot", 0, False),
        ("Superfeedr bot/2.0 http://superfeedr.com - feed-id:9", "Superfeedr", 0, True),
    ],
)
def test_an_aggregator_is_known_with_what_it_states(said: str, name: str, subscribers: int, has_feed: bool) -> None:
    told = user_agent(said)
    assert (told.kind, told.name, told.subscribers) == (AgentKind.AGGREGATOR, name, subscribers)
    assert bool(told.feed) is has_feed


def test_two_numbers_of_a_feed_are_two_and_neither_is_kept_in_its_words() -> None:
    first, second = user_agent("Feedbin feed-id:1 - 2 subscribers"), user_agent("Feedbin feed-id:2 - 2 subscribers")
    assert first.feed != second.feed
    assert user_agent("Feedbin feed-id:07700900123 - 2 subscribers").feed.find("07700900123") == -1


def test_what_nobody_can_have_is_not_believed() -> None:
    assert user_agent(f"Feedly/1.0 ({MOST_STATED} subscribers)").subscribers == MOST_STATED
    assert user_agent(f"Feedly/1.0 ({MOST_STATED + 1} subscribers)").subscribers == 0
    assert user_agent("Feedly/1.0 (999999999999999 subscribers)").subscribers == 0


@pytest.mark.parametrize("said", [*APPS, "Tiny Tiny RSS/24.08 (https://tt-rss.org/)", "Reeder/5.4 CFNetwork/1498"])
def test_a_program_that_somebody_reads_with_is_one_reader(said: str) -> None:
    assert user_agent(said).kind is AgentKind.READER


@pytest.mark.parametrize("said", [*BOTS, "", " ", "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"])
def test_a_program_that_nobody_reads_with_is_nobody(said: str) -> None:
    assert user_agent(said).kind is AgentKind.BOT


def test_no_more_is_looked_at_than_so_much() -> None:
    assert user_agent("x" * LONGEST + " 5 subscribers").kind is AgentKind.READER
