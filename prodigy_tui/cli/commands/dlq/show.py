"""`prodigy-tui dlq show`: the whole story of one item."""

from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import NothingChosen, queue_of, run_and_items
from prodigy_tui.cli.output import Painted
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.letters.entries import Entry, Queue
    from prodigy_tui.cli.letters.remains import Remains


@click.command("show", epilog="Example: prodigy-tui dlq show last src/app.py")
@click.argument("words", metavar="[RUN] ITEM", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def command(invocation: Invocation, words: tuple[str, ...], as_json: bool) -> int:
    """Show every attempt of one item

    When, at which step, why, the end of its output; where the whole log is, and what is left of its work: branch,
    worktree, a patch of what was not committed, and commits that were put aside.
    """
    from prodigy_tui.cli.letters.remains import remains_of
    from prodigy_tui.cli.names import find_item

    folder, items = run_and_items(invocation, words)
    if len(items) != 1:
        raise NothingChosen(f"'dlq show' takes one item (got {len(items)})")
    queue = queue_of(folder)
    entry = queue.entry(find_item(queue.state, items[0]))
    remains = remains_of(queue, entry)
    if as_json:
        invocation.output.document("dlq-entry", _document(queue, entry, remains))
    else:
        _print(invocation, queue, entry, remains)
    return ExitCode.OK


def _document(queue: "Queue", entry: "Entry", remains: "Remains") -> dict[str, Any]:
    document = {"run_id": queue.state.run_id, "status": entry.item.status, **queue.document(entry)}
    for attempt, record in zip(document["attempts"], entry.item.history, strict=True):
        attempt["branch_at"] = remains.branches.get(record.branch)
        attempt["worktree"] = remains.worktrees.get(record.branch)
    return {**document, "put_aside": [{"ref": ref, "commit": commit} for ref, commit in remains.put_aside]}


def _print(invocation: Invocation, queue: "Queue", entry: "Entry", remains: "Remains") -> None:
    from prodigy_tui.cli.lines.line import status_word
    from prodigy_tui.cli.names import Names
    from prodigy_tui.wording import span

    output, item = invocation.output, entry.item
    name, age = Names.of(queue.state)(entry.id), queue.age_s(entry)
    word = "discarded" if item.discarded is not None else item.status
    output.line(Painted(name, bold=True), " ", status_word(word))
    if name != entry.id:
        output.line(f"  id      {entry.id}")
    if item.failure is not None and item.status != "success":
        output.line(f"  cluster {entry.fingerprint.id}: {entry.fingerprint.message}")
    if item.status == "dead":
        look = "can be retried" if item.eligible else "needs a look before a retry (--force)"
        output.line(f"  queue   for {span(age or 0.0)}, {look}")
    if item.discarded is not None:
        why = f": {item.discarded.reason}" if item.discarded.reason else ""
        output.line(f"  out     {item.discarded.at.astimezone():%Y-%m-%d %H:%M:%S}, by {item.discarded.by}{why}")
    for record, told in zip(item.history, queue.document(entry)["attempts"], strict=True):
        at = f"{record.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
        output.line(f"attempt {record.attempt}  ", status_word(record.outcome), f"  {at}, {span(told['duration_s'])}")
        if record.failure is not None:
            where = f" at step {record.failure.step}" if record.failure.step else ""
            code = f" ({record.failure.code})" if record.failure.code else ""
            output.line(f"  {record.failure.kind}{where}: {record.failure.message}{code}")
            for line in record.failure.tail.splitlines():
                output.line(Painted("  | ", dim=True), line)
        output.line(f"  branch  {record.branch}{_at(remains.branches.get(record.branch))}")
        if record.branch in remains.worktrees:
            output.line(f"  files   {remains.worktrees[record.branch]}")
        output.line(f"  log     {told['log']}")
        if told["patch"] is not None:
            output.line(f"  patch   {told['patch']}")
    for ref, commit in remains.put_aside:
        output.line(f"put aside  {ref}{_at(commit)}")


def _at(commit: str | None) -> str:
    return f" at {commit[:9]}" if commit else ", gone"
