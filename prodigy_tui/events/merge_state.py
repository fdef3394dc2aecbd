"""Work on merges and on landing that is under way or wished for."""

from __future__ import annotations

from datetime import datetime

from rpds import HashTrieMap

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.phase_state import StepRecord
from prodigy_tui.events.values import MergeStrategy, ResolutionPurpose, VerifyPurpose


class Verification(Frozen, frozen=True, kw_only=True):
    """A check of a candidate that is under way."""

    item_ids: tuple[str, ...]
    commit: str
    purpose: VerifyPurpose
    landing: bool
    since: datetime
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()
    """By path."""


class Resolution(Frozen, frozen=True, kw_only=True):
    """Work on a merge that is under way."""

    item_id: str | None
    """Whose branch it is; `None`: the landing."""
    purpose: ResolutionPurpose
    paths: tuple[str, ...]
    attempt: int
    since: datetime
    steps: HashTrieMap[str, StepRecord] = HashTrieMap()
    """By path."""


class LandingWish(Frozen, frozen=True, kw_only=True):
    """What a person wants of one landing instead of what the workflow says."""

    into: str | None = None
    strategy: MergeStrategy | None = None
    message: str | None = None
