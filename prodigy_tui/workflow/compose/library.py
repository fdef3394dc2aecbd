"""What the steps of a composed file can use: templates and workflows by name or path, found and checked at load."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from prodigy_tui.workflow.compose.binding import check_values
from prodigy_tui.workflow.compose.composer import Composer, Named, identity_of
from prodigy_tui.workflow.compose.merge import find_entry
from prodigy_tui.workflow.literals import as_word
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import quoted

_IGNORED_IN_CALLS = ("merge", "worktree", "uncommitted", "budget", "notify")


class UsedTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template that a step uses."""

    name: str
    parameters: tuple[ParameterSpec, ...]
    steps: Node | None
    """None when the template has none; that has been reported."""


class CalledWorkflow(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow that a step calls; its own problems have been reported."""

    name: str
    identity: str
    """The same for one workflow wherever it is called."""
    kind: Literal["plain", "mapreduce"]
    parameters: tuple[ParameterSpec, ...]
    tree: MapNode
    values: MapNode | None = None
    """`with` of the entry under `workflows` that names it."""


Check = Callable[[CalledWorkflow, "Library"], None]
"""Builds a called workflow and reports what is wrong with it."""


class Library:
    """The templates and workflows that one composed tree sees."""

    def __init__(self, composer: Composer, tree: MapNode, check: Check, checked: set[str] | None = None) -> None:
        self._composer = composer
        self._tree = tree
        self._check = check
        self._checked = set() if checked is None else checked
        self.names: dict[str, str] = {}
        """The workflows under `workflows`, as `check_declared` has found them."""
        self._used_here: set[str] = set()

    @contextmanager
    def use(self, name: ScalarNode, values: Node | None, where: Node | Entry) -> Iterator[UsedTemplate | None]:
        """Finds the template of a `use` step; while its steps are built, one that uses itself is a cycle (PT704).

        Args:
            name: The template.
            values: The step's `with`.
            where: The step, for parameters that are missing.
        """
        found = self._composer.template(name, self._tree)
        if found is None:
            yield None
            return
        with self._composer.files.entered("use:" + found.identity, found.shown, name) as fine:
            used = self._used(found) if fine else None
            self._used_here.add(found.identity)
            if used is not None:
                given = [values] if isinstance(values, MapNode) else []
                owner = f"the template {quoted(found.shown)}"
                check_values(used.parameters, given, where, owner, self._composer.report)
            yield used

    def call(
        self, name: ScalarNode, values: Node | None, inputs: Node | None, where: Node | Entry
    ) -> CalledWorkflow | None:
        """Returns the workflow that a step calls, checked with all that it calls itself.

        Args:
            name: A name under `workflows`, or a path.
            values: The call's `with`.
            inputs: The call's `inputs`.
            where: The call, for parameters that are missing.
        """
        found = self._composer.workflow(name, self._tree)
        if found is None:
            return None
        called = self._called(found)
        with self._composer.files.entered("call:" + found.identity, found.shown, name) as fine:
            if not fine:
                return None
            self._check_once(found, called)
        given = [node for node in (values, inputs, found.values) if isinstance(node, MapNode)]
        check_values(called.parameters, given, where, f"the workflow {quoted(found.shown)}", self._composer.report)
        return called

    def is_used(self, template: Entry) -> bool:
        """Tells whether some step has used this entry of `templates`."""
        return identity_of(template) in self._used_here

    def has_workflow(self, name: str) -> bool:
        """Tells whether the tree has a workflow of this name under `workflows`."""
        section = find_entry(self._tree, "workflows")
        return section is not None and isinstance(section.value, MapNode) and name in section.value

    def check_declared(self) -> None:
        """Checks every workflow that the tree has under `workflows`, called or not."""
        section = find_entry(self._tree, "workflows")
        if section is None or not isinstance(section.value, MapNode) or not self._composer.is_new(section.value):
            return
        for entry in section.value.entries:
            if is_null(entry.value) or identity_of(entry) in self._composer.bases:
                continue
            found = self._composer.declared(entry, self._tree, entry)
            if found is not None:
                self.names[entry.key] = found.identity
                with self._composer.files.entered("call:" + found.identity, found.shown, entry) as fine:
                    if fine:
                        self._check_once(found, self._called(found))

    def _check_once(self, found: Named, called: CalledWorkflow) -> None:
        if found.identity in self._checked:
            return
        self._checked.add(found.identity)
        self._check(called, Library(self._composer, found.tree, self._check, self._checked))

    def _used(self, found: Named) -> UsedTemplate:
        steps = find_entry(found.tree, "steps")
        return UsedTemplate(
            name=found.shown, parameters=self._composer.parameters(found), steps=steps.value if steps else None
        )

    def _called(self, found: Named) -> CalledWorkflow:
        return CalledWorkflow(
            name=found.shown,
            identity=found.identity,
            values=found.values,
            kind="mapreduce" if is_mapreduce(found.tree) else "plain",
            parameters=self._composer.parameters(found),
            tree=found.tree,
        )

    def report_ignored(self, called: CalledWorkflow) -> None:
        """Reports what a called workflow has and only a started one does (PT602)."""
        for key in _IGNORED_IN_CALLS:
            if entry := find_entry(called.tree, key):
                message = f"{quoted(entry.key)} has no effect in a workflow that is called"
                self._composer.report.add("PT602", entry, message)


def is_mapreduce(tree: MapNode) -> bool:
    """Tells whether a file is a mapreduce workflow (language 2.2)."""
    mode = tree.get("mode")
    return "map" in tree or (isinstance(mode, ScalarNode) and as_word(mode.text) == "mapreduce")
