"""Whether settings and attributes have files in worktrees be what they are in commits, and git keep to its usual ways.

Everything that is not known to change nothing counts as a hindrance: then git does the work.
"""

import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from prodigy_tui.git.plain_look import CLOCK_NS
from prodigy_tui.git.steering import Mark, mark_of, settings_of

_NO_MATTER: Final = frozenset(
    {"abbrev", "askpass", "attributesfile", "bare", "bigfilethreshold", "commentchar", "commitgraph", "compression"}
    | {"deltabasecachelimit", "editor", "excludesfile", "fsmonitor", "fsync", "fsyncmethod", "gitproxy", "hookspath"}
    | {"loosecompression", "multipackindex", "notesref", "pager", "packedgitlimit", "packedgitwindowsize"}
    | {"preloadindex", "protecthfs", "protectntfs", "quotepath", "repositoryformatversion", "safecrlf", "splitindex"}
    | {"sshcommand", "untrackedcache", "warnambiguousrefs", "whitespace"}
)
"""Settings in `core` that change nothing here. Some do so for other git commands of ours, which are told otherwise; and
what some make of an index is seen in the index."""
_USUAL: Final = {
    "core.autocrlf": {"false"},
    "core.checkstat": {"default"},
    "core.eol": {"lf", "native"},
    "core.filemode": {"true"},
    "core.ignorecase": {"false"},
    "core.logallrefupdates": {"true", "always"},
    "core.precomposeunicode": {"false"},
    "core.prefersymlinkrefs": {"false"},
    "core.sharedrepository": {"false", "umask", "0"},
    "core.sparsecheckout": {"false"},
    "core.sparsecheckoutcone": {"false", "true"},
    "core.symlinks": {"true"},
    "core.trustctime": {"true"},
    "extensions.objectformat": {"sha1", "sha256"},
    "extensions.refstorage": {"files"},
    "extensions.relativeworktrees": {"true", "false"},
    "extensions.worktreeconfig": {"true", "false"},
}
"""Settings that must be like this where they are made."""
_STEERS: Final = re.compile(r"(core|extensions|attr)\..*|includeif\.onbranch:.*|remote\..*\.promisor", re.DOTALL)
"""Settings of which only those above are let pass."""
_CHANGES: Final = re.compile(rb"filter|ident|encoding|crlf")
"""What stands in a file of attributes by which content is not written to a worktree as it is."""


def changes_content(attributes: bytes) -> bool:
    """Tells whether attributes may have git write another content to a worktree than a commit has."""
    return _CHANGES.search(attributes) is not None


class PlainSettings:
    """What holds in one repository, read again when it has changed. For one thread at a time."""

    def __init__(self, common_dir: Path) -> None:
        """Reads nothing yet; `common_dir` is what all worktrees of the repository share."""
        self._common_dir = common_dir
        self._watched: tuple[Path, ...] = ()
        self._mark: Mark | None = None
        self._known: Mapping[str, str] | None = None

    def look(self, worktree: Path) -> Mapping[str, str] | None:
        """Returns the settings if they, and all attributes but those in commits, leave all as is usual.

        Raises:
            GitMissing, GitFailed, OSError, RuntimeError: They cannot be read.
        """
        if self._mark is None or self._mark != mark_of(self._watched):
            began_ns = time.time_ns() - CLOCK_NS
            files, settings = settings_of(self._common_dir, worktree)
            attributes = _files_of_attributes(self._common_dir, settings)
            self._watched = tuple(sorted(files | attributes))
            self._mark, self._known = mark_of(self._watched), None
            if any(one is not None and one.written_ns >= began_ns for one in self._mark):
                self._mark = None  # one was changed about when it was read
            elif (
                all(map(_is_usual, settings.items()))
                and not (self._common_dir / "refs/replace").exists()
                and not any(map(_file_changes_content, attributes))
            ):
                self._known = settings
        return self._known


def _is_usual(setting: tuple[str, str]) -> bool:
    key, value = setting
    if key in _USUAL:
        return value.lower() in _USUAL[key]
    return not _STEERS.fullmatch(key) or key.removeprefix("core.") in _NO_MATTER


def _files_of_attributes(common_dir: Path, settings: Mapping[str, str]) -> frozenset[Path]:
    """Returns the files of attributes that lie in no commit, there or not."""
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    system = {Path("/etc/gitattributes")}
    git = shutil.which("git")
    if git is not None:
        system.add(Path(os.path.realpath(git)).parents[1] / "etc/gitattributes")
    users = {Path(settings["core.attributesfile"]).expanduser()} if "core.attributesfile" in settings else set[Path]()
    return frozenset({common_dir / "info/attributes", xdg / "git/attributes", *system, *users})


def _file_changes_content(file: Path) -> bool:
    if not file.is_absolute():
        return True  # where that is only git knows
    try:
        return changes_content(file.read_bytes())
    except FileNotFoundError:
        return False
