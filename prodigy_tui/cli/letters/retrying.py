"""Giving dead letters back to work: what would run, and handing it over, to this process or the run's own."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.letters.choosing import Choice, NothingChosen
from prodigy_tui.cli.letters.entries import Entry, Queue
from prodigy_tui.cli.letters.starting_point import behind_target
from prodigy_tui.cli.lines.line import value_text
from prodigy_tui.cli.names import Names, NotTaken
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.cli.output import Part
from prodigy_tui.errors import ExitCode
from prodigy_tui.events.endings import missed_by_reduce
from prodigy_tui.events.schema import ReduceRequested, SignalReceived
from prodigy_tui.wording import plural

NAMED = 5
"""Items that one line names at most."""

Reduce: TypeAlias = Literal["again", "once", "no"]


class Retry(Struct, frozen=True, kw_only=True, dict=True):
    """What was asked for."""

    queue: Queue
    chosen: tuple[Entry, ...]
    named: bool
    """Items were named one by one."""
    force: bool
    keep_files: bool
    reduce: bool
    reduce_alone: bool
    """No entry goes back to work."""
    inputs: Inputs
    live: bool
    """A process drives the run, and takes what is asked."""

    def goes(self, entry: Entry) -> bool:
        """Says whether an entry that was chosen goes back to work."""
        return entry.item.eligible or self.force

    def wanted(self) -> tuple[Entry, ...]:
        """Returns the entries that go back to work.

        Raises:
            NothingChosen: there is none although some are meant, or one that was named may not.
        """
        if self.reduce_alone:
            return ()
        state = self.queue.state
        left = [entry for entry in self.chosen if not self.goes(entry)]
        if left and self.named:
            name = Names.of(state)(left[0].id)
            raise NothingChosen(f"item {name!r} is not eligible for another attempt", hint="--force retries it")
        if len(left) == len(self.chosen):
            raise NothingChosen(
                f"no item in the dead letter queue of {state.run_id!r} is eligible for another attempt",
                hint="--force retries them all",
            )
        return tuple(entry for entry in self.chosen if self.goes(entry))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The values that parameters have from now on, where these are others than before; secret ones left out.

        Raises:
            NotResumable: there is no such parameter, or the value does not fit.
        """
        from prodigy_tui.engine.recorded import changed_parameters, recorded_workflow

        if not self.inputs.has_values:
            return {}
        given, state = self.inputs.given(complete=False), self.queue.state
        workflow, values = recorded_workflow(state, given, landing_only=True, may_change=True)
        return changed_parameters(state, given, workflow, values)

    @property
    def secrets(self) -> list[str]:
        """The secret parameters that are given."""
        from prodigy_tui.engine.recorded import recorded_workflow

        if not self.inputs.has_values:
            return []
        given = self.inputs.given(complete=False)
        workflow, _ = recorded_workflow(self.queue.state, given, landing_only=True, may_change=True)
        names = {name for name, _ in self.inputs.params} | {name for _, data in self.inputs.files for name in data}
        return [spec.name for spec in workflow.parameters if spec.secret and spec.name in names]

    def kept_variables(self) -> list[str]:
        """Returns the variables of `env` whose commands use parameters that change; a live run keeps their values."""
        from prodigy_tui.engine.recorded import recorded_workflow
        from prodigy_tui.workflow.environment.order import names_needed
        from prodigy_tui.workflow.load import Given
        from prodigy_tui.workflow.model import EnvCommand

        if not self.live or not self.parameters:
            return []
        workflow, _ = recorded_workflow(self.queue.state, Given(), landing_only=True)
        environment = workflow.environment
        maps = (environment.variables, *(profile.env for profile in environment.profiles.values()))
        variables = [(name, variable) for known in maps for name, variable in known.items()]
        made: set[str] = set()
        changed = {*self.parameters, "param"}
        while more := {name for name, one in variables if not changed.union(made).isdisjoint(names_needed(one))} - made:
            made |= more
        kept = (name for name, one in variables if name in made and isinstance(one, EnvCommand) and one.cache)
        return list(dict.fromkeys(kept))

    @cached_property
    def has_reduce(self) -> bool:
        """Whether the workflow has a reduce, as far as it can be read; if not, taking the run up says so."""
        from prodigy_tui.engine.recorded import NotResumable, recorded_workflow
        from prodigy_tui.workflow.load import Given

        try:
            workflow, _ = recorded_workflow(self.queue.state, Given(), landing_only=True)
        except NotResumable:
            return True
        return bool(workflow.reduce.steps)

    def require_reduce(self) -> None:
        """Checks that there is a reduce where one is to run again.

        Raises:
            NothingChosen: there is none.
        """
        if self.reduce and not self.has_reduce:
            run_id = self.queue.state.run_id
            raise NothingChosen(f"the workflow of run {run_id!r} has no reduce", hint="leave --reduce out")

    @property
    def reduce_runs(self) -> Reduce:
        """Whether reduce runs after the map: a second time, for the first time, or not."""
        if not self.has_reduce:
            return "no"
        known = self.queue.state.phases.get("reduce")
        if known is None or known.status in ("waiting", "skipped"):
            return "once"
        return "again" if self.reduce or known.status in ("failed", "interrupted") else "no"

    def said(self) -> Iterator[str]:
        """Yields what people should know of it before it happens."""
        state = self.queue.state
        left = len(self.chosen) - len([entry for entry in self.chosen if self.goes(entry)])
        if left:
            yield f"not eligible, and left where they are: {left} of {len(self.chosen)}; --force retries these too"
        for name, value in self.parameters.items():
            before = state.settings.parameters.get(name)
            old = value_text(before) if name in state.settings.parameters else "(nothing)"
            yield f"parameter {name}: {old} -> {value_text(value)}, for what runs from now on"
        if kept := self.kept_variables():
            names = ", ".join(kept)
            yield f"what commands of env have said stays as it is until the run is stopped and resumed: {names}"
        setup = state.phases.get("setup")
        if self.parameters and setup is not None and setup.status == "ok":
            yield "setup does not run again: what it has said, and the items, stay as they are"
        if self.has_reduce and self.reduce_runs == "no":
            yield "reduce does not run again; --reduce has it run"
        if not self.live and not self.reduce_alone and (behind := behind_target(state)):
            yield behind


