"""A workflow's text, with all the files it is made of -> the workflow, or every problem of it at once.

This is the one loader: `validate`, `run` and `resume` call it alike. It runs nothing and opens no file but through the
caller's `read`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.build.calls import build_sub_workflows
from prodigy_tui.workflow.build.context import Context, Declared, Notes, Surroundings
from prodigy_tui.workflow.build.document import build_document
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.build.uses import check_templates
from prodigy_tui.workflow.check_commits import check_commits
from prodigy_tui.workflow.checks import check
from prodigy_tui.workflow.compose.binding import Given, bind
from prodigy_tui.workflow.compose.composer import Composer
from prodigy_tui.workflow.compose.constants import read_constants
from prodigy_tui.workflow.compose.files import File, Files, Read, recorded
from prodigy_tui.workflow.compose.imports import as_tree
from prodigy_tui.workflow.compose.library import CalledWorkflow, Library, is_mapreduce
from prodigy_tui.workflow.compose.merge import find_entry
from prodigy_tui.workflow.compose.parameters import read_parameters, with_defaults
from prodigy_tui.workflow.environment.stack import chosen_profile
from prodigy_tui.workflow.model import Environment, Workflow
from prodigy_tui.workflow.nodes import Entry, MapNode, Node
from prodigy_tui.workflow.problems import Problem, Report, WorkflowRejected, has_errors

__all__ = ["Given", "Loaded", "load_recorded", "load_text", "load_workflow"]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What loading brought: a workflow if there is no error, and the problems in order."""

    workflow: Workflow | None
    problems: tuple[Problem, ...]
    text: str = ""
    """The file as it was read, without a byte order mark."""
    files: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The text of every file that was read, by the path under which problems show it; `load_recorded` takes them."""
    parameters: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """The values of the parameters that have one."""
    environment: Environment = msgspec.field(default_factory=Environment)
    """What was read of the environment, also where other things are wrong."""

    def require(self, *, strict: bool = False) -> Workflow:
        """Returns the workflow.

        Raises:
            WorkflowRejected: it has errors, or with `strict` warnings.
        """
        if self.workflow is None or has_errors(self.problems, strict=strict):
            raise WorkflowRejected(self.problems)
        return self.workflow


def load_workflow(
    path: Path, read: Read, surroundings: Surroundings | None = None, given: Given | None = None
) -> Loaded:
    """Loads the file `path` and what it is made of.

    Args:
        path: Shown in problems as it is given; its suffix decides between JSON and YAML, its stem is the default name.
        read: Returns the bytes of a file, or raises OSError; a file that is not there is found out by reading it.
        surroundings: What the caller knows about providers, the repository and the places of files.
        given: The operator's values; without it a missing parameter is a warning.
    """
    known = surroundings or Surroundings()
    files = Files(read, known.places.around(path), Report(str(path)))
    return _load(files.start(path), files, known, given)


def load_recorded(
    files: Mapping[str, str], main: str, surroundings: Surroundings | None = None, given: Given | None = None
) -> Loaded:
    """Loads `main` from the `files` of an earlier load; the disk is not asked.

    The places of the libraries in `surroundings` must be those of that load.
    """
    known = surroundings or Surroundings()
    return load_workflow(Path(main), recorded(files), replace(known, places=known.places.unbounded()), given)


def load_text(
    text: str,
    name: str,
    suffix: str | None = None,
    surroundings: Surroundings | None = None,
    given: Given | None = None,
) -> Loaded:
    """Loads `text` as if it were the file `name`, alone; `suffix` is that of `name` unless given."""
    files = Files(recorded({}), Surroundings().places, Report(name))
    return _load(files.text(text, name, suffix), files, surroundings or Surroundings(), given)


def _load(file: File | None, files: Files, surroundings: Surroundings, given: Given | None) -> Loaded:
    workflow, values = None, dict[str, Any]()
    if file is not None and file.top is not None:
        workflow, values = _Loading(files, surroundings).main(file, file.top, given or Given(complete=False))
    problems = files.report.problems()
    return Loaded(
        workflow=None if has_errors(problems) else workflow,
        problems=problems,
        text=files.texts.get(files.report.file, ""),
        files=dict(files.texts),
        parameters=values,
        environment=Environment() if workflow is None else workflow.environment,
    )


class _Loading:
    """One load: the started workflow, and those that it calls."""

    def __init__(self, files: Files, surroundings: Surroundings) -> None:
        self._files = files
        self._report = files.report
        self._surroundings = surroundings
        self._composer = Composer(files)
        self._libraries: list[Library] = []
        self._called: dict[str, Workflow] = {}
        self._templates: dict[int, Entry] = {}
        """Sections `templates` by identity; workflows that are written in one file share its section."""

    def main(self, file: File, top: Node, given: Given) -> tuple[Workflow | None, dict[str, Any]]:
        # A list has nothing to compose, and its steps have paths that begin with an index.
        tree = self._composer.file(file, None) if isinstance(top, MapNode) else None
        with self._files.entered("call:" + file.identity, file.shown, None):
            library = self._library(as_tree(top) if tree is None else tree)
            workflow, values = self._build(tree or top, file.shown, library, given)
        # The list grows: what is declared may call files that declare workflows too.
        for library in self._libraries:
            library.check_declared()
        if workflow is None:
            return None, values
        names = {name: target for library in reversed(self._libraries) for name, target in library.names.items()}
        return replace(workflow, **{"called": self._called, "names": names}), values

    def _library(self, tree: MapNode | None) -> Library | None:
        if tree is None:
            return None
        self._libraries.append(Library(self._composer, tree, self._check_called))
        return self._libraries[0]

    def _check_called(self, called: CalledWorkflow, library: Library) -> None:
        self._libraries.append(library)
        workflow, _ = self._build(called.tree, called.name, library, None)
        if workflow is not None:
            self._called[called.identity] = workflow

    def _build(
        self, top: Node, name: str, library: Library | None, given: Given | None
    ) -> tuple[Workflow | None, dict[str, Any]]:
        """Builds and checks one workflow; without `given` its parameters come from whoever calls it."""
        notes = Notes(report=self._report, surroundings=self._surroundings, library=library)
        values: dict[str, Any] = {}
        update: dict[str, Any] = {}
        if isinstance(top, MapNode):
            values, update = self._names(top, notes, given)
        elif given is not None:
            bind((), given, None, {}, self._report)
        checks_templates = isinstance(top, MapNode) and self._is_first_with_templates(top)
        workflow = build_document(top, name, notes)
        if isinstance(top, MapNode):
            if checks_templates:
                check_templates(top, notes, build_steps)
            context = Context(phase="setup" if is_mapreduce(top) else "steps")
            update["sub_workflows"] = build_sub_workflows(top, context, notes)
        check(notes)
        if workflow is not None and given is not None and isinstance(top, MapNode):
            self._check_commits(workflow, top)
        if workflow is not None and given is not None and given.profile is not None:
            self._report.take(chosen_profile(workflow.environment, given.profile, {})[2])
        return replace(workflow, **update) if workflow else None, values

    def _check_commits(self, workflow: Workflow, top: MapNode) -> None:
        section = find_entry(top, "map")
        if find_entry(top, "uncommitted") is not None or section is None or not isinstance(section.value, MapNode):
            return
        template = next((entry for entry in section.value.entries if entry.key == "agent_template"), None)
        if template is not None:
            check_commits(workflow, template, self._report)

    def _is_first_with_templates(self, tree: MapNode) -> bool:
        """Tells whether no workflow before has the same templates; the first one sees to it that all are checked."""
        section = find_entry(tree, "templates")
        if section is None or id(section) in self._templates:
            return False
        self._templates[id(section)] = section
        return True

    def _names(self, tree: MapNode, notes: Notes, given: Given | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Notes the parameters and constants; returns the parameters' values and the workflow's fields."""
        section, defaults = find_entry(tree, "parameters"), find_entry(tree, "defaults")
        specs = read_parameters(section.value if section else None, self._report)
        entries: tuple[Entry, ...] = section.value.entries if section and isinstance(section.value, MapNode) else ()
        places = {entry.key: entry for entry in entries}
        constants, constant_places = read_constants(tree, self._report)
        notes.declared += [
            Declared(node=places[spec.name], name=spec.name, kind="parameter", phase="steps") for spec in specs
        ]
        notes.declared += [Declared(node=entry, name=entry.key, kind="var", phase="steps") for entry in constant_places]
        notes.secrets |= {spec.name for spec in specs if spec.secret}
        values = {}
        if given is not None:
            values = bind(specs, given, defaults.value if defaults else None, places, self._report)
        else:
            specs = with_defaults(specs, defaults.value if defaults else None, self._report)
        return values, {"parameters": specs, "vars": constants}
