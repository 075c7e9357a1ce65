"""What the keys of ``[mail]``, ``[bounces]`` and ``[dkim]`` must be to one another, as ``rules`` has it of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr

from solacefeed.config.checks import address_of, is_loopback, mailbox
from solacefeed.config.documents import Document, Problem, table_in, tables_in, texts_in
from solacefeed.config.tables import IMAP_PASSWORD, SMTP_PASSWORD
from solacefeed.config.toml import literal
from solacefeed.models.bounces import LONGEST_RETURN_LOCAL


def _smtp_needs(document: Document) -> Iterator[Problem]:
    if table_in(document, "mail").get("transport") != "smtp":
        return
    for (table, key), says in _NEEDED_BY_SMTP.items():
        if key not in table_in(document, table):
            yield Problem(where=(table, key), says=f"missing, and transport smtp needs it; {says}")
    if "base_url" not in table_in(document, "web") and "unsubscribe_mailbox" not in table_in(document, "mail"):
        yield Problem(
            where=("mail", "unsubscribe_mailbox"),
            says="missing, and transport smtp needs a way to unsubscribe; "
            'write unsubscribe_mailbox = "unsubscribe@example.org", or set [web] base_url',
        )


_NEEDED_BY_SMTP = {
    ("mail", "from"): 'write from = "Example Council <digest@example.org>"',
    ("mail", "reply_to"): 'write reply_to = "editor@example.org"',
    ("mail", "host"): 'write host = "smtp.example.org"',
    ("site", "postal_address"): 'write postal_address = "1 Market Square, Anytown AN1 1AA"',
}


def _clear_text_stays_here(document: Document) -> Iterator[Problem]:
    for table, key, whose in (("mail", "host", "a relay"), ("bounces", "imap", "a server")):
        host = table_in(document, table).get(key)
        if table_in(document, table).get("tls") == "none" and isinstance(host, str) and not is_loopback(host):
            yield Problem(
                where=(table, "tls"),
                says=f'"none" is for {whose} on this machine alone, and {literal(host)} is not; '
                'write "starttls" or "implicit"',
            )


def _a_server_is_read_under_a_name(document: Document) -> Iterator[Problem]:
    bounces = table_in(document, "bounces")
    if "imap" in bounces and "username" not in bounces:
        yield Problem(where=("bounces", "username"), says='missing, and imap needs it; write username = "bounces"')


def _a_return_path_has_room(document: Document) -> Iterator[Problem]:
    bounces, mail = table_in(document, "bounces"), table_in(document, "mail")
    signed = bounces.get("verp", "maildir" in bounces or "imap" in bounces)
    given = mail.get("return_path", mail.get("from"))
    if signed is not True or not isinstance(given, str):
        return
    local = parseaddr(given)[1].rpartition("@")[0]
    if len(local.encode()) > LONGEST_RETURN_LOCAL:
        yield Problem(
            where=("mail", "return_path"),
            says=f"has more than {LONGEST_RETURN_LOCAL} octets before the @, and what [bounces] verp adds has no room "
            "there (RFC 5321 allows 64); take a shorter one, or write verp = false",
        )


def _who_signs_has_a_domain_and_a_key(document: Document) -> Iterator[Problem]:
    dkim = table_in(document, "dkim")
    if {"rsa_key_file", "ed25519_key_file"} & dkim.keys() and "domain" not in dkim:
        yield Problem(
            where=("dkim", "domain"), says='missing, so nothing would be signed; write domain = "example.org"'
        )
    if "domain" in dkim and "rsa_key_file" not in dkim:
        yield Problem(
            where=("dkim", "rsa_key_file"),
            says="missing, and many receivers know no other kind of key; `solacefeed dkim keygen` makes one",
        )
    if "rsa_selector" in dkim and dkim["rsa_selector"] == dkim.get("ed25519_selector"):
        yield Problem(
            where=("dkim", "ed25519_selector"), says="is that of the RSA key, and each has a record of its own"
        )


def _who_signs_is_the_sender(document: Document) -> Iterator[Problem]:
    """As DMARC asks it (RFC 9989): else a signature counts for nothing."""
    domain, sender = table_in(document, "dkim").get("domain"), table_in(document, "mail").get("from")
    if not isinstance(domain, str) or not isinstance(sender, str):
        return
    try:
        own = address_of(mailbox(sender)).rpartition("@")[2].lower()
    except ValueError:
        return
    if own.isascii() and own != domain and not own.endswith(f".{domain}"):
        yield Problem(
            where=("dkim", "domain"),
            says=f"must be {literal(own)}, the domain in [mail] from, or the one above it: else it counts for nothing",
        )


def _a_domain_has_one_group(document: Document) -> Iterator[Problem]:
    names, domains = set[str](), dict[str, str]()
    for index, group in enumerate(tables_in(table_in(document, "delivery"), "domains")):
        name = group.get("name")
        if isinstance(name, str):
            if name in names:
                yield Problem(where=("delivery", "domains", index, "name"), says=f"{literal(name)} is there already")
            names.add(name)
        for domain in texts_in(group.get("domains")):
            if domain in domains:
                yield Problem(
                    where=("delivery", "domains", index, "domains"),
                    says=f"{literal(domain)} stands in the group {literal(domains[domain])} already; "
                    "mail to a domain has one group, so take it out of one of them",
                )
            domains.setdefault(domain, str(name))


MAIL_RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    _smtp_needs,
    _clear_text_stays_here,
    _a_server_is_read_under_a_name,
    _a_return_path_has_room,
    _who_signs_has_a_domain_and_a_key,
    _who_signs_is_the_sender,
    _a_domain_has_one_group,
)


def logins(document: Document, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Who logs in has a name and a password."""
    for table, variable, name in (("mail", SMTP_PASSWORD, "digest"), ("bounces", IMAP_PASSWORD, "bounces")):
        keys = table_in(document, table)
        has_password = "password_file" in keys or environ.get(variable)
        if "username" in keys and not has_password:
            yield Problem(
                where=(table, "username"), says=f"needs a password: name its file in password_file, or set {variable}"
            )
        if "password_file" in keys and "username" not in keys:
            yield Problem(
                where=(table, "password_file"), says=f'needs a name to log in with; write username = "{name}"'
            )
