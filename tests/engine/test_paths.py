"""Files that may be changed (language 13.9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.engine.worktrees.paths import listed, outside
from prodigy_tui.events.schema import AgentFinished, StepFinished
from prodigy_tui.workflow.model import AllowedPaths
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm more"


@rule("13.9 runs: matcher")
@pytest.mark.parametrize(
    ("allow", "exclude", "files", "beyond"),
    [
        (["src/**"], [], ["src/a", "src/b/c", "src", "other/src/a"], ["src", "other/src/a"]),
        (["src/*"], [], ["src/a", "src/b/c"], ["src/b/c"]),
        (["*.py"], [], ["a.py", "x/y/b.py", "c.txt"], ["c.txt"]),
        (["**"], ["secret/**", "*.lock"], ["a", "secret/b", "x/y.lock"], ["secret/b", "x/y.lock"]),
        (["src/**", "tests/**"], ["src/gen/**"], ["src/a", "tests/b", "src/gen/c", "d"], ["src/gen/c", "d"]),
        (["a\nb"], [], ["a\nb", "a"], ["a"]),
        ([], [], ["a"], ["a"]),
    ],
)
def test_what_lies_outside(allow, exclude, files, beyond):
    rule_ = AllowedPaths(allow=tuple(allow), exclude=tuple(exclude))
    assert outside(files, rule_) == tuple(beyond)


@given(st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_everything_is_allowed_by_two_stars_and_nothing_by_its_exclusion(files):
    assert outside(files, AllowedPaths(allow=("**",))) == ()
    assert outside(files, AllowedPaths(allow=("**",), exclude=("**",))) == tuple(files)


def test_a_message_names_a_few_on_one_line():
    text = listed(tuple(f"{n}\n\x1b[31m" for n in range(9)))
    assert "\n" not in text
    assert "\x1b" not in text
    assert text.endswith(" and 4 more")


def plain(step: str) -> str:
    return f"- {step}\n"


def agents(step: str, paths: str = "", more: str = "") -> str:
    return f"map:\n  input: [a]\n  {paths}\n  agent_template:\n    - {step}\n{more}"


@rule("13.9 runs: step")
@pytest.mark.parametrize("violation", ["suspect", "fail"])
async def test_a_step_outside_agents_fails(lab, violation):
    rule_ = f"{{allow: ['src/**', '!*.lock'], on_violation: {violation}}}"
    ran = await lab.run(plain(f"{{shell: 'mkdir src; touch src/a src/b.lock c', paths: {rule_}}}"))

    failure = ran.of(StepFinished)[-1].failure
    assert (ran.state.status, failure.code, failure.kind) == ("failed", "PT613", "validation")
    assert failure.message == "changed outside of 'paths': c, src/b.lock"


@rule("13.9 runs: step")
async def test_only_the_steps_own_changes_count_committed_or_not(lab):
    deed = f"mkdir src; touch src/a; {COMMIT}; touch src/b; git rm -q readme.txt"
    ran = await lab.run(
        plain("touch other") + plain("{shell: 'mkdir src; touch src/x', paths: ['src/**']}"),
    )
    assert ran.state.status == "succeeded"
    ran = await lab.run(plain(f"{{shell: '{deed}', paths: ['src/**']}}"))
    assert ran.of(StepFinished)[-1].failure.message == "changed outside of 'paths': readme.txt"


@rule("13.9 runs: step in agent")
async def test_a_step_of_an_agent_fails_or_makes_it_suspect(lab):
    step = "{{shell: 'touch x; {commit}', paths: {{allow: ['src/**'], on_violation: {violation}}}}}"
    ran = await lab.run(agents(step.format(commit=COMMIT, violation="fail")))
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.code) == ("dead", "PT613")


@rule("13.9 runs: fail")
async def test_an_agent_that_changed_something_outside_fails_where_the_rule_says_so(lab):
    ran = await lab.run(
        agents(f"'mkdir src; touch src/a b; {COMMIT}'", "paths: {allow: ['src/**'], on_violation: fail}"), merge="yes"
    )
    (entry,) = ran.state.items.values()
    (finished,) = ran.of(AgentFinished)
    assert (entry.status, entry.failure.code, finished.outside) == ("dead", "PT613", ("b",))
    assert set(lab.repo.files()) == {"readme.txt"}


@rule("13.9 runs: fail")
async def test_what_was_changed_and_changed_back_does_not_count(lab):
    deed = f"touch src_x; {COMMIT}; git rm -q src_x; git commit -qm back; mkdir src; touch src/a; {COMMIT}"
    ran = await lab.run(agents(f"'{deed}'", "paths: {allow: ['src/**'], on_violation: fail}"), merge="yes")
    assert set(ran.statuses().values()) == {"success"}


SUSPECTS = [
    pytest.param(
        agents(f"'mkdir src; touch src/a b; {COMMIT}'", "paths: ['src/**']"),
        ("changed outside of 'paths': b", "PT613", ("b",)),
        marks=rule("13.9 runs: suspect"),
        id="a file outside",
    ),
    pytest.param(
        agents("'git commit -q --allow-empty -m one && git commit -q --allow-empty -m two'"),
        ("its 2 commits change nothing in all", None, ()),
        marks=rule("13.9 runs: empty diff"),
        id="commits without a change",
    ),
    pytest.param(
        agents(f"'touch a; {COMMIT}; git rm -q a; git commit -qm back'"),
        ("its 2 commits change nothing in all", None, ()),
        marks=rule("13.9 runs: empty diff"),
        id="a change taken back",
    ),
    pytest.param(
        agents(f"{{shell: 'touch x; {COMMIT}', name: deed, paths: ['src/**']}}"),
        ("step 'deed' changed outside of 'paths': x", "PT613", ("x",)),
        marks=rule("13.9 runs: step in agent"),
        id="a step's file outside",
    ),
]


@pytest.mark.parametrize(("text", "why"), SUSPECTS)
async def test_a_suspect_is_not_merged_and_the_run_ends_waiting_for_a_person(lab, text, why):
    ran = await lab.run(text, merge="yes")

    (finished,) = ran.of(AgentFinished)
    (entry,) = ran.state.items.values()
    assert (finished.outcome, entry.status, entry.merged) == ("suspect", "suspect", False)
    assert (finished.failure.message, finished.failure.code, finished.outside) == why
    assert ran.state.exit_code == 3
    assert set(lab.repo.files()) == {"readme.txt"}
