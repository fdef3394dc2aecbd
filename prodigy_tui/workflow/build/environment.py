"""Variables, files of variables, profiles and secrets: every form of language 12, brought to the normal form."""

from collections.abc import Mapping
from typing import Literal, cast

from prodigy_tui.workflow.build.context import Context, Declared, ExpressionUse, Notes
from prodigy_tui.workflow.build.secrets import build_secret, build_secrets
from prodigy_tui.workflow.environment.files import name_fault
from prodigy_tui.workflow.environment.order import CycleFound, Graph
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import environment as keys
from prodigy_tui.workflow.model.base import Condition
from prodigy_tui.workflow.model.environment import (
    EnvCommand,
    EnvCondition,
    EnvFile,
    Environment,
    Place,
    Profile,
    Variable,
    Variables,
)
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type
from prodigy_tui.workflow.suggest import near_misses

_FORMS = (keys.ENV_COMMAND, keys.ENV_CONDITION, keys.ENV_SECRET)
_FORM = {spelling for table in _FORMS for key in table for spelling in key.spellings}
_ELSEWHERE = frozenset({"env_files", "profiles", "secrets"})


def build_environment(fields: Fields, context: Context, notes: Notes) -> Environment:
    """Returns what the top of a workflow says about the environment; the steps are built after it."""
    secrets_node, env_node, profiles_node = (fields.node_of(name) for name in ("secrets", "env", "profiles"))
    secrets = {} if secrets_node is None else build_secrets(secrets_node, context, notes)
    variables = {} if env_node is None else build_env(env_node, context, notes)
    if isinstance(env_node, MapNode):
        notes.env = {entry.key: entry.value for entry in env_node.entries if isinstance(entry.value, ScalarNode)}
        notes.env = {name: node for name, node in notes.env.items() if variables.get(name) is not None}
        _report_hidden(env_node, secrets, notes)
    profiles = {} if profiles_node is None else _profiles(profiles_node, context, notes)
    if env_node is not None:
        _report_cycle((variables,), env_node, notes)
    for name, profile in profiles.items():
        if isinstance(profiles_node, MapNode) and (entry := profiles_node.entry(name)):
            _report_cycle((variables, profile.env), entry.value, notes)
    chosen = fields.text("profile")
    if chosen is not None and chosen not in profiles and (node := fields.node_of("profile")):
        hint = f"there are {', '.join(profiles)}" if profiles else "the workflow has no profiles"
        notes.report.add("PT322", node, f"there is no profile {quoted(chosen)}", hint)
    files = fields.node_of("env_files")
    return Environment(
        variables=variables,
        files=() if files is None else _files(files, context, notes),
        profiles=profiles,
        profile=chosen,
        inherit=fields.flag("inherit", default=True),
        secrets=secrets,
        place=place_of(profiles_node if profiles_node is not None else fields.node),
        late=notes.late(fields, context) if "inherit" in fields.late else {},
    )


def build_env(node: Node, context: Context, notes: Notes, *, of_step: bool = False) -> dict[str, Variable | None]:
    """Returns an `env` mapping; a variable that is None is removed.

    Args:
        node: The mapping.
        context: Where it stands.
        notes: Gets what is declared, and the texts.
        of_step: It belongs to one step, so a secret that it hides is reported (PT310).
    """
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping of variables", notes.report)
        return {}
    found: dict[str, Variable | None] = {}
    for entry in node.entries:
        if _is_name(entry, notes):
            if of_step and entry.key in notes.secrets:
                message = f"{quoted(entry.key)} hides the secret of that name in this step"
                notes.report.add("PT310", entry, message, "use another name")
            _add_variable(found, entry, context, notes)
    if of_step:
        _report_cycle((found,), node, notes)
    return found


def place_of(node: Node | Entry) -> Place:
    """Returns where a node stands, for problems that show only later."""
    return Place(file=node.file, line=node.line, column=node.column, path=node.path)


# ------------------------------------------------------------------------------------------------------ one variable


