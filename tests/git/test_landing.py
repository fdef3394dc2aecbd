"""Landing moves the target to exactly the candidate, wherever it is checked out, and nothing else."""

import subprocess
from pathlib import Path

import pytest

from prodigy_tui.git.candidates import Candidate, Nothing, TargetMissing, candidate
from prodigy_tui.git.inspect import FileChange
from prodigy_tui.git.landing import Landed, checkout_of, land
from prodigy_tui.git.merge import Conflict
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.git.landing_facts import made, run_undo, snapshot
from tests.support.gitrepo import GitRepo


def test_candidate_tells_what_would_land_and_changes_nothing(user: GitRepo, repo: Repository, run_head: Oid):
    onto = user.commit("b.txt", "b\n")
    before = snapshot(user)

    result = made(repo, run_head)

    assert result.onto == onto
    assert user.git("show", "-s", "--format=%P|%s", result.commit) == f"{onto} {run_head}|Merge r"
    assert result.files == (
        FileChange(path="a.txt", status="modified", insertions=1, deletions=1),
        FileChange(path="new ü/n.txt", status="added", insertions=1, deletions=0),
    )
    assert (result.insertions, result.deletions) == (2, 1)
    assert result.commits == (user.oid(f"{run_head}~1"), run_head)
    assert snapshot(user) == before


def test_candidate_of_a_contained_run_is_nothing(user: GitRepo, repo: Repository):
    assert candidate(repo, user.oid("HEAD~1"), "main", "Merge") == Nothing(onto=user.head)


def test_candidate_that_conflicts_names_the_paths(user: GitRepo, repo: Repository, run_head: Oid):
    user.commit("a.txt", "one\nzwei\nthree\n")

    result = candidate(repo, run_head, "main", "Merge")

    assert isinstance(result, Conflict)
    assert result.paths == ("a.txt",)


def test_missing_target_is_named(repo: Repository, run_head: Oid):
    with pytest.raises(TargetMissing, match="no branch nowhere"):
        candidate(repo, run_head, "nowhere", "Merge")


def test_landing_moves_branch_and_files(user: GitRepo, repo: Repository, run_head: Oid):
    result = made(repo, run_head)

    landed = land(repo, result, "main")

    assert isinstance(landed, Landed)
    assert landed.commit == result.commit == user.oid("main")
    assert user.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert (user.read("a.txt"), user.read("new ü/n.txt"), user.status()) == ("one\n2\nthree\n", "new\n", [])


def test_undo_puts_everything_back_and_keeps_what_came_later(user: GitRepo, repo: Repository, run_head: Oid):
    before = user.git("rev-parse", "HEAD^{tree}")
    user.write("keep.txt", "mine\n")
    landed = land(repo, made(repo, run_head), "main")
    assert isinstance(landed, Landed)

    run_undo(landed.undo)

    assert (user.git("rev-parse", "HEAD^{tree}"), user.status()) == (before, [" M keep.txt"])
    assert user.read("keep.txt") == "mine\n"
    assert not (user.path / "new ü").exists()


def test_undo_after_further_work_leaves_that_work_alone(user: GitRepo, repo: Repository, run_head: Oid):
    landed = land(repo, made(repo, run_head), "main")
    assert isinstance(landed, Landed)
    user.commit("later.txt", "later\n")

    run_undo(landed.undo)

    assert user.read("later.txt") == "later\n"
    assert not (user.path / "new ü").exists()


def test_changes_in_other_files_stay_as_they_are(user: GitRepo, repo: Repository, run_head: Oid):
    user.write("keep.txt", "mine\n")
    user.write("staged.txt", "staged\n")
    user.git("add", "staged.txt")
    user.write("new ü/untracked.txt", "x\n")
    result = made(repo, run_head)

    assert isinstance(land(repo, result, "main"), Landed)

    assert user.status() == [" M keep.txt", "A  staged.txt", '?? "new \\303\\274/untracked.txt"']


def test_target_in_another_worktree_moves_there(user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path):
    user.git("worktree", "add", "--quiet", "-b", "release", str(tmp_path / "rel ease"))
    other = GitRepo(tmp_path / "rel ease")
    before = snapshot(user)[1:]
    assert checkout_of(repo, "release") == other.path

    landed = land(repo, made(repo, run_head, "release"), "release")

    assert isinstance(landed, Landed)
    assert (other.head, other.read("a.txt"), other.status()) == (landed.commit, "one\n2\nthree\n", [])
    assert snapshot(user)[1:] == before
    run_undo(landed.undo)
    assert (other.git("rev-parse", "HEAD^{tree}"), other.status()) == (user.git("rev-parse", "HEAD^{tree}"), [])


