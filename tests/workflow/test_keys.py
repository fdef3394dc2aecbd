"""Every key that the language declares is known at its place: taken, warned of or refused as not available."""

import pytest

from prodigy_tui.workflow.keys import TABLES
from prodigy_tui.workflow.keys.forms import Shape
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


@pytest.mark.parametrize(
    ("table", "declared"),
    [
        ("plain", TOP),
        ("mapreduce", TOP),
        ("step", STEP),
        ("map", MAP),
        ("merge", MERGE),
        ("write_file", WRITE_FILE),
        ("handler", HANDLER),
        ("setup", ["steps", "commands", "timeout", "capture_outputs"]),
        ("reduce", ["steps", "commands", "timeout", "run_if"]),
        ("agent_defaults", ["provider", "model", "options", "timeout", "idle_timeout"]),
    ],
)
def test_no_declared_key_is_unknown(table, declared):
    assert [key for key in declared if key not in TABLES[table].spellings()] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_spelling_has_one_meaning_in_a_table(name):
    spellings = TABLES[name].spellings()

    assert sorted(spellings) == sorted(set(spellings))


@pytest.mark.parametrize("name", TABLES)
def test_every_shape_that_a_table_names_exists(name):
    shapes = [shape for key in TABLES[name] for shape in shapes_of(key.form)]

    assert [shape.table for shape in shapes if shape.table not in TABLES] == []


def shapes_of(form):
    """Yields every mapping with declared keys that a form can hold."""
    if isinstance(form, Shape):
        yield form
    for part in (*getattr(form, "forms", ()), *filter(None, [getattr(form, "of", None)])):
        yield from shapes_of(part)


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
