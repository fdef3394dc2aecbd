"""What is done to a file in the second of its reset, so that no time of it tells: it is seen all the same."""

import os
from collections.abc import Callable

import pytest

from prodigy_tui.git.file_times import FileTimes
from prodigy_tui.git.inspect import remains
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from tests.git.reset_facts import checkouts_of_reset, commit_of
from tests.git.worktree_facts import admin_of, branch_of
from tests.support.gitrepo import GitRepo

_TRIES = 50

Hide = Callable[[], Oid]


@pytest.fixture
def hide(user: GitRepo, trees: Worktrees, slot: GitRepo) -> Hide:
    """Resets without a process, and changes a file at once so that git sees nothing; returns the base."""

    def hidden() -> Oid:
        for number in range(_TRIES):
            base = commit_of(user, {"a.txt": (b"%04d\n" % number, False)})
            assert checkouts_of_reset(user, trees, slot, branch_of("plain", number), base) == []
            file = slot.path / "a.txt"
            before = file.stat()
            with file.open("r+b") as opened:
                opened.write(b"HIDE\n")
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            if int(file.stat().st_ctime) == int(before.st_ctime):
                return base
        raise AssertionError("never within a second")

    return hidden


def test_git_alone_sees_nothing_of_it(slot: GitRepo, hide: Hide):
    hide()

    assert slot.status() == []


def test_it_is_among_what_an_agent_has_left(trees: Worktrees, slot: GitRepo, hide: Hide):
    hide()

    trees.have_seen_all(slot.path)

    left = remains(slot.path)
    assert left.files == ("a.txt",)
    assert b"+HIDE" in left.patch


def test_it_is_gone_when_the_next_agent_begins(trees: Worktrees, slot: GitRepo, hide: Hide):
    base = hide()

    assert trees.reset(slot.path, branch_of("next"), base)

    assert slot.read("a.txt") != "HIDE\n"
    assert slot.status() == []


def test_another_process_does_not_trust_what_it_has_not_written(user: GitRepo, slot: GitRepo, hide: Hide):
    hide()

    FileTimes().doubt(slot.path, admin_of(user, slot))

    assert slot.status() == [" M a.txt"]


def test_git_is_trusted_again_when_that_second_is_over(user: GitRepo, slot: GitRepo):
    now, admin = [100.0], admin_of(user, slot)
    times = FileTimes(lambda: now[0])

    def has_all_read() -> bool:
        slot.git("update-index", "--force-write-index")
        times.doubt(slot.path, admin)
        return int((admin / "index").stat().st_mtime) == 1

    times.all_read(slot.path)
    assert not has_all_read()
    times.second_back(slot.path)
    now[0] += 1
    assert has_all_read()
    times.all_read(slot.path)
    assert has_all_read(), "what was read in that second may be changed in it later"
    now[0] += 60
    assert has_all_read(), "nobody has looked since"
    times.all_read(slot.path)
    assert not has_all_read()
    times.forget(slot.path)
    assert has_all_read()


def test_what_is_no_worktree_of_the_run_is_left_alone(user: GitRepo, trees: Worktrees):
    index = user.path / ".git/index"
    before = index.stat().st_mtime_ns

    trees.have_seen_all(user.path)
    trees.have_seen_all(trees.root / "never made")

    assert index.stat().st_mtime_ns == before