def means_reduce_alone(queue: Queue, items: Sequence[str], choice: Choice) -> bool:
    """Tells whether `--reduce` means that nothing but reduce runs again: it lacks items, and none goes back to work.

    Raises:
        NothingChosen: no entry is meant, and reduce lacks nothing.
    """
    if (
        items
        or "reduce" not in queue.state.phases
        or not (choice.is_empty or (choice.everything and not queue.state.dead_letters))
    ):
        return False
    if not missed_by_reduce(queue.state):
        run_id = queue.state.run_id
        if not choice.is_empty or not queue.state.dead_letters:
            raise NothingChosen(f"run {run_id!r} has no dead letter to retry, and its reduce lacks no item")
        hint = "--all retries all dead letters, and runs reduce again"
        raise NothingChosen(f"the reduce of run {run_id!r} lacks no item that is done", hint=hint)
    return True


def at_rest(invocation: Invocation, asked: Retry, drive: DriveOptions) -> int:
    """Takes the run up with what was asked, and drives it."""
    from prodigy_tui.cli.drive import take_up

    wanted = asked.wanted()
    names = Names.of(asked.queue.state)
    shown = ", ".join(names(entry.id) for entry in wanted[:NAMED])
    more = f" and {len(wanted) - NAMED} more" if len(wanted) > NAMED else ""
    besides_that = list(asked.said())  # before anything is said: a parameter may be refused
    begins = f"given back to work: {shown}{more}" if wanted else "no item goes back to work: reduce alone runs again"
    for line in (begins, *besides_that):
        invocation.output.say(line)
    signals = [SignalReceived(signal="retry", item_id=entry.id, keep_files=asked.keep_files) for entry in wanted]
    besides = [ReduceRequested(by="cli")] if asked.reduce else []
    return take_up(
        invocation, asked.queue.folder, drive, [*signals, *besides], inputs=replace(asked.inputs, may_change=True)
    )


