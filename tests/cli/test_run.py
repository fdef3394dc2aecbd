"""Whole runs through the command line: files in; exit code, output, git and record out."""

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from prodigy_tui.cli.places import read_state
from prodigy_tui.cli.run_summaries import summary_of
from tests.support.project import Project

MAP = """
name: upper
map:
  input: {glob: "notes/*.txt"}
  max_parallel: 2
  agent_template:
    - shell: "tr a-z A-Z < ${item} > up.tmp && mv up.tmp ${item}"
    - shell: git commit --quiet --all --message "Shout ${item}"
      commit_required: true
"""

FAILING = """
name: mixed
map:
  input: [{id: good}, {id: bad}]
  agent_template:
    - shell: test ${item.id} = good -o -e mended
    - shell: touch ${item.id}.out && git add --all && git commit --quiet --message ${item.id}
"""


@pytest.fixture
def notes(project: Project) -> Project:
    for name in ("ada", "grace", "alan"):
        project.repo.commit(f"notes/{name}.txt", f"hello {name}\n")
    return project


def test_plain_workflow_runs_and_says_how_to_land(project: Project) -> None:
    before = project.repo.head
    work = project.workflow("- shell: echo made > made.txt && git add --all && git commit --quiet --message made\n")

    called = project.call(work)

    assert called.code == 0, called.err
    assert project.repo.head == before
    assert "unmerged" in called.out
    (run_id,) = project.runs()
    assert f"prodigy-tui merge {run_id}" in called.out


def test_mapreduce_lands_after_a_yes(notes: Project) -> None:
    called = notes.call("run", notes.workflow(MAP), "-y", "--json")

    assert called.code == 0, called.err
    summary = called.json
    assert summary["status"] == "succeeded"
    assert summary["items"]["succeeded"] == summary["items"]["merged"] == 3
    assert summary["merge"] == {"status": "landed", "target": "main", "commit": notes.repo.head}
    assert notes.repo.read("notes/ada.txt") == "HELLO ADA\n"
    assert notes.repo.status() == []
    assert summary["next"] == []


def test_merge_lands_later_what_was_left(notes: Project) -> None:
    notes.call("run", notes.workflow(MAP))

    called = notes.call("merge", "last", "--json")

    assert called.code == 0, called.err
    assert called.json["merge"]["status"] == "landed"
    assert notes.repo.read("notes/alan.txt") == "HELLO ALAN\n"
    assert notes.call("merge", "last").code == 2


def test_lines_go_to_stderr_and_the_summary_to_stdout(notes: Project) -> None:
    called = notes.call("run", notes.workflow(MAP))

    assert "3 items" in called.err
    assert "agent started" in called.err
    assert called.out.splitlines()[0].startswith(notes.runs()[0])


def test_quiet_leaves_only_the_summary(notes: Project) -> None:
    assert notes.call("run", notes.workflow(MAP), "-q").err == ""


def test_json_lines_are_the_log_and_the_summary_comes_last(notes: Project) -> None:
    called = notes.call("run", notes.workflow(MAP), "--format", "jsonl")

    *events, summary = called.out.splitlines()
    assert "\n".join(events) + "\n" == notes.folder(notes.runs()[0]).events.read_text()
    assert json.loads(summary)["schema"] == "prodigy-tui/summary/1"


def test_items_are_narrowed_by_options(notes: Project) -> None:
    def count(*options: str) -> int:
        called = notes.call("run", notes.workflow(MAP), "--json", *options)
        assert called.code == 0, called.err
        return called.json["items"]["total"]

    assert count("--max-items", "2") == 2
    assert count("--filter", "contains(item, 'ada')") == 1


def test_failed_item_is_dead_lettered_and_retried(project: Project) -> None:
    first = project.call("run", project.workflow(FAILING), "--json")

    assert first.code == 1
    assert (first.json["items"]["succeeded"], first.json["dlq"]) == (1, 1)
    assert [entry["item_id"] for entry in project.call("dlq", "list", "--json").json["entries"]] == ["bad"]

    again = project.call("dlq", "retry", "bad", "--json")
    assert again.code == 1
    (entry,) = project.call("dlq", "list", "--json").json["entries"]
    assert [attempt["attempt"] for attempt in entry["attempts"]] == [1, 2]


