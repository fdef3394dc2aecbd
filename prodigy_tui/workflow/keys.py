"""Every key that the language declares in every mapping that is read now, and what becomes of it.

One table per mapping. A key is *ready*, an *equal* spelling, a *legacy* spelling (PT901), *ignored* (PT902), declared
but *later* (PT199), or *refused* with words of its own; anything else is unknown (PT110).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A key that is declared, but not here."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one mapping."""

    ready: tuple[str, ...]
    later: tuple[str, ...] = ()
    equal: Mapping[str, str] = field(default_factory=dict)
    legacy: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    """Ready keys whose proper place is elsewhere, and where."""
    ignored: tuple[str, ...] = ()
    refused: Mapping[str, Refusal] = field(default_factory=dict)

    def canonical(self, key: str) -> str:
        """Returns the name under which a reader finds `key`."""
        return self.equal.get(key) or self.legacy.get(key) or key

    def names(self) -> tuple[str, ...]:
        """Returns every spelling that is understood, for near misses."""
        return (*self.ready, *self.moved, *self.equal, *self.later, *self.legacy, *self.ignored, *self.refused)

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(
            ready=(*self.ready, *other.ready),
            later=(*self.later, *other.later),
            equal={**other.equal, **self.equal},
            legacy={**other.legacy, **self.legacy},
            moved={**other.moved, **self.moved},
            ignored=(*self.ignored, *other.ignored),
            refused={**other.refused, **self.refused},
        )

    def without(self, *names: str) -> "Keys":
        """Returns the table without these spellings."""
        return Keys(
            ready=tuple(key for key in self.ready if key not in names),
            later=tuple(key for key in self.later if key not in names),
            equal={key: to for key, to in self.equal.items() if key not in names},
            legacy={key: to for key, to in self.legacy.items() if key not in names},
            moved={key: to for key, to in self.moved.items() if key not in names},
            ignored=tuple(key for key in self.ignored if key not in names),
            refused={key: why for key, why in self.refused.items() if key not in names},
        )


def _other_kind(kind: str, *keys: str) -> dict[str, Refusal]:
    return {key: Refusal(code="PT103", message=f"'{key}' belongs to {kind}") for key in keys}


def _without_map(*keys: str) -> dict[str, Refusal]:
    message = "'{}' has no effect in a workflow without 'map'"
    return {key: Refusal(code="PT602", message=message.format(key)) for key in keys}


_TIMEOUT = {"timeout_secs": "timeout", "timeout_seconds": "timeout"}

_POLICY_READY = ("on_item_failure", "continue_on_failure", "max_failures")
_POLICY_LATER = ("failure_threshold", "error_collection", "on_stop", "retry_config", "circuit_breaker")
ERROR_POLICY = Keys(ready=_POLICY_READY, later=_POLICY_LATER)

_TOP = Keys(
    ready=("name", "description", "version", "author", "tags", "mode", "merge", "env", "agent_defaults"),
    later=(
        *("env_files", "profiles", "profile", "inherit", "secrets", "vars", "parameters", "defaults", "imports"),
        *("extends", "template", "templates", "workflows", "sub_workflows", "retry_defaults", "timeout"),
        *("uncommitted", "worktree", "budget", "notify"),
    ),
    legacy={"variables": "vars", "active_profile": "profile", **_TIMEOUT},
    ignored=("config", "checkpoint"),
)
PLAIN = _TOP | Keys(
    ready=("steps",),
    equal={"commands": "steps"},
    later=("max_iterations",),
    refused=_other_kind("a workflow with 'map'", "setup", "map", "reduce")
    | _without_map("error_policy", *_POLICY_READY, *_POLICY_LATER),
)
MAPREDUCE = _TOP | Keys(
    ready=("setup", "map", "reduce", "error_policy", *_POLICY_READY),
    later=_POLICY_LATER,
    refused=_other_kind("a workflow without 'map'", "steps", "commands", "max_iterations"),
)
AGENT_DEFAULTS = Keys(ready=("provider", "model", "options", "timeout", "idle_timeout"), legacy=_TIMEOUT)

