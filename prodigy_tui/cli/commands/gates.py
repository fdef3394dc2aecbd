"""`prodigy-tui gates`: what waits for a person, and the answers."""

from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.output import Part
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder


class ListOrVerb(Verbs):
    """`gates RUN` means `gates list RUN`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not {"--help", "-h"} & set(args) and (not args or args[0] not in self.commands):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListOrVerb, epilog="Example: prodigy-tui gates answer suspect accept --note 'looked at it'")
def gates() -> None:
    """See what waits for a person, and answer

    `gates` lists the open questions of all runs of this repository, `gates RUN` those of one.
    """


@gates.command("list", epilog="Example: prodigy-tui gates list last --json")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_gates(invocation: Invocation, run: str | None, as_json: bool) -> int:
    """List the open questions"""
    from prodigy_tui.events.advice import landing_refusal

    looked_at = _looked_at(invocation, run)
    found = [(state, name) for _, state in looked_at for name in _oldest_first(state)]
    if as_json:
        invocation.output.document("gates", {"gates": [_entry(state, name) for state, name in found]})
        return ExitCode.OK
    rows: list[tuple[Part, ...]] = []
    for state, name in found:
        gate = state.gates[name]
        rows.append((state.run_id, name, gate.kind, " | ".join(gate.options), gate.question))
    if rows:
        invocation.output.table(("RUN", "GATE", "KIND", "ANSWERS", "QUESTION"), rows)
    else:
        invocation.output.say("nothing waits for an answer")
    for _, state in looked_at:
        if (refused := landing_refusal(state)) and state.caller is None:
            landing = f"then 'prodigy-tui merge {state.run_id}'"
            invocation.output.say(f"landing of {state.run_id} refused: {refused}; put that right, {landing}")
    return ExitCode.OK


@gates.command("answer", epilog="Example: prodigy-tui gates answer canary approve")
@click.argument("gate")
@click.argument("option")
@click.option("--note", default="", help="A word about it, for the record.")
@click.option("--run", "run", help="The run that asks, where several do.")
@shared_options
def answer(invocation: Invocation, gate: str, option: str, note: str, run: str | None) -> int:
    """Answer an open question

    GATE is its name in the list, or an unambiguous beginning of it. A live run goes on at once; the answer to a run at
    rest is recorded, and `resume` uses it.
    """
    from prodigy_tui.cli.commands.signal import send
    from prodigy_tui.cli.control import Request

    folder, name = _meant(_asked(invocation, run), gate)
    return send(invocation, folder, Request(signal="answer", gate=name, answer=option, note=note))


def _asked(invocation: Invocation, run: str | None) -> "list[tuple[RunFolder, RunState]]":
    """Returns the runs that may have asked something, newest first."""
    return [(folder, state) for folder, state in _looked_at(invocation, run) if state.gates]


def _looked_at(invocation: Invocation, run: str | None) -> "list[tuple[RunFolder, RunState]]":
    """Returns the run that is named, else all that are known here, newest first."""
    from prodigy_tui.cli.places import chosen_run, known_runs, read_state, readable

    if run is not None:
        folder = chosen_run(invocation, run)
        return [(folder, read_state(folder))]
    return list(readable(known_runs(invocation)))


def _meant(asked: "list[tuple[RunFolder, RunState]]", typed: str) -> "tuple[RunFolder, str]":
    """Returns the run and the name of the one question that `typed` can mean.

    Raises:
        NotTaken: it means none, or several.
    """
    from prodigy_tui.cli.names import NotTaken, meant

    every = [(folder, name) for folder, state in asked for name in _oldest_first(state)]
    exact = [(folder, name) for folder, name in every if name == typed]
    found = exact or [(folder, name) for folder, name in every if name.startswith(typed)]
    if not found:
        hint = meant(typed, [name for _, name in every]) or "nothing waits for an answer"
        raise NotTaken(f"there is no open question {typed!r}", hint=hint)
    if len(found) > 1:
        runs = sorted({folder.run_id for folder, _ in found})
        hint = f"add --run, one of {', '.join(runs)}" if exact else f"say which: {', '.join(name for _, name in found)}"
        raise NotTaken(f"{len(found)} open questions can be meant by {typed!r}", hint=hint)
    return found[0]


def _oldest_first(state: "RunState") -> list[str]:
    return sorted(state.gates, key=lambda name: state.asked_at[name])


def _entry(state: "RunState", name: str) -> dict[str, Any]:
    gate = state.gates[name]
    return {
        "id": name,
        "run_id": state.run_id,
        "kind": gate.kind,
        "question": gate.question,
        "options": list(gate.options),
        "item_id": gate.item_id,
        "phase": gate.phase,
        "detail": gate.detail,
        "due": gate.due.isoformat() if gate.due else None,
        "opened_at": state.asked_at[name].isoformat(),
    }
