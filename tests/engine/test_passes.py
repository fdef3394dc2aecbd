"""Plain workflows as a whole: passes, several values, sub-workflows before the steps (language 2.3, 4.2, 15.5)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from prodigy_tui.engine.passes import Pass, next_pass
from prodigy_tui.events.schema import PassStarted
from tests.support.rules import rule


@rule("2.3 max_iterations runs")
@pytest.mark.parametrize(
    ("current", "moved", "following"),
    [
        (Pass(), True, Pass(iteration=2)),
        (Pass(iteration=2), True, Pass(iteration=3)),
        (Pass(iteration=3), True, None),
        (Pass(iteration=1), False, None),
        (Pass(argument=0, iteration=3), True, Pass(argument=1)),
        (Pass(argument=0), False, Pass(argument=1)),
        (Pass(argument=1), False, None),
    ],
)
def test_the_next_pass(current, moved, following):
    assert next_pass(current, iterations=3, arguments=2, moved=moved) == following


STEPS = """
max_iterations: {most}
steps:
  - {{shell: "echo ${{workflow.iteration}} $ITERATION ${{ITERATION}} >> $OUTSIDE/ran"}}
  - {{shell: "test ${{workflow.iteration}} -gt 2 || git commit -q --allow-empty -m x", capture: c}}
"""


@rule("2.3 max_iterations runs")
@pytest.mark.parametrize(("most", "passes"), [(1, 1), (2, 2), (9, 3)])
async def test_passes_end_with_one_that_commits_nothing(lab, most, passes):
    ran = await lab.run(STEPS.format(most=most))

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text() == "".join(f"{n} {n} {n}\n" for n in range(1, passes + 1))
    assert len(ran.of(PassStarted)) == (0 if most == 1 else passes)
    assert len([path for path in ran.state.phases["steps"].steps]) == 2, "the state has the present pass"


@rule("cli -n")
async def test_the_option_replaces_the_number(lab):
    ran = await lab.run(STEPS.format(most="'${N}'"), max_iterations=2)

    assert ran.state.status == "succeeded", ran.state.message
    assert len(ran.of(PassStarted)) == 2


@rule("2.3 max_iterations late")
async def test_a_number_that_is_known_only_now(lab):
    lab.environ["N"] = "2"
    ran = await lab.run(STEPS.format(most="'${N}'"))

    assert len(ran.of(PassStarted)) == 2, ran.state.message


@rule("4.2 args runs")
async def test_the_steps_run_once_per_value_in_order_in_one_worktree(lab):
    ran = await lab.run(
        """
    - {shell: "echo ${ARG} $PRODIGY_ARG ${ARG_2} $1 ${run.args} $(ls seen 2>/dev/null) >> $OUTSIDE/ran; touch seen", capture: c}
    - {shell: "echo ${c:-}", when: "false"}
    """,
        arguments=("one", "two words"),
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text().splitlines() == [
        "one one two words one, two words",
        "two words two words two words one, two words seen",
    ]
    assert [event.argument for event in ran.of(PassStarted)] == [0, 1]


@rule("4.2 args iterations")
async def test_every_value_has_its_own_passes(lab):
    ran = await lab.run(
        """
        max_iterations: 2
        steps:
          - {shell: "echo ${ARG}${workflow.iteration} >> $OUTSIDE/ran; git commit -q --allow-empty -m x"}
        """,
        arguments=("a", "b"),
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text().split() == ["a1", "a2", "b1", "b2"]


@rule("4.2 passes resume")
async def test_a_resumed_run_goes_on_in_the_middle_of_a_pass(lab):
    ran = await lab.run(
        """
        max_iterations: 2
        steps:
          - {shell: "echo ${ARG}${workflow.iteration}.0 >> $OUTSIDE/ran; git commit -q --allow-empty -m x; echo c${workflow.iteration}", capture: c}
          - {shell: "test ${ARG}${workflow.iteration} != b2 || test -e $OUTSIDE/go"}
          - {shell: "echo ${ARG}${workflow.iteration}.2 ${c} >> $OUTSIDE/ran"}
        """,
        arguments=("a", "b"),
    )
    assert ran.state.status == "failed"
    (lab.outside / "go").touch()

    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert (lab.outside / "ran").read_text().splitlines() == [
        "a1.0", "a1.2 c1", "a2.0", "a2.2 c2", "b1.0", "b1.2 c1", "b2.0", "b2.2 c2",
    ]  # fmt: skip
    assert len(again.of(PassStarted)) == 4


@rule("4.2 passes captures")
async def test_a_pass_begins_without_what_the_one_before_captured(lab):
    ran = await lab.run("""
    max_iterations: 2
    steps:
      - {shell: "echo [${c:-none}] [${last.output:-none}] >> $OUTSIDE/ran"}
      - {shell: "git commit -q --allow-empty -m x; echo c", capture: c}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text() == "[none] [none]\n" * 2