def test_item_of_a_run_at_rest_is_given_back_and_resumed(project: Project, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    project.call("run", project.workflow(FAILING.replace("-e mended", f"-e {mended}")))
    mended.touch()

    assert project.call("signal", "last", "retry", "bad").code == 0
    assert f"prodigy-tui resume {project.runs()[0]}" in project.call("runs", "show").out
    resumed = project.call("resume", "-y", "--json")

    assert (resumed.code, resumed.json["items"]["merged"]) == (0, 2), resumed.err
    assert [line.split() for line in resumed.err.splitlines() if line.startswith("  ")] == [
        ["reuse", "setup", "left", "out:", "no", "steps"],
        ["reuse", "good", "merged,", "the", "run", "branch", "has", "its", "commits"],
        ["redo", "bad", "given", "back", "to", "work"],
        ["new", "reduce"],
        ["new", "landing"],
    ]
    assert sorted(project.repo.files()) == ["bad.out", "good.out", "readme.txt"]


def test_resume_of_a_finished_run_says_what_to_do_instead(project: Project) -> None:
    project.call("run", project.workflow(FAILING))

    called = project.call("resume", "last")

    assert called.code == 2
    assert "dlq retry" in called.err
    assert project.call("resume").code == 2


def test_failed_phase_ends_with_1(project: Project) -> None:
    called = project.call("run", project.workflow("- shell: 'true'\n- shell: exit 3\n"), "--json")

    assert called.code == 1
    assert called.json["status"] == "failed"
    assert called.json["phases"]["steps"]["status"] == "failed"


def test_label_is_listed(project: Project) -> None:
    project.call("run", project.workflow("- shell: 'true'\n"), "--name", "second try")

    assert project.call("runs", "list", "--json").json["runs"][0]["label"] == "second try"


def test_scripted_agents_take_their_script_from_the_command_line(project: Project) -> None:
    work = project.workflow("- claude: Write the page about ants\n")
    script = project.workflow(
        "- match: ants\n  do: [{write: {path: ants.md, content: six legs}}, {commit: Ants}, {say: done}]\n",
        "script.yml",
    )

    called = project.call("run", work, "--provider", "scripted", "--script", script, "-y", "--json")

    assert called.code == 0, called.err
    assert project.repo.read("ants.md") == "six legs"


# ------------------------------------------------------------------------------------------------------- bad ground


def test_uncommitted_changes_are_warned_of_and_allowed(notes: Project) -> None:
    notes.repo.write("readme.txt", "changed\n")

    called = notes.call("run", notes.workflow(MAP), "-y")

    assert called.code == 0, called.err
    assert "1 uncommitted path" in called.err
    assert notes.repo.read("readme.txt") == "changed\n"
    assert notes.repo.read("notes/ada.txt") == "HELLO ADA\n"


def test_landing_is_refused_where_local_changes_are_in_the_way(notes: Project) -> None:
    notes.repo.write("notes/ada.txt", "mine\n")

    called = notes.call("run", notes.workflow(MAP), "-y", "--json")

    assert called.code == 3
    assert called.json["merge"]["status"] == "refused"
    assert notes.repo.read("notes/ada.txt") == "mine\n"

    aside, merge, back = called.json["next"]
    assert merge == f"prodigy-tui merge {notes.runs()[0]}"
    shell(aside)
    assert notes.call(*merge.split()[1:]).code == 0
    assert notes.repo.read("notes/ada.txt") == "HELLO ADA\n"
    assert "mine" in notes.repo.git("stash", "show", "--patch")
    assert shlex.split(back)[-2:] == ["stash", "pop"]


def shell(command: str) -> None:
    subprocess.run(shlex.split(command), check=True, capture_output=True)


def test_conflict_with_the_target_says_how_to_merge_by_hand(notes: Project) -> None:
    notes.call("run", notes.workflow(MAP))
    notes.repo.commit("notes/ada.txt", "mine\n")

    refused = notes.call("merge", "last")

    assert refused.code == 3
    assert "merge it by hand" in refused.out
    run_id, why = notes.runs()[0], "conflict with main in notes/ada.txt"
    asked = notes.call("gates")
    assert asked.err.splitlines() == [
        "nothing waits for an answer",
        f"landing of {run_id} refused: {why}; put that right, then 'prodigy-tui merge {run_id}'",
    ]
    (wait,) = summary_of(read_state(notes.folder(run_id)), live=False).waits
    assert (wait.kind, wait.text, wait.command) == (
        "unmerged", f"landing refused: {why}", f"prodigy-tui merge {run_id}",
    )  # fmt: skip
    assert "git -C" in wait.detail
    merge, again = notes.call("runs", "show", "--json").json["next"]
    shell(f"{merge} -X ours")
    ended = notes.call(*again.split()[1:], "--json")
    assert (ended.code, ended.json["status"], ended.json["next"]) == (0, "succeeded", [])
    assert notes.call("gates").err == "nothing waits for an answer\n"
    assert notes.repo.read("notes/alan.txt") == "HELLO ALAN\n"


def fake_git(folder: Path, version: str) -> str:
    program = folder / "git"
    program.write_text(f"#!/bin/sh\necho 'git version {version}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def test_folder_without_repository(project: Project, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    called = project.call("run", project.workflow("- shell: 'true'\n"))

    assert called.code == 7
    assert "is not in a git repository" in called.err


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (lambda repo: repo.git("checkout", "--quiet", "--detach"), 2, "no branch is checked out"),
        (lambda repo: repo.git("update-ref", "-d", "HEAD"), 2, "has no commit"),
    ],
)
def test_repository_that_cannot_be_started_from(project: Project, spoil, code, said) -> None:
    spoil(project.repo)

    called = project.call("run", project.workflow("- shell: 'true'\n"))

    assert called.code == code
    assert said in called.err
    assert project.runs() == []


