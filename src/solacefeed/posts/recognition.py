"""Which known posts those of a batch are: one met another way keeps its id, and no two are ever taken for one.

A post is known by the blog's number, else by its guid, else by its address, else by its title and day. Laws:

- Two that stand in one look are two posts: each known one is taken for one of them, for that which is most like it.
- A number alone proves nothing, since a blog that is moved into a new WordPress is numbered anew: what else is told
  with it must fit. And a new number with the guid or address of a post whose own number stands no more is that post.
- What can't be told before the look is whole *waits* for its end, and is asked for once more.
- A guid or an address that several have had tells by itself none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from solacefeed.models.blog import Grade
from solacefeed.posts import identity
from solacefeed.posts.identity import ADDRESS, GUID, NUMBER, SAME_DAY, SHARED, Key
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import Row, Told

TITLE, PUBLISHED = "title", "published"

#: What to ask of a post that may be another blog's: by whom it was told.
_WHOSE_ADDRESS = "does [source] url still name the same blog?"
_WHOSE_FILE = "is that file an export of this blog?"


@dataclass(slots=True, kw_only=True)
class Recognised:
    """What each of a batch is, by its place there; those that stand nowhere here are new posts."""

    #: The ids of known posts.
    known: dict[int, str] = field(default_factory=dict)
    #: Those that an earlier one of the batch has told word by word.
    repeated: set[int] = field(default_factory=set)
    #: Why others are left out.
    refused: dict[int, str] = field(default_factory=dict)
    #: Those that can't be told before the look is whole.
    waiting: set[int] = field(default_factory=set)
    #: Some are known posts under new numbers.
    renumbered: bool = False


class _Standing(Enum):
    """Whether a known post stands on the blog under its own number, beside another that claims to be it."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """One of a batch may be a known post."""

    place: int
    post_id: str
    #: They share the blog's number.
    by_number: bool
    #: They share a guid or an address that no other post has had.
    by_key: bool
    #: What they have in common, and what of that no other post has had.
    alike: frozenset[str]
    alone: frozenset[str]

    @property
    def is_sure(self) -> bool:
        """Whether something else tells the same as the number."""
        by_words = self.alike & {TITLE, PUBLISHED}
        return self.by_number and (bool(self.alone) or len(by_words) == 2 or (self.alike > by_words > frozenset()))

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The best claims come first."""
        return not self.is_sure, -len(self.alike) - self.by_number - self.by_key, self.place


def recognise(
    batch: Sequence[Told],
    rows: Mapping[str, Row],
    keys: Mapping[Key, str],
    numbers: Mapping[str, frozenset[str]],
    look: Look,
) -> Recognised:
    """What each of *batch* is among the known posts: their *rows*, the *keys* they are known by, their *numbers*."""
    return _Recognition(batch, rows, keys, numbers, look).whole()


def number_of(told: Told) -> str | None:
    """The blog's own number, where it has said it: a feed's is but read off a guid."""
    return None if told.grade == Grade.FEED else told.post.number


def told_as(told: Told) -> tuple[str | None, ...]:
    """What tells it from others in one look."""
    post = told.post
    number = number_of(told)
    if number is not None:
        return (number,)
    if post.guid is not None:
        return post.guid, post.url
    return None, post.url, post.title, post.published.isoformat()


