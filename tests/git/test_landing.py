"""Landing moves the target to exactly the candidate, or changes nothing."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.candidates import Candidate, Nothing, TargetMissing, candidate
from prodigy_tui.git.inspect import FileChange
from prodigy_tui.git.landing import Landed, Moved, Refused, checkout_of, land, obstacle
from prodigy_tui.git.merge import Conflict
from prodigy_tui.git.refs import move_ref
from prodigy_tui.git.repo import Repository, uncommitted_paths
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo


@pytest.fixture
def repo(user: GitRepo) -> Repository:
    user.commit("keep.txt", "keep\n")
    return Repository.open(user.path)


@pytest.fixture
def run_head(user: GitRepo, repo: Repository, tmp_path: Path) -> Oid:
    """The tip of a run that changed a.txt and added `new ü/n.txt`."""
    user.git("worktree", "add", "--quiet", "-b", "prodigy/r/run", str(tmp_path / "run"))
    run = GitRepo(tmp_path / "run")
    run.commit("a.txt", "one\n2\nthree\n")
    return run.commit("new ü/n.txt", "new\n")


def made(repo: Repository, run_head: Oid, target: str = "main") -> Candidate:
    result = candidate(repo, run_head, target, "Merge r")
    assert isinstance(result, Candidate)
    return result


def run_undo(undo: str) -> None:
    subprocess.run(shlex.split(undo), check=True, capture_output=True)


def snapshot(user: GitRepo) -> tuple[str, str, list[str], dict[str, bytes]]:
    files = {
        str(path): path.read_bytes() for path in user.path.rglob("*") if path.is_file() and ".git" not in path.parts
    }
    return user.git("for-each-ref"), user.git("symbolic-ref", "HEAD"), user.status(), files


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


@pytest.mark.parametrize("staged", [False, True])
def test_changes_in_touched_files_are_refused_by_name(user: GitRepo, repo: Repository, run_head: Oid, staged: bool):
    user.write("a.txt", "mine\n")
    user.write("new ü/n.txt", "mine\n")
    user.write("keep.txt", "mine\n")
    if staged:
        user.git("add", ".")
    result = made(repo, run_head)
    before = snapshot(user)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert refused.paths == ("a.txt", "new ü/n.txt")
    assert str(user.path) in refused.reason
    assert obstacle(repo, result, "main") == refused
    assert snapshot(user) == before


def test_an_untracked_file_where_a_folder_must_be_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.write("new ü", "mine\n")

    assert getattr(land(repo, made(repo, run_head), "main"), "paths", None) == ("new ü",)
    assert user.read("new ü") == "mine\n"


def test_an_ignored_file_is_never_overwritten(user: GitRepo, repo: Repository, run_head: Oid):
    user.write(".git/info/exclude", "n.txt\n")
    user.write("new ü/n.txt", "precious secret\n")
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert refused.paths == ("new ü/n.txt",)
    assert (user.read("new ü/n.txt"), user.oid("main")) == ("precious secret\n", result.onto)


def test_a_file_git_was_told_not_to_look_at_is_never_overwritten(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("update-index", "--skip-worktree", "a.txt")
    user.write("a.txt", "local settings\n")

    result = land(repo, made(repo, run_head), "main")

    assert isinstance(result, Refused)
    assert user.read("a.txt") == "local settings\n"


def test_locked_index_is_refused_and_the_lock_stays(user: GitRepo, repo: Repository, run_head: Oid):
    (user.path / ".git/index.lock").touch()
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert isinstance(refused, Refused)
    assert "index.lock" in refused.reason
    assert user.oid("main") == result.onto
    assert (user.path / ".git/index.lock").exists()


def test_unfinished_merge_in_the_checkout_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.branch("side")
    user.commit("side.txt", "x")
    user.checkout("main")
    user.git("merge", "--no-ff", "--no-commit", "--quiet", "side")

    refused = land(repo, made(repo, run_head), "main")

    assert refused == Refused(reason=f"an unfinished merge waits in {user.path}")
    assert user.status() == ["A  side.txt"]


def test_a_target_that_is_being_rebased_is_refused(user: GitRepo, repo: Repository, run_head: Oid):
    user.branch("side")
    user.commit("a.txt", "theirs")
    user.checkout("main")
    user.commit("a.txt", "one\n2\nthree\n")
    user.git("rebase", "side", ok=(1,))
    result = made(repo, run_head)

    refused = land(repo, result, "main")

    assert refused == Refused(reason="an unfinished rebase of branch main waits")
    assert user.oid("main") == result.onto


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


def test_target_checked_out_twice_is_refused(user: GitRepo, repo: Repository, run_head: Oid, tmp_path: Path):
    user.git("worktree", "add", "--quiet", "--force", str(tmp_path / "twice"), "main")

    refused = land(repo, made(repo, run_head), "main")

    assert isinstance(refused, Refused)
    assert "checked out twice" in refused.reason


def test_detached_user_does_not_hinder_landing(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("checkout", "--quiet", "--detach")
    user.write("a.txt", "dirty\n")
    result = made(repo, run_head)

    assert isinstance(land(repo, result, "main"), Landed)
    assert (user.oid("main"), user.status()) == (result.commit, [" M a.txt"])


@pytest.mark.parametrize("checked_out", [True, False])
def test_moved_target_needs_a_new_candidate(user: GitRepo, repo: Repository, run_head: Oid, checked_out: bool):
    stale = made(repo, run_head)
    now = user.commit("b.txt", "b\n")
    if not checked_out:
        user.git("checkout", "--quiet", "--detach")

    assert land(repo, stale, "main") == Moved(target=now)

    assert user.oid("main") == now
    fresh = made(repo, run_head)
    assert isinstance(land(repo, fresh, "main"), Landed)
    assert user.files("main")["b.txt"] == "b"


def test_target_moved_back_needs_a_new_candidate_too(user: GitRepo, repo: Repository, run_head: Oid):
    stale = made(repo, run_head)
    user.git("reset", "--hard", "--quiet", "HEAD~1")

    assert land(repo, stale, "main") == Moved(target=user.head)


def test_deleted_target_is_moved_to_nowhere(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("branch", "release")
    stale = made(repo, run_head, "release")
    user.git("branch", "--quiet", "-D", "release")

    assert land(repo, stale, "release") == Moved(target=None)


def test_landing_again_is_a_success(user: GitRepo, repo: Repository, run_head: Oid):
    result = made(repo, run_head)
    first = land(repo, result, "main")
    user.write("a.txt", "dirty\n")

    assert land(repo, result, "main") == first


def test_candidate_that_was_pruned_is_an_error(user: GitRepo, repo: Repository, run_head: Oid):
    result = made(repo, run_head)
    user.git("prune", "--expire=now")

    with pytest.raises(GitFailed):
        land(repo, result, "main")
    assert user.oid("main") == result.onto


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


def test_a_ref_that_is_locked_is_told_as_it_is(user: GitRepo, repo: Repository, run_head: Oid):
    user.git("branch", "release")
    (user.path / ".git/refs/heads/release.lock").touch()

    with pytest.raises(GitFailed, match=r"release\.lock"):
        land(repo, made(repo, run_head, "release"), "release")
    assert user.oid("release") == user.head


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


@pytest.mark.parametrize("look", [list_worktrees, uncommitted_paths])
def test_a_branch_to_which_the_user_switches_at_that_moment_stays_where_it_is(
    user: GitRepo, repo: Repository, run_head: Oid, monkeypatch: pytest.MonkeyPatch, look: Callable[..., Any]
):
    landing, before, text = made(repo, run_head), user.head, user.read("a.txt")
    user.write("b.txt", "mine\n")

    def looked_at(*args: Any) -> Any:
        found = look(*args)
        user.git("switch", "--quiet", "-c", "feature")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(f"prodigy_tui.git.landing.{look.__name__}", looked_at)
        result = land(repo, landing, "main")

    assert result == Moved(target=before)
    assert (user.oid("feature"), user.oid("main"), user.read("a.txt")) == (before, before, text)
    assert user.status() == ["?? b.txt"]
    assert isinstance(land(repo, landing, "main"), Landed)
    assert (user.oid("feature"), user.oid("main")) == (before, landing.commit)


def test_a_checkout_of_the_target_at_that_moment_is_brought_along(
    user: GitRepo, repo: Repository, run_head: Oid, monkeypatch: pytest.MonkeyPatch
):
    landing = made(repo, run_head)
    user.git("switch", "--quiet", "-c", "feature")

    def moved(*args: Any) -> bool:
        user.git("switch", "--quiet", "main")
        return move_ref(*args)

    monkeypatch.setattr("prodigy_tui.git.landing.move_ref", moved)

    assert isinstance(land(repo, landing, "main"), Landed)
    assert (user.head, user.read("a.txt"), user.status()) == (landing.commit, "one\n2\nthree\n", [])
