"""Steering a live run from another process: one JSON line each way over a Unix socket.

The server lives in the process that drives the run; its address stands in `run.lock`. The socket lies in a fresh folder
of mode 0700 and is itself 0600, so only the same user reaches it. What arrives is checked against the run's state, then
handed to the engine, which records it before it has effect.
"""

import asyncio
import shutil
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec
from msgspec.structs import replace

from prodigy_tui.cli.names import Names, NotTaken, find_item, meant
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.events.schema import ItemDiscarded, ParametersChanged, ReduceRequested, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import SignalName
from prodigy_tui.storage import LockOwner, RunFolder, RunLock

if TYPE_CHECKING:
    from prodigy_tui.engine.signals import Decision

SOURCE = "command line"
"""Who asks, in the record."""
_LINE_LIMIT = 64 * 1024
_PATIENCE_S = 5.0
_RECORDED_S = 1.0
"""How long an answer waits until what was asked is on the disk."""


Wish: TypeAlias = SignalName | Literal["discard"]


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a person asks of a run."""

    run: str = ""
    """Its id, where the process may drive others too: those that it has called."""
    signal: Wish
    item: str | None = None
    """An item's id, `a<position>`, or a label that no other has."""
    items: tuple[str, ...] = ()
    """Ids, of `retry` and `discard`: all of them or none is taken. None at all: only reduce runs again."""
    keep_files: bool = False
    """Of `retry`; likewise the next two."""
    at_once: bool = False
    """Of `stop-item`."""
    reduce: bool = False
    """Reduce runs again afterwards."""
    parameters: dict[str, Any] = {}
    """Values that parameters have from now on."""
    number: int | None = None
    gate: str | None = None
    answer: str | None = None
    note: str = ""
    """Of an answer; of `tell` the text; of `discard` the reason."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the run answers; an empty `error` means that it has been taken."""

    error: str = ""


class NoAnswer(ProdigyError):
    """Nobody answers at the run's address."""

    exit_code = ExitCode.HELD


class Steered(Protocol):
    """The live run."""

    @property
    def state(self) -> RunState: ...

    def send(self, signal: SignalReceived) -> None: ...

    def called(self, run_id: str) -> "Steered | None": ...

    def decide(self, *decisions: "Decision") -> None: ...

    def require_parameters(self, values: Mapping[str, Any]) -> None: ...

    async def recorded(self) -> None: ...


_STOPPABLE: frozenset[ItemStatus] = frozenset({"pending", "running", "waiting", "retrying"})
_IN_HAND: frozenset[ItemStatus] = frozenset({"running", "waiting"})
_REPEATABLE: frozenset[ItemStatus] = frozenset({"dead", "skipped", "cancelled"})


def to_signal(request: Request, state: RunState, source: str) -> SignalReceived:
    """Returns the event of a request that makes sense now.

    Raises:
        NotTaken: it makes none; the message says why.
    """
    item_id: str | None = None
    match request.signal:
        case "stop-item" | "skip" | "retry" | "tell":
            item_id = find_item(state, request.item or "")
            wanted = {"retry": _REPEATABLE, "tell": _IN_HAND}.get(request.signal, _STOPPABLE)
            status = state.items[item_id].status
            if request.signal == "retry" and state.items[item_id].discarded is not None:
                raise NotTaken(f"item {Names.of(state)(item_id)!r} has been discarded, for good")
            if status not in wanted:
                name, verb = Names.of(state)(item_id), request.signal.split("-")[0]
                been = "has succeeded" if status == "success" else f"is {status}"
                raise NotTaken(f"item {name!r} {been}, so there is nothing to {verb}")
            if request.signal == "tell" and not request.note.strip():
                raise NotTaken("there is nothing to tell: the text is empty")
        case "answer":
            check_answer(request, state)
        case "set-parallel":
            if request.number is None or request.number < 1:
                raise NotTaken(f"set-parallel needs a number above 0 (got {request.number})")
        case "merge" | "leave" | "discard":
            raise NotTaken(f"{request.signal!r} is not taken from outside of the run")
        case "resume":
            if not state.paused and state.disk is None and state.stop is None:
                raise NotTaken(f"run {state.run_id!r} is not paused")
    return SignalReceived(
        signal=request.signal,
        item_id=item_id,
        number=request.number,
        gate=request.gate,
        answer=request.answer,
        note=request.note,
        source=source,
        keep_files=request.keep_files,
        at_once=request.at_once,
    )


def discards(item_ids: Iterable[str], state: RunState, reason: str, by: str) -> list[ItemDiscarded]:
    """Returns the decisions that take entries out of the dead letter queue for good.

    Raises:
        NotTaken: one of the items is not in it.
    """
    item_ids = list(item_ids)
    for item_id in item_ids:
        if item_id not in state.dead_letters:
            raise NotTaken(f"item {item_id!r} is not in the dead letter queue of {state.run_id!r}")
    return [ItemDiscarded(item_id=item_id, reason=reason, by=by) for item_id in item_ids]


