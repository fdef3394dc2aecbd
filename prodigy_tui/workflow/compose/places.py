"""Where files may lie, and where a name is looked for (language 15.1, 15.2, 15.4). Nothing here touches the disk."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Final

import msgspec

EXTENSIONS: Final = (".yml", ".yaml", ".json")
_BASE_FOLDERS: Final = ("bases", "templates", "workflows", "")
_TEMPLATES: Final = "templates"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def lexical(path: Path) -> Path:
    """Returns `path` without `.` and `..`, by its text alone."""
    return Path(os.path.normpath(path))


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller knows about the disk.

    Without `roots` every place is allowed: so it is for a text that has no file, and for a record.
    """

    roots: tuple[Path, ...] | None = None
    """Folders with links resolved; files lie in one of them or in the folder of the started file (PT801)."""
    project: Path | None = None
    """The project's `.prodigy/`."""
    library: Path | None = None
    """The user's template library."""
    resolve: Callable[[Path], Path] = lexical
    """Returns a path with its links resolved, whether or not it exists."""

    def around(self, started: Path) -> "Places":
        """Returns the places for a load that starts with the file `started`."""
        if self.roots is None:
            return self
        others = (folder for folder in (self.project, self.library) if folder is not None)
        own = (self.resolve(folder) for folder in (started.parent, *others))
        roots = (*self.roots, *own)
        return Places(roots=roots, project=self.project, library=self.library, resolve=self.resolve)

    def unbounded(self) -> "Places":
        """Returns the same places, and every other one too."""
        return Places(project=self.project, library=self.library)

    def allows(self, path: Path) -> bool:
        """Tells whether `path`, links resolved, lies where files may lie."""
        if self.roots is None:
            return True
        real = self.resolve(path)
        return any(real.is_relative_to(root) for root in self.roots)


def is_url(text: str) -> bool:
    """Tells whether `text` names something on a network."""
    return _URL.match(text) is not None


def has_extension(text: str) -> bool:
    """Tells whether `text` ends like a workflow file."""
    return PurePath(text).suffix.lower() in EXTENSIONS


def is_path(text: str) -> bool:
    """Tells whether `text` names a file and not a template of a library (language 15.4)."""
    return "/" in text or has_extension(text)


def shown_path(folder: Path, text: str) -> Path:
    """Returns the place that `text` names in a file in `folder`."""
    return lexical(folder / text)


def file_places(folder: Path, text: str) -> tuple[Path, ...]:
    """Returns where the file `text` may be: at the path itself, or with an extension that was left out."""
    own = shown_path(folder, text)
    if has_extension(text):
        return (own,)
    return (own, *_with_extensions(own))


def base_places(folder: Path, text: str) -> tuple[Path, ...]:
    """Returns where the base `text` may be (language 15.2)."""
    if has_extension(text):
        return (shown_path(folder, text),)
    found = (place for name in _BASE_FOLDERS for place in _with_extensions(shown_path(folder / name, text)))
    return (*dict.fromkeys(found), shown_path(folder, text))


def library_places(places: Places, text: str) -> tuple[Path, ...]:
    """Returns where the template `text` may be in the project's and in the user's library."""
    if PurePath(text).is_absolute() or ".." in PurePath(text).parts:
        return ()
    folders = [places.project / _TEMPLATES] if places.project else []
    folders += [places.library] if places.library else []
    return tuple(place for folder in folders for place in _library_file(folder / text))


def _library_file(path: Path) -> Iterator[Path]:
    if has_extension(path.name):
        yield path
    else:
        yield from _with_extensions(path)


def _with_extensions(path: Path) -> Iterator[Path]:
    # Not with_suffix: what stands behind a dot may be part of the name.
    return (path.with_name(path.name + extension) for extension in EXTENSIONS) if path.name else iter(())
