"""Which declared names a text can see, by the phase it stands in (language 8.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prodigy_tui.workflow.build.context import Declared
from prodigy_tui.workflow.declared import SEEN_PHASES
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import ScalarNode
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.roots import is_root, is_trusted
from prodigy_tui.workflow.text_walk import walk_references


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The declared names of one phase. Whether a name has its value yet is for the run to see."""

    captures: frozenset[str]
    ids: frozenset[str]
    trusted: frozenset[str]
    """Variables whose text the author wrote, every part of it."""
    setup: frozenset[str]
    """Captures of setup, for `setup.<name>`."""

    names: frozenset[str]
    """Every declared name."""


def visible_names(phase: Phase, declared: Iterable[Declared], env: Mapping[str, ScalarNode]) -> Visible:
    """Returns what the texts of `phase` can see; `env` is that of the top level."""
    seen = [entry for entry in declared if entry.phase in SEEN_PHASES[phase]]
    captures = frozenset(entry.name for entry in seen if entry.kind == "capture")
    ids = frozenset(entry.name for entry in seen if entry.kind == "id")
    variables = {**env, **{entry.name: entry.node for entry in seen if entry.kind == "env"}}
    return Visible(
        captures=captures,
        ids=ids,
        trusted=_trusted(variables, captures | ids),
        names=captures | ids | frozenset(variables),
        setup=frozenset(entry.name for entry in seen if entry.kind == "capture" and entry.phase == "setup"),
    )


def variable_paths(node: ScalarNode) -> list[ParsedPath]:
    """Returns the paths of all references in the value of a variable."""
    return [placed.reference.path for placed in walk_references(parse_text(node.text, "plain"))]


def _trusted(env: Mapping[str, ScalarNode], data: frozenset[str]) -> frozenset[str]:
    """Returns the variables without data in them; one that is built from a suspect one is suspect too."""
    users: dict[str, list[str]] = {}
    suspects = [name for name in env if name in data]
    for name, node in env.items():
        for path in variable_paths(node):
            if path.root in env and path.root != name:
                users.setdefault(path.root, []).append(name)
            elif path.root != name and not _is_clean(path, data):
                suspects.append(name)
    suspect: set[str] = set()
    while suspects:
        name = suspects.pop()
        if name not in suspect:
            suspect.add(name)
            suspects += users.get(name, [])
    return frozenset(env) - suspect


def _is_clean(path: ParsedPath, data: frozenset[str]) -> bool:
    """Tells whether a path brings no data; what nobody declares comes from the operator's environment."""
    return is_trusted(path) or (path.root not in data and not is_root(path.root))
