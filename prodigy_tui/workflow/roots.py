"""The roots and built-in names of the language (8.5) as tables, and what of them this version does not have.

Checks at load and the interpolation at run time read the same tables, so that neither accepts what the other refuses.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.suggest import alternatives, near_misses

RESERVED: Final = frozenset(
    [
        "item",
        "map",
        "setup",
        "step",
        "steps",
        "workflow",
        "merge",
        "validation",
        "shell",
        "claude",
        "agent",
        "error",
        "last",
        "env",
        "param",
        "foreach",
    ]
)
"""Names that nothing may be declared as (PT205); `item` may be a loop name."""

SOFT: Final = frozenset(["test", "handler", "worker", "git", "approve", "run", "vars"])
"""Roots that a declared name of the same spelling hides."""

BUILT_IN: Final = frozenset(
    [
        "item_json",
        "item_id",
        "item_index",
        "item_total",
        "ARG",
        "CAPTURED_OUTPUT",
        "PROJECT_ROOT",
        "WORKTREE",
        "ITERATION",
        "active_profile",
    ]
)
"""Built-in plain names."""

AGENT_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"ARG": "item", "ARGUMENT": "item", "FILE": "item.path", "FILE_PATH": "item.path", "map.key": "item_id"}
)
"""Legacy names in agents and what to write for them (PT901); `ARG` only when no positional values are given."""

GIT_VALUES: Final = frozenset(
    [
        "files_added",
        "files_modified",
        "files_deleted",
        "files_changed",
        "commits",
        "commit_count",
        "insertions",
        "deletions",
    ]
)
"""Fields of `step` and `workflow` that are read from git (7.3)."""

_STEP_RESULT = frozenset(["output", "stdout", "stderr", "exit_code", "success", "duration", "status", "outputs"])
_AGENT_RESULT = _STEP_RESULT | {"cost_usd", "tokens", "session_id"}
_GIT_FIELDS = "branch commit short_commit root staged_files unstaged_files modified_files untracked_files"

FIELDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "map": frozenset(
            [
                "total",
                "successful",
                "failed",
                "skipped",
                "success_rate",
                "failure_rate",
                "results",
                "failures",
                "outputs",
                "results_json",
                "key",
            ]
        ),
        "worker": frozenset({"id", "attempt", "last_error"}),
        "last": _AGENT_RESULT,
        "shell": _STEP_RESULT,
        "claude": _AGENT_RESULT,
        "agent": _AGENT_RESULT,
        "step": GIT_VALUES | {"name", "id", "index"},
        "workflow": GIT_VALUES | {"name", "id", "iteration"},
        "run": frozenset({"id", "branch", "worktree", "profile", "args"}),
        "error": frozenset(
            [
                "message",
                "output",
                "stdout",
                "stderr",
                "exit_code",
                "step",
                "attempt",
                "max_attempts",
                "timestamp",
                "kind",
            ]
        ),
        "test": frozenset({"output", "exit_code", "attempt"}),
        "handler": frozenset({"output"}),
        "git": frozenset(_GIT_FIELDS.split()),
        "foreach": frozenset({"item", "index", "total", "results"}),
        "approve": frozenset({"answer", "note"}),
        "merge": frozenset(
            [
                "worktree",
                "path",
                "target_path",
                "source_branch",
                "target_branch",
                "session_id",
                "commit_count",
                "file_count",
                "commits",
                "modified_files",
                "commit_ids",
                "file_list",
                "conflicts",
            ]
        ),
    }
)
"""The fields of every root whose fields are fixed; other roots take any field."""

_TRUSTED_ROOTS = frozenset({"workflow", "run", "env", "param", "vars"})
_TRUSTED_NAMES = frozenset({"ARG", "PROJECT_ROOT", "WORKTREE", "ITERATION", "active_profile"})


def is_root(name: str) -> bool:
    """Tells whether `name` is a root or built-in name of the language."""
    return name in RESERVED or name in SOFT or name in BUILT_IN or is_positional(name)


def is_positional(name: str) -> bool:
    """Tells whether `name` is `ARG_1`, `ARG_2`, …"""
    return name.startswith("ARG_") and name[4:].isdigit() and name[4] != "0"


def hidden_by_declaration(name: str, declared: Collection[str]) -> bool:
    """Tells whether a declared name stands in the place of the root of that spelling."""
    return name in declared and (name not in RESERVED or name == "item")


def unknown_field(path: ParsedPath, declared: Collection[str] = ()) -> str | None:
    """Returns what is wrong with a field that its root cannot have (PT301), else None."""
    fields = FIELDS.get(path.root)
    if fields is None or not path.parts or hidden_by_declaration(path.root, declared):
        return None
    field = path.parts[0]
    if field in fields:
        return None
    near = [f"{path.root}.{name}" for name in near_misses(str(field), fields)]
    hint = f"did you mean {alternatives(near)}?" if near else "it has " + ", ".join(sorted(fields))
    return f"'{path.root}' has no field {str(field)!r}; {hint}"


def secret_name(path: ParsedPath, secrets: Collection[str]) -> str | None:
    """Returns the secret that `path` stands for: `NAME`, `env.NAME` or `param.NAME`, else None."""
    if path.root in secrets:
        return path.root
    if path.root in _HOLDS_SECRETS and path.parts and path.parts[0] in secrets:
        return str(path.parts[0])
    return None


def holds_secrets(path: ParsedPath) -> bool:
    """Tells whether `path` stands for several variables at once, secrets among them."""
    return path.root in _HOLDS_SECRETS and (not path.parts or not isinstance(path.parts[0], str))


_HOLDS_SECRETS = frozenset({"env", "param"})


def is_trusted(path: ParsedPath, trusted_names: Collection[str] = ()) -> bool:
    """Tells at load whether the value of `path` will be the author's or the operator's own (language 9.1)."""
    root = path.root
    if root in trusted_names or root.isdigit() or root in _TRUSTED_NAMES or is_positional(root):
        return True
    if root == "workflow" and path.parts and path.parts[0] in GIT_VALUES:
        return False
    return root in _TRUSTED_ROOTS
