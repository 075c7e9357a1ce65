"""The root of the command line: which commands there are, and what stands before all of them.

It loads click and no command: a command's module, and with it the rooms that it needs, is loaded when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from keyword import iskeyword
from typing import NamedTuple

import click

from solacefeed import __version__
from solacefeed.cli.options import Options, common, is_there


class ListedCommand(NamedTuple):
    """A command as ``--help`` lists it, before it is loaded."""

    #: Under ``solacefeed.cli``; the command is called there as it is here.
    module: str
    #: The first sentence of its own help.
    summary: str


#: The commands in the order in which a site needs them.
SECTIONS: Mapping[str, Mapping[str, ListedCommand]] = {
    "Begin": {
        "try": ListedCommand("tryout", "Show what is understood of a blog, as a page; nothing is mailed or kept."),
        "init": ListedCommand("init", "Begin a site in DIR, with a commented config."),
        "check": ListedCommand("check", "Look over config, templates, catalogues, keys and store."),
        "dkim": ListedCommand("dkim", "Make keys that sign mail, print their records, and look at what signs a mail."),
        "redirects": ListedCommand("redirects", "Print rules that lead from the blog's feeds to ours."),
        "install-service": ListedCommand(
            "install_service", "Print what makes a service: units for systemd, its user and its folders."
        ),
    },
    "Do": {
        "run": ListedCommand("deeds", "Do all deeds: this is what cron calls."),
        "daemon": ListedCommand("deeds", "Do every deed when it is due, until SIGTERM."),
        "worker": ListedCommand("worker", "Hand over queued mail, until SIGTERM."),
        "web": ListedCommand("web", "Serve our pages and the published documents, until SIGTERM."),
        "poll": ListedCommand("deeds", "Take over what changed on the blog."),
        "publish": ListedCommand("deeds", "Write the feeds that changed."),
        "prepare": ListedCommand("deeds", "Freeze the edition that is due, if one is."),
        "answer": ListedCommand("deeds", "Answer what people asked on forms, by letters."),
        "deliver": ListedCommand("deeds", "Hand over the copies that are due."),
    },
    "Look": {
        "status": ListedCommand(
            "status", "Say what stands, what did not come out as it should have, and what ends that."
        ),
        "doctor": ListedCommand("doctor", "Look at all that the site stands on, and say what bites later."),
        "preview": ListedCommand("preview", "Write an edition to files, as it would be; nothing is mailed."),
        "posts": ListedCommand("posts", "Look at posts."),
        "events": ListedCommand("events", "Look at events, decide of them, and try a wording."),
        "calendars": ListedCommand("calendars", "Look at calendars."),
        "editions": ListedCommand("editions", "Look at editions, edit them and decide on them."),
        "deliveries": ListedCommand("deliveries", "Look at deliveries."),
        "outbox": ListedCommand("outbox", "Look at letters, the mail to one person: links, receipts, drafts, alarms."),
        "audience": ListedCommand("audience", "Say who follows the feeds and reads the editions, in numbers alone."),
        "alarms": ListedCommand("alarms", "Look at what you were told of troubles, and try whether alarms arrive."),
    },
    "Keep": {
        "upgrade": ListedCommand("upgrade", "Bring the store up to date with this release."),
        "backup": ListedCommand("backups", "Write a copy of the store while it is used, and look through it."),
        "restore": ListedCommand(
            "backups", "Put a backup in the store's place; the store that is there is kept aside."
        ),
        "migrate-store": ListedCommand("migrate_store", "Move a whole store from SQLite into PostgreSQL."),
        "adopt": ListedCommand("backups", "Let a store that was copied or restored send; says first what that means."),
    },
    "Decide": {
        "subscribers": ListedCommand("subscribers", "Add, end and look at subscribers."),
        "suppressions": ListedCommand("suppressions", "Look at addresses that are never mailed, and decide of them."),
        "unsubscribes": ListedCommand("unsubscribes", "Read mails that ask to be unsubscribed."),
        "bounces": ListedCommand("bounces", "Read mails that came back, and look at what became of them."),
        "complaints": ListedCommand("reader_complaints", "Look at complaints of readers, and end one."),
        "categories": ListedCommand("categories", "Look at categories, and move readers from one to another."),
        "corrections": ListedCommand(
            "corrections", "Look at what is told of posts after they were mailed, and decide of it."
        ),
        "digests": ListedCommand("digests", "Look at digests, and give one up."),
        "clock": ListedCommand("clock", "Look whether the time is believed, and mend what a wrong clock left behind."),
    },
}


class Commands(MutableMapping[str, click.Command]):
    """The commands of ``SECTIONS``, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        from solacefeed.cli.complaints import keep_libraries_quiet

        entry = next((entries[name] for entries in SECTIONS.values() if name in entries), None)
        if entry is None:
            raise KeyError(name)
        keep_libraries_quiet()
        called = f"{name}_" if iskeyword(name) else name.replace("-", "_")
        command: click.Command = getattr(import_module(f"solacefeed.cli.{entry.module}"), called)
        return command

    def __setitem__(self, name: str, _: click.Command) -> None:
        raise TypeError(f"{name} wants a line in SECTIONS")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} stands in SECTIONS")

    def __iter__(self) -> Iterator[str]:
        return (name for entries in SECTIONS.values() for name in entries)

    def __len__(self) -> int:
        return sum(map(len, SECTIONS.values()))


class Root(click.Group):
    """Lists its commands under their headings, and loads none for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own signature
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        for heading, entries in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, entry.summary) for name, entry in entries.items()])


@click.group(
    cls=Root,
    commands=Commands(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@common
@click.version_option(__version__, prog_name="solacefeed", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Feeds and email digests for a WordPress blog.

    Every command takes the options below, before its name or after it, and works on the config.toml of the folder in
    which it is called. Exit codes: 0 done, 1 it did not work, 2 the config or the command is not right.
    """
    if ctx.invoked_subcommand is None:
        click.echo(_what_next(ctx.ensure_object(Options)))


def _what_next(options: Options) -> str:
    if is_there(options.config_path):
        return (
            f"{options.config_path} is here. What next?\n"
            "  solacefeed run       poll the blog, publish feeds, prepare and deliver what is due\n"
            "  solacefeed status    what stands, and what to do\n"
            "  solacefeed --help    every command"
        )
    return (
        f"There is no {options.config_path} here. What next?\n"
        "  solacefeed try https://blog.example.org                  see what would come of a blog; keeps nothing\n"
        "  solacefeed init DIR --source https://blog.example.org    begin a new site in DIR\n"
        "  solacefeed --config FILE status                          look at one that stands elsewhere\n"
        "  solacefeed --help                                        every command"
    )
