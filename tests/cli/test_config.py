"""`config show` and `config path`, and what settings do to a run."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.rules import rule

PLAIN = """
name: work
steps:
  - agent: make it loud
    provider: upper
    capture: said
  - shell: test '${said}' = 'MAKE IT LOUD'
"""
UPPER = f"providers:\n  upper:\n    command: [{sys.executable}, -c, 'print(input().upper())']\n"


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    file = tmp_path / "settings" / "prodigy-tui" / "config.yml"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def ours(project: Project) -> Path:
    file = project.repo.path / ".prodigy" / "config.yml"
    file.parent.mkdir()
    return file


def shown(project: Project) -> dict[str, tuple[object, str, str | None]]:
    document = project.call("config", "show", "--json").json
    assert document["schema"] == "prodigy-tui/config/1"
    return {entry["key"]: (entry["value"], entry["source"], entry["place"]) for entry in document["settings"]}


def test_every_setting_is_shown_with_where_it_came_from(project, user, ours, monkeypatch):
    user.write_text("max_parallel: 3\nprices: {m: {input: 1, output: 2}}\nkeys: {agent.stop: [ctrl+x]}\n")
    ours.write_text("max_parallel: 4\n" + UPPER + "    env: {MY_TOKEN: hunter2-long, MODE: batch}\n")
    monkeypatch.setenv("PRODIGY_STRICT", "true")

    settings = shown(project)

    assert settings["max_parallel"] == (4, "project", str(ours))
    assert settings["strict"] == (True, "environment", "PRODIGY_STRICT")
    assert settings["merge"] == ("ask", "default", None)
    assert settings["keys.agent.stop"] == (["ctrl+x"], "user", str(user))
    assert settings["prices.m"] == ({"input": 1.0, "output": 2.0}, "user", str(user))
    assert settings["providers.upper"][0]["env"] == {"MY_TOKEN": "***", "MODE": "batch"}
    called = project.call("config", "show")
    assert "hunter2" not in called.out
    assert [line.split()[:2] for line in called.out.splitlines()][:2] == [["SETTING", "VALUE"], ["provider", "-"]]


def test_paths_are_shown_whether_or_not_they_exist(project, user, ours):
    user.write_text("strict: no\n")

    document = project.call("config", "path", "--json").json

    found = {entry["name"]: (entry["path"], entry["exists"]) for entry in document["paths"]}
    assert found["user settings"] == (str(user), True)
    assert found["project settings"] == (str(ours), False)
    assert found["state folder"][0] == str(project.home)
    assert str(ours) in project.call("config", "path").out


def test_a_mistake_in_a_file_is_one_line(project, user):
    user.write_text("max_paralel: 3\n")

    called = project.call("config", "show")

    assert (called.code, called.out) == (2, "")
    assert called.err == f"error: {user}:1: max_paralel is unknown; did you mean 'max_parallel'?\n"


def test_a_described_provider_runs_a_step(project, user):
    user.write_text(UPPER)

    called = project.call("run", project.workflow(PLAIN), "--headless", "--json")

    assert called.code == 0, called.err


def test_a_provider_of_the_project_is_known_to_all_verbs(project, user, ours):
    ours.write_text(UPPER)
    work = project.workflow(PLAIN)

    assert project.call("validate", work).code == 0
    assert project.call("run", work, "--headless").code == 0
    ours.unlink()
    called = project.call("validate", work)
    assert called.code == 2
    assert "PT109" in called.out + called.err


def test_options_of_a_described_provider_are_checked_when_loading(project, user):
    user.write_text(UPPER)
    text = "name: w\nsteps:\n  - agent: {prompt: x, provider: upper, options: {loud: yes}}\n"

    called = project.call("validate", project.workflow(text))

    assert called.code == 2
    assert "options.loud is unknown to the provider 'upper' (there are allow_denied)" in called.out + called.err


@rule("5.5 options")
@pytest.mark.parametrize(
    ("provider", "option"),
    [("codex", "sandbox"), ("gemini", "approval_mode"), ("qwen", "approval_mode"), ("opencode", "agent")],
)
def test_options_of_known_programs_are_checked_when_loading(project, provider, option):
    text = f"name: w\nsteps:\n  - agent: {{prompt: x, provider: {provider}, options: {{{option}: '*'}}}}\n"

    called = project.call("validate", project.workflow(text))

    assert called.code == 2
    assert f"PT105 at steps[0].agent.options: options.{option}: " in called.out + called.err


@rule("5.5 replaced")
def test_a_provider_can_be_replaced_for_a_whole_run(project, user, monkeypatch):
    user.write_text(UPPER + "provider: upper\n")
    text = PLAIN.replace("    provider: upper\n", "")

    assert project.call("run", project.workflow(text), "--headless").code == 0

    called = project.call("run", project.workflow(text), "--headless", "--provider", "scripted")
    assert called.code == 1, "an option beats the settings"
    monkeypatch.setenv("PRODIGY_PROVIDER", "nobody")
    called = project.call("run", project.workflow(text), "--headless")
    assert called.code == 2
    assert "unknown provider 'nobody'" in called.err


def test_landing_can_be_allowed_once_and_for_all_by_the_person(project, user, monkeypatch):
    user.write_text("merge: yes\n")
    text = "name: w\nsteps:\n  - echo x > x.txt && git add x.txt && git commit -qm x\n"

    assert project.call("run", project.workflow(text), "--headless", "--json").json["merge"]["status"] == "landed"

    text = text.replace("x.txt", "y.txt")
    called = project.call("run", project.workflow(text), "--headless", "--json", "--merge", "no")
    assert called.json["merge"]["status"] == "unmerged"
    monkeypatch.setenv("PRODIGY_MERGE", "no")
    called = project.call("run", project.workflow(text), "--headless", "--json")
    assert called.json["merge"]["status"] == "unmerged"


@pytest.fixture
def bare_path(tmp_path, monkeypatch):
    """A PATH with nothing but git and a shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(folder))


