"""What the interface has given way to: a workflow that is started, a run at rest that is taken up."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.invocation import Invocation
    from prodigy_tui.cli.recorded import RecordedRuns


def go_on(invocation: "Invocation", runs: "RecordedRuns") -> int:
    """Does what was asked for when the interface was closed, if anything, with the same places; returns its exit code.

    Raises:
        ProdigyError: as the command does that would be typed for it.
    """
    if not runs.wanted:
        return ExitCode.OK
    word, *rest = runs.wanted
    if word == "merge":
        from prodigy_tui.cli.commands.merge import ask_in_interface

        return ask_in_interface(invocation, rest)
    from prodigy_tui.cli.main import program

    places = ["--repo", str(invocation.repo)]
    if invocation.home is not None:
        places += ["--home", str(invocation.home)]
    group = 2 if word == "dlq" else 1
    words = [*runs.wanted[:group], *places, *runs.wanted[group:]]
    with program.make_context("prodigy-tui", words, parent=click.get_current_context(silent=True)) as context:
        return int(program.invoke(context))
