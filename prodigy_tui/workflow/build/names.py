"""Names that the text declares: ids, captures, outputs and loop variables (language 8.5, 11)."""

from typing import Literal

from prodigy_tui.workflow.build.context import Context, Declared, Notes
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.naming import NAME, STEERING
from prodigy_tui.workflow.nodes import Entry, Node, ScalarNode
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, read_texts
from prodigy_tui.workflow.roots import RESERVED


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


def read_capture_name(place: ScalarNode | Entry, context: Context, notes: Notes) -> str | None:
    """Returns the name that a step's output is captured under (PT205)."""
    return _declare(place, "a capture", "capture", context, notes)


def read_output_name(place: ScalarNode | Entry, context: Context, notes: Notes) -> str | None:
    """Returns the name of an output that a step declares (PT205)."""
    return _declare(place, "an output", "output", context, notes)


def read_loop_name(scalar: ScalarNode, notes: Notes) -> str | None:
    """Returns the name of a loop variable (PT205); `item` is one too."""
    if scalar.text == "item" or (
        _is_free(scalar, "a loop variable", notes) and _is_harmless(scalar, "a loop variable", notes)
    ):
        return scalar.text
    return None


def name_of_call(call: WorkflowCall, name: str | None, node: Node, context: Context, notes: Notes) -> str | None:
    """Returns what the results of a call without an id are found under: its name, else that of the workflow.

    A name that nothing can have is none; texts that need the results say so.
    """
    found = next((given for given in (name, call.name, call.source) if given and NAME.fullmatch(given)), None)
    if found is None or found in RESERVED:
        return None
    notes.declared.append(Declared(node=node, name=found, kind="id", phase=context.phase))
    return found


def read_results(node: Node | None, context: Context, notes: Notes) -> tuple[str, ...]:
    """Returns the names of what a called workflow hands back (PT205)."""
    names = []
    for scalar in () if node is None else read_texts(node, notes.report):
        if _is_free(scalar, "an output", notes):
            notes.declared.append(Declared(node=scalar, name=scalar.text, kind="result", phase=context.phase))
            names.append(scalar.text)
    return tuple(dict.fromkeys(names))


def _declare(
    place: ScalarNode | Entry, what: str, kind: Literal["capture", "output"], context: Context, notes: Notes
) -> str | None:
    if not _is_free(place, what, notes) or not _is_harmless(place, what, notes):
        return None
    name = _name_at(place)
    notes.declared.append(Declared(node=place, name=name, kind=kind, phase=context.phase))
    return name


def _is_harmless(place: ScalarNode | Entry, what: str, notes: Notes) -> bool:
    """Reports names that every process would get and that steer other programs or stand for secrets (PT205)."""
    if _name_at(place) in notes.secrets:
        message = f"{what} cannot be called {quoted(_name_at(place))}"
        notes.report.add("PT205", place, message, "it is the name of a secret")
        return False
    if not STEERING.fullmatch(_name_at(place)):
        return True
    message = f"{what} cannot be called {quoted(_name_at(place))}"
    notes.report.add("PT205", place, message, "output must not set what steers other programs")
    return False


def _is_free(place: ScalarNode | Entry, what: str, notes: Notes) -> bool:
    name = _name_at(place)
    if not NAME.fullmatch(name):
        hint = "a name is a letter or '_', then letters, digits, '_' and '-'"
        notes.report.add("PT205", place, f"{what} cannot be called {quoted(name)}", hint)
        return False
    if name in RESERVED:
        notes.report.add("PT205", place, f"{what} cannot be called {quoted(name)}", "the name is reserved")
        return False
    return True


def _name_at(place: ScalarNode | Entry) -> str:
    return place.key if isinstance(place, Entry) else place.text
