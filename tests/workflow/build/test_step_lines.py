"""Every problem of a step's form: its code, place, path, words and hint, one row each."""

import pytest

from tests.workflow.build.reading import read_lines

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    ('a loop without do', '{foreach: [1]}', [
        "1:3: error PT108 at [0]: 'foreach' needs 'do'",
    ]),
    ('a nested loop without items', '{foreach: {do: a}}', [
        "1:13: error PT108 at [0].foreach: 'foreach' needs 'items'; write {list: […]}, {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('a nested loop without do', '{foreach: {items: [1], parallel: 2}}', [
        "1:13: error PT108 at [0].foreach: 'foreach' needs 'do'",
    ]),
    ('items twice', "{foreach: {items: [1], glob: '*.md', do: a}}", [
        "1:26: error PT103 at [0].foreach.glob: 'items' and 'glob' cannot stand together; one must go",
    ]),
    ('two sources', '{foreach: {file: a, glob: b}, do: a}', [
        "1:23: error PT103 at [0].foreach.glob: 'file' and 'glob' cannot stand together; one must go",
    ]),
    ('a source that is none', '{foreach: {timeout: 5}, do: a}', [
        "1:13: error PT108 at [0].foreach: 'foreach' needs a source of items; write {list: […]}, {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('a misspelt source', '{foreach: {glb: a}, do: a}', [
        "1:14: error PT110 at [0].foreach.glb: unknown key 'glb'; did you mean 'glob'?",
    ]),
    ('a field of another source', "{foreach: {glob: '*.md', timeout: 5}, do: a}", [
        "1:28: error PT110 at [0].foreach.timeout: 'timeout' is no key of a source of kind 'glob'",
    ]),
    ('an option at two places', '{foreach: {items: [1], do: a, parallel: 2}, parallel: 3}', [
        "1:47: error PT116 at [0].parallel: 'parallel' is given in two places; one must go",
    ]),
    ('until beside parallel', "{foreach: [1], do: a, parallel: 2, until: 'index == 3'}", [
        "1:38: error PT207 at [0].until: 'until' and 'parallel' above 1 contradict each other; the end of a loop that runs at once comes too late",
    ]),
    ('parallel zero', '{foreach: [1], do: a, parallel: 0}', [
        "1:35: error PT113 at [0].parallel: 'parallel' must be at least 1, not '0'",
    ]),
    ('no source', "{foreach: '', do: a}", [
        "1:13: error PT105 at [0].foreach: 'foreach' has no items; write {list: […]}, {file: PATH}, {glob: PATTERN} or {shell: COMMAND}",
    ]),
    ('a bad glob of a loop', "{foreach: 'glob: [z-a]', do: a}", [
        "1:13: error PT114 at [0].foreach: '[z-a]' has a range that runs backwards: z-a",
    ]),
    ('an empty body', '{foreach: [1], do: []}', [
        '1:22: error PT204 at [0].do: the list of steps is empty',
    ]),
    ('a reserved loop variable', '{foreach: [1], do: a, as: last}', [
        "1:29: error PT205 at [0].as: a loop variable cannot be called 'last'; the name is reserved",
    ]),
    ('a harmful loop variable', '{foreach: [1], do: a, as: PATH}', [
        "1:29: error PT205 at [0].as: a loop variable cannot be called 'PATH'; output must not set what steers other programs",
    ]),
    ('commits at once', '{foreach: [1], parallel: 2, do: {shell: a, commit_required: true, auto_commit: true, commit_config: {}}}', [
        "1:46: error PT208 at [0].do.commit_required: 'commit_required' cannot be used in a loop whose iterations run at once; they share one HEAD; write 'parallel: 1'",
        "1:69: error PT208 at [0].do.auto_commit: 'auto_commit' cannot be used in a loop whose iterations run at once; they share one HEAD; write 'parallel: 1'",
        "1:88: error PT208 at [0].do.commit_config: 'commit_config' cannot be used in a loop whose iterations run at once; they share one HEAD; write 'parallel: 1'",
    ]),
    ('the loop variable outside', "{foreach: [1], as: f, do: 'echo ${f} ${index}', on_success: {claude: 'look at ${f}'}}", [
        "1:81: warning PT302 at [0].on_success.claude: 'f' is declared nowhere, so it can only come from the environment",
    ]),
    ('legacy spellings of a loop', '{foreach: {in: [1], steps: [a]}}', [
        "1:14: warning PT901 at [0].foreach.in: 'in' is a legacy spelling; write 'items'",
        "1:23: warning PT901 at [0].foreach.steps: 'steps' is a legacy spelling; write 'do'",
    ]),
    ('a question without words', '{approve: {timeout: 5}}', [
        "1:13: error PT108 at [0].approve: 'approve' needs 'question'",
    ]),
    ('an unknown answer', '{approve: {question: a, options: [go, stop], default: gone}}', [
        "1:57: error PT109 at [0].approve.default: 'default' cannot be 'gone'; use go, stop",
    ]),
    ('an answer twice', '{approve: {question: a, options: [go, go]}}', [
        "1:41: error PT116 at [0].approve.options[1]: the answer 'go' is given twice; one must go",
    ]),
    ('no answers', '{approve: {question: a, options: []}}', [
        "1:36: error PT105 at [0].approve.options: 'options' must have at least one answer",
    ]),
    ('what is shown', '{approve: {question: a, show: logs, on_timeout: go}}', [
        "1:33: error PT109 at [0].approve.show: 'show' cannot be 'logs'; use diff, files, output",
        "1:51: error PT109 at [0].approve.on_timeout: 'on_timeout' cannot be 'go'; use deny, approve",
    ]),
    ('a limit of a question', '{approve: a, timeout: 5}', [
        "1:16: warning PT210 at [0].timeout: 'timeout' has no effect on a step of kind 'approve'",
    ]),
    ('a wait without end', '{wait: none}', [
        "1:10: error PT111 at [0].wait: 'wait' cannot be 'none': a delay has an end",
    ]),
    ('a wait that is no time', '{wait: soon}', [
        "1:10: error PT111 at [0].wait: 'wait' cannot be 'soon': a duration is written like 90, 30s or 1h30m",
    ]),
    ('a wait without a command', '{wait: {every: 5s}}', [
        "1:10: error PT108 at [0].wait: 'wait' needs 'shell'",
    ]),
    ('a file in .git', '{write_file: {path: .git/config, content: x}}', [
        "1:23: error PT801 at [0].write_file.path: '.git/config' cannot be written: '.git' is never written",
    ]),
    ('analyze', '{analyze: {force: true}}', [
        "1:4: warning PT902 at [0].analyze: 'analyze' is accepted and does nothing",
    ]),
    ('two names of one step', '{use: a, template: b}', [
        "1:12: error PT116 at [0].template: 'template' and 'use' are the same key; one must go",
    ]),
    ('kinds and fields', '{write_file: {path: a, content: b}, interpreter: bash, working_dir: x, timeout: 5, do: a}', [
        "1:39: warning PT210 at [0].interpreter: 'interpreter' has no effect on a step of kind 'write_file'",
        "1:58: warning PT210 at [0].working_dir: 'working_dir' has no effect on a step of kind 'write_file'",
        "1:74: warning PT210 at [0].timeout: 'timeout' has no effect on a step of kind 'write_file'",
        "1:86: warning PT210 at [0].do: 'do' has no effect on a step of kind 'write_file'",
    ]),
    ("a prompt's shell", '{claude: a, interpreter: bash, stdin: x}', [
        "1:15: warning PT210 at [0].interpreter: 'interpreter' has no effect on a step of kind 'agent'",
        "1:34: warning PT210 at [0].stdin: 'stdin' has no effect on a step of kind 'agent'",
    ]),
    ('values for no template', '{shell: a, with: {x: 1}}', [
        "1:14: warning PT210 at [0].with: 'with' has no effect on a step of kind 'shell'",
    ]),
    ('conditions of steps of older workflows', "{shell: a, condition: 'true', max_attempts: 2}", [
        "1:14: warning PT901 at [0].condition: 'condition' is a legacy spelling; write 'when'",
        "1:33: warning PT901 at [0].max_attempts: 'max_attempts' is a legacy spelling; write 'retry'",
    ]),
    ('a success is no boolean', '{shell: a, on_success: true}', [
        "1:26: error PT105 at [0].on_success: 'on_success' must be a step or a list of steps, not a boolean",
    ]),
    ('two steps after a success', '{shell: a, on_success: {shell: b, claude: c}}', [
        "1:37: warning PT901 at [0].on_success.claude: 'shell' and 'claude' in one step is a legacy spelling; write a list of two steps",
    ]),
    ('an exit code that is none', '{shell: a, on_exit_code: {bad: b}}', [
        "1:29: error PT110 at [0].on_exit_code.bad: 'bad' is no exit code; write a code, a range such as 2-5, a list such as 1,3, or 'nonzero'",
    ]),
    ('an exit code too high', '{shell: a, on_exit_code: {300: b}}', [
        "1:29: error PT113 at [0].on_exit_code.300: '300' is no exit code: an exit code is at most 255",
    ]),
    ('a range backwards', '{shell: a, on_exit_code: {5-2: b}}', [
        "1:29: error PT113 at [0].on_exit_code.5-2: '5-2' is no exit code: the range runs backwards",
    ]),
    ('an exit code twice', "{shell: a, on_exit_code: {'1,3': b, 3: c}}", [
        "1:39: error PT116 at [0].on_exit_code.3: the exit code '3' is given twice; one must go; the first is on line 1",
    ]),
    ('any failure twice', '{shell: a, on_exit_code: {nonzero: b, default: c}}', [
        "1:41: error PT116 at [0].on_exit_code.default: the exit code 'nonzero' is given twice; one must go; the first is on line 1",
    ]),
    ('a success that is tolerated', '{shell: a, on_exit_code: {0: true}}', [
        '1:32: error PT206 at [0].on_exit_code.0: the handler has no effect; a success has nothing to tolerate',
    ]),
    ('exit codes as a list', '{shell: a, on_exit_code: [b]}', [
        "1:28: error PT105 at [0].on_exit_code: 'on_exit_code' must be a mapping from exit codes to handlers, not a list",
    ]),
    ('retry as a list', '{shell: a, retry: [1]}', [
        "1:21: error PT105 at [0].retry: 'retry' must be a number of attempts, a boolean or a mapping, not a list",
    ]),
    ('too many attempts', '{shell: a, retry: 101}', [
        "1:21: error PT113 at [0].retry: 'retry' must be at most 100, not '101'",
    ]),
    ('no attempts', '{shell: a, retry: {attempts: 0}}', [
        "1:32: error PT113 at [0].retry.attempts: 'attempts' must be at least 1, not '0'",
    ]),
    ('an unknown backoff', '{shell: a, retry: {backoff: quadratic}}', [
        "1:31: error PT109 at [0].retry.backoff: 'backoff' cannot be 'quadratic'; use fixed, linear, exponential, fibonacci, custom",
    ]),
    ('custom without delays', '{shell: a, retry: {backoff: custom}}', [
        "1:31: error PT108 at [0].retry.backoff: 'custom' needs 'delays'; write the list of delays",
    ]),
    ('a type and a name', '{shell: a, retry: {backoff: {type: fixed, linear: {}}}}', [
        "1:45: error PT103 at [0].retry.backoff.linear: 'type' and 'linear' cannot stand together; one must go",
    ]),
    ('two ways to grow', '{shell: a, retry: {backoff: {fixed: null, linear: null}}}', [
        "1:45: error PT103 at [0].retry.backoff.linear: 'fixed' and 'linear' cannot stand together; one must go",
    ]),
    ('options beside a name', '{shell: a, retry: {backoff: {linear: null, increment: 2s}}}', [
        "1:46: error PT110 at [0].retry.backoff.increment: unknown key 'increment'; write it under 'linear'",
    ]),
    ('options of another way', '{shell: a, retry: {backoff: {type: fixed, increment: 2s}}}', [
        "1:45: error PT110 at [0].retry.backoff.increment: unknown key 'increment'",
    ]),
    ('options without a type', '{shell: a, retry: {backoff: {increment: 2s}}}', [
        "1:31: error PT108 at [0].retry.backoff: 'backoff' needs 'type'",
    ]),
    ('a first delay twice', '{shell: a, retry: {initial_delay: 1s, backoff: {fixed: {delay: 2s}}}}', [
        "1:59: error PT116 at [0].retry.backoff.fixed.delay: 'delay' of 'backoff' and 'initial_delay' are the same; one must go",
    ]),
    ('a delay without end', '{shell: a, retry: {initial_delay: none, backoff: [1s, none]}}', [
        "1:37: error PT111 at [0].retry.initial_delay: 'initial_delay' cannot be 'none': a delay has an end",
        "1:57: error PT111 at [0].retry.backoff[1]: a delay cannot be 'none': it has an end",
    ]),
    ('milliseconds', '{shell: a, retry: {initial_delay_ms: 500, max_delay_ms: 1500, retry_budget_ms: 60000}}', [
        "1:22: warning PT901 at [0].retry.initial_delay_ms: 'initial_delay_ms' is a legacy spelling; write 'initial_delay'",
        "1:45: warning PT901 at [0].retry.max_delay_ms: 'max_delay_ms' is a legacy spelling; write 'max_delay'",
        "1:65: warning PT901 at [0].retry.retry_budget_ms: 'retry_budget_ms' is a legacy spelling; write 'retry_budget'",
    ]),
    ('jitter above all', '{shell: a, retry: {jitter: 150%}}', [
        "1:30: error PT112 at [0].retry.jitter: 'jitter' cannot be '150%': it cannot be more than 100 %",
    ]),
    ('jitter one', '{shell: a, retry: {jitter: 1}}', [
        "1:30: warning PT117 at [0].retry.jitter: 'jitter' is 100 % when it is written 1; write 100%, 1% or 1.0",
    ]),
    ('jitter twice', '{shell: a, retry: {jitter: 0.2, jitter_factor: 0.3}}', [
        "1:35: error PT116 at [0].retry.jitter_factor: 'jitter_factor' and the ratio of 'jitter' are the same; one must go",
    ]),
    ('an unknown matcher', '{shell: a, retry: {retry_on: [netwrk]}}', [
        "1:33: error PT109 at [0].retry.retry_on[0]: 'retry_on[0]' cannot be 'netwrk'; did you mean 'network'?",
    ]),
    ('a bad pattern', "{shell: a, retry: {retry_on: [{pattern: '['}]}}", [
        "1:43: error PT114 at [0].retry.retry_on[0].pattern: '[' is not a regex: unterminated character set at position 0",
    ]),
    ('a matcher of two kinds', '{shell: a, retry: {retry_on: [{pattern: x, exit_code: 5}]}}', [
        "1:34: error PT103 at [0].retry.retry_on[0].pattern: 'exit_code' and 'pattern' cannot stand together; make two matchers of them",
    ]),
    ('a matcher of no kind', '{shell: a, retry: {retry_on: [{}]}}', [
        "1:33: error PT108 at [0].retry.retry_on[0]: a matcher needs 'exit_code' or 'pattern'",
    ]),
    ('a code that is none', '{shell: a, retry: {retry_on: [256]}}', [
        "1:33: error PT113 at [0].retry.retry_on[0]: 'retry_on[0]' must be at most 255, not '256'",
    ]),
    ('two ends', '{shell: a, retry: {on_failure: continue}, on_failure: b}', [
        "1:22: error PT207 at [0].retry.on_failure: 'on_failure: continue' of 'retry' contradicts the step's own handler; one must go",
    ]),
    ('an end that is none', '{shell: a, retry: {on_failure: b}}', [
        "1:34: error PT109 at [0].retry.on_failure: 'on_failure' cannot be 'b'; use stop, continue, or {fallback: STEP}",
    ]),
    ('commits and none', '{shell: a, auto_commit: false, commit_config: {}}', [
        "1:34: error PT207 at [0].commit_config: 'auto_commit: false' and 'commit_config' contradict each other; 'commit_config' alone makes the step commit",
    ]),
    ('an author without mail', '{shell: a, commit_config: {author: Me}}', [
        "1:38: error PT105 at [0].commit_config.author: 'author' cannot be 'Me'; write 'Name <mail>'",
    ]),
    ('a bad pattern of messages', "{shell: a, commit_config: {message_pattern: '('}}", [
        "1:47: error PT114 at [0].commit_config.message_pattern: '(' is not a regex: missing ), unterminated subpattern at position 0",
    ]),
    ('a stream that is none', '{shell: a, capture_streams: [stdot]}', [
        "1:32: error PT109 at [0].capture_streams[0]: 'capture_streams' cannot be 'stdot'; did you mean 'stdout'?",
    ]),
    ('a stream that is no key', '{shell: a, capture_streams: {stdot: true}}', [
        "1:32: error PT110 at [0].capture_streams.stdot: unknown key 'stdot'; did you mean 'stdout'?",
    ]),
    ('a format that is none', '{shell: a, capture_format: xml}', [
        "1:30: error PT109 at [0].capture_format: 'capture_format' cannot be 'xml'; use string, text, json, lines, number, boolean",
    ]),
    ('an output that leaves', '{shell: a, output_file: /tmp/x}', [
        "1:27: error PT801 at [0].output_file: '/tmp/x' cannot be written: an absolute path leaves the worktree",
    ]),
    ('an output called like a root', '{shell: a, outputs: [item]}', [
        "1:24: error PT205 at [0].outputs[0]: an output cannot be called 'item'; the name is reserved",
    ]),
    ('an output twice', '{shell: a, outputs: [x, x]}', [
        "1:27: error PT205 at [0].outputs[1]: the output 'x' is declared twice",
    ]),
    ('an output as text', '{shell: a, outputs: {x: y}}', [
        "1:27: error PT105 at [0].outputs.x: 'x' must be a mapping with 'file_pattern', not a text",
    ]),
    ('a bad glob of an output', "{shell: a, outputs: {x: {file_pattern: '[z-a]'}}}", [
        "1:42: error PT114 at [0].outputs.x.file_pattern: '[z-a]' has a range that runs backwards: z-a",
    ]),
    ('a check without a command', '{shell: a, validate: {threshold: 80}}', [
        "1:24: error PT522 at [0].validate: 'validate' needs a command or a 'result_file'; add one of 'shell', 'claude', 'agent', 'steps' and 'result_file'",
    ]),
    ('two checks', '{shell: a, validate: {shell: b, claude: c}}', [
        "1:35: error PT522 at [0].validate.claude: 'validate' has one command, not 'shell' and 'claude'; write them as a list under 'steps'",
    ]),
    ('a check as a boolean', '{shell: a, validate: true}', [
        "1:24: error PT105 at [0].validate: 'validate' must be a check, not a boolean; to leave out the checks write 'skip_validation: true'",
    ]),
    ('a score above all', '{shell: a, validate: {shell: b, threshold: 120}}', [
        "1:46: error PT112 at [0].validate.threshold: 'threshold' cannot be '120': it cannot be more than 100",
    ]),
    ('one point', '{shell: a, validate: {shell: b, threshold: 1}}', [
        "1:46: warning PT117 at [0].validate.threshold: 'threshold' is 1 point when it is written 1; write 100%, 1% or 1.0",
    ]),
    ('a result that leaves', '{shell: a, validate: {result_file: ../x, expected_schema: /y}}', [
        "1:38: error PT801 at [0].validate.result_file: '../x' cannot be read: '..' leaves the worktree",
        "1:61: error PT801 at [0].validate.expected_schema: '/y' cannot be read: an absolute path leaves the worktree",
    ]),
    ('ignored keys of a check', '{shell: a, validate: {shell: b, force_refresh: true, max_cache_age: 5}}', [
        "1:35: warning PT902 at [0].validate.force_refresh: 'force_refresh' is accepted and ignored",
        "1:56: warning PT902 at [0].validate.max_cache_age: 'max_cache_age' is accepted and ignored",
    ]),
    ('tolerated twice', '{shell: a, validate: {shell: b, fail_workflow: false, on_incomplete: c}}', [
        "1:35: warning PT207 at [0].validate.fail_workflow: 'fail_workflow' of 'validate' has no effect beside 'on_incomplete'; write it under 'on_incomplete'",
    ]),
    ('on_incomplete without effect', '{shell: a, validate: {shell: b, on_incomplete: {fail_workflow: true}}}', [
        "1:50: error PT206 at [0].validate.on_incomplete: 'on_incomplete' has no effect; add steps, 'max_attempts' or 'prompt'",
    ]),
    ('limits of a check', '{shell: a, validate: {shell: b, timeout: 5}, validation_timeout: 5}', [
        "1:48: error PT116 at [0].validation_timeout: 'validation_timeout' and 'timeout' of 'validate' are the same; one must go",
    ]),
    ('more checks than there are', '{shell: a, step_validate: {commands: [b], success_criteria: {at_least: 2}}}', [
        "1:74: error PT113 at [0].step_validate.success_criteria.at_least: 'at_least' must be at most 1, the number of checks, not '2'",
    ]),
    ('checks without commands', '{shell: a, step_validate: {max_attempts: 2}}', [
        "1:29: error PT108 at [0].step_validate: 'step_validate' needs 'commands'",
    ]),
    ('an empty list of checks', '{shell: a, step_validate: []}', [
        '1:29: error PT204 at [0].step_validate: the list of commands is empty',
    ]),
    ('a criterion that is none', '{shell: a, step_validate: {commands: [b], success_criteria: some}}', [
        "1:63: error PT109 at [0].step_validate.success_criteria: 'success_criteria' cannot be 'some'; use all, any, or {at_least: N}",
    ]),
    ('a bad pattern of an output', "{shell: a, step_validate: [{command: b, expect_output: '['}]}", [
        "1:58: error PT114 at [0].step_validate[0].expect_output: '[' is not a regex: unterminated character set at position 0",
    ]),
    ('a goal without a command', '{goal_seek: {validate: a}}', [
        "1:15: error PT201 at [0].goal_seek: 'goal_seek' needs a command; add one of 'claude', 'shell', 'agent', 'steps'",
    ]),
    ('a goal with two', '{goal_seek: {shell: a, claude: b, validate: c}}', [
        "1:26: error PT202 at [0].goal_seek.claude: 'goal_seek' has one command, not 'shell' and 'claude'; write them as a list under 'steps'",
    ]),
    ('a goal without a check', '{goal_seek: {shell: a}}', [
        "1:15: error PT108 at [0].goal_seek: 'goal_seek' needs 'validate'",
    ]),
    ('a goal with its threshold twice', '{goal_seek: {shell: a, validate: {shell: c, threshold: 80}, threshold: 90}}', [
        "1:47: error PT116 at [0].goal_seek.validate.threshold: 'threshold' of 'validate' and of 'goal_seek' are the same; one must go",
    ]),
    ('a goal with a handler', '{goal_seek: {shell: a, validate: {shell: c, on_incomplete: d}}}', [
        "1:47: error PT207 at [0].goal_seek.validate.on_incomplete: 'on_incomplete' has no place in the check of 'goal_seek'; the command of 'goal_seek' says what is done below the score",
    ]),
    ('a goal with two limits', '{goal_seek: {shell: a, validate: b, timeout_seconds: 5}, timeout: 6}', [
        "1:39: error PT116 at [0].goal_seek.timeout_seconds: 'timeout' of the step and of 'goal_seek' are the same; one must go",
        "1:39: warning PT901 at [0].goal_seek.timeout_seconds: 'timeout_seconds' is a legacy spelling; write 'timeout'",
    ]),
]
# fmt: on


@pytest.mark.parametrize(
    ("text", "lines"), [(text, lines) for _, text, lines in CASES], ids=[name for name, *_ in CASES]
)
def test_the_problems_of_a_step_are_these_lines(text, lines):
    found = [line for line in read_lines(f"- {text}\n")[1] if " PT199" not in line]

    assert found == [f"w.yml:{line}" for line in lines]