SUB = """
workflows:
  one: {{steps: [{{shell: "echo one >> $OUTSIDE/ran; echo 1 > one.txt; git add .; git commit -q -m one; echo said", capture: out}}]}}
  two: {{steps: [{{shell: "{two}"}}]}}
sub_workflows:
  one: {{outputs: [out]{parallel}}}
  two: {{source: two{parallel}}}
{rest}
"""


@rule("15.5 sub runs")
async def test_sub_workflows_run_before_the_steps_in_order(lab):
    ran = await lab.run(
        SUB.format(
            parallel="",
            two="cat one.txt >> $OUTSIDE/ran",
            rest="""
steps: ["echo ${one.out} >> $OUTSIDE/ran"]
""",
        )
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text() == "one\n1\nsaid\n"


@rule("15.5 sub runs")
async def test_sub_workflows_alone_are_a_workflow_and_one_that_fails_fails_it(lab):
    ran = await lab.run(SUB.format(parallel="", two="exit 2", rest=""))

    assert ran.steps() == {"sub0": "ok", "sub1": "failed"} | {
        path: status for path, status in ran.steps().items() if "/" in path
    }
    assert ran.state.status == "failed"
    assert ran.files()["one.txt"] == "1"


@rule("15.5 sub mapreduce")
async def test_sub_workflows_of_a_mapreduce_workflow_run_before_setup(lab):
    ran = await lab.run(
        SUB.format(
            parallel="",
            two="true",
            rest="""
map: {input: [a], agent_template: ["cat one.txt; echo ${one.out}"]}
""",
        )
    )

    assert ran.state.counts.success == 1, ran.state.message
    assert ran.item(ran.state.order[0]).output == "1\nsaid"


@rule("15.5 sub parallel")
async def test_neighbours_at_once_have_worktrees_of_their_own_and_are_merged_in_order(lab):
    two = "while ! grep -q one $OUTSIDE/ran; do sleep 0.01; done; test ! -e one.txt; echo 2 > two.txt; git add .; git commit -q -m two; echo x > left"
    ran = await lab.run(
        SUB.format(
            parallel=", parallel: true",
            two=two,
            rest="""
steps: ["cat one.txt two.txt; echo ${one.out}; git log --format=%s"]
""",
        )
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said()["0"].splitlines() == [
        "1", "2", "said", "Merge sub-workflow two", "Merge sub-workflow one", "two", "one", "first",
    ] or sorted(ran.said()["0"].splitlines()[3:5]) == ["Merge sub-workflow one", "Merge sub-workflow two"]  # fmt: skip
    assert "uncommitted changes of the sub-workflow 'two'" in ran.warnings()


@rule("15.5 sub conflict")
async def test_neighbours_that_conflict_fail_the_run_and_lose_nothing(lab):
    ran = await lab.run(
        SUB.format(
            parallel=", parallel: true",
            two="echo 2 > one.txt; git add .; git commit -q -m two",
            rest="""
steps: ["echo never"]
""",
        )
    )

    failure = ran.state.phases["steps"].failure
    assert (failure.kind, failure.code) == ("merge", "PT640")
    kept = lab.repo.git("for-each-ref", "--format=%(refname)", f"refs/prodigy/{ran.state.run_id}/kept").split()
    assert [lab.repo.git("log", "-1", "--format=%s", ref).strip() for ref in kept] == ["two"]


@rule("15.5 sub resume")
async def test_a_neighbour_that_conflicted_is_done_again_from_what_the_others_made(lab):
    ran = await lab.run(
        SUB.format(
            parallel=", parallel: true",
            two="echo 2 >> one.txt; git add .; git commit -q -m two",
            rest="""
steps: ["cat one.txt"]
""",
        )
    )
    assert ran.state.status == "failed"

    again = await lab.reopen(ran)

    assert again.said()["0"] == "1\n2", again.state.message
    assert (lab.outside / "ran").read_text() == "one\n"
    assert lab.repo.git("for-each-ref", f"refs/prodigy/{ran.state.run_id}/kept") == ""


@rule("15.5 sub resume")
async def test_a_finished_neighbour_is_not_done_again(lab):
    two = "test -e $OUTSIDE/go && echo 2 > two.txt && git add . && git commit -q -m two"
    ran = await lab.run(
        SUB.format(
            parallel=", parallel: true",
            two=two,
            rest="""
steps: ["cat one.txt two.txt"]
""",
        )
    )
    assert ran.state.status == "failed"
    (lab.outside / "go").touch()

    again = await lab.reopen(ran)

    assert again.said()["0"] == "1\n2", again.state.message
    assert (lab.outside / "ran").read_text() == "one\n"
