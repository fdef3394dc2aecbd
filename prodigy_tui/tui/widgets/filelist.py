"""The files of a change, with what they gain and lose, and which of them have been viewed."""

from prodigy_tui.tui.model.changes import ChangedFile, Changes, Counts
from prodigy_tui.tui.model.codetext import code_text
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Role, Span, cells
from prodigy_tui.tui.model.text import clip_name, fit
from prodigy_tui.tui.widgets.cursor import CursorList

_LETTERS: dict[str, tuple[str, Role]] = {
    "added": ("A", "added"),
    "deleted": ("D", "removed"),
    "modified": ("M", "muted"),
    "type": ("T", "warning"),
}


class FileList(CursorList[str]):
    """Files by the key that the source of diffs gives them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._files: tuple[ChangedFile, ...] = ()
        self._places: dict[str, int] = {}
        self._counts: Counts = {}
        self._viewed: frozenset[str] = frozenset()

    def show(self, changes: Changes) -> None:
        """Lists the files of another change; the cursor stays on a file that both have."""
        self._files = changes.files
        self._places = {file.key: place for place, file in enumerate(self._files)}
        self.pinned = self.selected in self._places
        self.lines_moved()

    def set_counts(self, counts: Counts) -> None:
        """Shows how many lines each gains and loses."""
        self._counts = counts
        self.refresh()

    def set_viewed(self, viewed: frozenset[str]) -> None:
        """Shows which files have been viewed."""
        if viewed != self._viewed:
            self._viewed = viewed
            self.refresh()

    def file(self, key: str) -> ChangedFile | None:
        """Returns the file of a key."""
        place = self._places.get(key)
        return self._files[place] if place is not None else None

    def count(self) -> int:
        return len(self._files)

    def key_at(self, index: int) -> str | None:
        return self._files[index].key if 0 <= index < len(self._files) else None

    def index_of(self, key: str) -> int | None:
        return self._places.get(key)

    def heading(self, width: int) -> Line:
        return (
            (
                fit(f" {len(self._viewed):,} of {len(self._files):,} viewed · {key('review.viewed')} marks", width),
                "muted",
            ),
        )

    def line(self, key: str, width: int) -> Line:
        file = self._files[self._places[key]]
        letter, role = _LETTERS[file.status]
        seen = key in self._viewed
        size = _size(file, self._counts)
        mark: Span = (" ✓ ", "success") if seen else ("   ", "text")
        room = max(4, width - 3 - cells(size) - cells((mark,)))
        name = fit(clip_name(code_text(file.path), room), room)
        return ((f" {letter} ", role), (name, "muted" if seen else "text"), *size, mark)


def _size(file: ChangedFile, counts: Counts) -> Line:
    if file.kind != "file":
        return ((f" {'link' if file.kind == 'link' else 'submodule'}", "muted"),)
    if file.key not in counts:
        return ()
    count = counts[file.key]
    if count is None:
        return ((" binary", "muted"),)
    added, removed = count
    return ((f" +{added:,}", "added"), (f" −{removed:,}", "removed"))
