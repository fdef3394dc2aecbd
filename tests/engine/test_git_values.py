"""Values read from git: `step.X`, `workflow.X`, `git.X` (language 7.3)."""

import json

import pytest

from prodigy_tui.engine.steps import step_changes, step_texts
from prodigy_tui.engine.variables import git_values
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm 'more'"
DEED = (
    "echo new > committed.txt; git rm -q old.txt; " + COMMIT + "; "
    "git mv moved.txt elsewhere.txt; echo more >> readme.txt; echo u > untracked.txt; echo i > x.log"
)


@pytest.fixture
def project(lab):
    lab.repo.commit(".gitignore", "*.log\n")
    lab.repo.commit("old.txt", "old\n")
    lab.repo.commit("moved.txt", "a\nb\nc\n")
    return lab


def step(text: str, **fields) -> str:
    return json.dumps({"shell": text, **fields})


def say(*fields: str) -> str:
    return step("; ".join(f"echo {name}: ${{{name}}}" for name in fields))


def answers(ran, path: str, phase: str = "steps") -> dict[str, str]:
    return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in said(ran, path, phase))


def said(ran, path: str, phase: str = "steps") -> list[str]:
    return ran.said(phase)[path].splitlines()


FIELDS = ("files_added", "files_modified", "files_deleted", "files_changed", "commit_count", "insertions", "deletions")


@rule("7.3 runs: step", "7.3 runs: counts")
async def test_a_step_knows_what_the_one_before_it_changed(project):
    ran = await project.run(f"- {step('echo 1 > before.txt')}\n- {step(DEED)}\n- {say(*(f'step.{f}' for f in FIELDS))}")

    assert answers(ran, "2") == {
        "step.files_added": "committed.txt elsewhere.txt untracked.txt",
        "step.files_modified": "readme.txt",
        "step.files_deleted": "moved.txt old.txt",
        "step.files_changed": "committed.txt elsewhere.txt moved.txt old.txt readme.txt untracked.txt",
        "step.commit_count": "1",
        "step.insertions": "6",
        "step.deletions": "4",
    }


@rule("7.3 runs: workflow", "7.3 runs: counts")
async def test_the_workflow_counts_since_its_base(project):
    ran = await project.run(
        f"- {step('echo 1 > before.txt')}\n- {step(DEED)}\n- {say(*(f'workflow.{f}' for f in FIELDS))}"
    )

    assert answers(ran, "2") == {
        "workflow.files_added": "before.txt committed.txt elsewhere.txt untracked.txt",
        "workflow.files_modified": "readme.txt",
        "workflow.files_deleted": "moved.txt old.txt",
        "workflow.files_changed": "before.txt committed.txt elsewhere.txt moved.txt old.txt readme.txt untracked.txt",
        "workflow.commit_count": "1",
        "workflow.insertions": "7",
        "workflow.deletions": "4",
    }


@rule("7.3 runs: workflow")
async def test_an_agent_counts_since_its_attempt_began(project):
    ran = await project.run(
        f"""
setup: [{step(f"echo s > setup.txt; {COMMIT}")}]
map:
  input: [a]
  agent_template:
    - {step("echo a > a.txt")}
    - {step("test '${workflow.files_changed} ${workflow.commit_count}' = 'a.txt 0'")}
    - {step("test '${step.files_changed}' = ''")}
reduce: [{say("workflow.files_added", "workflow.commits:length")}]
"""
    )
    assert set(ran.statuses().values()) == {"success"}
    assert answers(ran, "0", "reduce") == {"workflow.files_added": "setup.txt", "workflow.commits:length": "1"}


@rule("7.3 runs: lists")
async def test_path_lists_take_modifiers(project):
    names = ["src/b.rs", "src/x/a.rs", "c.toml", "d.md", "e f.md"]
    make = "mkdir -p src/x; touch " + " ".join(f"'{name}'" for name in names)
    ran = await project.run(
        f"""
- {step(make)}
- {step("printf '%s|' ${step.files_added:*.md:json} ${workflow.files_changed:src/**/*.rs,*.toml:lines}")}
- {step("printf '%s|' ${workflow.files_added:*.md}")}
- {{shell: "true", when: "workflow.files_changed contains 'd.md' and workflow.commit_count == 0"}}
- {{shell: "true", when: "step.insertions > 0"}}
- {step("printf '%s|' '${workflow.commits}' ${workflow.files_deleted:json}")}
"""
    )
    assert ran.said()["1"] == '["d.md","e f.md"]|c.toml\nsrc/b.rs\nsrc/x/a.rs|'
    assert ran.said()["2"] in ("d.md e f.md|", "d.md|e f.md|")
    assert ran.steps()["3"] == "ok"
    assert ran.steps()["4"] == "skipped"
    assert ran.said()["5"] == "|[]|"


