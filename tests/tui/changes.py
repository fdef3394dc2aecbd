"""A source of changes with chosen files, for screens; what it is asked for is kept."""

from dataclasses import dataclass, field

from prodigy_tui.tui.model.changes import (
    ChangedFile,
    Changes,
    Commit,
    Counts,
    FilePatch,
    Fit,
    Ground,
    History,
    LandingQuery,
)


@dataclass
class Diffs:
    """By default one file that holds the question: `base` has become `head`."""

    patches: dict[str, str] = field(default_factory=dict)
    """Path → the difference, hunks only."""
    newer: dict[str, str] = field(default_factory=dict)
    """Likewise of what lies between two looks."""
    fits: Fit | None = None
    ground_is: Ground = field(default_factory=lambda: Ground(target_at="0" * 39 + "1", checkout="/home/ada/shop"))
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def diff(self, base: str, head: str) -> str:
        return f"diff --git a/x b/x\n{one_line(base, head)}"

    async def changes(self, base: str, head: str) -> Changes:
        self.asked.append(("changes", base, head))
        return changed(base, head, self.patches or {"x": one_line(base, head)})

    async def between(self, base: str, head: str) -> Changes:
        self.asked.append(("between", base, head))
        return changed(base, head, self.newer)

    async def counts(self, changes: Changes, *, ignore_whitespace: bool) -> Counts:
        self.asked.append(("counts", str(ignore_whitespace)))
        found: dict[str, tuple[int, int] | None] = {}
        for file in changes.files:
            lines = self._patch(changes, file.key).split("\n")
            binary = lines[0] == "binary"
            added, removed = (sum(line.startswith(mark) for line in lines) for mark in "+-")
            found[file.key] = None if binary else (added, removed)
        return found

    async def file(self, changes: Changes, key: str, *, ignore_whitespace: bool) -> FilePatch:
        self.asked.append(("file", key, str(ignore_whitespace)))
        return FilePatch(text=self._patch(changes, key))

    async def history(self, changes: Changes) -> History:
        return History(number=1, commits=(Commit(commit=changes.head, author="ada", subject="inject the clock"),))

    async def fit(self, onto: str, head: str) -> Fit:
        self.asked.append(("fit", onto, head))
        return self.fits or Fit(onto=onto, head=head)

    async def ground(self, query: LandingQuery) -> Ground:
        self.asked.append(("ground", query.target, query.strategy))
        return self.ground_is

    def _patch(self, changes: Changes, key: str) -> str:
        known = self.newer if key in self.newer and changes.files and changes.files[0].key in self.newer else {}
        return known.get(key) or self.patches.get(key) or one_line(changes.base, changes.head)


def changed(base: str, head: str, patches: dict[str, str]) -> Changes:
    files = tuple(
        ChangedFile(key=path, path=path, status="modified", content=f"{head}:{hash(patch)}")
        for path, patch in patches.items()
    )
    return Changes(base=base, head=head, files=files)


def one_line(old: str, new: str) -> str:
    return f"@@ -1 +1 @@\n-{old}\n+{new}\n"
