"""`runs rm` and `runs export`: all of a run goes, or nothing; a crash in the midst is made good by the next call."""

import io
import tarfile
from pathlib import Path

import pytest

from prodigy_tui.engine.upkeep import removal
from tests.support.program import Driven, let_go, patient, wait_for_pid
from tests.support.project import Called, Project

MIXED = """
name: mixed
map:
  input: [good, bad]
  agent_template:
    - shell: "echo ${item} > ${item}.txt; git add ${item}.txt; git commit --quiet -m ${item}"
    - shell: test ${item} != bad || { echo left > left.txt; exit 3; }
"""
EMPTY = """
- shell: "true"
"""


def ran(project: Project, text: str = MIXED, *options: str) -> str:
    called = project.call("run", project.workflow(text), "--json", *options)
    assert called.code in (0, 1), called.err
    return str(called.json["run_id"])


def run_mixed(project: Project) -> None:
    ran(project)


def run_both(project: Project) -> None:
    ran(project, EMPTY)
    ran(project)


@pytest.fixture
def mixed(project_after) -> tuple[Project, str]:
    """A run with unmerged work, and a failed item."""
    project = project_after(run_mixed)
    return project, project.runs()[0]


@pytest.fixture
def both(project_after) -> tuple[Project, str, str]:
    """Such a run, and one without work."""
    project = project_after(run_both)
    full, empty = sorted(project.runs(), key=lambda run_id: run_id.startswith("work"))
    return project, full, empty


def remains(project: Project, run_id: str) -> list[str]:
    """What is left of a run, on disk and in git."""
    home = project.folder(run_id).path.parent.parent
    places = [str(path.relative_to(home)) for path in home.rglob("*") if run_id in path.parts]
    refs = project.repo.git("for-each-ref", "--format=%(refname)").splitlines()
    worktrees = project.repo.git("worktree", "list", "--porcelain").splitlines()
    return [*places, *(line for line in (*refs, *worktrees) if run_id in line)]


def test_a_run_without_work_goes_with_all_that_it_has_made(project: Project):
    run_id, other = ran(project, EMPTY), ran(project, EMPTY)

    planned = project.call("runs", "rm", run_id, "--dry-run")
    before = remains(project, run_id)
    called = project.call("runs", "rm", run_id)

    assert planned.out.startswith(f"would remove {run_id}")
    assert before != []
    assert (called.code, remains(project, run_id)) == (0, [])
    assert called.out.startswith(f"removed {run_id}")
    assert project.runs() == [other]


def test_unmerged_work_is_named_and_goes_only_by_force(mixed):
    project, run_id = mixed
    by_others = "prodigy/" + run_id + "/of-a-person"
    project.repo.git("branch", by_others)

    refused = project.call("runs", "rm", "last")
    untouched = project.runs()
    forced = project.call("runs", "rm", "last", "--force", "--json").json

    assert refused.code == 2
    assert refused.err.count("\n") == 1
    for words in (
        "work that is nowhere else",
        "1 commit on prodigy/",
        "2 commits on prodigy/",
        "/run;",
        "1 item",
        "--force",
    ):
        assert words in refused.err
    assert untouched == [run_id]
    assert [entry["run_id"] for entry in forced["removed"]] == [run_id]
    assert len(forced["removed"][0]["lost"]) == 3
    assert remains(project, run_id) == [f"refs/heads/{by_others}"], "what the record does not have is not removed"


def test_a_commit_that_several_branches_hold_counts_once(project: Project):
    ran(project, MIXED.replace("map:", 'setup: ["git commit --quiet --allow-empty --message setup"]\nmap:'))

    said = project.call("runs", "rm", "last", "--force", "--dry-run").err

    assert said.count("1 commit on prodigy/") == 1, "the item's own, not that of setup with which it began"
    assert said.count("3 commits on prodigy/") == 1


def test_landed_work_is_no_loss(project: Project):
    run_id = ran(project, '- shell: git commit --quiet --allow-empty --message "done"\n', "-y")

    assert project.call("runs", "rm", run_id).code == 0
    assert remains(project, run_id) == []