def check_answer(request: Request, state: RunState) -> None:
    """Checks that a question is open and can be answered so.

    Raises:
        NotTaken: it is not, or cannot.
    """
    gate = state.gates.get(request.gate or "")
    if gate is None:
        hint = meant(request.gate or "", list(state.gates)) or "nothing waits for an answer"
        raise NotTaken(f"run {state.run_id!r} has no open question {request.gate!r}", hint=hint)
    if request.answer not in gate.options:
        raise NotTaken(f"{request.answer!r} is no answer to {gate.gate!r}", hint=f"say {' or '.join(gate.options)}")
    if gate.kind == "budget" and request.answer == "raise" and request.note.strip():
        from prodigy_tui.engine.decisions.budget import is_limit

        if not is_limit(request.note):
            raise NotTaken(f"the note {request.note!r} is no limit", hint="say '20 usd', '2000000 tokens' or '3h'")


class ControlServer:
    """Takes requests while a run is driven; belongs to the engine's event loop."""

    def __init__(self, target: Steered, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> Path:
        """Where it listens."""
        return self._folder / "control"

    async def start(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_unix_server(self._answer, self.address, limit=_LINE_LIMIT)
        self.address.chmod(0o600)

    async def close(self) -> None:
        """Ends listening, hangs up on everybody and removes the socket."""
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.close()
            await self._server.wait_closed()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                line = await reader.readline()
                reply = await self._reply(line)
                writer.write(msgspec.json.encode(reply) + b"\n")
                await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            pass  # slow, too long or gone: whoever it was gets no answer, the run goes on
        finally:
            self._open.discard(writer)
            writer.close()

    async def _reply(self, line: bytes) -> Reply:
        try:
            target = self._take(line)
        except msgspec.DecodeError as error:
            return Reply(error=f"not a request: {error}")
        except ProdigyError as error:
            return Reply(error=str(error))
        # Who asks next may look into the log. A disk that is full keeps nobody waiting: the run does have it.
        with suppress(TimeoutError, ProdigyError):
            async with asyncio.timeout(_RECORDED_S):
                await target.recorded()
        return Reply()

    def _take(self, line: bytes) -> Steered:
        """Takes a request; returns the run that it is for.

        Raises:
            DecodeError: it is none.
            ProdigyError: it is refused.
        """
        request = msgspec.json.decode(line, type=Request)
        target = self._target if not request.run else self._target.called(request.run)
        if target is None:
            raise NotTaken(f"run {request.run!r} is not driven here any more", hint="try again in a moment")
        if request.items or request.reduce:
            self._take_all(request, target)
        else:
            target.send(to_signal(request, target.state, SOURCE))
        return target

    def _take_all(self, request: Request, target: Steered) -> None:
        """Takes what concerns several dead letters, all of it or nothing."""
        state = target.state
        if request.signal == "discard":
            target.decide(*discards(request.items, state, request.note, SOURCE))
            return
        target.require_parameters(request.parameters)
        signals = [to_signal(replace(request, item=item, items=()), state, SOURCE) for item in request.items]
        if request.parameters:
            target.decide(ParametersChanged(values=request.parameters, by=SOURCE))
        for signal in signals:
            target.send(signal)
        if request.reduce:
            target.decide(ReduceRequested(by=SOURCE))


def ask_run(folder: RunFolder, request: Request) -> int:
    """Hands a request to the process that drives a run, and returns its number.

    Raises:
        NotTaken: the run refuses it.
        NoAnswer: nobody drives it, or not yet so that it could be asked.
    """
    owner = RunLock.owner(folder.lock)
    if owner is None or owner.socket is None:
        raise NoAnswer(f"run {folder.run_id!r} takes no signals yet", hint="try again in a moment")
    ask(Path(owner.socket), replace(request, run=folder.run_id) if folder.is_called else request)
    return owner.pid


def in_lines(item_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns ids in parts of which each fits into one request."""
    parts: list[tuple[str, ...]] = []
    part: list[str] = []
    size = 0
    for item_id in item_ids:
        length = len(msgspec.json.encode(item_id)) + 1
        if part and size + length > _LINE_LIMIT // 2:
            parts.append(tuple(part))
            part, size = [], 0
        part.append(item_id)
        size += length
    return [*parts, tuple(part)]


def forget_listener(before: LockOwner | None) -> None:
    """Removes where a dead process listened, when the lock does not say so any more."""
    if before is not None and before.socket is not None:
        remove_abandoned(Path(before.socket))


def remove_abandoned(address: Path) -> None:
    """Removes the socket of a process that was killed; only a folder that bears our name goes."""
    if address.parent.name.startswith("prodigy-tui-"):
        shutil.rmtree(address.parent, ignore_errors=True)


def ask(address: Path, request: Request) -> None:
    """Sends one request to a live run and waits until it has been taken.

    Raises:
        NotTaken: the run refuses it.
        NoAnswer: nobody is there.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_PATIENCE_S)
            line.connect(str(address))
            line.sendall(msgspec.json.encode(request) + b"\n")
            reply = msgspec.json.decode(line.makefile("rb").readline(), type=Reply)
    except (OSError, msgspec.DecodeError) as error:
        raise NoAnswer(f"the run does not answer at {str(address)!r}: {error}") from error
    if reply.error:
        raise NotTaken(reply.error)
