"""What loading says of templates and their use (language 15.4): code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import PLACES, lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(
        {
            'a.yml': 'templates: {a: x, b: {parameters: [p]}, c: {step: [x]}, d: {steps: []}, e: {steps: [x], foo: 1}}\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:16: error PT105 at templates.a: 'a' must be a list of steps, or a mapping with 'steps', not a text",
            "a.yml:1:22: error PT108 at templates.b: a template needs 'steps'",
            "a.yml:1:45: error PT110 at templates.c.step: unknown key 'step'; did you mean 'steps'?",
            'a.yml:1:68: error PT204 at templates.d.steps: the list of steps is empty',
            "a.yml:1:89: error PT110 at templates.e.foo: unknown key 'foo'",
        ],
        marks=rule("15.4 forms"),
        id='templates of wrong forms',
    ),
    pytest.param(
        {
            'a.yml': 'templates: [x]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:12: error PT105 at templates: 'templates' must be a mapping from names to templates, not a list",
        ],
        marks=rule("15.4 forms"),
        id='templates that are no mapping',
    ),
    pytest.param(
        {
            'a.yml': 'templates: {t: {parameters: {p: {type: nummer}}, steps: [{shel: a}]}}\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:40: error PT109 at templates.t.parameters.p.type: 'type' cannot be 'nummer'; did you mean 'number'?",
            "a.yml:1:59: error PT110 at templates.t.steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.4 unused"),
        id='a template that nobody uses',
    ),
    pytest.param(
        {
            '/repo/a.yml': 'steps: [{use: tt}, {use: ./x}]\ntemplates: {t: [x], long_name: [x]}\n',
        },
        {'places': PLACES},
        [
            "/repo/a.yml:1:15: error PT705 at steps[0].use: the template 'tt' is not there; did you mean 't'?",
            "/repo/a.yml:1:26: error PT705 at steps[1].use: the template './x' is not there; tried /repo/.prodigy/templates/x.yml, /repo/.prodigy/templates/x.yaml, /repo/.prodigy/templates/x.json, /home/lib/x.yml, /home/lib/x.yaml, /home/lib/x.json, /repo/x, /repo/x.yml, /repo/x.yaml, /repo/x.json",
        ],
        marks=rule("15.4 lookup"),
        id='a template that is not there',
    ),
    pytest.param(
        {
            '/repo/a.yml': 'template: zebra\n',
        },
        {'places': PLACES},
        [
            "/repo/a.yml:1:11: error PT705 at template: the template 'zebra' is not there; tried /repo/.prodigy/templates/zebra.yml, /repo/.prodigy/templates/zebra.yaml, /repo/.prodigy/templates/zebra.json, /home/lib/zebra.yml, /home/lib/zebra.yaml, /home/lib/zebra.json",
        ],
        marks=rule("15.4 lookup"),
        id='a template nowhere',
    ),
    pytest.param(
        {
            'a.yml': "steps:\n  - {use: t, with: {n: x, m: 1}}\n  - {use: t, with: {n: '${nobody}', need: ''}}\n  - {use: t, with: [1]}\ntemplates: {t: {parameters: {n: {type: integer}, need: {description: what it needs}}, steps: ['true']}}\n",
        },
        {},
        [
            "a.yml:2:5: error PT702 at steps[0]: the template 't' needs the parameter 'need'; what it needs",
            "a.yml:2:24: error PT703 at steps[0].with.n: the parameter 'n' must be a whole number, not 'x'",
            "a.yml:2:27: error PT701 at steps[0].with.m: the template 't' has no parameter 'm'; did you mean 'n'?",
            "a.yml:3:25: warning PT302 at steps[1].with.n: 'nobody' is declared nowhere, so it can only come from the environment",
            "a.yml:4:5: error PT702 at steps[2]: the template 't' needs the parameter 'n'",
            "a.yml:4:5: error PT702 at steps[2]: the template 't' needs the parameter 'need'; what it needs",
            "a.yml:4:20: error PT105 at steps[2].with: 'with' must be a mapping from parameters to values, not a list",
        ],
        marks=rule("15.4 use values"),
        id='values that do not fit',
    ),
    pytest.param(
        {
            'a.yml': "steps: [{use: t, with: {p: 1}}, 'echo ${p} ${param.p} ${q}']\ntemplates: {t: {parameters: [p], steps: ['echo ${p} ${param.p} ${param.q} ${q}']}}\n",
        },
        {},
        [
            "a.yml:1:44: error PT301 at steps[1]: no parameter has the name 'p'",
            "a.yml:2:64: error PT301 at templates.t.steps[0]: no parameter has the name 'q'; did you mean 'param.p'?",
        ],
        marks=rule("15.4 use", "15.4 use inside"),
        id='parameters are visible inside only',
    ),
    pytest.param(
        {
            'a.yml': "map: {input: [1], agent_template: [{use: t}]}\nreduce: [{use: t}]\ntemplates: {t: ['echo ${item}']}\n",
        },
        {},
        [
            "a.yml:3:23: error PT301 at templates.t[0]: 'item' has no value here; it has one in the agents of a map",
        ],
        marks=rule("15.4 use"),
        id='in a map the item is visible',
    ),
    pytest.param(
        {
            'a.yml': 'steps: [{use: t}]\ntemplates: {t: [{use: u}], u: [{use: t}]}\n',
        },
        {},
        [
            'a.yml:2:38: error PT704 at templates.u[0].use: a cycle: t → u → t',
        ],
        marks=rule("15.4 use cycle"),
        id='templates in a circle',
    ),
    pytest.param(
        {
            'a.yml': 'template: {source: t, override: {steps.5: x, steps.0.timeout: 5x, steps.x.timeout: 1, map.max_parallel: 2, name.x: 1, bogus: 1}}\nname: n\ntemplates: {t: [{shell: a}, b]}\n',
        },
        {},
        [
            'a.yml:1:34: error PT110 at template.override["steps.5"]: there is no place \'steps.5\'; \'steps\' has 2 elements, counted from 0',
            'a.yml:1:63: error PT111 at template.override["steps.0.timeout"]: \'steps.0.timeout\' cannot be \'5x\': a duration is written like 90, 30s or 1h30m',
            'a.yml:1:67: error PT110 at template.override["steps.x.timeout"]: there is no place \'steps.x.timeout\'; \'steps\' has 2 elements, counted from 0',
            'a.yml:1:87: error PT110 at template.override["map.max_parallel"]: there is no place \'map.max_parallel\'; \'the template\' has no \'map\'',
            'a.yml:1:108: error PT110 at template.override["name.x"]: there is no place \'name.x\'; \'name\' is a text',
            "a.yml:1:119: error PT110 at template.override.bogus: unknown key 'bogus'",
        ],
        marks=rule("15.4 override"),
        id='places that do not exist',
    ),
    pytest.param(
        {
            'a.yml': 'template: {source: {registry: x, file: y}}\n',
        },
        {},
        [
            "a.yml:1:31: error PT705 at template.source.registry: the template 'x' is not there",
            "a.yml:1:34: error PT103 at template.source.file: 'registry' and 'file' cannot stand together; one must go",
        ],
        marks=rule("15.4 source"),
        id='sources of wrong forms',
    ),
    pytest.param(
        {
            'a.yml': 'template: {source: {}, wth: {}}\n',
        },
        {},
        [
            "a.yml:1:20: error PT108 at template.source: 'source' needs 'registry' or 'file'",
            "a.yml:1:24: error PT110 at template.wth: unknown key 'wth'; did you mean 'with'?",
        ],
        marks=rule("15.4 source"),
        id='an empty source',
    ),
    pytest.param(
        {
            'a.yml': 'template: {with: {}}\n',
        },
        {},
        [
            "a.yml:1:11: error PT108 at template: 'template' needs 'source'",
        ],
        marks=rule("15.4 source"),
        id='no source',
    ),
    pytest.param(
        {
            'a.yml': 'template: [x]\n',
        },
        {},
        [
            "a.yml:1:11: error PT105 at template: 'template' must be a name or a mapping, not a list",
        ],
        marks=rule("15.4 source"),
        id='a list as source',
    ),
    pytest.param(
        {
            'a.yml': "template: {source: t, with: {n: x, q: 1, late: '${env.X}'}}\ntemplates: {t: {parameters: {n: {type: integer}, late: any, m: {description: missing}}, steps: [x]}}\n",
        },
        {'params': (('n', 'x'),)},
        [
            "a.yml:1:33: error PT703 at template.with.n: the parameter 'n' must be a whole number, not 'x'",
            "a.yml:1:36: error PT701 at template.with.q: the template has no parameter 'q'; did you mean 'n' or 'm'?",
            "a.yml:1:48: error PT199 at template.with.late: a reference in 'with' of a file-wide template is part of the language, but not available in this version",
            "a.yml:2:30: error PT703 at templates.t.parameters.n: the parameter 'n' must be a whole number, not 'x'",
            "a.yml:2:61: error PT702 at templates.t.parameters.m: the parameter 'm' needs a value; missing",
        ],
        marks=rule("15.4 file-wide"),
        id='values of a file-wide template',
    ),
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_templates_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
