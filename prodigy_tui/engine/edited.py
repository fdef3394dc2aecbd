"""An edited workflow with which a run goes on: what is recorded of it, so that the log still explains itself."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from prodigy_tui.engine.decisions.edits import Edit
from prodigy_tui.engine.decisions.outline import outline_of
from prodigy_tui.engine.recorded import text_digest, without_secrets
from prodigy_tui.events.schema import WorkflowReplaced
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Sources
from prodigy_tui.workflow.model import Workflow


class Edited(Struct, frozen=True, kw_only=True):
    """An edited workflow as it was loaded."""

    workflow: Workflow
    text: str
    file: str
    sources: Sources
    parameters: Mapping[str, Any]
    """The values of all its parameters, secret ones included."""

    def is_recorded(self, state: RunState) -> bool:
        """Tells whether nothing has been edited."""
        same = text_digest(self.text) == state.digest and self.sources.files == state.sources.files
        return same and self.recorded_parameters(state) == state.settings.parameters

    def recorded_parameters(self, state: RunState) -> dict[str, Any]:
        """Returns the values that may be recorded."""
        return dict(without_secrets(state.settings, self.workflow, self.parameters).parameters)


def replacement_of(state: RunState, edited: Edited, edit: Edit) -> WorkflowReplaced:
    """Returns the event that makes an edited workflow that of the run."""
    workflow = edited.workflow
    return WorkflowReplaced(
        workflow=workflow.name,
        file=edited.file,
        text=edited.text,
        digest=text_digest(edited.text),
        target=workflow.merge.target or state.target,
        outline=outline_of(workflow),
        sources=edited.sources,
        max_parallel=edit.max_parallel,
        parameters=edited.recorded_parameters(state),
        kept=dict(edit.kept),
        unsettled=edit.unsettled,
    )