@rule("7.3 runs: git")
async def test_the_worktree_as_git_sees_it(project):
    deed = "echo 1 >> readme.txt; echo 2 > staged.txt; echo 4 >> old.txt; git add staged.txt old.txt; echo 3 > new.txt"
    fields = ("staged_files", "unstaged_files", "modified_files", "untracked_files", "branch", "commit", "short_commit")
    ran = await project.run(f"- {step(deed)}\n- {say(*(f'git.{f}' for f in fields), 'git.root')}")

    found = answers(ran, "1")
    assert found["git.staged_files"] == "old.txt staged.txt"
    assert found["git.unstaged_files"] == "readme.txt"
    assert found["git.modified_files"] == "old.txt readme.txt"
    assert found["git.untracked_files"] == "new.txt"
    assert found["git.branch"] == ran.state.run_branch
    assert found["git.commit"] == ran.state.base
    assert ran.state.base.startswith(found["git.short_commit"])
    assert found["git.root"] == str(ran.folder.worktrees / "run")


@rule("7.3 runs: git")
async def test_each_text_sees_the_moment_it_is_filled_in(project):
    ran = await project.run(
        f"""
- {say("git.untracked_files")}
- {step("touch a")}
- {say("git.untracked_files", "git.untracked_files:length")}
- {{write_file: {{path: "${{git.untracked_files}}.txt", content: "${{git.branch}}"}}}}
- {say("git.untracked_files")}
"""
    )
    assert answers(ran, "0") == {"git.untracked_files": ""}
    assert answers(ran, "2") == {"git.untracked_files": "a", "git.untracked_files:length": "1"}
    assert answers(ran, "4") == {"git.untracked_files": "a a.txt"}


@rule("7.3 runs: step")
async def test_handlers_and_checks_see_the_step_that_they_belong_to(project):
    ran = await project.run(
        f"""
- {step("touch first")}
- shell: "touch second; false"
  on_failure:
    steps:
      - {step("touch handled; echo ${step.files_added}")}
      - {step("echo ${step.files_added}")}
    fail_workflow: false
- {say("step.files_added")}
- shell: "touch third"
  commit_config: {{message_template: "adds ${{step.files_added}}"}}
- {say("step.commit_count", "step.files_added")}
"""
    )
    log = ran.log("phases/steps").splitlines()
    assert log.count("second") == 2
    assert answers(ran, "2") == {"step.files_added": "handled second"}
    assert ran.repo.git("log", "--format=%s", "-1", ran.state.tip) == "adds third"
    assert answers(ran, "4")["step.commit_count"] == "1"


@rule("7.3 runs: step")
async def test_before_any_step_has_finished_there_is_no_value(project):
    ran = await project.run(f"- {say('step.files_added')}")
    assert (ran.state.status, ran.state.phases["steps"].failure.code) == ("failed", "PT301")


@rule("7.3 runs: free")
async def test_what_nobody_refers_to_is_not_read(project, monkeypatch):
    def never(*_args, **_kwargs):
        raise AssertionError("nobody asked")

    monkeypatch.setattr(step_texts, "read_git", never)
    monkeypatch.setattr(step_changes, "take_snapshot", never)
    ran = await project.run(f"- {step('echo ${workflow.name} ${step.name} ${run.id}')}\n- {step('touch x')}")
    assert ran.state.status == "succeeded"


@rule("7.3 runs: resumed")
async def test_a_resumed_run_knows_what_the_step_before_it_changed(project):
    wait = "touch $OUTSIDE/reached; while ! test -e $OUTSIDE/go; do sleep 0.05; done; echo ${step.files_added}"
    async with project.live(f"- {step('touch one')}\n- {step(wait)}") as live:
        await live.until_file(project.outside / "reached")
        live.send("stop")
    (project.outside / "go").touch()

    ran = await project.reopen(project.ran(live))

    assert ran.said()["1"].strip() == "one"


async def test_names_of_files_are_data(project):
    name = "$(touch hacked);`touch hacked`\n'\"x"
    make = f"touch {json.dumps(name)[1:-1]}"
    ran = await project.run(
        f"""
- {{write_file: {{path: {json.dumps(name)}, content: x}}}}
- {step("printf '%s' ${workflow.files_added:json} > $OUTSIDE/said")}
"""
    )
    assert make
    assert json.loads((project.outside / "said").read_text()) == [name]
    assert "hacked" not in ran.repo.git("ls-files", "--others")


async def test_a_worktree_that_git_cannot_read_fails_the_step(project):
    ran = await project.run(f"- {step('rm .git')}\n- {step('echo ${git.branch}', on_failure=True)}")
    assert ran.state.status == "failed"


async def test_the_message_of_the_landing_may_name_what_changed(project):
    text = f"""
mode: standard
steps: [{step(f"echo 1 > x; {COMMIT}")}]
merge: {{message: "adds ${{workflow.files_added}}"}}
"""
    ran = await project.run(text, merge="yes")
    assert ran.repo.git("log", "-1", "--format=%s", "main") == "adds x"


def test_fields_are_read_once_and_only_when_looked_at():
    reads = []
    fields = git_values.GitFields("git", lambda root: reads.append(root) or {"branch": 1})
    assert ("branch" in fields, "nothing" in fields, len(fields)) == (True, False, 8)
    assert "branch" in list(fields)
    assert reads == []
    assert fields["branch"] == 1
    assert reads == ["git"]
