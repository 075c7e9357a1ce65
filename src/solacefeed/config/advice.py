"""What a valid config had better say otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_network

from solacefeed.addresses import parsed
from solacefeed.colours import READABLE, contrast
from solacefeed.config.checks import address_of, is_loopback
from solacefeed.config.tables import Config, DigestConfig
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.digests import Approval
from solacefeed.palette import palette
from solacefeed.words import marked

#: What a new config says of who publishes.
PLACEHOLDER = "Your organisation"

_EXAMPLE = re.compile(r"(^|\.)(example\.(org|com|net)|example|invalid|test)$")
_BARE_OFFSET = re.compile(r"Etc/.+|UTC|UCT|GMT([+-]?0)?|Zulu|Greenwich|Universal|EST|MST|HST")


def warnings(config: Config) -> list[str]:
    """One line for each thing that works, and that the operator may not have meant."""
    return [*(says for holds, says in _ADVICE if holds(config)), *_of_the_accent(config.site.accent)]


def named_slugs(config: Config) -> Iterator[tuple[str, Sequence[str]]]:
    """Every slug that the config names, behind the place of it."""
    yield from ((f"[[combined]] {each.slug}", each.categories) for each in config.combined)
    # WordPress has it from the beginning; where it was taken away, there is nothing to hide.
    yield "[categories] hide", [slug for slug in config.categories.hide if slug != "uncategorized"]
    yield "[categories] labels", list(config.categories.labels)
    yield "[languages]", list(config.languages)
    yield from ((f"[[events]] {each.id}", each.categories) for each in config.events)
    yield from ((f"[[calendars]] {each.name}", each.categories) for each in config.calendars)
    yield from ((f"[[digests]] {each.name}", each.categories or ()) for each in config.digests)
    yield from ((f"[[subscribers]] {each.email}", each.categories or ()) for each in config.subscribers)
    yield from ((f"[[sync]] {each.name}", tuple(each.words.values())) for each in config.sync)


def named_tags(config: Config) -> Iterator[tuple[str, Sequence[str]]]:
    """Every slug of the config that may be a tag's, behind the place of it."""
    yield "[tags] follow", config.tags.follow
    for digest in config.digests:
        yield "[digests.marks] leave_out", digest.marks.leave_out
        yield "[digests.marks] only", digest.marks.only


def _of_the_accent(accent: str) -> Iterator[str]:
    """That words can't be read in it, and what they are written in instead."""
    links = palette(accent).light.accent
    if links != accent:
        yield (
            f"[site] accent: {accent} has a contrast of {_in_tenths(contrast(accent, '#fff'))} on white, and words "
            f"want {READABLE}; so bands and buttons have it, and links are {links}"
        )


def _in_tenths(ratio: float) -> str:
    """Rounded down, or what is not enough would look as if it were."""
    return f"{int(ratio * 10) / 10}"


def _in_the_clear(url: str | None) -> bool:
    address = parsed(url or "")
    return address.scheme == "http" and not is_loopback(address.host)


def _mails_people(config: Config) -> bool:
    return config.mail.transport == "smtp"


def _goes_out(config: Config) -> bool:
    """Whether readers meet what is made here: the bundled blog is for trying."""
    return config.source.url != "sample:"


def _is_nobodys(domain: str | None) -> bool:
    """Whether *domain* stands in examples alone (RFC 2606), or is this machine."""
    name = (domain or "").rstrip(".").lower()
    return bool(_EXAMPLE.search(name)) or is_loopback(name)


def _host(url: str | None) -> str:
    return parsed(url or "").host


def _mail_domain(address: str) -> str:
    return address_of(address).rpartition("@")[2]


def _mails_under(config: Config, key: str) -> bool:
    """Whether mails carry an address, written in the key of [mail], that is nobody's."""
    if not _mails_people(config) or not _goes_out(config) or key not in config.mail.model_fields_set:
        return False
    return _is_nobodys(_mail_domain(getattr(config.mail, key)))


def _has_forms(config: Config) -> bool:
    return config.web.base_url is not None and bool(config.digests) and config.as_of is None


def _waits_for_an_editor(digest: DigestConfig) -> bool:
    return any(cadence.approval is not Approval.NONE for cadence in digest.digest().cadences)


def _are_bounces_read(config: Config) -> bool:
    # Whoever signs return paths and names no mailbox hands bounces on by a program of theirs.
    return bool(config.bounces.maildir or config.bounces.imap or config.bounces.verp)


def _of_mail(key: str, named: str) -> tuple[Callable[[Config], bool], str]:
    return (
        lambda config: _mails_under(config, key),
        f"[mail] {named}: this address is an example's, or this machine's; write your own before people are mailed",
    )


