"""Every kind of step in every context (language 4.1)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from prodigy_tui.events.schema import StepFinished, StepStarted
from tests.support.rules import rule

KINDS = {
    "shell": "{name: probe, shell: 'true'}",
    "agent": "{name: probe, agent: do it}",
    "foreach": "{name: probe, foreach: [a, b], do: 'true'}",
    "write_file": "{name: probe, write_file: {path: written, content: x}}",
    "approve": "{name: probe, approve: 'Go on?'}",
    "wait": "{name: probe, wait: 0s}",
    "use": "{name: probe, use: template}",
    "workflow": "{name: probe, workflow: sub}",
    "goal_seek": "{name: probe, goal_seek: {shell: 'true', validate: 'true'}}",
    "validate": "{name: probe, validate: 'true'}",
    "analyze": "{name: probe, analyze: x}",
}
DECLARED = """
templates: {template: ["true"]}
workflows: {sub: {steps: ["true"]}}
agent_defaults: {provider: scripted}
"""
MAP = "map: {input: [a], agent_template: ['true']}"
CONTEXTS = {
    "steps": "steps: [STEP]",
    "setup": f"setup: [STEP]\n{MAP}",
    "agent": "map: {input: [a], agent_template: [STEP]}",
    "reduce": f"{MAP}\nreduce: [STEP]",
    "merge": "steps: ['git commit -q --allow-empty -m x; echo x > f; git add f; git commit -q -m f']\nmerge: {steps: [STEP]}",
    "check": "steps: [{shell: 'true', validate: {steps: [STEP, {shell: 'true'}]}}]",
    "handler": "steps: [{shell: 'exit 1', on_failure: {steps: [STEP], strategy: fallback}}]",
    "on_success": "steps: [{shell: 'true', on_success: STEP}]",
    "loop": "steps: [{foreach: [1], do: [STEP]}]",
    "loop at once": "steps: [{foreach: [1, 2], parallel: 2, do: [STEP]}]",
    "template": "steps: [{use: inner}]\ntemplates: {template: ['true'], inner: [STEP]}",
    "called": "steps: [{workflow: inner}]\nworkflows: {sub: {steps: ['true']}, inner: {steps: [STEP], agent_defaults: {provider: scripted}}}",
    "goal": "steps: [{goal_seek: {steps: [STEP], validate: 'true'}}]",
    "sub-workflow": "sub_workflows: {inner: {}}\nworkflows: {sub: {steps: ['true']}, inner: {steps: [STEP], agent_defaults: {provider: scripted}}}",
}


def _cases() -> list[object]:
    """Every pair; an ordinary run of the tests takes a sixth of them, in which each kind and each context is."""
    return [
        pytest.param(context, kind, marks=() if (row + column) % 6 == 0 else pytest.mark.soak, id=f"{context}-{kind}")
        for row, context in enumerate(CONTEXTS)
        for column, kind in enumerate(KINDS)
    ]


@rule("4.1 every kind")
@pytest.mark.parametrize(("context", "kind"), _cases())
async def test_every_kind_runs_in_every_context(lab, kind, context):
    text = CONTEXTS[context].replace("STEP", KINDS[kind])
    own = {line.partition(":")[0] for line in text.splitlines()}
    declared = "\n".join(line for line in DECLARED.splitlines() if line.partition(":")[0] not in own)

    ran = await lab.run(f"{declared}\n{text}\n", yes=True, merge="yes")

    assert ran.state.status == "succeeded", ran.state.message
    started = [event for event in ran.of(StepStarted) if event.label == "probe"]
    assert {event.kind for event in started} == {kind}
    ended = {(event.phase, event.path, event.item_id): event.status for event in ran.of(StepFinished)}
    assert {ended[event.phase, event.path, event.item_id] for event in started} == {"ok"}
