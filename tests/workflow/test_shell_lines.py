"""What loading says of data in shell text: code, place, path, words and hint, one row each (language 9, 18)."""

import pytest

from tests.support.rules import rule
from tests.workflow.problem_lines import lines_of


def shell(text: str) -> str:
    return f"- shell: a\n- shell: |-\n    {text}\n"


# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(shell("echo ${last.output} \"${last.output}\" '${last.output}' `x ${last.output}` # ${last.output}"), [],
                 id="everywhere", marks=rule("9.2 U")),
    pytest.param(shell("echo \"`x ${last.output}`\""), [
        "3:14: error PT306 at [1].shell: 'last.output' cannot be quoted in backticks inside double quotes; use $(…)",
    ], id="backticks in double quotes", marks=rule("9.2 backticks in D", "9.2 PT306")),
    pytest.param(shell("echo $'${last.output}'"), [
        "3:12: error PT306 at [1].shell: 'last.output' cannot be quoted inside $'…'; use another quoting",
    ], id="ANSI quoting", marks=rule("9.2 ansi", "9.2 PT306")),
    pytest.param(shell("echo \"${X:-${last.output}}\" ${Y%${last.stdout}}"), [
        "3:11: error PT306 at [1].shell: 'last.output' cannot be quoted inside a '${…}' that is left for the shell",
        "3:37: error PT306 at [1].shell: 'last.stdout' cannot be quoted inside a '${…}' that is left for the shell",
    ], id="expansions of the shell", marks=rule("9.2 P", "C pattern", "9.2 PT306")),
    pytest.param(shell("cat <<${last.output}"), [
        "3:11: error PT306 at [1].shell: 'last.output' cannot be quoted in the delimiter of a here-document",
    ], id="a delimiter", marks=rule("C pattern", "9.2 PT306")),
    pytest.param(shell("echo $((${last.output} + 1)); x[${last.exit_code}]=1"), [],
                 id="arithmetic, which depends on the value", marks=rule("9.2 A")),
    pytest.param(shell("echo ) ${last.output}"), [
        "3:12: error PT309 at [1].shell: the shell text cannot be scanned up to 'last.output': a ')' stands alone",
    ], id="a text that cannot be scanned", marks=rule("9.2 PT309")),
    pytest.param(shell("echo ${run.id}) ${last.output}"), [],
                 id="a text that cannot be scanned with a trusted value", marks=rule("9.2 PT309", "9.1 trusted classes")),
    pytest.param(shell("eval ${last.output}; sh -c \"${last.output:sh}\"; ssh h 'a ${last.stdout}'"), [
        "3:10: warning PT311 at [1].shell: 'last.output' reaches a second shell, which reads it as code; write '${last.output:sh}'",
        "3:62: warning PT311 at [1].shell: 'last.stdout' reaches a second shell, which reads it as code; write '${last.stdout:sh}'",
    ], id="a second shell", marks=rule("9.4 PT311", "9.4 sh")),
    pytest.param(shell("bash -c ${last.output}; su -c ${last.output} x; ls | xargs sh -c ${last.output}"), [
        "3:13: warning PT311 at [1].shell: 'last.output' reaches a second shell, which reads it as code; write '${last.output:sh}'",
        "3:35: warning PT311 at [1].shell: 'last.output' reaches a second shell, which reads it as code; write '${last.output:sh}'",
        "3:70: warning PT311 at [1].shell: 'last.output' reaches a second shell, which reads it as code; write '${last.output:sh}'",
    ], id="second shells", marks=rule("9.4 PT311")),
    pytest.param(shell("eval ${run.id} ${HOME}; sh -c '${workflow.name}'"), [],
                 id="trusted values in a second shell", marks=rule("9.4 PT311", "9.1 trusted classes")),
    pytest.param(shell("echo ${last.output:raw} ${run.id:raw}"), [
        "3:10: warning PT312 at [1].shell: '${last.output:raw}' puts data into shell text as it is; whatever the value holds is run",
    ], id="raw", marks=rule("9.4 PT312")),
    pytest.param(shell("echo $'${run.id}' $'${last.output:raw}'").replace("$'${run.id}' ", ""), [
        "3:12: warning PT312 at [1].shell: '${last.output:raw}' puts data into shell text as it is; whatever the value holds is run",
    ], id="raw where data cannot stand", marks=rule("9.4 PT312", "9.4 raw")),
    pytest.param(shell("echo $'${run.id:quote}'"), [
        "3:12: error PT306 at [1].shell: 'run.id' cannot be quoted inside $'…'; use another quoting",
    ], id="quote", marks=rule("9.4 quote")),
    pytest.param("map:\n  input: [1]\n  agent_template:\n  - shell: a $'${item}' $'${worker.last_error}' $'${worker.attempt}'\nreduce:\n- shell: a $'${map.results}'\n", [
        "4:16: error PT306 at map.agent_template[0].shell: 'item' cannot be quoted inside $'…'; use another quoting",
        "4:27: error PT306 at map.agent_template[0].shell: 'worker.last_error' cannot be quoted inside $'…'; use another quoting",
        "4:51: error PT306 at map.agent_template[0].shell: 'worker.attempt' cannot be quoted inside $'…'; use another quoting",
        "6:14: error PT306 at reduce[0].shell: 'map.results' cannot be quoted inside $'…'; use another quoting",
    ], id="what is data", marks=rule("9.1 data classes")),
    pytest.param("env: {LEVEL: '3'}\nsteps:\n- shell: {shell}\n".replace("{shell}", "a $'${LEVEL}' $'${env.LEVEL}' $'${ARG}' $'${WORKTREE}' $'${run.branch}'"), [],
                 id="what is trusted", marks=rule("9.1 trusted classes")),
]
# fmt: on


@pytest.mark.parametrize(("text", "lines"), CASES)
def test_the_problems_of_a_shell_text_are_these_lines(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines
