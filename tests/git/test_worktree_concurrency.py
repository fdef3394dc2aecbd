"""Many threads, several processes, and agents with their own ideas: worktrees are made and removed without failure."""

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prodigy_tui.git.administration import locked
from prodigy_tui.git.inspect import head
from prodigy_tui.git.worktrees import Worktrees
from tests.git.worktree_facts import branch_of
from tests.support.gitrepo import GitRepo


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path):
    inside: list[int] = []
    most: list[int] = []

    def enter(n: int) -> None:
        with locked(tmp_path / "new folder" / "lock"):
            inside.append(n)
            most.append(len(inside))
            os.sched_yield()
            inside.remove(n)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(200)))

    assert set(most) == {1}


def test_the_lock_holds_against_other_processes_and_dies_with_its_holder(tmp_path: Path):
    lock = tmp_path / "lock"
    program = "import sys; from pathlib import Path; from prodigy_tui.git.administration import locked\n"
    program += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", program, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with lock.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()

    with locked(lock):
        pass


def test_many_at_once_all_succeed_at_the_first_try(user: GitRepo, trees: Worktrees, monkeypatch):
    monkeypatch.setattr("prodigy_tui.git.worktrees._ADD_TRIES", 1)
    base = user.head
    paths = [trees.root / f"w{n}" for n in range(24)]

    with ThreadPoolExecutor(24) as pool:
        for attempt in range(3):

            def cycle(n: int, attempt: int = attempt) -> None:
                trees.add(paths[n], branch_of(str(n), 10 * attempt), base)
                assert trees.reset(paths[n], branch_of(str(n), 10 * attempt + 1), base)
                if n % 2:
                    trees.remove(paths[n])

            list(pool.map(cycle, range(24)))

    assert {info.path for info in trees.list()} == set(paths[::2])
    assert {head(info.path) for info in trees.list()} == {base}
    assert len(trees.branches()) == 24 * 3 * 2
    assert GitRepo(trees.root / "w0").status() == []


OTHER_PROCESS = """
import sys
from pathlib import Path
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees

top, root, lock, run, base = sys.argv[1:]
trees = Worktrees(Repository.open(Path(top)), Path(root), Path(lock), run_id=run)
for n in range(8):
    trees.add(trees.root / str(n), f"prodigy/{run}/item/{n}/1", base)
    if n % 2:
        trees.remove(trees.root / str(n))
trees.delete_branches(trees.branches())
print(len(trees.list()))
"""


def test_two_processes_at_once_do_not_disturb_each_other(user: GitRepo, tmp_path: Path):
    children = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                OTHER_PROCESS,
                user.path,
                tmp_path / run,
                tmp_path / "worktree.lock",
                run,
                user.head,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for run in ("run-a", "run-b")
    ]

    ends = [child.communicate(timeout=50) for child in children]

    assert ends == [("4\n", ""), ("4\n", "")]
    assert [child.returncode for child in children] == [0, 0]
    assert user.git("for-each-ref", "refs/heads/prodigy") == ""


def test_agents_that_use_git_worktree_themselves_do_not_break_adding(user: GitRepo, trees: Worktrees, tmp_path: Path):
    def agent(n: int) -> None:
        path = str(tmp_path / f"agent{n}")
        user.git("worktree", "add", "--detach", path, ok=(0, 128))
        user.git("worktree", "remove", "--force", path, ok=(0, 128))

    def engine(n: int) -> None:
        trees.add(trees.root / f"w{n}", branch_of(str(n)), user.head)
        trees.remove(trees.root / f"w{n}")

    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(act, n) for n in range(16) for act in (agent, engine)]
        for future in futures:
            future.result()

    assert trees.list() == ()