def _add_variable(found: dict[str, Variable | None], entry: Entry, context: Context, notes: Notes) -> None:
    name, value = entry.key, entry.value
    if isinstance(value, ScalarNode) and value.value is None:
        found[name] = None
    elif isinstance(value, ScalarNode):
        found[name] = notes.env_text(value, context)
        notes.declared.append(Declared(node=value, name=name, kind="env", phase=context.phase))
    elif isinstance(value, MapNode) and name not in _ELSEWHERE:
        variable = _form(entry, value, context, notes)
        if variable is not None:
            found[name] = variable
    elif name in _ELSEWHERE and not isinstance(value, BrokenNode):
        notes.report.add("PT110", entry, f"{quoted(name)} is no variable", f"'{name}' stands at the top level")
    else:
        wrong_type(value, "text or one of the forms of a variable", notes.report)


def _form(entry: Entry, node: MapNode, context: Context, notes: Notes) -> Variable | None:
    """Reads a variable that is a mapping: a secret, a condition or a command."""
    others = _refuse_profiles(node, notes)
    secret = node.get("secret")
    if not is_null(secret):
        return build_secret(entry, node, others, context, notes)
    table = keys.ENV_CONDITION if "condition" in node else keys.ENV_COMMAND
    if "condition" not in node and "command" not in node:
        if not others:
            notes.report.add("PT108", node, f"{quoted(entry.key)} needs 'command', 'condition' or 'secret'")
        return None
    fields = Fields(node, table, notes.report, skip=others)
    if table is keys.ENV_CONDITION:
        return _condition(entry, fields, context, notes)
    return read_command(entry, fields, context, notes)


def _refuse_profiles(node: MapNode, notes: Notes) -> frozenset[str]:
    """Reports keys that look like the names of profiles, and returns them: each mapping of a variable has few keys."""
    refused = set()
    for entry in node.entries:
        if entry.key in _FORM or entry.key.startswith("x-") or entry.key == "version":
            continue
        if isinstance(entry.value, ScalarNode) and near_misses(entry.key, sorted(_FORM)):
            continue
        hint = "values per profile stand under the top-level 'profiles'"
        notes.report.add("PT110", entry, f"unknown key {quoted(entry.key)}", hint)
        refused.add(entry.key)
    return frozenset(refused)


def read_command(entry: Entry, fields: Fields, context: Context, notes: Notes) -> EnvCommand | None:
    """Reads `{command, cache, default, timeout}`."""
    text = notes.text(fields.scalar("command"), "shell", context)
    default = notes.env_text(fields.scalar("default"), context)
    cache, timeout = fields.flag("cache", default=True), fields.timeout()
    notes.declared.append(Declared(node=entry, name=entry.key, kind="dynamic", phase=context.phase))
    if text is None:
        return None
    if not text.strip():
        notes.report.add("PT105", entry.value, f"the command of {quoted(entry.key)} is empty")
        return None
    if "timeout" not in fields:
        timeout = 30.0
    return EnvCommand(text=text, cache=cache, default=default, timeout=timeout, late=notes.late(fields, context))


def _condition(entry: Entry, fields: Fields, context: Context, notes: Notes) -> EnvCondition | None:
    node = fields.node_of("condition")
    condition: Condition | None = None
    scalar = None if node is None else read_scalar(node, "a condition", notes.report)
    if scalar is not None and isinstance(scalar.value, bool):
        condition = scalar.value
    elif scalar is not None:
        notes.expressions.append(ExpressionUse(node=scalar, kind="condition", context=context))
        condition = scalar.text
    branches = {name: fields.scalar(name) for name in ("when_true", "when_false")}
    texts = {name: notes.env_text(branch, context) for name, branch in branches.items()}
    # A branch with references may bring data, so it stands for the variable where that matters.
    given = sorted((b for b in branches.values() if b is not None), key=lambda branch: "$" not in branch.text)
    notes.declared.append(Declared(node=given[0] if given else entry, name=entry.key, kind="env", phase=context.phase))
    if node is None:
        notes.report.add("PT108", fields.node, "a variable with branches needs 'condition'")
    if condition is None:
        return None
    return EnvCondition(condition=condition, when_true=texts["when_true"], when_false=texts["when_false"])


