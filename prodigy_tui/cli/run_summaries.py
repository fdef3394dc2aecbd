"""A small value for each run: what lists and the inbox show, read from the record once and then only what is new.

A run at rest is read again only when its log has changed, and not even by the next call of the program: its summary is
kept in a file beside the runs, which may be lost at any time. Of a live run only the lines that have come are read.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from prodigy_tui import __version__
from prodigy_tui.cli.following import LogTail
from prodigy_tui.cli.places import is_live
from prodigy_tui.cli.summary import duration_s, item_counts, merge_result, next_commands, run_status
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.advice import landing_advice, landing_refusal, retry_command
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.spending import tokens_of
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import RunFolder
from prodigy_tui.tui.model.recorded import Outcome, RunSummary, Wait, WaitKind
from prodigy_tui.wording import plural

FILE: Final = "summaries.json"
_FORM: Final = f"4 {__version__}"
"""Of the file; one of another form, or of another version of the program, counts as empty."""
_MOST_BYTES: Final = 50_000_000


class _Kept(msgspec.Struct, frozen=True):
    """A summary and the log that it is of."""

    size: int
    changed_ns: int
    summary: RunSummary


class _File(msgspec.Struct, frozen=True):
    form: str
    runs: dict[str, _Kept]


class _Growing:
    """A live run as far as it has been read."""

    def __init__(self, folder: RunFolder) -> None:
        self._tail = LogTail(folder.events)
        self.state = RunState()

    def read(self) -> RunState:
        for _, envelope in self._tail.new():
            self.state = evolve(self.state, envelope)
        return self.state


class Summaries:
    """The summaries of the runs in some folders. Used by one thread at a time."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._known: dict[Path, _Kept] = {}
        self._growing: dict[Path, _Growing] = {}
        self._files: dict[Path, bool] = {}
        """Files of summaries that have been read, and whether they are to be written again."""
        self._now = now

    def look(self, folders: Sequence[RunFolder], budget_s: float) -> tuple[tuple[RunSummary, ...], int]:
        """Returns the summaries of as many runs as there is time for, in order, and how many are missing."""
        deadline = self._now() + budget_s
        found: list[RunSummary] = []
        unread = 0
        for folder in folders:
            self._recall(folder.path.parent.parent / FILE)
            known = self._fresh(folder)
            if known is None and self._now() > deadline and found:
                unread += 1
                continue
            with suppress(OSError):  # removed by somebody while we look
                found.append(known or self._read(folder))
        if not unread:
            self._remember(folders)
        return tuple(found), unread

    def _fresh(self, folder: RunFolder) -> RunSummary | None:
        """Returns what is known of a run at rest whose log is as it was."""
        known = self._known.get(folder.path)
        if known is None or folder.path in self._growing or (known.size, known.changed_ns) != _stamp(folder):
            return None
        return None if is_live(folder) else known.summary

    def _read(self, folder: RunFolder) -> RunSummary:
        held = is_live(folder)  # before the log: what is written until the lock is free is seen the next time
        size, changed = _stamp(folder)
        growing = self._growing.pop(folder.path, None) or _Growing(folder)
        try:
            state = growing.read()
            live = held and state.ended_at is None
            summary = summary_of(state, live=live, held=held, run_id=folder.run_id)
        except ProdigyError as error:
            summary = RunSummary(
                run_id=folder.run_id, status="damaged", message=str(error), started_at=folder.started_at
            )
        else:
            if held:
                self._growing[folder.path] = growing
        if not held:
            self._known[folder.path] = _Kept(size, changed, summary)
            self._files[folder.path.parent.parent / FILE] = True
        return summary

    def _recall(self, file: Path) -> None:
        """Reads what an earlier call of the program has kept."""
        if file in self._files:
            return
        self._files[file] = False
        with suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            if file.stat().st_size > _MOST_BYTES:
                return
            kept = msgspec.json.decode(file.read_bytes(), type=_File)
            if kept.form == _FORM:
                for name, one in kept.runs.items():
                    self._known.setdefault(file.parent / "runs" / name, one)

    def _remember(self, folders: Sequence[RunFolder]) -> None:
        """Keeps what was read for the next call; where that cannot be, it is read again then."""
        for file, changed in list(self._files.items()):
            if not changed:
                continue
            self._files[file] = False
            here = [folder for folder in folders if folder.path.parent.parent == file.parent]
            runs = {str(one.run_id): self._known[one.path] for one in here if one.path in self._known}
            part = file.with_name(f".{FILE}.{uuid4().hex[:8]}.part")
            with suppress(OSError):
                try:
                    part.write_bytes(msgspec.json.encode(_File(_FORM, runs)))
                    part.chmod(0o600)
                    part.replace(file)
                finally:
                    part.unlink(missing_ok=True)


