"""How far a review has come: what has been read of the change, how it is shown, and its pages."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from prodigy_tui.tui.model.changes import (
    LARGE,
    ChangedFile,
    Changes,
    ClashingFile,
    Counts,
    Fit,
    History,
    Tally,
    fold_reason,
    is_binary,
)
from prodigy_tui.tui.model.clashpage import ClashPage
from prodigy_tui.tui.model.codetext import code_text
from prodigy_tui.tui.model.diffpage import DiffPage, Layout, LayoutWish, Readable, TextPage
from prodigy_tui.tui.model.hunks import FileDiff
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.reviewing import Findings
from prodigy_tui.tui.model.text import safe
from prodigy_tui.wording import plural

Part: TypeAlias = Literal["all", "new", "clashes"]
"""The whole change, what is new since the last look, or where it conflicts."""

KEPT: Final = 32
"""Files whose differences are kept; the others are read again."""


class Read:
    """Differences that have been read, the latest used of them."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, str, str, bool], FileDiff] = OrderedDict()

    def get(self, changes: Changes, key: str, ignore_whitespace: bool) -> FileDiff | None:
        """Returns the difference of a file, if it is at hand."""
        name = (changes.base, changes.head, key, ignore_whitespace)
        if name in self._files:
            self._files.move_to_end(name)
        return self._files.get(name)

    def put(self, changes: Changes, key: str, ignore_whitespace: bool, diff: FileDiff) -> None:
        """Keeps the difference of a file."""
        self._files[changes.base, changes.head, key, ignore_whitespace] = diff
        if len(self._files) > KEPT:
            self._files.popitem(last=False)


@dataclass(slots=True)
class ReviewState:
    """What a review knows and how it shows it."""

    part: Part = "all"
    changes: Changes = field(default_factory=lambda: Changes(base="", head=""))
    tally: Tally | None = None
    history: History | None = None
    findings: Findings = field(default_factory=Findings)
    wish: LayoutWish = "auto"
    ignore_whitespace: bool = False
    unfolded: set[str] = field(default_factory=set)
    read: Read = field(default_factory=Read)
    trouble: str = ""
    loaded: bool = False
    """The list of files is there."""

    @property
    def counts(self) -> Counts:
        return self.tally.by_file if self.tally is not None else {}

    def next_wish(self, now: Layout) -> LayoutWish:
        """Returns what comes after the present layout: the other one, then back to the one that the width gives."""
        if self.wish == "auto":
            return "unified" if now == "split" else "split"
        return "unified" if self.wish == "split" else "auto"


def clashes_as_changes(fit: Fit) -> Changes:
    """Returns the files of a conflict as a list to go through."""
    files = tuple(ChangedFile(key=file.path, path=file.path, status="modified") for file in fit.files)
    return Changes(base=fit.onto, head=fit.head, files=files)


def clash_page(files: tuple[ClashingFile, ...], key: str) -> Readable:
    """Returns both sides of a file, or why they cannot be shown."""
    file = next(one for one in files if one.path == key)
    if file.text is None:
        return TextPage([BLANK, ((f"both sides cannot be shown: {file.why}", "warning"),)])
    return ClashPage(file)


def instead(file: ChangedFile, counts: Counts, unfolded: bool) -> list[Line] | None:
    """Returns what is said of a file in the place of its difference; `None` when that is shown."""
    if file.kind == "submodule":
        return [BLANK, ((f"submodule: {_short(file.old_content)} → {_short(file.content)}", "text"),)]
    if is_binary(file, counts):
        return [BLANK, (("binary file: there are no lines to show", "muted"),), *_mode(file)]
    reason = fold_reason(file, counts)
    if not reason or unfolded:
        return None
    count = counts.get(file.key)
    size: Line = ((f"  +{count[0]:,}", "added"), (f" −{count[1]:,}", "removed")) if count is not None else ()
    return [BLANK, ((f"folded, {reason}", "warning"), *size), (("enter ", "key"), ("shows it", "text")), *_mode(file)]


def file_page(file: ChangedFile, diff: FileDiff, layout: Layout, *, unfolded: bool) -> Readable:
    """Returns a file's difference; a very long one is folded even where nobody has counted its lines yet."""
    changed = sum(line.kind in ("added", "removed") for line in diff.lines)
    if changed > LARGE and not unfolded:
        told: Line = ((f"folded, large: {plural(changed, 'changed line')}", "warning"),)
        return TextPage([BLANK, told, (("enter ", "key"), ("shows it", "text"))])
    head = (*_mode(file), *(() if diff.lines else ((("no line differs", "muted"),),)))
    return DiffPage(diff, layout, head)


def _mode(file: ChangedFile) -> tuple[Line, ...]:
    if file.status in ("added", "deleted"):
        what = (
            "link" if file.kind == "link" else "executable file" if "100755" in (file.old_mode, file.new_mode) else ""
        )
        return (((f"{file.status}: {what}", "warning"),),) if what else ()
    if file.old_mode == file.new_mode:
        return ()
    return (((f"mode {file.old_mode} → {file.new_mode}", "warning"),),)


def _short(content: str) -> str:
    return content[:9] if content.strip("0") else "nothing"


def name_of(file: ChangedFile | None) -> str:
    """Returns the path of a file for the screen."""
    return code_text(file.path) if file is not None else "no file"


def trouble_page(trouble: str) -> Readable:
    """Returns what is shown when a change cannot be read."""
    return TextPage([BLANK, ((safe(trouble), "error"),)])
