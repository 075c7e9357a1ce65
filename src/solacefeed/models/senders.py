"""What a mail says of who sends it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSender:
    """All that the config itself says in each mail: it is kept with a mail, so that no later config changes it."""

    #: As in the config: ``Example Council <digest@example.org>``.
    sender: str
    #: The same, with or without a name.
    reply_to: str
    #: The address that bounces go to.
    return_path: str
    #: Whether each mail has one of its own below that (``delivery.return_path``).
    signs_return_path: bool
    #: Where visitors' pages are, without a slash at its end; ``None`` where there are none.
    pages: str | None = None
    #: The mailbox that takes unsubscribes.
    unsubscribe_mailto: str | None = None
    #: These of a digest alone: what its readers know it by,
    digest_title: str | None = None
    #: RFC 2919, without the angle brackets,
    list_id: str | None = None
    #: the page of the editions that everyone may read,
    archive_url: str | None = None
    #: BCP 47, of readers who have chosen no language,
    language: str | None = None
    #: and the last part of its Feedback-ID.
    feedback_sender: str | None = None
