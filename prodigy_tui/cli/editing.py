"""The workflow of a run that is taken up, as it is on disk by now: the edited one, or a word that it differs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Sources
from prodigy_tui.process import MASK

if TYPE_CHECKING:
    from prodigy_tui.engine.edited import Edited


def read_edited(invocation: Invocation, file: Path, state: RunState, inputs: Inputs) -> "Edited":
    """Loads the workflow with which a run is to go on, and says its problems.

    Parameters have the values that are recorded; `inputs` has those of new and of secret ones.

    Raises:
        WorkflowRejected: it has errors, or a parameter has no value.
    """
    from prodigy_tui.cli.surroundings import known_surroundings, places_of
    from prodigy_tui.engine.edited import Edited
    from prodigy_tui.workflow.load import Given, load_workflow
    from prodigy_tui.workflow.problems import to_lines

    outside = tuple(Path(folder) for folder in state.settings.allow_outside)
    places = places_of(invocation.repo, invocation.environ, outside)
    surroundings = known_surroundings(places)
    asks = load_workflow(file, Path.read_bytes, surroundings).workflow
    names = {spec.name for spec in asks.parameters} if asks is not None else set()
    recorded = {name: value for name, value in state.settings.parameters.items() if name in names}
    given = Given(
        params=inputs.params,
        files=(("the run", recorded), *inputs.files),
        profile=state.settings.profile,
        complete=True,
    )
    loaded = load_workflow(file, Path.read_bytes, surroundings, given)
    for line in to_lines(loaded.problems):
        invocation.output.say(line)
    return Edited(
        workflow=loaded.require(),
        text=loaded.text,
        file=str(file),
        sources=Sources(
            files={name: text for name, text in loaded.files.items() if name != str(file)},
            project=None if places.project is None else str(places.project),
            library=None if places.library is None else str(places.library),
            folder=str(invocation.cwd.absolute()),
        ),
        parameters=loaded.parameters,
    )


def edited_or_none(
    invocation: Invocation, state: RunState, file: Path | None, inputs: Inputs | None
) -> "Edited | None":
    """Returns the edited workflow of `--workflow`, if it is one; says so if it is not.

    Raises:
        WorkflowRejected: it has errors, or a parameter has no value.
    """
    if file is None:
        return None
    edited = read_edited(invocation, file, state, inputs or Inputs())
    if not edited.is_recorded(state):
        return edited
    invocation.output.say(f"{file} is the workflow that the run has")
    return None


def difference(state: RunState) -> str:
    """Returns a word about files of the workflow that say something else by now than is recorded; empty: none does."""
    changed = list(_changed(state))
    if not changed:
        return ""
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return (
        f"{changed[0]}{more} has changed since the run began; the recorded workflow is used "
        f"(--workflow {state.file} goes on with the edited one)"
    )


def _changed(state: RunState) -> Iterator[str]:
    from prodigy_tui.engine.recorded import text_digest

    folder = Path(state.sources.folder or "/nonexistent")
    for name, text in {state.file: state.text, **state.sources.files}.items():
        try:
            found = (folder / name).read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        same = text_digest(found) == state.digest if name == state.file else found == text or MASK in text
        if not same:
            yield name
