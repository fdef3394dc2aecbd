"""What loading says of expressions: code, place, path, words and hint, one row each (language 10, 18)."""

import pytest

from tests.support.rules import rule
from tests.workflow.problem_lines import lines_of

MAP = "map:\n  input: [1]\n  agent_template: ['true']\n  filter: "


def when(expression: str) -> str:
    return f"steps:\n- {{shell: a, id: one, capture: out}}\n- shell: b\n  when: {expression}\n"


# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param(when("one.success && out == 'x' && !HOME_ == false"), [
        "4:39: warning PT302 at steps[1].when: 'HOME_' is declared nowhere, so it can only come from the environment",
    ], id="names", marks=rule("10.2 undeclared", "10.2 environment")),
    pytest.param(when("one.succes"), [
        "4:9: error PT301 at steps[1].when: the result of a step has no field 'succes'; did you mean 'success'?",
    ], id="a field of a step", marks=rule("10.2 fixed field")),
    pytest.param(when("last.exit_cod == 0 && ${out:-${shell.outptu}}"), [
        "4:9: error PT301 at steps[1].when: 'last' has no field 'exit_cod'; did you mean 'last.exit_code'?",
        "4:31: error PT301 at steps[1].when: 'shell' has no field 'outptu'; did you mean 'shell.output' or 'shell.outputs'?",
    ], id="fixed fields, in defaults too", marks=rule("10.2 fixed field")),
    pytest.param(when("out matches ${one.output}"), [
        "4:21: error PT403 at steps[1].when: 'one.output' is data, which cannot be a regex; write the regex as text",
    ], id="a regex from data", marks=rule("10.3 PT403")),
    pytest.param(when("out matches ${RE_:-${one.output}}"), [
        "4:21: warning PT302 at steps[1].when: 'RE_' is declared nowhere, so it can only come from the environment",
        "4:21: error PT403 at steps[1].when: 'one.output' is data, which cannot be a regex; write the regex as text",
    ], id="a regex from data in a default", marks=rule("10.3 PT403")),
    pytest.param(when("out matches ${env.RE} && out =~ ${workflow.name}"), [],
                 id="a trusted regex", marks=rule("10.3 PT403")),
    pytest.param(when("out matches '('"), [
        "4:21: error PT403 at steps[1].when: '(' is not a regex: missing ), unterminated subpattern at position 0, at character 13",
    ], id="a bad regex", marks=rule("10.3 PT403")),
    pytest.param(when("out == ready && out in [a, 'b']"), [
        "4:16: warning PT404 at steps[1].when: 'ready' is taken as text; quote it, or write '${ready}' for a field",
        "4:33: warning PT404 at steps[1].when: 'a' is taken as text; quote it, or write '${a}' for a field",
    ], id="bare words", marks=rule("10.2 PT404")),
    pytest.param(when("out.startsWith('a') && one.output.exists && length(out, 1)"), [
        "4:9: warning PT901 at steps[1].when: 'startsWith' is an old spelling; write 'starts_with'",
        "4:32: warning PT901 at steps[1].when: 'one.output.exists' is an old spelling; write 'exists(one.output)'",
        "4:53: warning PT901 at steps[1].when: 'length(x, n)' is an old spelling; write 'length(x) == n'",
    ], id="old spellings", marks=rule("10.3 legacy methods", "10.3 legacy length", "10.3 exists")),
    pytest.param(when("out == 'a' extra"), [
        "4:20: error PT401 at steps[1].when: unexpected 'extra', at character 12",
    ], id="trailing text", marks=rule("10.1 PT401")),
    pytest.param(when("|\n    out == 'a'\n    && (out"), [
        "6:12: error PT401 at steps[1].when: ')' is missing at the end, at character 19",
    ], id="the end of a block", marks=rule("10.1 PT401")),
    pytest.param(when("lenght(out) > 1"), [
        "4:9: error PT402 at steps[1].when: unknown function 'lenght'; did you mean 'length'?, at character 1",
    ], id="an unknown function", marks=rule("10.1 PT402")),
    pytest.param(when("out && default(out)"), [
        "4:16: error PT402 at steps[1].when: 'default' takes 2 argument(s), got 1, at character 8",
    ], id="too few arguments", marks=rule("10.1 PT402")),
    pytest.param(when("(" * 70 + "out" + ")" * 70), [
        "4:73: error PT408 at steps[1].when: the expression is nested deeper than 64, at character 65",
    ], id="nesting", marks=rule("10.1 PT408 nesting")),
    pytest.param(when("x" * 9000), [
        "4:9: error PT408 at steps[1].when: the expression is longer than 8 KiB, at character 1",
    ], id="length", marks=rule("10.1 PT408 expression")),
    pytest.param(when("out =~ '" + "x" * 5000 + "'"), [
        "4:16: error PT408 at steps[1].when: the regex is longer than 4 KiB, at character 8",
    ], id="length of a regex", marks=rule("10.1 PT408 regex")),
    pytest.param(when("true"), [], id="true", marks=rule("10 boolean")),
    pytest.param(when("False"), [], id="false", marks=rule("10 boolean")),
    pytest.param(when("\"__import__('os')\""), [
        "4:10: error PT402 at steps[1].when: unknown function '__import__', at character 1",
    ], id="no Python", marks=rule("10 interpreted")),
    pytest.param(when("$(true)"), [
        "4:9: error PT401 at steps[1].when: unexpected character '$', at character 1",
    ], id="no shell", marks=rule("10 interpreted")),
    pytest.param(MAP + "score >= 5 && anything.at_all != 'x' && env.LEVEL == '3'\n", [],
                 id="paths of an item", marks=rule("10.2 item path", "10.2 variable roots")),
    pytest.param(MAP + "workflow.nam == 'x'\n", [
        "4:11: error PT301 at map.filter: 'workflow' has no field 'nam'; did you mean 'workflow.name'?",
    ], id="a field of a root in a filter", marks=rule("10.2 variable roots", "10.2 fixed field")),
    pytest.param(MAP + "path matches item.pattern\n", [
        "4:24: error PT403 at map.filter: 'item.pattern' is data, which cannot be a regex; write the regex as text",
    ], id="a regex from the item", marks=rule("10.3 PT403")),
    pytest.param(MAP + "path matches ${env.RE} && ${file:basename} == 'a'\n", [],
                 id="a trusted regex in a filter", marks=rule("10.3 PT403", "10.2 item path")),
    pytest.param(MAP + "severity == high\n", [
        "4:23: warning PT404 at map.filter: 'high' is taken as text; quote it, or write '${high}' for a field",
    ], id="a bare word in a filter", marks=rule("10.2 PT404", "B.3 filter")),
    pytest.param(MAP + "true\n", [], id="a boolean as filter", marks=rule("10 boolean")),
]
# fmt: on


@pytest.mark.parametrize(("text", "lines"), CASES)
def test_the_problems_of_an_expression_are_these_lines(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines
