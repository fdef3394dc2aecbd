"""What the engine knows about git in the worktree of a context, beside the files themselves (language 7, 13.9, 13.10).

One per attempt of an agent and one per phase; loops and handlers inside share it. It belongs to the context's task.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from prodigy_tui.git.snapshots import Snapshot
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.values import Value


class Suspicion(Struct, frozen=True, kw_only=True):
    """Why nobody should merge an agent's work unseen."""

    message: str
    files: tuple[str, ...] = ()


class Start(Struct, frozen=True, kw_only=True):
    """How things stood when a step began."""

    snapshot: Snapshot
    step: Mapping[str, Any] | None
    """What the step before it had changed."""


class Ledger(Struct, kw_only=True):
    """What is known of one worktree."""

    base: Oid | None = None
    """Where the attempt or the run began; `None` where nothing has been committed yet."""
    made: frozenset[str] = frozenset()
    """What `worktree` put there: files, and folders with all below. It is nobody's work."""
    sparse: bool = False
    """Whether it holds only some folders; every git command in it must know."""
    to_squash: dict[Oid, str] = field(default_factory=dict)
    """Commits that become one at the end, each with the step that made it."""
    signed: set[str] = field(default_factory=set)
    """Steps whose commits are signed."""
    suspicions: list[Suspicion] = field(default_factory=list)
    starts: dict[str, Start] = field(default_factory=dict)
    """How the worktree stood when a step began, by the step's path; only where somebody asks what it changed."""
    step: Mapping[str, Any] | None = None
    """What the last finished step changed (language 7.3), where somebody asks."""
    read: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    """What was read from git to fill in the text that is being filled in, by root."""
