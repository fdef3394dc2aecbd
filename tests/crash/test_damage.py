"""A run that died is taken up in a repository that is not as it was left: it repeats only what it must."""

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.events.schema import AgentStarted, Envelope, MergeFinished, MergeStarted, StepStarted
from prodigy_tui.events.source import read_events
from prodigy_tui.git.run import STARTED_BY
from prodigy_tui.storage import LockOwner, RunLock
from prodigy_tui.storage.owner import this_boot
from tests.crash.damage import WORKFLOW, Damaged, check_end, end, said, sleeper
from tests.support.crash import Crash, Mode
from tests.support.drive import Driver
from tests.support.gitrepo import hermetic
from tests.support.rules import rule


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Envelope]:
    """The events of the run that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as monkeypatch:
        hermetic(monkeypatch)
        monkeypatch.setenv("LEDGER", str(folder / "ledger"))
        driver = Driver(folder, WORKFLOW)
        state = driver.start()
    check_end(Damaged(driver, folder / "ledger"), state)
    return list(read_events(driver.folder.events))


Die = Callable[..., Damaged]
SOAK = pytest.mark.soak


@pytest.fixture
def die(tmp_path: Path, undisturbed: list[Envelope], monkeypatch: pytest.MonkeyPatch) -> Die:
    """Drives the run until the event of a kind with a number; it is the last one of which the log tells."""

    def at(kind: type, number: int, mode: Mode = "after") -> Damaged:
        monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
        driver = Driver(tmp_path, WORKFLOW)
        events = [envelope.seq for envelope in undisturbed if isinstance(envelope.event, kind)]
        Crash(events[number - 1], mode).drive(driver, monkeypatch)
        return Damaged(driver, tmp_path / "ledger")

    return at


def agents_worktree_deleted(d: Damaged) -> None:
    shutil.rmtree(d.worktree("slot-1"))


def run_branch_deleted(d: Damaged) -> None:
    d.delete_ref(d.branch_ref)


def tip_deleted(d: Damaged) -> None:
    d.delete_ref(d.tip_ref)


def tip_moved(d: Damaged) -> None:
    d.repo.git("update-ref", d.tip_ref, d.repo.commit("other.txt", "by somebody else"))
    d.repo.git("reset", "--hard", "--quiet", "HEAD^")


def run_branch_moved(d: Damaged) -> None:
    d.repo.git("update-ref", d.branch_ref, d.repo.commit("other.txt", "by somebody else"))
    d.repo.git("reset", "--hard", "--quiet", "HEAD^")


def garbage_collected(d: Damaged) -> None:
    d.collect_garbage()


def merged_branches_deleted(d: Damaged) -> None:
    d.delete_ref(d.branch_of("a"), d.branch_of("b"))
    d.collect_garbage()


def what_git_knows_deleted(d: Damaged) -> None:
    shutil.rmtree(d.admin("run"))
    shutil.rmtree(d.admin("slot-1"))


def index_emptied(d: Damaged) -> None:
    d.empty(d.admin("run") / "index", d.admin("slot-1") / "index")


def run_branch_emptied(d: Damaged) -> None:
    d.empty(d.repo.path / ".git" / d.branch_ref)


def index_locked(d: Damaged) -> None:
    for name in ("index.lock", "HEAD.lock"):
        (d.admin("run") / name).touch()


def locks_left(d: Damaged) -> None:
    index_locked(d)
    (d.admin("slot-1") / "index.lock").touch()
    (d.repo.path / ".git" / f"{d.branch_ref}.lock").touch()
    (d.repo.path / ".git" / f"{d.tip_ref}.lock").touch()


def a_little_of_all(d: Damaged) -> None:
    agents_worktree_deleted(d)
    merged_branches_deleted(d)
    tip_deleted(d)
    index_locked(d)


def refs_moved(d: Damaged) -> None:
    tip_moved(d)
    run_branch_moved(d)


def files_emptied(d: Damaged) -> None:
    index_emptied(d)
    run_branch_emptied(d)


TOGETHER = {
    a_little_of_all: "",
    refs_moved: "/run was moved to ",
    files_emptied: "/run was deleted; it is at ",
    run_branch_deleted: "/run was deleted; it is at ",
    what_git_knows_deleted: "git has forgotten the run's worktree",
}
"""What happens in the midst of the map, and what is said of it."""

APART = {
    agents_worktree_deleted: "",
    tip_deleted: "",
    tip_moved: "/tip was moved to ",
    run_branch_moved: "/run was moved to ",
    garbage_collected: "",
    merged_branches_deleted: "",
    index_emptied: "",
    run_branch_emptied: "/run was deleted; it is at ",
    locks_left: "",
}
DEEDS = [
    *(pytest.param(deed, words, id=deed.__name__) for deed, words in TOGETHER.items()),
    *(pytest.param(deed, words, id=deed.__name__, marks=SOAK) for deed, words in APART.items()),
]


@rule("cli 8.2 finished")
@pytest.mark.parametrize(("deed", "words"), DEEDS)
def test_whatever_was_done_meanwhile_nothing_is_repeated(deed, words: str, die: Die) -> None:
    damaged = die(AgentStarted, 3)
    deed(damaged)

    state = damaged.resume()

    check_end(damaged, state)
    assert words in said(state) if words else "again" not in said(state)


def test_a_deleted_worktree_of_the_run_costs_only_what_was_not_committed(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    shutil.rmtree(damaged.worktree())

    state = damaged.resume()

    check_end(damaged, state, listed=False)
    assert "the run's worktree was deleted" in said(state)


def test_all_refs_and_worktrees_may_be_deleted_as_long_as_the_commits_are_there(
    die: Die,
) -> None:
    damaged = die(AgentStarted, 3)
    refs = damaged.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy", "refs/prodigy").split()
    damaged.delete_ref(*refs)
    damaged.delete_worktrees()

    state = damaged.resume()

    check_end(damaged, state, listed=False)


def test_a_finished_item_whose_branch_was_deleted_is_merged(die: Die) -> None:
    damaged = die(MergeStarted, 2)
    damaged.delete_ref(damaged.branch_of("b"))

    state = damaged.resume()

    check_end(damaged, state)
    assert "was deleted; it is at" in said(state)


@SOAK
def test_a_finished_item_whose_branch_was_moved_is_merged_as_it_was(die: Die) -> None:
    damaged = die(MergeStarted, 2)
    damaged.repo.git("update-ref", damaged.branch_of("b"), "main")

    state = damaged.resume()

    check_end(damaged, state)
    assert "was moved to" in said(state)


def commit_collected(d: Damaged) -> None:
    branch = d.branch_of("b")
    shutil.rmtree(d.worktree("slot-1"))
    d.repo.git("worktree", "prune")
    d.delete_ref(branch)
    d.collect_garbage()


def commit_lost(d: Damaged) -> None:
    d.lose(d.branch_of("b"))


def commit_emptied(d: Damaged) -> None:
    d.empty(d.object_file(d.branch_of("b")))


def file_emptied(d: Damaged) -> None:
    d.empty(d.object_file(f"{d.branch_of('b')}:b.txt"))


@pytest.mark.parametrize(
    "deed", [commit_collected, pytest.param(commit_lost, marks=SOAK), commit_emptied, file_emptied]
)
def test_a_finished_item_whose_commits_are_gone_is_done_again(deed, die: Die) -> None:
    damaged = die(MergeStarted, 2)
    deed(damaged)

    state = damaged.resume()

    check_end(damaged, state, again=["b"])
    assert "the repository has lost commits of this run: 1 item is done again" in said(state)
    assert [record.outcome for record in state.items[damaged.item("b")].history] == ["lost", "success"]


@rule("cli 8.2 lost")
def test_a_lost_merge_is_made_again_from_the_items_own_commits(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    damaged.empty(damaged.object_file(damaged.tip_ref))

    state = damaged.resume()

    check_end(damaged, state)
    assert "1 item is merged again" in said(state)


def test_a_merge_that_had_happened_and_was_lost_before_it_was_told_is_made_again(die: Die) -> None:
    damaged = die(MergeFinished, 2, "before")
    damaged.empty(damaged.object_file(damaged.tip_ref))

    check_end(damaged, damaged.resume())


def test_an_item_whose_files_were_lost_with_its_merge_is_done_again(die: Die) -> None:
    damaged = die(MergeFinished, 2, "before")
    damaged.empty(damaged.object_file(f"{damaged.tip_ref}^{{tree}}"))

    check_end(damaged, damaged.resume(), again=["b"])


def test_when_the_commits_of_setup_are_gone_all_that_was_built_upon_them_is_done_again(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    damaged.lose(damaged.branch_ref)

    state = damaged.resume()

    check_end(damaged, state, again=["setup", "loose", "a", "b"])
    assert "2 items are done again, setup is done again" in said(state)


def test_commits_of_a_step_in_a_phase_under_way_that_are_gone_have_the_phase_done_again(die: Die) -> None:
    damaged = die(StepStarted, 2)
    damaged.lose(damaged.branch_ref)

    state = damaged.resume()

    check_end(damaged, state, again=["setup"])


@SOAK
def test_a_run_branch_that_was_deleted_amid_a_phase_stands_where_its_steps_had_come_to(die: Die) -> None:
    damaged = die(StepStarted, 2)
    damaged.delete_ref(damaged.branch_ref)

    check_end(damaged, damaged.resume())


def test_a_run_whose_beginning_is_gone_is_refused(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    damaged.lose("main")

    with pytest.raises(NotResumable, match=r"has no commit .*, where the run began"):
        damaged.resume()


@rule("cli 8.10 locks")
def test_locks_of_the_user_are_never_removed(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    locks = [damaged.repo.path / ".git" / name for name in ("config.lock", "packed-refs.lock", "index.lock")]
    for lock in locks:
        lock.touch()
        os.utime(lock, (0, 0))
    _left_by_the_dead(damaged)

    state = damaged.resume()

    assert all(lock.exists() for lock in locks)
    assert state.landing is not None
    assert state.landing.status == "refused"
    for lock in locks:
        lock.unlink()
    check_end(damaged, damaged.resume())


@rule("cli 8.10 locks")
def test_the_shared_lock_of_a_git_that_died_with_the_program_is_removed(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    lock = damaged.repo.path / ".git" / "packed-refs.lock"
    lock.touch()
    os.utime(lock, (_left_by_the_dead(damaged).started.timestamp() + 0.001,) * 2)

    state = damaged.resume()

    assert f"{lock}, which a git command of the run had left when it was killed, is removed" in said(state)
    check_end(damaged, state)


# -------------------------------------------------------------------------------------------------- crash in recovery


@pytest.mark.parametrize(
    ("deed", "further"), [(run_branch_deleted, 2), (tip_moved, 1), pytest.param(what_git_knows_deleted, 2, marks=SOAK)]
)
def test_a_crash_while_damage_is_put_right_is_survived(deed, further: int, die: Die, monkeypatch) -> None:
    damaged = die(AgentStarted, 3)
    deed(damaged)
    Crash(damaged.state.last_seq + further, "lost").drive(damaged.driver, monkeypatch)

    check_end(damaged, damaged.resume())


@pytest.mark.parametrize("at", [1, pytest.param(2, marks=SOAK), pytest.param(3, marks=SOAK)])
def test_a_crash_while_lost_work_is_given_back_is_survived(at: int, die: Die, monkeypatch) -> None:
    damaged = die(MergeStarted, 2)
    commit_emptied(damaged)
    Crash(at, "after", after_git=True).drive(damaged.driver, monkeypatch)

    check_end(damaged, damaged.resume(), again=["b"])


@pytest.mark.parametrize("further", [pytest.param(1, marks=SOAK), 2])
def test_a_crash_behind_what_recovery_tells_leaves_no_empty_object_in_the_way(further, die: Die, monkeypatch) -> None:
    damaged = die(MergeStarted, 2)
    file_emptied(damaged)
    Crash(damaged.state.last_seq + further, "after").drive(damaged.driver, monkeypatch)

    check_end(damaged, damaged.resume(), again=["b"])


# ------------------------------------------------------------------------------------------- processes, clocks, locks


def test_an_agent_that_outlived_the_program_is_ended_before_anything_else(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    agent = sleeper(PRODIGY_AGENT_ID=f"{damaged.driver.run_id}:c:1:0:1")

    state = damaged.resume()

    assert end(agent) == -9
    check_end(damaged, state)


def test_whoever_waits_for_a_git_command_of_the_dead_holds_nobody_up_and_hears_that_it_is_to_end(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    git = sleeper(**{STARTED_BY: _left_by_the_dead(damaged).mark})

    async def take_up_and_give_up() -> None:
        opening = asyncio.create_task(damaged.driver.reopen())
        async with asyncio.timeout(20):
            while not RunLock.is_held(damaged.driver.folder.lock):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)  # it is waiting by now, and this loop goes on
        assert not opening.done()
        opening.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await opening

    asyncio.run(take_up_and_give_up())

    assert not RunLock.is_held(damaged.driver.folder.lock)
    assert end(git) == -9, "it was still at work"
    check_end(damaged, damaged.resume())


def test_a_number_that_belongs_to_another_process_by_now_holds_nobody_up(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    other = sleeper(**{STARTED_BY: "4711:9"})
    owner = LockOwner(pid=4711, host="here", started=datetime.now(UTC), boot="an earlier one", born=9)
    damaged.driver.folder.lock.write_bytes(msgspec.json.encode(owner))
    began = time.monotonic()

    state = _resumed_on("here", damaged)

    check_end(damaged, state)
    assert time.monotonic() - began < 30
    assert other.poll() is None
    end(other)


def _left_by_the_dead(damaged: Damaged) -> LockOwner:
    """Has a process that is gone hold the run, since a minute before it began: its clock went faster than the next."""
    began = next(iter(read_events(damaged.driver.folder.events))).at - timedelta(minutes=1)
    host = socket.gethostname()
    owner = LockOwner(pid=2**22 + 1, host=host, started=began, boot=this_boot(), born=9)
    damaged.driver.folder.lock.write_bytes(msgspec.json.encode(owner) + b"\n")
    return owner


def _resumed_on(host: str, damaged: Damaged):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("socket.gethostname", lambda: host)
        return damaged.resume()


@SOAK
def test_a_clock_that_went_backwards_is_no_reason_to_wait(die: Die) -> None:
    damaged = die(AgentStarted, 3)
    lines = damaged.driver.folder.events.read_text()
    ahead = (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-")
    now = datetime.now(UTC).strftime('"at":"%Y-%m-')
    damaged.driver.folder.events.write_text(lines.replace(now, f'"at":"{ahead}'))

    state = damaged.resume()

    check_end(damaged, state)
    assert state.idle_s >= 0
