"""`run --dry-run`: everything that can be said before a run, and nothing done (language 18)."""

import json
import os
from pathlib import Path

import pytest

from tests.support.project import Called, Project
from tests.support.rules import rule

WHOLE = """\
name: whole
parameters:
  tone: {default: kind}
  token: {secret: true, default: hush-hush}
setup:
  - shell: echo ready
    timeout: 90s
map:
  input:
    - {id: a, path: "it's.txt", size: 3}
    - {id: b, path: b.txt, size: 1}
    - {id: c, path: c.txt, size: 2}
    - {id: d, path: d.txt, size: 9}
  filter: size < 5
  sort_by: size DESC
  max_parallel: 3
  agent_template:
    - name: look
      claude: Look at ${item.path}, be ${tone}.
      timeout: 10m
    - name: try
      when: agent.success
      shell: grep -- ${item.path} log; echo ${shell.output:upper} $token
      on_failure: {claude: "Repair ${item.path}", max_attempts: 3, fail_workflow: true}
    - shell: echo done
    - shell: echo never shown
reduce: ['echo ${map.total}']
merge: {message: "By ${run.id}"}
error_policy: {on_item_failure: retry}
"""

TEXT = """\
whole (mine): a mapreduce workflow; nothing has been started
parameters
  tone   kind
  token  ***
setup
  1. echo ready (shell, timeout 1m30s)
map: at most 3 at once, 3 attempts an item, on_item_failure retry
  1. look (agent scripted, timeout 10m00s)
  2. try (shell, when agent.success)
     on failure: recovery, 3 rounds
       1. Repair ${item.path} (agent scripted)
  3. echo done (shell)
  4. echo never shown (shell)
reduce: if any success
  1. echo ${map.total} (shell)
items: 3 items (json_path 4, filter 3, distinct 3, sort_by 3, offset 3, max_items 3)
  a
  c
  b
item a
  1. look (agent)
     | Look at it's.txt, be kind.
  2. try (shell)
     | grep -- 'it'\\''s.txt' log; echo <shell.output> $token
  3. echo done (shell)
     | echo done
item c
  1. look (agent)
     | Look at c.txt, be kind.
  2. try (shell)
     | grep -- 'c.txt' log; echo <shell.output> $token
  3. echo done (shell)
     | echo done
item b
  1. look (agent)
     | Look at b.txt, be kind.
  2. try (shell)
     | grep -- 'b.txt' log; echo <shell.output> $token
  3. echo done (shell)
     | echo done
merges of agents: to the run's own branch, one after the other
  a conflict is for you: the item goes to the dead letter queue
landing: on the branch that is checked out, strategy merge, only by 'prodigy-tui merge', message 'By ${run.id}'
  a conflict is for you: the run stops there
agent calls: 3 without retries, 27 with all of them
"""


def planned(project: Project, text: str, *options: str) -> Called:
    return project.call("run", project.workflow(text), "--dry-run", *options)


def plan_of(project: Project, text: str, *options: str) -> dict[str, object]:
    called = planned(project, text, "--json", *options)
    assert called.code == 0, called.err
    return called.json


@rule("18 dry run shows")
def test_the_whole_plan_as_text(project: Project) -> None:
    called = planned(project, WHOLE, "--provider", "scripted", "--name", "mine")

    assert (called.code, called.out) == (0, TEXT)


@rule("18 dry run json", "18 dry run calls")
def test_the_whole_plan_as_json(project: Project) -> None:
    document = plan_of(project, WHOLE, "--provider", "scripted")

    assert document["schema"] == "prodigy-tui/plan/1"
    assert list(document)[1:] == [
        *("kind", "name", "label", "parameters", "passes", "phases"),
        *("items", "samples", "merge", "warnings", "agent_calls"),
    ]
    assert document["parameters"] == {"tone": "kind", "token": "***"}
    assert [phase["phase"] for phase in document["phases"]] == ["setup", "map", "reduce"]
    step = document["phases"][1]["steps"][1]
    assert step["when"] == "agent.success"
    (handler,) = step["handlers"]
    assert (handler["on"], handler["strategy"], handler["rounds"]) == ("failure", "recovery", 3)
    assert [inner["kind"] for inner in handler["steps"]] == ["agent"]
    stages = {"json_path": 4, "filter": 3, "distinct": 3, "sort_by": 3, "offset": 3, "max_items": 3}
    assert document["items"] == {
        "stages": stages,
        "total": 3,
        "ids": ["a", "c", "b"],
        "unknown": None,
        "problem": None,
    }
    assert [sample["item_id"] for sample in document["samples"]] == ["a", "c", "b"]
    assert document["samples"][0]["steps"][0] == {
        "kind": "agent",
        "label": "look",
        "text": "Look at it's.txt, be kind.",
        "problem": None,
    }
    conflict = {"action": "dlq", "attempts": None, "timeout": None, "step": None}
    assert document["merge"] == {
        "target": None,
        "strategy": "merge",
        "message": "By ${run.id}",
        "land": True,
        "ask": "no",
        "policies": [],
        "agents": {"conflict": conflict, "verify": None},
        "landing": {"conflict": {**conflict, "action": "fail"}, "verify": None},
    }
    assert document["agent_calls"] == {"without_retries": 3, "with_all_retries": 27, "per_item": [1, 9]}


