"""The texts of steps as far as they are known before anything runs (language 18). Pure.

What only the run can say stands as `<shell.output>`; everything else is filled in and escaped as it will be.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.workflow.finding import is_empty, is_shell_form
from prodigy_tui.workflow.interpolate import InterpolationError, Mode, Reference, Template, parse_text, render
from prodigy_tui.workflow.model import AgentCommand, ShellCommand, Step, WriteFileCommand
from prodigy_tui.workflow.variables import Scope


class PlannedText(Struct, frozen=True, kw_only=True):
    """A step with its text filled in."""

    kind: str
    label: str
    text: str | None
    problem: str | None = None
    """Why the step would fail before it runs."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known before a run."""

    scope: Scope
    settled: frozenset[str] = frozenset()
    """Names and roots that will get no other value: what they lack now is missing for good."""
    with_env: Callable[[Mapping[str, str]], Scope] | None = None
    """Makes the scope of a step with variables of its own."""


def plan_texts(steps: Sequence[Step], known: Known) -> tuple[PlannedText, ...]:
    """Returns steps with their texts filled in; a step sees what those before it will have captured."""
    return tuple(_planned(step, known) for step in steps)


def fill_in(text: str, mode: Mode, known: Known) -> str:
    """Returns a text with the values that are known, and `<name>` for the others.

    Raises:
        InterpolationError: a reference will have no value, or its value cannot stand there.
    """
    template = parse_text(text, mode)
    return render(replace(template, parts=tuple(_parts(template, known, template.assigned))), known.scope)


def open_names(text: str, mode: Mode, known: Known) -> tuple[str, ...]:
    """Returns what a text refers to and only the run can say."""
    template = parse_text(text, mode)
    parts = (part for part in template.parts if isinstance(part, Reference))
    return tuple(str(part.path) for part in parts if _is_open(part, template.mode, known, template.assigned))


def _planned(step: Step, known: Known) -> PlannedText:
    source, mode = _source(step)
    known = _within(step, known)
    try:
        text = fill_in(source, mode, known)
    except InterpolationError as error:
        return PlannedText(kind=step.command.kind, label=step.label, text=None, problem=str(error))
    return PlannedText(kind=step.command.kind, label=step.label, text=text)


def _within(step: Step, known: Known) -> Known:
    """Returns what is known to a step with its own `env`."""
    own: dict[str, str] = {}
    for name, variable in step.env.items():
        if isinstance(variable, str):
            with suppress(InterpolationError):
                own[name] = fill_in(variable, "plain", known)
    if not own or known.with_env is None:
        return known
    return replace(known, scope=known.with_env(own))


def _source(step: Step) -> tuple[str, Mode]:
    match step.command:
        case ShellCommand(text=text):
            return text, "shell"
        case AgentCommand(prompt=prompt):
            return prompt, "plain"
        case WriteFileCommand(path=path):
            return path, "plain"
        case _:
            return "", "plain"


def _parts(template: Template, known: Known, assigned: Collection[str]) -> Iterator[str | Reference]:
    for part in template.parts:
        if isinstance(part, str):
            yield part
        elif _is_open(part, template.mode, known, assigned):
            meant = part.meant(known.scope.declares)
            yield f"<{part.source[2:-1] if meant.computed else meant.path}>"
        elif _falls_back(part, template.mode, known, assigned):
            default = part.meant(known.scope.declares).default or ""
            yield from _parts(parse_text(default, template.mode), known, assigned)
        else:
            yield part


def _is_open(reference: Reference, mode: Mode, known: Known, assigned: Collection[str]) -> bool:
    """Tells whether a reference has a value only while the run goes on."""
    scope = known.scope
    reference = reference.meant(scope.declares)
    if reference.computed is not None and reference.computed.kind != "json":
        return True
    path = reference.computed.source if reference.computed is not None else reference.path
    if path is None or scope.secret(path) or path.root in known.settled:
        return False
    if path.root == "env" and path.parts and not scope.declares(str(path.parts[0])):
        return False
    if mode == "shell" and (path.root.isdigit() or (not path.parts and path.root in assigned)):
        return False
    return scope.lookup(path) is None and scope.knows(path.root)


def _falls_back(reference: Reference, mode: Mode, known: Known, assigned: Collection[str]) -> bool:
    """Tells whether the default of a reference stands in its place; what it holds may be open."""
    scope = known.scope
    reference = reference.meant(scope.declares)
    path = reference.path
    if reference.default is None or reference.computed is not None or scope.secret(path):
        return False
    if mode == "shell" and path.root in assigned and not path.parts:
        return False
    value = scope.lookup(path)
    if value is None and not scope.knows(path.root):
        if mode == "shell":
            return not is_shell_form(path)
        value = scope.inherited(path.root) if not path.parts else None
    return is_empty(value)
