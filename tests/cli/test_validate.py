from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.rules import rule
from tests.support.thousand import large_workflow


def test_sound_workflow(project: Project) -> None:
    work = project.workflow("- shell: 'true'\n")

    called = project.call("validate", work)

    assert (called.code, called.out) == (0, "")
    assert called.err == f"{work}: ok\n"


@rule("18 validate exit code")
def test_all_problems_of_all_files_at_once(project: Project) -> None:
    one = project.workflow("- shel: x\n- shell: y\n  timeout: soon\n", "one.yml")
    two = project.workflow("- shell: 'true'\n", "two.yml")

    called = project.call("validate", one, two)

    assert called.code == 2
    lines = called.out.splitlines()
    assert all(line.startswith(f"{one}:") for line in lines)
    assert {line.split()[2] for line in lines} >= {"PT110", "PT111"}
    assert called.err.splitlines()[-1] == f"{two}: ok"


def test_json_document(project: Project) -> None:
    one = project.workflow("- shel: x\n", "one.yml")

    document = project.call("validate", one, "--json").json

    assert document["schema"] == "prodigy-tui/validate/1"
    assert document["files"] == [{"file": one, "ok": False}]
    fields = {"code", "severity", "file", "line", "column", "path", "message", "hint"}
    assert set(document["problems"][0]) == fields


@rule("18 run refuses nothing else")
def test_what_this_version_cannot_do_is_a_warning_here_and_refused_by_run(project: Project) -> None:
    work = project.workflow(
        """
        template: {source: t, with: {late: '${env.X}'}}
        templates: {t: {parameters: {late: any}, steps: ['true']}}
        """
    )

    checked = project.call("validate", work)

    assert checked.code == 0
    assert checked.out.splitlines()[0] == (
        f"{work}:2:36: warning PT199 at template.with.late: a reference in 'with' of a file-wide template "
        "is part of the language, but not available in this version"
    )
    assert project.call("run", work).code == 2


@rule("18 validate strict")
def test_strict_makes_warnings_count(project: Project) -> None:
    work = project.workflow("- test: 'true'\n")

    assert project.call("validate", work).code == 0
    assert project.call("validate", work, "--strict").code == 2


def test_needs_no_repository(project: Project, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert project.call("validate", project.workflow("- shell: 'true'\n")).code == 0


def test_unreadable_file(project: Project) -> None:
    called = project.call("validate", "nowhere.yml")

    assert called.code == 2
    assert "PT100" in called.out


NEEDS = "parameters: {who: {description: whom to greet}, n: {type: integer, default: 1}}\nsteps: ['echo ${who} ${n}']\n"


@rule("18 validate parameters")
def test_missing_parameter_is_a_warning_until_any_is_given(project: Project, tmp_path: Path) -> None:
    work = project.workflow(NEEDS)
    values = tmp_path / "values.yml"
    values.write_text("n: 2\n")

    nothing = project.call("validate", work)
    some = project.call("validate", work, "--param", "n=2")
    file = project.call("validate", work, "--param-file", values)
    whole = project.call("validate", work, "--param", "who=ada")

    assert (nothing.code, "warning PT702" in nothing.out) == (0, True)
    assert project.call("validate", work, "--strict").code == 2
    assert (some.code, "error PT702" in some.out) == (2, True)
    assert (file.code, "error PT702" in file.out) == (2, True)
    assert (whole.code, whole.out) == (0, "")
    assert "PT703" in project.call("validate", work, "--param", "who=a", "--param", "n=x").out
    assert "PT701" in project.call("validate", work, "--param", "who=a", "--param", "m=x").out


@rule("18 validate files")
def test_files_below_an_allowed_folder(project: Project, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "base.yml").write_text("steps: ['true']\n")
    project.repo.write("work.yml", "extends: ../far/base.yml\n")

    outside = project.call("validate", "work.yml")

    assert (outside.code, "PT801" in outside.out) == (2, True)
    assert project.call("validate", "work.yml", "--allow-outside", tmp_path / "far").code == 0


@rule("18 validate runs nothing", "19 loading runs nothing")
def test_validate_runs_nothing_and_needs_no_git(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    env: {A: {command: touch env-ran}}
    env_files: [none.env]
    secrets: {S: NOT_SET, T: {provider: command, command: touch secret-ran}}
    map: {input: "shell: touch input-ran", agent_template: ["echo ${cmd:touch cmd-ran}"]}
    """
    work = project.workflow(text)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("PATH", "/nowhere")

    called = project.call("validate", work)

    assert called.code == 0, called.out
    assert list((tmp_path / "empty").iterdir()) == []


@rule("18 validate like run")
@pytest.mark.parametrize(
    "text",
    [
        "steps: ['true']\nvars: {a: 1}\n",
        "parameters: {who: {default: ada}}\nsteps: ['echo ${who}']\n",
        "- {shell: 'echo ${last.output:-none}', on_failure: true}\n",
        "- test: 'true'\n",
    ],
)
def test_run_takes_what_validate_takes(text: str, project: Project) -> None:
    work = project.workflow(text)

    assert project.call("validate", work).code == 0
    assert project.call("run", work).code == 0


@rule("18 validate like run")
@pytest.mark.parametrize("text", ["- shel: x\n", "- shell: x\n  timeout: soon\n", "steps: [\n"])
def test_run_refuses_what_validate_refuses_in_the_same_words(text: str, project: Project) -> None:
    work = project.workflow(text)

    checked, ran = project.call("validate", work), project.call("run", work)

    assert (checked.code, ran.code) == (2, 2)
    assert checked.out.splitlines() == ran.err.splitlines()[: len(checked.out.splitlines())]
    assert project.runs() == []


def test_large_workflow_is_sound(project: Project) -> None:
    called = project.call("validate", project.workflow(large_workflow(), "large.yml"), "--strict")

    assert (called.code, called.out) == (0, "")