def _is_name(entry: Entry, notes: Notes) -> bool:
    if fault := name_fault(entry.key):
        notes.report.add("PT205", entry, fault)
    return not fault


def _report_cycle(maps: tuple[Variables, ...], node: Node, notes: Notes) -> None:
    """Reports a cycle once, at the variable of the topmost map that comes first in it (PT313)."""
    try:
        Graph(maps).order()
    except CycleFound as error:
        entries = node.entries if isinstance(node, MapNode) else ()
        inner = next((entry.value for entry in entries if entry.key == "env"), None)
        if isinstance(inner, MapNode) and not any(entry.key in error.names for entry in entries):
            entries = inner.entries
        at = next((entry for entry in entries if entry.key in error.names), None)
        if at is not None:
            # A cycle of `env` alone has been reported there.
            notes.report.add("PT313", at, f"the variables form a cycle: {' → '.join(error.names)}")


def _report_hidden(node: MapNode, secrets: Mapping[str, object], notes: Notes) -> None:
    for entry in node.entries:
        if entry.key in secrets:
            message = f"the secret {quoted(entry.key)} hides the variable of that name in 'env'"
            notes.report.add("PT310", entry, message, "one must go")


# -------------------------------------------------------------------------------------------------- files and profiles


def _files(node: Node, context: Context, notes: Notes) -> tuple[EnvFile, ...]:
    nodes = node.items if isinstance(node, ListNode) else (node,)
    return tuple(file for each in nodes if (file := _file(each, context, notes)) is not None)


def _file(node: Node, context: Context, notes: Notes) -> EnvFile | None:
    if not isinstance(node, MapNode):
        scalar = read_scalar(node, "a path, or a mapping with 'path'", notes.report)
        path = notes.text(scalar, "plain", context)
        return None if path is None else EnvFile(path=path, place=place_of(node))
    fields = Fields(node, keys.ENV_FILE, notes.report)
    fields.require("path", "a file of variables")
    path = notes.text(fields.scalar("path"), "plain", context)
    required, format_ = fields.flag("required", default=True), fields.word("format")
    if path is None:
        return None
    return EnvFile(
        path=path,
        required=required,
        format=cast(Literal["dotenv", "json", "yaml"] | None, format_),
        place=place_of(fields.scalar("path") or node),
        late=notes.late(fields, context),
    )


def _profiles(node: Node, context: Context, notes: Notes) -> dict[str, Profile]:
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from names to variables", notes.report)
        return {}
    found: dict[str, Profile] = {}
    for entry in node.entries:
        if is_null(entry.value):
            found[entry.key] = Profile()
        elif isinstance(entry.value, MapNode):
            found[entry.key] = _profile(entry.value, context, notes)
        else:
            wrong_type(entry.value, "a mapping of variables", notes.report)
            found[entry.key] = Profile()
    return found


def _profile(node: MapNode, context: Context, notes: Notes) -> Profile:
    """Reads a profile: with the key `env` or `env_files` it is nested, else flat (appendix C)."""
    nested = "env" in node or "env_files" in node
    if not nested:
        about = node.entry("description")
        rest = tuple(entry for entry in node.entries if entry.key != "description")
        text = None if about is None else read_scalar(about.value, "text", notes.report)
        flat = MapNode(file=node.file, line=node.line, column=node.column, path=node.path, entries=rest)
        return Profile(description=text.text if text else "", env=build_env(flat, context, notes))
    fields = Fields(node, keys.PROFILE, notes.report)
    env, files = fields.node_of("env"), fields.node_of("env_files")
    return Profile(
        description=fields.text("description") or "",
        env={} if env is None else build_env(env, context, notes),
        files=() if files is None else _files(files, context, notes),
    )
