"""`prodigy-tui signal`: steer a live run from outside."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.events.schema import SignalName


@click.group(cls=Verbs)
def signal() -> None:
    """Steer a live run from outside

    RUN is an id, a unique beginning of one, or `last`; ITEM an id or `a` and its position.
    """


def _send(
    invocation: Invocation, run: str, name: "SignalName", *, item: str | None = None, number: int | None = None
) -> int:
    from prodigy_tui.cli.control import NotTaken, Request, ask
    from prodigy_tui.cli.places import chosen_run, is_live
    from prodigy_tui.storage import RunLock

    folder = chosen_run(invocation, run)
    owner = RunLock.owner(folder.lock) if is_live(folder) else None
    if owner is None or owner.socket is None:
        hint = f"'prodigy-tui resume {folder.run_id}' takes it up, 'prodigy-tui dlq retry' repeats items of it"
        raise NotTaken(f"run {folder.run_id!r} is at rest, so nobody takes the signal {name!r}", hint=hint)
    ask(Path(owner.socket), Request(signal=name, item=item, number=number))
    invocation.output.detail(f"{name} taken by process {owner.pid}")
    return ExitCode.OK


def _plain(name: "SignalName", summary: str) -> None:
    """Adds a signal that concerns the whole run."""

    @shared_options
    def command(invocation: Invocation, run: str) -> int:
        return _send(invocation, run, name)

    _add(name, summary, command)


def _add(name: str, summary: str, command: Callable[..., int]) -> None:
    signal.add_command(click.command(name=name, help=summary)(click.argument("run")(command)))


_plain("pause", "Give out no more work until resumed; running agents go on")
_plain("resume", "Give out work again after pause or drain")
_plain("drain", "Give out no more work, let running agents finish and merge, then stop")
_plain("stop", "Ask running steps to stop, record, leave everything resumable")
_plain("kill", "Kill running steps at once, record")


@signal.command("set-parallel")
@click.argument("run")
@click.argument("number", type=click.IntRange(min=1))
@shared_options
def set_parallel(invocation: Invocation, run: str, number: int) -> int:
    """Change the number of agents at once"""
    return _send(invocation, run, "set-parallel", number=number)


@signal.command("stop-item")
@click.argument("run")
@click.argument("item")
@shared_options
def stop_item(invocation: Invocation, run: str, item: str) -> int:
    """Stop one item; it counts as cancelled"""
    return _send(invocation, run, "stop-item", item=item)


@signal.command("retry")
@click.argument("run")
@click.argument("item")
@shared_options
def retry(invocation: Invocation, run: str, item: str) -> int:
    """Give a dead, skipped or cancelled item back to work"""
    return _send(invocation, run, "retry", item=item)
