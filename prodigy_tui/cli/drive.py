"""Driving a run from this process: headless on the main thread, or beside the interface; either way steerable."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from prodigy_tui import __version__
from prodigy_tui.cli.bell import Bell
from prodigy_tui.cli.control import ControlServer, remove_abandoned
from prodigy_tui.cli.crash import InterfaceCrash
from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.interrupts import InterruptedEarly, Interrupts, before_driving, heeded
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines.event import line_of
from prodigy_tui.cli.names import Names
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.cli.output import Output, ReaderGone
from prodigy_tui.cli.summary import print_summary, summary_document
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.codec import encode
from prodigy_tui.events.schema import BudgetRaised, Envelope, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.garbage import settle
from prodigy_tui.storage import RunFolder, RunLock, make_socket_folder

if TYPE_CHECKING:
    from prodigy_tui.cli.places import ReadRun
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.engine.session import RunSession
    from prodigy_tui.engine.signals import Decision
    from prodigy_tui.git.repo import Repository

History: TypeAlias = Callable[[tuple[Envelope, ...]], None]
Opener: TypeAlias = "Callable[[Services, History], Awaitable[RunSession]]"
"""Hands out the events that a run has behind it, and makes its session before it publishes any other."""


class Plan(Struct, frozen=True, kw_only=True):
    """A run that is about to be driven."""

    folder: RunFolder
    repository: "Repository"
    open: Opener
    drive: DriveOptions
    first: "Sequence[SignalReceived | Decision]" = ()
    """What is asked of it before anything else."""


class Driven(Struct, frozen=True, kw_only=True):
    """A run that has come to rest."""

    state: RunState
    exit_code: int
    crash: Exception | None = None
    """What ended the interface before the person did."""


def take_up(  # noqa: PLR0913 - what a run may be taken up with
    invocation: Invocation,
    folder: RunFolder,
    drive: DriveOptions,
    first: "Sequence[SignalReceived | Decision]" = (),
    *,
    found: "ReadRun | None" = None,
    landing_only: bool = False,
    say_shares: bool = False,
    inputs: Inputs | None = None,
    raised: BudgetRaised | None = None,
    workflow: Path | None = None,
    force: bool = False,
) -> int:
    """Drives a run that has been recorded before; `say_shares` says first what of it is kept and what is not.

    `found` is the run, where its record has just been read: of a large run that takes a second.
    `inputs` has the values of secret parameters, which are not in the record; `raised` limits that hold from now on;
    `workflow` is an edited one to go on with. `force` takes over from an owner on another host.

    Raises:
        RunHeld: another process drives it.
        NotResumable: its record does not allow it, or it has gone too far for the edited workflow.
        OfAnotherRun: another run has called it.
        RepositoryMoved: its repository is not where it was.
    """
    from prodigy_tui.cli.editing import difference, edited_or_none
    from prodigy_tui.cli.moved import repository_of
    from prodigy_tui.cli.places import ReadRun, require_its_own
    from prodigy_tui.cli.resume_plan import asked_of, left_by, plan_of, say_plan
    from prodigy_tui.engine.session import RunSession

    found = found or ReadRun(folder)
    state = found.state
    require_its_own(state)
    repository = repository_of(invocation, state)
    edited = edited_or_none(invocation, state, workflow, inputs)
    merge = drive.merge_mode(interface=drive.uses_interface(has_terminal=invocation.has_screen))

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
            may_change=inputs is not None and inputs.may_change,
            raised=raised,
            force=force,
            edited=edited,
            known=found.hand_over(),
        )
        if say_shares:
            differs = "" if workflow is not None else difference(session.found)
            asked = asked_of(first, session.edit)
            notes = [left_by(session.left_by)] if session.left_by is not None else []
            plan = plan_of(session.found, session.state, asked, notes=notes, edit=session.edit, differs=differs)
            say_plan(invocation.output, plan)
        return session

    return conduct(invocation, Plan(folder=folder, repository=repository, open=reopen, drive=drive, first=first))


def conduct(invocation: Invocation, plan: Plan) -> int:
    """Drives a run until it comes to rest, prints its summary and returns the exit code.

    Raises:
        InterfaceCrash: the interface had a bug; the run itself went on and its summary has been printed.
    """
    with before_driving(plan.folder):
        if plan.drive.uses_interface(has_terminal=invocation.has_screen):
            from prodigy_tui.cli.kept import person_of
            from prodigy_tui.cli.live import run_beside_interface

            person = person_of(invocation)
            services = make_services(invocation, plan, interactive=True)
            driven = run_beside_interface(invocation.output, plan, services, person)
        else:
            if invocation.has_terminal and not invocation.has_screen and plan.drive.interface is None:
                invocation.output.say("no interface: TERM is 'dumb', a terminal that cannot move its cursor")
            services = make_services(invocation, plan, interactive=False)
            settle()
            driven = asyncio.run(_headless(invocation.output, plan, services))
    with suppress(ReaderGone):  # the exit code still tells
        if plan.drive.as_json or plan.drive.form == "jsonl":
            document = summary_document(driven.state)
            invocation.output.document("summary", document, compact=plan.drive.form == "jsonl")
        else:
            print_summary(invocation.output, driven.state, folder=plan.folder)
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
    opening = asyncio.current_task()
    assert opening is not None
    interrupts = Interrupts(give_up=opening.cancel)
    with _handled(interrupts):
        try:
            async with opened(plan, services, learn) as session:
                interrupts.send = session.send
                state = await session.run()
        except asyncio.CancelledError:
            if not interrupts.received:
                raise
            raise InterruptedEarly(interrupts.received[0], plan.folder) from None
        except ProdigyError as error:
            if interrupts.send is not None:  # else there is nothing to go on with that was not there before
                interrupts.explain(error, plan.folder)
            raise
    return Driven(state=state, exit_code=interrupts.exit_code(state))


@contextmanager
def _handled(interrupts: Interrupts) -> Iterator[None]:
    loop, numbers = asyncio.get_running_loop(), heeded()
    for number in numbers:
        loop.add_signal_handler(number, interrupts.take, number)
    try:
        yield
    finally:
        for number in numbers:
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
