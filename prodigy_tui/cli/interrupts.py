"""Signals from outside: what they ask of a run, before there is one to ask, and what the program then ends with."""

import signal as signals
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from msgspec import Struct, field

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import RunFolder

EXIT_OF_SIGNAL = {
    signals.SIGINT: ExitCode.INTERRUPTED,
    signals.SIGTERM: ExitCode.TERMINATED,
    signals.SIGHUP: ExitCode.HANGUP,
}


def heeded() -> tuple[signals.Signals, ...]:
    """Returns the signals that the program heeds: not those that who started it wants ignored, such as `nohup`."""
    return tuple(number for number in EXIT_OF_SIGNAL if signals.getsignal(number) is not signals.SIG_IGN)


class InterruptedEarly(ProdigyError):
    """A signal came before the run was driven."""

    def __init__(self, number: signals.Signals, folder: RunFolder) -> None:
        hint = way_on(folder) or "nothing has been started"
        super().__init__(
            f"interrupted by {number.name} before the run began to work", hint=hint, exit_code=EXIT_OF_SIGNAL[number]
        )


def way_on(folder: RunFolder) -> str:
    """Returns how people go on with a run; empty when it has no record."""
    return f"'prodigy-tui resume {folder.run_id}' goes on" if folder.events.is_file() else ""


@contextmanager
def before_driving(folder: RunFolder) -> Iterator[None]:
    """Ends the program with the way on when a signal comes while nobody else takes it; for the main thread."""

    def take(number: int, _: FrameType | None) -> None:
        raise InterruptedEarly(signals.Signals(number), folder)

    with taken(take):
        yield


@contextmanager
def taken(take: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Has `take` called with every signal that asks the program to end; for the main thread."""
    before = {number: signals.signal(number, take) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signals.signal(number, handler)


class Interrupts(Struct):
    """Which signals came from outside, and what they ask: the first to stop, every later one to kill."""

    send: Callable[[SignalReceived], None] | None = None
    """Reaches the run, as soon as there is one."""
    give_up: Callable[[], object] = lambda: None
    """Ends what goes on before there is one."""
    asked: bool = False
    """Whether the run has been asked to stop."""
    received: list[signals.Signals] = field(default_factory=list)

    def take(self, number: signals.Signals) -> None:
        if number is signals.SIGHUP and number in self.received:
            return  # a terminal closes once, however many tell of it
        self.received.append(number)
        if self.send is None:
            self.give_up()
            return
        self.send(SignalReceived(signal="kill" if self.asked else "stop", source=number.name))
        self.asked = True

    def exit_code(self, state: RunState) -> int:
        """Returns the exit code of the process, given how the run ended."""
        if self.received and state.status == "interrupted":
            return EXIT_OF_SIGNAL[self.received[0]]
        return state.exit_code if state.exit_code is not None else ExitCode.INTERRUPTED

    def explain(self, error: ProdigyError, folder: RunFolder) -> None:
        """Adds to what ended a run where it stood how it goes on, and that it was to end anyway."""
        if self.received:
            error.exit_code = EXIT_OF_SIGNAL[self.received[0]]
        error.hint = "; then ".join(text for text in (error.hint, way_on(folder)) if text)