@pytest.mark.parametrize("line", [2, -1])
def test_a_run_whose_record_is_damaged_goes_by_force_with_what_the_rest_of_it_tells(both, line: int):
    project, run_id, other = both
    events = project.folder(run_id).events
    lines = events.read_text().splitlines(keepends=True)
    lines[line] = "{damaged\n"
    events.write_text("".join(lines))
    project.repo.git("branch", f"prodigy/{run_id}/of-a-person")
    before = remains(project, run_id)

    refused = project.call("runs", "rm", run_id)
    kept = remains(project, run_id)
    called = project.call("runs", "rm", run_id, "--force")

    assert (refused.code, kept) == (2, before)
    if line == -1:
        assert "which is damaged" in refused.err and "--force removes it all the same" in refused.err
        assert (called.code, remains(project, run_id)) == (0, [f"refs/heads/prodigy/{run_id}/of-a-person"])
        assert project.runs() == [other]
    else:
        assert (called.code, remains(project, run_id)) == (2, before), "nobody knows whose the worktrees are"
        assert "was not made by this run: move it away" in called.err
        assert "its record is damaged from line 3 on" in called.err


def test_an_active_run_is_never_removed(project: Project):
    driven = Driven("run", patient(project), "--headless")
    try:
        wait_for_pid(project, driven.process)
        (run_id,) = project.runs()
        named = project.call("runs", "rm", run_id, "--force")
        chosen = project.call("runs", "rm", "--status", "running", "--force", "--json")
        let_go(project)
        code, _ = driven.end()
    finally:
        driven.close()

    assert (named.code, code) == (6, 0)
    assert "is held by process" in named.err
    assert chosen.json["removed"] == []
    assert project.runs() == [run_id]


def foreign_worktree(project: Project, run_id: str) -> None:
    below = project.folder(run_id).worktrees / "mine"
    project.repo.git("worktree", "add", "--quiet", "-b", "mine", str(below))


def locked_worktree(project: Project, run_id: str) -> None:
    project.repo.git("worktree", "lock", str(project.folder(run_id).worktrees / "slot-2"))


def branch_in_use(project: Project, run_id: str) -> None:
    project.repo.git("worktree", "add", "--quiet", str(project.home.parent / "look"), f"prodigy/{run_id}/run")


def link_in_place(project: Project, run_id: str) -> None:
    place = project.folder(run_id).worktrees / "slot-2"
    place.rename(project.home.parent / "moved")
    place.symlink_to(project.repo.path)


@pytest.mark.parametrize(
    ("hinder", "why"),
    [
        (foreign_worktree, "it was not made by this run: move it away"),
        (locked_worktree, "is locked: 'git worktree unlock"),
        (branch_in_use, "check out another there"),
        (link_in_place, "something else stands where"),
    ],
)
def test_what_is_not_ours_keeps_a_run_whoever_insists(mixed, hinder, why: str):
    project, run_id = mixed
    hinder(project, run_id)
    before = remains(project, run_id)

    called = project.call("runs", "rm", run_id, "--force")

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert why in called.err
    assert remains(project, run_id) == before


CALLING = """
name: caller
workflows:
  inner:
    map:
      input: [{id: x}]
      agent_template: [{shell: "exit 3"}]
steps:
  - workflow: inner
"""


def test_the_runs_that_a_run_has_called_go_with_it(project: Project):
    run_id = ran(project, CALLING)
    called = [one for one in project.runs() if one != run_id]
    assert called

    alone = project.call("runs", "rm", called[0], "--force")
    together = project.call("runs", "rm", run_id, "--force")

    assert (alone.code, together.code) == (2, 0), together.err
    assert f"belongs to '{run_id}'" in alone.err
    assert [remains(project, one) for one in (run_id, *called)] == [[]] * (1 + len(called))


def test_of_named_runs_all_go_or_none(both):
    project, full, empty = both

    assert project.call("runs", "rm", empty, full).code == 2
    assert set(project.runs()) == {empty, full}


