"""The environment of every process that a run starts (language 12.4, 12.5)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import quiet_environment, scrub
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.variables import Scope, Value

AGENT_MARKS = frozenset(
    {"CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_SSE_PORT", "CLAUDE_PID", "AI_AGENT"}
)
"""Variables by which agent CLIs mark their own children: a run started from within an agent is nobody's child."""

CLEARED = ("PATH", "HOME", "TMPDIR", "LANG")
"""What `clear_env: true` leaves."""


class EnvironmentCycle(ProdigyError):
    """Names of `env` that refer to each other in a circle."""

    code = "PT313"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"PT313: env refers to itself: {' → '.join(names)}", hint="break the circle")
        self.names = names

    def __reduce__(self) -> tuple[type["EnvironmentCycle"], tuple[tuple[str, ...]]]:
        return type(self), (self.names,)


def process_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the operator's environment without what would mislead git or an agent."""
    return {name: value for name, value in scrub(environ).items() if name not in AGENT_MARKS}


def git_environment(environ: Mapping[str, str], top: Path) -> dict[str, str]:
    """Returns the variables for quiet, durable commits, with an identity where git has none."""
    return {**quiet_environment(environ), **identity_environment(top)}


def resolve_env(
    texts: Mapping[str, str | None], scope_with: Callable[[Mapping[str, Value]], Scope], outer: Mapping[str, str]
) -> dict[str, str | None]:
    """Returns the values of static `env` entries; they may refer to each other in any order.

    A reference to an entry's own name means the outer value. `None` removes a variable. `scope_with` makes the scope of
    one entry: everything that it sees, with these names on top.

    Raises:
        EnvironmentCycle: entries refer to each other in a circle.
        InterpolationError: a reference has no value.
    """
    done: dict[str, str | None] = {}

    def value_of(name: str, path: tuple[str, ...]) -> str | None:
        if name in done:
            return done[name]
        if name in path:
            raise EnvironmentCycle((*path[path.index(name) :], name))
        text = texts[name]
        if text is None:
            done[name] = None
            return None
        template = parse_text(text, "plain")
        known: dict[str, Value] = {}
        for other in {reference.path.root for reference in template.references}:
            found = outer.get(name, "") if other == name else None
            if other != name and other in texts:
                found = value_of(other, (*path, name))
            if found is not None:
                known[other] = Value(found, trusted=True)
        done[name] = render(template, scope_with(known))
        return done[name]

    for name in texts:
        value_of(name, ())
    return done


def overlay(base: Mapping[str, str], *layers: Mapping[str, str | None]) -> dict[str, str]:
    """Returns `base` under `layers`, later ones on top; `None` removes."""
    result = dict(base)
    for layer in layers:
        for name, value in layer.items():
            if value is None:
                result.pop(name, None)
            else:
                result[name] = value
    return result