def live(invocation: Invocation, asked: Retry, drive: DriveOptions) -> int:
    """Hands what was asked to the process that drives the run."""
    from prodigy_tui.cli.control import Request, ask_run, in_lines

    wanted, folder, output = asked.wanted(), asked.queue.folder, invocation.output
    if asked.secrets:
        hint = "stop the run, and give it when you take the run up again"
        raise NotTaken(f"the secret parameter {asked.secrets[0]!r} cannot be given to a live run", hint=hint)
    if drive.max_parallel is not None:
        ask_run(folder, Request(signal="set-parallel", number=drive.max_parallel))
    parts = in_lines([entry.id for entry in wanted])
    pid = None
    for number, item_ids in enumerate(parts):
        request = Request(
            signal="retry",
            items=item_ids,
            keep_files=asked.keep_files,
            parameters=asked.parameters if number == 0 else {},
            reduce=asked.reduce and number == len(parts) - 1,
        )
        pid = ask_run(folder, request)
    for line in asked.said():
        output.say(line)
    if drive.yes or drive.merge != "ask":
        output.say(f"-y and --merge say nothing here: process {pid} was told when it began")
    if drive.as_json:
        given_back = [entry.id for entry in wanted]
        output.document("dlq-retry", {"run_id": folder.run_id, "process": pid, "given_back": given_back})
    else:
        what = f"{plural(len(wanted), 'item')} given back to work" if wanted else "reduce runs again"
        output.say(f"{what}; process {pid} drives run {folder.run_id}")
    return ExitCode.OK


def print_plan(invocation: Invocation, asked: Retry, drive: DriveOptions) -> int:
    """Says what would run and why or why not; nothing is touched."""
    output, state = invocation.output, asked.queue.state
    entries = [_planned(asked, entry) for entry in asked.chosen]
    plan = {
        "run_id": state.run_id,
        "live": asked.live,
        "entries": entries,
        "reduce": asked.reduce_runs,
        "parameters": [
            {"name": name, "before": state.settings.parameters.get(name), "value": value}
            for name, value in asked.parameters.items()
        ],
        "continues": state.counts.unfinished,
        "max_parallel": drive.max_parallel or state.max_parallel,
    }
    if drive.as_json:
        output.document("dlq-plan", plan)
        return ExitCode.OK
    names = Names.of(state)
    rows: list[tuple[Part, ...]] = []
    for entry, planned in zip(asked.chosen, entries, strict=True):
        verdict = f"attempt {planned['attempt']}" if planned["retry"] else "stays"
        rows.append((names(entry.id), verdict, planned["from"], planned["why"]))
    if rows:
        output.table(("ITEM", "WHAT", "FROM", "WHY"), rows)
    else:
        output.say("no item would go back to work: reduce alone would run again")
    for line in asked.said():
        output.say(line)
    if state.counts.unfinished and not asked.live:
        output.say(f"also continued: {plural(state.counts.unfinished, 'item')} that are not done")
    output.say("nothing was done: --dry-run")
    return ExitCode.OK


def _planned(asked: Retry, entry: Entry) -> dict[str, Any]:
    goes = asked.goes(entry)
    return {
        "item_id": entry.id,
        "label": entry.item.item.label,
        "retry": goes,
        "why": _why(asked, entry),
        "attempt": entry.item.attempt + 1 if goes else None,
        "from": _origin(asked, entry) if goes else "",
    }


def _why(asked: Retry, entry: Entry) -> str:
    failure = entry.item.failure
    if entry.item.eligible:
        return "eligible"
    reason = f"{failure.kind}{f' ({failure.code})' if failure.code else ''}" if failure is not None else "no reason"
    return f"forced: {reason} needs a look" if asked.force else f"{reason} needs a look first; --force retries it"


def _origin(asked: Retry, entry: Entry) -> str:
    from prodigy_tui.engine.items.kept_files import kept_attempt

    state = asked.queue.state
    kept = kept_attempt(entry.item) if asked.keep_files else None
    if kept is not None:
        patch = " and its patch" if kept.leftover else ""
        return f"attempt {kept.attempt}: {kept.branch}{patch}"
    if state.landing is not None and state.landing.status == "landed":
        return f"{state.landing.target} as it is then"
    return f"the run at {state.tip[:9]}"
