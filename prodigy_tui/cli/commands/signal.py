"""`prodigy-tui signal`: steer a live run from outside, or note for one at rest what its next process is to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.control import Request
    from prodigy_tui.events.schema import SignalReceived
    from prodigy_tui.events.state import RunState
    from prodigy_tui.events.values import SignalName
    from prodigy_tui.storage import LockOwner, RunFolder

KEPT: "frozenset[SignalName]" = frozenset({"set-parallel", "stop-item", "skip", "retry", "answer"})
"""Signals that mean something for a run at rest."""


@click.group(cls=Verbs, epilog="Example: prodigy-tui signal last set-parallel 4")
@click.argument("run")
def signal(run: str) -> None:
    """Steer a run from outside

    RUN is an id, a unique beginning of one, or `last`; ITEM an id, `a` and its position, or a label. What is asked of a
    live run takes effect at once. Of a run at rest set-parallel, stop-item, skip and retry are recorded for the next
    `resume`.
    """


def _send(
    invocation: Invocation,
    name: "SignalName",
    *,
    item: str | None = None,
    number: int | None = None,
    text: str = "",
    at_once: bool = False,
) -> int:
    from prodigy_tui.cli.control import Request
    from prodigy_tui.cli.places import chosen_run

    folder = chosen_run(invocation, _run_named())
    return send(invocation, folder, Request(signal=name, item=item, number=number, note=text, at_once=at_once))


def send(invocation: Invocation, folder: "RunFolder", request: "Request") -> int:
    """Hands a request to the process that drives the run, or records it for the next one."""
    from prodigy_tui.cli.control import ask_run
    from prodigy_tui.cli.places import is_live
    from prodigy_tui.storage import RunLock

    if not is_live(folder):
        _note(invocation, folder, request, RunLock.owner(folder.lock))
    else:
        pid = ask_run(folder, request)
        invocation.output.detail(f"{request.signal} taken by process {pid}")
    return ExitCode.OK


def _run_named() -> str:
    """Returns the RUN that stands before the verb."""
    group = click.get_current_context().parent
    assert group is not None, "a verb of `signal` is called through it"
    return str(group.params["run"])


def _note(invocation: Invocation, folder: "RunFolder", request: "Request", before: "LockOwner | None") -> None:
    """Records a signal for a run at rest."""
    import asyncio

    from prodigy_tui.cli.control import SOURCE, forget_listener, to_signal
    from prodigy_tui.cli.names import NotTaken
    from prodigy_tui.cli.places import read_state
    from prodigy_tui.cli.resuming import nothing_left
    from prodigy_tui.clock import SystemClock
    from prodigy_tui.engine.signals import record_at_rest

    if request.signal not in KEPT:
        over = nothing_left(read_state(folder))
        if over is not None:
            raise NotTaken(
                f"run {folder.run_id!r} has ended, so there is nothing to {request.signal}: {over[0]}", hint=over[1]
            )
        hint = f"'prodigy-tui resume {folder.run_id}' takes it up"
        raise NotTaken(f"run {folder.run_id!r} is at rest, so nobody takes the signal {request.signal!r}", hint=hint)

    def make(state: "RunState") -> "SignalReceived":
        over = nothing_left(state) if request.signal == "set-parallel" else None
        if over is not None:
            raise NotTaken(f"run {state.run_id!r} will start no more agents: {over[0]}", hint=over[1])
        return to_signal(request, state, SOURCE)

    asyncio.run(record_at_rest(folder, make, clock=SystemClock()))
    forget_listener(before)
    invocation.output.say(f"recorded; 'prodigy-tui resume {folder.run_id}' uses it")


def _plain(name: "SignalName", summary: str) -> None:
    """Adds a signal that concerns the whole run."""

    @shared_options
    def command(invocation: Invocation) -> int:
        return _send(invocation, name)

    _add(name, summary, command)


def _add(name: str, summary: str, command: Callable[..., int]) -> None:
    signal.add_command(click.command(name=name, help=summary)(command))


_plain("pause", "Give out no more work; running agents go on")
_plain("resume", "Give out work again after pause or drain")
_plain("drain", "Let running agents finish and merge, then end")
_plain("stop", "Stop gently; everything can be resumed")
_plain("kill", "Kill running steps at once; the run can be resumed")


@signal.command("set-parallel")
@click.argument("number", type=click.IntRange(min=1))
@shared_options
def set_parallel(invocation: Invocation, number: int) -> int:
    """Change the number of agents at once"""
    return _send(invocation, "set-parallel", number=number)


@signal.command("stop-item")
@click.argument("item")
@click.option("--now", is_flag=True, help="Kill what its agent has started, without time to tidy up.")
@shared_options
def stop_item(invocation: Invocation, item: str, now: bool) -> int:
    """Stop one item; it counts as cancelled"""
    return _send(invocation, "stop-item", item=item, at_once=now)


@signal.command("retry")
@click.argument("item")
@shared_options
def retry(invocation: Invocation, item: str) -> int:
    """Give a dead, skipped or cancelled item back to work"""
    return _send(invocation, "retry", item=item)


@signal.command("skip")
@click.argument("item")
@shared_options
def skip(invocation: Invocation, item: str) -> int:
    """Leave one item out; an agent at work on it is stopped"""
    return _send(invocation, "skip", item=item)


@signal.command("tell")
@click.argument("item")
@click.argument("text")
@shared_options
def tell(invocation: Invocation, item: str, text: str) -> int:
    """Say something to the agent at work on an item"""
    return _send(invocation, "tell", item=item, text=text)
