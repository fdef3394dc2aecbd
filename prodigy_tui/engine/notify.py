"""`notify` (language 17): tells people outside what becomes of a run, and never has any effect on it.

Only what happens while this process drives the run is told: what is folded from the log is history. Every rule has a
queue and a task of its own, so that its messages keep their order and a slow one holds up no other. What fails is a
warning, once a rule. The session owns the `Notifier`, and closing it waits for the last messages within their time.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Final

from prodigy_tui.engine.decisions.news import News, Told, hear
from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.kinds.execution import last_line
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.variables.environment import overlay
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope, WarningRaised
from prodigy_tui.events.state import RunState
from prodigy_tui.process import Child, run_child
from prodigy_tui.process.waiting import done_within
from prodigy_tui.workflow.expr import evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.late import settle_model
from prodigy_tui.workflow.model import Notification
from prodigy_tui.workflow.variables import Scope, Value

SCHEMA: Final = "prodigy-tui/notification/1"
WAITING_AT_MOST: Final = 100
"""Messages of one rule that wait behind a slow one; what comes on top is left out."""
PATIENCE_S: Final = 10.0
"""How long closing waits for a message without a limit of its own."""
_FULL = ("map.results", "map.failures", "map.outputs")

_Told = tuple[News, Envelope]


class NotDelivered(Exception):
    """A message did not get through; the text says why."""


class Notifier:
    """Tells what the rules of one run ask for. Belongs to the engine's event loop."""

    def __init__(self, rules: tuple[Notification, ...], bus: Bus, bell: Callable[[], None]) -> None:
        self._rules = rules
        self._bell = bell
        self._told = Told()
        self._run: RunContext | None = None
        self._before: list[Envelope] = []
        """What happened before the run was ready to tell of it."""
        self._queues: dict[int, asyncio.Queue[_Told | None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._warned: set[int] = set()
        self._forget = bus.subscribe(self._hear) if rules else _nothing

    def start(self, run: RunContext) -> None:
        """Begins to tell; what has happened since the notifier was made comes first."""
        self._run = run
        before, self._before = self._before, []
        for envelope in before:
            self._hear(envelope)

    async def close(self) -> None:
        """Waits for the last messages within their time; a run that is being killed waits for nobody."""
        self._forget()
        if self._run is None or not self._tasks:
            return
        stop, clock = self._run.state.stop, self._run.clock
        for queue in self._queues.values():
            queue.put_nowait(None)
        sending = asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if stop is None or stop.kind != "kill":
            await done_within(self._patience(), sending, clock)
        late = [number for number, task in self._tasks.items() if not task.done()]
        for number in late:
            self._tasks[number].cancel()
        await sending
        for number in late:
            self._warn(number, "it was not done when the run had ended")

    def _patience(self) -> float:
        return max(self._rules[number].timeout or PATIENCE_S for number in self._tasks)

    def _hear(self, envelope: Envelope) -> None:
        if self._run is None:
            self._before.append(envelope)
            return
        self._told, news = hear(self._told, envelope, self._run.state)
        if news is None:
            return
        for number, rule in enumerate(self._rules):
            if any(event in rule.on for event in news.events):
                self._enqueue(number, (news, envelope))

    def _enqueue(self, number: int, told: _Told) -> None:
        queue = self._queues.get(number)
        if queue is None:
            queue = self._queues[number] = asyncio.Queue()
            self._tasks[number] = asyncio.create_task(self._tell_all(number, queue), name=f"notify[{number}]")
        if queue.qsize() >= WAITING_AT_MOST:
            self._warn(number, f"more than {WAITING_AT_MOST} messages wait; what comes on top is left out")
            return
        queue.put_nowait(told)

    async def _tell_all(self, number: int, queue: "asyncio.Queue[_Told | None]") -> None:
        while (told := await queue.get()) is not None:
            try:
                await self._tell(number, *told)
            except Exception as error:  # noqa: BLE001 - the task's edge: whatever it is, the run goes on
                self._warn(number, " ".join(str(error).split()) or type(error).__name__)

    def _warn(self, number: int, why: str) -> None:
        if self._run is None or number in self._warned:
            return
        self._warned.add(number)
        try:
            self._run.journal.record(WarningRaised(message=f"notify[{number}]: {why}"))
        except ProdigyError:
            return  # the log cannot be written: the run meets that by itself

    # ------------------------------------------------------------------------------------------------- one message

    async def _tell(self, number: int, news: News, envelope: Envelope) -> None:
        run, rule = self._run, self._rules[number]
        assert run is not None, "nothing is told before the start"
        if news.gate is not None and news.gate not in run.state.gates:
            return  # answered already, by an option say
        scope = _scope(run, rule)
        rule = settle_model(rule, scope)
        if isinstance(rule.when, bool):
            wanted = rule.when
        else:
            wanted = rule.when is None or truthy(evaluate(parse_expression(rule.when), scope))
        if not wanted:
            return
        event = next(name for name in news.events if name in rule.on)
        message = run.masker.text(news.message)
        body = _document(run, event, news, envelope, message)
        marker = f"{run.run_id}:notify:{number}:{envelope.seq}"
        if rule.shell is not None:
            text = render(parse_text(rule.shell, "shell"), scope)
            await _child(run, rule, ("sh", "-c", text), _environment(run, event, scope), body, marker)
        elif rule.webhook is not None:
            from prodigy_tui.engine.webhook import WebhookFailed, post  # a client of the web is much to read

            url = render(parse_text(rule.webhook, "plain"), scope).strip()
            timeout_s = rule.timeout or PATIENCE_S
            try:
                await post(url, body, timeout_s=timeout_s, clock=run.clock, environ=run.process_env)
            except WebhookFailed as error:
                raise NotDelivered(str(error)) from error
        elif rule.desktop:
            await _desktop(run, rule, message, marker)
        elif rule.bell:
            self._bell()


def _nothing() -> None:
    """There is nobody to tell anything."""


def _scope(run: RunContext, rule: Notification) -> Scope:
    """Returns the variables of a rule's texts: those of the run, and of the map so far."""
    roots: dict[str, Value] = {}
    if run.workflow.kind == "mapreduce":
        texts = f"{rule.shell} {rule.webhook} {rule.when}"
        roots |= map_roots(run.state) if any(name in texts for name in _FULL) else _map_counts(run.state)
    return run.scope(roots)


def _map_counts(state: RunState) -> dict[str, Value]:
    """The cheap part of the root `map`: a notification may come for every item."""
    counts = state.counts
    share = 100.0 / counts.total if counts.total else 0.0
    return {
        "map": Value(
            {
                "total": counts.total,
                "successful": counts.success,
                "failed": counts.dead,
                "skipped": counts.skipped,
                "success_rate": round(share * counts.success, 2),
                "failure_rate": round(share * counts.dead, 2),
            }
        )
    }


def _document(run: RunContext, event: str, news: News, envelope: Envelope, message: str) -> bytes:
    """Returns what a command reads and a webhook gets."""
    state, mask = run.state, run.masker.text
    entry = state.items.get(news.item_id) if news.item_id is not None else None
    gate = state.gates.get(news.gate) if news.gate is not None else None
    failure = entry.failure if entry is not None else None
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "event": event,
        "run_id": state.run_id,
        "workflow": state.workflow,
        "label": state.label,
        "at": envelope.at.isoformat(),
        "seq": envelope.seq,
        "status": state.status,
        "exit_code": state.exit_code,
        "message": message,
        "item": None
        if entry is None
        else {
            "id": entry.item.id,
            "label": mask(entry.item.label),
            "status": entry.status,
            "error": mask(failure.message) if failure is not None else None,
        },
        "gate": None if gate is None else {"id": gate.gate, "kind": gate.kind, "options": list(gate.options)},
        "items": {
            "total": state.counts.total,
            "succeeded": state.counts.success,
            "failed": state.counts.dead,
            "skipped": state.counts.skipped,
        },
        "usage": {
            "input_tokens": state.usage.input_tokens,
            "output_tokens": state.usage.output_tokens,
            "usd": state.usage.usd,
        },
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _environment(run: RunContext, event: str, scope: Scope) -> dict[str, str]:
    """Returns the environment of a step, and what is told."""
    settled = StepEnvironment(run=run.environment.settled).environment(scope.exported(), cleared=False)
    own = {"PRODIGY_EVENT": event, "PRODIGY_RUN_ID": run.run_id, "PRODIGY_AUTOMATION": "true"}
    return overlay(settled, run.git_env, own)


async def _desktop(run: RunContext, rule: Notification, message: str, marker: str) -> None:
    """Shows a message where there is a program for it. It reaches the program as an argument of its own."""
    title, path = f"prodigy-tui: {run.state.workflow}", run.process_env.get("PATH", "")
    if shutil.which("notify-send", path=path):
        # Some desktops take the text for markup.
        plain = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        argv: tuple[str, ...] = ("notify-send", "--app-name=prodigy-tui", "--", title, plain)
    elif shutil.which("osascript", path=path):
        show = "display notification (item 2 of argv) with title (item 1 of argv)"
        argv = ("osascript", "-e", "on run argv", "-e", show, "-e", "end run", title, message)
    else:
        return
    await _child(run, rule, argv, run.process_env, b"", marker)


async def _child(
    run: RunContext, rule: Notification, argv: tuple[str, ...], env: Mapping[str, str], stdin: bytes, marker: str
) -> None:
    """Runs a program to its end.

    Raises:
        NotDelivered: it failed; its last words say why.
    """
    said: list[str] = []
    child = Child(
        argv=argv,
        cwd=run.run_worktree if run.run_worktree.is_dir() else run.repository.top,
        env=env,
        stdin=stdin,
        timeout_s=rule.timeout,
        grace_s=2.0,
        marker=marker,
    )

    def hear_child(_stream: str, text: str) -> None:
        said[:] = [*said[-1:], text]

    ended = await run_child(child, hear_child, clock=run.clock, masker=run.masker)
    if ended.reason == "timeout":
        raise NotDelivered(f"timed out after {rule.timeout:g} s")
    if ended.exit_code != 0:
        raise NotDelivered(last_line("".join(said)) or f"exit code {ended.exit_code}")
