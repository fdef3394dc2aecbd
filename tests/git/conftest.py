"""What all tests of this room share: a hermetic git and a small repository."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.git.worktree_facts import BRANCH, RUN
from tests.support.gitrepo import GitRepo, hermetic


@pytest.fixture(autouse=True)
def _hermetic_git(monkeypatch: pytest.MonkeyPatch) -> None:
    hermetic(monkeypatch)


@pytest.fixture
def user(tmp_path: Path) -> GitRepo:
    """A user's checkout with one commit, in a folder whose name needs quoting."""
    repo = GitRepo.init(tmp_path / "my project ü")
    repo.commit("a.txt", "one\ntwo\nthree\n", "first")
    return repo


@pytest.fixture
def trees(user: GitRepo, tmp_path: Path) -> Iterator[Worktrees]:
    user.commit("folder ü/b.txt", "b\n")
    root = tmp_path / "state ü" / "worktrees"
    made = Worktrees(Repository.open(user.path), root, tmp_path / "state ü" / "worktree.lock", run_id=RUN)
    yield made
    made.close()


@pytest.fixture
def slot(user: GitRepo, trees: Worktrees) -> GitRepo:
    """A worktree that was made and is in use."""
    trees.add(trees.root / "slot", BRANCH, user.head)
    return GitRepo(trees.root / "slot")


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
