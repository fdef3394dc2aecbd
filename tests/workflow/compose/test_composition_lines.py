"""Every problem of composition: its code, file, place, words and hint, one row each."""

import re
from pathlib import Path

import pytest

import prodigy_tui.workflow.compose
from tests.support.rules import rule
from tests.workflow.compose.loading import PLACES, lines

NOT_YET = re.compile(
    r"error PT199 at \S+: (?:'(?:with|worktree|budget|notify)'|a call of '\S+', which has a map,) is part of"
)
"""What these rows are not about: that running comes later."""
REPOSITORY = {"places": PLACES}

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(
        {
            'a.yml': 'imports: [lib.yml]\nextends: lib\n',
            'lib.yml': 'steps: [{shel: x}]\n',
        },
        {},
        [
            "lib.yml:1:10: error PT110 at steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.1 order"),
        id='imports come before bases',
    ),
    pytest.param(
        {
            'flows/a.yml': 'extends: ../base/b.yml\n',
            'base/b.yml': 'extends: c.yml\n',
            'base/c.yml': 'steps: [{shel: x}]\n',
        },
        {},
        [
            "base/c.yml:1:10: error PT110 at steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.1 relative"),
        id='a path starts at the file that names it',
    ),
    pytest.param(
        {
            'a.yml': 'imports: [lib, x/y.json]\nsteps: [a]\n',
        },
        {},
        [
            "a.yml:1:11: error PT705 at imports[0]: the import 'lib' is not there; tried lib, lib.yml, lib.yaml, lib.json",
            "a.yml:1:16: error PT705 at imports[1]: the import 'x/y.json' is not there; tried x/y.json",
        ],
        marks=rule("15.1 missing"),
        id='an import that is not there',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base\n',
        },
        {},
        [
            "a.yml:1:10: error PT705 at extends: the base 'base' is not there; tried bases/base.yml, bases/base.yaml, bases/base.json, templates/base.yml, templates/base.yaml, templates/base.json, workflows/base.yml, workflows/base.yaml, workflows/base.json, base.yml, base.yaml, base.json, base",
        ],
        marks=rule("15.1 missing", "15.2 names"),
        id='a base that is not there',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base.yml\n',
        },
        {},
        [
            "a.yml:1:10: error PT705 at extends: the base 'base.yml' is not there; tried base.yml",
        ],
        marks=rule("15.1 missing"),
        id='an explicit base that is not there',
    ),
    pytest.param(
        {
            'a.yml': 'extends: b.yml\n',
            'b.yml': 'imports: [c.yml]\n',
            'c.yml': 'template: ./a.yml\n',
        },
        {},
        [
            "a.yml:1:1: error PT108: a workflow needs 'steps'",
            'c.yml:1:11: error PT704 at template: a cycle: a.yml → b.yml → c.yml → a.yml',
        ],
        marks=rule("15.1 cycle"),
        id='bases in a circle',
    ),
    pytest.param(
        {
            'a.yml': 'extends: a.yml\nsteps: [x]\n',
        },
        {},
        [
            'a.yml:1:10: error PT704 at extends: a cycle: a.yml → a.yml',
        ],
        marks=rule("15.1 cycle"),
        id='a file that extends itself',
    ),
    pytest.param(
        {
            'a.yml': "imports: ['https://x.org/a.yml']\nextends: http://x/y\ntemplate: {source: {file: 'ftp://x/z'}}\n",
        },
        {},
        [
            "a.yml:1:11: error PT705 at imports[0]: the import 'https://x.org/a.yml' is on a network, and nothing is loaded from there; download it and name the file",
            "a.yml:2:10: error PT705 at extends: the base 'http://x/y' is on a network, and nothing is loaded from there; download it and name the file",
            "a.yml:3:27: error PT705 at template.source.file: the template 'ftp://x/z' is on a network, and nothing is loaded from there; download it and name the file",
        ],
        marks=rule("15.1 urls"),
        id='an address on a network',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base.yml\nfoo: 1\n',
            'b.yml': '',
        },
        {},
        [
            "a.yml:1:10: error PT705 at extends: the base 'base.yml' is not there; tried base.yml",
            "a.yml:2:1: error PT110 at foo: unknown key 'foo'",
        ],
        marks=rule("15.1 goes on", "C 2.4 missing"),
        id='what is missing hides nothing',
    ),
    pytest.param(
        {
            'a.yml': 'extends: [base.yml, other.yml]\nfoo: 1\n',
            'base.yml': '- a: b: c\n',
            'other.yml': 'bar: 1\nsteps: [{shel: a}]\n',
        },
        {},
        [
            "a.yml:2:1: error PT110 at foo: unknown key 'foo'",
            "base.yml:1:7: error PT101: mapping values are not allowed in this context; a text that holds ': ' needs quotes",
            "other.yml:1:1: error PT110 at bar: unknown key 'bar'",
            "other.yml:2:10: error PT110 at steps[0].shel: unknown key 'shel'; did you mean 'shell'?",
        ],
        marks=rule("15.1 goes on", "15.1 all files"),
        id='a broken base',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base.yml\n',
            'base.yml': 'just text\n',
        },
        {},
        [
            'base.yml:1:1: error PT102: a workflow is a list of steps or a mapping',
        ],
        marks=rule("15.1 goes on", "C 2.4 missing"),
        id='a base that is no workflow',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base.yml\n',
            'base.yml': b'- a\xff',
        },
        {},
        [
            'base.yml:1:4: error PT100: the text is not UTF-8',
        ],
        marks=rule("15.1 goes on", "C 2.4 missing"),
        id='a base that is not UTF-8',
    ),
    pytest.param(
        {
            'a.yml': 'extends: base.yml\n',
            'base.yml': PermissionError(13, 'Permission denied'),
        },
        {},
        [
            'base.yml:1:1: error PT100: the file cannot be read: Permission denied',
        ],
        marks=rule("15.1 goes on", "C 2.4 missing"),
        id='a base that may not be read',
    ),
    pytest.param(
        {
            '/repo/a.yml': 'extends: ../other/b.yml\n',
            '/other/b.yml': '[x]',
        },
        REPOSITORY,
        [
            "/repo/a.yml:1:10: error PT801 at extends: the base '../other/b.yml' lies outside, at '/other/b.yml'; files lie in the repository, beside the started file, or below --allow-outside",
        ],
        marks=rule("15.1 places"),
        id='a base outside',
    ),
    pytest.param(
        {
            '/repo/a.yml': 'imports: [/etc/passwd]\nsteps: [x]\n',
            '/etc/passwd': 'root:x',
        },
        REPOSITORY,
        [
            "/repo/a.yml:1:11: error PT801 at imports[0]: the import '/etc/passwd' lies outside, at '/etc/passwd'; files lie in the repository, beside the started file, or below --allow-outside",
        ],
        marks=rule("15.1 places"),
        id='an absolute import outside',
    ),
    pytest.param(
        {
            'a.yml': 'extends: "a\\0b"\n',
        },
        {},
        [
            "a.yml:1:10: error PT705 at extends: the base 'a\\x00b' is not there",
        ],
        marks=rule("15.1 missing"),
        id='a NUL in a name',
    ),
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
    pytest.param(
        {
            'a.yml': 'imports: [[a], {pth: x}, {path: [1]}]\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:11: error PT105 at imports[0]: 'imports[0]' must be a file, not a list",
            "a.yml:1:17: error PT110 at imports[1].pth: unknown key 'pth'; did you mean 'path'?",
            "a.yml:1:33: error PT105 at imports[2].path: 'path' must be text, not a list",
        ],
        marks=rule("15.3 forms"),
        id='imports of wrong types',
    ),
    pytest.param(
        {
            'a.yml': 'imports: lib.yml\nsteps: [x]\n',
        },
        {},
        [
            "a.yml:1:10: error PT105 at imports: 'imports' must be a list of files, not a text",
        ],
        marks=rule("15.3 forms"),
        id='imports that are no list',
    ),
    pytest.param(
        {
            'a.yml': 'imports: [{path: l.yml, alias: map}]\nsteps: [x]\n',
            'l.yml': '[x]',
        },
        {},
        [
            "a.yml:1:32: error PT205 at imports[0].alias: an alias cannot be called 'map'; the name is reserved",
        ],
        marks=rule("15.3 alias"),
        id='a reserved alias',
    ),
    pytest.param(
        {
            'a.yml': 'imports: [l.yml, m.yml]\nsteps: [x]\n',
            'l.yml': 'templates: {t: [x]}\nvars: {v: 1}\nenv: {E: 1}\nparameters: {p: 1}\nname: w\nsteps: [x]\n',
            'm.yml': 'templates: {t: [x]}\nvars: {v: 1}\nenv: {E: 1}\nparameters: {p: 1}\nworkflows: {w: {steps: [x]}}',
        },
        {},
        [
            "a.yml:1:18: error PT706 at imports[1]: the template 't' comes from 'l.yml' and from 'm.yml'; give one import an 'alias', or take names with 'selective'",
            "a.yml:1:18: error PT706 at imports[1]: the workflow 'w' comes from 'l.yml' and from 'm.yml'; give one import an 'alias', or take names with 'selective'",
            "a.yml:1:18: error PT706 at imports[1]: the parameter 'p' comes from 'l.yml' and from 'm.yml'; give one import an 'alias', or take names with 'selective'",
            "a.yml:1:18: error PT706 at imports[1]: the variable 'v' comes from 'l.yml' and from 'm.yml'; give one import an 'alias', or take names with 'selective'",
            "a.yml:1:18: error PT706 at imports[1]: the variable 'E' comes from 'l.yml' and from 'm.yml'; give one import an 'alias', or take names with 'selective'",
        ],
        marks=rule("15.3 clash"),
        id='one name from two imports',
    ),
    pytest.param(
        {
            'a.yml': 'imports: [{path: l.yml, selective: [t, tt, zebra]}, {path: m.yml, selective: [q]}]\nsteps: [x]\n',
            'l.yml': 'templates: {t: [x]}\n',
            'm.yml': '{}',
        },
        {},
        [
            "a.yml:1:40: error PT707 at imports[0].selective[1]: 'l.yml' has no 'tt'; did you mean 't'?",
            "a.yml:1:44: error PT707 at imports[0].selective[2]: 'l.yml' has no 'zebra'; it has t",
            "a.yml:1:79: error PT707 at imports[1].selective[0]: 'm.yml' has no 'q'; it has nothing to import",
        ],
        marks=rule("15.3 selective"),
        id='a name that the import does not have',
    ),
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
        REPOSITORY,
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
        REPOSITORY,
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
def test_the_problems_of_files_are_these_lines(files, given, expected):
    found = [line for line in lines(files, **given) if not NOT_YET.search(line)]

    assert found == expected


def test_every_code_of_this_package_has_its_row():
    sources = Path(prodigy_tui.workflow.compose.__file__).parent.glob("*.py")
    known = {code for path in sources for code in re.findall(r'"(PT\d{3})"', path.read_text(encoding="utf-8"))}
    tested = {code for case in CASES for line in case.values[2] for code in re.findall(r" (PT\d{3})", line)}

    assert known <= tested
