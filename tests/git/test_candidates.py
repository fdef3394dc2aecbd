"""Candidates have the shape that the strategy asks for, and always the files of a real merge."""

import itertools
import shlex
import subprocess
from pathlib import Path

import pytest

from prodigy_tui.git.candidates import Candidate, CommitConflict, Nothing, candidate, reread, shaped, with_fix
from prodigy_tui.git.landing import Landed, land
from prodigy_tui.git.merge import Conflict, make_commit
from prodigy_tui.git.replay import tree_of
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo
from tests.support.rules import rule

STRATEGIES = ("merge", "squash", "rebase")


@pytest.fixture
def repo(user: GitRepo) -> Repository:
    return Repository.open(user.path)


@pytest.fixture
def run(user: GitRepo, tmp_path: Path) -> GitRepo:
    """The run's worktree, on its branch."""
    user.git("worktree", "add", "--quiet", "-b", "prodigy/r/run", str(tmp_path / "run"))
    return GitRepo(tmp_path / "run")


def join(run: GitRepo, branch: str, message: str) -> Oid:
    """Merges the branch of an agent as the merge queue does."""
    run.git("merge", "--quiet", "--no-ff", "-m", message, branch)
    return run.head


def agent(run: GitRepo, name: str, at: str, **files: str) -> None:
    """Makes the branch of an agent, one commit a file."""
    run.branch(name, at)
    for path, content in files.items():
        run.commit(f"{path}.txt", content, f"{name}: {path}")
    run.checkout("prodigy/r/run")


def made(repo: Repository, run: GitRepo, strategy: str) -> Candidate:
    result = candidate(repo, run.head, "main", "Merge r\n\nProdigy-Run: r", strategy=strategy)
    assert isinstance(result, Candidate)
    return result


def history(user: GitRepo, onto: str, commit: str) -> list[str]:
    """The subjects of what came upon `onto`, oldest first, and proof that they are one line."""
    lines = user.git("log", "--reverse", "--format=%s|%P", f"{onto}..{commit}").splitlines()
    assert all(len(line.rpartition("|")[2].split()) == 1 for line in lines)
    return [line.rpartition("|")[0] for line in lines]


@rule("16.1 runs: squash")
def test_squash_is_one_commit_on_the_target_with_the_files_of_the_merge(user, repo, run):
    agent(run, "one", "HEAD", a1="1", a2="2")
    join(run, "one", "Merge one")
    onto = user.commit("b.txt", "b\n")

    merged, squashed = made(repo, run, "merge"), made(repo, run, "squash")

    shown = user.git("show", "-s", "--format=%P|%s|%(trailers:only,unfold)", squashed.commit)
    assert shown.strip() == f"{onto}|Merge r|Prodigy-Run: r"
    assert tree_of(user.path, squashed.commit) == tree_of(user.path, merged.commit)
    assert (squashed.files, squashed.commits) == (merged.files, merged.commits)
    assert len(squashed.commits) == 3


@rule("16.1 runs: rebase")
def test_rebase_puts_every_commit_behind_the_target_with_author_date_and_message(user, repo, run):
    agent(run, "one", "HEAD", x="x")
    run.git("config", "i18n.commitEncoding", "ISO-8859-1")
    run.write("y.txt", "y")
    run.git("add", ".")
    who = {"GIT_AUTHOR_NAME": "Ägent", "GIT_AUTHOR_EMAIL": "a@x", "GIT_AUTHOR_DATE": "1600000000 +0530"}
    run.git("commit", "--quiet", "--cleanup=verbatim", "-m", "  odd subject\n\n# kept\n\n", env=who)
    run.git("commit", "--quiet", "--allow-empty", "-m", "nothing in it")
    source = join(run, "one", "Merge one")
    onto = user.commit("b.txt", "b\n")

    result = made(repo, run, "rebase")

    assert history(user, onto, result.commit) == ["  odd subject", "one: x"]
    odd = user.git("log", "-1", "--grep=odd", "--format=%an|%ae|%ad|%B", "--date=raw", result.commit)
    assert odd == user.git("log", "-1", "--grep=odd", "--format=%an|%ae|%ad|%B", "--date=raw", source)
    assert odd.startswith("Ägent|a@x|1600000000 +0530|  odd subject\n\n# kept\n")
    assert tree_of(user.path, result.commit) == tree_of(user.path, made(repo, run, "merge").commit)


