"""What commits have brought, as the open process says it and as `work_between` does."""

from itertools import pairwise

import pytest

from prodigy_tui.git.inspect import work_between
from prodigy_tui.git.open_work import OpenWork
from prodigy_tui.git.plain_look import Looks
from prodigy_tui.started import COMMANDS
from tests.git.worktree_facts import settled
from tests.support.gitrepo import GitRepo


@pytest.fixture
def works(user: GitRepo):
    opened = OpenWork(user.path / ".git", Looks())
    yield opened
    opened.close()


def test_it_says_what_a_process_of_its_own_says(user: GitRepo, works: OpenWork):
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


def test_one_process_answers_for_all_commits_that_are_like_most(user: GitRepo, works: OpenWork):
    commits = [user.head, *(user.commit(f"{number}.txt", "x") for number in range(5))]
    before = COMMANDS.begin((), user.path).number

    found = [works.between(user.path, *pair) for pair in pairwise(commits)]

    assert [work.files for work in found] == [(f"{number}.txt",) for number in range(5)]
    assert len([one for one in COMMANDS.all() if one.number > before]) == 1


def test_without_its_process_it_asks_another_way(user: GitRepo, works: OpenWork, monkeypatch: pytest.MonkeyPatch):
    base, tip = user.head, user.commit("b.txt", "x")
    works.between(user.path, base, tip)
    assert works._open is not None
    works._open._process.kill()
    works._open._process.wait()

    assert works.between(user.path, base, tip).files == ("b.txt",)
    assert works.between(user.path, base, tip).files == ("b.txt",)


def test_one_commit_and_nothing_else_is_told_without_a_process_for_it(user: GitRepo, slot: GitRepo, works: OpenWork):
    base, tip = slot.head, slot.commit("b.txt", "x")
    settled(user, slot)
    works.between(user.path, base, tip)
    before = COMMANDS.begin((), user.path).number

    assert works.all_in_one(slot.path, base) == (tip, work_between(user.path, base, tip))

    slot.git("checkout", "--quiet", "--detach")
    settled(user, slot)
    assert works.all_in_one(slot.path, base) == (tip, work_between(user.path, base, tip))
    assert [one.argv[1] for one in COMMANDS.all() if one.number > before] == ["log", "log"]  # of `work_between`


def test_all_else_is_not(user: GitRepo, slot: GitRepo, works: OpenWork):
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