def _stamp(folder: RunFolder) -> tuple[int, int]:
    try:
        status = folder.events.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def summary_of(state: RunState, *, live: bool, held: bool = False, run_id: str = "") -> RunSummary:
    """Returns what lists show of a run; `held`: a process has it open, maybe after its end, and takes decisions."""
    counts, merge = item_counts(state), merge_result(state)
    outcome: Outcome = "" if live or state.started_at is None else _OUTCOMES.get(merge["status"] or "", "")
    return RunSummary(
        run_id=state.run_id or run_id,
        status=run_status(state, live=live),
        live=live,
        workflow=state.workflow,
        label=state.label,
        message=state.message,
        repository=state.repository,
        caller=state.caller.run_id if state.caller is not None else "",
        phase=state.phase or "",
        started_at=state.started_at,
        ended_at=state.ended_at if state.ended_at is not None or live else state.last_at,
        took_s=duration_s(state, live=live),
        total=counts["total"],
        finished=state.counts.finished,
        succeeded=counts["succeeded"],
        failed=counts["failed"],
        dead=len(state.dead_letters),
        running=state.counts.running,
        usd=state.usage.usd,
        tokens=tokens_of(state.usage),
        outcome=outcome,
        target=merge["target"] or "",
        commit=merge["commit"] or "",
        waits=tuple(_waits(state, live=live, held=live or held)),
        commands=tuple(next_commands(state, live=live)),
    )


_OUTCOMES: Final[dict[str, Outcome]] = {
    "nothing": "nothing",
    "landed": "landed",
    "unmerged": "unmerged",
    "refused": "refused",
    "handed_over": "handed_over",
}


def _waits(state: RunState, *, live: bool, held: bool) -> Iterator[Wait]:
    """Yields what of a run waits for a decision."""
    run_id = state.run_id
    for name in sorted(state.gates, key=lambda one: state.asked_at[one]):
        gate = state.gates[name]
        kinds: dict[str, WaitKind] = {"landing": "landing", "suspect": "suspect"}
        yield Wait(
            run_id=run_id,
            name=state.label or state.workflow,
            kind=kinds.get(gate.kind, "question"),
            text=gate.question,
            since=state.asked_at[name],
            gate=name,
            item_id=gate.item_id or "",
            live=held,
            command=f"prodigy-tui gates answer {name} {gate.options[0] if gate.options else ''} --run {run_id}".strip(),
            detail=gate.detail[:2000],
        )
    unasked = state.counts.suspect - sum(1 for gate in state.gates.values() if gate.kind == "suspect")
    if unasked > 0 and not live:
        yield Wait(
            run_id=run_id,
            name=state.label or state.workflow,
            kind="suspect",
            text=f"{plural(unasked, 'suspect item')} that nobody has been asked about yet",
            since=state.ended_at or state.last_at,
            command=f"prodigy-tui resume {run_id}",
        )
    merge, refused = merge_result(state), landing_refusal(state)
    left = refused or (merge["status"] == "unmerged" and state.status in ("succeeded", "failed"))
    if left and not live and state.ended_at is not None and state.caller is None:
        not_landed = f"{plural(state.merged, 'item')} not landed on {merge['target']}".removeprefix("0 items ")
        yield Wait(
            run_id=run_id,
            name=state.label or state.workflow,
            kind="unmerged",
            text=f"landing refused: {refused}" if refused else not_landed,
            since=state.ended_at,
            live=held,
            over=True,
            command=f"prodigy-tui merge {run_id}",
            detail=_landing_detail(state)[:2000],
        )
    if state.dead_letters:
        first = state.items[min(state.dead_letters, key=lambda item_id: state.dead_letters[item_id])]
        yield Wait(
            run_id=run_id,
            name=state.label or state.workflow,
            kind="dead",
            text=plural(len(state.dead_letters), "dead letter"),
            since=first.ended_at or state.ended_at or datetime.now(UTC),
            live=held,
            over=not live and state.ended_at is not None,
            command=retry_command(state),
            detail=first.failure.message[:2000] if first.failure is not None else "",
        )


def _landing_detail(state: RunState) -> str:
    """Returns what was said of the landing, and what helps where it was refused."""
    said = [state.landing.message] if state.landing is not None else []
    advice = landing_advice(state)
    return "\n".join([*said, f"{advice.text}:", *advice.commands] if advice is not None else said)
