"""What differs of a user's repository, seen from outside."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.watching import Watched
from tests.support.counting import calls_of
from tests.support.gitrepo import GitRepo


@pytest.fixture
def watched(user: GitRepo) -> Watched:
    user.write(".git/hooks/mine", "#!/bin/sh\n")
    one = Watched(repo=Repository.open(user.path), target="main")
    one.take()
    return one


@pytest.fixture
def later(user: GitRepo) -> Watched:
    """The same a while after everything was written: what was read of folders counts."""
    user.write(".git/hooks/mine", "#!/bin/sh\n")
    user.write(".git/hooks/in/one", "x")
    one = Watched(repo=Repository.open(user.path), target="main", now_ns=lambda: time.time_ns() + 60_000_000_000)
    one.take()
    assert folders_read(one.shared_touched) == 0
    return one


def folders_read(look: Callable[[], object]) -> int:
    return calls_of(os.scandir, look)


def different(watched: Watched) -> list[str]:
    """Everything that differs, once."""
    return [*watched.different(watched.shared_touched()), *watched.different(watched.own_touched())]


def test_nothing_differs_where_nothing_was_done(user, watched):
    assert different(watched) == []
    user.git("status")
    user.git("gc", "-q")
    user.git("pack-refs", "--all")
    user.git("update-server-info")
    user.git("rev-parse", "HEAD")
    assert different(watched) == []
    assert watched.status_changed() == ()


def test_an_index_that_was_only_refreshed_is_the_same(user, watched):
    user.git("update-index", "--really-refresh")
    (user.path / "a.txt").touch()
    user.git("status")
    assert different(watched) == []


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        (lambda r: r.git("config", "user.name", "x"), ["config"]),
        (lambda r: r.write(".git/hooks/pre-commit", "#!/bin/sh\n"), ["hooks/pre-commit"]),
        (lambda r: (r.path / ".git/hooks/mine").unlink(), ["hooks/mine"]),
        (lambda r: (r.path / ".git/hooks/mine").chmod(0o755), ["hooks/mine"]),
        (lambda r: (r.path / ".git/hooks/post-merge").symlink_to("/bin/sh"), ["hooks/post-merge"]),
        (lambda r: r.write(".git/hooks/deep/er", "x"), ["hooks/deep/er"]),
        (lambda r: r.write(".git/info/exclude", "x"), ["info/exclude"]),
        (lambda r: r.write(".git/info/attributes", "x"), ["info/attributes"]),
        (lambda r: r.write(".git/config.worktree", "[core]\n"), ["config.worktree"]),
        (lambda r: r.commit("b.txt", "b"), ["index", "branch main"]),
        (lambda r: (r.write("b.txt", "b"), r.git("add", "b.txt")), ["index"]),
        (lambda r: r.branch("other"), ["HEAD"]),
        (
            lambda r: r.git("update-ref", "refs/heads/main", r.git("commit-tree", "HEAD^{tree}", "-m", "x")),
            ["branch main"],
        ),
        (lambda r: (r.git("checkout", "-q", "-b", "o"), r.git("branch", "-D", "main")), ["HEAD", "branch main"]),
    ],
)
def test_what_differs_is_named_once(user, watched, deed, found):
    deed(user)
    assert different(watched) == found
    assert different(watched) == []


@pytest.mark.parametrize("text", ["one\ntwo\nthree\n", "four\n"])
def test_the_status_of_the_checkout(user, watched, text):
    user.write("a.txt", text)
    user.write("new\nline", "x")
    changed = watched.status_changed()
    assert changed == (("new\nline",) if text.startswith("one") else ("a.txt", "new\nline"))
    assert watched.status_changed() == ()
    (user.path / "new\nline").unlink()
    assert "new\nline" in watched.status_changed()


def test_a_repository_that_is_gone_is_different_and_no_error(user, watched):
    (user.path / ".git").rename(user.path / "gone")
    assert "config" in different(watched)


def replace_by_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        (lambda hooks: (hooks / "pre-commit").write_text("x"), ["hooks/pre-commit"]),
        (lambda hooks: (hooks / "mine").unlink(), ["hooks/mine"]),
        (lambda hooks: (hooks / "mine").write_text("other"), ["hooks/mine"]),
        (lambda hooks: (hooks / "mine").rename(hooks / "post-merge"), ["hooks/mine", "hooks/post-merge"]),
        (lambda hooks: (hooks / "in/two").write_text("x"), ["hooks/in/two"]),
        (lambda hooks: (hooks / "in/one").unlink(), ["hooks/in/one"]),
        (lambda hooks: (hooks / "in/one").write_text("other"), ["hooks/in/one"]),
        (lambda hooks: replace_by_link(hooks / "in"), ["hooks/elsewhere/one", "hooks/in"]),
        (lambda hooks: hooks.rename(hooks.with_name("gone")), ["hooks/in/one", "hooks/mine"]),
    ],
)
def test_what_differs_in_folders_that_were_read_is_named(user, later, deed, found):
    deed(user.path / ".git/hooks")
    assert sorted(different(later)) == found
    assert different(later) == []


def test_hooks_behind_a_link_that_is_turned_elsewhere_differ(user, later):
    hooks = user.path / ".git/hooks"
    user.write(".git/others/mine", "other")
    replace_by_link(hooks)
    different(later)
    hooks.unlink()
    hooks.symlink_to("others")
    assert sorted(different(later)) == ["hooks/in/one", "hooks/mine"]


def test_folders_that_are_as_they_were_are_not_read_again(user, later):
    user.write(".git/hooks/in/two", "x")
    assert folders_read(later.shared_touched) == 1
    assert folders_read(later.shared_touched) == 0


def test_a_folder_that_was_changed_just_now_is_read_again(watched):
    """Its next change may fall into the same tick of the file system's clock."""
    assert folders_read(watched.shared_touched) == 2
