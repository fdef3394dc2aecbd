"""`shell`: the text goes to an interpreter as it is; quoting data was `workflow.shell`'s work."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodigy_tui.clock import Clock
from prodigy_tui.engine.kinds.execution import OUTPUT_LIMIT, Execution, Output, Place, last_line, tail
from prodigy_tui.events.values import Failure
from prodigy_tui.process import CannotStart, Child, Ended, Masker, run_child

ARGUMENT_LIMIT = 96 * 1024
"""Bytes of text that fit into one argument on every system; longer ones are run from a private file (language 5.4)."""

_SIGNAL_BASE = 128


async def run_shell(
    text: str,
    place: Place,
    *,
    interpreter: str,
    stdin: bytes,
    clock: Clock,
    masker: Masker,
    stdout_limit: int = OUTPUT_LIMIT,
) -> Execution:
    """Runs a text with `interpreter -c` and returns how it ended; of its stdout `stdout_limit` characters are kept."""
    output = Output(stdout_limit=stdout_limit)

    def take(stream: str, text: str, raw: memoryview | None = None) -> None:
        output.add("stderr" if stream == "stderr" else "stdout", text)
        log = place.log_error if stream == "stderr" else None
        (log or place.log)(text if raw is None else raw)

    with _arguments(interpreter, text) as argv:
        child = Child(
            argv=argv,
            cwd=place.cwd,
            env=place.env,
            stdin=stdin,
            timeout_s=place.timeout_s,
            idle_timeout_s=place.idle_timeout_s,
            grace_s=place.grace_s,
            marker=place.marker,
        )
        try:
            ended = await run_child(child, take, clock=clock, masker=masker, on_lines=take)
        except CannotStart as error:
            return Execution(exit_code=127, failure=Failure(kind="exit", message=str(error), exit_code=127))
    return Execution(
        exit_code=ended.exit_code,
        failure=_failure(ended, output, place),
        stdout=output.text("stdout"),
        stderr=output.text("stderr"),
        output=output.text("both"),
        duration_s=ended.duration_s,
        cut=output.cut,
    )


def _failure(ended: Ended, output: Output, place: Place) -> Failure | None:
    if ended.exit_code == 0:
        return None
    said = last_line(output.text("stderr"), output.text("stdout"))
    if ended.reason == "timeout":
        kind, message = "timeout", f"timed out after {place.timeout_s:g} s"
    elif ended.reason == "idle":
        kind, message = "timeout", f"no output for {place.idle_timeout_s:g} s"
    elif ended.exit_code > _SIGNAL_BASE:
        kind, message = "signal", said or f"ended by signal {ended.exit_code - _SIGNAL_BASE}"
    else:
        kind, message = "exit", said or f"exit code {ended.exit_code}"
    return Failure(kind=kind, message=message, exit_code=ended.exit_code, tail=tail(output.text("both")))


@contextmanager
def _arguments(interpreter: str, text: str) -> Iterator[tuple[str, ...]]:
    if len(text.encode("utf-8", "surrogateescape")) <= ARGUMENT_LIMIT:
        yield (interpreter, "-c", text)
        return
    with tempfile.TemporaryDirectory(prefix="prodigy-") as folder:
        script = Path(folder, "step")
        script.write_text(text, encoding="utf-8", errors="surrogateescape")
        yield (interpreter, str(script))
