"""The files of one load: read once through the caller's hands, within the limits of language 19."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from prodigy_tui.workflow.compose.places import Places, is_url, lexical
from prodigy_tui.workflow.nodes import Entry, Node
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.raw import line_and_column
from prodigy_tui.workflow.source import read_source, suffix_of

MAX_FILES: Final = 200
MAX_BYTES: Final = 8 * 1024 * 1024
MAX_CHAIN: Final = 16
"""Files that lead to one another by imports, bases, templates and calls."""

_LONGEST_NAME: Final = 200
"""A longer one is not repeated for every place where it was looked for."""
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})

Read = Callable[[Path], bytes]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was found. `top` is None when nothing can be said about what is in it."""

    shown: str
    identity: str
    """The same for all names of one file."""
    top: Node | None

    @property
    def folder(self) -> Path:
        return Path(self.shown).parent


class Files:
    """Reads each file once. Whether a file exists is found out by reading it."""

    def __init__(self, read: Read, places: Places, report: Report) -> None:
        self._read = read
        self.places = places
        self.report = report
        self.texts: dict[str, str] = {}
        """Every file that was read, by its shown path."""
        self._found: dict[Path, File | None] = {}
        self._by_identity: dict[str, File] = {}
        self._bytes = 0
        self._full = False
        self._chain: list[tuple[str, str]] = []

    def start(self, path: Path) -> File | None:
        """Reads the file that the load begins with; PT100 when it is not there."""
        try:
            data = self._read(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.report.add_at("PT100", (1, 1), "", f"the file cannot be read: {reason}")
            return None
        self._bytes = len(data)
        return self._take(path, data, str(path))

    def text(self, text: str, name: str, suffix: str | None = None) -> File:
        """Takes `text` for the file `name` that the load begins with."""
        text = text.removeprefix("\ufeff")
        self._bytes = len(text.encode("utf-8", "replace"))
        return self._parse(Path(name), text, name, suffix)

    def find(self, named: str, tried: Sequence[Path], where: Node | Entry, what: str, near: str = "") -> File | None:
        """Returns the first of the files `tried`, which `named` at `where` asks for.

        Reports PT705, PT801, and what is wrong with the file itself. `near` is a hint at names that were meant.
        """
        if is_url(named):
            hint = "download it and name the file"
            self.report.add(
                "PT705", where, f"{what} {quoted(named)} is on a network, and nothing is loaded from there", hint
            )
            return None
        for path in tried if "\0" not in named else ():
            if not self._allowed(path):
                hint = "files lie in the repository, beside the started file, or below --allow-outside"
                self.report.add("PT801", where, f"{what} {quoted(named)} lies outside, at {quoted(str(path))}", hint)
                return None
            found = self._look(path, where)
            if found is not None:
                return found
            if self._full:
                return None
        places = ", ".join(dict.fromkeys(str(path) for path in tried))
        hint = near or (f"tried {places}" if places and "\0" not in named and len(named) <= _LONGEST_NAME else "")
        self.report.add("PT705", where, f"{what} {quoted(named)} is not there", hint)
        return None

    @contextmanager
    def entered(self, identity: str, shown: str, where: Node | Entry | None) -> Iterator[bool]:
        """Goes one step down the chain; yields False when that step closes a cycle (PT704) or is one too many."""
        known = [name for name, _ in self._chain]
        fine = True
        if identity in known and where is not None:
            names = [shown_name for _, shown_name in self._chain[known.index(identity) :]]
            self.report.add("PT704", where, f"a cycle: {' → '.join([*names, shown])}")
            fine = False
        elif len(self._chain) >= MAX_CHAIN + 1 and where is not None:
            self.report.add("PT106", where, f"files lead to one another more than {MAX_CHAIN} times")
            fine = False
        self._chain.append((identity, shown))
        try:
            yield fine
        finally:
            self._chain.pop()

    def _allowed(self, path: Path) -> bool:
        try:
            return self.places.allows(path)
        except (OSError, RuntimeError, ValueError):
            # Links that lead in a circle lead nowhere; reading says so.
            return True

    def _look(self, path: Path, where: Node | Entry) -> File | None:
        if path in self._found:
            return self._found[path]
        self._found[path] = None
        try:
            data = self._read(path)
        except OSError as error:
            if error.errno in _NOT_THERE or isinstance(error, FileNotFoundError):
                return None
            shown = str(path)
            self.report.enter(shown)
            reason = error.strerror or type(error).__name__
            self.report.add_at("PT100", (1, 1), "", f"the file cannot be read: {reason}", file=shown)
            found = File(shown=shown, identity=self._identity(path), top=None)
        else:
            identity = self._identity(path)
            known = self._by_identity.get(identity)
            taken = known or (self._take(path, data, str(path)) if self._room(len(data), where) else None)
            if taken is None:
                return None
            found = taken
        self._found[path] = found
        return found

    def _room(self, size: int, where: Node | Entry) -> bool:
        if self._full:
            return False
        self._bytes += size
        message = ""
        if self._bytes > MAX_BYTES:
            message = "all files of the workflow are larger than 8 MiB"
        elif len(self.texts) >= MAX_FILES:
            message = f"the workflow has more than {MAX_FILES} files"
        if message:
            self._full = True
            self.report.add("PT106", where, message)
        return not self._full

    def _take(self, path: Path, data: bytes, shown: str) -> File:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8-sig", "replace")
            self.report.enter(shown)
            place = line_and_column(before, len(before))
            self.report.add_at("PT100", place, "", "the text is not UTF-8", file=shown)
            return self._remember(path, File(shown=shown, identity=self._identity(path), top=None))
        return self._parse(path, text, shown, None)

    def _parse(self, path: Path, text: str, shown: str, suffix: str | None) -> File:
        self.report.enter(shown)
        self.texts[shown] = text
        kind = suffix_of(shown) if suffix is None else suffix.lower()
        top = read_source(text, kind, self.report, shown)
        return self._remember(path, File(shown=shown, identity=self._identity(path), top=top))

    def _remember(self, path: Path, file: File) -> File:
        self._by_identity.setdefault(file.identity, file)
        self._found[lexical(path)] = file
        return file

    def _identity(self, path: Path) -> str:
        try:
            return str(self.places.resolve(path))
        except (OSError, RuntimeError, ValueError):
            return str(path)


def recorded(files: Mapping[str, str]) -> Read:
    """Returns a reader of the files that a load has noted; no other file is there."""

    def read(path: Path) -> bytes:
        text = files.get(str(path))
        if text is None:
            raise FileNotFoundError(errno.ENOENT, "it is not in the record", str(path))
        return text.encode("utf-8", "surrogatepass")

    return read
