"""The model of feeds by itself: what it holds published documents to, and that it notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.simulation.document_laws import ExactFeedModel
from tests.simulation.documents import Entry, FeedDocument
from tests.simulation.facts import Fact, Looked, Published, Shown, Told
from tests.simulation.feed_model import FeedModel
from tests.simulation.telling import TUESDAY, rules

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ADDRESSES = {f"https://blog.example.org/post-{number}/": number for number in range(1, 20)}

Documents = dict[str, FeedDocument]


def a_post(number: int, **changed: object) -> Shown:
    at = TUESDAY + number * MINUTE
    post = Shown(
        number=number,
        title=f"Post {number}",
        text=f"Words of post {number}.",
        url=f"https://blog.example.org/post-{number}/",
        categories=("housing",),
        tags=(),
        published=at,
        modified=at,
    )
    return replace(post, **changed)  # type: ignore[arg-type]  # its own fields


def an_entry(post: Shown, **changed: object) -> Entry:
    entry = Entry(
        id=f"tag:example.org,2012:post/{post.number}",
        title=post.title,
        url=post.url,
        published=post.published,
        updated=post.modified,
        content=f"<p>{post.text}</p>",
    )
    return replace(entry, **changed)  # type: ignore[arg-type]  # its own fields


def a_document(path: str, *entries: Entry, **changed: object) -> FeedDocument:
    ids = tuple(entry.id for entry in entries)
    beside = () if path.count("-") else (ids, ids)
    mark = f"{ids} {changed}"
    document = FeedDocument(path=path, mark=mark, feed_id=f"feed of {path}", entries=entries, ids_beside=beside)
    return replace(document, **changed)  # type: ignore[arg-type]  # its own fields


def as_it_should_be(*posts: Shown) -> Documents:
    """Of posts of one month that are all filed under housing."""
    newest_first = [an_entry(post) for post in sorted(posts, key=lambda post: post.published, reverse=True)]
    live = [a_document(path, *newest_first) for path in ("all.atom", "category/housing.atom")]
    archives = [a_document(path, *newest_first[::-1]) for path in ("all/2026-11.atom", "category/housing/2026-11.atom")]
    return {document.path: document for document in (*live, *archives)}


def told(*posts: Shown, after: timedelta = HOUR, gone: frozenset[int] = frozenset()) -> Told:
    return Told(at=TUESDAY + after, first=False, posts={post.number: post for post in posts}, gone=gone)


def published(documents: Mapping[str, FeedDocument], after: timedelta = HOUR, *, well: bool = True) -> list[Fact]:
    at = TUESDAY + after
    return [Looked(at=at, deed="publish", well=well), Published(at=at, clock=at, documents=documents)]


def laws(*facts: Fact) -> set[str]:
    return {breach.law for breach in FeedModel(rules(), ADDRESSES).meet(facts)}


TWO = (a_post(1), a_post(2))


def test_feeds_that_say_what_the_blog_told_are_as_they_should_be() -> None:
    assert laws(told(*TWO), *published(as_it_should_be(*TWO))) == set()


def test_what_the_blog_tells_after_a_publish_may_wait_for_the_next() -> None:
    facts = [told(*TWO), *published(as_it_should_be(*TWO)), told(a_post(3), after=2 * HOUR)]
    assert laws(*facts) == set()
    assert laws(*facts, *published(as_it_should_be(*TWO, a_post(3)), 2 * HOUR)) == set()


def in_all(documents: Documents, change: Callable[[Entry], Entry]) -> Documents:
    """With every entry of the second post changed."""
    second = an_entry(TWO[1]).id
    return {
        path: replace(each, entries=tuple(change(entry) if entry.id == second else entry for entry in each.entries))
        for path, each in documents.items()
    }


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (lambda entry: replace(entry, title="Another"), "an entry that says otherwise"),
        (lambda entry: replace(entry, content="<p>Half of</p>"), "an entry that says otherwise"),
        (lambda entry: replace(entry, published=entry.published + DAY), "an entry that says otherwise"),
        (lambda entry: replace(entry, updated=entry.updated + DAY), "unread again"),
        (lambda entry: replace(entry, updated=entry.updated - DAY), "not updated"),
    ],
)
def test_an_entry_that_is_not_its_post_is_told(change: Callable[[Entry], Entry], law: str) -> None:
    assert law in laws(told(*TWO), *published(in_all(as_it_should_be(*TWO), change)))


def with_document(documents: Documents, path: str, **changed: object) -> Documents:
    return {**documents, path: replace(documents[path], **changed)}  # type: ignore[arg-type]  # its own fields


LIVE, ARCHIVE = "category/housing.atom", "category/housing/2026-11.atom"


@pytest.mark.parametrize(
    ("path", "changed", "law"),
    [
        (LIVE, {"entries": (an_entry(TWO[0]), an_entry(TWO[1]))}, "out of order"),
        (LIVE, {"entries": (an_entry(TWO[0]),)}, "not the newest"),
        (LIVE, {"entries": (an_entry(TWO[1]),)}, "not shown"),
        (LIVE, {"entries": ()}, "an empty live document"),
        (LIVE, {"entries": (an_entry(TWO[1]), an_entry(TWO[1]))}, "an id twice in a document"),
        (LIVE, {"problem": "not well-formed"}, "a document that nobody can read"),
        (LIVE, {"leads_to": {"prev-archive": "category/housing/2026-10.atom"}}, "leads to nothing"),
        (LIVE, {"ids_beside": (("another",),)}, "RSS or JSON say otherwise"),
        (LIVE, {"gone": {an_entry(TWO[0]).id: TUESDAY}}, "called gone though it is not"),
        (ARCHIVE, {"entries": (an_entry(TWO[0]),)}, "an archive that is not its month"),
    ],
)
def test_a_document_that_is_not_its_feed_is_told(path: str, changed: dict[str, object], law: str) -> None:
    assert law in laws(told(*TWO), *published(with_document(as_it_should_be(*TWO), path, **changed)))


def test_a_feed_that_is_missing_is_told() -> None:
    documents = as_it_should_be(*TWO)
    del documents[LIVE]
    assert "no feed" in laws(told(*TWO), *published(documents))


def test_a_post_of_another_category_is_told() -> None:
    scottish = a_post(2, categories=("scotland",))
    assert "shown though it is not there" in laws(told(TWO[0], scottish), *published(as_it_should_be(TWO[0], scottish)))


def test_other_ids_later_are_told() -> None:
    documents = as_it_should_be(*TWO)
    before = [told(*TWO), *published(documents)]
    entries = in_all(documents, lambda entry: replace(entry, id="urn:another"))
    assert "another id" in laws(*before, *published(entries, 2 * HOUR))
    feed = with_document(documents, LIVE, feed_id="urn:another")
    assert "another feed id" in laws(*before, *published(feed, 2 * HOUR))


def test_a_document_that_changes_though_nothing_was_told_is_told() -> None:
    documents = as_it_should_be(*TWO)
    other = with_document(documents, LIVE, mark="other bytes")
    assert laws(told(*TWO), *published(documents), *published(other, 2 * HOUR)) == {"changed for nothing"}


def test_a_category_that_is_called_otherwise_is_a_reason_to_change() -> None:
    documents = as_it_should_be(*TWO)
    renamed = replace(told(after=2 * HOUR), slugs={"housing": "housing"}, names={"housing": "Homes"})
    other = with_document(documents, LIVE, mark="other bytes")
    assert laws(told(*TWO), *published(documents), renamed, *published(other, 2 * HOUR)) == set()


def test_updated_moves_with_words_and_with_nothing_else() -> None:
    before = [told(*TWO), *published(as_it_should_be(*TWO))]
    later = {"modified": TUESDAY + 3 * HOUR}
    edited, touched = a_post(2, text="Other words.", **later), a_post(2, categories=("housing", "scotland"), **later)
    after = [told(edited, after=4 * HOUR), *published(as_it_should_be(TWO[0], edited), 4 * HOUR)]
    assert laws(*before, *after) == set()
    refiled = [told(touched, after=4 * HOUR), *published(as_it_should_be(TWO[0], touched), 4 * HOUR)]
    assert "unread again" in laws(*before, *refiled)


def test_what_is_gone_leaves_and_is_told_for_ninety_days() -> None:
    documents = as_it_should_be(*TWO)
    before = [told(*TWO), *published(documents), told(after=2 * HOUR, gone=frozenset({2}))]
    left = as_it_should_be(TWO[0])
    tombstone = {an_entry(TWO[1]).id: TUESDAY + 2 * HOUR}
    says_so = {path: replace(each, gone=tombstone) for path, each in left.items()}
    assert "shown though it is not there" in laws(*before, *published(documents, 3 * HOUR))
    assert laws(*before, *published(left, 3 * HOUR)) == {"not called gone"}
    assert laws(*before, *published(says_so, 3 * HOUR)) == set()
    assert laws(*before, *published(says_so, 2 * HOUR + 90 * DAY)) == {"called gone for too long"}


def test_a_publish_that_was_cut_off_may_leave_old_documents_and_no_broken_ones() -> None:
    documents = as_it_should_be(*TWO)
    before = [told(*TWO), *published(documents), told(a_post(3), after=2 * HOUR, gone=frozenset({1}))]
    assert laws(*before, *published(documents, 3 * HOUR, well=False)) == set()
    broken = with_document(documents, LIVE, problem="not well-formed")
    assert laws(*before, *published(broken, 3 * HOUR, well=False)) == {"a document that nobody can read"}


def test_a_post_that_was_never_public_is_told_also_where_a_publish_was_cut_off() -> None:
    hidden = a_post(2, protected=True)
    facts = [told(TWO[0], hidden), *published(as_it_should_be(TWO[0], hidden), well=False)]
    assert laws(*facts) == {"shown though it is not public"}


def test_at_the_old_address_of_a_category_stands_a_copy_of_its_live_document() -> None:
    post = a_post(1)
    renamed = replace(told(after=2 * HOUR), slugs={"housing": "homes"}, names={"housing": "Homes"})
    before, called = as_it_should_be(post), {"housing": ("housing", "Housing")}
    entry = an_entry(post, terms=frozenset({("homes", "Homes")}))
    live = a_document("category/homes.atom", entry, feed_id="feed of category/housing.atom")

    def found(former: FeedDocument) -> set[str]:
        model = ExactFeedModel(rules(), ADDRESSES, called=dict(called))
        after = {each.path: each for each in (former, live, a_document("category/homes/2026-11.atom", entry))}
        facts = [told(post), *published(before), renamed, *published({**before, **after}, 2 * HOUR)]
        return {breach.law for breach in model.meet(facts)} & {"an old address that says otherwise"}

    assert found(replace(live, path="category/housing.atom")) == set()
    assert found(before["category/housing.atom"]) == {"an old address that says otherwise"}
