"""What loading says of a workflow as a document: its YAML, its kind, its keys at the top, its phases: code, place, path, words and hint, one row each."""

from tests.workflow.problem_lines import lines_of, rows

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('a scalar', 'just text', [
        '1:1: error PT102: a workflow cannot be a text; write a list of steps, or a mapping',
    ]),
    ('keys of both kinds', 'map:\n  input: [1]\n  agent_template: ["true"]\nsteps: [a]\n', [
        "4:1: error PT103 at steps: 'steps' belongs to a workflow without 'map'",
    ]),
    ('a map key in a plain file', 'steps: [a]\nsetup: [b]\n', [
        "2:1: error PT103 at setup: 'setup' belongs to a workflow with 'map'",
    ]),
    ('mode beside map', 'map:\n  input: [1]\n  agent_template: ["true"]\nmode: standard\n', [
        "4:1: error PT103 at mode: 'mode: standard' and 'map' cannot stand together; one must go",
    ]),
    ('mode without map', 'mode: mapreduce\n', [
        "1:1: error PT108: a mapreduce workflow needs 'map'",
    ]),
    ('bad mode', 'mode: mapreduc\nsteps: [a]\n', [
        "1:7: error PT109 at mode: 'mode' cannot be 'mapreduc'; did you mean 'mapreduce'?",
    ]),
    ('steps twice', 'steps: [a]\ncommands: [b]\n', [
        "2:1: error PT103 at commands: 'commands' and 'steps' are the same key; one must go",
    ]),
    ('no steps', 'name: x\n', [
        "1:1: error PT108: a workflow needs 'steps'",
    ]),
    ('empty steps at the top', 'steps: []\n', [
        '1:8: warning PT204 at steps: the list of steps is empty',
    ]),
    ('empty list file', '[]\n', [
        '1:1: warning PT204: the list of steps is empty',
    ]),
    ('empty steps in a phase', 'map:\n  input: [1]\n  agent_template: ["true"]\nsetup: []\n', [
        '4:8: error PT204 at setup: the list of steps is empty',
    ]),
    ('null map', 'map:\n', [
        "1:1: error PT108: a mapreduce workflow needs 'map'",
    ]),
    ('steps of the wrong type', 'steps: make test\n', [
        "1:8: error PT105 at steps: 'steps' must be a list of steps, not a text",
    ]),
    ('policy in a plain file', 'steps: [a]\nmax_failures: 3\nerror_policy: {}\n', [
        "2:1: warning PT602 at max_failures: 'max_failures' has no effect in a workflow without 'map'",
        "3:1: warning PT602 at error_policy: 'error_policy' has no effect in a workflow without 'map'",
    ]),
    ('unknown top key', 'steps: [a]\nnmae: x\n', [
        "2:1: error PT110 at nmae: unknown key 'nmae'; did you mean 'name'?",
    ]),
    ('legacy alias', 'steps: [a]\nvariables: {x: 1}\n', [
        "2:1: warning PT901 at variables: 'variables' is a legacy spelling; write 'vars'",
    ]),
    ('ignored top key', 'steps: [a]\ncheckpoint: true\n', [
        "2:1: warning PT902 at checkpoint: 'checkpoint' is accepted and ignored",
    ]),
    ('extension keys', 'x-a: 1\nsteps: [{shell: a, x-b: 2}]\n', [
    ]),
    ('tags', 'steps: [a]\ntags: a\n', [
        "2:7: error PT105 at tags: 'tags' must be a list of texts, not a text",
    ]),
    ('name as list', 'steps: [a]\nname: [x]\n', [
        "2:7: error PT105 at name: 'name' must be text, not a list",
    ]),
    ('env per profile', 'env: {A: {prod: x}}\nsteps: [a]\n', [
        "1:11: error PT110 at env.A.prod: unknown key 'prod'; values per profile stand under the top-level 'profiles'",
    ]),
    ('env_files in env', 'env: {env_files: [x]}\nsteps: [a]\n', [
        "1:7: error PT110 at env.env_files: 'env_files' is no variable; 'env_files' stands at the top level",
    ]),
    ('env name', "env: {'A=B': x}\nsteps: [a]\n", [
        '1:7: error PT205 at env["A=B"]: \'A=B\' cannot be the name of a variable',
    ]),
    ('env cycle', 'env: {A: $B, B: $A}\nsteps: [a]\n', [
        '1:7: error PT313 at env.A: the variables form a cycle: A → B → A',
    ]),
    ('strategy of merge', 'map:\n  input: [1]\n  agent_template: ["true"]\nmerge: {strategy: octopus}\n', [
        "4:19: error PT109 at merge.strategy: 'strategy' cannot be 'octopus'; use merge, squash, rebase",
    ]),
    ('run_if', 'map:\n  input: [1]\n  agent_template: ["true"]\nreduce: {steps: [a], run_if: sometimes}\n', [
        "4:30: error PT109 at reduce.run_if: 'run_if' cannot be 'sometimes'; use any_success, all_success, always",
    ]),
    ('merge as text', 'map:\n  input: [1]\n  agent_template: ["true"]\nmerge: x\n', [
        "4:8: error PT105 at merge: 'merge' must be a list of steps or a mapping, not a text",
    ]),
    ('not UTF-8', '- \ud800\n', [
        '1:1: error PT100: the text is not UTF-8',
    ]),
    ('no YAML', '- a: b: c\n', [
        "1:7: error PT101: mapping values are not allowed in this context; a text that holds ': ' needs quotes",
    ]),
    ('two documents', '- a\n---\n- b\n', [
        '2:1: error PT102: a second document starts here; one file holds one workflow',
    ]),
    ('a tag', '- !custom a\n', [
        "1:3: error PT104 at [0]: the tag '!custom' is not allowed; write {custom: a}",
    ]),
    ('an anchor in itself', '- &x {shell: a, when: *x}\n', [
        "1:23: error PT106: the anchor '&x' contains itself",
    ]),
    ('a key twice', '- shell: a\n  shell: b\n', [
        "2:3: error PT107 at [0].shell: key 'shell' is given twice; the first is on line 1",
    ]),
    ('options', 'agent_defaults: {options: {x: 1}}\nsteps: [/a]\n', [
        "1:27: error PT105 at agent_defaults.options: no option 'x'",
    ]),
]
# fmt: on


@rows(CASES)
def test_the_problems_of_a_document_are_these_lines(text, lines):
    assert lines_of(text) == lines
