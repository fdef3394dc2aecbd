"""Every key that the language declares is known at its place: taken, warned of or refused as not available."""

import pytest

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.load import load_text

TOP = [
    "name",
    "description",
    "version",
    "author",
    "tags",
    "mode",
    "steps",
    "commands",
    "max_iterations",
    "setup",
    "map",
    "reduce",
    "merge",
    "env",
    "env_files",
    "profiles",
    "profile",
    "inherit",
    "secrets",
    "vars",
    "parameters",
    "defaults",
    "imports",
    "extends",
    "template",
    "templates",
    "workflows",
    "sub_workflows",
    "retry_defaults",
    "agent_defaults",
    "error_policy",
    "on_item_failure",
    "continue_on_failure",
    "max_failures",
    "failure_threshold",
    "error_collection",
    "on_stop",
    "retry_config",
    "circuit_breaker",
    "timeout",
    "uncommitted",
    "worktree",
    "budget",
    "notify",
    "variables",
    "active_profile",
    "config",
    "checkpoint",
]
STEP = [
    "shell",
    "test",
    "agent",
    "claude",
    "foreach",
    "write_file",
    "approve",
    "wait",
    "use",
    "workflow",
    "goal_seek",
    "validate",
    "analyze",
    "command",
    "handler",
    "template",
    "name",
    "description",
    "id",
    "when",
    "env",
    "temporary",
    "clear_env",
    "working_dir",
    "timeout",
    "idle_timeout",
    "retry",
    "retry_config",
    "on_failure",
    "on_success",
    "on_exit_code",
    "continue_on_error",
    "capture",
    "capture_output",
    "capture_format",
    "capture_streams",
    "capture_default",
    "output_file",
    "outputs",
    "commit_required",
    "auto_commit",
    "commit_config",
    "step_validate",
    "skip_validation",
    "ignore_validation_failure",
    "validation_timeout",
    "paths",
    "interpreter",
    "stdin",
    "provider",
    "model",
    "agent_options",
    "with",
    "do",
    "parallel",
    "max_items",
    "as",
    "until",
    "analysis",
    "args",
    "options",
    "output",
    "fail_workflow",
    "metadata",
    "allow_failure",
    "ignore_errors",
    "timeout_secs",
    "timeout_seconds",
    "condition",
    "retries",
    "max_attempts",
]
MAP = [
    "input",
    "items",
    "json_path",
    "id_field",
    "filter",
    "distinct",
    "sort_by",
    "offset",
    "max_items",
    "limit",
    "min_items",
    "agent_template",
    "max_parallel",
    "canary",
    "agent_timeout",
    "agent_timeout_secs",
    "timeout_config",
    "timeout",
    "retry",
    "paths",
    "worktree",
    "variables",
    "timeout_per_agent",
    "retry_on_failure",
    "on_item_failure",
    "continue_on_failure",
    "max_failures",
    "failure_threshold",
]
MERGE = [
    "steps",
    "commands",
    "target",
    "strategy",
    "message",
    "land",
    "timeout",
    "policies",
    "verify",
    "conflict",
    "agents",
]
WRITE_FILE = ["path", "content", "format", "mode", "create_dirs", "append"]
HANDLER = [
    "steps",
    "commands",
    "strategy",
    "max_attempts",
    "max_retries",
    "fail_workflow",
    "handler_failure_fatal",
    "timeout",
    "when",
    "retry_original",
    "capture",
]
TABLES = {name: table for name, table in vars(keys).items() if isinstance(table, Keys)}


@pytest.mark.parametrize(
    ("table", "declared"),
    [
        (keys.PLAIN, TOP),
        (keys.MAPREDUCE, TOP),
        (keys.STEP, STEP),
        (keys.MAP, MAP),
        (keys.MERGE, MERGE),
        (keys.WRITE_FILE, WRITE_FILE),
        (keys.HANDLER_GROUP, HANDLER),
        (keys.SETUP, ["steps", "commands", "timeout", "capture_outputs"]),
        (keys.REDUCE, ["steps", "commands", "timeout", "run_if"]),
        (keys.AGENT_DEFAULTS, ["provider", "model", "options", "timeout", "idle_timeout"]),
    ],
)
def test_no_declared_key_is_unknown(table, declared):
    assert [key for key in declared if key not in table.names()] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_key_has_one_meaning_in_a_table(name):
    table = TABLES[name]
    groups = [table.ready, table.later, table.equal, table.legacy, table.moved, table.ignored, table.refused]
    spellings = [key for group in groups for key in group]

    assert sorted(spellings) == sorted(set(spellings))


@pytest.mark.parametrize("name", TABLES)
def test_other_spellings_lead_to_a_key_of_the_table(name):
    table = TABLES[name]

    assert {*table.equal.values(), *table.legacy.values()} <= {*table.ready, *table.later}


@pytest.mark.parametrize("key", keys.STEP.later)
def test_what_comes_later_is_refused_and_nothing_else_is_said(key):
    loaded = load_text(f"- shell: a\n  {key}: [x]\n", "w.yml")

    found = {problem.code for problem in loaded.problems}
    assert found in ({"PT199"}, {"PT199", "PT202"})


@pytest.mark.parametrize("key", ["x-note", "x-"])
def test_extensions_are_taken_in_every_mapping(key):
    text = f"""
{key}: 1
agent_defaults: {{{key}: 1}}
setup: {{steps: [a], {key}: 1}}
map:
  {key}: 1
  input: {{file: a, {key}: 1}}
  agent_template: [{{shell: a, {key}: 1, on_failure: {{steps: [a], {key}: 1}}}}]
merge: {{land: true, {key}: {{y: 2}}}}
error_policy: {{{key}: 1}}
"""

    assert load_text(text, "w.yml").problems == ()
