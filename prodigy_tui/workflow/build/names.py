"""Names that the text declares: ids, captures and environment variables (language 8.5, 11, 12.1)."""

import re

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.context import Context, Declared, Notes
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import NOT_AVAILABLE, quoted
from prodigy_tui.workflow.reading import NOT_YET, read_scalar, wrong_type
from prodigy_tui.workflow.roots import RESERVED

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NO_CAPTURE = re.compile(r"PATH|HOME|SHELL|IFS|ENV|BASH_ENV|CDPATH|(?:PRODIGY_|GIT_|LD_|DYLD_|PYTHON).*", re.DOTALL)


def read_id(node: Node, context: Context, notes: Notes) -> str | None:
    """Returns a step's id; it is reported when it is no name, reserved or taken (PT205)."""
    scalar = read_scalar(node, "a name", notes.report)
    if scalar is None or not _is_free(scalar, "an id", notes):
        return None
    taken = context.ids.setdefault(scalar.text, scalar.line)
    if taken != scalar.line:
        notes.report.add("PT205", scalar, f"the id {quoted(scalar.text)} is taken", f"the first is on line {taken}")
        return None
    notes.declared.append(Declared(node=scalar, name=scalar.text, kind="id", phase=context.phase))
    return scalar.text


def read_capture_name(scalar: ScalarNode, context: Context, notes: Notes) -> str | None:
    """Returns the name that a step's output is captured under (PT205)."""
    name = scalar.text
    if not _is_free(scalar, "a capture", notes):
        return None
    if _NO_CAPTURE.fullmatch(name):
        message = f"a capture cannot be called {quoted(name)}"
        notes.report.add("PT205", scalar, message, "output must not set what steers other programs")
        return None
    notes.declared.append(Declared(node=scalar, name=name, kind="capture", phase=context.phase))
    return name


def _is_free(scalar: ScalarNode, what: str, notes: Notes) -> bool:
    name = scalar.text
    if not _NAME.fullmatch(name):
        hint = "a name is a letter or '_', then letters, digits, '_' and '-'"
        notes.report.add("PT205", scalar, f"{what} cannot be called {quoted(name)}", hint)
        return False
    if name in RESERVED:
        notes.report.add("PT205", scalar, f"{what} cannot be called {quoted(name)}", "the name is reserved")
        return False
    return True


def build_env(node: Node, context: Context, notes: Notes) -> dict[str, str | None]:
    """Returns an `env` mapping; a variable that is None is removed."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping of variables", notes.report)
        return {}
    env: dict[str, str | None] = {}
    for entry in node.entries:
        name, value = entry.key, entry.value
        if not name or "=" in name or "\0" in name:
            notes.report.add("PT205", entry, f"{quoted(name)} cannot be the name of a variable")
        elif isinstance(value, MapNode):
            _refuse_form(value, notes)
        elif isinstance(value, ListNode) and name == "env_files":
            notes.report.add("PT110", entry, "'env_files' is no variable", "'env_files' stands at the top level")
        elif isinstance(value, ScalarNode) and value.value is None:
            env[name] = None
        elif (text := notes.text(read_scalar(value, "text", notes.report), "plain", context)) is not None:
            env[name] = text
            if isinstance(value, ScalarNode):
                notes.declared.append(Declared(node=value, name=name, kind="env", phase=context.phase))
    return env


def _refuse_form(node: MapNode, notes: Notes) -> None:
    """Reports a mapping as the value of a variable: a form that comes later, or none at all."""
    known = {*keys.DYNAMIC_ENV, *keys.SECRET_ENV}
    unknown = [entry for entry in node.entries if entry.key not in known and not entry.key.startswith("x-")]
    for entry in unknown:
        hint = "values per profile stand under the top-level 'profiles'"
        notes.report.add("PT110", entry, f"unknown key {quoted(entry.key)}", hint)
    if not unknown:
        kind = "a secret" if "secret" in node else "a conditional value" if "condition" in node else "a command"
        notes.report.add(NOT_AVAILABLE, node, f"{kind} as the value of a variable {NOT_YET}")
