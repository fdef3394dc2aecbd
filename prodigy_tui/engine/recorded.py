"""What a run's log says about its workflow: which values are recorded, and the same workflow again from them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import Envelope, Unknown, WarningRaised
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings
from prodigy_tui.process import MASK
from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.compose.places import Places
from prodigy_tui.workflow.load import Given, load_recorded
from prodigy_tui.workflow.model import Workflow

NAMED = 5
"""Kinds of events that a warning names at most."""


class NotResumable(ProdigyError):
    """The run's log does not allow it to go on."""

    exit_code = ExitCode.USAGE


def without_secrets(settings: RunSettings, workflow: Workflow, parameters: Mapping[str, Any]) -> RunSettings:
    """Returns the settings with the parameters that may be recorded."""
    secret = {spec.name for spec in workflow.parameters if spec.secret}
    return replace(settings, parameters={name: value for name, value in parameters.items() if name not in secret})


def require_beginning(state: RunState) -> None:
    """Checks that the log of a run begins with its start.

    Raises:
        NotResumable: it does not.
    """
    if not state.run_id:
        raise NotResumable("the run's log has no beginning", hint="start it again")


def newer_events(envelopes: Iterable[Envelope]) -> WarningRaised | None:
    """Returns the warning that a newer program has had a part in a run; what it recorded is kept and means nothing."""
    kinds = sorted({envelope.event.type for envelope in envelopes if isinstance(envelope.event, Unknown)})
    if not kinds:
        return None
    named = ", ".join(kinds[:NAMED]) + (", …" if len(kinds) > NAMED else "")
    message = f"the record holds events of a newer program ({one_line(named)}): they are kept, and change nothing here"
    return WarningRaised(message=message)


def require_whole_text(state: RunState) -> None:
    """Checks that no secret was taken out of the recorded text of the workflow.

    Raises:
        NotResumable: one was, so the text is not what the run was started with.
    """
    if MASK in state.text and text_digest(state.text) != state.digest:
        raise NotResumable(
            f"run {state.run_id}: the value of a secret stands in the workflow itself, which is not recorded with it",
            hint="write the secret as '${env:NAME}' and start the run again",
        )


def text_digest(text: str) -> str:
    """Returns what the text of a workflow is recognised by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def recorded_workflow(
    state: RunState, given: Given, *, landing_only: bool = False, may_change: bool = False
) -> tuple[Workflow, Mapping[str, Any]]:
    """Returns the workflow as it was loaded at the start, and the values of its parameters.

    With `may_change` what is given may replace values that are recorded, not only add those of secret ones.

    Raises:
        NotResumable: it cannot be read, or a secret parameter has not been given again.
    """
    require_beginning(state)
    require_whole_text(state)
    if not may_change and (fixed := sorted(_named(given) & set(state.settings.parameters))):
        hint = "only secret parameters are given again"
        raise NotResumable(f"run {state.run_id}: the value of parameter {fixed[0]!r} is recorded", hint=hint)
    sources = state.sources
    loaded = load_recorded(
        {state.file: state.text, **sources.files},
        state.file,
        Surroundings(places=Places(project=_path(sources.project), library=_path(sources.library))),
        Given(
            params=given.params,
            files=(("the run", state.settings.parameters), *given.files),
            profile=state.settings.profile,
            complete=not landing_only,
        ),
    )
    if loaded.workflow is not None:
        return loaded.workflow, loaded.parameters
    for problem in loaded.problems:
        if problem.code in ("PT701", "PT702", "PT703"):
            again = "secret parameters are not recorded: give them again with --param NAME=VALUE"
            hint = again if problem.code == "PT702" else problem.hint
            raise NotResumable(f"run {state.run_id}: {problem.message}", hint=hint)
    raise NotResumable(
        f"run {state.run_id}: its recorded workflow cannot be read by this version",
        hint="use the version that made it",
    )


def changed_parameters(
    state: RunState, given: Given, workflow: Workflow, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the values that are given and differ from those that are recorded; secret ones never are."""
    secret = {spec.name for spec in workflow.parameters if spec.secret}
    known = state.settings.parameters
    return {
        name: parameters[name]
        for name in sorted(_named(given) - secret)
        if name in parameters and (name not in known or known[name] != parameters[name])
    }


def _named(given: Given) -> set[str]:
    return {name for name, _ in given.params} | {name for _, data in given.files for name in data}


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
