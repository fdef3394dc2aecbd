"""What survives a reset, and worktrees that hold only some folders."""

from pathlib import Path

import pytest

from prodigy_tui.git.inspect import changes, leftover_patch, uncommitted_files
from prodigy_tui.git.sparse import cone
from prodigy_tui.git.worktrees import Worktrees
from tests.git.worktree_facts import BRANCH
from tests.support.gitrepo import GitRepo


def keeping(*names: str):
    return lambda path: path in names or path.rsplit("/", 1)[-1] in names


def below(repo: GitRepo) -> set[str]:
    return {
        str(file.relative_to(repo.path))
        for file in repo.path.rglob("*")
        if (file.is_symlink() or not file.is_dir()) and file.name != ".git"
    }


@pytest.fixture
def ignoring(user: GitRepo, trees: Worktrees) -> GitRepo:
    user.commit(".gitignore", "node_modules\n*.log\nbuild/\n")
    trees.add(trees.root / "slot", BRANCH, user.head)
    return GitRepo(trees.root / "slot")


TRACKED = {".gitignore", "a.txt", "folder ü/b.txt"}


def test_ignored_files_that_are_kept_survive_and_nothing_else(user, trees, ignoring):
    for name in (
        "node_modules/x/y.js",
        "pkg/node_modules/z.js",
        "build/cache/c",
        "build/out",
        "x.log",
        "untracked",
        "u/node_modules.txt",
    ):
        ignoring.write(name, "x")
    ignoring.write("a.txt", "changed")

    assert trees.reset(ignoring.path, f"{BRANCH}x", user.head, keep=keeping("node_modules", "cache"))

    assert below(ignoring) == {*TRACKED, "node_modules/x/y.js", "pkg/node_modules/z.js", "build/cache/c"}
    assert ignoring.read("a.txt") == "one\ntwo\nthree\n"
    assert ignoring.status() == []


def test_untracked_files_that_are_not_ignored_do_not_survive(user, trees, ignoring):
    ignoring.write("keep-me/x", "x")
    trees.reset(ignoring.path, f"{BRANCH}x", user.head, keep=keeping("keep-me", "x"))
    assert below(ignoring) == TRACKED


def test_a_worktree_of_which_something_cannot_be_removed_is_made_anew(user, trees, ignoring, monkeypatch):
    """As from a folder that may not be written to, which stops anybody but root."""
    ignoring.write("x.log", "x")
    unlink = Path.unlink

    def refused(file, *args, **options):
        if file.name == "x.log":
            raise PermissionError(13, "Permission denied", str(file))
        unlink(file, *args, **options)

    monkeypatch.setattr(Path, "unlink", refused)

    assert not trees.reset(ignoring.path, f"{BRANCH}x", user.head, keep=keeping("cache"))
    assert below(ignoring) == TRACKED


def test_what_ignores_itself_does_not_survive(user, trees, ignoring):
    ignoring.write("own/.gitignore", "*\n")
    ignoring.write("own/x", "x")
    trees.reset(ignoring.path, f"{BRANCH}x", user.head, keep=keeping("node_modules"))
    assert below(ignoring) == TRACKED


def test_hostile_things_in_folders_that_hold_something_kept(user, trees, ignoring, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    ignoring.write("build/cache/c", "x")
    ignoring.write("build/-rf\nx", "x")
    (ignoring.path / "build/link").symlink_to(outside)
    (ignoring.path / "node_modules").symlink_to(outside)
    GitRepo.init(ignoring.path / "build/nested").commit("x", "x")
    locked = ignoring.path / "build/locked/in"
    locked.mkdir(parents=True)
    locked.parent.chmod(0o500)

    trees.reset(ignoring.path, f"{BRANCH}x", user.head, keep=keeping("cache", "node_modules"))

    assert below(ignoring) == {*TRACKED, "build/cache/c", "node_modules"}
    assert (outside / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("folders", "lines"),
    [
        ([], ["/*", "!/*/"]),
        (["src"], ["/*", "!/*/", "/src/"]),
        (["/src/", "src"], ["/*", "!/*/", "/src/"]),
        (["a/b/c"], ["/*", "!/*/", "/a/", "!/a/*/", "/a/b/", "!/a/b/*/", "/a/b/c/"]),
        (["a/b", "a"], ["/*", "!/*/", "/a/"]),
        (["a*[x]"], ["/*", "!/*/", r"/a\*\[x]/"]),
    ],
)
def test_the_lines_of_a_cone(folders, lines):
    assert cone(folders) == lines


@pytest.fixture
def wide(user: GitRepo) -> GitRepo:
    for name in ("src/a/one", "src/a/deep/two", "src/b/three", "src/direct", "docs/four", "we*ird [x]/five"):
        user.commit(name, name)
    return user


ROOT = {"a.txt"}


def test_a_sparse_worktree_has_its_folders_and_what_lies_beside_them(wide, trees):
    before = (wide.path / ".git/config").read_bytes()
    trees.add(trees.root / "slot", BRANCH, wide.head, sparse=["src/a", "we*ird [x]"])
    slot = GitRepo(trees.root / "slot")

    assert below(slot) == {"a.txt", "src/a/one", "src/a/deep/two", "src/direct", "we*ird [x]/five"}
    assert uncommitted_files(slot.path) == []
    assert (wide.path / ".git/config").read_bytes() == before
    assert not (wide.path / ".git/config.worktree").exists()
    assert wide.status() == []


def test_commits_in_a_sparse_worktree_are_whole(wide, trees):
    trees.add(trees.root / "slot", BRANCH, wide.head, sparse=["src/a"])
    slot = GitRepo(trees.root / "slot")
    sparse = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.sparseCheckout",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_KEY_1": "core.sparseCheckoutCone",
        "GIT_CONFIG_VALUE_1": "true",
    }
    slot.write("src/a/new", "x")
    slot.git("add", "--all", env=sparse)
    slot.git("commit", "-qm", "x", env=sparse)

    assert changes(slot.path, wide.head, slot.head).paths() == ("src/a/new",)
    assert "docs/four" in slot.files()


def test_a_file_outside_of_the_folders_is_seen(wide, trees):
    trees.add(trees.root / "slot", BRANCH, wide.head, sparse=["src/a"])
    slot = GitRepo(trees.root / "slot")
    slot.write("docs/four", "changed")
    slot.write("docs/new", "x")

    assert sorted(uncommitted_files(slot.path)) == ["docs/four", "docs/new"]
    assert b"+changed" in leftover_patch(slot.path)


def test_a_sparse_worktree_gets_other_folders_when_it_is_reset(wide, trees):
    trees.add(trees.root / "slot", BRANCH, wide.head, sparse=["src/a"])
    slot = GitRepo(trees.root / "slot")
    slot.write("src/a/one", "changed")
    slot.write("src/new", "x")
    slot.git("update-index", "--skip-worktree", "src/a/one")

    assert trees.reset(slot.path, f"{BRANCH}x", wide.head, sparse=["docs"])

    assert below(slot) == {"a.txt", "docs/four"}
    assert uncommitted_files(slot.path) == []
    assert trees.reset(slot.path, f"{BRANCH}y", wide.head, sparse=["src"])
    assert below(slot) == {"a.txt", "src/a/one", "src/a/deep/two", "src/b/three", "src/direct"}
    assert slot.read("src/a/one") == "src/a/one"
    assert not trees.reset(slot.path, f"{BRANCH}z", wide.head)
    assert "docs/four" in below(slot)
