"""`prodigy-tui dlq`: the dead letter queue of a run."""

from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.inputs import Inputs, param_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import drive_options
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.cli.options import DriveOptions
    from prodigy_tui.events.state import AttemptRecord, ItemState, RunState
    from prodigy_tui.storage import RunFolder


class NothingChosen(ProdigyError):
    """A call names no entry of the queue, or one that is not there."""


@click.group(cls=Verbs, epilog="Example: prodigy-tui dlq retry last --all -y")
def dlq() -> None:
    """Look at what failed for good, and give it back to work

    The first argument is the run if it names one, else the newest run is meant. An item is named by its id, by `a` and
    its position, or by its label.
    """


@dlq.command("list", epilog="Example: prodigy-tui dlq list last --json")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_entries(invocation: Invocation, run: str | None, as_json: bool) -> int:
    """List the entries, oldest first"""
    from prodigy_tui.cli.names import Names
    from prodigy_tui.cli.places import chosen_run, read_state
    from prodigy_tui.cli.summary import dead_items

    state = read_state(chosen_run(invocation, run))
    entries = dead_items(state)
    if as_json:
        document = {"run_id": state.run_id, "entries": [_entry(entry) for entry in entries]}
        invocation.output.document("dlq", document)
        return ExitCode.OK
    if not entries:
        invocation.output.say(f"the dead letter queue of {state.run_id} is empty")
        return ExitCode.OK
    names = Names.of(state)
    rows: list[tuple[Part, ...]] = []
    for entry in entries:
        failure = entry.failure
        code = "" if failure is None or failure.exit_code is None else str(failure.exit_code)
        kind, step, message = (failure.kind, failure.step, failure.message) if failure is not None else ("", "", "")
        eligible = "yes" if entry.eligible else Painted("no", "yellow")
        rows.append((names(entry.item.id), kind, step, code, str(entry.attempt), eligible, message))
    invocation.output.table(("ITEM", "KIND", "STEP", "EXIT", "ATTEMPTS", "ELIGIBLE", "MESSAGE"), rows)
    return ExitCode.OK


def _entry(entry: "ItemState") -> dict[str, Any]:
    failure = entry.failure
    return {
        "item_id": entry.item.id,
        "label": entry.item.label,
        "item": entry.item.data,
        "kind": failure.kind if failure else None,
        "step": failure.step if failure else None,
        "exit_code": failure.exit_code if failure else None,
        "code": failure.code if failure else None,
        "message": failure.message if failure else None,
        "attempts": [_attempt(record) for record in entry.history],
        "eligible": entry.eligible,
        "at": entry.ended_at.isoformat() if entry.ended_at else None,
    }


def _attempt(record: "AttemptRecord") -> dict[str, Any]:
    return {
        "attempt": record.attempt,
        "started_at": record.started_at.isoformat(),
        "ended_at": record.ended_at.isoformat(),
        "outcome": record.outcome,
        "kind": record.failure.kind if record.failure else None,
        "step": record.failure.step if record.failure else None,
        "message": record.failure.message if record.failure else None,
        "branch": record.branch,
        "head": record.head,
        "leftover": record.leftover,
    }


