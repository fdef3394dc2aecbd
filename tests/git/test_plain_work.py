"""What commits have brought, as it is read without a process and as `work_between` says it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from prodigy_tui.git.inspect import work_between
from prodigy_tui.git.open_objects import OpenObjects
from prodigy_tui.git.open_trees import OpenTrees
from prodigy_tui.git.plain_look import Looks
from prodigy_tui.git.plain_work import PlainWork
from prodigy_tui.ids import Oid
from prodigy_tui.started import COMMANDS
from tests.git.reset_facts import Files, commit_of
from tests.git.worktree_facts import settled
from tests.support.gitrepo import GitRepo


@pytest.fixture
def works(user: GitRepo) -> Iterator[PlainWork]:
    objects = OpenObjects(user.path / ".git")
    yield PlainWork(user.path / ".git", OpenTrees(objects), Looks())
    objects.close()


def _started(after: int) -> list[str]:
    return [one.argv[1] for one in COMMANDS.all() if one.number > after]


def test_it_says_what_a_process_of_its_own_says(user: GitRepo, works: PlainWork):
    base = user.head
    user.write("//1\n", "x")
    user.write(".1\n", "x")
    user.write("deep/ü\nand more.txt", "x")
    several = user.commit("\nz.txt", "x")
    user.git("add", "--all")
    one = user.commit_staged("odd names")
    two = user.commit("c.txt", "x")
    empty = user.commit_staged("nothing")
    user.branch("side", base)
    side = user.commit("side.txt", "x")
    user.git("merge", "--quiet", "--no-edit", two)

    for begin, end in ((base, several), (several, one), (base, two), (two, empty), (side, user.head), (one, one)):
        assert works.between(user.path, begin, end) == work_between(user.path, begin, end)


def test_nothing_is_started_for_commits_that_are_like_most(user: GitRepo, works: PlainWork):
    commits = [user.head, *(user.commit(f"{number}.txt", "x") for number in range(5))]
    before = COMMANDS.begin((), user.path).number

    found = [works.between(user.path, *pair) for pair in pairwise(commits)]

    assert [work.files for work in found] == [(f"{number}.txt",) for number in range(5)]
    assert _started(before) == []


@pytest.mark.parametrize("how", ["loose", "packed"])
def test_a_commit_that_stands_for_another_is_taken_as_git_takes_it(user: GitRepo, works: PlainWork, how: str):
    base = user.head
    real = user.commit("harmless.txt", "x")
    user.branch("other", base)
    user.commit("secret.txt", "x")
    merged_as = user.commit("another.txt", "x")
    user.git("replace", real, merged_as)
    if how == "packed":
        user.git("pack-refs", "--all")
        (user.path / ".git/refs/replace").rmdir()

    assert works.between(user.path, base, real) == work_between(user.path, base, real)
    assert works.between(user.path, base, real).files == ("another.txt", "secret.txt")


def test_of_very_many_files_git_tells(user: GitRepo, works: PlainWork):
    base = user.head
    files: Files = {f"{number % 7}/{number}": (b"%d" % number, False) for number in range(2100)}
    commit_of(user, files, "refs/heads/many")
    tip = user.git("commit-tree", "-p", base, "-m", "many", "many^{tree}")
    before = COMMANDS.begin((), user.path).number

    work = works.between(user.path, base, Oid(tip))

    assert work == work_between(user.path, base, Oid(tip))
    assert len(work.files) == 2101
    assert "log" in _started(before)


def test_one_commit_and_nothing_else_is_told_without_a_process_for_it(user: GitRepo, slot: GitRepo, works: PlainWork):
    base, tip = slot.head, slot.commit("b.txt", "x")
    settled(user, slot)
    before = COMMANDS.begin((), user.path).number

    assert works.all_in_one(slot.path, base) == (tip, work_between(user.path, base, tip))

    slot.git("checkout", "--quiet", "--detach")
    settled(user, slot)
    assert works.all_in_one(slot.path, base) == (tip, work_between(user.path, base, tip))
    assert _started(before) == ["log", "log"]  # of `work_between`


def test_all_else_is_not(user: GitRepo, slot: GitRepo, works: PlainWork):
    base = slot.head
    settled(user, slot)
    assert works.all_in_one(slot.path, base) is None

    slot.commit("b.txt", "x")
    slot.write("more.txt", "x")
    settled(user, slot)
    assert works.all_in_one(slot.path, base) is None

    slot.git("add", "--all")
    slot.commit_staged("a second one")
    settled(user, slot)
    assert works.all_in_one(slot.path, base) is None

    slot.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    assert works.all_in_one(slot.path, base) is None
    assert works.all_in_one(slot.path / "nowhere", base) is None
    assert works.all_in_one(user.path, base) is None
