"""What loading says of calls and sub-workflows (language 15.5): code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(
        {
            'a.yml': 'steps: [{workflow: sub/b.yml}, {workflow: c}, {workflow: {path: sub/b.yml}}, {workflow: {}}, {workflow: [x]}]\n',
            'sub/b.yml': "steps: [{shel: x}, 'echo ${nobody}']\n",
        },
        {},
        [
            "a.yml:1:43: error PT705 at steps[1].workflow: the workflow 'c' is not there; tried c, c.yml, c.yaml, c.json",
            "a.yml:1:89: error PT108 at steps[3].workflow: a call needs 'source'",
            "a.yml:1:105: error PT105 at steps[4].workflow: 'workflow' must be a name, a path or a mapping, not a list",
            "sub/b.yml:1:10: error PT110 at steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.5 call"),
        id='a called file is checked',
    ),
    pytest.param(
        {
            'a.yml': "steps: [{workflow: {source: w, with: {n: x}, inputs: {m: 1, q: '${nobody}'}}}]\nworkflows: {w: {parameters: {n: {type: integer}, q: {type: integer}, need: {}}, steps: [x]}}\n",
        },
        {},
        [
            "a.yml:1:20: error PT702 at steps[0].workflow: the workflow 'w' needs the parameter 'need'",
            "a.yml:1:42: error PT703 at steps[0].workflow.with.n: the parameter 'n' must be a whole number, not 'x'",
            "a.yml:1:55: error PT701 at steps[0].workflow.inputs.m: the workflow 'w' has no parameter 'm'; did you mean 'n' or 'q'?",
            "a.yml:1:65: warning PT302 at steps[0].workflow.inputs.q: 'nobody' is declared nowhere, so it can only come from the environment",
        ],
        marks=rule("15.5 call values"),
        id='values of a call',
    ),
    pytest.param(
        {
            'a.yml': 'steps: [{workflow: b.yml}]\n',
            'b.yml': 'steps: [x]\nmerge: [y]\nworktree: {}\nbudget: {usd: 1}\nnotify: []\nuncommitted: fail\n',
        },
        {},
        [
            "b.yml:2:1: warning PT602 at merge: 'merge' has no effect in a workflow that is called",
            "b.yml:3:1: warning PT602 at worktree: 'worktree' has no effect in a workflow that is called",
            "b.yml:4:1: warning PT602 at budget: 'budget' has no effect in a workflow that is called",
            "b.yml:5:1: warning PT602 at notify: 'notify' has no effect in a workflow that is called",
            "b.yml:6:1: warning PT602 at uncommitted: 'uncommitted' has no effect in a workflow that is called",
        ],
        marks=rule("15.5 call ignored"),
        id='keys without effect in a call',
    ),
    pytest.param(
        {
            'a.yml': 'steps: [{workflow: b.yml}]\n',
            'b.yml': 'steps: [{workflow: w}]\nworkflows: {w: {steps: [{workflow: a.yml}]}}\n',
        },
        {},
        [
            'b.yml:2:36: error PT704 at workflows.w.steps[0].workflow: a cycle: a.yml → b.yml → w → a.yml',
        ],
        marks=rule("15.5 call cycle"),
        id='calls in a circle',
    ),
    pytest.param(
        {
            'a.yml': 'steps: [x]\nworkflows: {a: {steps: [{shel: x}]}, b: {source: b.yml}, c: nowhere.yml, d: [x], e: {steps: [x], extends: q}}\n',
            'b.yml': '[{shel: y}]\n',
        },
        {},
        [
            "a.yml:2:26: error PT110 at workflows.a.steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
            "a.yml:2:61: error PT705 at workflows.c: the workflow 'nowhere.yml' is not there; tried nowhere.yml",
            "a.yml:2:77: error PT105 at workflows.d: 'd' must be a path or a mapping, not a list",
            "a.yml:2:107: error PT705 at workflows.e.extends: the base 'q' is not there; did you mean 'a', 'b' or 'c'?",
            "b.yml:1:3: error PT110 at [0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.5 declared"),
        id='declared workflows that nobody calls',
    ),
    pytest.param(
        {
            'a.yml': 'workflows: {main: main.yml}\n',
        },
        {},
        [
            "a.yml:1:19: error PT705 at workflows.main: the workflow 'main.yml' is not there; tried main.yml",
        ],
        marks=rule("15.5 main"),
        id='main is not there',
    ),
    pytest.param(
        {
            'a.yml': 'sub_workflows: [{name: a, source: b.yml}, {name: a, source: b.yml}, {name: c}, {nam: d}, x, {source: b.yml}]\n',
            'b.yml': '[x]',
        },
        {},
        [
            "a.yml:1:43: error PT205 at sub_workflows[1]: the sub-workflow 'a' is there already; the first is on line 1",
            "a.yml:1:69: error PT108 at sub_workflows[2]: a call needs 'source'",
            "a.yml:1:81: error PT110 at sub_workflows[3].nam: unknown key 'nam'; did you mean 'name'?",
            "a.yml:1:90: error PT105 at sub_workflows[4]: 'sub_workflows[4]' must be a mapping with 'name', not a text",
            "a.yml:1:93: error PT108 at sub_workflows[5]: a sub-workflow needs 'name'",
        ],
        marks=rule("15.5 sub-workflows"),
        id='sub-workflows of wrong forms',
    ),
    pytest.param(
        {
            'a.yml': 'sub_workflows: x\n',
        },
        {},
        [
            "a.yml:1:16: error PT105 at sub_workflows: 'sub_workflows' must be a mapping, or a list of mappings with 'name', not a text",
        ],
        marks=rule("15.5 sub-workflows"),
        id='sub-workflows as a text',
    ),
    pytest.param(
        {
            'a.yml': 'map: {input: [1], agent_template: [{workflow: m.yml}]}\nreduce: [{workflow: m.yml}]\n',
            'm.yml': 'map: {input: [1], agent_template: [x]}\n',
        },
        {},
        [
            "a.yml:1:47: error PT211 at map.agent_template[0].workflow: 'm.yml' is a mapreduce workflow and cannot be called here; call it in the steps of a workflow, in setup or in reduce",
        ],
        marks=rule("15.5 call"),
        id='a mapreduce file is called in a map',
    ),
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_calls_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
