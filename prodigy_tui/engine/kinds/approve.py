"""`approve`: a question to a person (language 5.8)."""

from typing import Final

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.execution import Execution, tail
from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import uncounted
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.values import Failure
from prodigy_tui.git.inspect import changes, head
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.model import ApproveCommand

DENY: Final = "deny"
FILES_SHOWN: Final = 100


async def ask(command: ApproveCommand, inner: Inner) -> Execution:
    """Asks, and waits for the answer; time spent so counts for no limit."""
    context, view, run = inner.context, inner.view, inner.run
    question = one_line(await inner.commands.fill(command.question, view, context), 500)
    inner.say(f"? {question} ({', '.join(command.options)})")
    base = base_of(context, run)
    detail, onto, tip = "", "", ""
    if command.show == "output":
        detail = tail(context.last.output) if context.last is not None else ""
    elif command.show is not None:
        detail, tip = await in_thread(lambda: _files(context, base))
        onto = base
    gate = GateOpened(
        gate=name_of(context, view.path),
        kind="approve",
        question=question,
        options=command.options,
        default=command.default,
        item_id=context.item_id,
        phase=context.phase,
        path=view.path,
        on_timeout=command.on_timeout,
        show=command.show,
        detail=detail,
        onto=onto,
        head=tip,
    )
    with uncounted():
        answer = await run.gates.ask(gate, timeout_s=command.timeout)
    note = f": {answer.note}" if answer.note else ""
    inner.say(f"{answer.answer}, by {answer.by}{one_line(note)}")
    failure = None
    if answer.answer == DENY:
        message = f"denied by {answer.by}{one_line(note)}"
        failure = Failure(kind="denied", code="PT650", message=message, exit_code=1)
    return Execution(
        exit_code=0 if failure is None else 1,
        failure=failure,
        stdout=answer.answer,
        output=answer.answer,
        fields={"answer": answer.answer, "note": answer.note},
    )


def name_of(context: Context, path: str) -> str:
    """Returns what a question is called: the same whenever its step asks, and nothing that needs quotes in a shell."""
    who = f"item-{context.work.item.safe_id}" if context.work is not None else context.phase
    return f"{who}-{path.replace('/', '.')}"


def base_of(context: Context, run: RunContext) -> str:
    """Returns the commit that the worktree of a context began with."""
    return run.state.items[context.work.item.id].base if context.work is not None else run.state.base


def _files(context: Context, base: str) -> tuple[str, str]:
    """Returns the files that have changed since `base`, one a line, and where HEAD stands. Blocking."""
    found = changes(context.worktree, Oid(base)).files
    lines = [one_line(f"{file.status} {file.path} +{file.insertions} -{file.deletions}") for file in found]
    more = [f"and {len(lines) - FILES_SHOWN} more"] if len(lines) > FILES_SHOWN else []
    return "\n".join(lines[:FILES_SHOWN] + more), head(context.worktree)
