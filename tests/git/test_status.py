"""One look tells what three commands told: branch, commit, and what is uncommitted."""

from prodigy_tui.git.status import look_at
from tests.support.gitrepo import GitRepo


def test_entries_are_those_that_git_lists_whatever_their_names(user: GitRepo):
    for name in ("gone.txt", "staged ü.txt", "2 words.txt"):
        user.commit(name, "x\n")
    (user.path / "gone.txt").unlink()
    user.write("staged ü.txt", "y\n")
    user.git("add", "staged ü.txt")
    user.write("2 words.txt", "y\n")
    user.write("? new\n\t.txt", "new\n")

    status = look_at(user.path)

    listed = user.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    assert status.entries == tuple(listed.split("\0")[:-1])
    assert sorted(status.paths) == ["2 words.txt", "? new\n\t.txt", "gone.txt", "staged ü.txt"]
    assert (status.branch, status.commit, status.conflicts) == ("main", user.head, ())


def test_conflicts_are_told_apart(user: GitRepo):
    user.branch("side")
    user.commit("a.txt", "side\n")
    user.checkout("main")
    user.commit("a.txt", "main\n")
    user.commit("b c.txt", "b\n")
    user.git("-c", "merge.conflictStyle=merge", "merge", "--quiet", "side", ok=(0, 1))

    status = look_at(user.path)

    assert status.conflicts == ("a.txt",)
    assert status.entries == ("UU a.txt",)


def test_what_is_checked_out_is_told_where_it_is_no_usual_branch(user: GitRepo):
    user.git("checkout", "--quiet", "-b", "(odd)")
    assert look_at(user.path).branch == "(odd)"
    user.git("checkout", "--quiet", "--detach")
    assert (look_at(user.path).branch, look_at(user.path).commit) == ("", user.head)
    user.git("checkout", "--quiet", "--orphan", "empty")
    assert (look_at(user.path).branch, look_at(user.path).commit) == ("empty", None)
