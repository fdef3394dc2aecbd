"""What loading says of `extends` (language 15.2): code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(
        {
            'a.yml': 'extends: [b.yml, b.yml]\n',
            'b.yml': '[x]',
        },
        {},
        [
            "a.yml:1:18: error PT116 at extends[1]: the base 'b.yml' is given twice; the first is on line 1",
        ],
        marks=rule("15.2 list"),
        id='a base twice',
    ),
    pytest.param(
        {
            'a.yml': 'extends: [{a: 1}]\n',
        },
        {},
        [
            "a.yml:1:11: error PT105 at extends[0]: 'extends[0]' must be text, not a mapping",
        ],
        marks=rule("15.2 list"),
        id='a base that is a mapping',
    ),
    pytest.param(
        {
            'a.yml': 'extends: b.yml\nenv: {X: [1]}\n',
            'b.yml': "env: {Y: [2]}\nsteps:\n  - {shell: 'echo ${nobody}', timeout: x}\n",
        },
        {},
        [
            "a.yml:2:10: error PT105 at env.X: 'X' must be text or one of the forms of a variable, not a list",
            "b.yml:1:10: error PT105 at env.Y: 'Y' must be text or one of the forms of a variable, not a list",
            "b.yml:3:40: error PT111 at steps[0].timeout: 'timeout' cannot be 'x': a duration is written like 90, 30s or 1h30m",
        ],
        marks=rule("15.2 places of nodes"),
        id='every problem in its own file',
    ),
    pytest.param(
        {
            'a.yml': 'extends: b.yml\nsteps: [x]\ncommands: [y]\n',
            'b.yml': 'steps: [z]\n',
        },
        {},
        [
            "a.yml:3:1: error PT103 at commands: 'commands' and 'steps' are the same key; one must go",
        ],
        marks=rule("15.2 one key"),
        id='two spellings in one file stay two',
    ),
    pytest.param(
        {
            'a.yml': 'extends: b.yml\nsteps: [x]\n',
            'b.yml': 'map: {input: [1], agent_template: [y]}\n',
        },
        {},
        [
            "a.yml:2:1: error PT103 at steps: 'steps' belongs to a workflow without 'map'",
        ],
        marks=rule("15.2 merge"),
        id='the kinds do not fit',
    ),
    pytest.param(
        {
            'a.yml': 'extends: b.yml\nmap: {agent_template: null}\n',
            'b.yml': 'map: {input: [1], agent_template: [y]}\n',
        },
        {},
        [
            "a.yml:2:6: error PT108 at map: 'map' needs 'agent_template'",
        ],
        marks=rule("15.2 null"),
        id='a required key is deleted',
    ),
    pytest.param(
        {
            'a.yml': 'imports: [{path: l.yml, alias: l}]\nextends: l.deploi\n',
            'l.yml': 'workflows: {deploy: {steps: [x]}}\n',
        },
        {},
        [
            "a.yml:2:10: error PT705 at extends: the base 'l.deploi' is not there; did you mean 'l.deploy'?",
        ],
        marks=rule("15.2 workflow"),
        id='a workflow that the import does not have',
    ),
    pytest.param(
        {
            'a.yml': 'workflows: {w: {extends: w, steps: [x]}}\nextends: w\n',
        },
        {},
        [
            'a.yml:1:26: error PT704 at workflows.w.extends: a cycle: w → w',
        ],
        marks=rule("15.2 workflow"),
        id='an inline workflow that extends itself',
    ),
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_bases_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
