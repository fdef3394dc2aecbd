"""Steering, from the interface, of a run that another process drives: each signal goes over its socket, in a thread."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from prodigy_tui.cli.control import Request, ask_run
from prodigy_tui.cli.names import NotTaken
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.storage import RunFolder


class RemoteControl:
    """Implements the interface's `RunControl`. Signals arrive in the order in which they were sent."""

    def __init__(self, folder: RunFolder, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._wanted: SimpleQueue[SignalReceived | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="remote-control", daemon=True)
        self._thread.start()

    def send(self, signal: SignalReceived) -> None:
        self._wanted.put(signal)

    def close(self) -> None:
        """Sends nothing more; what is on its way arrives."""
        self._wanted.put(None)

    def _run(self) -> None:
        while (signal := self._wanted.get()) is not None:
            try:
                ask_run(self._folder, request_of(signal))
            except ProdigyError as error:
                self._say(str(error))


def request_of(signal: SignalReceived) -> Request:
    """Returns a signal as it goes to another process.

    Raises:
        NotTaken: another process takes no such thing.
    """
    if signal.strategy is not None or signal.message is not None or signal.into is not None:
        hint = "answer without them, or answer 'later' and land it with 'prodigy-tui merge'"
        raise NotTaken("strategy and message of a landing are not taken by another process", hint=hint)
    if signal.at_once:
        raise NotTaken("only the process that drives the run kills one agent at once", hint="stop it gently with x")
    return Request(
        signal=signal.signal,
        item=signal.item_id,
        number=signal.number,
        gate=signal.gate,
        answer=signal.answer,
        note=signal.note,
        keep_files=signal.keep_files,
    )
