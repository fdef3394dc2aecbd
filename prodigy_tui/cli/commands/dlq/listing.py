"""`prodigy-tui dlq list`: what is in the queue, entry by entry or by cause."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import Choice, NothingChosen, narrowed, of_called, queue_of
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodigy_tui.cli.letters.entries import Entry, Queue


@click.command("list", epilog="Example: prodigy-tui dlq list last --filter \"kind == 'timeout'\"")
@click.argument("run", required=False)
@click.option("--cluster", "by_cluster", is_flag=True, help="One row for all entries with one fingerprint.")
@click.option("--filter", "expression", metavar="EXPR", help="Only entries for which EXPR is true.")
@click.option("--discarded", is_flag=True, help="What was discarded, in the place of what is there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def command(
    invocation: Invocation,
    run: str | None,
    *,
    by_cluster: bool,
    expression: str | None,
    discarded: bool,
    as_json: bool,
) -> int:
    """List the entries, oldest first

    EXPR is an expression of the workflow language over the fields that `--json` shows; `item.` reaches the item. A
    fingerprint is the same for failures of one step, kind and exit code whose messages differ only in paths, numbers,
    hashes and quoted text.
    """
    from prodigy_tui.cli.letters.entries import clusters
    from prodigy_tui.cli.places import chosen_run

    if by_cluster and discarded:
        raise NothingChosen("'--cluster' is about what is in the queue, '--discarded' is not", hint="leave one out")
    queue = queue_of(chosen_run(invocation, run))
    there = queue.discarded() if discarded else queue.entries()
    entries = narrowed(queue, there, Choice(filter=expression))
    run_id, output = queue.state.run_id, invocation.output
    if as_json and by_cluster:
        output.document("dlq-clusters", {"run_id": run_id, "clusters": clusters(queue, entries)})
    elif as_json:
        output.document("dlq", {"run_id": run_id, "entries": [queue.document(entry) for entry in entries]})
    elif not there:
        output.say(f"nothing of {run_id} was discarded" if discarded else f"the dead letter queue of {run_id} is empty")
        if not discarded and (elsewhere := of_called(queue.state)):
            output.say(elsewhere)
    elif not entries:
        output.say(f"no entry of {run_id} is so: {expression}")
    elif by_cluster:
        _print_clusters(invocation, queue, entries)
    elif discarded:
        _print_discarded(invocation, queue, entries)
    else:
        _print_entries(invocation, queue, entries)
    return ExitCode.OK


def _print_entries(invocation: Invocation, queue: "Queue", entries: "Sequence[Entry]") -> None:
    from prodigy_tui.cli.names import Names
    from prodigy_tui.wording import span

    names = Names.of(queue.state)
    rows: list[tuple[Part, ...]] = []
    for entry in entries:
        failure, age = entry.item.failure, queue.age_s(entry)
        code = "" if failure is None or failure.exit_code is None else str(failure.exit_code)
        kind, step, message = (failure.kind, failure.step, failure.message) if failure is not None else ("", "", "")
        ago = span(age) if age is not None else ""
        eligible: Part = "yes" if entry.item.eligible else Painted("no", "yellow")
        attempts = str(entry.item.attempt)
        rows.append((names(entry.id), kind, step, code, attempts, ago, eligible, entry.fingerprint.id, message))
    head = ("ITEM", "KIND", "STEP", "EXIT", "ATTEMPTS", "AGE", "ELIGIBLE", "CLUSTER", "MESSAGE")
    invocation.output.table(head, rows)


def _print_clusters(invocation: Invocation, queue: "Queue", entries: "Sequence[Entry]") -> None:
    from datetime import datetime

    from prodigy_tui.cli.letters.entries import clusters
    from prodigy_tui.cli.names import Names

    names = Names.of(queue.state)
    rows: list[tuple[Part, ...]] = []
    for found in clusters(queue, entries):
        code = "" if found["exit_code"] is None else str(found["exit_code"])
        first, last = (datetime.fromisoformat(found[name]).astimezone() for name in ("first_at", "last_at"))
        seen = (f"{first:%m-%d %H:%M}", f"{last:%m-%d %H:%M}", names(found["sample"]["item_id"]))
        front = (found["fingerprint"], str(found["count"]), found["kind"], found["step"], code)
        rows.append((*front, *seen, found["pattern"]))
    head = ("CLUSTER", "COUNT", "KIND", "STEP", "EXIT", "FIRST", "LAST", "SAMPLE", "MESSAGE")
    invocation.output.table(head, rows)


def _print_discarded(invocation: Invocation, queue: "Queue", entries: "Sequence[Entry]") -> None:
    from prodigy_tui.cli.names import Names

    names = Names.of(queue.state)
    rows: list[tuple[Part, ...]] = []
    for entry in entries:
        out, failure = entry.item.discarded, entry.item.failure
        assert out is not None, "only what was discarded is listed"
        kind, message = (failure.kind, failure.message) if failure is not None else ("", "")
        when = f"{out.at.astimezone():%Y-%m-%d %H:%M}"
        rows.append((names(entry.id), kind, when, out.by, out.reason, message))
    invocation.output.table(("ITEM", "KIND", "DISCARDED", "BY", "REASON", "MESSAGE"), rows)
