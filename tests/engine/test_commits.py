"""`auto_commit` and `commit_config` in whole runs (language 7.2)."""

import pytest

from prodigy_tui.events.schema import AgentFinished, StepCommitted, StepFinished, StepStarted
from tests.support.rules import rule


def plain(*steps: str) -> str:
    return "- " + "\n- ".join(step.strip().replace("\n", "\n  ") for step in steps)


def log(ran) -> list[str]:
    """The subjects of a run's commits, oldest first."""
    return ran.repo.git("log", "--reverse", "--format=%s", f"{ran.state.base}..{ran.state.tip}").splitlines()


def failure(ran):
    return next(event.failure for event in reversed(ran.of(StepFinished)) if event.failure is not None)


@rule("7.2 runs: commits", "7.2 runs: message")
async def test_what_a_step_leaves_is_committed_with_its_name(lab):
    lab.repo.commit(".gitignore", "*.log\n")
    ran = await lab.run(
        plain("{name: write things, shell: 'echo 1 > new; echo 2 >> readme.txt; echo 3 > x.log', auto_commit: true}")
    )

    assert log(ran) == ["Auto-commit: write things"]
    assert ran.files()["new"] == "1"
    assert ran.files()["readme.txt"] == "hello\n2"
    assert "x.log" not in ran.files()
    (event,) = ran.of(StepCommitted)
    assert (event.commit, event.path, event.phase) == (ran.state.tip, "0", "steps")


@rule("7.2 runs: nothing")
async def test_without_changes_or_after_a_failure_nothing_is_committed(lab):
    ran = await lab.run(
        plain(
            "{shell: 'true', auto_commit: true}",
            "{shell: 'echo 1 > left; false', auto_commit: true, on_failure: true}",
        )
    )
    assert log(ran) == []


@rule("7.1 runs: auto_commit")
async def test_an_auto_commit_is_the_commit_that_is_required(lab):
    ran = await lab.run(plain("{shell: 'echo 1 > new', auto_commit: true, commit_required: true}"))
    assert ran.state.status == "succeeded"

    ran = await lab.run(plain("{shell: 'true', auto_commit: true, commit_required: true}"))
    assert (ran.state.status, failure(ran).code) == ("failed", "PT610")


@rule("7.2 runs: message")
async def test_the_message_is_filled_in_and_cannot_become_anything_else(lab):
    message = "$(touch hacked) `id` --amend\n\nPath: ${last.output} of ${step.id}, ${step.files_added}"
    lab.environ["MESSAGE"] = message
    ran = await lab.run(
        plain(
            f"""
id: one
shell: "echo 1 > 'a b'; echo said"
commit_config: {{message_template: {message!r}}}
""".replace(r"\n", "\\n")
            .replace("'$(touch", '"$(touch')
            .replace("files_added}'", 'files_added}"')
        )
    )

    body = lab.repo.git("log", "-1", "--format=%B", ran.state.tip)
    assert body.strip() == "$(touch hacked) `id` --amend\n\nPath: said of one, a b"
    assert "hacked" not in ran.files()


@rule("7.2 runs: pattern")
async def test_a_message_that_does_not_match_fails_the_step_and_nothing_is_committed(lab):
    config = "{message_template: '${last.output}', message_pattern: '^feat: .+'}"
    ran = await lab.run(plain(f"{{shell: 'echo 1 > new; echo fix', commit_config: {config}}}"))
    assert (ran.state.status, failure(ran).code, failure(ran).kind) == ("failed", "PT611", "no_commit")
    assert "'fix'" in failure(ran).message
    assert log(ran) == []

    ran = await lab.run(plain(f"{{shell: 'echo 1 > new; echo feat: x', commit_config: {config}}}"))
    assert log(ran) == ["feat: x"]


