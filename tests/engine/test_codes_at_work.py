"""Problems that show only while a run goes on: the step fails, and its failure has the code (language, appendix A)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from tests.support.rules import rule

STEPS = {
    "PT105": '[{shell: "echo maybe", capture: v}, {shell: "true", commit_required: "${v}"}]',
    "PT111": '[{shell: "echo soon", capture: v}, {shell: "true", timeout: "${v}"}]',
    "PT112": '[{shell: "echo much", capture: v}, {shell: "true", validate: {shell: "true", threshold: "${v}"}}]',
    "PT113": '[{shell: "echo 0", capture: v}, {shell: "true", retry: {attempts: "${v}"}}]',
    "PT301": '["echo ${last.output.x.y}"]',
    "PT307": '[{shell: "printf \'a\\nEOF\\nb\'", capture: v}, "cat <<EOF\\n${v}\\nEOF\\n"]',
    "PT308": '[{shell: "printf \'{\\"a\\": \\"x\\\\\\\\u0000y\\"}\'", capture: v, capture_format: json}, "echo ${v.a}"]',
    "PT309": '[{shell: "echo x", capture: v}, "echo ${vars.odd} ${v}"]',
    "PT320": '[{shell: "true", env: {A: {command: "exit 3"}}}]',
    "PT403": '[{shell: "true", when: "matches(\'x\', vars.odd)"}]',
    "PT408": '[{shell: "head -c 200000 /dev/zero | tr \'\\\\0\' a", capture: v}, {shell: "true", when: "matches(v, \'(a+)+b\')"}]',
    "PT510": '[{shell: "echo x", capture: v, capture_format: number}]',
    "PT513": '[{shell: "true", outputs: [v]}]',
    "PT520": '[{shell: "true", validate: {result_file: none.json}}]',
    "PT521": '[{shell: "true", validate: {shell: "echo \'{\\"score\\": 100}\'", expected_schema: {required: [x]}}}]',
    "PT610": '[{shell: "true", commit_required: true}]',
    "PT611": '[{shell: "touch f", commit_config: {message_pattern: "^x$"}}]',
    "PT613": '[{shell: "touch f", paths: ["src/**"]}]',
    "PT801": '[{write_file: {path: "${cmd:echo ../x}", content: x}}]',
    "PT802": '[{shell: "true", working_dir: none}]',
    "PT803": '[{shell: "head -c 4300000 /dev/zero | tr \'\\\\0\' a", capture: v}, "echo ${v} ${v}"]',
}


@rule("A runs: codes")
@pytest.mark.parametrize("code", STEPS)
async def test_the_failure_of_a_step_has_the_code_of_the_problem(lab, code):
    ran = await lab.run(f"vars: {{odd: 'a ) ('}}\nsteps: {STEPS[code]}\n")

    failures = [record.failure for record in ran.state.phases["steps"].steps.values() if record.failure is not None]
    assert [failure.code for failure in failures] == [code], failures
    assert (ran.state.status, ran.state.exit_code) == ("failed", 1)


@rule("A runs: codes")
@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("PT501", "none.json"),
        ("PT502", "run.sh"),
        ("PT503", "bad.json"),
        ("PT505", "{file: two.json, id_field: id}"),
        ("PT506", "[]\n  min_items: 1"),
        ("PT507", "{shell: 'exit 3'}"),
    ],
)
async def test_a_map_whose_items_cannot_be_read_fails_with_the_code_of_the_problem(lab, code, source):
    lab.repo.commit("bad.json", "[1,")
    lab.repo.commit("two.json", '[{"id": 1}, {"id": 1}]')
    script = lab.repo.path / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    lab.repo.git("add", "run.sh")
    lab.repo.git("commit", "-qm", "script")
    if "id_field" in source:
        source = "two.json\n  id_field: id"
    ran = await lab.run(f"map:\n  input: {source}\n  agent_template: ['true']\n")

    failure = ran.state.phases["map"].failure
    assert (failure.code, ran.state.exit_code) == (code, 1), failure
