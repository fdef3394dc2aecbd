"""Every problem that loading can report: its code, place, path, words and hint, one row each."""

import re
from pathlib import Path

import pytest

import prodigy_tui
import prodigy_tui.workflow
from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.load import load_text

PROVIDERS = {"claude": lambda options: tuple(f"no option '{key}'" for key in options), "scripted": lambda _: ()}
LOADING = ("build/*.py", "check*.py", "*source.py", "fields.py", "load.py", "reading.py")
BEHIND_LOADING = {
    "PT303",
    "PT304",
    "PT305",
    "PT306",
    "PT309",
    "PT401",
    "PT402",
    "PT403",
    "PT404",
    "PT406",
    "PT407",
    "PT408",
}
"""Codes that loading passes on from the parsers of texts, expressions, sort keys and JSONPath."""

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
    ('handler without effect', '- {shell: a, on_failure: {strategy: recovery}}\n', [
        "1:26: error PT206 at [0].on_failure: the handler has no effect; add steps, 'max_attempts' above 1 or 'fail_workflow: false'",
    ]),
    ('empty handler', '- {shell: a, on_failure: []}\n', [
        '1:26: error PT204 at [0].on_failure: the list of steps is empty',
    ]),
    ('unknown handler key', '- {shell: a, on_failure: {foo: bar}}\n', [
        "1:27: error PT110 at [0].on_failure.foo: unknown key 'foo'",
    ]),
    ('contradiction', '- {shell: a, continue_on_error: true, on_failure: b}\n', [
        "1:14: error PT207 at [0].continue_on_error: 'continue_on_error' and 'on_failure' contradict each other; 'on_failure' alone says all",
    ]),
    ('attempts with another strategy', '- {shell: a, on_failure: {shell: b, strategy: fallback, max_attempts: 3, fail_workflow: true}}\n', [
        "1:47: warning PT207 at [0].on_failure.strategy: 'max_attempts' above 1 means 'strategy: recovery', not 'fallback'",
    ]),
    ('attempts below 1', '- {shell: a, on_failure: {shell: b, max_attempts: 0, fail_workflow: true}}\n', [
        "1:51: error PT113 at [0].on_failure.max_attempts: 'max_attempts' must be at least 1, not '0'",
    ]),
    ('meaning changed', '- {shell: a, on_failure: {shell: b, max_attempts: 2}}\n', [
        "1:37: warning PT903 at [0].on_failure.max_attempts: when the repairs did not help, the step fails; in the original the run went on; write 'fail_workflow: true' or 'fail_workflow: false'",
    ]),
    ('cleanup', '- {shell: a, on_failure: {shell: b, strategy: cleanup}}\n', [
        "1:37: warning PT903 at [0].on_failure.strategy: after a cleanup the step has failed; in the original the run went on; write 'fail_workflow: true' or 'fail_workflow: false'",
    ]),
    ('legacy options', '- {shell: a, on_failure: {shell: b, max_retries: 2, retry_original: true, fail_workflow: true}}\n', [
        "1:37: warning PT901 at [0].on_failure.max_retries: 'max_retries' is a legacy spelling; write 'max_attempts'",
        "1:53: warning PT901 at [0].on_failure.retry_original: 'retry_original' is a legacy spelling; write 'strategy: recovery'",
    ]),
    ('capture mapping', '- {shell: a, on_failure: {shell: b, capture: {x: y}}}\n', [
        "1:37: warning PT901 at [0].on_failure.capture: 'capture' is a legacy spelling; write 'capture' in the handler's steps",
    ]),
    ('two steps in one', '- {shell: a, on_failure: {shell: b, claude: c}}\n', [
        "1:37: warning PT901 at [0].on_failure.claude: 'shell' and 'claude' in one step is a legacy spelling; write a list of two steps",
    ]),
    ('nested', "- {shell: a, on_failure: " + "{shell: b, on_failure: " * 8 + "{shell: c}" + "}" * 9 + "\n", [
        '1:210: error PT209 at [0].on_failure.on_failure.on_failure.on_failure.on_failure.on_failure.on_failure.on_failure.on_failure: handlers are nested deeper than 8 levels',
    ]),
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
    ('strategy of merge', 'map:\n  input: [1]\n  agent_template: ["true"]\nmerge: {strategy: octopus}\n', [
        "4:19: error PT109 at merge.strategy: 'strategy' cannot be 'octopus'; use merge, squash, rebase",
    ]),
    ('run_if', 'map:\n  input: [1]\n  agent_template: ["true"]\nreduce: {steps: [a], run_if: sometimes}\n', [
        "4:30: error PT109 at reduce.run_if: 'run_if' cannot be 'sometimes'; use any_success, all_success, always",
    ]),
    ('merge as text', 'map:\n  input: [1]\n  agent_template: ["true"]\nmerge: x\n', [
        "4:8: error PT105 at merge: 'merge' must be a list of steps or a mapping, not a text",
    ]),
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
    ('a legacy name of an expression', '- shell: a\n  when: length(last.output, 3)\n', [
        "2:9: warning PT901 at [0].when: 'length(x, n)' is an old spelling; write 'length(x) == n'",
    ]),
    ('a handler without a step', '- {shell: a, on_failure: {name: x}}\n', [
        "1:26: error PT201 at [0].on_failure: a step needs a command; add one of 'shell', 'claude', 'agent' and 'write_file'",
    ]),
    ('strategy twice', '- {shell: a, on_failure: {shell: b, strategy: custom, retry_original: true}}\n', [
        "1:55: error PT116 at [0].on_failure.retry_original: 'retry_original' and 'strategy' are the same; one must go",
        "1:55: warning PT901 at [0].on_failure.retry_original: 'retry_original' is a legacy spelling; write 'strategy: recovery'",
    ]),
    ('metadata and field', '- {shell: a, commit_required: true, metadata: {commit_required: true}}\n', [
        "1:48: error PT116 at [0].metadata.commit_required: 'metadata.commit_required' and 'commit_required' are the same; one must go",
    ]),
    ('test and step have handlers', '- {test: {command: a, on_failure: b}, on_failure: c}\n', [
        "1:4: warning PT901 at [0].test: 'test' is a legacy spelling; write 'shell'",
        "1:39: error PT116 at [0].on_failure: 'on_failure' of the step and of 'test' are the same; one must go",
    ]),
    ('provider', '- {agent: a, provider: scriptd}\n', [
        "1:24: error PT109 at [0].provider: there is no provider 'scriptd'; did you mean 'scripted'?",
    ]),
    ('options', 'agent_defaults: {options: {x: 1}}\nsteps: [/a]\n', [
        "1:27: error PT105 at agent_defaults.options: no option 'x'",
    ]),
    ('heredoc delimiter', '- shell: cat <<${last.output}\n', [
        "1:16: error PT306 at [0].shell: 'last.output' cannot be quoted in the delimiter of a here-document",
    ]),
    ('default inside a quoted expansion', '- shell: \'echo "${x:-${last.output}}"\'\n', [
        "1:17: error PT306 at [0].shell: 'last.output' cannot be quoted inside a '${…}' that is left for the shell",
    ]),
    ('a bad path of an item', "map: {input: [1], distinct: 'a b', agent_template: [a]}\n", [
        "1:29: error PT406 at map.distinct: 'a b' is not a path of an item",
    ]),
    ('a single & in a JSONPath', "map: {input: a.json, json_path: '$[?(@.a & @.b)]', agent_template: [a]}\n", [
        "1:33: warning PT901 at map.json_path: a single '&' in a json_path is an old spelling; write '&&'",
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
    ('bad glob', "map: {input: {glob: '[z-a]'}, agent_template: [a]}\n", [
        "1:21: error PT114 at map.input.glob: '[z-a]' has a range that runs backwards: z-a",
    ]),
]
# fmt: on


@pytest.mark.parametrize(
    ("text", "lines"), [(text, lines) for _, text, lines in CASES], ids=[name for name, *_ in CASES]
)
def test_the_problems_of_a_text_are_these_lines(text, lines):
    loaded = load_text(text, "w.yml", surroundings=Surroundings(providers=PROVIDERS))

    assert [str(problem) for problem in loaded.problems] == [f"w.yml:{line}" for line in lines]


WITH_PLACE = {
    "error": (
        "PT100 PT101 PT102 PT103 PT104 PT105 PT106 PT107 PT108 PT109 PT110 PT111 PT112 PT113 PT114 PT116 PT199 PT201 "
        "PT202 PT203 PT204 PT205 PT206 PT207 PT208 PT209 PT211 PT301 PT304 PT306 PT309 PT313 PT321 PT322 PT330 PT332 "
        "PT333 PT401 PT402 PT403 PT406 PT407 PT408 PT522 PT701 PT702 PT703 PT704 PT705 PT706 PT707 PT801"
    ),
    "warning": (
        "PT117 PT199 PT204 PT207 PT210 PT302 PT303 PT305 PT310 PT311 PT312 PT321 PT331 PT404 PT602 PT901 PT902 PT903 "
        "PT904"
    ),
}
"""Appendix A: every code of class E and W that a text, a file or the environment can be blamed for."""
AT_WORK = ("PT405", "PT504", "PT510", "PT512", "PT612")
"""Appendix A: every other code of class W. They are found while a run works, and are told as events without a place."""
AT_THE_START = ("PT630",)
"""Appendix A: the code of class E that needs more than the text: what an agent costs."""


def test_every_code_of_class_e_and_w_has_a_row_with_its_place_and_words():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))

    for severity, codes in WITH_PLACE.items():
        rows = set(re.findall(rf"\d+:\d+: {severity} (PT\d{{3}})(?: at [^:]+)?: \S", tests))
        assert set(codes.split()) - rows == set(), severity
    told = set(re.findall(r"\(\"(PT\d{3})\", \"", tests))
    assert set(AT_WORK) - told == set()


def test_a_code_of_the_start_has_a_test_of_its_own():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))

    assert [code for code in AT_THE_START if f'"{code}: ' not in tests] == []


def test_every_code_that_loading_knows_has_its_row():
    package = Path(prodigy_tui.workflow.__file__).parent
    sources = [path.read_text(encoding="utf-8") for pattern in LOADING for path in package.glob(pattern)]
    known = {code for source in sources for code in re.findall(r"\"(PT\d{3})\"", source)} | BEHIND_LOADING
    rows = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    tested = {code for text in rows for code in re.findall(r"\b(?:error|warning) (PT\d{3})\b", text)}

    assert known <= tested