def test_target_checked_out_nowhere_moves_as_a_ref(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("branch", "release")
    user.write("a.txt", "dirty\n")
    before = snapshot(user)[1:]
    assert checkout_of(repo, "release") is None

    landed = land(repo, made(repo, run_head, "release"), "release")

    assert isinstance(landed, Landed)
    assert user.oid("release") == landed.commit
    assert snapshot(user)[1:] == before
    run_undo(landed.undo)
    assert user.oid("release") == user.head


def test_target_of_a_worktree_whose_folder_is_gone_moves_as_a_ref(
    user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path
):
    user.git("worktree", "add", "--quiet", "-b", "release", str(tmp_path / "release"))
    subprocess.run(["rm", "-rf", str(tmp_path / "release")], check=True)

    assert isinstance(land(repo, made(repo, run_head, "release"), "release"), Landed)


def test_detached_user_does_not_hinder_landing(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("checkout", "--quiet", "--detach")
    user.write("a.txt", "dirty\n")
    result = made(repo, run_head)

    assert isinstance(land(repo, result, "main"), Landed)
    assert (user.oid("main"), user.status()) == (result.commit, [" M a.txt"])


def test_settings_and_hooks_of_the_user_do_not_change_landing(user: GitRepo, repo: Repository, run_head: Oid):
    for name in ("post-merge", "post-checkout", "reference-transaction", "pre-merge-commit"):
        user.write(f".git/hooks/{name}", "#!/bin/sh\ntouch hook-ran\nexit 1\n").chmod(0o755)
    for key, value in {
        "branch.main.mergeOptions": "--squash --no-commit -s ours",
        "merge.ff": "false",
        "merge.autoStash": "true",
        "merge.verifySignatures": "true",
        "submodule.recurse": "true",
    }.items():
        user.git("config", key, value)
    user.write("keep.txt", "mine\n")
    result = made(repo, run_head)

    assert isinstance(land(repo, result, "main"), Landed)
    assert (user.git("status", "--porcelain"), user.head) == (" M keep.txt", result.commit)


def test_line_endings_of_the_checkout_are_kept(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("config", "core.autocrlf", "true")
    (user.path / "a.txt").unlink()
    user.git("checkout", "--quiet", "a.txt")
    assert b"\r\n" in (user.path / "a.txt").read_bytes()

    assert isinstance(land(repo, made(repo, run_head), "main"), Landed)
    assert (user.path / "a.txt").read_bytes() == b"one\r\n2\r\nthree\r\n"


def test_dirt_inside_a_submodule_is_not_in_the_way(user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path):
    library = GitRepo.init(tmp_path / "library")
    library.commit("lib.txt", "x")
    user.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub")
    user.commit_staged("add submodule")
    user.write("sub/lib.txt", "changed")

    assert isinstance(land(repo, made(repo, run_head), "main"), Landed)
    assert user.read("sub/lib.txt") == "changed"


def test_landing_works_without_any_identity(user: GitRepo, repo: Repository, run_head: Oid, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    user.git("config", "user.useConfigOnly", "true")

    assert isinstance(land(repo, made(repo, run_head), "main"), Landed)


@pytest.mark.parametrize("checked_out", [True, False])
def test_an_alias_of_a_branch_stays_one(user: GitRepo, repo: Repository, run_head: Oid, checked_out: bool):
    user.git("branch", "trunk")
    user.git("symbolic-ref", "refs/heads/alias", "refs/heads/trunk")
    if checked_out:
        user.git("symbolic-ref", "HEAD", "refs/heads/alias")
    result = made(repo, run_head, "alias")

    landed = land(repo, result, "alias")

    assert isinstance(landed, Landed)
    assert (user.oid("trunk"), user.status()) == (result.commit, [])
    assert user.git("symbolic-ref", "refs/heads/alias") == "refs/heads/trunk"
    run_undo(landed.undo)
    assert user.git("rev-parse", "trunk^{tree}") == user.git("rev-parse", "main^{tree}")


def test_a_pointer_to_a_submodule_lands_and_its_files_are_left_alone(
    user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path
):
    library = GitRepo.init(tmp_path / "library")
    library.commit("lib.txt", "old")
    user.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub")
    user.commit_staged("add submodule")
    newer = library.commit("lib.txt", "new")
    user.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "other"))
    other = GitRepo(tmp_path / "other")
    other.git("update-index", "--cacheinfo", f"160000,{newer},sub")
    source = other.commit_staged("follow the library")

    result = candidate(repo, source, "main", "Merge")
    assert isinstance(result, Candidate)
    assert isinstance(land(repo, result, "main"), Landed)

    assert user.git("ls-tree", "--object-only", "HEAD", "sub") == newer
    assert (user.read("sub/lib.txt"), user.status()) == ("old", [" M sub"])


def test_a_checkout_of_a_part_stays_one(user: GitRepo, repo: Repository, run_head: Oid):
    user.commit("inside/x.txt", "x")
    user.git("sparse-checkout", "set", "inside")

    assert isinstance(land(repo, made(repo, run_head), "main"), Landed)

    assert user.status() == []
    assert not (user.path / "new ü").exists()
    assert user.files("main")["new ü/n.txt"] == "new"
