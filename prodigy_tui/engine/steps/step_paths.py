"""Where steps stand in the log of a run, as far as a run that is taken up again has to know it.

`2` is the third step of a phase, `2/u.0` the first step of the template that it uses, `sub0` the first sub-workflow.
"""

import re
from collections.abc import Iterator
from typing import Final

from prodigy_tui.events.evolve_phases import BEFORE_STEPS
from prodigy_tui.workflow.declared import step_of_call, steps_of
from prodigy_tui.workflow.model import Phase, Step, UseCommand, Workflow


def path_of_call(number: int) -> str:
    """Returns the path of an entry of `sub_workflows`."""
    return f"{BEFORE_STEPS}{number}"


def recorded_steps(workflow: Workflow, phase: Phase) -> Iterator[tuple[str, Step]]:
    """Yields the steps of a phase whose results its later steps can refer to, in order, with their paths in the log.

    The steps of a template that is used are among them; those of loops, calls and handlers are not.
    """
    if phase == ("steps" if workflow.kind == "plain" else "setup"):
        for number, call in enumerate(workflow.sub_workflows):
            yield path_of_call(number), step_of_call(call)
    for index, step in enumerate(steps_of(workflow, phase)):
        yield from with_template(str(index), step)


def is_recorded(path: str) -> bool:
    """Tells whether the result of the step at `path` is one of those."""
    return _RECORDED.fullmatch(path) is not None


_RECORDED: Final = re.compile(r"[^/]+(?:/u\.\d+)*")


def with_template(path: str, step: Step) -> Iterator[tuple[str, Step]]:
    """Yields the steps of the template that a step uses, and the step."""
    if isinstance(step.command, UseCommand):
        for index, inner in enumerate(step.command.steps):
            yield from with_template(f"{path}/u.{index}", inner)
    yield path, step