def test_a_line_on_a_target_that_stood_still_is_taken_as_it_is(user, repo, run):
    run.commit("x.txt", "x")
    source = run.commit("y.txt", "y")

    assert made(repo, run, "rebase").commit == source


def test_a_commit_that_the_target_has_under_another_name_is_left_out(user, repo, run):
    picked = run.commit("a.txt", "one\n2\nthree\n", "picked")
    run.commit("x.txt", "x", "own")
    user.commit("b.txt", "b\n")
    user.git("cherry-pick", picked)
    onto = user.commit("a.txt", "one\nzwei\nthree\n")  # after it, so that replaying it would conflict

    assert history(user, onto, made(repo, run, "rebase").commit) == ["own"]


def test_what_a_merge_solved_stays_solved(user, repo, run):
    """Replayed one by one the second commit would conflict with the first."""
    base = run.head
    agent(run, "one", base, a="from one")
    agent(run, "two", base, a="from two", more="more")
    agent(run, "three", base, last="last")
    join(run, "one", "Merge one")
    run.git("merge", "--quiet", "--no-ff", "two", ok=(1,))
    run.write("a.txt", "from one and two")
    run.git("add", ".")
    run.git("commit", "--quiet", "-m", "Merge two\n\nProdigy-Item: two")
    join(run, "three", "Merge three")
    onto = user.commit("b.txt", "b\n")

    result = made(repo, run, "rebase")

    assert history(user, onto, result.commit) == ["one: a", "Merge two", "three: last"]
    assert user.files(result.commit)["a.txt"] == "from one and two"
    message = user.git("show", "-s", "--format=%B", f"{result.commit}~1").strip()
    assert message == "Merge two\n\n- two: a\n- two: more\n\nProdigy-Item: two"


def test_what_only_a_merge_contains_comes_in_the_end(user, repo, run):
    agent(run, "one", "HEAD", x="x")
    run.git("merge", "--quiet", "--no-ff", "--no-commit", "one")
    run.write("evil.txt", "made while merging")
    run.git("add", ".")
    run.git("commit", "--quiet", "-m", "Merge one")
    onto = user.commit("b.txt", "b\n")

    result = made(repo, run, "rebase")

    assert history(user, onto, result.commit) == ["one: x", "Merge r"]
    assert user.files(result.commit)["evil.txt"] == "made while merging"


def test_work_that_only_merges_as_a_whole_still_becomes_one_line(user, repo, run):
    run.commit("x.txt", "x", "first")
    run.commit("a.txt", "one\n2\nthree\n", "there")
    run.commit("a.txt", "one\ntwo\nthree\n", "and back")
    onto = user.commit("a.txt", "one\nzwei\nthree\n")

    result = made(repo, run, "rebase")

    assert history(user, onto, result.commit) == ["first"]
    assert user.files(result.commit)["a.txt"] == "one\nzwei\nthree"