_STEPS = {"commands": "steps"}
SETUP = Keys(ready=("steps", "timeout"), equal=_STEPS, legacy=_TIMEOUT, later=("capture_outputs",))
REDUCE = Keys(ready=("steps", "timeout", "run_if"), equal=_STEPS, legacy=_TIMEOUT)
MERGE = Keys(
    ready=("steps", "target", "strategy", "message", "land", "timeout"),
    equal=_STEPS,
    legacy=_TIMEOUT,
    later=("policies", "verify", "conflict", "agents"),
)
AGENT_TEMPLATE = Keys(ready=("steps",), equal=_STEPS)
MAP = Keys(
    ready=(
        *("input", "items", "json_path", "id_field", "filter", "distinct", "sort_by", "offset", "max_items"),
        *("min_items", "max_parallel", "agent_template"),
    ),
    equal={"limit": "max_items", "agent_timeout_secs": "agent_timeout", "retry_config": "retry"},
    legacy={
        "timeout_per_agent": "agent_timeout",
        "retry_on_failure": "retry",
        **_TIMEOUT,
    },
    moved=dict.fromkeys(_POLICY_READY, "error_policy"),
    later=(
        *("agent_timeout", "timeout_config", "timeout", "retry", "canary", "paths", "worktree"),
        *(key for key in _POLICY_LATER if key != "retry_config"),
    ),
    ignored=("variables",),
)
INPUT_FILE = Keys(ready=("file",), equal={"path": "file"})
INPUT_GLOB = Keys(ready=("glob", "exclude"))
INPUT_SHELL = Keys(ready=("shell", "timeout", "format"), equal={"command": "shell"}, legacy=_TIMEOUT)
INPUT_ANY = INPUT_FILE | INPUT_GLOB | INPUT_SHELL
JSON_PATH = Keys(ready=("path", "spread"))

COMMANDS_READY = ("shell", "claude", "agent", "write_file", "test", "command")
COMMANDS_LATER = ("foreach", "approve", "wait", "use", "workflow", "goal_seek", "validate", "analyze")
COMMANDS = frozenset({*COMMANDS_READY, *COMMANDS_LATER, "template"})
FOREACH_OPTIONS = ("do", "parallel", "max_items", "as", "until")
"""Keys that a step has only beside `foreach`."""
STEP = Keys(
    ready=(
        *COMMANDS_READY,
        *("name", "description", "id", "when", "env", "temporary", "clear_env", "working_dir", "timeout"),
        *("idle_timeout", "on_failure", "continue_on_error", "capture", "capture_output", "capture_format"),
        *("capture_default", "commit_required", "interpreter", "stdin", "provider", "model", "agent_options"),
        *("metadata", "with"),
        *FOREACH_OPTIONS,
    ),
    later=(
        *COMMANDS_LATER,
        *("retry", "on_success", "on_exit_code", "capture_streams", "output_file", "outputs", "auto_commit"),
        *("commit_config", "step_validate", "skip_validation", "ignore_validation_failure"),
        *("validation_timeout", "paths"),
    ),
    equal={"retry_config": "retry"},
    legacy={
        **_TIMEOUT,
        "condition": "when",
        "allow_failure": "continue_on_error",
        "ignore_errors": "continue_on_error",
        "template": "use",
        "retries": "retry",
        "max_attempts": "retry",
    },
    ignored=("analysis", "args", "options", "output", "fail_workflow"),
    refused={
        "handler": Refusal(
            code="PT203", message="'handler' is no kind of step that can run", hint="write 'shell', 'claude' or 'agent'"
        )
    },
)
TEST = Keys(ready=("command", "on_failure"))
AGENT = Keys(ready=("prompt", "provider", "model", "options"))
CLAUDE = Keys(ready=("prompt", "model", "options"))
WRITE_FILE = Keys(ready=("path", "content", "format", "mode", "create_dirs", "append"))

HANDLER_OPTIONS = Keys(
    ready=("strategy", "max_attempts", "fail_workflow", "handler_failure_fatal", "when", "retry_original", "capture"),
    legacy={"max_retries": "max_attempts"},
)
HANDLER_GROUP = HANDLER_OPTIONS | Keys(ready=("steps", "timeout"), equal=_STEPS, legacy=_TIMEOUT)
HANDLER_STEP = HANDLER_OPTIONS | STEP.without(*HANDLER_OPTIONS.names())

DYNAMIC_ENV = ("command", "cache", "default", "timeout", "condition", "when_true", "when_false")
SECRET_ENV = ("secret", "value", "provider", "key", "command")
"""Keys of the mapping forms of an `env` value."""
