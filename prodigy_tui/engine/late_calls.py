"""Workflows whose name is known only when they are called (language 15.5), found by the rules of loading."""

import os
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Sources
from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.compose.places import Places, file_places, is_url
from prodigy_tui.workflow.interpolate import InterpolationError
from prodigy_tui.workflow.load import load_recorded, load_workflow
from prodigy_tui.workflow.model import Workflow, WorkflowCall


class CalledWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow that a step calls, and the files that it is made of."""

    workflow: Workflow
    text: str
    file: str
    sources: Sources


def load_called(name: str, call: WorkflowCall, run: RunContext) -> CalledWorkflow:
    """Returns the workflow at the path `name`, relative to the file in which the call stands. Blocking.

    Raises:
        InterpolationError: there is none (PT705), it lies outside (PT801), or it has errors.
    """
    sources = run.state.sources
    folder = Path(sources.folder or run.repository.top)
    roots = (run.repository.top, *run.allowed_outside)
    places = Places(
        roots=tuple(Path(os.path.realpath(root)) for root in roots),
        project=None if sources.project is None else Path(sources.project),
        library=None if sources.library is None else Path(sources.library),
        resolve=lambda path: Path(os.path.realpath(path)),
    ).around(folder / run.state.file)
    tried = () if is_url(name) or "\0" in name else file_places((folder / call.file).parent, name)
    for path in tried:
        if not places.allows(path):
            raise InterpolationError("PT801", f"the workflow '{name}' lies outside, at '{path}'")
        if not path.is_file():
            continue
        loaded = load_workflow(path, Path.read_bytes, Surroundings(places=places))
        if loaded.workflow is not None:
            others = {file: text for file, text in loaded.files.items() if file != str(path)}
            return CalledWorkflow(
                workflow=loaded.workflow, text=loaded.text, file=str(path), sources=replace(sources, files=others)
            )
        first = next(problem for problem in loaded.problems if problem.severity == "error")
        raise InterpolationError(first.code, f"'{name}', line {first.line}: {first.message}")
    known = ", ".join(sorted(run.workflow.names))
    there = f"; under 'workflows' there is {known}" if known else ""
    raise InterpolationError("PT705", f"the workflow '{name}' is not there{there}")


def recorded_call(state: RunState) -> CalledWorkflow | None:
    """Returns the workflow of a called run as it was when it was called, whatever its file says by now."""
    sources = state.sources
    places = Places(
        project=None if sources.project is None else Path(sources.project),
        library=None if sources.library is None else Path(sources.library),
    )
    loaded = load_recorded({state.file: state.text, **sources.files}, state.file, Surroundings(places=places))
    if loaded.workflow is None:
        return None
    return CalledWorkflow(workflow=loaded.workflow, text=state.text, file=state.file, sources=sources)
