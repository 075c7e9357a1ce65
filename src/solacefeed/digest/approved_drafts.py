"""What stood in a draft when it was approved, as its act tells it; and whether what would go now is that still.

What came since waits for the next edition, be it a post or what is told of one that was mailed, and what may go no more
is taken out. A draft of which anything else reads otherwise is none that somebody has approved. No instant is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from solacefeed.digest.draft_versions import DraftChange, Version, differences, stamp, version_of
from solacefeed.models.posts import Post

if TYPE_CHECKING:
    from solacefeed.digest.drafts import DraftedEdition
    from solacefeed.models.editions import Editing

#: What may be otherwise of an approved edition: it is looked at again when a copy leaves, too.
_LEFT_OPEN = frozenset({DraftChange.WENT, DraftChange.EVENTS, DraftChange.TOLD})
#: What comes of that: subjects are made of what stands in the mail.
_COMES_OF_IT = frozenset({DraftChange.SUBJECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedDraft:
    """What stood in a draft when somebody approved it."""

    version: Version
    #: How each post reads that it is not the first to bring, and that some of its readers may lack, by its id.
    older: Mapping[str, str] = field(default_factory=dict)
    #: The keys of the corrections that its readers were to be told.
    told: frozenset[str] = frozenset()
    #: Another one when editors have changed anything.
    editing: str = ""

    def brings(self, post: Post) -> bool:
        """Whether *post* stood in it; of an older one, whether it reads as it did."""
        return post.id in self.version.posts or self.older.get(post.id) == post_stamp(post)

    def is_still(self, draft: DraftedEdition) -> bool:
        """Whether *draft*, made of no other posts than these, is what was approved, but for what may go no more."""
        changed = {what for what, _ in differences(self.version, version_of(draft))}
        open_to_change = _LEFT_OPEN | (_COMES_OF_IT if changed & _LEFT_OPEN else frozenset())
        return changed <= open_to_change and self.editing == _editing_stamp(draft.editing)


def approved(draft: DraftedEdition) -> ApprovedDraft:
    """What whoever approves *draft* as it stands has approved."""
    return ApprovedDraft(
        version=version_of(draft),
        older=dict(draft.older),
        told=frozenset(draft.told),
        editing=_editing_stamp(draft.editing),
    )


def post_stamp(post: Post) -> str:
    """Another one when *post* says something else, or is filed elsewhere."""
    filed = sorted(post.category_ids)
    return stamp((post.title, post.url, post.excerpt, post.byline, post.author, post.minutes, filed))


def _editing_stamp(editing: Editing) -> str:
    return stamp(editing)


def told(draft: ApprovedDraft) -> dict[str, Any]:
    """*draft* as an act tells it."""
    return {
        "version": draft.version.whole,
        "posts": [list(each) for each in draft.version.posts.items()],
        "parts": {what.value: mark for what, mark in draft.version.parts.items()},
        "older": dict(draft.older),
        "told": sorted(draft.told),
        "editing": draft.editing,
    }


def as_told(after: Mapping[str, Any]) -> ApprovedDraft | None:
    """What ``told`` made; ``None`` of an act that does not name what stood in the draft."""
    if "posts" not in after:
        return None
    version = Version(
        whole=after["version"],
        posts=dict(after["posts"]),
        parts={DraftChange(what): mark for what, mark in after["parts"].items()},
    )
    return ApprovedDraft(version=version, older=after["older"], told=frozenset(after["told"]), editing=after["editing"])
