"""One look of git at a working tree: its branch, its commit, and what is uncommitted in it."""

from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from prodigy_tui.git.run import GitFailed, run_git
from prodigy_tui.ids import Oid

_HEADER: Final = "# branch."
_BEFORE_PATH: Final = {"1": 8, "u": 10, "?": 1}
"""How many words stand before the path, by the first of them: changed, in conflict, untracked."""


class Status(Struct, frozen=True, kw_only=True):
    """A working tree at this moment."""

    branch: str
    """Short name; empty where no branch is checked out."""
    commit: Oid | None
    """None when the branch has no commit."""
    entries: tuple[str, ...]
    """What is uncommitted: a letter for the index, one for the file, a space, the path."""
    conflicts: tuple[str, ...]
    """Paths of them on which a merge has not been finished."""

    @property
    def paths(self) -> list[str]:
        """The paths of the entries, in a form that can be given back to git."""
        return [entry[3:] for entry in self.entries]


def look_at(
    top: Path, *, untracked: Literal["all", "normal"] = "all", submodules: Literal["all", "dirty"] = "dirty"
) -> Status:
    """Returns how the working tree `top` stands; what `submodules` names of them is left out."""
    fields = run_git(
        "status",
        "--porcelain=v2",
        "--branch",
        "--no-ahead-behind",
        "-z",
        f"--untracked-files={untracked}",
        "--no-renames",
        f"--ignore-submodules={submodules}",
        cwd=top,
    ).fields
    facts: dict[str, str] = {}
    entries, conflicts = list[str](), list[str]()
    for field in fields:
        if field.startswith("# "):
            name, _, value = field.removeprefix(_HEADER).partition(" ")
            facts[name] = value
            continue
        words = field.split(" ", _BEFORE_PATH[field[0]])
        letters = "??" if words[0] == "?" else words[1].replace(".", " ")
        entries.append(f"{letters} {words[-1]}")
        if words[0] == "u":
            conflicts.append(words[-1])
    try:
        branch, commit = facts["head"], facts["oid"]
    except KeyError as error:
        raise GitFailed(f"git status in {top} does not say what is checked out") from error
    if branch.startswith("("):  # none, or one with such a name
        ref = run_git("symbolic-ref", "--quiet", "HEAD", cwd=top, ok=(0, 1)).text
        branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    return Status(
        branch=branch,
        commit=Oid(commit) if not commit.startswith("(") else None,
        entries=tuple(entries),
        conflicts=tuple(conflicts),
    )