@dlq.command("show", epilog="Example: prodigy-tui dlq show last src/app.py")
@click.argument("words", metavar="[RUN] ITEM", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def show(invocation: Invocation, words: tuple[str, ...], as_json: bool) -> int:
    """Show every attempt of one item

    When, at which step, why, the end of its output, and where the rest is.
    """
    from prodigy_tui.cli.names import Names, find_item
    from prodigy_tui.cli.places import read_state

    folder, items = _run_and_items(invocation, words)
    if len(items) != 1:
        raise NothingChosen(f"'dlq show' takes one item (got {len(items)})")
    state = read_state(folder)
    entry = state.items[find_item(state, items[0])]
    if as_json:
        invocation.output.document("dlq-entry", {"run_id": state.run_id, **_entry(entry)})
    else:
        _print_entry(invocation, folder, entry, Names.of(state)(entry.item.id))
    return ExitCode.OK


def _print_entry(invocation: Invocation, folder: "RunFolder", entry: "ItemState", name: str) -> None:
    from prodigy_tui.cli.lines import span, status_word

    output = invocation.output
    output.line(Painted(name, bold=True), " ", status_word(entry.status))
    if name != entry.item.id:
        output.line(f"  id      {entry.item.id}")
    for record in entry.history:
        took = span((record.ended_at - record.started_at).total_seconds())
        at = f"{record.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
        output.line(f"attempt {record.attempt}  ", status_word(record.outcome), f"  {at}, {took}")
        if record.failure is not None:
            where = f" at step {record.failure.step}" if record.failure.step else ""
            output.line(f"  {record.failure.kind}{where}: {record.failure.message}")
            for line in record.failure.tail.splitlines():
                output.line(Painted("  | ", dim=True), line)
        output.line(f"  branch  {record.branch}")
        output.line(f"  log     {folder.stream(f'items/{entry.item.safe_id}/{record.attempt}')}.log")
        if record.leftover is not None:
            output.line(f"  patch   {folder.path / record.leftover}")


@dlq.command("retry", epilog="Example: prodigy-tui dlq retry last --all -y")
@click.argument("words", metavar="[RUN] [ITEM...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every eligible entry.")
@click.option("--force", is_flag=True, help="Entries that are not eligible too.")
@drive_options
@param_options
@shared_options
def retry(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    everything: bool,
    force: bool,
    drive: "DriveOptions",
    inputs: Inputs,
) -> int:
    """Give entries back to work

    Each gets a new attempt that begins with all that has been merged meanwhile. The run becomes active again, and
    landing is asked as at the end of any run. Secret parameters are not recorded: they are given again with --param.
    """
    from prodigy_tui.cli.drive import take_up
    from prodigy_tui.cli.places import read_state
    from prodigy_tui.events.schema import SignalReceived

    folder, items = _run_and_items(invocation, words)
    state = read_state(folder)
    chosen = _chosen(state, items, everything=everything, force=force)
    signals = [SignalReceived(signal="retry", item_id=item_id) for item_id in chosen]
    return take_up(invocation, folder, drive, signals, inputs=inputs)


def _chosen(state: "RunState", items: tuple[str, ...], *, everything: bool, force: bool) -> list[str]:
    from prodigy_tui.cli.names import Names, find_item
    from prodigy_tui.cli.summary import dead_items

    if not items and not everything:
        raise NothingChosen("'dlq retry' needs items or --all", hint="'prodigy-tui dlq list' shows what there is")
    dead = {entry.item.id: entry for entry in dead_items(state)}
    named = [find_item(state, word) for word in items]
    names = Names.of(state)
    for item_id in named:
        if item_id not in dead:
            raise NothingChosen(f"item {names(item_id)!r} is not in the dead letter queue of {state.run_id!r}")
        if not dead[item_id].eligible and not force:
            raise NothingChosen(
                f"item {names(item_id)!r} is not eligible for another attempt", hint="--force retries it"
            )
    chosen = named or [item_id for item_id, entry in dead.items() if entry.eligible or force]
    if not chosen and dead:
        raise NothingChosen(
            f"no item in the dead letter queue of {state.run_id!r} is eligible for another attempt",
            hint="--force retries them all",
        )
    if not chosen:
        raise NothingChosen(f"the dead letter queue of {state.run_id!r} has nothing to retry")
    return chosen


def _run_and_items(invocation: Invocation, words: tuple[str, ...]) -> "tuple[RunFolder, tuple[str, ...]]":
    """The first word is the run if it names one."""
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.storage import RunNotFound

    if words:
        try:
            return chosen_run(invocation, words[0]), words[1:]
        except RunNotFound:
            pass
    return chosen_run(invocation, None), words
