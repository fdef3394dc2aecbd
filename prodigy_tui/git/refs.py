"""Refs and ancestry: reading, and moving by compare-and-swap. No working tree is involved."""

import re
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.objects import has_commit
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitAnswer, run_git
from prodigy_tui.ids import Oid

OWN_REFS: Final = ("refs/prodigy/", "refs/heads/prodigy/")
"""Where refs of runs live. Nothing outside is ever deleted."""
_HEADS: Final = "refs/heads/"
_WHOLE: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\n")
"""What the file of a ref holds that names a commit."""
_NO_SUCH_COMMIT: Final = 129
"""How `for-each-ref` ends when it is asked what contains a commit that is not there."""
_GAP: Final = re.compile(r"^error: Could not read [0-9a-f]+$", re.MULTILINE)
"""What git says when a commit between two others is missing.

Before 2.45 it goes on as if history ended there. Newer ones fail, but `for-each-ref --contains`, which then holds that
everything is contained.
"""


def read_ref(repo: Repository, ref: str) -> Oid | None:
    """Returns what a full ref name, such as `refs/heads/main`, points at, or None."""
    _require_full(ref)
    if (at := _in_its_file(repo, ref)) is not None:
        return at
    text = _git(repo, "rev-parse", "--quiet", "--verify", ref, ok=(0, 1, 128)).text
    return Oid(text) if text else None


def _in_its_file(repo: Repository, ref: str) -> Oid | None:
    """Returns what the file of a ref says, where it has one that names a commit: git then looks nowhere else.

    Whatever else there is (packed, symbolic, torn, kept in another way) is for git to tell. A hundredth of what a
    process costs, and a run that is taken up has a ref to look at for each item that waits to be merged.
    """
    if ".." in ref:
        return None
    try:
        found = _WHOLE.fullmatch((repo.common_dir / ref).read_bytes())
    except OSError:
        return None
    return Oid(found[1].decode("ascii")) if found is not None and found[1].strip(b"0") else None


class Branch(Struct, frozen=True, kw_only=True):
    """A branch at this moment."""

    name: str
    """Short; what is meant where an alias, a symbolic ref, was asked for."""
    at: Oid | None
    """None: there is no such branch."""


def look_up(repo: Repository, branch: str) -> Branch:
    """Returns which branch a short name means, and where that stands."""
    ref = f"{_HEADS}{branch}"
    listing = ("for-each-ref", "--format=%(refname)%00%(symref)%00%(objectname)", ref)
    for line in _git(repo, *listing, ok=(0,)).text.splitlines():
        name, alias_of, commit = line.split("\0")
        if name == ref:
            return Branch(name=alias_of.removeprefix(_HEADS) or branch, at=Oid(commit))
    return Branch(name=real_branch(repo, branch), at=None)  # an alias of a branch that is gone is not listed


def real_branch(repo: Repository, branch: str) -> str:
    """Returns the branch that is meant by a short name which may be an alias, a symbolic ref, of another."""
    ref = _git(repo, "symbolic-ref", "--quiet", f"{_HEADS}{branch}", ok=(0, 1, 128)).text
    return ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else branch


def move_ref(repo: Repository, ref: str, new: Oid, old: Oid | None) -> bool:
    """Makes `ref` point at `new` if it points at `old` (None: if it does not exist); returns whether it did.

    Raises:
        GitFailed: The ref stands where it was expected and yet cannot be moved.
    """
    _require_full(ref)
    expected = old or "0" * len(new)
    answer = _git(repo, "update-ref", "--no-deref", "-m", "prodigy-tui", ref, new, expected, ok=None)
    if answer.code == 0:
        return True
    if read_ref(repo, ref) == old:
        raise answer.failure()
    return False


def delete_ref(repo: Repository, ref: str, old: Oid | None = None) -> bool:
    """Deletes a ref of a run, if it points at `old` where that is given; returns whether it is gone.

    Raises:
        ValueError: The ref is not one that runs make.
        GitFailed: The ref stands where it was expected and yet cannot be deleted.
    """
    if not ref.startswith(OWN_REFS):
        raise ValueError(f"not a ref of a run: {ref}")
    answer = _git(repo, "update-ref", "--no-deref", "-d", ref, *([old] if old else []), ok=None)
    found = read_ref(repo, ref)
    if found is not None and old in {None, found}:
        raise answer.failure()
    return found is None


def is_ancestor(repo: Repository, ancestor: Oid, commit: Oid) -> bool:
    """Returns whether `commit` is seen to contain `ancestor`; a commit contains itself.

    Where a commit between them is missing, it is not.
    """
    return contains(repo.common_dir, commit, ancestor)


def read_refs(repo: Repository, *refs: str) -> dict[str, Oid]:
    """Returns where those of some refs stand that are there, at one look."""
    for ref in refs:
        _require_full(ref)
    lines = _git(repo, "for-each-ref", "--format=%(refname) %(objectname)", *refs, ok=(0,)).text.splitlines()
    found = (line.split(" ") for line in lines)
    return {ref: Oid(commit) for ref, commit in found if ref in refs}


def holds(repo: Repository, ref: str, commit: Oid) -> Oid | None:
    """Returns where `ref` stands if it is seen to contain `commit`; None, too, where one of them is not there."""
    _require_full(ref)
    listing = ("for-each-ref", f"--contains={commit}", "--format=%(refname) %(objectname)", ref)
    answer = _git(repo, *listing, ok=(0, _NO_SUCH_COMMIT))
    if has_gap(answer):
        return None
    found = (line.split(" ") for line in answer.text.splitlines())
    return next((Oid(at) for name, at in found if name == ref), None)


def merge_base(repo: Repository, branch: str, commit: Oid) -> Oid | None:
    """Returns the commit at which the branch and `commit` parted; None where they have nothing in common."""
    answer = _git(repo, "merge-base", f"refs/heads/{branch}", commit, ok=None)
    if answer.code not in (0, 1, 128) and not has_gap(answer):
        raise answer.failure()
    return Oid(answer.text) if answer.text else None


def is_seen_to_contain(repo: Repository, commit: Oid, ancestor: Oid) -> bool:
    """Returns whether `commit` contains `ancestor`; where one is missing it does not."""
    answer = _git(repo, "merge-base", "--is-ancestor", ancestor, commit, ok=None)
    if answer.code in (0, 1) or has_gap(answer):
        return answer.code == 0
    if all(has_commit(repo, one) for one in (ancestor, commit)):
        raise answer.failure()
    return False


def contains(path: Path, commit: Oid, ancestor: Oid) -> bool:
    """Returns the same as `is_ancestor` where only a path into the repository is at hand."""
    answer = run_git("merge-base", "--is-ancestor", ancestor, commit, cwd=path, ok=None)
    if answer.code not in (0, 1) and not has_gap(answer):
        raise answer.failure()
    return answer.code == 0


def has_gap(answer: GitAnswer) -> bool:
    """Returns whether git met a commit that is missing on its way from one commit to another."""
    return _GAP.search(answer.err) is not None


def _git(repo: Repository, *arguments: str, ok: tuple[int, ...] | None) -> GitAnswer:
    return run_git(f"--git-dir={repo.common_dir}", *arguments, cwd=repo.common_dir, ok=ok)


def _require_full(ref: str) -> None:
    if not ref.startswith("refs/"):
        raise ValueError(f"not a full ref name: {ref}")
