"""What loading says of references and expressions in texts: code, place, path, words and hint, one row each."""

from tests.workflow.problem_lines import lines_of, rows

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('unknown root', '- claude: fix ${prev.output}\n', [
        "1:15: error PT301 at [0].claude: unknown variable 'prev.output'",
    ]),
    ('unknown name', '- claude: fix ${nobody}\n', [
        "1:15: warning PT302 at [0].claude: 'nobody' is declared nowhere, so it can only come from the environment",
    ]),
    ('unknown field', '- claude: fix ${last.outptu}\n', [
        "1:15: error PT301 at [0].claude: 'last' has no field 'outptu'; did you mean 'last.output' or 'last.outputs'?",
    ]),
    ('unknown id', '- {shell: a, id: lint}\n- claude: fix ${steps.lnt.output}\n', [
        "2:15: error PT301 at [1].claude: no step here has the id 'lnt'; did you mean 'steps.lint'?",
    ]),
    ('unknown field of an id', '- {shell: a, id: lint}\n- claude: fix ${lint.outptu}\n', [
        "2:15: error PT301 at [1].claude: the result of a step has no field 'outptu'; did you mean 'output' or 'outputs'?",
    ]),
    ('no item here', '- shell: echo ${item}\n', [
        "1:15: error PT301 at [0].shell: 'item' has no value here; it has one in the agents of a map",
    ]),
    ('error outside a handler', '- shell: echo ${error.message}\n', [
        "1:15: error PT301 at [0].shell: 'error.message' has a value in handlers only",
    ]),
    ('unknown setup capture', "setup: [{shell: a, capture: files}]\nmap: {input: a.json, agent_template: ['echo ${setup.file}']}\n", [
        "2:45: error PT301 at map.agent_template[0]: setup captures nothing under the name 'file'; did you mean 'setup.files'?",
    ]),
    ('looks like a reference', "- claude: 'fix ${#x}'\n", [
        "1:16: warning PT303 at [0].claude: '${#x}' looks like a reference and is left as text",
    ]),
    ('unknown modifier', "- claude: 'fix ${last.output:jsn}'\n", [
        "1:16: error PT304 at [0].claude: '${last.output:jsn}': unknown modifier 'jsn'; did you mean 'json'?",
    ]),
    ('computed', '- claude: fix ${date:%Y}\n', [
    ]),
    ('data where it cannot stand', "- shell: echo $'${last.output}'\n", [
        "1:17: error PT306 at [0].shell: 'last.output' cannot be quoted inside $'…'; use another quoting",
    ]),
    ('a second shell', '- shell: bash -c "x ${last.output}"\n', [
        "1:21: warning PT311 at [0].shell: 'last.output' reaches a second shell, which reads it as code; write '${last.output:sh}'",
    ]),
    ('raw data', '- shell: echo ${last.output:raw}\n', [
        "1:15: warning PT312 at [0].shell: '${last.output:raw}' puts data into shell text as it is; whatever the value holds is run",
    ]),
    ('assigned and declared', '- {shell: a, capture: x}\n- shell: x=1; echo ${x}\n', [
        "2:20: warning PT310 at [1].shell: 'x' is assigned here and belongs to the shell, although it is declared too; use another name",
    ]),
    ('legacy agent names', "map: {input: [1], agent_template: ['echo ${FILE}']}\n", [
        "1:42: warning PT901 at map.agent_template[0]: '${FILE}' is a legacy name; write '${item.path}'",
    ]),
    ('old status', 'map: {input: [1], agent_template: [a]}\nreduce:\n  - claude: \'look for "Success" in ${map.results}\'\n', [
        '3:36: warning PT903 at reduce[0].claude: the status of an item is \'success\'; in the original it was "Success"',
    ]),
    ('deep defaults', "- claude: 'a " + "${a:-" * 40 + "}" * 40 + "'\n", [
        '1:14: error PT106 at [0].claude: defaults are nested deeper than 32 levels',
    ]),
    ('empty when', "- {shell: a, when: ''}\n", [
        '1:21: error PT401 at [0].when: the expression ends where a value is expected, at character 1',
    ]),
    ('bad when', '- shell: a\n  when: "${x} == \'a\' )"\n', [
        "2:22: error PT401 at [0].when: unexpected ')', at character 13",
    ]),
    ('unknown field in when', "- shell: a\n  when: last.outptu == 'x'\n", [
        "2:9: error PT301 at [0].when: 'last' has no field 'outptu'; did you mean 'last.output' or 'last.outputs'?",
    ]),
    ('undeclared in when', "- shell: a\n  when: branch == 'main'\n", [
        "2:9: warning PT302 at [0].when: 'branch' is declared nowhere, so it can only come from the environment",
    ]),
    ('unknown function', '- shell: a\n  when: foo(1)\n', [
        "2:9: error PT402 at [0].when: unknown function 'foo', at character 1",
    ]),
    ('legacy function', "- shell: a\n  when: last.output.startsWith('x')\n", [
        "2:9: warning PT901 at [0].when: 'startsWith' is an old spelling; write 'starts_with'",
    ]),
    ('bad regex in when', "- shell: a\n  when: last.output matches '['\n", [
        "2:29: error PT403 at [0].when: '[' is not a regex: unterminated character set at position 0, at character 21",
    ]),
    ('an expression too long', "- {shell: a, when: '" + "x" * 9000 + "'}\n", [
        '1:21: error PT408 at [0].when: the expression is longer than 8 KiB, at character 1',
    ]),
    ('a legacy name of an expression', '- shell: a\n  when: length(last.output, 3)\n', [
        "2:9: warning PT901 at [0].when: 'length(x, n)' is an old spelling; write 'length(x) == n'",
    ]),
    ('heredoc delimiter', '- shell: cat <<${last.output}\n', [
        "1:16: error PT306 at [0].shell: 'last.output' cannot be quoted in the delimiter of a here-document",
    ]),
    ('default inside a quoted expansion', '- shell: \'echo "${x:-${last.output}}"\'\n', [
        "1:17: error PT306 at [0].shell: 'last.output' cannot be quoted inside a '${…}' that is left for the shell",
    ]),
    ('item in an expression is fine', 'map: {input: [1], agent_template: [{shell: a, when: item.x == 1}]}\n', [
    ]),
    ('unknown handler field', "- {shell: a, on_failure: 'echo ${error.mesage}'}\n", [
        "1:32: error PT301 at [0].on_failure: 'error' has no field 'mesage'; did you mean 'error.message'?",
    ]),
    ('unscannable', '- shell: echo ) ${last.output}\n', [
        "1:17: error PT309 at [0].shell: the shell text cannot be scanned up to 'last.output': a ')' stands alone",
    ]),
    ('without braces', 'map: {input: [1], agent_template: [{claude: fix $item.path}]}\n', [
        "1:49: warning PT305 at map.agent_template[0].claude: '$item.…' is '$item' and text; write '${item.…}'",
    ]),
]
# fmt: on


@rows(CASES)
def test_the_problems_of_references_are_these_lines(text, lines):
    assert lines_of(text) == lines
