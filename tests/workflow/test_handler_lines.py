"""What loading says of what handles failures: code, place, path, words and hint, one row each."""

from tests.workflow.problem_lines import lines_of, rows

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
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
    ('a handler without a step', '- {shell: a, on_failure: {name: x}}\n', [
        "1:26: error PT201 at [0].on_failure: a step needs a command; add one of 'shell', 'claude', 'agent' and 'write_file'",
    ]),
    ('strategy twice', '- {shell: a, on_failure: {shell: b, strategy: custom, retry_original: true}}\n', [
        "1:55: error PT116 at [0].on_failure.retry_original: 'retry_original' and 'strategy' are the same; one must go",
        "1:55: warning PT901 at [0].on_failure.retry_original: 'retry_original' is a legacy spelling; write 'strategy: recovery'",
    ]),
    ('test and step have handlers', '- {test: {command: a, on_failure: b}, on_failure: c}\n', [
        "1:4: warning PT901 at [0].test: 'test' is a legacy spelling; write 'shell'",
        "1:39: error PT116 at [0].on_failure: 'on_failure' of the step and of 'test' are the same; one must go",
    ]),
]
# fmt: on


@rows(CASES)
def test_the_problems_of_a_handler_are_these_lines(text, lines):
    assert lines_of(text) == lines
