"""One file's difference as lines with numbers, hunks and partners; read from git's patch, which is hostile text.

Names are not read here: they are known from a list that cannot be misread. Lines are counted by the headers, so that a
line of code that looks like a header is a line of code.
"""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

CodeKind: TypeAlias = Literal["hunk", "same", "added", "removed"]

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: .*)?", re.DOTALL)
_WORD: Final = re.compile(r"\w+|[^\w\s]|\s+")
_LONGEST: Final = 1_000
"""Characters of a line up to which its words are compared."""
_ALIKE: Final = 0.4
"""Lines less alike than this are other lines, not changed ones."""

Spans: TypeAlias = tuple[tuple[int, int], ...]


class CodeLine(NamedTuple):
    """A line of a difference."""

    kind: CodeKind
    old: int | None
    """Its number before."""
    new: int | None
    """Its number after."""
    text: str
    bare: bool = False
    """The file ends with it, without a newline."""


@dataclass(frozen=True)
class FileDiff:
    """The difference of one file."""

    lines: tuple[CodeLine, ...] = ()
    hunks: tuple[int, ...] = ()
    """Lines that begin a hunk."""
    partners: dict[int, int] = field(default_factory=dict)
    """A removed line and the added one that took its place, both ways."""

    @cached_property
    def pairs(self) -> tuple[tuple[int | None, int | None], ...]:
        """The lines side by side: what was there on the left, what is there on the right."""
        found: list[tuple[int | None, int | None]] = []
        index = 0
        while index < len(self.lines):
            if self.lines[index].kind not in ("removed", "added"):
                found.append((index, index))
                index += 1
                continue
            removed, added, index = change_block(self.lines, index)
            for row in range(max(len(removed), len(added))):
                left = removed[row] if row < len(removed) else None
                found.append((left, added[row] if row < len(added) else None))
        return tuple(found)

    @cached_property
    def last_number(self) -> int:
        """The highest number of a line."""
        return max((max(line.old or 0, line.new or 0) for line in self.lines), default=0)

    @cached_property
    def rows(self) -> dict[int, int]:
        """Line → row of `pairs`."""
        return {line: row for row, pair in enumerate(self.pairs) for line in pair if line is not None}


def change_block(lines: tuple[CodeLine, ...] | list[CodeLine], start: int) -> tuple[list[int], list[int], int]:
    """Returns the removed and the added lines from `start` on, and the line behind them."""
    removed: list[int] = []
    added: list[int] = []
    index = start
    while index < len(lines) and lines[index].kind == "removed":
        removed.append(index)
        index += 1
    while index < len(lines) and lines[index].kind == "added":
        added.append(index)
        index += 1
    return removed, added, index


def read_patch(text: str) -> FileDiff:
    """Reads the difference of one file; whatever stands before the first hunk, and is no hunk, is left out."""
    source = text.split("\n")  # not splitlines(): a form feed inside a line of code ends no line
    lines: list[CodeLine] = []
    hunks: list[int] = []
    old = new = old_left = new_left = 0
    for line in source:
        mark, rest = line[:1], line[1:]
        if old_left > 0 or new_left > 0:
            if mark == "-":
                lines.append(CodeLine("removed", old, None, rest))
                old, old_left = old + 1, old_left - 1
            elif mark == "+":
                lines.append(CodeLine("added", None, new, rest))
                new, new_left = new + 1, new_left - 1
            elif mark == " ":
                lines.append(CodeLine("same", old, new, rest))
                old, old_left, new, new_left = old + 1, old_left - 1, new + 1, new_left - 1
            elif mark == "\\":
                _end_bare(lines)
        elif (found := _HUNK.fullmatch(line)) is not None:
            old, new = int(found[1]), int(found[3])
            old_left, new_left = int(found[2] or 1), int(found[4] or 1)
            hunks.append(len(lines))
            lines.append(CodeLine("hunk", old, new, line))
        elif mark == "\\":
            _end_bare(lines)
    return FileDiff(lines=tuple(lines), hunks=tuple(hunks), partners=_partners(lines))


def _end_bare(lines: list[CodeLine]) -> None:
    """Takes in git's note that the line before it has no newline at its end."""
    if lines and lines[-1].kind != "hunk":
        lines[-1] = lines[-1]._replace(bare=True)


def _partners(lines: list[CodeLine]) -> dict[int, int]:
    partners: dict[int, int] = {}
    index = 0
    while index < len(lines):
        if lines[index].kind != "removed":
            index += 1
            continue
        removed, added, index = change_block(lines, index)
        for left, right in zip(removed, added, strict=False):
            partners[left], partners[right] = right, left
    return partners


@lru_cache(maxsize=512)
def changed_words(old: str, new: str) -> tuple[Spans, Spans]:
    """Returns which characters of two lines differ, by words; nothing where they have too little in common."""
    if max(len(old), len(new)) > _LONGEST:
        return (), ()
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return (), ()
    gone: list[tuple[int, int]] = []
    come: list[tuple[int, int]] = []
    starts, ends = _offsets(before), _offsets(after)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        if b > a:
            gone.append((starts[a], starts[b]))
        if d > c:
            come.append((ends[c], ends[d]))
    return tuple(gone), tuple(come)


def _offsets(words: list[str]) -> list[int]:
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return offsets