class _Recognition:
    def __init__(
        self,
        batch: Sequence[Told],
        rows: Mapping[str, Row],
        keys: Mapping[Key, str],
        numbers: Mapping[str, frozenset[str]],
        look: Look,
    ) -> None:
        self._batch = batch
        self._rows = rows
        self._keys = keys
        self._numbers = numbers
        self._look = look
        self._told_numbers = {number for told in batch if (number := number_of(told)) is not None}
        self._titled: dict[str, list[str]] = {}
        for post_id, row in rows.items():
            self._titled.setdefault(row["title"], []).append(post_id)
        self._taken: dict[str, int] = {}
        #: Those that have guid and address in common, and other words: a known post is told from them by these.
        self._unclear: set[int] = set()
        self._done = Recognised()

    def whole(self) -> Recognised:
        self._set_repeats_aside()
        claims = [claim for place in self._open() for claim in self._claims(place)]
        for claim in sorted(claims, key=lambda claim: claim.rank):
            if claim.place not in self._settled:
                self._judge(claim)
        for place in self._open():
            if place not in self._settled:
                self._judge_stranger(place)
        return self._done

    def _open(self) -> list[int]:
        return [place for place in range(len(self._batch)) if place not in self._settled]

    @property
    def _settled(self) -> set[int]:
        done = self._done
        return {*done.known, *done.repeated, *done.refused, *done.waiting}

    def _set_repeats_aside(self) -> None:
        for places in self._told_alike().values():
            first, *others = (self._batch[place] for place in places)
            for place, told in zip(places[1:], others, strict=True):
                if told.row == first.row:
                    self._done.repeated.add(place)
                elif number_of(told) is not None:
                    self._refuse(place, first)
                else:
                    self._unclear |= {places[0], place}

    def _told_alike(self) -> dict[tuple[str | None, ...], list[int]]:
        alike: dict[tuple[str | None, ...], list[int]] = {}
        for place, told in enumerate(self._batch):
            alike.setdefault(told_as(told), []).append(place)
        return alike

    def _refuse(self, place: int, first: Told) -> None:
        self._done.refused[place] = (
            f'another post of the same source has its number, or guid and address: "{first.row["title"]}"; '
            "nothing tells the two apart, and the first one counts"
        )

    # -- what it may be -------------------------------------------------------------------------------

    def _claims(self, place: int) -> Iterator[_Claim]:
        told = self._batch[place]
        number = number_of(told)
        by_key = self._owners(told)
        like_it = self._of_its_title_and_day(told)
        traced = {self._keys[trace] for key in told.keys for trace in identity.traces(key) if trace in self._keys}
        for post_id in dict.fromkeys([*by_key, *traced, *like_it]):
            kinds = by_key.get(post_id, set[str]())
            same_number = number is not None and number in self._numbers.get(post_id, frozenset())
            alike = self._alike(told, post_id, kinds, number if same_number else None)
            claim = _Claim(
                place=place,
                post_id=post_id,
                by_number=same_number,
                by_key=self._tells(told, post_id, kinds, alike),
                alike=alike,
                alone=frozenset(alike & {GUID, ADDRESS} - {key[0] for key in told.keys if self._is_shared(key)}),
            )
            is_it_by_title = post_id in like_it and self._may_be_by_title(told, post_id, like_it)
            if place in self._unclear and not alike & {TITLE, PUBLISHED}:
                continue
            if same_number or claim.by_key or self._is_plainly(alike) or is_it_by_title:
                yield claim

    def _owners(self, told: Told) -> dict[str, set[str]]:
        """By their ids the posts that share a key with *told*, and the kinds of these."""
        found: dict[str, set[str]] = {}
        for key in told.keys:
            if key in self._keys:
                found.setdefault(self._keys[key], set()).add(key[0])
        return found

    def _of_its_title_and_day(self, told: Told) -> set[str]:
        published = told.post.published
        near = self._titled.get(told.row["title"], [])
        return {post_id for post_id in near if abs(self._rows[post_id]["published"] - published) <= SAME_DAY}

    def _alike(self, told: Told, post_id: str, kinds: set[str], number: str | None) -> frozenset[str]:
        row = self._rows[post_id]
        alike = identity.likeness(row, told.post, told.row["title"], number=number)
        own = {key[0] for key in told.keys if key[0] in kinds - {NUMBER} and not self._is_shared(key)}
        if number is not None and GUID not in alike:
            own -= {GUID}
        return alike | own

    def _is_shared(self, key: Key) -> bool:
        return (SHARED.get(key[0], ""), key[1]) in self._keys

    def _tells(self, told: Told, post_id: str, kinds: set[str], alike: frozenset[str]) -> bool:
        """Whether a guid, or an address, says by itself that it is this post."""
        own = {key[0] for key in told.keys if key[0] in kinds and not self._is_shared(key)}
        if number_of(told) is not None:
            return bool(own & {GUID, ADDRESS})
        if GUID in own:
            # Broken feeds give all posts one guid: then nothing else is the same.
            return len(alike - {GUID}) > 0
        if ADDRESS not in own:
            return NUMBER in own and bool(alike)
        guids_differ = told.post.guid is not None and identity.has_own_guid(self._rows[post_id])
        return not guids_differ or bool(alike & {TITLE, PUBLISHED})

    @staticmethod
    def _is_plainly(alike: frozenset[str]) -> bool:
        return bool(alike & {GUID, ADDRESS}) and bool(alike & {TITLE, PUBLISHED})

    def _may_be_by_title(self, told: Told, post_id: str, like_it: set[str]) -> bool:
        """The one post with this title of that day; none where several could be meant, or numbers tell them apart."""
        says_no_more = number_of(told) is None and any(self._is_shared(key) for key in told.keys if key[0] == GUID)
        apart = identity.numbered(told.post) is not None and not says_no_more
        possible = [one for one in like_it if not (apart and self._numbers.get(one))]
        return possible == [post_id]

    # -- what it is -----------------------------------------------------------------------------------

    def _judge(self, claim: _Claim) -> None:
        told = self._batch[claim.place]
        if claim.post_id in self._taken or self._look.taken.get(claim.post_id, told_as(told)) != told_as(told):
            return
        if claim.by_number:
            self._judge_number(claim)
            return
        number = number_of(told)
        standing = _Standing.NO if number is None else self._stands(claim)
        if standing is _Standing.NO:
            self._take(claim)
            self._done.renumbered |= number is not None and bool(self._numbers.get(claim.post_id))
        elif standing is _Standing.UNKNOWN:
            self._done.waiting.add(claim.place)

    def _judge_number(self, claim: _Claim) -> None:
        if self._is_split_off(claim):
            return
        if claim.is_sure and not self._must_wait(claim):
            self._take(claim)
        elif not self._is_last_word(claim.place):
            self._done.waiting.add(claim.place)
        elif claim.alike or (claim.by_key and not self._is_renumbered):
            self._take(claim)

    def _is_split_off(self, claim: _Claim) -> bool:
        """Whether a post that two were once taken for is the other one; in a batch the one most like it keeps it."""
        others = self._other_numbers(claim)
        if claim.alike >= {TITLE, PUBLISHED} or self._look.listed is None:
            return bool(others & self._look.unchanged)
        return bool(others & self._look.listed)

    def _must_wait(self, claim: _Claim) -> bool:
        """Whether it may yet turn out to be split off."""
        open_still = self._look.listed is None and not self._is_last_word(claim.place)
        return open_still and bool(self._other_numbers(claim)) and not claim.alike >= {TITLE, PUBLISHED}

    def _other_numbers(self, claim: _Claim) -> frozenset[str]:
        return self._numbers[claim.post_id] - self._told_numbers

    def _stands(self, claim: _Claim) -> _Standing:
        """Whether the post that is claimed stands there under a number of its own."""
        look = self._look
        own = self._numbers.get(claim.post_id, frozenset())
        if own & look.unchanged:
            return _Standing.YES
        rest = own - self._told_numbers - look.numbers
        if look.listed is not None:
            rest &= look.listed
        if not rest:
            return _Standing.NO
        if not self._is_last_word(claim.place):
            return _Standing.UNKNOWN
        if look.listed is not None:
            return _Standing.YES
        return _Standing.NO if claim.alike & {TITLE, PUBLISHED} else _Standing.YES

    def _is_last_word(self, place: int) -> bool:
        return self._look.is_final or self._batch[place].grade < Grade.EXPORT

    @property
    def _is_renumbered(self) -> bool:
        return self._look.renumbered or self._done.renumbered

    def _take(self, claim: _Claim) -> None:
        self._done.known[claim.place] = claim.post_id
        self._taken[claim.post_id] = claim.place

    def _judge_stranger(self, place: int) -> None:
        """A post that is none of the known ones: it is new, unless another has its number."""
        told = self._batch[place]
        if place in self._unclear and (first := self._another_like(place)) is not None:
            self._refuse(place, first)
            return
        owner = self._keys.get((NUMBER, identity.numbered(told.post) or ""))
        if (
            owner is None
            or len(self._numbers[owner]) > 1
            or self._is_renumbered
            or owner in self._taken
            or owner in self._look.taken
        ):
            return
        if number_of(told) is not None and not self._is_last_word(place):
            self._done.waiting.add(place)
        elif number_of(told) is not None or not self._owns_guid(owner, told):
            self._done.refused[place] = (
                f'the blog\'s post {told.post.number} was "{self._rows[owner]["title"]}" before, and has nothing in '
                f"common with it now: {_WHOSE_FILE if told.grade is Grade.EXPORT else _WHOSE_ADDRESS}"
            )

    def _another_like(self, place: int) -> Told | None:
        """Who counts instead of one that nothing tells apart: another that is a known post, or stands before it."""
        others = [other for other in self._told_alike()[told_as(self._batch[place])] if other != place]
        counts = [other for other in others if other in self._done.known or (other < place)]
        return self._batch[counts[0]] if counts else None

    def _owns_guid(self, post_id: str, told: Told) -> bool:
        """Whether *told* has this post's guid: then it is no other blog's, however little else they share."""
        return any(self._keys.get(key) == post_id for key in told.keys if key[0] == GUID)