MERGING = """\
map: {input: [1, 2], agent_template: ["true"]}
merge:
  policies:
    - {path: "*.lock", policy: regenerate, command: make lock}
    - {path: "vendor/**", policy: forbid}
  conflict: {agent: "Solve it", attempts: 2, timeout: 5m}
  verify: {steps: [{shell: make test}], batch: auto, timeout: 10m, fix: {agent: Mend it}}
"""


@rule("18 dry run shows")
def test_all_that_holds_for_merges_is_shown(project: Project) -> None:
    called = planned(project, MERGING, "--provider", "scripted", "-j", "2")
    merge = plan_of(project, MERGING, "--provider", "scripted")["merge"]

    assert called.out.startswith("work: a mapreduce workflow; nothing has been started\nmap: at most 2 at once\n")
    rules = """\
  a conflict is for an agent first, 2 attempts, timeout 5m00s
    - Solve it (agent scripted)
  verified: as many at once as goes well, 1 retry, timeout 10m00s
    1. make test (shell)
  and if that fails
    - Mend it (agent scripted)
"""
    _, shown = called.out.split("policies for files\n")
    assert shown.partition("merges of agents")[0] == "  *.lock     regenerate: make lock\n  vendor/**  forbid\n"
    assert shown.count(rules) == 2, "of agents, and of the landing"
    assert [one["policy"] for one in merge["policies"]] == ["regenerate", "forbid"]
    assert merge["agents"]["conflict"]["step"]["label"] == "Solve it"
    assert (merge["landing"]["verify"]["batch"], merge["landing"]["verify"]["fix"]["kind"]) == ("auto", "agent")


@rule("18 dry run shows")
def test_passes_and_their_values_are_shown(project: Project) -> None:
    text = "name: t\nsteps: ['echo $ARG']\n"
    both = ("--args", "one", "--args", "two\nlines", "-n", "3")

    called, document = planned(project, text, *both), plan_of(project, text, *both)

    shown = "passes: 2 values, for each at most 3, the next one while one commits\n  1. one\n  2. two …\n"
    assert shown in called.out
    assert document["passes"] == {"iterations": 3, "arguments": ["one", "two\nlines"]}
    assert "passes" not in planned(project, text).out


@rule("18 dry run touches nothing")
def test_nothing_is_made_and_nothing_runs(project: Project) -> None:
    before = project.repo.git("for-each-ref")
    text = "env: {X: {command: touch env-ran}}\nsecrets: {S: {provider: command, command: touch secret-ran}}\n" + WHOLE

    assert planned(project, text, "--provider", "scripted").code == 0

    assert project.repo.git("for-each-ref") == before
    assert project.repo.git("worktree", "list").count("\n") == 0
    assert project.repo.status() == []
    assert not project.home.exists()


