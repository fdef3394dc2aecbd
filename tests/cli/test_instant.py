"""`exec` and `batch`: runs without a workflow file, and file names that mean harm."""

import pytest

from tests.support.project import Project

NASTY = (
    "plain.txt",
    "two words.txt",
    "it's.txt",
    '"; touch pwned; ".txt',
    "$(touch pwned).txt",
    "${run.id}.txt",
    "-n.txt",
    "a\nb.txt",
    "{}.txt",
)


def test_one_step_is_a_run_that_lands_after_a_yes(project: Project):
    called = project.call(
        "exec", "shell: echo ${workflow.name} > said.txt; git add . && git commit -qm said", "-y", "--json"
    )

    assert called.code == 0, called.err
    assert called.json["workflow"] == "exec"
    assert project.repo.read("said.txt") == "exec\n"
    assert project.call("runs", "show", "last").code == 0


def test_a_step_that_was_left_out_is_named_in_one_line(project: Project):
    called = project.call("exec")

    assert (called.code, called.out) == (2, "")
    assert called.err == "error: missing argument 'STEP'; see 'prodigy-tui exec --help'\n"


def test_a_step_is_tried_again_and_its_time_is_limited(project: Project):
    again = project.call("exec", "shell: exit 3", "--retry", "1")
    slow = project.call("exec", "shell: sleep 600", "--timeout", "200ms")

    assert again.code == slow.code == 1
    assert "starts again" in again.err
    assert "timed out" in slow.err


def test_a_run_without_a_file_can_be_resumed(project: Project):
    place = project.home.parent / "go"
    first = project.call("exec", f"shell: test -e '{place}'")
    place.touch()

    again = project.call("resume", "last")

    assert (first.code, again.code) == (1, 0), again.err


def test_names_of_files_are_data(project: Project):
    for name in NASTY:
        project.repo.write(name, "x")
    project.repo.git("add", "--all")
    project.repo.commit_staged("files")

    command = "shell: wc -c < {} > out-$(printf %s {} | cksum | cut -d' ' -f1).count; git add -A; git commit -qm done"
    called = project.call("batch", "*.txt", "--command", command, "--parallel", "3", "-y", "--json")

    assert called.code == 0, called.err
    assert called.json["items"]["succeeded"] == len(NASTY) + 1  # and readme.txt
    assert len([name for name in project.repo.files() if name.endswith(".count")]) == len(NASTY) + 1
    assert not list(project.home.parent.rglob("pwned"))


def test_a_batch_tells_its_plan_and_tries_files_again(project: Project):
    planned = project.call(
        "batch", "*.txt", "--command", "claude: look at {} {}", "--retry", "2", "--dry-run", "--json"
    )
    failed = project.call("batch", "*.txt", "--command", "shell: test -z {}", "--retry", "1", "--json")

    plan = planned.json
    assert [sample["steps"][0]["text"] for sample in plan["samples"]] == ["look at readme.txt readme.txt"]
    assert plan["phases"][0]["attempts"] == 3
    assert failed.code == 1
    assert len(project.call("dlq", "list", "--json").json["entries"][0]["attempts"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["exec", "make: test"], "exec takes 'shell: …' or 'claude: …' (got 'make: test')"),
        (["exec", "shell:"], "exec takes"),
        (["exec", "shell: true", "--timeout", "soon"], "no length of time"),
        (["batch", "*.txt", "--command", "shell: true"], "the command has no {}"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(project: Project, words: list[str], said: str):
    called = project.call(*words)

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert said in called.err
    assert project.runs() == []


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_glob_that_matches_nothing_starts_nothing(project: Project, options: list[str]):
    called = project.call("batch", "*.rs", "--command", "shell: cat {}", *options)

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert "no file matches '*.rs'; nothing was started" in called.err
    assert project.runs() == []


def test_a_file_that_is_not_committed_is_named(project: Project):
    project.repo.write("new.rs", "x")

    called = project.call("batch", "*.rs", "--command", "shell: cat {}")

    assert called.code == 2
    assert "no committed file matches '*.rs'; nothing was started; 'new.rs' does: commit it first" in called.err
    assert project.runs() == []
