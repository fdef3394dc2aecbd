"""A worktree brought to its next base without a process is as git's own checkout would have left it."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.started import COMMANDS
from tests.git.reset_facts import Files, checkouts_of_reset, commit_of, logs, long_ago, picture, stat_in_index
from tests.git.worktree_facts import RUN, admin_of, assert_fresh, branch_of, settled
from tests.support.gitrepo import GitRepo

NAMES = (
    "a", "b.txt", "b/c", "b/d/e", "b-", "b.d/x", "c/\nodd \"name\"", "c/ü/ö", ".github/x",
    f"{'z' * 200}/{'y' * 200}", "many/1", "many/2", "many/3/4/5/6", ".gitignore", "many.txt", "many0",
)  # fmt: skip
CONTENTS = (b"", b"x", b"one\ntwo\n", b"\r\n\0\xff", b"long\n" * 5000)


def some_files(draw: random.Random, before: Files) -> Files:
    """Returns files that have some in common with those before; none lies where another is a folder."""
    wanted = {name: before[name] for name in before if draw.random() < 0.7}
    for name in draw.sample(NAMES, draw.randint(1, 6)):
        wanted[name] = (draw.choice(CONTENTS) if name != ".gitignore" else b"nothing\n", draw.random() < 0.3)
    folders = {os.path.dirname(name)[:at] for name in wanted for at in (None, *range(len(name)))}  # noqa: PTH120
    return {name: file for name, file in wanted.items() if name not in folders} or {"a": (b"x", False)}


@pytest.fixture
def twin(user: GitRepo, trees: Worktrees, slot: GitRepo) -> GitRepo:
    """Another worktree, which git itself resets."""
    trees.add(trees.root / "twin", branch_of("twin"), user.head)
    return GitRepo(trees.root / "twin")


def reset_by_git(twin: GitRepo, branch: str, base: str) -> None:
    env = {"GIT_REFLOG_ACTION": "prodigy-tui"}
    twin.git("checkout", "--force", "--quiet", "--no-track", "-b", branch, base, env=env)


@pytest.mark.parametrize("seed", range(4))
def test_it_leaves_what_git_leaves(user: GitRepo, trees: Worktrees, slot: GitRepo, twin: GitRepo, seed: int):
    draw, files = random.Random(seed), dict[str, tuple[bytes, bool]]()
    for number in range(8):
        files = dict(some_files(draw, files))
        base, branches = commit_of(user, files), (branch_of("ours", number), branch_of("git", number))

        assert checkouts_of_reset(user, trees, slot, branches[0], base) == []
        reset_by_git(twin, branches[1], base)

        assert picture(slot) == picture(twin), sorted(files)
        assert slot.git("symbolic-ref", "HEAD") == f"refs/heads/{branches[0]}"
        assert logs(slot, branches[0]) == logs(twin, branches[1])
        slot.git("fsck", "--no-dangling", "--no-progress")
        if draw.random() < 0.5:  # what an agent leaves, on which the next base may or may not be built
            name = draw.choice(("own", "b-"))
            assert slot.commit(name, f"work {number}") == twin.commit(name, f"work {number}")


def test_what_git_needs_to_know_of_a_file_is_in_the_index(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = commit_of(user, {"a.txt": (b"newer\n", False), "deep/new": (b"x\n", True)})

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []

    written = stat_in_index(slot)
    slot.git("read-tree", base)
    slot.git("update-index", "--refresh")
    assert written == stat_in_index(slot)


def test_agents_go_on_from_it(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = commit_of(user, {"a.txt": (b"newer\n", False), "deep/new": (b"x\n", True)})
    checkouts_of_reset(user, trees, slot, branch_of("y"), base)

    slot.write("a.txt", "NEWER\n")
    slot.git("add", "--all")
    tip = slot.commit_staged("work")

    assert slot.git("diff", "--name-only", base, tip) == "a.txt"
    assert slot.git("reflog", "show", "--format=%H", branch_of("y")).split() == [tip, base]
    assert checkouts_of_reset(user, trees, slot, branch_of("z"), tip) == []
    assert_fresh(slot, user, branch_of("z"), tip)


def test_git_need_not_read_again_what_came_with_it(user: GitRepo, trees: Worktrees, slot: GitRepo):
    """It reads those whose time is not in a second before the index's."""
    base = commit_of(user, {"a.txt": (b"newer\n", False), "deep/new": (b"x\n", True)})

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []

    index = (admin_of(user, slot) / "index").stat()
    for name in ("a.txt", "deep/new"):
        file = (slot.path / name).stat()
        assert int(file.st_mtime) < int(file.st_ctime) <= int(index.st_mtime)
        assert file.st_mtime_ns > file.st_ctime_ns - 2 * 10**9, "others still see which file is younger"


