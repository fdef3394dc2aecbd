"""Git was killed in the midst of a landing: its files go back, those of the user never."""

from pathlib import Path

import pytest

from prodigy_tui.git.candidates import Candidate, candidate
from prodigy_tui.git.half_landing import take_back
from prodigy_tui.git.landing import Landed, land
from prodigy_tui.git.repo import Repository
from tests.support.gitrepo import GitRepo


@pytest.fixture
def repo(user: GitRepo) -> Repository:
    user.commit("gone.txt", "gone\n")
    user.commit("keep.txt", "keep\n")
    return Repository.open(user.path)


@pytest.fixture
def landing(user: GitRepo, repo: Repository, tmp_path: Path) -> Candidate:
    user.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "run"))
    run = GitRepo(tmp_path / "run")
    run.commit("a.txt", "one\n2\nthree\n")
    run.commit("gone.txt", None)
    source = run.commit("new ü/n.txt", "new\n")
    found = candidate(repo, source, "main", "Merge")
    assert isinstance(found, Candidate)
    return found


def write_some(user: GitRepo, *, index: bool) -> None:
    """What git has done before it moves the branch: all of it, or the first two files alone."""
    user.write("a.txt", "one\n2\nthree\n")
    user.write("new ü/n.txt", "new\n")
    if index:
        (user.path / "gone.txt").unlink()
        user.git("add", "--all")


@pytest.mark.parametrize("index", [False, True])
def test_files_of_a_half_landing_go_back_and_it_lands(user, repo, landing, index):
    user.write("keep.txt", "mine\n")
    write_some(user, index=index)
    if index:
        user.git("reset", "--quiet", "keep.txt")

    back = take_back(repo, "main", landing.onto, landing.commit)

    assert back == ("a.txt", *(["gone.txt"] if index else []), "new ü/n.txt")
    assert (user.status(), user.read("a.txt")) == ([" M keep.txt"], "one\ntwo\nthree\n")
    assert isinstance(land(repo, landing, "main"), Landed)
    assert (user.status(), user.read("new ü/n.txt")) == ([" M keep.txt"], "new\n")


@pytest.mark.parametrize("change", ["changed", "lock", "merge", "moved", "elsewhere"])
def test_what_may_be_somebody_elses_stays(user, repo, landing, change):
    if change == "moved":
        user.commit("later.txt", "later")
    write_some(user, index=False)
    match change:
        case "changed":
            user.write("new ü/n.txt", "new and mine\n")
        case "lock":
            (user.path / ".git/index.lock").touch()
        case "merge":
            user.write(".git/MERGE_HEAD", landing.source)
        case "elsewhere":
            user.git("checkout", "--quiet", "-b", "other")
    before = user.read("a.txt"), user.read("new ü/n.txt")

    assert take_back(repo, "main", landing.onto, landing.commit) == ()

    assert (user.read("a.txt"), user.read("new ü/n.txt")) == before
