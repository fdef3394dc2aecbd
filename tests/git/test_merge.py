"""Merging in the object store gives what `git merge` gives, and touches nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from prodigy_tui.git.merge import Conflict, Contained, Merged, steers_merges
from prodigy_tui.git.merge import merge as by_processes
from prodigy_tui.git.messages import TRAILER_RUN, with_trailers
from prodigy_tui.git.open_merge import OpenMerge
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from tests.support.gitrepo import NAME, GitRepo

Merge: TypeAlias = Callable[[Oid, Oid, str], Merged | Conflict | Contained]


@pytest.fixture(params=["open", "fork"])
def merge(request: pytest.FixtureRequest, user: GitRepo) -> Iterator[Merge]:
    """Both ways to merge in the user's worktree."""
    if request.param == "fork":
        yield partial(by_processes, user.path)
        return
    with closing(OpenMerge(Repository.open(user.path), user.path)) as merges:
        yield merges.merge


def sides(repo: GitRepo, ours: dict[str, str | None], theirs: dict[str, str | None]) -> tuple[Oid, Oid]:
    """Commits `ours` on main and `theirs` on side, from one base, and returns both tips."""
    repo.branch("side")
    for path, content in theirs.items():
        repo.commit(path, content)
    head = repo.head
    repo.checkout("main")
    for path, content in ours.items():
        repo.commit(path, content)
    return repo.head, head


def reference(repo: GitRepo, head: Oid) -> str | None:
    """Returns the tree that `git merge` makes, or None on a conflict; the checkout is put back."""
    before = repo.head
    repo.git("merge", "--no-ff", "--quiet", "-m", "x", head, ok=(0, 1))
    tree = None if repo.git("ls-files", "-u") else repo.git("rev-parse", "HEAD^{tree}")
    repo.git("reset", "--hard", "--quiet", before)
    return tree


def test_merge_commit_has_both_parents_message_and_identity(merge: Merge, user: GitRepo):
    onto, head = sides(user, {"b.txt": "b"}, {"c.txt": "c"})

    result = merge(onto, head, with_trailers("Merge item ü", {TRAILER_RUN: "r"}))

    assert isinstance(result, Merged)
    assert user.git("show", "-s", "--format=%P|%an|%cn|%B", result.commit) == (
        f"{onto} {head}|{NAME}|{NAME}|Merge item ü\n\nProdigy-Run: r\n"
    )
    assert user.files(result.commit) == {"a.txt": "one\ntwo\nthree", "b.txt": "b", "c.txt": "c"}


def test_merge_moves_no_ref_and_touches_no_file(merge: Merge, user: GitRepo):
    onto, head = sides(user, {"b.txt": "b"}, {"c.txt": "c"})
    user.write("a.txt", "dirty")
    before = user.git("for-each-ref")

    merge(onto, head, "Merge")

    assert user.git("for-each-ref") == before
    assert user.status() == [" M a.txt"]


def test_where_a_fast_forward_would_do_there_is_a_merge_commit_all_the_same(merge: Merge, user: GitRepo):
    onto, head = sides(user, {}, {"c.txt": "c"})

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert user.git("show", "-s", "--format=%P", result.commit) == f"{onto} {head}"


def test_contained_branch_is_not_merged_again(merge: Merge, user: GitRepo):
    old = user.head
    new = user.commit("b.txt", "b")

    assert merge(new, old, "Merge") == Contained()
    assert merge(new, new, "Merge") == Contained()


def test_same_change_on_both_sides_is_merged_although_nothing_changes(merge: Merge, user: GitRepo):
    onto, head = sides(user, {"b.txt": "same"}, {"b.txt": "same"})

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert user.oid(f"{result.commit}^{{tree}}") == user.oid(f"{onto}^{{tree}}")


@pytest.mark.parametrize(
    ("ours", "theirs", "path", "says"),
    [
        ({"a.txt": "ours"}, {"a.txt": "theirs"}, "a.txt", "CONFLICT (content)"),
        ({"n ü.txt": "ours"}, {"n ü.txt": "theirs"}, "n ü.txt", "CONFLICT (add/add)"),
        ({"a.txt": None}, {"a.txt": "theirs"}, "a.txt", "CONFLICT (modify/delete)"),
        ({"a.txt": "ours"}, {"a.txt": None}, "a.txt", "CONFLICT (modify/delete)"),
        ({"bin": b"\0\1"}, {"bin": b"\0\2"}, "bin", "CONFLICT (add/add)"),
    ],
)
def test_conflicts_name_path_and_kind(merge: Merge, user: GitRepo, ours, theirs, path: str, says: str):
    onto, head = sides(user, ours, theirs)

    result = merge(onto, head, "Merge")

    assert isinstance(result, Conflict)
    assert result.paths == (path,)
    assert says in result.detail
    assert onto not in result.detail
    assert reference(user, head) is None


