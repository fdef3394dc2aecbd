"""Names and places, and what happens when they cannot be made."""

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.storage import (
    RunExists,
    RunFolder,
    StateFolderUnusable,
    StateHome,
    UnsafeName,
    make_folder,
    make_socket_folder,
    state_root,
)
from tests.storage.children import mounted, run_python, without_privilege

CREATE = """
    import sys
    from pathlib import Path
    from prodigy_tui.storage import StateFolderUnusable, StateHome
    try:
        StateHome(Path(sys.argv[1])).repository(Path("/src/app/.git")).run("r").create()
    except StateFolderUnusable as trouble:
        print(trouble)
"""


def make_run(home: StateHome, run_id: str, common_dir: Path = Path("/src/app/.git")) -> RunFolder:
    run = home.repository(common_dir).run(run_id)
    run.create()
    run.events.touch()
    return run


@pytest.fixture
def home(tmp_path: Path) -> StateHome:
    return StateHome(tmp_path / "state")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"PRODIGY_HOME": "/p", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/p"),
        ({"PRODIGY_HOME": "", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/prodigy-tui"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/prodigy-tui"),
        ({"HOME": "/h"}, "/h/.local/state/prodigy-tui"),
    ],
)
def test_state_root_follows_the_precedence(environ: dict[str, str], expected: str):
    assert state_root(environ) == Path(expected)


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"PRODIGY_HOME": "here", "HOME": "/h"}])
def test_state_root_that_is_unknown_or_relative_is_refused(environ: dict[str, str]):
    with pytest.raises(StateFolderUnusable, match="PRODIGY_HOME"):
        state_root(environ)


def test_repository_has_one_folder_however_it_is_spelt(tmp_path: Path, home: StateHome):
    real = tmp_path / "my app" / ".git"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "my app")

    folder = home.repository(real)

    assert folder.path.parent == home.root / "repos"
    assert folder.path.name.startswith("my-app-")
    assert home.repository(tmp_path / "link" / ".git") == folder
    assert home.repository(tmp_path / "my app" / ".." / "my app" / ".git") == folder
    assert home.repository(tmp_path / "other" / "my app" / ".git") != folder
    assert home.repository(tmp_path / "bare.git").path.name.startswith("bare-")


def test_run_folders_are_private_and_complete(home: StateHome):
    run = make_run(home, "flow-260102-030405-abcd")

    made = [path for path in [home.root, *home.root.rglob("*")] if path.is_dir()]

    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    assert {path.name for path in run.path.iterdir()} == {"events.jsonl", "output", "artifacts", "worktrees", "scratch"}
    assert (run.lock.name, run.run_id) == ("run.lock", "flow-260102-030405-abcd")
    assert home.repository(Path("/src/app/.git")).worktree_lock.parent == run.path.parent.parent


def test_run_id_in_use_is_refused(home: StateHome):
    run = make_run(home, "flow-260102-030405-abcd")

    with pytest.raises(RunExists, match="exists already"):
        run.create()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/abs", ".hidden", "-rf", "a\nb", "a\0", "ä", "x" * 201]
)
def test_run_id_that_would_leave_the_folder_is_refused(home: StateHome, name: str):
    with pytest.raises(UnsafeName, match="run id"):
        home.repository(Path("/src/app/.git")).run(name)


@pytest.mark.parametrize("name", ["", "..", "a/../b", "a//b", "/a", "a/", "a/.git", "a\\b"])
def test_stream_and_artifact_names_stay_below_their_folders(home: StateHome, name: str):
    run = home.repository(Path("/src/app/.git")).run("r")

    assert run.stream("a001-1/2.shell") == run.output / "a001-1" / "2.shell"
    assert run.artifact("a001/leftover.patch") == run.artifacts / "a001" / "leftover.patch"
    with pytest.raises(UnsafeName):
        run.stream(name)
    with pytest.raises(UnsafeName):
        run.artifact(name)


