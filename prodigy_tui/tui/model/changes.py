"""What a change consists of, as the review is told it: files, counts, commits, and how it fits where it is to go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from prodigy_tui.wording import plural

FileStatus: TypeAlias = Literal["added", "deleted", "modified", "type"]
FileKind: TypeAlias = Literal["file", "link", "submodule"]

LARGE: Final = 2_000
"""Changed lines from which on a file is folded."""

_LOCKS: Final = frozenset(
    {
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "poetry.lock", "uv.lock",
        "pdm.lock", "pipfile.lock", "cargo.lock", "composer.lock", "gemfile.lock", "go.sum", "go.work.sum",
        "gradle.lockfile", "packages.lock.json", "flake.lock", "mix.lock", "podfile.lock", "pubspec.lock", "deno.lock",
    }
)  # fmt: skip
_GENERATED: Final = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|dist|__snapshots__|__generated__)/"
    r"|\.min\.(?:js|css)$|\.(?:js|css)\.map$|_pb2(?:_grpc)?\.pyi?$|\.pb(?:\.gw)?\.go$|\.pb\.(?:cc|h)$"
    r"|\.g(?:en(?:erated)?)?\.(?:dart|cs|go|ts|rs)$|\.snap$",
    re.IGNORECASE,
)

Counts: TypeAlias = Mapping[str, tuple[int, int] | None]
"""Added and removed lines by the key of a file; `None` for a binary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file of a change; a rename is a deletion and an addition."""

    key: str
    """What the source of diffs calls it; not for the screen."""
    path: str
    """As text, still of foreign origin."""
    status: FileStatus
    kind: FileKind = "file"
    old_mode: str = ""
    new_mode: str = ""
    old_content: str = ""
    content: str = ""
    """The name of what it holds now: as long as it is the same, a look at it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The files that a commit changes since it left another one."""

    base: str
    head: str
    files: tuple[ChangedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    """A file's difference in git's words."""

    text: str
    cut: bool = False
    """There is more of it than is ever shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit in one line."""

    commit: str
    author: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The commits of a change, the newest first; not all of many."""

    number: int = 0
    commits: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashingFile:
    """A file on which two sides do not agree."""

    path: str
    text: str | None = None
    """Both sides, with markers where they clash; `None`: it is no text, or one side does not have it."""
    marker: int = 7
    """Letters of a marker."""
    why: str = ""
    """Why there is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a change can be merged onto a commit."""

    onto: str
    head: str
    files: tuple[ClashingFile, ...] = ()
    detail: str = ""
    """What git says about it, lines."""

    @property
    def clean(self) -> bool:
        return not self.files and not self.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a landing goes: the target as it stands, and the working tree that has it checked out."""

    target_at: str = ""
    """Empty: there is no such branch."""
    checkout: str = ""
    """The folder; empty: the branch is checked out nowhere."""
    uncommitted: int = 0
    """Files with changes in it, in the way or not."""
    in_the_way: str = ""
    """What would keep it from landing; empty: nothing."""
    paths: tuple[str, ...] = ()
    """Files in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingQuery:
    """The landing that is asked about."""

    source: str
    target: str
    onto: str
    commit: str
    strategy: Literal["merge", "squash", "rebase"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Sizes of a change."""

    files: int = 0
    added: int = 0
    removed: int = 0
    by_file: Counts = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Counts) -> "Tally":
        known = [count for count in counts.values() if count is not None]
        return cls(len(counts), sum(added for added, _ in known), sum(removed for _, removed in known), counts)


def is_binary(file: ChangedFile, counts: Counts) -> bool:
    """Whether its lines cannot be shown; not known before it has been counted."""
    return file.kind == "file" and file.key in counts and counts[file.key] is None


def fold_reason(file: ChangedFile, counts: Counts) -> str:
    """Returns why a file is not shown before somebody asks for it; empty when it is."""
    name = file.path.rpartition("/")[2].lower()
    if name in _LOCKS or name.endswith(".lock"):
        return "lock file"
    if _GENERATED.search(file.path):
        return "generated file"
    count = counts.get(file.key)
    if count is not None and sum(count) > LARGE:
        return f"large: {plural(sum(count), 'changed line')}"
    return ""
