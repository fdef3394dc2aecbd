"""Language 6.3: the entry of an exit code in place of the handler, and what follows a success."""

import pytest

from prodigy_tui.engine.decisions.handlers import entry_of
from prodigy_tui.workflow.model import ExitCodeHandler
from tests.support.rules import rule


def entry(text):
    """An entry of `on_exit_code` by its key."""
    if text == "nonzero":
        return ExitCodeHandler(nonzero=True)
    if "-" in text:
        first, last = text.split("-")
        return ExitCodeHandler(ranges=((int(first), int(last)),))
    return ExitCodeHandler(codes=tuple(int(code) for code in text.split(",")))


@rule("6.3 choice")
@pytest.mark.parametrize(
    ("code", "chosen"), [(0, "0"), (1, "nonzero"), (2, "2-5"), (3, "3,7"), (5, "2-5"), (7, "3,7"), (124, "nonzero")]
)
def test_a_listed_code_beats_a_range_and_a_range_any_other_failure(code, chosen):
    entries = tuple(entry(text) for text in ("nonzero", "2-5", "3,7", "0"))

    assert entry_of(entries, code) == entry(chosen)
    assert entry_of((entry("nonzero"),), 0) is None
    assert entry_of((entry("1"),), code) == (entry("1") if code == 1 else None)


@rule("6.3 choice", "6.3 instead")
@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        ("shell: exit 3", "recovered", "listed"),
        ("shell: exit 4", "recovered", "range"),
        ("shell: exit 9", "recovered", "any"),
        ("shell: sleep 60, timeout: 0.1", "recovered", "timeout"),
        ("shell: exit 5", "failed", None),
        ("shell: exit 6", "tolerated", ""),
        ("shell: 'true', commit_required: true", "recovered", "no code"),
        ("shell: kill -9 $$", "recovered", "any"),
    ],
)
async def test_the_entry_of_the_exit_code_is_there_instead_of_the_handler(lab, step, status, said):
    codes = "nonzero: echo any, 3: echo listed, 2-4: echo range, 5: false, 6: true, 124: echo timeout"
    ran = await lab.run(f"- {{{step}, on_exit_code: {{{codes}}}, on_failure: echo no code}}\n")

    assert ran.steps()["0"] == status
    assert ran.said().get("0") == said


@rule("6.3 instead", "6.2 rounds at work")
async def test_the_code_of_the_first_round_chooses(lab):
    ran = await lab.run("""
    - shell: "exit $((2 + $PRODIGY_ATTEMPT))"
      on_exit_code:
        3: {shell: "echo three >> $OUTSIDE/handled", max_attempts: 3, fail_workflow: true}
        4: {shell: "echo four >> $OUTSIDE/handled", fail_workflow: false}
      on_failure: {shell: "echo failure >> $OUTSIDE/handled"}
    """)

    assert ran.steps()["0"] == "failed"
    assert (lab.outside / "handled").read_text() == "three\nthree\n"


@rule("6.3 on_success at work", "6.3 code 0")
@pytest.mark.parametrize(
    ("fields", "status", "order"),
    [
        ("on_success: 'echo s >> $OUTSIDE/o'", "ok", "s"),
        ("on_success: ['echo s >> $OUTSIDE/o', 'echo t >> $OUTSIDE/o']", "ok", "s t"),
        ("on_success: 'echo s >> $OUTSIDE/o', on_exit_code: {0: 'echo 0 >> $OUTSIDE/o'}", "ok", "0 s"),
        ("on_exit_code: {'0-3': 'echo 0 >> $OUTSIDE/o'}", "ok", "0"),
        ("on_exit_code: {nonzero: 'echo 0 >> $OUTSIDE/o'}", "ok", ""),
        ("on_success: 'false'", "failed", ""),
        ("on_success: {steps: ['sleep 60'], timeout: 0.2}", "failed", ""),
        ("on_exit_code: {0: 'false'}, on_success: 'echo s >> $OUTSIDE/o'", "failed", ""),
        ("on_exit_code: {0: {shell: 'false', fail_workflow: false}}", "tolerated", ""),
        ("on_exit_code: {0: {shell: 'false', when: false}}, on_success: 'echo s >> $OUTSIDE/o'", "ok", "s"),
        ("on_success: {shell: 'false', when: false}", "ok", ""),
        ("on_success: 'false', on_failure: 'echo handler >> $OUTSIDE/o'", "failed", ""),
    ],
)
async def test_what_follows_a_success(lab, fields, status, order):
    (lab.outside / "o").touch()
    ran = await lab.run(f"- {{shell: echo mine, {fields}}}\n")

    assert ran.steps()["0"] == status
    assert (lab.outside / "o").read_text().split() == order.split()
    if status == "failed":
        assert ran.state.phases["steps"].steps["0"].failure.kind == "handler"


@rule("6.3 on_success at work", "6.4 step")
async def test_on_success_follows_a_repair_and_is_not_what_the_step_said(lab):
    ran = await lab.run("""
    - {shell: "false", on_failure: "echo mended", on_success: "echo ${last.output} ${step.name} > $OUTSIDE/s", name: n}
    - {shell: "exit 3", continue_on_error: true, on_success: "touch $OUTSIDE/never"}
    - {shell: "echo mine", on_success: "echo other"}
    - echo ${last.output}
    """)

    assert (lab.outside / "s").read_text() == "mended n\n"
    assert not (lab.outside / "never").exists()
    assert ran.said()["3"] == "mine"
