"""Open processes merge as processes of their own do, whatever happens to them, and are far fewer."""

import os
import random
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.git import open_git, open_merge, signature
from prodigy_tui.git import run as git_run
from prodigy_tui.git.merge import Conflict, Merged, merge
from prodigy_tui.git.open_git import OpenGit, OutOfStep, Silent
from prodigy_tui.git.open_merge import OpenMerge, read_join
from prodigy_tui.git.refs import read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.support.git_versions import stays_open
from tests.support.gitrepo import HERMETIC, GitRepo

TIP = "refs/prodigy/r/tip"


@pytest.fixture
def merges(user: GitRepo) -> Iterator[OpenMerge]:
    with closing(OpenMerge(Repository.open(user.path), user.path)) as found:
        yield found


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that product code starts, as they are started."""
    commands = list[str]()

    start_process = git_run._Git

    def start(command: tuple[str, ...], **options: Any) -> "subprocess.Popen[bytes]":
        commands.append(" ".join(command))
        return start_process(command, **options)

    monkeypatch.setattr(git_run, "_Git", start)
    return commands


def branches(repo: GitRepo, count: int, lines: Callable[[int], str] = "line {}\n".format) -> list[Oid]:
    """Branches from one commit, each with a file of its own."""
    orders = [
        f"commit refs/heads/item-{one}\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\nfrom {repo.head}\n"
        f"M 100644 inline folder{one % 7}/{one}.txt\ndata {len(lines(one))}\n{lines(one)}\n"
        for one in range(count)
    ]
    run_git(repo, "fast-import", "--quiet", stdin="".join(orders))
    return [repo.oid(f"item-{one}") for one in range(count)]


def run_git(repo: GitRepo, *arguments: str, stdin: str) -> None:
    environment = {"PATH": os.environ["PATH"], **HERMETIC}
    subprocess.run(("git", *arguments), cwd=repo.path, env=environment, input=stdin.encode(), check=True)


def children(word: str) -> list[int]:
    """The open processes of this one whose command has a word."""
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            if word.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


# --------------------------------------------------------------------------------------------------------------- cost


@stays_open
def test_fifty_clean_merges_take_no_process_of_their_own(user: GitRepo, merges: OpenMerge, started) -> None:
    tip = user.head
    heads = branches(user, 50)
    user.git("update-ref", TIP, tip)
    for head in heads[:2]:
        tip = merged_and_moved(merges, tip, head)
    assert len(started) <= 8, started
    started.clear()

    for head in heads[2:]:
        tip = merged_and_moved(merges, tip, head)

    assert started == []
    assert len(user.files(tip)) == 51
    assert user.oid(TIP) == tip


def merged_and_moved(merges: OpenMerge, onto: Oid, head: Oid) -> Oid:
    merged = merges.merge(onto, head, f"Merge {head}")
    assert isinstance(merged, Merged)
    assert merges.move_ref(TIP, merged.commit, onto)
    return merged.commit


# ----------------------------------------------------------------------------------------------------------- equality


@pytest.mark.parametrize(("seed", "count"), [(1, 25), pytest.param(2, 200, marks=pytest.mark.soak)])
def test_random_merges_give_the_same_objects_as_processes_of_their_own(
    user: GitRepo, merges: OpenMerge, seed: int, count: int
) -> None:
    commits = tangle(user, random.Random(seed), count)
    chance, kinds = random.Random(seed), set[type]()

    for _ in range(count):
        onto, head = chance.sample(commits, 2)
        mine, theirs = (way(onto, head, "Merge ü") for way in (merges.merge, by_processes(user)))
        assert mine == theirs
        assert not isinstance(mine, Merged) or user.git("cat-file", "-t", mine.commit) == "commit"
        kinds.add(type(mine))

    assert {Merged, Conflict} <= kinds


def by_processes(repo: GitRepo) -> Callable[[Oid, Oid, str], object]:
    return lambda onto, head, message: merge(repo.path, onto, head, message)


def tangle(repo: GitRepo, chance: random.Random, count: int) -> list[Oid]:
    """Commits upon one another, of few files that are changed, moved, removed and made folders of."""
    names = ["a", "b/one", "b/two", "b", "c ü/three", "new\nline", '"quoted"', "\x1b[31m"]
    first = _file("a", range(40)) + _file("b/one", range(40))
    orders = [f"commit refs/heads/c0\ncommitter A <a@b> 1 +0000\ndata 1\nx\n{first}\n"]
    for one in range(1, count):
        lines = list(range(40))
        for _ in range(3):
            lines[chance.randrange(40)] = chance.randrange(40, 99)
        name, other = chance.sample(names, 2)
        change = chance.choice([_file(name, lines), _file(name, lines), f"D {_quoted(name)}\n" + _file(other, lines)])
        orders.append(
            f"commit refs/heads/c{one}\ncommitter A <a@b> {one} +0000\ndata 1\nx\n"
            f"from refs/heads/c{chance.randrange(max(0, one - 6), one)}\n{change}\n"
        )
    run_git(repo, "fast-import", "--quiet", stdin="".join(orders))
    return [repo.oid(f"c{one}") for one in range(count)]


def _file(name: str, lines: Any) -> str:
    text = "".join(f"line {line}\n" for line in lines)
    return f"M 100644 inline {_quoted(name)}\ndata {len(text)}\n{text}\n"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '\\"').replace("\n", "\\n") + '"'


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "UTC"])
def test_commits_say_who_and_when_as_git_does(user: GitRepo, merges: OpenMerge, monkeypatch, zone: str) -> None:
    user.git("config", "user.name", "  Ann <ö>, ")
    user.git("config", "user.email", "ann@example.org")
    for name in [name for name in HERMETIC if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    onto, (head,) = user.head, branches(user, 1)
    message = "x \ufffe \udcff ü\n\n\n"

    mine, theirs = (way(onto, head, message) for way in (merges.merge, by_processes(user)))

    def said(merged: Any) -> list[str]:
        words = user.git("cat-file", "commit", merged.commit).split(" ")
        return [word for word in words if not (word.isdecimal() and abs(int(word) - time.time()) < 60)]

    assert said(mine) == said(theirs)
    assert "Ann" in said(mine)
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("place", ["worktree", "info", "config", "folder"])
def test_what_steers_merges_may_change_at_any_time(user: GitRepo, merges: OpenMerge, place: str) -> None:
    user.commit("folder/b.txt", "base\n")
    user.branch("side")
    head = user.commit("folder/b.txt", "theirs\n")
    user.checkout("main")
    onto = user.commit("folder/b.txt", "ours\n")
    assert isinstance(merges.merge(onto, head, "x"), Conflict)

    if place == "worktree":
        user.write(".gitattributes", "b.txt merge=union\n")
    elif place == "info":
        user.write(".git/info/attributes", "b.txt merge=union\n")
    elif place == "folder":
        user.write("folder/.gitattributes", "b.txt merge=union\n")
        user.git("add", ".")
    else:
        user.git("config", "core.attributesFile", str(user.write(".git/mine", "b.txt merge=union\n")))

    assert isinstance(merges.merge(onto, head, "x"), Merged)


def test_driver_of_the_user_is_never_run_by_an_open_process(user: GitRepo, merges: OpenMerge, started) -> None:
    user.commit(".gitattributes", "a.txt merge=mine\n")
    assert isinstance(merges.merge(user.head, branches(user, 1)[0], "x"), Merged)
    user.git("config", "merge.mine.driver", "cat; echo driven > %A")
    user.branch("side")
    head = user.commit("a.txt", "theirs\n")
    user.checkout("main")
    onto = user.commit("a.txt", "ours\n")
    started.clear()

    merged = merges.merge(onto, head, "x")

    assert merged == merge(user.path, onto, head, "x")
    assert any("commit-tree" in command for command in started)
    assert children("merge-tree") == []


@stays_open
def test_worktree_that_was_made_anew_is_looked_at_again(user: GitRepo, tmp_path: Path) -> None:
    tree, aside = tmp_path / "tree", tmp_path / "aside"
    onto, heads = user.head, branches(user, 2)
    user.git("worktree", "add", "--quiet", "--detach", str(tree))
    with closing(OpenMerge(Repository.open(user.path), tree)) as merges:
        assert isinstance(merges.merge(onto, heads[0], "x"), Merged)
        tree.rename(aside)
        user.git("worktree", "prune")
        user.git("worktree", "add", "--quiet", "--detach", str(tree))

        assert isinstance(merges.merge(onto, heads[1], "x"), Merged)
        assert [Path(f"/proc/{pid}/cwd").readlink() for pid in children("merge-tree")] == [tree]


# ------------------------------------------------------------------------------------------------------------- trouble


def test_conflict_with_hostile_names_leaves_the_next_merge_right(user: GitRepo, merges: OpenMerge) -> None:
    names = ["1", "0\n1", "\x1b]0;x\x07", '"', "~", " ", "ü/\udcff", "CONFLICT (content)"]
    user.branch("side")
    for name in names:
        user.write(name, "theirs\n")
    user.git("add", ".")
    head = user.commit_staged("theirs")
    user.checkout("main")
    for name in names:
        user.write(name, "ours\n")
    user.git("add", ".")
    onto = user.commit_staged("ours")

    found = merges.merge(onto, head, "x")

    assert found == merge(user.path, onto, head, "x")
    assert isinstance(found, Conflict)
    assert len(found.paths) == len(names)
    (clean,) = branches(user, 1)
    assert merges.merge(onto, clean, "x") == merge(user.path, onto, clean, "x")


@stays_open
@pytest.mark.parametrize("word", ["merge-tree", "hash-object", "update-ref"])
def test_processes_that_are_killed_are_made_up_for(user: GitRepo, merges: OpenMerge, word: str) -> None:
    heads, tip, killed = branches(user, 4), user.head, 0
    user.git("update-ref", TIP, tip)
    for head in heads:
        tip = merged_and_moved(merges, tip, head)
        for victim in children(word):
            killed += 1
            os.kill(victim, signal.SIGKILL)
            os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)

    assert killed == 2, "others are started in their place"
    assert user.oid(TIP) == tip
    assert len(user.files(tip)) == 5


def test_ref_that_somebody_has_moved_stays_where_it_is(user: GitRepo, merges: OpenMerge) -> None:
    onto, heads = user.head, branches(user, 2)
    user.git("update-ref", TIP, heads[1])
    merged = merges.merge(onto, heads[0], "x")
    assert isinstance(merged, Merged)

    assert not merges.move_ref(TIP, merged.commit, onto)

    assert read_ref(Repository.open(user.path), TIP) == heads[1]


@pytest.mark.parametrize("lack", ["no way to stay open", "no stdbuf"])
def test_what_a_git_lacks_to_stay_open_is_found_out_once(
    user: GitRepo, merges: OpenMerge, monkeypatch, started, lack: str
) -> None:
    onto, heads, asked = user.head, branches(user, 3), list[str]()
    monkeypatch.setattr(open_merge, "_STAYS_OPEN", (2, 38, 0) if lack == "no stdbuf" else (99, 0, 0))
    monkeypatch.setattr(open_merge, "_FLUSHES", (99, 0, 0))
    monkeypatch.setattr("shutil.which", asked.append)

    for head in heads:
        assert merges.merge(onto, head, "x") == merge(user.path, onto, head, "x")

    assert asked == (["stdbuf"] if lack == "no stdbuf" else [])
    assert not any("--stdin" in command or "config" in command for command in started), started


@pytest.mark.parametrize("reason", ["no stdbuf", "no name"])
def test_where_nothing_can_stay_open_processes_of_their_own_do(
    user: GitRepo, merges: OpenMerge, monkeypatch, started, reason: str
) -> None:
    onto, heads = user.head, branches(user, 2)
    if reason == "no stdbuf":
        monkeypatch.setattr(open_merge, "_FLUSHES", (99, 0, 0))
        monkeypatch.setattr("shutil.which", lambda name: None)
    else:
        monkeypatch.setattr(signature, "identity_environment", lambda path: {"GIT_AUTHOR_NAME": "x"})
        user.git("config", "user.useConfigOnly", "true")
        for name in [name for name in HERMETIC if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
            monkeypatch.delenv(name)

    for head in heads:
        assert isinstance(merges.merge(onto, head, "x"), Merged)

    assert sum("commit-tree" in command for command in started) >= 2
    assert children("merge-tree") == []


def test_git_that_keeps_its_answers_to_itself_is_tried_once(
    user: GitRepo, merges: OpenMerge, monkeypatch, started, tmp_path: Path
) -> None:
    onto, heads = user.head, branches(user, 3)
    stdbuf = tmp_path / "bin" / "stdbuf"
    stdbuf.parent.mkdir()
    stdbuf.write_text("#!/bin/sh\nexec sleep 1000\n")
    stdbuf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stdbuf.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(open_merge, "_STAYS_OPEN", (2, 38, 0))
    monkeypatch.setattr(open_merge, "_FLUSHES", (99, 0, 0))
    monkeypatch.setattr(open_merge, "_FIRST_PATIENCE_S", 0.1)
    monkeypatch.setattr(open_git, "_LAST_BREATH_S", 0.1)

    for head in heads:
        assert merges.merge(onto, head, "x") == merge(user.path, onto, head, "x")

    assert sum("--stdin" in command and "merge-tree" in command for command in started) == 1


def test_process_that_keeps_silent_is_given_up(user: GitRepo) -> None:
    with closing(OpenGit("cat-file", "--batch", cwd=user.path)) as process, pytest.raises(Silent):
        process.ask(b"HEAD", lambda said: None, 0.01)


def test_answer_that_nobody_has_asked_for_is_found_out(user: GitRepo) -> None:
    with closing(OpenGit("cat-file", "--batch-check", cwd=user.path)) as process:
        os.write(process._process.stdin.fileno(), b"HEAD\n")
        select.select([process._process.stdout], [], [], 20)
        with pytest.raises(OutOfStep, match="without having been asked"):
            process.ask(b"HEAD\n", lambda said: True)


# ------------------------------------------------------------------------------------------------------------- answers

CLEAN = b"1\0" + b"a" * 40 + b"\0\0"
PLACES = b"100644 b 1\tp\x00100644 c 2\t1\x00"
MESSAGES = b"2\x00p\x001\x00CONFLICT\x00text\n\x00" + b"0\x00k\x00\x00"
CONFLICT = b"0\0" + b"a" * 40 + b"\0" + PLACES + b"\0" + MESSAGES + b"\0"


@pytest.mark.parametrize("answer", [CLEAN, CONFLICT])
def test_answer_is_whole_at_its_end_and_nowhere_before(answer: bytes) -> None:
    assert all(read_join(answer[:end]) is None for end in range(1, len(answer)))
    assert read_join(answer) is not None
    with pytest.raises(OutOfStep):
        read_join(answer + CLEAN)


@pytest.mark.parametrize("answer", [b"2\0x\0\0", b"\0", b"fatal: no\0", b"0\0tree\0\0one\0"])
def test_answer_of_another_sort_is_none(answer: bytes) -> None:
    with pytest.raises(OutOfStep):
        read_join(answer)