def test_a_file_that_others_are_linked_to_is_written_anew(user: GitRepo, trees: Worktrees, slot: GitRepo):
    other = trees.root / "other"
    other.hardlink_to(slot.path / "a.txt")
    slot.git("update-index", "--force-remove", "a.txt")
    slot.git("add", "a.txt")
    slot.commit_staged("so that git has seen it last")
    base = commit_of(user, {"a.txt": (b"newer\n", False)})

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []

    assert other.read_text() == "one\ntwo\nthree\n"
    assert slot.read("a.txt") == "newer\n"


def test_packed_objects_are_read_by_one_process_that_stays_open(user: GitRepo, trees: Worktrees, slot: GitRepo):
    bases = [commit_of(user, {"a.txt": (b"%d" % number, False), "d/b": (b"x", False)}) for number in range(3)]
    for base in bases:
        user.git("branch", f"kept-{base[:8]}", base)
    user.git("repack", "-adq")

    for number, base in enumerate(bases):
        assert checkouts_of_reset(user, trees, slot, branch_of("y", number), base) == []
        assert slot.read("a.txt") == str(number)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert sum("cat-file" in Path(f"/proc/{child}/cmdline").read_text() for child in children) == 1


def test_several_worktrees_are_reset_at_once(user: GitRepo, trees: Worktrees, tmp_path: Path):
    slots = [GitRepo(trees.root / f"slot-{number}") for number in range(4)]
    for number, slot in enumerate(slots):
        trees.add(slot.path, branch_of("x", number), user.head)
    bases = [
        commit_of(
            user, {"a.txt": (b"%d" % number, False), f"d/{number % 2}": (b"%d" % number, True)}, f"refs/heads/{number}"
        )
        for number in range(6)
    ]
    user.git("repack", "-adq")

    def go(number: int) -> None:
        for turn, base in enumerate(bases):
            settled(user, slots[number])
            assert trees.reset(slots[number].path, branch_of(f"y{number}", turn), base)

    before = COMMANDS.begin((), user.path).number
    with ThreadPoolExecutor(len(slots)) as threads:
        list(threads.map(go, range(len(slots))))

    assert not any("checkout" in one.argv for one in COMMANDS.all() if one.number > before)
    pictures = [picture(slot) for slot in slots]
    assert pictures == [pictures[0]] * len(slots)
    assert pictures[0]["tree"] == user.git("rev-parse", f"{bases[-1]}^{{tree}}")


def test_a_repository_with_longer_names_of_objects(tmp_path: Path):
    user = GitRepo.init(tmp_path / "user", "--object-format=sha256")
    first = user.commit("a.txt", "one\n")
    base = commit_of(user, {"a.txt": (b"two\n", False), "deep/b": (b"x\n", True)})
    trees = Worktrees(Repository.open(user.path), tmp_path / "root", tmp_path / "lock", run_id=RUN)
    trees.add(trees.root / "slot", branch_of("x"), first)
    slot = GitRepo(trees.root / "slot")
    long_ago(user)

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []

    assert_fresh(slot, user, branch_of("y"), base)
    assert picture(slot)["untouched"] == ""
    slot.git("fsck", "--no-dangling", "--no-progress")
    trees.close()
