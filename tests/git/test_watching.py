"""What differs of a user's repository, seen from outside."""

import pytest

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.watching import Watched
from tests.support.gitrepo import GitRepo


@pytest.fixture
def watched(user: GitRepo) -> Watched:
    user.write(".git/hooks/mine", "#!/bin/sh\n")
    one = Watched(repo=Repository.open(user.path), target="main")
    one.take()
    return one


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
