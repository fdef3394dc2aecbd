"""`prodigy-tui dlq stats`: what failed how often, and what came of retries."""

from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import queue_of
from prodigy_tui.cli.output import Part
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.letters.entries import Queue
    from prodigy_tui.events.dead_letters import Tally


@click.command("stats", epilog="Example: prodigy-tui dlq stats last --json")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def command(invocation: Invocation, run: str | None, as_json: bool) -> int:
    """Count failures by cause, and what came of retries

    Everything that ever was in the queue counts, whatever has become of it.
    """
    from prodigy_tui.cli.places import chosen_run

    queue = queue_of(chosen_run(invocation, run))
    document = _document(queue)
    if as_json:
        invocation.output.document("dlq-stats", document)
    elif not queue.history.entered:
        invocation.output.say(f"nothing of {queue.state.run_id} has failed for good")
    else:
        _print(invocation, document)
    return ExitCode.OK


def _document(queue: "Queue") -> dict[str, Any]:
    history = queue.history
    return {
        "run_id": queue.state.run_id,
        "entered": history.entered,
        "waiting": len(history.letters),
        "discarded": history.discarded,
        "retried": {
            "total": history.retried,
            "succeeded": history.succeeded,
            "failed": history.failed,
            "left_out": history.left_out,
            "under_way": len(history.under_way),
        },
        "clusters": [
            {
                "fingerprint": cluster.fingerprint.id,
                "step": cluster.fingerprint.step,
                "kind": cluster.fingerprint.kind,
                "exit_code": cluster.fingerprint.exit_code,
                "pattern": cluster.fingerprint.message,
                "entered": cluster.seen,
                "waiting": cluster.waiting,
                "first_at": cluster.first_at.isoformat(),
                "last_at": cluster.last_at.isoformat(),
                "sample": {"item_id": cluster.sample, "message": cluster.message},
            }
            for cluster in sorted(history.clusters.values(), key=lambda one: (-one.seen, one.first_at))
        ],
        "kinds": [{"kind": name, "entered": number} for name, number in _largest_first(history.kinds)],
        "steps": [{"step": name, "entered": number} for name, number in _largest_first(history.steps)],
        "hours": [{"hour": hour.isoformat(), "entered": number} for hour, number in sorted(history.hours.items())],
    }


def _largest_first(tally: "Tally") -> list[tuple[str, int]]:
    return sorted(tally.items(), key=lambda one: (-one[1], one[0]))


def _print(invocation: Invocation, document: dict[str, Any]) -> None:
    from datetime import datetime

    output, retried = invocation.output, document["retried"]
    output.line(
        f"{document['entered']} entries so far: {document['waiting']} in the queue, {retried['total']} retried, "
        f"{document['discarded']} discarded"
    )
    if retried["total"]:
        told = {name.replace("_", " "): number for name, number in retried.items() if name != "total" and number}
        output.line(f"of those retried: {', '.join(f'{number} {name}' for name, number in told.items())}")
    rows: list[tuple[Part, ...]] = []
    for one in document["clusters"]:
        rows.append(("cluster", str(one["entered"]), f"{one['fingerprint']}  {one['step']}: {one['pattern']}"))
    rows += [("kind", str(one["entered"]), one["kind"]) for one in document["kinds"]]
    rows += [("step", str(one["entered"]), one["step"] or "(none)") for one in document["steps"]]
    for one in document["hours"]:
        hour = datetime.fromisoformat(one["hour"]).astimezone()
        rows.append(("hour", str(one["entered"]), f"{hour:%Y-%m-%d %H:%M}"))
    output.table(("BY", "ENTRIES", "WHAT"), rows)