_ADVICE: tuple[tuple[Callable[[Config], bool], str], ...] = (
    (
        lambda config: _mails_people(config) and config.as_of is not None,
        "as_of: time stands still, so that nothing new is ever due; take it out before people are mailed",
    ),
    (
        lambda config: _mails_people(config) and config.source.url == "sample:",
        "[source] url: transport smtp would mail the bundled sample blog to people",
    ),
    (
        lambda config: not _goes_out(config) and config.site.organisation == PLACEHOLDER,
        (
            "[source] url: the bundled blog is for trying; begin your own with `solacefeed init` in another folder, "
            "for a store keeps the [site] tag_authority that it began with"
        ),
    ),
    (
        lambda config: bool(_EXAMPLE.search(_host(config.source.url))),
        "[source] url: an example's address; write your blog's",
    ),
    (
        lambda config: _goes_out(config) and config.site.organisation == PLACEHOLDER,
        "[site] organisation: still the words that a new config has; pages and mails go out under them",
    ),
    (
        lambda config: _goes_out(config) and _is_nobodys(_host(config.site.base_url)),
        "[site] base_url: an example's address, or this machine's; feeds tell readers to come there",
    ),
    (
        lambda config: _goes_out(config) and _is_nobodys(_mail_domain(config.site.tag_authority.partition(",")[0])),
        (
            "[site] tag_authority: an example's domain, or this machine's, is not yours to make ids under; "
            "write your own before the first run, for a store keeps it"
        ),
    ),
    (
        lambda config: bool(config.mail.only_to),
        "[mail] only_to: a trial; mail to anybody else is cancelled, and never comes later",
    ),
    _of_mail("sender", "from"),
    _of_mail("reply_to", "reply_to"),
    _of_mail("unsubscribe_mailbox", "unsubscribe_mailbox"),
    _of_mail("return_path", "return_path"),
    (
        lambda config: _mails_people(config) and not _are_bounces_read(config),
        (
            "[bounces] maildir: nobody reads what comes back, so that mail goes on to addresses that do not exist, and "
            "to who calls it spam; name the mailbox of [mail] return_path there, or in imap"
        ),
    ),
    (
        lambda config: _mails_people(config) and _goes_out(config) and _is_nobodys(_host(config.web.base_url)),
        "[web] base_url: an example's address, or this machine's; mails lead readers there to unsubscribe",
    ),
    (
        lambda config: _in_the_clear(config.source.url),
        "[source] url: http can be read and changed on its way; write https where the blog has it",
    ),
    (
        lambda config: _in_the_clear(config.site.base_url),
        "[site] base_url: http can be read and changed on its way; write https where your server has it",
    ),
    (
        lambda config: bool(_BARE_OFFSET.fullmatch(config.site.time_zone or "")),
        (
            "[site] time_zone: a bare offset knows no summer time, so closing times move by an hour; "
            'write a place, such as "Europe/London"'
        ),
    ),
    (
        lambda config: bool(config.subscribers and not config.digests),
        "[[subscribers]]: nobody gets mail, since there is no [[digests]]",
    ),
    (
        lambda config: bool(config.mail.operators and not config.digests),
        (
            "[mail] operators: nobody is told of anything, since without [[digests]] no mail is handed over; "
            "[monitoring] webhook or heartbeat needs none"
        ),
    ),
    (
        lambda config: config.monitoring.heartbeat_fail is not None and config.monitoring.heartbeat is None,
        "[monitoring] heartbeat_fail: it is fetched in the stead of heartbeat, and there is none",
    ),
    (
        lambda config: any(ip_network(each).is_loopback for each in config.monitoring.allow),
        (
            "[monitoring] allow: this machine is not let in by it, since what a proxy here hands on looks the same; "
            'write listen = "127.0.0.1:8026" there, which is asked by this machine alone'
        ),
    ),
    (
        lambda config: any(_waits_for_an_editor(digest) for digest in config.digests) and not config.mail.editors,
        (
            "[mail] editors: an edition waits for an editor, and nobody is mailed its draft; "
            'write editors = ["ed@example.org"]'
        ),
    ),
    (
        lambda config: any(digest.join == "open" and not digest.public for digest in config.digests),
        (
            "[[digests]] public: no form and no page shows it, and nobody can join it there; "
            'write join = "list" beside it, which says so'
        ),
    ),
    (
        lambda config: any(digest.settle >= timedelta(days=1) for digest in config.digests),
        "[[digests]] settle: every post waits so long before it is mailed; one that is changed, up to four times that",
    ),
    (
        lambda config: marked(config.site.language) is not None,
        (
            "[site] language: there is no catalogue of it, so our own words on pages and in mails are English, and say "
            "so; docs/languages.md says how to add one"
        ),
    ),
    (
        lambda config: config.mail.tls == "implicit" and config.mail.port == 587,
        "[mail] port: 587 speaks starttls as a rule; for tls implicit most relays listen on 465",
    ),
    (
        lambda config: _in_the_clear(config.web.base_url),
        "[web] base_url: http shows unsubscribe links to others, and mail programs offer one-click for https alone",
    ),
    (
        lambda config: config.web.base_url is not None and config.web.listen is None,
        "[web] base_url: every mail's unsubscribe link leads there, but without listen the daemon serves nothing",
    ),
    (
        lambda config: _has_forms(config) and config.mail.transport == "rehearsal",
        (
            "[mail] transport: mails are rehearsed, so nobody who subscribes on the form gets the one to confirm it: "
            "like all others it is written to a file below dir"
        ),
    ),
    (
        lambda config: any(digest.max_late > LONGEST_SENDING for digest in config.digests),
        (
            f"[[digests]] max_late: what is longer than {LONGEST_SENDING.days}d is taken as {LONGEST_SENDING.days}d, "
            f"for the news of a digest is old by then, and its copies are let go; write {LONGEST_SENDING.days}d"
        ),
    ),
    (
        lambda config: config.daemon.poll_every < timedelta(minutes=1),
        "[daemon] poll_every: more than one poll a minute is hard on the blog",
    ),
)