def test_several_conflicts_are_all_named(merge: Merge, user: GitRepo):
    onto, head = sides(user, {"a.txt": "1", "b": "1", "c": "1"}, {"a.txt": "2", "b": "2", "d": "2"})

    result = merge(onto, head, "Merge")

    assert isinstance(result, Conflict)
    assert result.paths == ("a.txt", "b")
    assert len(result.detail.splitlines()) == 2


def test_rename_against_edit_is_merged_like_git_does(merge: Merge, user: GitRepo):
    text = "".join(f"line {n}\n" for n in range(30))
    user.commit("old.txt", text)
    user.branch("side")
    head = user.commit("old.txt", text.replace("line 3\n", "changed\n"))
    user.checkout("main")
    user.git("mv", "old.txt", "new.txt")
    onto = user.commit_staged("rename")

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert "changed" in user.files(result.commit)["new.txt"]
    assert user.oid(f"{result.commit}^{{tree}}") == reference(user, head)


def test_attributes_of_the_worktree_count(merge: Merge, user: GitRepo):
    user.commit(".gitattributes", "a.txt merge=union\n")
    onto, head = sides(user, {"a.txt": "ours\n"}, {"a.txt": "theirs\n"})

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert user.files(result.commit)["a.txt"] == "ours\ntheirs"


def test_merge_driver_of_the_user_is_used(merge: Merge, user: GitRepo):
    user.commit(".gitattributes", "a.txt merge=mine\n")
    user.git("config", "merge.mine.driver", "echo driven > %A")
    onto, head = sides(user, {"a.txt": "ours\n"}, {"a.txt": "theirs\n"})

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert user.files(result.commit)["a.txt"] == "driven"


def test_both_sides_moving_a_submodule_apart_is_a_conflict(merge: Merge, user: GitRepo, tmp_path: Path):
    library = GitRepo.init(tmp_path / "library")
    versions = [library.commit("lib.txt", "0")]
    for n in "12":
        library.git("checkout", "--quiet", "--detach", versions[0])
        versions.append(library.commit("lib.txt", n))
    tips = []
    for n, version in enumerate(versions):
        user.git("update-index", "--add", "--cacheinfo", f"160000,{version},sub")
        tips.append(user.commit_staged(f"sub at {n}"))
        user.git("reset", "--quiet", "--soft", tips[0])

    result = merge(tips[1], tips[2], "Merge")

    assert isinstance(result, Conflict)
    assert result.paths == ("sub",)


def test_unrelated_histories_are_a_conflict_without_paths(merge: Merge, user: GitRepo):
    onto = user.head
    user.git("checkout", "--quiet", "--orphan", "other")
    head = user.commit_staged("unrelated")

    assert merge(onto, head, "Merge") == Conflict(paths=(), detail="the two histories have no commit in common")


def test_missing_commit_is_an_error(merge: Merge, user: GitRepo):
    with pytest.raises(GitFailed):
        merge(user.head, Oid("1" * 40), "Merge")


def test_without_identity_the_program_is_the_author(merge: Merge, user: GitRepo, monkeypatch):
    onto, head = sides(user, {"b.txt": "b"}, {"c.txt": "c"})
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    user.git("config", "user.useConfigOnly", "true")

    result = merge(onto, head, "Merge")

    assert isinstance(result, Merged)
    assert user.git("show", "-s", "--format=%an <%ae> %cn", result.commit) == (
        "prodigy-tui <prodigy-tui@localhost> prodigy-tui"
    )


def test_commits_are_not_signed_and_no_hook_runs(merge: Merge, user: GitRepo):
    user.git("config", "commit.gpgSign", "true")
    user.git("config", "gpg.program", "/bin/false")
    for name in ("pre-merge-commit", "commit-msg", "prepare-commit-msg", "post-commit"):
        hook = user.write(f".git/hooks/{name}", "#!/bin/sh\ntouch hook-ran\nexit 1\n")
        hook.chmod(0o755)
    user.branch("side")
    user.git("config", "commit.gpgSign", "false")
    user.write("c.txt", "c")
    user.git("add", "c.txt")
    head = Oid(user.git("commit-tree", user.git("write-tree"), "-p", "main", "-m", "c"))
    user.git("config", "commit.gpgSign", "true")

    result = merge(user.oid("main"), head, "Merge")

    assert isinstance(result, Merged)
    assert not (user.path / "hook-ran").exists()


def test_a_message_of_any_bytes_makes_a_commit(merge: Merge, user: GitRepo):
    onto, head = sides(user, {"b.txt": "b"}, {"c.txt": "c"})

    result = merge(onto, head, "x\0y \udcff\n")

    assert isinstance(result, Merged)
    assert user.git("show", "-s", "--format=%s", result.commit) == "xy ?"


def test_paths_that_steer_merges():
    assert steers_merges(["src/a.py", "src/.gitattributes"])
    assert steers_merges([".gitmodules"])
    assert not steers_merges(["gitattributes", "a/.gitattributes/b", ".gitignore"])
