"""What loading says of `map`, its items and what becomes of failed ones: code, place, path, words and hint, one row each."""

from tests.workflow.problem_lines import lines_of, rows

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('no input', 'map: {agent_template: [a]}\n', [
        "1:6: error PT108 at map: 'map' needs 'input'",
    ]),
    ('both inputs', 'map: {input: [1], items: [2], agent_template: [a]}\n', [
        "1:19: error PT103 at map.items: 'input' and 'items' cannot stand together; one must go",
    ]),
    ('no template', 'map: {input: [1]}\n', [
        "1:6: error PT108 at map: 'map' needs 'agent_template'",
    ]),
    ('template mapping', 'map: {input: [1], agent_template: {commands: [a]}}\n', [
        "1:19: warning PT901 at map.agent_template: a mapping under 'agent_template' is a legacy spelling; write the list",
    ]),
    ('items text', 'map: {items: x, agent_template: [a]}\n', [
        "1:14: error PT105 at map.items: 'items' must be a list of items, not a text; other sources stand under 'input'",
    ]),
    ('input of two kinds', 'map: {input: {file: a, shell: b}, agent_template: [a]}\n', [
        "1:24: error PT103 at map.input.shell: 'file' and 'shell' cannot stand together; one must go",
    ]),
    ('input of no kind', 'map: {input: {}, agent_template: [a]}\n', [
        "1:14: error PT108 at map.input: 'input' needs one of 'file', 'glob' and 'shell'; write {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('input misspelt', 'map: {input: {shel: x}, agent_template: [a]}\n', [
        "1:15: error PT110 at map.input.shel: unknown key 'shel'; did you mean 'shell'?",
    ]),
    ('bad format', 'map: {input: {shell: a, format: xml}, agent_template: [a]}\n', [
        "1:33: error PT109 at map.input.format: 'format' cannot be 'xml'; did you mean 'yml'?",
    ]),
    ('parallel zero', 'map: {input: [1], max_parallel: 0, agent_template: [a]}\n', [
        "1:33: error PT113 at map.max_parallel: 'max_parallel' must be at least 1, not '0'",
    ]),
    ('parallel late', 'map: {input: [1], max_parallel: $N, agent_template: [a]}\n', [
        "1:33: warning PT302 at map.max_parallel: 'N' is declared nowhere, so it can only come from the environment",
    ]),
    ('parallel text', 'map: {input: [1], max_parallel: many, agent_template: [a]}\n', [
        "1:33: error PT105 at map.max_parallel: 'max_parallel' must be a whole number, not 'many'",
    ]),
    ('legacy map key', 'map: {input: [1], max_failures: 3, agent_template: [a]}\n', [
        "1:19: warning PT901 at map.max_failures: 'max_failures' at this place is a legacy spelling; write it under 'error_policy'",
    ]),
    ('map variables', 'map: {input: [1], variables: {}, agent_template: [a]}\n', [
        "1:19: warning PT902 at map.variables: 'variables' is accepted and ignored",
    ]),
    ('bad json path', "map: {input: a.json, json_path: '$[', agent_template: [a]}\n", [
        "1:33: error PT407 at map.json_path: '$[' is not a JSONPath: Parse error near the end of string!",
    ]),
    ('bad sort key', 'map: {input: [1], sort_by: a b, agent_template: [a]}\n', [
        "1:28: error PT406 at map.sort_by: unexpected 'b' behind the sort key 'a'; write ASC or DESC",
    ]),
    ('empty sort key', "map: {input: [1], sort_by: '', agent_template: [a]}\n", [
        "1:28: error PT406 at map.sort_by: 'sort_by' is empty",
    ]),
    ('bad filter', "map: {input: [1], filter: 'a ==', agent_template: [a]}\n", [
        '1:32: error PT401 at map.filter: the expression ends where a value is expected, at character 5',
    ]),
    ('unquoted filter', "map: {input: [1], filter: 'a == high', agent_template: [a]}\n", [
        "1:33: warning PT404 at map.filter: 'high' is taken as text; quote it, or write '${high}' for a field",
    ]),
    ('item failure word', 'map:\n  input: [1]\n  agent_template: ["true"]\nerror_policy: {on_item_failure: custom:fix}\n', [
        "4:33: error PT109 at error_policy.on_item_failure: 'on_item_failure' cannot be 'custom:fix'; write a step such as {claude: /fix}",
    ]),
    ('item failure other word', 'map:\n  input: [1]\n  agent_template: ["true"]\non_item_failure: dql\n', [
        "4:18: error PT109 at on_item_failure: 'on_item_failure' cannot be 'dql'; did you mean 'dlq'?",
    ]),
    ('policy twice', 'map:\n  input: [1]\n  agent_template: ["true"]\nmax_failures: 1\nerror_policy: {max_failures: 2}\n', [
        "5:16: error PT116 at error_policy.max_failures: 'max_failures' is given in two places; one must go",
    ]),
    ('a bad path of an item', "map: {input: [1], distinct: 'a b', agent_template: [a]}\n", [
        "1:29: error PT406 at map.distinct: 'a b' is not a path of an item",
    ]),
    ('a single & in a JSONPath', "map: {input: a.json, json_path: '$[?(@.a & @.b)]', agent_template: [a]}\n", [
        "1:33: warning PT901 at map.json_path: a single '&' in a json_path is an old spelling; write '&&'",
    ]),
    ('bad glob', "map: {input: {glob: '[z-a]'}, agent_template: [a]}\n", [
        "1:21: error PT114 at map.input.glob: '[z-a]' has a range that runs backwards: z-a",
    ]),
]
# fmt: on


@rows(CASES)
def test_the_problems_of_a_map_are_these_lines(text, lines):
    assert lines_of(text) == lines