def test_a_target_that_was_merged_into_the_run_is_not_replayed(user, repo, run):
    run.commit("x.txt", "x", "before")
    user.commit("b.txt", "b\n", "theirs")
    run.git("merge", "--quiet", "--no-ff", "-m", "take up main", "main")
    run.commit("y.txt", "y", "after")
    onto = user.commit("b.txt", "c\n")

    assert history(user, onto, made(repo, run, "rebase").commit) == ["before", "after"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_conflict_is_data_and_names_the_commit_that_does_not_apply(user, repo, run, strategy):
    run.commit("x.txt", "x")
    culprit = run.commit("a.txt", "one\n2\nthree\n", "the culprit")
    user.commit("a.txt", "one\nzwei\nthree\n")
    before = user.git("for-each-ref")

    result = candidate(repo, run.head, "main", "Merge", strategy=strategy)

    assert isinstance(result, Conflict)
    assert result.paths == ("a.txt",)
    if strategy == "rebase":
        assert isinstance(result, CommitConflict)
        assert (result.commit, result.subject) == (culprit, "the culprit")
    assert user.git("for-each-ref") == before


@pytest.mark.parametrize("strategy", ["squash", "rebase"])
def test_what_landed_by_other_names_is_nothing(user, repo, run, strategy):
    run.commit("x.txt", "x")
    run.commit("y.txt", "y")
    user.git("merge", "--quiet", "--squash", "prodigy/r/run")
    onto = user.commit_staged("by hand")

    assert candidate(repo, run.head, "main", "Merge", strategy=strategy) == Nothing(onto=onto)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_fix_on_a_candidate_keeps_its_shape(user, repo, run, strategy):
    run.commit("x.txt", "x")
    run.commit("y.txt", "y")
    onto = user.commit("b.txt", "b\n")
    found = made(repo, run, strategy)
    user.git("checkout", "--quiet", "--detach", found.commit)
    fixed = user.commit("fixed.txt", "fixed", "fix")
    user.checkout("main")

    result = with_fix(user.path, found, fixed, "Merge r")

    assert tree_of(user.path, result.commit) == tree_of(user.path, fixed)
    assert result.onto == onto
    parents = user.git("show", "-s", "--format=%P", result.commit).split()
    assert parents == {"merge": [onto, fixed], "squash": [onto], "rebase": [found.commit]}[strategy]


@pytest.mark.parametrize("checked_out", [True, False])
@pytest.mark.parametrize("strategy", STRATEGIES)
@rule("16.1 runs: undo")
def test_the_undo_of_every_strategy_gives_the_files_back(user, repo, run, strategy, checked_out):
    agent(run, "one", "HEAD", a="1", x="x")
    run.commit("y.txt", "y")
    join(run, "one", "Merge one")
    onto = user.commit("b.txt", "b\n")
    user.branch("elsewhere")
    user.checkout("main" if checked_out else "elsewhere")
    landed = land(repo, made(repo, run, strategy), "main")
    assert isinstance(landed, Landed)
    assert "y.txt" in user.files("main")
    if checked_out:
        user.commit("later.txt", "later")

    subprocess.run(shlex.split(landed.undo), check=True, capture_output=True)

    later = {"later.txt": "later"} if checked_out else {}
    assert user.files("main") == user.files(onto) | later


@pytest.mark.parametrize("strategy", ["rebase"])
def test_a_candidate_can_be_read_again_until_it_is_pruned(user, repo, run, strategy):
    run.commit("x.txt", "x")
    run.commit("y.txt", "y")
    user.commit("b.txt", "b\n")
    found = made(repo, run, strategy)

    assert reread(user.path, found.commit, found.onto, found.source, strategy) == found

    user.git("prune", "--expire=now")
    assert reread(user.path, found.commit, found.onto, found.source, strategy) is None


def test_a_merge_that_somebody_solved_gets_every_shape(user, repo, run):
    run.commit("x.txt", "x", "harmless")
    run.commit("a.txt", "one\n2\nthree\n", "conflicts")
    run.commit("y.txt", "y", "behind it")
    onto = user.commit("a.txt", "one\nzwei\nthree\n")
    run.git("checkout", "--quiet", "--detach", onto)
    run.git("merge", "--quiet", "--no-ff", "prodigy/r/run", ok=(1,))
    run.write("a.txt", "one\nzwei, 2\nthree\n")
    run.git("add", ".")
    joined = make_commit(user.path, run.git("write-tree"), (onto, user.oid("prodigy/r/run")), "Merge r")

    for strategy in STRATEGIES:
        result = shaped(user.path, onto, user.oid("prodigy/r/run"), joined, "Merge r", strategy)
        assert isinstance(result, Candidate)
        assert user.files(result.commit)["a.txt"] == "one\nzwei, 2\nthree"
        if strategy == "rebase":
            assert history(user, onto, result.commit) == ["harmless", "Merge r"]


def test_histories_of_many_shapes_replay_to_the_files_of_the_merge(user, repo, run):
    """Agents that begin at older tips, merges of merges, and a target that goes on."""
    base = run.head
    for number in range(4):
        agent(run, f"agent{number}", base if number % 2 else "HEAD", **{f"f{number}": str(number)})
        agent(run, f"inner{number}", f"agent{number}", **{f"g{number}": str(number)})
        run.checkout(f"agent{number}")
        run.commit(f"h{number}.txt", "h")
        run.git("merge", "--quiet", "--no-ff", "-m", "inner", f"inner{number}")
        run.checkout("prodigy/r/run")
        join(run, f"agent{number}", f"Merge agent{number}")
    onto = user.commit("b.txt", "b\n")

    rebased = made(repo, run, "rebase")

    assert tree_of(user.path, rebased.commit) == tree_of(user.path, made(repo, run, "merge").commit)
    names = [f"{kind}{n}" for n, kind in itertools.product(range(4), "fgh")]
    assert len(history(user, onto, rebased.commit)) == len(names)