def test_git_that_is_too_old(project: Project, tmp_path: Path, monkeypatch) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    monkeypatch.setenv("PATH", f"{fake_git(bin_folder, '2.30.1')}:{os.environ['PATH']}")

    called = project.call("run", project.workflow("- shell: 'true'\n"))

    assert called.code == 7
    assert "2.30.1" in called.err
    assert "2.38" in called.err


def test_missing_git(project: Project, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    called = project.call("run", project.workflow("- shell: 'true'\n"))

    assert called.code == 7
    assert "git" in called.err


def test_missing_agent_program_is_said_before_anything_starts(project: Project, tmp_path: Path, monkeypatch) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(bin_folder))
    monkeypatch.setitem(sys.modules, "claude_agent_sdk", None)  # not installed, as far as the import system can tell

    called = project.call("run", project.workflow("- claude: hello\n"))

    assert called.code == 7
    assert "install Claude Code" in called.err
    assert project.runs() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("- shel: x\n", "PT110"), ("a: [1\n", "PT101"), ("", "PT102"), ("- goal_seek: {goal: x}\n", "PT108")],
)
def test_workflow_with_mistakes_starts_nothing(project: Project, text, code) -> None:
    called = project.call("run", project.workflow(text))

    assert called.code == 2
    assert code in called.err
    assert called.err.splitlines()[-1].startswith("error: ")
    assert project.runs() == []


def test_missing_workflow(project: Project) -> None:
    called = project.call("missing.yml")

    assert called.code == 2
    assert "PT100" in called.err


def test_strict_counts_warnings(project: Project) -> None:
    work = project.workflow("- test: 'true'\n")

    assert project.call("run", work).code == 0
    assert project.call("run", work, "--strict").code == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("map: {input: {file: items.json}, agent_template: [{shell: 'true'}]}\n", "PT501"),
        ("map: {input: {file: broken.json}, agent_template: [{shell: 'true'}]}\n", "PT503"),
    ],
)
def test_input_that_cannot_be_read_fails_the_map(project: Project, text, code) -> None:
    project.repo.commit("broken.json", "[{]")

    called = project.call("run", project.workflow(text), "--json")

    assert called.code == 1
    assert called.json["status"] == "failed"
    assert code in called.err + called.out


def test_no_items_is_no_failure(project: Project) -> None:
    work = project.workflow("map: {input: {glob: '*.none'}, agent_template: [{shell: 'true'}]}\n")

    called = project.call("run", work, "--json")

    assert called.code == 0
    assert called.json["items"]["total"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--provider", "nobody"], "unknown provider 'nobody'"),
        (["--filter", "item ==="], "--filter"),
        (["--script", "missing.yml"], "cannot be read"),
        (["--allow-outside", "/no/such/folder"], "/no/such/folder"),
        (["-j", "0"], "max-parallel"),
    ],
)
def test_options_that_cannot_be_used(project: Project, options, said) -> None:
    called = project.call("run", project.workflow("- shell: 'true'\n"), *options)

    assert called.code == 2
    assert said in called.err
    assert project.runs() == []


def test_script_that_is_no_script(project: Project) -> None:
    script = project.workflow("- match: '['\n", "script.yml")

    called = project.call("run", project.workflow("- claude: x\n"), "--provider", "scripted", "--script", script)

    assert called.code == 2
    assert "--script" in called.err


def test_hostile_output_reaches_no_terminal(project: Project) -> None:
    work = project.workflow(
        """
        map:
          input: [{id: "x\\e[2J"}]
          agent_template:
            - shell: printf '\\033]0;owned\\007' >&2; exit 1
        """
    )

    called = project.call("run", work, "--color", "always", "-vv")

    assert called.code == 1
    assert "\x1b]" not in called.err + called.out
    assert "\x1b[2J" not in called.err + called.out


def test_items_that_want_a_look_first_are_not_offered_for_a_retry(project: Project) -> None:
    project.repo.write("idle.yml", "map:\n  input: [a]\n  agent_template: [{shell: 'true', commit_required: true}]\n")

    ran = project.call("run", "idle.yml", "--headless")
    retried = project.call("dlq", "retry", "--all")

    assert "dlq list" in ran.out
    assert "dlq retry" not in ran.out
    assert retried.code == 2
    assert "is eligible for another attempt; --force retries them all" in retried.err