@rule("7.2 runs: files")
async def test_globs_choose_what_is_committed(lab):
    config = "{include_files: ['src/**', '*.md'], exclude_files: ['**/*.tmp']}"
    step = "mkdir -p src/x; touch src/a src/x/b src/x/c.tmp d.md e.txt"
    ran = await lab.run(plain(f"{{shell: '{step}', commit_config: {config}}}"))
    assert sorted(ran.files()) == ["d.md", "readme.txt", "src/a", "src/x/b"]

    ran = await lab.run(plain(f"{{shell: 'touch only.txt', commit_config: {config}}}"))
    assert (ran.state.status, log(ran)) == ("succeeded", [])


@rule("7.2 runs: author")
async def test_the_author(lab):
    ran = await lab.run(
        plain("{shell: 'echo 1 > new', commit_config: {author: '${env.WHO} Bot <bot@x.y>'}, env: {WHO: A}}")
    )
    assert lab.repo.git("log", "-1", "--format=%an <%ae>", ran.state.tip) == "A Bot <bot@x.y>"

    ran = await lab.run(
        plain("{shell: 'echo 1 > new', commit_config: {author: '${env.WHO} <a@b>'}, env: {WHO: 'a<b>'}}")
    )
    assert (ran.state.status, failure(ran).code) == ("failed", "PT105")


@rule("7.2 runs: sign")
async def test_a_signature_without_a_key_fails_the_step(lab):
    lab.repo.git("config", "gpg.program", "false")
    ran = await lab.run(plain("{shell: 'echo 1 > new', commit_config: {sign: true}}"))
    assert ran.state.status == "failed"
    assert "cannot be committed" in failure(ran).message
    assert log(ran) == []


@rule("7.2 runs: squash")
async def test_commits_of_a_step_become_one_at_the_end(lab):
    ran = await lab.run(
        plain(
            """
foreach: {list: [1, 2, 3]}
do:
  - {shell: 'echo ${item} > f${item}', commit_config: {message_template: 'part ${item}', squash: true}}
""",
            "{shell: 'echo 4 > last', auto_commit: true, name: last}",
        )
    )
    assert log(ran) == ["part 1", "Auto-commit: last"]
    assert {"f1", "f2", "f3", "last"} <= set(ran.files())
    assert not ran.state.phases["steps"].to_squash


@rule("7.2 runs: squash")
async def test_an_agents_commits_become_one_before_they_are_merged(lab):
    ran = await lab.run(
        """
map:
  input: [a]
  agent_template:
    - foreach: {list: [1, 2]}
      do: {shell: 'echo ${item} > f${item}', commit_config: {squash: true}, name: write}
"""
    )
    (finished,) = ran.of(AgentFinished)
    assert (finished.commits, ran.statuses()) == (1, {ran.state.order[0]: "success"})


@rule("7.2 runs: half done")
@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ('touch "$(git rev-parse --git-dir)/index.lock"', "index is locked"),
        (
            "git checkout -q -b s && echo 1 > readme.txt && git commit -qam s && git checkout -q - && "
            "echo 2 > readme.txt && git commit -qam m && ! git merge -q s",
            "unfinished merge",
        ),
    ],
)
async def test_what_an_agent_left_half_done_is_a_failure(lab, deed, said):
    ran = await lab.run(
        f"""
map:
  input: [a]
  agent_template:
    - {{shell: {deed!r}, auto_commit: true}}
""".replace("'touch \"", "'touch \"")
    )
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.kind) == ("dead", "no_commit")
    assert said in entry.failure.message


@rule("7.2 runs: resumed")
async def test_a_resumed_run_still_makes_one_of_them(lab):
    text = plain(
        """
foreach: {list: [1, 2]}
do: [{shell: 'echo ${item} > f${item}', commit_config: {message_template: 'part ${item}', squash: true}}]
""",
        "{shell: 'touch $OUTSIDE/reached; while ! test -e $OUTSIDE/go; do sleep 0.05; done'}",
    )
    async with lab.live(text) as live:
        await live.until_file(lab.outside / "reached")
        live.send("stop")
    ran = lab.ran(live)
    assert ran.state.status == "interrupted"
    (lab.outside / "go").touch()

    ran = await lab.reopen(ran)

    assert log(ran) == ["part 1"]
    assert len([event for event in ran.of(StepStarted) if event.path == "0"]) == 1
