"""What is given to a workflow by the command line: parameters, positional values, profile, variables; and a resume."""

from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.rules import rule

GREET = """\
name: greet
parameters:
  who: {description: whom to greet}
  times: {type: integer, default: 1}
  list: {type: array, default: []}
steps:
  - shell: echo "${who} ${times} ${param.list|csv}" > said.txt && git add --all && git commit --quiet --message said
"""

STEPS_THAT_FAIL_ONCE = """\
name: greet
parameters: {who: {}, token: {secret: true}}
steps:
  - shell: printf '%s %s ' "$who" "${#token}" >> said.txt && test -e ../../go-on
  - shell: git add --all && git commit --quiet --message said
"""


def said(project: Project, *options: str | Path, text: str = GREET) -> str:
    called = project.call("run", project.workflow(text), "-y", *options)
    assert called.code == 0, called.err
    return project.repo.read("said.txt").strip()


def test_parameters_are_read_by_their_type(project: Project) -> None:
    assert said(project, "--param", "who=ada", "--param", "times=3", "--param", 'list=["a","b"]') == "ada 3 a,b"


def test_param_goes_before_param_file_and_a_later_file_before_an_earlier_one(project: Project, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yml", tmp_path / "two.json"
    one.write_text("who: ada\ntimes: 2\nlist: [x]\n")
    two.write_text('{"who": "alan", "times": 4}')

    assert said(project, "--param-file", one, "--param-file", two, "--param", "who=grace") == "grace 4 x"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--param", "who"], "error: --param needs NAME=VALUE, not 'who'; write --param NAME=VALUE"),
        (["--param", "=x"], "error: --param needs NAME=VALUE, not ''; write --param NAME=VALUE"),
        (["--param-file", "none.yml"], "error: --param-file 'none.yml' cannot be read: No such file or directory"),
        (["--param-file", "readme.txt"], "error: --param-file 'readme.txt' is no mapping; "),
        (["--env", "X"], "error: --env needs NAME=VALUE, not 'X'; write --env NAME=VALUE"),
        ([], "error PT702 at parameters.who: the parameter 'who' needs a value; whom to greet"),
        (["--param", "who=a", "--param", "whom=b"], "PT701: the workflow has no parameter 'whom'; did you mean 'who'?"),
        (["--param", "who=a", "--param", "times=x"], "PT703 at parameters.times: the parameter 'times' must be"),
        (["--param", "who=a", "--max-iterations", "0"], "0 is not in the range x>=1"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_starts_nothing(options: list[str], message: str, project: Project) -> None:
    called = project.call("run", project.workflow(GREET), *options)

    assert called.code == 2
    assert message in called.err
    assert project.runs() == []


@rule("4.2 args")
def test_one_positional_value_of_a_plain_workflow(project: Project) -> None:
    text = GREET.replace("${who} ${times} ${param.list|csv}", "$1 ${ARG} ${ARG_1} ${run.args}").replace(
        "who: {description: whom to greet}", "who: {default: x}"
    )

    assert said(project, "--args", "a b", text=text) == "a b a b a b"


@rule("4.2 args plain", "cli -n")
def test_a_plain_workflow_runs_once_per_value_and_pass(project: Project) -> None:
    work = project.workflow(
        """
        - echo "$ARG $ITERATION" >> said.txt
        - git add . && git commit --quiet --message said
        """
    )

    called = project.call("run", work, "--args", "a", "--args", "b", "-n", "2", "--merge", "yes")

    assert called.code == 0, called.err
    assert project.repo.files()["said.txt"].splitlines() == ["a 1", "a 2", "b 1", "b 2"]
    assert "pass  2 of 2, value 2" in called.err.replace("pass 2", "pass  2")


@rule("cli -n")
def test_passes_of_a_mapreduce_workflow_are_refused(project: Project) -> None:
    work = project.workflow("map: {input: [a], agent_template: ['true']}\n")

    called = project.call("run", work, "-n", "2")

    assert (called.code, project.runs()) == (2, [])
    assert "--max-iterations has no effect" in called.err


@rule("4.2 args mapreduce")
def test_mapreduce_gets_all_positional_values_at_once(project: Project) -> None:
    text = """
    map:
      items: [x]
      agent_template:
        - shell: echo "${ARG_1} ${ARG_2} ${item}" > said.txt && git add --all && git commit --quiet --message said
    """

    assert said(project, "--args", "a", "--args", "b", text=text) == "a b x"


def test_profile_and_variables(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    env: {WHERE: here, KIND: plain}
    profiles: {far: {WHERE: there}, near: {WHERE: beside}}
    steps:
      - shell: echo "$WHERE $KIND $MORE ${run.profile}" > said.txt && git add --all && git commit --quiet --message said
    """
    monkeypatch.setenv("PRODIGY_PROFILE", "near")

    assert said(project, "--profile", "far", "--env", "KIND=odd", "--env", "MORE=a=b", text=text) == "there odd a=b far"
    assert said(project, text=text) == "beside plain  near"


def test_a_resumed_run_uses_what_was_recorded(project: Project, tmp_path: Path) -> None:
    project.workflow("templates: {}\nparameters: {tone: {default: kind}}\nenv: {SIGN: '!'}\n", "shared.yml")
    text = STEPS_THAT_FAIL_ONCE.replace("name:", "imports: [shared.yml]\nname:").replace(
        '"$who"', '"$who $tone$SIGN $PLACE ${ARG}"'
    )
    work = project.workflow(text)
    gone = project.call(
        "run",
        work,
        *("--param", "who=ada", "--param", "token=hush-hush", "--env", "PLACE=home", "--args", "one"),
    )
    assert gone.code == 1, gone.err
    (run_id,) = project.runs()
    assert "hush-hush" not in project.folder(run_id).events.read_text()
    Path(work).unlink()
    (tmp_path / "shared.yml").unlink()
    (project.folder(run_id).path / "go-on").touch()

    without = project.call("resume", run_id)
    other = project.call("resume", run_id, "--param", "who=alan", "--param", "token=hush-hush")
    resumed = project.call("resume", run_id, "-y", "--param", "token=hush-hush-hush")

    assert without.code == 2
    assert "the parameter 'token' needs a value; secret parameters are not recorded" in without.err
    assert other.code == 2
    assert "the value of parameter 'who' is recorded; only secret parameters are given again" in other.err
    assert resumed.code == 0, resumed.err
    assert "ada kind! home one" in project.repo.read("said.txt")
    assert "hush-hush" not in project.folder(run_id).events.read_text()


def test_values_of_secret_parameters_are_masked(project: Project) -> None:
    text = "parameters: {token: {secret: true}}\nsteps: ['echo \"is $token\"']\n"

    called = project.call("run", project.workflow(text), "--param", "token=hush-hush", "-v")

    assert called.code == 0, called.err
    (run_id,) = project.runs()
    everything = "".join(
        file.read_text(errors="replace") for file in project.folder(run_id).path.rglob("*") if file.is_file()
    )
    assert "hush-hush" not in everything + called.out + called.err
    assert "is ***" in everything
