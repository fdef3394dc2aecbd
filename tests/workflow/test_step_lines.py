"""What loading says of a step: its command, its kind and its fields: code, place, path, words and hint, one row each."""

from tests.workflow.problem_lines import lines_of, rows

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('unknown step key', '- shel: a\n', [
        "1:3: error PT110 at [0].shel: unknown key 'shel'; did you mean 'shell'?",
    ]),
    ('unknown step key beside a command', '- shell: a\n  timout: 5\n', [
        "2:3: error PT110 at [0].timout: unknown key 'timout'; did you mean 'timeout'?",
    ]),
    ('no command', '- name: x\n', [
        "1:3: error PT201 at [0]: a step needs a command; add one of 'shell', 'claude', 'agent' and 'write_file'",
    ]),
    ('name and args', '- name: lint\n  args: [a, b]\n', [
        "1:3: error PT201 at [0]: a step needs a command; write claude: '/lint a b'",
        "2:3: warning PT902 at [0].args: 'args' is accepted and ignored",
    ]),
    ('empty text', "- ''\n", [
        "1:3: error PT201 at [0]: a step needs a command; write a shell command, or '/' and an agent's",
    ]),
    ('null step', '-\n', [
        "1:2: error PT201 at [0]: a step needs a command; write a shell command, or '/' and an agent's",
    ]),
    ('null command', '- shell:\n', [
        "1:3: error PT201 at [0]: a step needs a command; add one of 'shell', 'claude', 'agent' and 'write_file'",
    ]),
    ('list step', '- [a]\n', [
        "1:3: error PT105 at [0]: '[0]' must be text or a mapping, not a list",
    ]),
    ('two commands', '- shell: a\n  claude: b\n', [
        "2:3: error PT202 at [0].claude: a step has one command, not 'shell' and 'claude'; make two steps of it",
    ]),
    ('handler as a step', '- handler: {name: x}\n', [
        "1:3: error PT203 at [0].handler: 'handler' is no kind of step that can run; write 'shell', 'claude' or 'agent'",
    ]),
    ('template step', '- template: x\n', [
        "1:3: warning PT901 at [0].template: 'template' is a legacy spelling; write 'use'",
        "1:13: error PT705 at [0].template: the template 'x' is not there",
    ]),
    ('legacy retry', '- shell: a\n  retries: 3\n', [
        "2:3: warning PT901 at [0].retries: 'retries' is a legacy spelling; write 'retry'",
    ]),
    ('legacy timeout', '- shell: a\n  timeout_secs: 3\n', [
        "2:3: warning PT901 at [0].timeout_secs: 'timeout_secs' is a legacy spelling; write 'timeout'",
    ]),
    ('both timeouts', '- shell: a\n  timeout: 3\n  timeout_secs: 3\n', [
        "3:3: error PT116 at [0].timeout_secs: 'timeout_secs' and 'timeout' are the same key; one must go",
    ]),
    ('legacy test', '- test: a\n', [
        "1:3: warning PT901 at [0].test: 'test' is a legacy spelling; write 'shell'",
    ]),
    ('legacy command', '- command: lint\n', [
        "1:3: warning PT901 at [0].command: 'command' is a legacy spelling; write 'claude'",
    ]),
    ('prefix', "- 'shell: a'\n", [
        "1:3: warning PT901 at [0]: the prefix 'shell: ' inside a text is a legacy spelling; write the key 'shell'",
    ]),
    ('agent word', '- prodigy-lint\n', [
        "1:3: warning PT904 at [0]: 'prodigy-lint' is run by the shell; in the original it was an agent command; write '/prodigy-lint'",
    ]),
    ('no effect', '- shell: a\n  provider: claude\n', [
        "2:3: warning PT210 at [0].provider: 'provider' has no effect on a step of kind 'shell'",
    ]),
    ('with on shell', '- shell: a\n  with: {x: 1}\n', [
        "2:3: warning PT210 at [0].with: 'with' has no effect on a step of kind 'shell'",
    ]),
    ('metadata', '- shell: a\n  metadata: {commit_required: true, x: 1}\n', [
        "2:14: warning PT901 at [0].metadata.commit_required: 'metadata.commit_required' is a legacy spelling; write 'commit_required'",
        "2:37: warning PT902 at [0].metadata.x: 'metadata.x' is accepted and ignored",
    ]),
    ('ignored field', '- shell: a\n  analysis: {}\n', [
        "2:3: warning PT902 at [0].analysis: 'analysis' is accepted and ignored",
    ]),
    ('duplicate id', '- {shell: a, id: x}\n- {shell: b, id: x}\n', [
        "2:18: error PT205 at [1].id: the id 'x' is taken; the first is on line 1",
    ]),
    ('reserved id', '- {shell: a, id: item}\n', [
        "1:18: error PT205 at [0].id: an id cannot be called 'item'; the name is reserved",
    ]),
    ('no name', '- {shell: a, id: 1x}\n', [
        "1:18: error PT205 at [0].id: an id cannot be called '1x'; a name is a letter or '_', then letters, digits, '_' and '-'",
    ]),
    ('forbidden capture', '- {shell: a, capture: GIT_DIR}\n', [
        "1:23: error PT205 at [0].capture: a capture cannot be called 'GIT_DIR'; output must not set what steers other programs",
    ]),
    ('capture twice', '- {shell: a, capture: x, capture_output: y}\n', [
        "1:26: error PT116 at [0].capture_output: 'capture' and 'capture_output' name different captures; one must go",
    ]),
    ('capture set anyway', '- {shell: a, capture: shell.output}\n', [
        "1:23: warning PT901 at [0].capture: 'shell.output' is set after every step anyway; leave the capture out",
    ]),
    ('bad boolean', '- {shell: a, commit_required: maybe}\n', [
        "1:31: error PT105 at [0].commit_required: 'commit_required' must be true or false, not 'maybe'",
    ]),
    ('bad duration', '- {shell: a, timeout: 5 weeks}\n', [
        "1:23: error PT111 at [0].timeout: 'timeout' cannot be '5 weeks': a duration is written like 90, 30s or 1h30m",
    ]),
    ('zero timeout', '- {shell: a, timeout: 0}\n', [
        "1:23: error PT113 at [0].timeout: 'timeout' must be above 0; write 'none' for no limit",
    ]),
    ('late duration', '- {shell: a, timeout: "${T}"}\n', [
        "1:24: warning PT302 at [0].timeout: 'T' is declared nowhere, so it can only come from the environment",
    ]),
    ('bad word', '- {shell: a, interpreter: fish}\n', [
        "1:27: error PT109 at [0].interpreter: 'interpreter' cannot be 'fish'; use sh, bash, dash",
    ]),
    ('text as a mapping', '- shell: {a: b}\n', [
        "1:10: error PT105 at [0].shell: 'shell' must be text, not a mapping",
    ]),
    ('agent without prompt', '- claude: {model: x}\n', [
        "1:11: error PT108 at [0].claude: 'claude' needs 'prompt'",
    ]),
    ('model twice', '- {claude: {prompt: a, model: x}, model: y}\n', [
        "1:35: error PT116 at [0].model: 'model' and 'claude.model' are the same; one must go",
    ]),
    ('env list', '- {shell: a, env: [x]}\n', [
        "1:19: error PT105 at [0].env: 'env' must be a mapping of variables, not a list",
    ]),
    ('env command', '- {shell: a, env: {A: {command: x}}}\n', [
    ]),
    ('hidden env', 'env: {A: x}\nsteps: [{shell: a, capture: A}]\n', [
        "2:29: warning PT310 at steps[0].capture: the capture 'A' hides the variable of that name in 'env'; use another name",
    ]),
    ('write_file without content', '- write_file: {path: a}\n', [
        "1:15: error PT108 at [0].write_file: 'write_file' needs 'content'",
    ]),
    ('write_file as text', '- write_file: a\n', [
        "1:15: error PT105 at [0].write_file: 'write_file' must be a mapping with 'path' and 'content', not a text",
    ]),
    ('write_file escape', '- write_file: {path: ../a, content: x}\n', [
        "1:22: error PT801 at [0].write_file.path: '../a' cannot be written: '..' leaves the worktree",
    ]),
    ('write_file mode', '- write_file: {path: a, content: x, mode: 9}\n', [
        '1:43: error PT105 at [0].write_file.mode: \'mode\' must be octal digits, not \'9\'; write "0644"',
    ]),
    ('write_file append', '- write_file: {path: a, content: x, format: json, append: true}\n', [
        "1:51: error PT207 at [0].write_file.append: 'append' works for text only, not with 'format: json'",
    ]),
    ('write_file mapping as text', '- write_file: {path: a, content: {x: 1}}\n', [
        "1:34: error PT105 at [0].write_file.content: 'content' must be text, not a mapping; a mapping or list needs 'format: json' or 'format: yaml'",
    ]),
    ('metadata and field', '- {shell: a, commit_required: true, metadata: {commit_required: true}}\n', [
        "1:48: error PT116 at [0].metadata.commit_required: 'metadata.commit_required' and 'commit_required' are the same; one must go",
    ]),
    ('provider', '- {agent: a, provider: scriptd}\n', [
        "1:24: error PT109 at [0].provider: there is no provider 'scriptd'; did you mean 'scripted'?",
    ]),
]
# fmt: on


@rows(CASES)
def test_the_problems_of_a_step_are_these_lines(text, lines):
    assert lines_of(text) == lines