def test_runs_are_chosen_by_age_and_status_and_those_with_work_stay(both):
    project, full, empty = both

    young = project.call("runs", "rm", "--older-than", "1h", "--json").json
    failed = project.call("runs", "rm", "--status", "failed", "--json").json
    old = project.call("runs", "rm", "--older-than", "1ms", "--json").json

    assert (young["removed"], young["kept"]) == ([], [])
    assert (failed["removed"], [entry["run_id"] for entry in failed["kept"]]) == ([], [full])
    assert [entry["run_id"] for entry in old["removed"]] == [empty]
    assert project.runs() == [full]
    assert project.call("runs", "rm").code == 2


@pytest.mark.parametrize("at", ["forget", "delete_ref", "delete"])
def test_a_removal_that_was_cut_short_is_finished_by_the_next_call(mixed, monkeypatch: pytest.MonkeyPatch, at: str):
    project, run_id = mixed
    with monkeypatch.context() as cut:

        def crash(*_: object) -> None:
            raise KeyboardInterrupt

        cut.setattr(removal, at, crash)
        assert project.call("runs", "rm", run_id, "--force").code == 130
    assert project.runs() == []
    left = remains(project, run_id)

    called = project.call("runs", "rm", run_id)

    assert left != []
    assert called.out == f"removed the rest of {run_id}\n"
    assert (called.code, remains(project, run_id)) == (0, [])


# --------------------------------------------------------------------------------------------------------- archives


def exported(project: Project, *options: str) -> tuple[Called, Path]:
    file = project.home.parent / "run.tar.gz"
    return project.call("runs", "export", "last", "-o", file, *options), file


def test_an_export_that_cannot_be_written_does_not_blame_the_state_folder(mixed):
    project, _ = mixed

    called = project.call("runs", "export", "last", "-o", project.home / "no" / "run.tar.gz")

    assert called.code == 2
    assert called.err.endswith("no such file or directory; name another file\n")


def test_an_exported_run_can_be_looked_at_where_nothing_of_it_is(mixed, monkeypatch: pytest.MonkeyPatch):
    project, run_id = mixed
    called, file = exported(project)
    again, _ = exported(project)
    forced, _ = exported(project, "--force")
    picture = project.home.parent / "picture.svg"
    monkeypatch.setenv("PRODIGY_HOME", str(project.home.parent / "elsewhere"))

    shown = project.call("replay", file, "--screenshot", picture)

    assert (called.code, again.code, forced.code, shown.code) == (0, 2, 0, 0)
    assert "--force" in again.err
    assert "bad" in picture.read_text("utf-8")
    with tarfile.open(file) as archive:
        names = archive.getnames()
        assert {member.type for member in archive} == {tarfile.REGTYPE}
    assert f"{run_id}/events.jsonl" in names
    assert any(name.endswith("leftover.patch") for name in names)
    assert not any("worktrees/slot" in name or name.endswith("run.lock") for name in names)


def member(
    name: str, *, kind: bytes = tarfile.REGTYPE, content: bytes = b"", link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(content), link
    return info, content


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (member("../out"), "no name of a file"),
        (member("/etc/out"), "no name of a file"),
        (member("run/../../out"), "no name of a file"),
        (member(f"run/{'a/' * 1500}x"), "no name of a file"),
        (member("run/link", kind=tarfile.SYMTYPE, link="/etc"), "no plain file"),
        (member("run/link", kind=tarfile.LNKTYPE, link="../../out"), "no plain file"),
        (member("run/pipe", kind=tarfile.FIFOTYPE), "no plain file"),
        (member("run/other.txt"), "it holds no run"),
    ],
)
def test_an_archive_that_anybody_may_have_made_is_taken_apart_with_care(
    project: Project, info: tuple[tarfile.TarInfo, bytes], why: str
):
    file = project.home.parent / "evil.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.addfile(info[0], io.BytesIO(info[1]))

    called = project.call("replay", file, "--screenshot", project.home.parent / "x.svg")

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert why in called.err
    assert not (project.home.parent / "out").exists()


def test_half_an_archive_is_none(project: Project):
    ran(project, EMPTY)
    _, file = exported(project)
    file.write_bytes(file.read_bytes()[:-40])

    called = project.call("replay", file, "--screenshot", project.home.parent / "x.svg")

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert "is no archive of a run" in called.err