@rule("18 dry run touches nothing")
def test_needs_no_repository_when_nothing_needs_one(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    monkeypatch.setenv("PATH", "/nowhere")

    assert plan_of(project, WHOLE, "--provider", "scripted")["items"]["total"] == 3
    called = planned(project, "map: {input: 'glob: *.txt', agent_template: ['true']}")
    assert called.code == 7


@rule("18 dry run input")
def test_items_of_a_file_that_exists(project: Project) -> None:
    text = "map: {input: list.json, agent_template: ['echo ${item}']}"

    before = plan_of(project, text)
    project.repo.write("list.json", json.dumps(["x", "y"]))
    after = plan_of(project, text)

    assert before["items"]["stages"] is None
    assert before["items"]["unknown"] == "its input 'list.json' is not there yet"
    assert before["agent_calls"]["without_retries"] == 0
    assert [sample["steps"][0]["text"] for sample in before["samples"]] == ["echo <item>"]
    assert after["items"]["total"] == 2
    assert [sample["steps"][0]["text"] for sample in after["samples"]] == ["echo 'x'", "echo 'y'"]


@rule("18 dry run input")
def test_input_command_runs_only_when_asked(project: Project) -> None:
    text = "vars: {word: two}\nmap: {input: 'shell: touch ran; printf \"one\\n${word}\\n\"', agent_template: ['true']}"

    waiting = plan_of(project, text)
    assert "--run-input" in waiting["items"]["unknown"]
    assert not (project.repo.path / "ran").exists()

    assert [*plan_of(project, text, "--run-input")["items"]["stages"].values()] == [2] * 6
    assert (project.repo.path / "ran").exists()


@rule("18 dry run environment")
def test_input_command_has_the_environment_of_the_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    env: {WHERE: here}
    vars: {word: hi}
    secrets: {TOKEN: OUTSIDE}
    map: {input: 'shell: test "$TOKEN" = hush-hush && echo "$WHERE $word $MORE"', agent_template: ["echo ${item}"]}
    """
    monkeypatch.setenv("OUTSIDE", "hush-hush")

    document = plan_of(project, text, "--run-input", "--env", "MORE=more")

    assert document["samples"][0]["steps"][0]["text"] == "echo 'here hi more'"


def test_input_command_that_fails(project: Project) -> None:
    called = planned(project, "map: {input: 'shell: echo why >&2; exit 3', agent_template: ['true']}", "--run-input")

    assert called.code == 1
    assert "items: the map would fail: PT507: the input command failed: why\n" in called.out


def test_run_input_belongs_to_a_dry_run(project: Project) -> None:
    called = project.call("run", project.workflow("- 'true'\n"), "--run-input")

    assert called.code == 2
    assert "--run-input belongs to --dry-run" in called.err


@rule("18 dry run input")
def test_input_that_only_the_run_can_name(project: Project) -> None:
    text = """
    setup: [{shell: echo list.json, capture: where}]
    map: {input: "file: ${where}", agent_template: ["true"]}
    """

    assert plan_of(project, text)["items"]["unknown"] == "its input needs 'where', which only the run can say"


@rule("18 dry run ids")
def test_first_twenty_ids_and_all_with_v(project: Project) -> None:
    text = "map: {items: [" + ", ".join(f"{{id: i{n}}}" for n in range(23)) + "], agent_template: ['true']}"

    short, long = planned(project, text).out, planned(project, text, "-v").out

    assert "  i19\n  … and 3 more; -v shows all\n" in short
    assert "  i21\n  i22\n" in long
    assert len(plan_of(project, text)["items"]["ids"]) == 20
    assert len(plan_of(project, text, "-v")["items"]["ids"]) == 23


@rule("18 dry run input")
def test_the_command_line_narrows(project: Project) -> None:
    text = "map: {items: [{id: a, n: 1}, {id: b, n: 2}, {id: c, n: 3}], agent_template: ['true']}"

    assert plan_of(project, text, "--max-items", "2")["items"]["ids"] == ["a", "b"]
    assert plan_of(project, text, "--filter", "n >= 2")["items"]["ids"] == ["b", "c"]
    assert plan_of(project, text, "--item", "b")["items"]["ids"] == ["b"]
    missing = planned(project, text, "--item", "z")
    assert (missing.code, "PT505: no item is called 'z'" in missing.out) == (1, True)


@rule("18 dry run texts")
@pytest.mark.parametrize(
    ("step", "text"),
    [
        pytest.param("shell: echo ${shell.output|json} ${last.exit_code}", "echo <shell.output> <last.exit_code>"),
        pytest.param("shell: echo ${PORT:-80} $HOME", "echo ${PORT:-80} $HOME"),
        pytest.param("shell: x=1; echo ${x} ${run.id}", "x=1; echo ${x} <run.id>"),
        pytest.param("agent: 'Say ${word} in ${workflow.name}, ${missing:-${word:upper}}'", "Say hi in t, HI"),
        pytest.param("shell: echo ${cmd:date} ${uuid}", "echo <cmd:date> <uuid>"),
        pytest.param("agent: at ${PROJECT_ROOT} with $ARG", "at <PROJECT_ROOT> with one"),
        pytest.param("write_file: {path: 'out/${word}.md', content: x}", "out/hi.md"),
        pytest.param("shell: echo ${SEEN} ${env.SEEN} ${LATER}", "echo yes yes <LATER>"),
        pytest.param("agent: '${ARG_2:-none}'", "none"),
        pytest.param("{shell: 'echo ${OWN} ${env.OWN}', env: {OWN: 'own ${word}'}}", "echo own hi own hi"),
    ],
)
def test_texts_are_filled_in_as_far_as_they_are_known(step: str, text: str, project: Project) -> None:
    workflow = f"name: t\nvars: {{word: hi}}\nenv: {{SEEN: 'yes', LATER: {{command: date}}}}\nsteps:\n  - {step}\n"

    (sample,) = plan_of(project, workflow, "--args", "one", "--provider", "scripted")["samples"]

    assert sample["steps"][0]["text"] == text


@rule("18 dry run texts")
def test_text_with_a_variable_that_nobody_sets_would_fail(project: Project) -> None:
    called = planned(project, "- shell: echo ${env.NOBODY_SETS_THIS}\n")

    assert "     fails: PT301: 'env.NOBODY_SETS_THIS' has no value here" in called.out


@rule("18 dry run texts")
def test_text_that_would_fail_says_why(project: Project) -> None:
    called = planned(project, "map: {items: [{id: a}], agent_template: [{agent: 'Look at ${item.path}'}]}")

    assert "     fails: PT301: 'item.path' has no value here" in called.out


@rule("18 dry run environment")
def test_secrets_are_looked_for_and_never_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    secrets: {TOKEN: OUTSIDE}
    env: {URL: "https://x/${TOKEN}", PLAIN: seen}
    steps: [{shell: "echo ${URL} ${PLAIN} ${TOKEN}"}]
    """

    missing = planned(project, text)
    monkeypatch.setenv("OUTSIDE", "hush-hush-hush")
    there = planned(project, text)

    assert missing.code == 2
    assert "PT330" in missing.err
    assert there.code == 0, there.err
    assert "| echo ${URL} seen ${TOKEN}\n" in there.out
    assert "hush" not in there.out + there.err


@rule("18 dry run environment")
def test_profile_is_resolved(project: Project) -> None:
    text = """
    env: {WHERE: here}
    profiles: {far: {WHERE: there}}
    steps: ["echo ${WHERE} ${active_profile}"]
    """

    assert "| echo here \n" in planned(project, text).out.replace("here\n", "here \n")
    assert "| echo there far\n" in planned(project, text, "--profile", "far").out
    assert planned(project, text, "--profile", "nowhere").code == 2


@rule("18 dry run shows")
def test_warnings_are_all_shown(project: Project) -> None:
    text = "map: {items: [{id: a}], filter: item.size > 1, agent_template: [{test: 'true'}]}"

    document = plan_of(project, text)

    assert [warning["code"] for warning in document["warnings"]] == ["PT901", "PT405", "PT504"]
    called = planned(project, text)
    assert "warnings\n" in called.out
    assert "PT901" in called.out
    assert called.err == ""
    assert planned(project, text, "--strict").code == 2


@rule("18 dry run shows")
def test_a_warning_is_shown_once(project: Project) -> None:
    text = "map: {items: [{a: 1, b: 1}], json_path: '$[?(@.a==1 & @.b==1)]', agent_template: ['true']}"

    document = plan_of(project, text)

    assert document["items"]["total"] == 1
    assert [warning["code"] for warning in document["warnings"]] == ["PT901"]


@rule("18 run refuses nothing else")
def test_what_cannot_be_run_is_not_planned(project: Project) -> None:
    late = "template: {source: t, with: {late: '${env.X}'}}\ntemplates: {t: {parameters: {late: any}, steps: [x]}}\n"
    called = planned(project, late)

    assert called.code == 2
    assert "PT199" in called.err


def test_missing_agent_program_is_a_warning(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodigy_tui.agents.claude.ClaudeProvider.missing", lambda self, env: "no program here")

    assert plan_of(project, "- claude: hello\n")["warnings"] == [{"code": None, "message": "no program here"}]


def test_environment_of_the_process_is_as_it_was(project: Project) -> None:
    before = dict(os.environ)

    planned(project, WHOLE)

    assert dict(os.environ) == before
