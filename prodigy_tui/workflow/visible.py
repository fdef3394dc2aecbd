"""Which declared names a text can see, by the phase it stands in (language 8.4)."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Declared
from prodigy_tui.workflow.declared import SEEN_PHASES
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import ScalarNode
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.references import Reference
from prodigy_tui.workflow.roots import is_root, is_trusted, secret_name
from prodigy_tui.workflow.text_walk import walk_references

_NONE: frozenset[str] = frozenset()


class Visible(msgspec.Struct, frozen=True, kw_only=True):
    """The declared names of one phase. Whether a name has its value yet is for the run to see."""

    captures: frozenset[str]
    ids: frozenset[str]
    trusted: frozenset[str]
    """Names whose values the author or the operator wrote, every part of them."""
    setup: frozenset[str]
    """Captures of setup, for `setup.<name>`."""
    outputs: frozenset[str] = _NONE
    """Declared outputs of steps, for `<id>.<name>` too."""
    parameters: frozenset[str] = _NONE
    variables: frozenset[str] = _NONE
    """`vars`."""
    secrets: frozenset[str] = _NONE
    """Names whose values are never put into a text, variables made from them too."""
    suspect: frozenset[str] = _NONE
    """Variables of the environment with data in them."""

    names: frozenset[str]
    """Every declared name."""

    def inside(self, loops: frozenset[str], parameters: frozenset[str] = _NONE) -> "Visible":
        """Returns what is visible in loops that give values to these names, and in templates with these parameters.

        What a template gets may be data, whoever wrote the template.
        """
        inner = loops | parameters
        if not inner:
            return self
        seen = self.parameters | parameters
        return replace(self, names=self.names | inner, trusted=self.trusted - inner, parameters=seen)


def visible_names(
    phase: Phase, declared: Iterable[Declared], env: Mapping[str, ScalarNode], secrets: Collection[str] = ()
) -> Visible:
    """Returns what the texts of `phase` can see; `env` is that of the top level."""
    seen = [entry for entry in declared if entry.kind in _EVERYWHERE or entry.phase in SEEN_PHASES[phase]]
    kinds = {kind: frozenset(entry.name for entry in seen if entry.kind == kind) for kind in _KINDS}
    static = {entry.name: entry.node for entry in seen if entry.kind == "env" and isinstance(entry.node, ScalarNode)}
    variables = {**env, **static}
    data = kinds["capture"] | kinds["id"] | kinds["output"] | kinds["dynamic"]
    constants = kinds["parameter"] | kinds["var"]
    trusted = _trusted(variables, data)
    return Visible(
        captures=kinds["capture"],
        ids=kinds["id"],
        outputs=kinds["output"] | kinds["result"],
        parameters=kinds["parameter"],
        variables=kinds["var"],
        trusted=(trusted | constants) - data,
        suspect=(frozenset(variables) - trusted) | kinds["dynamic"],
        secrets=_with_users(frozenset(secrets), variables),
        names=data | constants | kinds["env"] | frozenset(variables) | frozenset(secrets),
        setup=frozenset(entry.name for entry in seen if entry.kind == "capture" and entry.phase == "setup"),
    )


_EVERYWHERE = frozenset({"parameter", "var"})
_KINDS = ("capture", "id", "output", "result", "env", "dynamic", "parameter", "var")


def variable_paths(node: ScalarNode) -> list[ParsedPath]:
    """Returns the paths of all references in the value of a variable."""
    return [reference.path for reference in _references(node)]


def _references(node: ScalarNode) -> Iterator[Reference]:
    return (placed.reference for placed in walk_references(parse_text(node.text, "plain")))


def _with_users(secrets: frozenset[str], env: Mapping[str, ScalarNode]) -> frozenset[str]:
    """Returns `secrets` and the variables that have one in their value, at whatever distance."""
    if not secrets:
        return secrets
    users: dict[str, list[str]] = {}
    for name, node in env.items():
        for path in variable_paths(node):
            needed = str(path.parts[0]) if path.root == "env" and path.parts else path.root
            users.setdefault(needed, []).append(name)
            if secret := secret_name(path, secrets):
                users.setdefault(secret, []).append(name)
    found: set[str] = set()
    pending = list(secrets)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += users.get(name, [])
    return frozenset(found)


def _trusted(env: Mapping[str, ScalarNode], data: frozenset[str]) -> frozenset[str]:
    """Returns the variables without data in them; one that is built from a suspect one is suspect too."""
    users: dict[str, list[str]] = {}
    suspects = [name for name in env if name in data]
    for name, node in env.items():
        for reference in _references(node):
            path = reference.path
            if path.root in env and path.root != name:
                users.setdefault(path.root, []).append(name)
            elif path.root != name and (reference.computed or not _is_clean(path, data)):
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
    if path.root == "env" and path.parts and path.parts[0] in data:
        return False
    return is_trusted(path) or (path.root not in data and not is_root(path.root))
