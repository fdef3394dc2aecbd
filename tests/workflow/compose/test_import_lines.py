"""What loading says of `imports` (language 15.3): code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
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
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_imports_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
