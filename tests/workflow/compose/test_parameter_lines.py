"""What loading says of parameters, their values and `vars` (language 15.6): code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(
        {
            'a.yml': 'parameters: x\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:13: error PT105 at parameters: 'parameters' must be a mapping from names to parameters, or a list of them, not a text",
        ],
        marks=rule("15.6 spellings"),
        id='parameters of wrong forms',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: [a, a, [b], {nam: c}, {type: any}, {name: [x]}]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:14: warning PT702 at parameters[0]: the parameter 'a' needs a value; give it with --param a=…",
            "a.yml:1:17: error PT116 at parameters[1]: the parameter 'a' is given twice; the first is on line 1",
            "a.yml:1:20: error PT105 at parameters[2]: 'parameters[2]' must be a name, or a mapping with 'name', not a list",
            "a.yml:1:26: error PT110 at parameters[3].nam: unknown key 'nam'; did you mean 'name'?",
            "a.yml:1:35: error PT108 at parameters[4]: a parameter needs 'name'",
            "a.yml:1:55: error PT105 at parameters[5].name: 'name' must be text, not a list",
        ],
        marks=rule("15.6 spellings"),
        id='a list of wrong elements',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {required: [a], optional: [a, b], definitions: [x], other: {}}\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:25: warning PT702 at parameters.required[0]: the parameter 'a' needs a value; give it with --param a=…",
            "a.yml:1:40: error PT116 at parameters.optional[0]: the parameter 'a' is given twice; the first is on line 1",
            "a.yml:1:60: error PT105 at parameters.definitions: 'definitions' must be a mapping from names to parameters, not a list",
            "a.yml:1:65: error PT110 at parameters.other: unknown key 'other'",
        ],
        marks=rule("15.6 spellings"),
        id='groups with more beside them',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {a: [1]}\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:17: error PT105 at parameters.a: 'a' must be a mapping, or a text, number or boolean that is the default, not a list",
        ],
        marks=rule("15.6 spellings"),
        id='a list as a default without its mapping',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {a: {type: strng, default: 1}}\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:24: error PT109 at parameters.a.type: 'type' cannot be 'strng'; did you mean 'string'?",
        ],
        marks=rule("15.6 types"),
        id='a type that there is not',
    ),
    pytest.param(
        {
            'a.yml': "parameters:\n  a: {type: boolean, min: 1, min_length: 1, pattern: x, default: true}\n  b: {type: integer, min: 3, max: 1, default: 2}\n  c: {min_length: 2, max_length: 1, default: 1}\n  d: {pattern: '[', default: 1}\n  e: {enum: [], default: 1}\n  f: {enum: x, default: 1}\n  g: {type: integer, enum: [1, b], default: 1}\nsteps: [x]\n",
        },
        {},
        [
            "a.yml:2:22: error PT207 at parameters.a.min: 'min' has no meaning for the type 'boolean'",
            "a.yml:2:30: error PT207 at parameters.a.min_length: 'min_length' has no meaning for the type 'boolean'",
            "a.yml:2:45: error PT207 at parameters.a.pattern: 'pattern' has no meaning for the type 'boolean'",
            "a.yml:3:30: error PT207 at parameters.b.max: 'max' is below 'min'",
            "a.yml:3:47: error PT703 at parameters.b.default: the parameter 'b' cannot be '2': it must be at least 3",
            "a.yml:4:22: error PT207 at parameters.c.max_length: 'max_length' is below 'min_length'",
            "a.yml:5:16: error PT114 at parameters.d.pattern: '[' is not a regex: unterminated character set at position 0",
            "a.yml:6:13: error PT207 at parameters.e.enum: no value is allowed for the parameter 'e'",
            "a.yml:7:13: error PT105 at parameters.f.enum: 'enum' must be a list of values, not a text",
            "a.yml:8:32: error PT703 at parameters.g.enum[1]: the parameter 'g' must be a whole number, not 'b'",
        ],
        marks=rule("15.6 limits"),
        id='limits that cannot be',
    ),
    pytest.param(
        {
            'a.yml': "parameters: {a: {pattern: '" + 'x' * 5000 + "', default: 1}}\nsteps: [x]\n",
        },
        {},
        [
            'a.yml:1:27: error PT106 at parameters.a.pattern: the regex is longer than 4 KiB',
        ],
        marks=rule("15.6 limits"),
        id='a pattern that is too long',
    ),
    pytest.param(
        {
            'a.yml': 'parameters:\n  a: {validation: \'value ==\', default: 1}\n  b: {validation: \'other == 1\', default: 1}\n  c: {validation: "matches(\'^a\') && not in([\'ab\'])", default: abc}\n  d: {validation: \'value == high\', default: high}\nsteps: [x]\n',
        },
        {},
        [
            'a.yml:2:19: error PT401 at parameters.a.validation: the expression ends where a value is expected, at character 9',
            "a.yml:3:19: error PT301 at parameters.b.validation: 'validation' knows only 'value', not 'other'",
            "a.yml:4:19: warning PT901 at parameters.c.validation: 'matches('^a') && not in(['ab'])' is a legacy spelling; write 'value matches('^a') && value not in(['ab'])'",
            "a.yml:5:19: warning PT404 at parameters.d.validation: 'high' is taken as text; quote it, or write '${high}' for a field",
        ],
        marks=rule("15.6 validation"),
        id='validations that cannot be',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {branch: main}\ndefaults: {brnch: x}\nsteps: [x]\n',
        },
        {'params': (('brunch', 'x'),), 'files': (('p.yml', {'zebra': 1}),)},
        [
            "a.yml:1:1: error PT701: the workflow has no parameter 'brunch'; did you mean 'branch'?",
            "a.yml:1:1: error PT701: the workflow has no parameter 'zebra'; it has branch",
            "a.yml:2:12: error PT701 at defaults.brnch: the workflow has no parameter 'brnch'; did you mean 'branch'?",
        ],
        marks=rule("15.6 unknown"),
        id='values for nobody',
    ),
    pytest.param(
        {
            'a.yml': '[x]\n',
        },
        {'params': (('p', 'x'),)},
        [
            "a.yml:1:1: error PT701: the workflow has no parameter 'p'; it has none",
        ],
        marks=rule("15.6 unknown"),
        id='a workflow without parameters',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: [{name: a, description: the branch to build}, b]\nsteps: [x]\n',
        },
        {'params': ()},
        [
            "a.yml:1:14: error PT702 at parameters[0]: the parameter 'a' needs a value; the branch to build",
            "a.yml:1:59: error PT702 at parameters[1]: the parameter 'b' needs a value; give it with --param b=…",
        ],
        marks=rule("15.6 missing"),
        id='missing parameters',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: [{name: a, description: the branch to build}, b]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:14: warning PT702 at parameters[0]: the parameter 'a' needs a value; the branch to build",
            "a.yml:1:59: warning PT702 at parameters[1]: the parameter 'b' needs a value; give it with --param b=…",
        ],
        marks=rule("15.6 missing"),
        id='missing parameters while nothing is given',
    ),
    pytest.param(
        {
            'a.yml': "parameters:\n  i: {type: integer, min: 1}\n  n: {type: number, max: 2.5}\n  b: {type: boolean}\n  l: {type: array, max_length: 1}\n  o: {type: object}\n  s: {type: string, min_length: 3}\n  p: {type: path}\n  e: {enum: [a, b]}\n  r: {pattern: '^x'}\n  v: {validation: 'value > 3'}\n  d: {type: integer, default: x}\ndefaults: {o: [1], s: ab}\nsteps: [x]\n",
        },
        {'params': (('i', '0'), ('n', '3'), ('b', 'maybe'), ('l', '[1, 2]'), ('p', ''), ('e', 'c'), ('r', 'y'), ('v', '3'))},
        [
            "a.yml:2:3: error PT703 at parameters.i: the parameter 'i' cannot be '0': it must be at least 1",
            "a.yml:3:3: error PT703 at parameters.n: the parameter 'n' cannot be '3': it must be at most 2.5",
            "a.yml:4:3: error PT703 at parameters.b: the parameter 'b' must be true or false, not 'maybe'",
            "a.yml:5:3: error PT703 at parameters.l: the parameter 'l' cannot be '[1,2]': it must have at most 1 element",
            "a.yml:8:3: error PT703 at parameters.p: the parameter 'p' cannot be '': that is no path",
            "a.yml:9:3: error PT703 at parameters.e: the parameter 'e' cannot be 'c': it must be one of 'a', 'b'",
            "a.yml:10:3: error PT703 at parameters.r: the parameter 'r' cannot be 'y': it must match '^x'",
            "a.yml:11:3: error PT703 at parameters.v: the parameter 'v' cannot be '3': 'value > 3' must hold",
            "a.yml:12:31: error PT703 at parameters.d.default: the parameter 'd' must be a whole number, not 'x'",
            "a.yml:13:15: error PT703 at defaults.o: the parameter 'o' must be a mapping, not '[1]'",
            "a.yml:13:23: error PT703 at defaults.s: the parameter 's' cannot be 'ab': it must have at least 3 characters",
        ],
        marks=rule("15.6 invalid"),
        id='values that cannot be',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {a: 1}\ndefaults: [1]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:2:11: error PT105 at defaults: 'defaults' must be a mapping from parameters to values, not a list",
        ],
        marks=rule("15.6 invalid"),
        id='defaults that are no mapping',
    ),
    pytest.param(
        {
            'a.yml': "parameters: {map: 1, 'a b': 1, PATH: 1, GIT_X: 1, param: 1}\nvars: {item: 1, '1x': 2}\nsteps: [x]\n",
        },
        {},
        [
            "a.yml:1:14: error PT205 at parameters.map: a parameter cannot be called 'map'; the name is reserved",
            'a.yml:1:22: error PT205 at parameters["a b"]: a parameter cannot be called \'a b\'; a name is a letter or \'_\', then letters, digits, \'_\' and \'-\'',
            "a.yml:1:32: error PT205 at parameters.PATH: a parameter cannot be called 'PATH'; the name steers other programs",
            "a.yml:1:41: error PT205 at parameters.GIT_X: a parameter cannot be called 'GIT_X'; the name steers other programs",
            "a.yml:1:51: error PT205 at parameters.param: a parameter cannot be called 'param'; the name is reserved",
            "a.yml:2:8: error PT205 at vars.item: a constant cannot be called 'item'; the name is reserved",
            "a.yml:2:17: error PT205 at vars.1x: a constant cannot be called '1x'; a name is a letter or '_', then letters, digits, '_' and '-'",
        ],
        marks=rule("15.6 names"),
        id='names that cannot be',
    ),
    pytest.param(
        {
            'a.yml': "parameters: {A: 1}\nenv: {A: 2}\nsteps: ['echo ${A}']\n",
        },
        {},
        [
            "a.yml:1:14: warning PT310 at parameters.A: the parameter 'A' hides the variable of that name in 'env'; use another name",
        ],
        marks=rule("15.6 names"),
        id='a parameter that hides a variable',
    ),
    pytest.param(
        {
            'a.yml': "parameters: {a: 1}\nsteps: ['echo ${param.a} ${a} ${param.b} ${b}', 'echo $HOME']\n",
        },
        {},
        [
            "a.yml:2:31: error PT301 at steps[0]: no parameter has the name 'b'; did you mean 'param.a'?",
        ],
        marks=rule("15.6 references"),
        id='parameters in texts',
    ),
    pytest.param(
        {
            'a.yml': 'parameters: {a: {type: integer, secret: true}, b: {pattern: x, secret: true}}\nsteps: [x]\n',
        },
        {'params': (('a', 'hunter2'), ('b', 'swordfish'))},
        [
            "a.yml:1:14: error PT703 at parameters.a: the parameter 'a' must be a whole number",
            "a.yml:1:48: error PT703 at parameters.b: the parameter 'b' has a value that does not fit: it must match 'x'",
        ],
        marks=rule("15.6 secret"),
        id='a secret value is not shown',
    ),
    pytest.param(
        {
            'a.yml': 'vars: [x]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:7: error PT105 at vars: 'vars' must be a mapping of constants, not a list",
        ],
        marks=rule("15.6 vars"),
        id='vars that are no mapping',
    ),
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_parameters_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
