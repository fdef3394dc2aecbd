"""`wait`: for a time, or until a command succeeds (language 5.8)."""

from msgspec.structs import replace

from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.model import WaitCommand


async def wait(command: WaitCommand, inner: Inner) -> Execution:
    """Waits."""
    clock = inner.run.clock
    if command.shell is None:
        inner.say(f"wait {command.duration:g} s")
        await clock.sleep(command.duration)
        return Execution(exit_code=0)
    text = command.shell
    template, scope = parse_text(text, "shell"), inner.commands.scope(inner.view, inner.context)
    text = await inner.commands.filled(lambda: render(template, scope), inner.view, inner.context)
    last = Execution(exit_code=0)
    inner.say(f"wait until: {text}")
    try:
        async with time_limit(command.timeout, clock):
            while True:
                last = await run_shell(
                    text,
                    replace(inner.place, timeout_s=None, idle_timeout_s=None),
                    interpreter="sh",
                    stdin=b"",
                    clock=clock,
                    masker=inner.run.masker,
                )
                if last.failure is None:
                    return last
                await clock.sleep(command.every)
    except TimeoutError:
        if command.timeout is None:
            raise  # of a limit around it
        message = f"timed out after {command.timeout:g} s: {_reason(last)}"
        return replace(last, exit_code=124, failure=Failure(kind="timeout", message=message, exit_code=124))


def _reason(last: Execution) -> str:
    """Returns why the command has not succeeded yet."""
    return last.failure.message if last.failure is not None else "it had not ended"
