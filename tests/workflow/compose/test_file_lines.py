"""What loading says of the files that a workflow is made of (language 15.1): how they are found, what may be missing: code, file, place, words and hint, one row each."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import PLACES, lines

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
        {'places': PLACES},
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
        {'places': PLACES},
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
]
# fmt: on


@pytest.mark.parametrize(("files", "given", "expected"), CASES)
def test_the_problems_of_files_are_these_lines(files, given, expected):
    assert lines(files, **given) == expected
