"""`foreach`: its steps once for every item, one after the other or several at once, in one worktree (language 5.6)."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.context import Context, Loop, StepLog
from prodigy_tui.engine.kinds.execution import OUTPUT_LIMIT, Execution
from prodigy_tui.engine.kinds.inner import Inner, inner_failure
from prodigy_tui.engine.kinds.loop_items import read_loop_items
from prodigy_tui.engine.steps.step_outcome import REFUSED, refusal
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.events.values import Failure
from prodigy_tui.storage.trouble import DiskTrouble
from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.model import ForeachCommand
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import Value, item_value

OUTPUT_KEPT: Final = 64 * 1024
"""Characters of the output of one iteration that `foreach.results` gives."""


async def run_loop(command: ForeachCommand, inner: Inner) -> Execution:
    """Runs all iterations and says what came of them."""
    try:
        items = await read_loop_items(command.source, inner)
    except ItemsError as error:
        message = f"the items of the loop cannot be read: {error}"
        return Execution(exit_code=1, failure=Failure(kind="exit", code=error.code, message=message, exit_code=1))
    if command.max_items is not None:
        items = items[: command.max_items]
    loop = _Loop(command, inner, items)
    if command.parallel > 1 and len(items) > 1:
        await loop.run_at_once()
    else:
        await loop.run_in_order()
    return loop.execution()


class _Result(Struct):
    """What came of one iteration."""

    index: int
    item: Any
    output: str
    failure: Failure | None = None


class _Tally(Struct):
    """What has come of the iterations so far."""

    results: dict[int, _Result] = field(default_factory=dict)
    over: bool = False
    """No iteration starts any more."""


class _Loop:
    """One execution of a loop."""

    def __init__(self, command: ForeachCommand, inner: Inner, items: list[Any]) -> None:
        self._command = command
        self._inner = inner
        self._items = items
        self._tally = _Tally()

    async def run_in_order(self) -> None:
        for index, item in enumerate(self._items):
            context = self._context(index, item)
            self._head(context, index, item)
            await self._iterate(index, item, context)
            self._inner.context.at_line_start = context.at_line_start
            if self._tally.over:
                return

    async def run_at_once(self) -> None:
        """Runs up to `parallel` iterations side by side; the lines of each carry its number."""
        waiting = iter(enumerate(self._items))
        self._inner.say(f"foreach: {len(self._items)} items, {self._command.parallel} at once")

        async def work(waiting: Iterator[tuple[int, Any]]) -> None:
            for index, item in waiting:
                if self._tally.over:
                    return
                log = MarkedLog(self._inner.context.writer, f"[{index + 1}/{len(self._items)}] ")
                context = replace(self._context(index, item), writer=log, at_line_start=True)
                self._head(context, index, item)
                try:
                    await self._iterate(index, item, context)
                finally:
                    log.end(self._inner.run.clock.now())

        await together(work(waiting) for _ in range(min(self._command.parallel, len(self._items))))

    async def _iterate(self, index: int, item: Any, context: Context) -> None:
        """Runs one iteration; a failure is noted, and ends the loop unless its author goes on."""
        inner, before = self._inner, context.last
        outcome = await inner.steps.run_steps(self._command.do, context, prefix=f"{inner.view.path}/e{index}.")
        said = context.last.output if context.last is not None and context.last is not before else ""
        failure = None if outcome.goes_on else inner_failure(outcome)
        if failure is None and self._command.until is not None:
            failure = await self._is_enough(self._command.until, context)
        self._tally.results[index] = _Result(index, item, said, failure)
        if failure is not None and not self._command.continue_on_error:
            self._tally.over = True

    async def _is_enough(self, until: str | bool, context: Context) -> Failure | None:
        """Looks whether the loop is to end after this iteration."""
        view, commands = self._inner.view, self._inner.commands
        try:
            await commands.prepare(view, context)
            if await commands.is_true(until, view, context):
                self._tally.over = True
        except REFUSED as error:
            return refusal(error, view.step, view.path)
        return None

    def _context(self, index: int, item: Any) -> Context:
        context, total = self._inner.context, len(self._items)
        outer = context.loop
        own = {self._command.variable: item_value(item), "index": Value(index), "total": Value(total)}
        keeps_item = self._command.variable != "item" and (
            (outer is not None and "item" in outer.names) or (context.work is not None and not context.called)
        )
        variables = outer.variables if outer is not None else {}
        if not keeps_item:
            variables = item_environment(item).variables
        loop = Loop(
            item=item,
            index=index,
            total=total,
            names={**(outer.names if outer is not None else {}), **own},
            variables=variables,
        )
        shares_head = context.shares_head or self._command.parallel > 1
        return replace(context.enclosed(self._inner.frame), loop=loop, shares_head=shares_head)

    def _head(self, context: Context, index: int, item: Any) -> None:
        mark = "" if isinstance(context.writer, MarkedLog) else f"[{index + 1}/{len(self._items)}] "
        self._inner.commands.say(context, f"{mark}{self._command.variable}: {one_line(render_data(item), 200)}")

    def execution(self) -> Execution:
        results = [self._tally.results[index] for index in sorted(self._tally.results)]
        failed = [result for result in results if result.failure is not None]
        summary = f"{len(results)} items: {len(results) - len(failed)} ok, {len(failed)} failed"
        failure = None
        if failed:
            first = failed[0]
            assert first.failure is not None
            message = f"item {first.index + 1} of {len(self._items)}: {first.failure.message}"
            failure = replace(first.failure, message=message, step="", path="")
        tolerant = self._command.continue_on_error
        return Execution(
            exit_code=0 if failure is None or tolerant else failure.exit_code or 1,
            failure=None if tolerant else failure,
            tolerated=failure if tolerant else None,
            stdout=summary,
            output=summary,
            fields={"results": self._listed(results)},
        )

    def _listed(self, results: list[_Result]) -> list[dict[str, Any]]:
        """Returns `foreach.results`; outputs beyond what a step may keep are left out."""
        room, listed = OUTPUT_LIMIT, []
        for result in results:
            output = result.output[: min(OUTPUT_KEPT, room)]
            room -= len(output)
            listed.append(
                {
                    "index": result.index,
                    "item": result.item,
                    "success": result.failure is None,
                    "output": output,
                    "error": result.failure.message if result.failure is not None else None,
                }
            )
        if room <= 0:
            message = f"step '{self._inner.view.step.label}': outputs of later iterations are only in the log"
            self._inner.run.journal.record(
                WarningRaised(code="PT512", message=message, item_id=self._inner.context.item_id)
            )
        return listed


class MarkedLog:
    """The log of an iteration among others: whole lines only, each with its mark."""

    def __init__(self, log: StepLog, mark: str) -> None:
        self._log = log
        self._mark = mark
        self._rest = ""

    @property
    def offset(self) -> int:
        return self._log.offset

    @property
    def refusal(self) -> DiskTrouble | None:
        return self._log.refusal

    def write(self, text: str | memoryview, at: datetime, *, error: bool = False) -> int:
        text = text if isinstance(text, str) else str(text, "utf-8")
        *whole, self._rest = (self._rest + text).split("\n")
        lines = "".join(f"{self._mark}{line}\n" for line in whole)
        return self._log.write(lines, at, error=error) if lines else self._log.offset

    def end(self, at: datetime) -> None:
        """Writes a line that nobody has ended."""
        if self._rest:
            self.write("\n", at)


async def together(tasks: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Waits for all; what one raises ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except BaseExceptionGroup as errors:
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
