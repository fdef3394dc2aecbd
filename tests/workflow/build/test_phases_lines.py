"""The problems of documents and phases: code, place, path, words and hint, one row each (language 2, 11, 13, 16, 17)."""

import pytest

from tests.workflow.build.built import read

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('another mode', 'steps: [a]\nmode: parallel\n', [
        "2:7: error PT109 at mode: 'mode' cannot be 'parallel'; use plain, standard, mapreduce",
    ]),
    ('no source of steps', 'workflows: {other: {steps: [a]}}\n', [
        "1:1: error PT108: a workflow needs 'steps'",
    ]),
    ('input and items', 'map: {input: [1], agent_template: [a], items: [2]}\n', [
        "1:40: error PT103 at map.items: 'input' and 'items' cannot stand together; one must go",
    ]),
    ('items as text', 'map: {items: a.txt, agent_template: [a]}\n', [
        "1:14: error PT105 at map.items: 'items' must be a list of items, not a text; other sources stand under 'input'",
    ]),
    ('an empty input', "map: {input: ' ', agent_template: [a]}\n", [
        "1:14: error PT105 at map.input: 'input' is empty; write {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('an input without a source', 'map: {input: {format: csv}, agent_template: [a]}\n', [
        "1:14: error PT108 at map.input: 'input' needs one of 'file', 'glob' and 'shell'; write {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('an input of two forms', 'map: {input: {glob: a, shell: b}, agent_template: [a]}\n', [
        "1:24: error PT103 at map.input.shell: 'glob' and 'shell' cannot stand together; one must go",
    ]),
    ('an input above the worktree', 'map: {input: {file: ../a}, agent_template: [a]}\n', [
        "1:21: error PT801 at map.input.file: 'input' cannot be '../a': '..' leaves the worktree; an absolute path may lie below the repository or --allow-outside",
    ]),
    ('an item before there are items', "map: {input: 'echo ${item}', agent_template: [a]}\n", [
        "1:20: error PT301 at map.input: 'item' has no value here; it has one in the agents of a map",
    ]),
    ('a format', 'map: {input: {file: a, format: xml}, agent_template: [a]}\n', [
        "1:32: error PT109 at map.input.format: 'format' cannot be 'xml'; did you mean 'yml'?",
    ]),
    ('a minimum above the maximum', 'map: {input: [1], agent_template: [a], min_items: 3, max_items: 2}\n', [
        "1:40: warning PT207 at map.min_items: 'min_items' is 3, but 'max_items' leaves at most 2",
    ]),
    ('a legacy template', 'map: {input: [1], agent_template: {commands: [a]}}\n', [
        "1:19: warning PT901 at map.agent_template: a mapping under 'agent_template' is a legacy spelling; write the list",
    ]),
    ('captures as a list', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: [a]}\n', [
        "2:59: error PT105 at setup.capture_outputs: 'capture_outputs' must be a mapping from names to steps, not a list",
    ]),
    ('a capture without a step', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {source: stderr}}}\n', [
        "2:63: error PT108 at setup.capture_outputs.N: 'N' needs 'command_index' or 'step'",
    ]),
    ('a capture of two steps', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {step: one, command_index: 0}}}\n', [
        "2:75: error PT103 at setup.capture_outputs.N.command_index: 'command_index' and 'step' cannot stand together; one must go",
    ]),
    ('a capture past the end', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: 2}}\n', [
        '2:63: error PT113 at setup.capture_outputs.N: setup has no step 2; steps are counted from 0; the last one is 1',
    ]),
    ('a capture of no step', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {step: on}}}\n', [
        "2:70: error PT707 at setup.capture_outputs.N.step: setup has no step with the id 'on'; did you mean 'one'?",
    ]),
    ('a capture where no step has an id', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [a], capture_outputs: {N: {step: one}}}\n', [
        "2:49: error PT707 at setup.capture_outputs.N.step: setup has no step with the id 'one'; no step of setup has an 'id'",
    ]),
    ('the pattern of a capture', "map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {step: one, pattern: '('}}}\n", [
        "2:84: error PT114 at setup.capture_outputs.N.pattern: '(' is not a regex: missing ), unterminated subpattern at position 0",
    ]),
    ('a pattern that is too long', "map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {step: one, pattern: " + "x" * 5000 + "}}}\n", [
        '2:84: error PT408 at setup.capture_outputs.N.pattern: the regex is longer than 4 KiB',
    ]),
    ('the path of a capture', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {N: {step: one, json_path: $..a}}}\n', [
        "2:86: error PT407 at setup.capture_outputs.N.json_path: '$..a' is no path into JSON; write a path such as $.a.b[0], a.b[0] or a.0",
    ]),
    ('the name of a capture', 'map: {input: [1], agent_template: [a]}\nsetup: {steps: [{shell: a, id: one}, b], capture_outputs: {PATH: 0}}\n', [
        "2:60: error PT205 at setup.capture_outputs.PATH: a capture cannot be called 'PATH'; output must not set what steers other programs",
    ]),
    ('two limits of an attempt', 'map: {input: [1], agent_template: [a], agent_timeout: 5, timeout_config: {agent_timeout: 6}}\n', [
        "1:75: error PT116 at map.timeout_config.agent_timeout: 'agent_timeout' and 'timeout_config.agent_timeout_secs' are the same; one must go",
    ]),
    ('limits without effect', 'map: {input: [1], agent_template: [a], timeout_config: {timeout_policy: per_agent, command_timeouts: {shell: 5}}}\n', [
        "1:84: warning PT602 at map.timeout_config.command_timeouts: 'command_timeouts' has no effect with 'timeout_policy: per_agent'; write 'timeout_policy: hybrid'",
    ]),
    ('a limit of no kind', 'map: {input: [1], agent_template: [a], timeout_config: {command_timeouts: {shel: 5}}}\n', [
        "1:76: error PT110 at map.timeout_config.command_timeouts.shel: unknown key 'shel'; did you mean 'shell'?",
    ]),
    ('limits as a list', 'map: {input: [1], agent_template: [a], timeout_config: {command_timeouts: [shell]}}\n', [
        "1:75: error PT105 at map.timeout_config.command_timeouts: 'command_timeouts' must be a mapping from kinds of steps to durations, not a list",
    ]),
    ('an old word for the dlq', 'map: {input: [1], agent_template: [a], timeout_config: {timeout_action: graceful_terminate}}\n', [
        "1:73: warning PT901 at map.timeout_config.timeout_action: 'graceful_terminate' is a legacy spelling; write 'dlq'",
    ]),
    ('no agent at once', 'map: {input: [1], agent_template: [a], max_parallel: 0}\n', [
        "1:54: error PT113 at map.max_parallel: 'max_parallel' must be at least 1, not '0'",
    ]),
    ('auto', 'map: {input: [1], agent_template: [a], max_parallel: auto}\n', [
    ]),
    ('auto as a flag', 'map: {input: [1], agent_template: [a], max_parallel: {auto: true}}\n', [
        "1:61: error PT105 at map.max_parallel.auto: 'auto' must be a mapping, not a boolean; write 'max_parallel: auto' for its defaults",
    ]),
    ('bounds of auto', 'map: {input: [1], agent_template: [a], max_parallel: {auto: {min: 5, max: 4}}}\n', [
        "1:70: error PT207 at map.max_parallel.auto.max: 'max' is 4, but 'min' is 5",
    ]),
    ('a canary without an amount', 'map: {input: [1], agent_template: [a], canary: {gate: auto}}\n', [
        "1:48: error PT108 at map.canary: 'canary' needs 'count' or 'percent'",
    ]),
    ('a canary with two amounts', 'map: {input: [1], agent_template: [a], canary: {percent: 10%, count: 3}}\n', [
        "1:63: error PT103 at map.canary.count: 'count' and 'percent' cannot stand together; one must go",
    ]),
    ('a question for nobody', "map: {input: [1], agent_template: [a], canary: {count: 3, gate: auto, question: '?'}}\n", [
        "1:71: warning PT207 at map.canary.question: nobody is asked, so 'question' has no effect; write 'gate: approve', or leave it out",
    ]),
    ('a ratio that is one', 'map: {input: [1], agent_template: [a], canary: {percent: 1}}\n', [
        "1:58: warning PT117 at map.canary.percent: 'percent' is 100 % when it is written 1; write 100%, 1% or 1.0",
    ]),
    ('a ratio above all', 'map: {input: [1], agent_template: [a], canary: {percent: 101%}}\n', [
        "1:58: error PT112 at map.canary.percent: 'percent' cannot be '101%': it cannot be more than 100 %",
    ]),
    ('a bad glob in paths', "map: {input: [1], agent_template: [a], paths: ['!{a']}\n", [
        "1:48: error PT114 at map.paths[0]: '{a' has an open brace",
    ]),
    ('paths without globs', 'map: {input: [1], agent_template: [a], paths: {on_violation: fail}}\n', [
        "1:47: error PT108 at map.paths: 'paths' needs 'allow'",
    ]),
    ('a worktree as text', 'steps: [a]\nworktree: fresh\n', [
        "2:11: error PT105 at worktree: 'worktree' must be a mapping, not a text",
    ]),
    ('a path outside', 'steps: [a]\nworktree: {copy: ../a, link: [/b], include: .git/x}\n', [
        "2:18: error PT801 at worktree.copy: 'copy' cannot be '../a': '..' leaves the worktree",
        "2:31: error PT801 at worktree.link[0]: 'link' cannot be '/b': an absolute path leaves the worktree",
        "2:45: error PT801 at worktree.include: 'include' cannot be '.git/x': '.git' is never written",
    ]),
    ('a path copied and linked', 'steps: [a]\nworktree: {copy: a, link: a}\n', [
        "2:27: error PT207 at worktree.link: 'a' cannot be copied and linked; one must go",
    ]),
    ('nothing to keep', 'steps: [a]\nworktree: {mode: fresh, keep: a}\n', [
        "2:25: warning PT207 at worktree.keep: 'keep' has nothing to keep where every worktree is fresh; leave it out, or write 'mode: pooled'",
    ]),
    ('a sparse path outside', 'steps: [a]\nworktree: {sparse: [../a]}\n', [
        "2:21: error PT801 at worktree.sparse[0]: 'sparse' cannot be '../a': '..' leaves the worktree",
    ]),
    ('a policy in two places', 'map: {input: [1], agent_template: [a]}\nerror_policy: {max_failures: 3}\nmax_failures: 4\n', [
        "3:1: error PT116 at max_failures: 'max_failures' is given in two places; one must go",
    ]),
    ('retry in two places', 'map: {input: [1], agent_template: [a], retry: 2}\nretry_config: 3\n', [
        "2:1: error PT116 at retry_config: 'retry' of the map and 'retry_config' are the same; one must go",
    ]),
    ('a reaction', 'map: {input: [1], agent_template: [a]}\nerror_policy: {on_item_failure: ignore}\n', [
        "2:33: error PT109 at error_policy.on_item_failure: 'on_item_failure' cannot be 'ignore'; use dlq, retry, skip, stop, or a step such as {shell: ignore}",
    ]),
    ('a custom reaction', "map: {input: [1], agent_template: [a]}\nerror_policy: {on_item_failure: 'custom:mend'}\n", [
        "2:33: error PT109 at error_policy.on_item_failure: 'on_item_failure' cannot be 'custom:mend'; write a step such as {claude: /mend}",
    ]),
    ('a collection', 'map: {input: [1], agent_template: [a]}\nerror_policy: {error_collection: agregate}\n', [
        "2:34: error PT109 at error_policy.error_collection: 'error_collection' cannot be 'agregate'; did you mean 'aggregate'?",
    ]),
    ('a batch', "map: {input: [1], agent_template: [a]}\nerror_policy: {error_collection: 'batched:x'}\n", [
        "2:34: error PT105 at error_policy.error_collection: 'error_collection' must be a whole number, not 'x'",
    ]),
    ('an empty batch', 'map: {input: [1], agent_template: [a]}\nerror_policy: {error_collection: {batched: 0}}\n', [
        "2:44: error PT113 at error_policy.error_collection.batched: 'batched' must be at least 1, not '0'",
    ]),
    ('a breaker that never closes', 'map: {input: [1], agent_template: [a]}\nerror_policy: {circuit_breaker: {timeout: none}}\n', [
        "2:43: error PT113 at error_policy.circuit_breaker.timeout: 'timeout' of a circuit breaker cannot be 'none': it would never close again",
    ]),
    ('milliseconds', 'map: {input: [1], agent_template: [a]}\nerror_policy: {circuit_breaker: {recovery_timeout_ms: 500}}\n', [
        "2:34: warning PT901 at error_policy.circuit_breaker.recovery_timeout_ms: 'recovery_timeout_ms' is a legacy spelling; write 'timeout'",
    ]),
    ('a strategy that git does not have here', 'steps: [a]\nmerge: {strategy: ours}\n', [
        "2:19: error PT109 at merge.strategy: 'strategy' cannot be 'ours'; use merge, squash, rebase",
    ]),
    ('a conflict', 'steps: [a]\nmerge: {conflict: ours}\n', [
        "2:19: error PT109 at merge.conflict: 'conflict' cannot be 'ours'; use fail, dlq",
    ]),
    ('a conflict without an agent', 'steps: [a]\nmerge: {conflict: {attempts: 2}}\n', [
        "2:19: error PT108 at merge.conflict: 'conflict' needs 'agent'",
    ]),
    ('two agents of a conflict', 'steps: [a]\nmerge: {conflict: {agent: [a, b]}}\n', [
        "2:27: error PT105 at merge.conflict.agent: 'agent' must be one step, not a list",
    ]),
    ('a check as text', 'steps: [a]\nmerge: {verify: make test}\n', [
        "2:17: error PT105 at merge.verify: 'verify' must be a list of steps or a mapping, not a text",
    ]),
    ('a check of nothing', 'steps: [a]\nmerge: {verify: {steps: [a], at: []}}\n', [
        "2:34: error PT105 at merge.verify.at: 'at' must name a merge, not nothing; use agents, landing",
    ]),
    ('a batch at the landing', 'steps: [a]\nmerge: {verify: {steps: [a], at: landing, batch: 4}}\n', [
        "2:43: warning PT602 at merge.verify.batch: 'batch' has no effect where only the landing is verified",
    ]),
    ('rules for agents without agents', 'steps: [a]\nmerge: {agents: {conflict: dlq}}\n', [
        "2:9: warning PT602 at merge.agents: 'agents' has no effect in a workflow without 'map'",
    ]),
    ('a check that leaves out its merges', 'map: {input: [1], agent_template: [a]}\nmerge: {agents: {verify: {steps: [a], at: landing}}}\n', [
        "2:18: error PT207 at merge.agents.verify: 'agents.verify' is for agent merges, but its 'at' leaves them out",
    ]),
    ('policies as a mapping', 'steps: [a]\nmerge: {policies: {path: a}}\n', [
        "2:19: error PT105 at merge.policies: 'policies' must be a list of policies, not a mapping",
    ]),
    ('a policy without a glob', 'steps: [a]\nmerge: {policies: [{policy: ours}]}\n', [
        "2:20: error PT108 at merge.policies[0]: a policy needs 'path'",
    ]),
    ('a policy', "steps: [a]\nmerge: {policies: [{path: '{a', policy: mine}]}\n", [
        "2:27: error PT114 at merge.policies[0].path: '{a' has an open brace",
        "2:41: error PT109 at merge.policies[0].policy: 'policy' cannot be 'mine'; use union, ours, theirs, regenerate, forbid",
    ]),
    ('regenerate without a command', 'steps: [a]\nmerge: {policies: [{path: a, policy: regenerate}]}\n', [
        "2:20: error PT108 at merge.policies[0]: 'policy: regenerate' needs 'command'",
    ]),
    ('a command for nothing', 'steps: [a]\nmerge: {policies: [{path: a, policy: ours, command: b}]}\n', [
        "2:44: warning PT207 at merge.policies[0].command: 'command' has no effect with 'policy: ours'; write 'policy: regenerate', or leave it out",
    ]),
    ('a budget as a number', 'steps: [a]\nbudget: 20\n', [
        "2:9: error PT105 at budget: 'budget' must be a mapping, not a number; write {usd: 20}, {tokens: 1000000} or {time: 2h}",
    ]),
    ('a budget without a limit', 'steps: [a]\nbudget: {on_exceed: stop}\n', [
        "2:9: warning PT602 at budget: 'budget' without 'usd', 'tokens', 'time' or 'per_item' limits nothing",
    ]),
    ('a budget for items that there are none of', 'steps: [a]\nbudget: {per_item: {usd: 1}}\n', [
        "2:10: warning PT602 at budget.per_item: 'per_item' limits what an item may use, and a workflow without 'map' has no items",
    ]),
    ('a notification as a mapping', 'steps: [a]\nnotify: {on: merged, bell: true}\n', [
        "2:9: error PT105 at notify: 'notify' must be a list of notifications, not a mapping",
    ]),
    ('a notification of nothing', 'steps: [a]\nnotify: [{on: [], bell: true}]\n', [
        "2:15: error PT105 at notify[0].on: 'on' must name an event, not nothing; use run_started, run_finished, run_failed, needs_input, canary_ready, item_failed, quota, budget, merged",
    ]),
    ('no such event', 'steps: [a]\nnotify: [{on: run_finish, bell: true}]\n', [
        "2:15: error PT109 at notify[0].on: 'on' cannot be 'run_finish'; did you mean 'run_finished'?",
    ]),
    ('no way to tell', 'steps: [a]\nnotify: [{on: merged, desktop: false}]\n', [
        "2:10: error PT108 at notify[0]: a notification needs one of 'shell', 'webhook', 'desktop' and 'bell'",
    ]),
    ('two ways to tell', 'steps: [a]\nnotify: [{on: merged, bell: true, shell: a}]\n', [
        "2:35: error PT103 at notify[0].shell: 'bell' and 'shell' cannot stand together; one must go; make two notifications of it",
    ]),
    ('iterations in a map', 'map: {input: [1], agent_template: [a]}\nmax_iterations: 2\n', [
        "2:1: error PT103 at max_iterations: 'max_iterations' belongs to a workflow without 'map'",
    ]),
    ('later keys', 'steps: [a]\nmax_iterations: 2\ntimeout: 1h\nuncommitted: fail\n', [
    ]),
    ('later keys of a map', 'map: {input: [1], agent_template: [a], agent_timeout: 5, timeout: 1h, retry: 2, canary: 1, paths: [a]}\n', [
    ]),
]
# fmt: on


@pytest.mark.parametrize(
    ("text", "lines"), [(text, lines) for _, text, lines in CASES], ids=[name for name, *_ in CASES]
)
def test_the_problems_of_a_text_are_these_lines(text, lines):
    assert read(text)[1] == lines
