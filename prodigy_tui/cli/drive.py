"""Driving a run from this process: headless on the main thread, or beside the interface; either way steerable."""

import asyncio
import random
import signal as signals
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prodigy_tui import __version__
from prodigy_tui.cli.bell import Bell
from prodigy_tui.cli.control import ControlServer, remove_abandoned
from prodigy_tui.cli.crash import InterfaceCrash
from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines import line_of
from prodigy_tui.cli.names import Names
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.cli.output import Output, ReaderGone
from prodigy_tui.cli.resuming import share_lines, shares_of
from prodigy_tui.cli.summary import print_summary, summary_document
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.codec import encode
from prodigy_tui.events.schema import BudgetRaised, Envelope, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import RunFolder, RunLock, make_socket_folder

if TYPE_CHECKING:
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.engine.session import RunSession
    from prodigy_tui.git.repo import Repository

History: TypeAlias = Callable[[tuple[Envelope, ...]], None]
Opener: TypeAlias = "Callable[[Services, History], Awaitable[RunSession]]"
"""Hands out the events that a run has behind it, and makes its session before it publishes any other."""

EXIT_OF_SIGNAL = {
    signals.SIGINT: ExitCode.INTERRUPTED,
    signals.SIGTERM: ExitCode.TERMINATED,
    signals.SIGHUP: ExitCode.HANGUP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run that is about to be driven."""

    folder: RunFolder
    repository: "Repository"
    open: Opener
    drive: DriveOptions
    first: Sequence[SignalReceived] = ()
    """What is asked of it before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """A run that has come to rest."""

    state: RunState
    exit_code: int
    crash: Exception | None = None
    """What ended the interface before the person did."""


def take_up(
    invocation: Invocation,
    folder: RunFolder,
    drive: DriveOptions,
    first: Sequence[SignalReceived] = (),
    *,
    landing_only: bool = False,
    say_shares: bool = False,
    inputs: Inputs | None = None,
    raised: BudgetRaised | None = None,
) -> int:
    """Drives a run that has been recorded before; `say_shares` says first what of it is kept and what is not.

    `inputs` has the values of secret parameters, which are not in the record; `raised` limits that hold from now on.

    Raises:
        RunHeld: another process drives it.
        NotResumable: its record does not allow it.
    """
    from prodigy_tui.cli.places import read_state
    from prodigy_tui.engine.session import RunSession
    from prodigy_tui.git.repo import Repository

    merge = drive.merge_mode(interface=drive.uses_interface(has_terminal=invocation.has_terminal))

    async def reopen(services: "Services", history: History) -> "RunSession":
        session = await RunSession.reopen(
            services,
            folder,
            merge=merge,
            yes=drive.yes,
            max_parallel=drive.max_parallel,
            landing_only=landing_only,
            history=history,
            given=inputs.given(complete=True) if inputs is not None else None,
            raised=raised,
        )
        if say_shares:
            for parts in share_lines(folder.run_id, shares_of(session.found, session.state)):
                invocation.output.say(*parts)
        return session

    repository = Repository.open(Path(read_state(folder).repository))
    return conduct(invocation, Plan(folder=folder, repository=repository, open=reopen, drive=drive, first=first))


def conduct(invocation: Invocation, plan: Plan) -> int:
    """Drives a run until it comes to rest, prints its summary and returns the exit code.

    Raises:
        InterfaceCrash: the interface had a bug; the run itself went on and its summary has been printed.
    """
    if plan.drive.uses_interface(has_terminal=invocation.has_terminal):
        from prodigy_tui.cli.live import run_beside_interface

        services = make_services(invocation, plan, interactive=True)
        driven = run_beside_interface(invocation.output, plan, services)
    else:
        services = make_services(invocation, plan, interactive=False)
        driven = asyncio.run(_headless(invocation.output, plan, services))
    with suppress(ReaderGone):  # the exit code still tells
        if plan.drive.as_json or plan.drive.form == "jsonl":
            document = summary_document(driven.state)
            invocation.output.document("summary", document, compact=plan.drive.form == "jsonl")
        else:
            print_summary(invocation.output, driven.state)
    if driven.crash is not None:
        raise InterfaceCrash(driven.crash)
    return driven.exit_code


def make_services(invocation: Invocation, plan: Plan, *, interactive: bool) -> "Services":
    """Returns what the engine gets from outside."""
    from prodigy_tui.cli.settings import settings_of
    from prodigy_tui.clock import SystemClock
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.events.bus import Bus

    return Services(
        clock=SystemClock(),
        repository=plan.repository,
        home=invocation.state_home().repository(plan.repository.common_dir),
        bus=Bus(),
        providers=settings_of(invocation).providers(),
        environ=invocation.environ,
        random=random.Random(),
        masker=invocation.output.secrecy.masker,
        folder=invocation.cwd,
        version=__version__,
        interactive=interactive,
        bell=Bell().ring,
    )


@dataclass(slots=True)
class Interrupts:
    """Which signals came from outside, and what they ask: the first to stop, every later one to kill."""

    send: Callable[[SignalReceived], None]
    asked: bool = False
    """Whether the run has been asked to stop."""
    received: list[signals.Signals] = field(default_factory=list)

    def take(self, number: signals.Signals) -> None:
        if number is signals.SIGHUP and number in self.received:
            return  # a terminal closes once, however many tell of it
        self.received.append(number)
        self.send(SignalReceived(signal="kill" if self.asked else "stop", source=number.name))
        self.asked = True

    def exit_code(self, state: RunState) -> int:
        """Returns the exit code of the process, given how the run ended."""
        if self.received and state.status == "interrupted":
            return EXIT_OF_SIGNAL[self.received[0]]
        return state.exit_code if state.exit_code is not None else ExitCode.INTERRUPTED


@asynccontextmanager
async def opened(plan: Plan, services: "Services", history: History) -> "AsyncIterator[RunSession]":
    """A session that takes `prodigy-tui signal` while it is open."""
    before = RunLock.owner(plan.folder.lock)
    session = await plan.open(services, history)
    try:
        if before is not None and before.socket is not None:
            remove_abandoned(Path(before.socket))
        server = ControlServer(session, make_socket_folder(services.environ))
        try:
            await server.start()
            session.listening(str(server.address))
            for signal in plan.first:
                session.take(signal)
            yield session
        finally:
            await server.close()
    finally:
        await session.close()


async def _headless(output: Output, plan: Plan, services: "Services") -> Driven:
    names = Names()

    def learn(history: tuple[Envelope, ...]) -> None:
        for envelope in history:
            names.learn(envelope.event)

    services.bus.subscribe(printer(output, plan.drive, names))
    async with opened(plan, services, learn) as session:
        interrupts = Interrupts(session.send)
        with _handled(interrupts):
            state = await session.run()
    return Driven(state=state, exit_code=interrupts.exit_code(state))


@contextmanager
def _handled(interrupts: Interrupts) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in EXIT_OF_SIGNAL:
        loop.add_signal_handler(number, interrupts.take, number)
    try:
        yield
    finally:
        for number in EXIT_OF_SIGNAL:
            loop.remove_signal_handler(number)


def printer(output: Output, drive: DriveOptions, names: Names) -> Callable[[Envelope], None]:
    """Returns what prints every event of a headless run: a line for people, or the event itself.

    `names` are those of the items so far; items that come are added.
    """

    def print_line(envelope: Envelope) -> None:
        names.learn(envelope.event)
        line = line_of(envelope, names)
        if line.level <= output.verbosity:
            output.say(*line.parts)

    def print_json(envelope: Envelope) -> None:
        with suppress(ReaderGone):  # the run does not depend on who watches it
            output.json_line(encode(envelope).decode().rstrip("\n"))

    return print_json if drive.form == "jsonl" else print_line