@rule("C 5.5 missing program")
@pytest.mark.parametrize("provider", ["codex", "gemini", "qwen", "opencode"])
def test_a_program_that_is_missing_is_told_before_anything_starts(project, bare_path, provider):
    work = project.workflow(f"name: w\nsteps:\n  - agent: hello\n    provider: {provider}\n")

    called = project.call("run", work, "--headless")

    assert called.code == 7
    (line,) = [line for line in called.err.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: cannot find the program '{provider}' on PATH; install ")
    assert not list(project.home.rglob("events.jsonl"))


AGENT = "{agent: hello, provider: codex}"


@rule("C 5.5 missing program")
@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (f"- validate: {{commands: [{AGENT}]}}", 7),
        (f"- goal_seek: {{goal: x, validate: {{commands: [{AGENT}]}}, shell: 'true'}}", 7),
        (f"- use: t\ntemplates: {{t: {{steps: [{AGENT}]}}}}", 7),
        (f"- workflow: w\nworkflows: {{w: {{steps: [{AGENT}]}}}}", 7),
        (f"- {AGENT[:-1]}, when: 'false'}}", 0),
        (f"- {{shell: 'true', on_failure: {AGENT}}}", 0),
        (f"- {{foreach: [], do: [{AGENT}]}}", 0),
    ],
)  # fmt: skip
def test_a_program_is_needed_where_its_step_runs_in_any_case(project, bare_path, steps, code):
    called = project.call("run", project.workflow(f"name: w\nsteps:\n{steps}\n"), "--headless")

    assert called.code == code, called.err


def test_another_program_can_be_named(project, user, tmp_path, monkeypatch):
    program = tmp_path / "codex-next"
    program.write_text(
        '#!/bin/sh\necho \'{"type":"thread.started","thread_id":"t1"}\'\n'
        'echo \'{"type":"item.completed","item":{"type":"agent_message","text":"hi"}}\'\n'
        'echo \'{"type":"turn.completed","usage":{"input_tokens":1000000,"output_tokens":0}}\'\n'
    )
    program.chmod(0o755)
    user.write_text(f"programs: {{codex: {program}}}\nprices: {{my-model: {{input: 3, output: 4}}}}\n")
    text = "name: w\nsteps:\n  - agent: hello\n    provider: codex\n    model: my-model\n  - echo\n"

    called = project.call("run", project.workflow(text), "--headless", "--json")

    assert called.code == 0, called.err
    assert called.json["usage"]["usd"] == 3.0
