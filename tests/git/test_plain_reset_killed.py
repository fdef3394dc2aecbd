"""A reset that is killed at any moment leaves a worktree that the next one brings right, whichever way that takes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from prodigy_tui.git.plain_look import CLOCK_NS
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.git.reset_facts import checkouts_of_reset, commit_of, long_ago, picture
from tests.git.worktree_facts import RUN, admin_of, branch_of
from tests.support.gitrepo import GitRepo

_KILLED: Final = 9
_MOST: Final = 100


class _Killer:
    """Ends this process at once at its nth act that changes a file or a folder."""

    def __init__(self, at: int, *, half: bool) -> None:
        self._left = at
        self._half = half
        for name in ("unlink", "rmdir", "mkdir", "makedirs", "rename", "write", "open"):
            setattr(os, name, self._counted(name, getattr(os, name)))

    def _counted(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return act(*arguments, **options)
            self._left -= 1
            if not self._left:
                if self._half and name == "write":
                    act(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os._exit(_KILLED)
            return act(*arguments, **options)

        return counted


def killed(trees: Worktrees, slot: Path, admin: Path, branch: str, base: Oid, *, at: int, half: bool) -> bool:
    """Resets in a process that is killed at its nth act; returns whether it came so far."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            trees._plain._usual(slot)  # which starts git: what changes there is not of interest
            _Killer(at, half=half)
            code = 0 if trees._plain.reset(slot, admin, branch, base) else 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _KILLED)
    return code == _KILLED


def written_anew(user: GitRepo, slot: GitRepo) -> None:
    """Has git write the index until it is younger than all files: an index of the future would hide what is done here.

    Git itself looks at whole seconds alone, and at the content of files that are as young as the index.
    """
    index = admin_of(user, slot) / "index"
    youngest = max(path.lstat().st_ctime_ns for path in slot.path.rglob("*"))
    while index.stat().st_mtime_ns <= youngest + CLOCK_NS:
        slot.git("update-index", "--force-write-index")


@pytest.mark.parametrize("half", [False, True], ids=["before an act", "in the middle of it"])
def test_whatever_was_done_until_then(user: GitRepo, trees: Worktrees, slot: GitRepo, half: bool):
    before = commit_of(user, {"a.txt": (b"one\n", False), "gone/deep/x": (b"x\n", False), "same": (b"x\n", True)})
    after = {"a.txt": (b"ONE\n", False), "new/deep/y": (b"y\n", True), "same": (b"x\n", True)}
    base = commit_of(user, after)
    long_ago(user)
    trees.reset(slot.path, branch_of("whole"), base)
    wanted = picture(slot)

    for at in range(1, _MOST):
        trees.reset(slot.path, branch_of("begin", at), before)
        written_anew(user, slot)
        branch = branch_of("killed", at)
        goes_on = killed(trees, slot.path, admin_of(user, slot), branch, base, at=at, half=half)
        if not goes_on:
            assert slot.git("symbolic-ref", "HEAD") == f"refs/heads/{branch}"
            break
        again = Worktrees(trees.repo, trees.root, trees.lock_file, run_id=RUN)
        again.recover()
        assert again.reset(slot.path, branch, base), at
        again.close()
        assert picture(slot) == wanted, at
        assert slot.git("symbolic-ref", "HEAD") == f"refs/heads/{branch}"
        assert user.oid(branch) == base

    assert 20 < at < _MOST - 1
    assert picture(slot) == wanted
    user.git("fsck", "--no-dangling", "--no-progress")


@pytest.mark.parametrize("twice", [False, True], ids=["written by git", "written twice within a second"])
def test_what_was_left_half_done_is_no_base_for_another_step(
    user: GitRepo, trees: Worktrees, slot: GitRepo, twice: bool
):
    """Of one size, in one second and maybe with one inode, a file looks to git like the one before it."""
    far = commit_of(user, {"a.txt": (b"far\n", False), "b": (b"z\n", False)})
    before = commit_of(user, {"a.txt": (b"one\n", False), "b": (b"x\n", False)})
    middle = commit_of(user, {"a.txt": (b"two\n", False), "b": (b"y\n", False)})
    trees.reset(slot.path, branch_of("begin"), before)
    long_ago(user)
    for at in range(1, _MOST):
        if twice:
            assert trees.reset(slot.path, branch_of("far", at), far)
            written_anew(user, slot)
            assert checkouts_of_reset(user, trees, slot, branch_of("before", at), before) == []
        written_anew(user, slot)
        if not killed(trees, slot.path, admin_of(user, slot), branch_of("killed", at), middle, at=at, half=True):
            break
        # Back to where it was: whatever the index says of the files, they have to be looked at.
        trees.recover()
        assert trees.reset(slot.path, branch_of("back", at), before)
        assert (slot.read("a.txt"), slot.read("b")) == ("one\n", "x\n"), at
        assert picture(slot)["untouched"] == ""

    assert 10 < at < _MOST - 1
