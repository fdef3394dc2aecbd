"""What is told of a worktree without a process: only ever that there is nothing to see."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.git.index_file import IndexFile, Unclear
from prodigy_tui.git.plain_look import Looks, folders_tell, holds_tracked_only
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.started import COMMANDS
from tests.git.worktree_facts import admin_of, branch_of, settled
from tests.support.gitrepo import GitRepo


def is_plain(user: GitRepo, slot: GitRepo) -> bool:
    settled(user, slot)
    return Looks().is_as_tree(slot.path, admin_of(user, slot), user.head, slot.git("rev-parse", "HEAD^{tree}"))


def test_a_worktree_in_which_all_is_committed_needs_no_git(user: GitRepo, slot: GitRepo):
    slot.commit("deep/er/new ü.txt", "x")
    slot.commit(f"{'long' * 60}/{'name' * 60}/{'x' * 200}/{'y' * 200}", "x")
    slot.git("mv", "a.txt", "\nodd \\ name")
    slot.write("script", "x").chmod(0o755)
    (slot.path / "to nowhere").symlink_to("nowhere")
    slot.git("add", "--all")
    slot.commit_staged("more")

    assert is_plain(user, slot)
    assert holds_tracked_only(slot.path, admin_of(user, slot), user.head)


def same_size_and_time(slot: GitRepo) -> None:
    file = slot.path / "a.txt"
    before = file.stat()
    file.write_text("ONE\ntwo\nthree\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def another_file_with_its_time(slot: GitRepo) -> None:
    file = slot.path / "a.txt"
    before = file.stat()
    slot.write("other", "ONE\ntwo\nthree\n").replace(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def other_mode(slot: GitRepo) -> None:
    (slot.path / "a.txt").chmod(0o755)


def deleted_file(slot: GitRepo) -> None:
    (slot.path / "a.txt").unlink()


def folder_in_place_of_a_file(slot: GitRepo) -> None:
    deleted_file(slot)
    (slot.path / "a.txt").mkdir()


def link_in_place_of_a_folder(slot: GitRepo) -> None:
    (slot.path / "folder ü").rename(slot.path.parent / "aside")
    (slot.path / "folder ü").symlink_to(slot.path.parent / "aside")


def staged_change(slot: GitRepo) -> None:
    slot.write("a.txt", "staged")
    slot.git("add", "a.txt")


def staged_deletion(slot: GitRepo) -> None:
    slot.git("rm", "--quiet", "a.txt")


def untracked_file(slot: GitRepo) -> None:
    slot.write("folder ü/new.txt", "x")


def ignored_file(slot: GitRepo) -> None:
    slot.commit(".gitignore", "*.log\n")
    slot.write("noise.log", "x")


def nested_repository(slot: GitRepo) -> None:
    GitRepo.init(slot.path / "nested").commit("x", "x")


def repository_in_a_folder(slot: GitRepo) -> None:
    GitRepo.init(slot.path / "folder ü")


def link_to_nowhere(slot: GitRepo) -> None:
    (slot.path / "folder ü" / "b").symlink_to("nowhere")


def pipe(slot: GitRepo) -> None:
    os.mkfifo(slot.path / "pipe")


def empty_folder(slot: GitRepo) -> None:
    (slot.path / "folder ü" / "empty").mkdir()


def hidden_change(slot: GitRepo) -> None:
    slot.git("update-index", "--assume-unchanged", "a.txt")
    slot.write("a.txt", "changed")


def skipped_file(slot: GitRepo) -> None:
    slot.git("update-index", "--skip-worktree", "a.txt")


def intended_file(slot: GitRepo) -> None:
    slot.write("new.txt", "x")
    slot.git("add", "--intent-to-add", "new.txt")


def another_form_of_index(slot: GitRepo) -> None:
    slot.git("update-index", "--index-version", "4")


def split_index(slot: GitRepo) -> None:
    slot.git("update-index", "--split-index")


def submodule(slot: GitRepo) -> None:
    slot.git("update-index", "--add", "--cacheinfo", f"160000,{slot.head},sub")
    slot.commit_staged("submodule")
    (slot.path / "sub").mkdir(exist_ok=True)


def damaged_index(slot: GitRepo) -> None:
    index = Path(slot.git("rev-parse", "--path-format=absolute", "--git-path", "index"))
    index.write_bytes(index.read_bytes()[:100])


NOT_PLAIN: list[Callable[[GitRepo], None]] = [
    same_size_and_time,
    another_file_with_its_time,
    other_mode,
    deleted_file,
    folder_in_place_of_a_file,
    link_in_place_of_a_folder,
    staged_change,
    staged_deletion,
    untracked_file,
    ignored_file,
    nested_repository,
    repository_in_a_folder,
    link_to_nowhere,
    pipe,
    empty_folder,
    hidden_change,
    skipped_file,
    intended_file,
    another_form_of_index,
    split_index,
    submodule,
    damaged_index,
]


@pytest.mark.parametrize("left", NOT_PLAIN, ids=lambda act: act.__name__)
def test_whatever_else_there_is_git_must_look(user: GitRepo, slot: GitRepo, left: Callable[[GitRepo], None]):
    slot.commit("c.txt", "x")
    tree = slot.git("rev-parse", "HEAD^{tree}")
    settled(user, slot)
    known = Looks()
    assert known.is_as_tree(slot.path, admin_of(user, slot), user.head, tree)
    left(slot)
    settled(user, slot)

    trees = {tree, slot.git("rev-parse", "HEAD^{tree}")}
    for looks in (known, Looks()):
        assert not any(looks.is_as_tree(slot.path, admin_of(user, slot), user.head, one) for one in trees)


ADDED = (
    folder_in_place_of_a_file,
    link_in_place_of_a_folder,
    untracked_file,
    ignored_file,
    nested_repository,
    repository_in_a_folder,
    link_to_nowhere,
    pipe,
    empty_folder,
    split_index,
    submodule,
    damaged_index,
)


@pytest.mark.parametrize("left", ADDED, ids=lambda act: act.__name__)
def test_what_is_not_tracked_is_seen(user: GitRepo, slot: GitRepo, left: Callable[[GitRepo], None]):
    left(slot)

    assert not holds_tracked_only(slot.path, admin_of(user, slot), user.head)


def test_a_folder_that_cannot_be_read_is_left_to_git(user: GitRepo, slot: GitRepo):
    if os.geteuid() == 0:
        pytest.skip("for root everything can be read")
    (slot.path / "folder ü").chmod(0o000)

    assert not holds_tracked_only(slot.path, admin_of(user, slot), user.head)


def test_a_file_that_changed_about_when_git_looked_may_have_changed_since(user: GitRepo, slot: GitRepo):
    assert is_plain(user, slot)
    changed = (slot.path / "a.txt").stat().st_ctime_ns
    os.utime(admin_of(user, slot) / "index", ns=(changed, changed))

    tree = slot.git("rev-parse", "HEAD^{tree}")
    assert not Looks().is_as_tree(slot.path, admin_of(user, slot), user.head, tree)


class Moments:
    """Looks at one worktree, and the time at which they are."""

    def __init__(self, user: GitRepo, slot: GitRepo) -> None:
        self.now = 0.0
        self._user, self._slot = user, slot
        self._looks = Looks(lambda: self.now)

    def after_an_agent(self) -> bool:
        settled(self._user, self._slot)
        tree = self._slot.git("rev-parse", "HEAD^{tree}")
        return self._looks.is_as_tree(self._slot.path, admin_of(self._user, self._slot), self._user.head, tree)

    def before_the_next(self) -> bool:
        index = IndexFile.read(admin_of(self._user, self._slot), self._user.head)
        return self._looks.is_as_seen(self._slot.path, index)


def test_what_was_seen_a_moment_ago_is_not_looked_at_again_but_once(user: GitRepo, slot: GitRepo, monkeypatch):
    moments, stats = Moments(user, slot), []
    assert moments.after_an_agent()
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda name, **how: stats.append(name) or stat(name, **how))

    assert moments.before_the_next()
    assert b"a.txt" not in stats

    assert moments.before_the_next()
    assert b"a.txt" in stats


def test_a_later_change_shows_after_a_while(user: GitRepo, slot: GitRepo):
    moments = Moments(user, slot)
    assert moments.after_an_agent()
    same_size_and_time(slot)
    moments.now += 1

    assert not moments.before_the_next()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, slot: GitRepo) -> list[str]:
    """The folders of the worktree that are listed."""
    found, scandir = list[str](), os.scandir

    def list_one(place):
        if not isinstance(place, int) and Path(os.fsdecode(place)).is_relative_to(slot.path):
            found.append(os.path.relpath(os.fsdecode(place), slot.path))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", list_one)
    return found


def test_only_folders_that_were_touched_are_listed_again(user: GitRepo, slot: GitRepo, listed: list[str]):
    slot.commit("deep/er/c.txt", "x")
    slot.commit("deep/d.txt", "x")
    moments = Moments(user, slot)
    assert moments.after_an_agent()
    assert sorted(listed) == [".", "deep", "deep/er", "folder ü"]
    listed.clear()

    assert moments.after_an_agent()
    assert listed == []

    slot.write("deep/new", "other").replace(slot.path / "deep/d.txt")
    slot.git("add", "--all")
    slot.commit_staged("a file is replaced")
    assert moments.after_an_agent()
    assert listed == ["deep"]


def test_where_folders_do_not_tell_all_are_listed_each_time(
    user: GitRepo, slot: GitRepo, listed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assert folders_tell(tmp_path)
    assert not folders_tell(tmp_path / "missing")
    assert list(tmp_path.glob(".folders-tell-*")) == []

    touch = Path.touch
    monkeypatch.setattr(Path, "touch", lambda file: (touch(file), os.utime(file.parent, (0, 0))))
    assert not folders_tell(tmp_path)

    moments = Moments(user, slot)
    for _ in range(2):
        assert moments.after_an_agent()
        assert sorted(listed) == [".", "folder ü"]
        listed.clear()


def test_a_folder_that_was_touched_about_when_git_looked_is_listed_again(
    user: GitRepo, slot: GitRepo, listed: list[str]
):
    looks, tree, admin = Looks(), slot.git("rev-parse", "HEAD^{tree}"), admin_of(user, slot)
    settled(user, slot)
    assert looks.is_as_tree(slot.path, admin, user.head, tree)
    touched = (slot.path / "folder ü").stat().st_ctime_ns
    os.utime(admin / "index", ns=(touched, touched))
    looks.is_as_tree(slot.path, admin, user.head, tree)
    listed.clear()
    settled(user, slot)

    assert looks.is_as_tree(slot.path, admin, user.head, tree)
    assert "folder ü" in listed


def test_a_file_that_is_tracked_no_more_is_seen_in_a_folder_that_was_not_touched(user: GitRepo, slot: GitRepo):
    moments = Moments(user, slot)
    assert moments.after_an_agent()
    slot.git("rm", "--quiet", "--cached", "a.txt")
    slot.commit_staged("left where it is")

    assert not moments.after_an_agent()


def test_another_index_is_another_worktree(user: GitRepo, slot: GitRepo):
    moments = Moments(user, slot)
    assert moments.after_an_agent()
    staged_change(slot)
    untracked_file(slot)

    assert not moments.before_the_next()


def test_indexes_of_as_many_files_are_told_apart(user: GitRepo, slot: GitRepo):
    slot.commit("deep/one", "x")
    for old, new in (("deep/one", "deep/two"), ("folder ü", "folder ä"), ("a.txt", "deep/a"), ("deep/a", "b.txt")):
        slot.git("mv", old, new)

        index = IndexFile.read(admin_of(user, slot), user.head)
        assert sorted(map(os.fsdecode, index.at)) == sorted(slot.git("ls-files", "-z").split("\0")[:-1])
        assert {os.fsdecode(one).rpartition("/")[0] for one in index.at} - {""} == set(map(os.fsdecode, index.folders))


def test_of_very_many_files_git_is_asked(user: GitRepo, slot: GitRepo):
    blob = slot.git("rev-parse", "HEAD:a.txt")
    lines = "".join(f"100644 {blob}\tmany/{number}\n" for number in range(4001))
    update = ("git", "update-index", "--index-info")
    subprocess.run(update, cwd=slot.path, input=lines, text=True, check=True)

    with pytest.raises(Unclear):
        IndexFile.read(admin_of(user, slot), user.head)


def test_a_file_that_changed_about_when_git_looked_has_git_do_the_reset_and_nothing_else(
    user: GitRepo, trees: Worktrees, slot: GitRepo
):
    slot.commit("c.txt", "x")
    changed = (slot.path / "c.txt").stat().st_ctime_ns
    os.utime(admin_of(user, slot) / "index", ns=(changed, changed))
    before = COMMANDS.begin((), user.path).number

    assert trees.reset(slot.path, branch_of("y"), user.head)

    commands = [word for one in COMMANDS.all() if one.number > before for word in one.argv]
    assert [word for word in commands if word in ("checkout", "clean", "ls-files")] == ["checkout"]
    assert sorted(slot.path.iterdir()) == [slot.path / ".git", slot.path / "a.txt", slot.path / "folder ü"]
