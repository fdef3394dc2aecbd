"""An agent that did nothing is not done, in whatever context its step stands (language 5.5)."""

import sys

import pytest

from prodigy_tui.events.schema import StepFinished
from tests.support.rules import rule

FAKE_CLAUDE = """#!{python} -S
import json, sys
prompt = sys.stdin.read()
def say(**line):
    print(json.dumps({{"session_id": "s", **line}}), flush=True)
def end(**fields):
    say(**{{"type": "result", "subtype": "success", "is_error": False, "num_turns": 1, "result": "Done!", **fields}})
say(type="system", subtype="init", model="fake", slash_commands=["known"])
if "denied" in prompt:
    say(type="system", subtype="permission_denied", tool_name="Bash", message="no")
    end(permission_denials=[{{"tool_name": "Bash"}}])
elif "refused" in prompt:
    end(is_error=True, result="I cannot")
elif "error" in prompt:
    end(subtype="error_during_execution", result="")
elif "silent" in prompt:
    pass
elif "crash" in prompt:
    sys.exit(3)
elif "empty" in prompt:
    end(result="")
elif "not run" in prompt:
    end(num_turns=0, result="Shell command refused")
else:
    end()
"""
FAKES = {
    "do what is denied": ("denied", "not permitted: Bash"),
    "/nope x": ("agent", "unknown slash command '/nope'"),
    "/known not run": ("agent", "the slash command '/known' did not run"),
    "be silent": ("agent", "without a result"),
    "crash": ("agent", "exited with 3 without a result"),
    "be refused": ("agent", "I cannot"),
    "run into an error": ("agent", "error_during_execution"),
    "be empty": ("agent", "without a word and without a commit"),
}
CONTEXTS = {
    "steps": "steps: [{step}]",
    "setup": "setup: [{step}]\nmap: {{input: [{{id: a}}], agent_template: [{{shell: 'true'}}]}}",
    "agent": "map: {{input: [{{id: a}}], agent_template: [{step}]}}",
    "reduce": "map: {{input: [{{id: a}}], agent_template: [{{shell: 'true'}}]}}\nreduce: [{step}]",
    "merge": "steps: [{{shell: 'echo x > x; git add x; git commit -qm x'}}]\nmerge: {{steps: [{step}]}}",
    "handler": "steps: [{{shell: 'exit 1', on_failure: {step}}}]",
    "loop": "steps: [{{foreach: [1], do: [{step}]}}]",
}


@pytest.fixture
def fake(lab):
    folder = lab.outside / "bin"
    folder.mkdir()
    (folder / "claude").write_text(FAKE_CLAUDE.format(python=sys.executable))
    (folder / "claude").chmod(0o755)
    lab.environ["PATH"] = f"{folder}:{lab.environ['PATH']}"
    return lab


def agent_failures(ran):
    return [
        (event.failure.kind, event.failure.message)
        for event in ran.of(StepFinished)
        if event.failure is not None and event.failure.kind in ("agent", "denied")
    ]


def _cases() -> list[object]:
    """Every pair of a context and one of three prompts; an ordinary run of the tests takes one prompt a context."""
    return [
        pytest.param(context, prompt, marks=() if row % 3 == column else pytest.mark.soak, id=f"{prompt}-{context}")
        for row, context in enumerate(CONTEXTS)
        for column, prompt in enumerate(["do what is denied", "be silent", "be empty"])
    ]


@rule("5.5 fake done")
@pytest.mark.parametrize("prompt", FAKES)
async def test_in_a_plain_run(fake, prompt):
    ran = await fake.run(f"- claude: '{prompt}'\n")

    kind, message = FAKES[prompt]
    [(found, said)] = agent_failures(ran)
    assert found == kind
    assert message in said
    assert ran.state.exit_code == 1


@rule("5.5 fake done")
@pytest.mark.parametrize(("context", "prompt"), _cases())
async def test_in_every_context(fake, context, prompt):
    step = f"{{claude: '{prompt}'}}"
    ran = await fake.run(CONTEXTS[context].format(step=step) + "\n", merge="yes")

    assert [kind for kind, _ in agent_failures(ran)][:1] == [FAKES[prompt][0]]
    assert ran.state.exit_code == 1
    assert ran.state.landing is None or ran.state.landing.status in ("unmerged", "nothing")


async def test_denied_tools_may_be_allowed(fake):
    ran = await fake.run("- claude: {prompt: do what is denied, options: {allow_denied: true}}\n")

    assert ran.state.exit_code == 0


async def test_who_works_is_believed(fake):
    assert (await fake.run("- /known x\n")).state.exit_code == 0
