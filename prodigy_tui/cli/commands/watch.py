"""`prodigy-tui watch`: look at a run that another process drives, without a hand in it."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder


@click.command(epilog="Example: prodigy-tui watch last")
@click.argument("run", required=False)
@click.option("--headless", is_flag=True, help="Lines instead of the interface.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document on stdout, at the end.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Lines for people, or the events as JSON lines on stdout.",
)
@shared_options
def watch(invocation: Invocation, *, run: str | None, headless: bool, as_json: bool, form: str) -> int:
    """Watch a run that another process drives

    In the interface when this is a terminal, else line by line until the run comes to rest; the exit code is then that
    of the run. Nothing that is done here touches the run, and Ctrl-C ends only the watching. RUN is an id, a unique
    beginning of one, or `last`; without it the newest that is under way, else the newest.
    """
    from prodigy_tui.cli.places import read_state

    folder = _meant(invocation, run)
    if invocation.has_screen and not (headless or as_json or form == "jsonl"):
        from prodigy_tui.cli.attached import show
        from prodigy_tui.cli.kept import person_of

        show(folder, person_of(invocation))
        state = read_state(folder)
    else:
        try:
            state = _follow(invocation, folder, form)
        except KeyboardInterrupt:
            invocation.output.say(f"not watched any more; run {folder.run_id} goes on")
            return ExitCode.INTERRUPTED
    return _told(invocation, folder, state, as_json=as_json, compact=form == "jsonl")


def _meant(invocation: Invocation, run: str | None) -> "RunFolder":
    from prodigy_tui.cli.places import chosen_run, is_live, known_runs

    if run is None:
        for folder in known_runs(invocation):
            if not folder.is_called and is_live(folder):
                return folder
    return chosen_run(invocation, run)


def _follow(invocation: Invocation, folder: "RunFolder", form: str) -> "RunState":
    """Prints what happens until the run is at rest, and returns its state then."""
    from prodigy_tui.cli.following import follow
    from prodigy_tui.cli.lines.event import line_of
    from prodigy_tui.cli.names import Names
    from prodigy_tui.events.evolve import evolve
    from prodigy_tui.events.state import RunState

    output, names, state = invocation.output, Names(), RunState()
    for raw, envelope in follow(folder):
        state = evolve(state, envelope)
        names.learn(envelope.event)
        line = line_of(envelope, names)
        if form == "jsonl":
            output.json_line(raw.decode())
        elif line.level <= output.verbosity:
            output.say(*line.parts)
    return state


def _told(invocation: Invocation, folder: "RunFolder", state: "RunState", *, as_json: bool, compact: bool) -> int:
    """Prints the summary and returns what the run has ended with; 0 while it is under way."""
    from prodigy_tui.cli.places import is_live
    from prodigy_tui.cli.summary import print_summary, summary_document

    live = is_live(folder)
    if as_json or compact:
        invocation.output.document("summary", summary_document(state, live=live), compact=compact)
    else:
        print_summary(invocation.output, state, live=live, folder=folder)
    if live:
        return ExitCode.OK
    return state.exit_code if state.ended_at is not None and state.exit_code is not None else ExitCode.INTERRUPTED
