"""One file and all that it is made of -> one tree (language 15.1): imports, then bases, then the file-wide template.

What cannot be found is reported and left out; its key then stays in the tree, so that nobody misses steps which may
have been there.
"""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.compose.files import File, Files
from prodigy_tui.workflow.compose.imports import as_tree, with_imports
from prodigy_tui.workflow.compose.merge import entry_at, find_entry, map_at, merge, merge_all
from prodigy_tui.workflow.compose.parameter_forms import one_form
from prodigy_tui.workflow.compose.parameters import read_parameters, with_defaults
from prodigy_tui.workflow.compose.places import base_places, file_places, is_path, library_places, shown_path
from prodigy_tui.workflow.compose.templates import definition, fill_in, read_use
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys.composition import SUB_WORKFLOW
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, read_texts, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_STEPS = ("steps", "map", "sub_workflows", "extends", "template")
_SHARED = ("templates", "workflows")
"""What a workflow that is written under `workflows` sees of the file around it."""
_CALL_KEYS = frozenset({"source", "path"})


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A template or workflow that a name or path stands for."""

    tree: MapNode
    identity: str
    shown: str
    """What it is called in a chain."""
    values: MapNode | None = None
    """`with` of the entry under `workflows`."""


class Composer:
    """Composes files, each once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.report = files.report
        self.bases: set[str] = set()
        """Workflows that are part of another one; alone they need not be whole."""
        self._done: dict[str, MapNode | None] = {}
        self._inlined: dict[tuple[int, ...], tuple[MapNode, MapNode, tuple[Entry, ...]]] = {}
        """By the identity of nodes, which are kept so that no other node gets it."""
        self._gone_through: dict[int, MapNode] = {}
        self._templates: dict[str, Named | None] = {}
        self._parameters: dict[str, tuple[ParameterSpec, ...]] = {}

    def file(self, file: File, where: Node | Entry | None) -> MapNode | None:
        """Returns the whole tree of `file`; None when nothing can be said about it or it is part of a cycle (PT704)."""
        with self.files.entered(file.identity, file.shown, where) as fine:
            if not fine:
                return None
            if file.identity not in self._done:
                tree = None if file.top is None else as_tree(file.top)
                if tree is None and file.top is not None and where is not None:
                    self.report.add("PT102", file.top, "a workflow is a list of steps or a mapping")
                self._done[file.identity] = None if tree is None else self.tree(tree, Path(file.shown))
            return self._done[file.identity]

    def tree(self, tree: MapNode, file: Path, *, inline: bool = False) -> MapNode:
        """Returns a tree that was read from `file` with everything that it is made of."""
        tree = self._with_parameters(tree)
        tree = with_imports(tree, file.parent, self.files, self.file)
        tree = self._with_bases(tree, file.parent)
        tree = self._with_template(tree)
        return tree if inline else self._with_main(tree)

    def workflow(self, name: ScalarNode, tree: MapNode) -> Named | None:
        """Returns the workflow that `name` stands for in a file with the tree `tree`, or PT705."""
        entry = _named(tree, "workflows", name.text)
        if entry is not None:
            return self.declared(entry, tree, name)
        folder = Path(name.file).parent
        near = _near(tree, "workflows", name.text)
        found = self.files.find(name.text, file_places(folder, name.text), name, "the workflow", near)
        composed = self.file(found, name) if found else None
        return Named(tree=composed, identity=found.identity, shown=found.shown) if found and composed else None

    def template(self, name: ScalarNode, tree: MapNode, where: str = "anywhere") -> Named | None:
        """Returns the template that `name` stands for (the order of language 15.4), or PT705."""
        entry = _named(tree, "templates", name.text) if where == "anywhere" else None
        if entry is not None:
            return self._defined(entry)
        text, folder = name.text, Path(name.file).parent
        tried: tuple[Path, ...] = () if where == "file" else library_places(self.files.places, text)
        if where == "file":
            tried = (shown_path(folder, text),)
        elif where == "anywhere" and is_path(text):
            tried = (*tried, *file_places(folder, text))
        found = self.files.find(text, tried, name, "the template", _near(tree, "templates", text))
        composed = self.file(found, name) if found else None
        return Named(tree=composed, identity=found.identity, shown=found.shown) if found and composed else None

    def is_new(self, workflows: MapNode) -> bool:
        """Tells whether these declared workflows have not been gone through; workflows of one file share them."""
        if id(workflows) in self._gone_through:
            return False
        self._gone_through[id(workflows)] = workflows
        return True

    def parameters(self, named: Named) -> tuple[ParameterSpec, ...]:
        """Returns what a template or workflow asks for."""
        found = self._parameters.get(named.identity)
        if found is None:
            entry = find_entry(named.tree, "parameters")
            specs = read_parameters(entry.value if entry else None, self.report)
            defaults = find_entry(named.tree, "defaults")
            found = with_defaults(specs, defaults.value if defaults else None, self.report)
            self._parameters[named.identity] = found
        return found

    def _defined(self, entry: Entry) -> Named | None:
        """Returns the template of an entry under `templates`."""
        identity = identity_of(entry)
        if identity not in self._templates:
            made = definition(entry, self.report)
            named = None if made is None else Named(tree=made, identity=identity, shown=entry.key)
            self._templates[identity] = named
        return self._templates[identity]

    def _with_parameters(self, tree: MapNode) -> MapNode:
        entry = find_entry(tree, "parameters")
        if entry is None:
            return tree
        swapped = replace(entry, value=one_form(entry.value, self.report))
        return replace(tree, entries=tuple(swapped if other is entry else other for other in tree.entries))

    def _with_bases(self, tree: MapNode, folder: Path) -> MapNode:
        entry = find_entry(tree, "extends")
        if entry is None:
            return tree
        bases: list[MapNode] = []
        complete = True
        names: dict[str, ScalarNode] = {}
        for name in read_texts(entry.value, self.report):
            if name.text in names:
                hint = f"the first is on line {names[name.text].line}"
                self.report.add("PT116", name, f"the base {quoted(name.text)} is given twice", hint)
                continue
            names[name.text] = name
            base = self._base(name, tree, folder)
            complete = complete and base is not None
            bases += [base] if base is not None else []
        if complete and names:
            tree = _without(tree, entry)
        return merge_all([*bases, tree])

    def _base(self, name: ScalarNode, tree: MapNode, folder: Path) -> MapNode | None:
        entry = _named(tree, "workflows", name.text)
        if entry is not None:
            declared = self.declared(entry, tree, name)
            self.bases.add(identity_of(entry))
            return declared.tree if declared else None
        near = _near(tree, "workflows", name.text)
        found = self.files.find(name.text, base_places(folder, name.text), name, "the base", near)
        return self.file(found, name) if found else None

    def _with_template(self, tree: MapNode) -> MapNode:
        entry = find_entry(tree, "template")
        use = read_use(entry.value, self.report) if entry else None
        if entry is None or use is None:
            return tree
        found = self.template(use.source, tree, use.where)
        if found is None:
            # Own steps follow steps that nobody knows.
            return tree
        return fill_in(found.tree, _without(tree, entry), use, self.report)

    def _with_main(self, tree: MapNode) -> MapNode:
        """`workflows.main` is what a file without steps of its own does (language 15.5)."""
        entry = _named(tree, "workflows", "main")
        if entry is None or any(find_entry(tree, key) for key in _STEPS):
            return tree
        main = self.declared(entry, tree, entry)
        self.bases.add(identity_of(entry))
        if main is None:
            return tree
        base = main.tree
        if main.values is not None:
            base = merge(base, map_at(main.values, (entry_at(main.values, "defaults", main.values),)))
        return merge(base, tree)

    def declared(self, entry: Entry, tree: MapNode, where: Node | Entry) -> Named | None:
        """Returns the workflow of an entry under `workflows`."""
        value = entry.value
        identity = identity_of(entry)
        if isinstance(value, MapNode) and not any(key in value for key in _CALL_KEYS):
            with self.files.entered(identity, entry.key, where) as fine:
                return Named(tree=self._inline(value, tree), identity=identity, shown=entry.key) if fine else None
        source, values = self._source(value)
        if source is None:
            return None
        with self.files.entered(identity, entry.key, where) as fine:
            inner = self.workflow(source, tree) if fine else None
        return None if inner is None else replace(inner, values=values or inner.values)

    def _source(self, value: Node) -> tuple[ScalarNode | None, MapNode | None]:
        if not isinstance(value, MapNode):
            return read_scalar(value, "a path or a mapping", self.report), None
        fields = Fields(value, SUB_WORKFLOW, self.report)
        values = fields.node_of("with")
        if values is not None and not isinstance(values, MapNode):
            wrong_type(values, "a mapping", self.report)
        return fields.scalar("source"), values if isinstance(values, MapNode) else None

    def _inline(self, value: MapNode, tree: MapNode) -> MapNode:
        """Returns a workflow that is written inside a file, or was imported with all that it is made of."""
        shared = tuple(entry for name in _SHARED if name not in value and (entry := find_entry(tree, name)))
        # Workflows that extend one another are composed once each, not once for every way to them.
        key = (id(value), *(id(entry.value) for entry in shared))
        if key not in self._inlined:
            made = self.tree(replace(value, entries=(*shared, *value.entries)), Path(value.file), inline=True)
            self._inlined[key] = (made, value, shared)
        return self._inlined[key][0]


def identity_of(entry: Entry) -> str:
    """Returns what is the same for one entry of `templates` or `workflows` under all its names."""
    return f"{entry.file}:{entry.line}:{entry.column}:{entry.path}"


def _named(tree: MapNode, section: str, name: str) -> Entry | None:
    """Returns the template or workflow that the tree has under `name`."""
    entry = find_entry(tree, section)
    found = entry.value.entry(name) if entry is not None and isinstance(entry.value, MapNode) else None
    return None if found is None or is_null(found.value) else found


def _near(tree: MapNode, section: str, name: str) -> str:
    """Returns a hint at the names that the tree has, when one of them may have been meant."""
    entry = find_entry(tree, section)
    return (
        did_you_mean(name, [e.key for e in entry.value.entries]) if entry and isinstance(entry.value, MapNode) else ""
    )


def _without(tree: MapNode, entry: Entry) -> MapNode:
    return replace(tree, entries=tuple(other for other in tree.entries if other is not entry))