def test_runs_come_newest_first_by_the_time_in_the_id(home: StateHome):
    ids = ["b-260102-030405-aaaa", "a-260102-030406-bbbb", "c-251231-235959-cccc"]
    for run_id in ids:
        make_run(home, run_id)
    odd = make_run(home, "copied")
    os.utime(odd.path, (at := datetime(2026, 1, 1, tzinfo=UTC).timestamp(), at))

    listed = [run.run_id for run in home.repository(Path("/src/app/.git")).runs()]

    assert listed == [ids[1], ids[0], "copied", ids[2]]


def test_runs_of_all_repositories_are_one_list(home: StateHome):
    make_run(home, "a-260102-030405-aaaa", Path("/src/one/.git"))
    make_run(home, "b-260102-030406-aaaa", Path("/src/two/.git"))
    make_run(home, "c-260102-030407-aaaa", Path("/src/one/.git"))

    assert [run.run_id[0] for run in home.runs()] == ["c", "b", "a"]
    assert [folder.path.name[:4] for folder in home.repositories()] == ["one-", "two-"]


def test_what_is_no_run_is_not_listed(home: StateHome, tmp_path: Path):
    run = make_run(home, "a-260102-030405-aaaa")
    run.path.with_name("unstarted").mkdir()
    run.path.with_name("file").touch()
    run.path.with_name(".hidden").mkdir()
    run.path.with_name("link").symlink_to(run.path)

    assert home.runs() == (run,)
    assert StateHome(tmp_path / "nothing").runs() == ()


@pytest.mark.parametrize(
    ("run_id", "expected"),
    [
        ("a-b-260102-030405-zzz9", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("a-261302-030405-zzz9", None),
        ("a-260102-030405-zzz9x", None),
        ("plain", None),
    ],
)
def test_start_time_is_read_from_the_id(run_id: str, expected: datetime | None):
    assert RunFolder(Path("/x") / run_id).started_at == expected


def test_file_in_place_of_the_state_folder_is_named(tmp_path: Path):
    (tmp_path / "state").touch()

    with pytest.raises(StateFolderUnusable) as caught:
        make_folder(tmp_path / "state" / "repos")

    assert caught.value.exit_code is ExitCode.ENVIRONMENT
    assert f"{str(tmp_path / 'state')!r}" in str(caught.value)
    assert "--home DIR or PRODIGY_HOME" in str(caught.value)


def test_read_only_state_folder_is_one_clear_line(tmp_path: Path):
    printed = run_python(CREATE, tmp_path, before=mounted(tmp_path, "size=16k,ro"))

    assert printed == (
        f"cannot make the folder '{tmp_path}/repos': read-only file system; "
        "make it writable, or choose another state folder with --home DIR or PRODIGY_HOME\n"
    )


def test_folder_without_permission_is_one_clear_line(tmp_path: Path):
    tmp_path.chmod(0o500)

    printed = run_python(CREATE, tmp_path, before=without_privilege())

    assert printed == (
        f"cannot make the folder '{tmp_path}/repos': permission denied; "
        "make it writable, or choose another state folder with --home DIR or PRODIGY_HOME\n"
    )


def test_socket_folder_lies_below_the_runtime_folder(tmp_path_factory: pytest.TempPathFactory):
    runtime = Path("/tmp") if sys.platform == "darwin" else Path("/dev/shm")

    folder = make_socket_folder({"XDG_RUNTIME_DIR": str(runtime)})

    try:
        assert folder.parent == runtime
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()


@pytest.mark.parametrize("runtime", ["", "relative", "/does/not/exist", "/" + "x" * 200])
def test_unusable_runtime_folder_falls_back_to_the_temporary_one(runtime: str):
    folder = make_socket_folder({"XDG_RUNTIME_DIR": runtime})

    try:
        assert folder.parent == Path("/tmp")
        assert len(os.fsencode(folder / "signals.sock")) < 100
    finally:
        folder.rmdir()
