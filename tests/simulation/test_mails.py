"""How a message is read: which posts it brings, and what it tells of others."""

from __future__ import annotations

from email.message import EmailMessage

from tests.simulation.mails import read

BLOG = "https://blog.example.org"
ADDRESSES = {f"{BLOG}/post-{number}/": number for number in (1, 2)}
TEXT = f"""\
Post 2
{BLOG}/post-2/

----

\u201cPost 1\u201d, which we mailed to you, is called Post 1,
version 2 now.
{BLOG}/post-1/

A post that we mailed to you was withdrawn.
"""
HTML = f"""\
<h1><a href="{BLOG}/post-2/">Post 2</a></h1>
<p>\u201c<span>Post 1</span>\u201d, which we mailed to you,
is called <a href="{BLOG}/post-1/">Post 1, version 2</a> now.</p>
<p>A post that we mailed to you was withdrawn.</p>
"""


def a_message() -> bytes:
    message = EmailMessage()
    message["To"], message["Subject"] = "ann@example.org", "Post 2"
    message["Message-ID"], message["List-Id"] = "<weekly-2026-11-30.0a@example.org>", "Weekly <weekly.example.org>"
    message.set_content(TEXT)
    message.add_alternative(HTML, subtype="html")
    return message.as_bytes().replace(b"\n", b"\r\n")


def test_what_is_said_of_posts_that_were_mailed_before_is_no_post_that_it_brings() -> None:
    mail = read(a_message(), ADDRESSES)
    assert (mail.posts, mail.in_text) == (frozenset({2}), frozenset({2}))
    assert (mail.renamed, mail.withdrawn) == ((("Post 1", 1, "Post 1, version 2"),), 1)
