"""People who come by themselves to the site of ``World``: what they ask, their mailboxes, and the links in these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from solacefeed import tokens
from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round
from solacefeed.deeds.people.answer import Answered, answer
from solacefeed.deeds.people.answer_letters import answer_all
from solacefeed.deeds.people.confirming import Confirmed, confirm
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import ask
from solacefeed.delivery.trial import OnlyTo
from solacefeed.digest.messages import LetterSender, compose_letter, letter_id
from solacefeed.models.deliveries import Message
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.models.people import Subscription, SubscriptionState, Wording
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import NewSignUp, SignUp, SignUpKind, Wish
from solacefeed.store import categories, outbox, sign_ups, subscribers
from solacefeed.tokens import Keys
from tests.deeds.world import World, environment
from tests.simulation.database_clock import go_by
from tests.support.fakes import SettableClock

KEYS: Keys = ("a secret of the tests",)
BASE = "https://news.example.org"
SENDER = LetterSender(
    sender="Society of Officers <digest@example.org>",
    reply_to="office@example.org",
    return_path="bounces@example.org",
    unsubscribe_https=f"{BASE}/unsubscribe/",
)
A_WORDING = Wording(name="consent", language="en", text="Mail me the digest.")

_LINK = re.compile(rf"{BASE}/([a-z]+)/(\S+)")


@dataclass
class People:
    """What people do, each by an address at example.org."""

    world: World
    #: Of the fingerprints' key.
    folder: Path
    digests: tuple[Digest, ...] = ()
    welcome: bool = True
    #: How often somebody who delivers was woken.
    woken: list[None] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A live store goes by its database's clock, where that has one.
        go_by(self.world.store.engine, lambda: self.clock.now)

    @property
    def clock(self) -> SettableClock:
        return self.world.clock

    @property
    def settings(self) -> PeopleSettings:
        world = self.world
        return PeopleSettings(
            digests={each.key: each for each in self.digests or (world.digest,)},
            names=CategoryNames(),
            site=world.renderer.imprint.site,
            base_url=BASE,
            keys=KEYS,
            key=FingerprintKey(path=self.folder / "fingerprint.key"),
            name_letter=partial(letter_id, sender=SENDER.sender),
            environment=environment(),
            reply_to="office@example.org",
            complaints="complaints@example.org",
            welcome=self.welcome,
            wake=lambda: self.woken.append(None),
        )

    # -- forms -------------------------------------------------------------------------------------

    def ask(self, who: str, *wishes: Wish, name: str | None = None) -> int:
        """Somebody asks for these, or for the weekly digest with everything."""
        wanted = wishes or (Wish(digest="weekly"),)
        return self._post(who, NewSignUp(kind=SignUpKind.SUBSCRIBE, email="", name=name, wishes=wanted), A_WORDING)

    def find(self, who: str) -> int:
        """Somebody asks for their link."""
        return self._post(who, NewSignUp(kind=SignUpKind.LINK, email=""), None)

    def _post(self, who: str, new: NewSignUp, wording: Wording | None) -> int:
        told = replace(new, email=address(who), page=f"{BASE}/subscribe", network="192.0.2.0/24")
        return ask(self.world.store, self.clock, self.settings.key, told, wording)

    def category(self, slug: str) -> CategoryId:
        with self.world.store.read() as connection:
            return next(each.id for each in categories.everything(connection) if each.slug == slug)

    # -- deeds -------------------------------------------------------------------------------------

    def answer(self) -> Answered:
        """One look, with whatever is due."""
        work = partial(answer_all, clock=self.clock, settings=self.settings)
        return answer(self.world.store, self.clock, work, keep_networks=timedelta(days=30))

    def deliver(self) -> None:
        world = self.world
        settings = DeliverySettings(
            digests=[world.digest],
            renderer=lambda _: world.renderer,
            compose=world._compose,
            compose_letter=compose_signed,
            senders=world.of_this_round(),
            only_to=OnlyTo(allowed=()),
            connections=1,
            repeat_uncertain=True,
            on_copy=lambda: None,
            stop=lambda: False,
            on_taken_out=lambda *_: None,
        )
        deliver_round(world.store, lambda: world.relay, self.clock, settings)

    def mail(self) -> None:
        """Answers, and hands over."""
        self.answer()
        self.deliver()

    def come(self, who: str, *wishes: Wish) -> Confirmed:
        """From the form to the subscription."""
        self.ask(who, *wishes)
        self.mail()
        done = self.confirm(who)
        assert done is not None
        return done

    def confirm(self, who: str) -> Confirmed | None:
        """Presses the button to which the newest confirmation in the mailbox leads."""
        number, nonce = tokens.confirming(self.link(who, "confirm"), KEYS, now=self.clock.now)
        return confirm(self.world.store, self.clock, number, nonce, self.settings)

    # -- what came of it ---------------------------------------------------------------------------

    def mailbox(self, who: str) -> list[Message]:
        return [each for each in self.world.relay.mailbox if each.recipient == address(who)]

    def link(self, who: str, page: str) -> str:
        """The token behind the newest link to a page."""
        texts = reversed([text_of(each) for each in self.mailbox(who)])
        return next(
            found[2].removesuffix(".atom") for text in texts for found in _LINK.finditer(text) if found[1] == page
        )

    def subjects(self, who: str) -> list[str]:
        return [subject_of(each) for each in self.mailbox(who)]

    def sign_up(self, number: int) -> SignUp:
        with self.world.store.read() as connection:
            found = sign_ups.find(connection, number)
        assert found is not None
        return found

    def letters(self) -> list[Letter]:
        """Oldest first."""
        with self.world.store.read() as connection:
            return outbox.listing(connection, limit=100_000)[::-1]

    def subscription(self, who: str, digest: str = "weekly") -> Subscription | None:
        with self.world.store.read() as connection:
            found = subscribers.find(connection, address(who))
            return subscribers.subscription(connection, found.id, digest) if found else None

    def state(self, who: str, digest: str = "weekly") -> SubscriptionState | None:
        there = self.subscription(who, digest)
        return there.state if there else None


def address(who: str) -> str:
    return who if "@" in who else f"{who}@example.org"


def compose_signed(letter: Letter, words: LetterWords) -> Message:
    """As the composition does."""
    said = replace(words, text=tokens.signed(words.text, KEYS), html=tokens.signed(words.html, KEYS))
    return compose_letter(letter, said, SENDER, token=tokens.signed_in(words.text, "unsubscribe", KEYS))


def parsed(message: Message) -> EmailMessage:
    return message_from_bytes(message.content, _class=EmailMessage, policy=policy.default)


def text_of(message: Message) -> str:
    part = parsed(message).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def subject_of(message: Message) -> str:
    return str(parsed(message)["Subject"])
