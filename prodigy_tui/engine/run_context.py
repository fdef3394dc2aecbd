"""What every part of the engine shares about one run; made once by the session, never changed."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from prodigy_tui.agents import Provider
from prodigy_tui.clock import Clock
from prodigy_tui.engine.artifacts import write_value
from prodigy_tui.engine.context import Context, Enclosing, Frame
from prodigy_tui.engine.decisions.settled import Settling
from prodigy_tui.engine.disk_patience import DiskPatience
from prodigy_tui.engine.gates import Gates
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.kinds.agent import AgentServices
from prodigy_tui.engine.providers.reserving import Reservations
from prodigy_tui.engine.said import said_before
from prodigy_tui.engine.variables.computing import NoCommands
from prodigy_tui.engine.variables.environment import RunEnvironment
from prodigy_tui.engine.variables.git_values import GitFields, GitRoot, read_git
from prodigy_tui.engine.variables.run_names import RunNames, run_roots
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item, PhaseName
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from prodigy_tui.process import Masker
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.storage.trouble import trouble_of
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.late import LateError, settle, settle_model
from prodigy_tui.workflow.model import (
    AgentCommand,
    EnvValue,
    Place,
    SecretSource,
    SetupCapture,
    Variable,
    Variables,
    Workflow,
)
from prodigy_tui.workflow.variables import Scope, Value, positional_values

if TYPE_CHECKING:
    from prodigy_tui.engine.called.called_runs import CalledRuns
    from prodigy_tui.engine.called.caller import Calling

GRACE_S = 10.0
"""Seconds between SIGTERM and SIGKILL, where nothing else is said."""


class RunContext(Struct, frozen=True, kw_only=True, dict=True):
    """One run and its surroundings."""

    workflow: Workflow
    journal: Journal
    repository: Repository
    worktrees: Worktrees
    folder: RunFolder
    clock: Clock
    bus: Bus
    masker: Masker
    random: Random
    providers: Mapping[str, Provider]
    agents: AgentServices
    gates: Gates
    budget: Reservations
    calls: "CalledRuns"
    """The runs that steps of this one call."""
    calling: "Calling | None" = None
    """The step that has called this run."""
    environ: Mapping[str, str]
    """The operator's environment as it came."""
    process_env: Mapping[str, str]
    """The same without what would mislead git or an agent."""
    git_env: Mapping[str, str]
    declared: Mapping[PhaseName, frozenset[str]]
    """The names that texts of a phase can mean."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The values of the workflow's parameters, secret ones included."""
    handed: Mapping[str, Value] = field(default_factory=dict)
    """Those of a called run: its caller may have handed data over."""
    environment: RunEnvironment
    step_secrets: Mapping[Place, str] = field(default_factory=dict)
    """Secrets in the `env` of steps, by the place where they stand."""
    called: bool = False
    """A called workflow: what the run's own phases have said is not visible."""
    reported: set[str] = field(default_factory=set)
    """Names that are too long to be exported and have been reported."""
    _marks: Iterator[int] = field(default_factory=partial(count, 1))

    @property
    def state(self) -> RunState:
        return self.journal.state

    @property
    def disk(self) -> DiskPatience:
        """Who waits for the disk."""
        assert self.journal.disk is not None, "somebody drives the run"
        return self.journal.disk

    @cached_property
    def _settling(self) -> Settling:
        return Settling(self.workflow)

    @property
    def settled(self) -> Workflow:
        """The workflow as it holds by now: with the values of the map that were known only when it started."""
        return self._settling.workflow(self.state)

    @property
    def run_id(self) -> str:
        return self.state.run_id

    @property
    def run_branch(self) -> str:
        return self.state.run_branch

    @property
    def tip_ref(self) -> str:
        """The private ref that the merge queue moves."""
        return f"refs/prodigy/{self.run_id}/tip"

    @property
    def run_worktree(self) -> Path:
        """Where the run's own steps work; a called run works where its caller does."""
        return self.folder.worktrees / "run" if self.calling is None else self.calling.worktree

    @property
    def frames(self) -> list[Frame]:
        """What every step has from the one that has called this run."""
        return [] if self.calling is None else list(self.calling.frames)

    @property
    def allowed_outside(self) -> tuple[Path, ...]:
        return tuple(Path(path) for path in self.state.settings.allow_outside)

    @property
    def constants(self) -> tuple[Mapping[str, Value], ...]:
        """Parameters and `vars`, as plain names."""
        return (self.handed, *constant_names(self.workflow, self.parameters))

    @cached_property
    def positional(self) -> Mapping[str, Value]:
        """`ARG`, `ARG_1`, …"""
        return positional_values(self.state.settings.arguments)

    @cached_property
    def secret_parameters(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self.workflow.parameters if spec.secret)

    @cached_property
    def secret_variables(self) -> Mapping[str, str]:
        """Variables of the process environment that hold a secret, under whatever name."""
        return {name: text for name, text in self.process_env.items() if self.masker.holds_secret(text)}

    @cached_property
    def readable_env(self) -> Mapping[str, str]:
        """What plain text falls back to: the process environment without secrets."""
        return {name: text for name, text in self.process_env.items() if name not in self.secret_variables}

    def without_sources(self, variables: Variables) -> dict[str, Variable | None]:
        """Returns the `env` of a step in which secrets from elsewhere have the values that the start has found."""
        return {
            name: EnvValue(text=self.step_secrets[variable.place])
            if isinstance(variable, SecretSource) and variable.place in self.step_secrets
            else variable
            for name, variable in variables.items()
        }

    def provider_of(self, command: AgentCommand) -> str:
        """Returns the provider of an agent step; `--provider` replaces what the workflow says."""
        return self.state.settings.provider or command.provider

    def model_of(self, command: AgentCommand) -> str | None:
        """Returns the model of an agent step; that of a replaced provider means nothing to the other."""
        return command.model if self.provider_of(command) == command.provider else None

    def options_of(self, command: AgentCommand) -> Mapping[str, Any]:
        """Returns the provider's options; options meant for a replaced provider do not reach the other."""
        settings = self.state.settings
        provider = self.provider_of(command)
        options = dict(command.options) if provider == command.provider else {}
        if provider == "scripted" and settings.script is not None:
            options["script"] = settings.script
        return options

    def marker(self, context: Context, path: str, number: int) -> str:
        """Returns the unique mark of one execution; strays of a dead run are found by its beginning."""
        return f"{self._who(context)}{context.attempt}:{path}:{number}"

    def next_marker(self, context: Context, what: str) -> str:
        """Returns the mark of something that is run beside the steps' own commands: each time another.

        What ends sweeps away all that has its mark, so two that are at work at once must never share one.
        """
        return f"{self._who(context)}{context.attempt}:{what}:{next(self._marks)}"

    def _who(self, context: Context) -> str:
        return self.marker_of(context.work.item) if context.work is not None else f"{self.run_id}:{context.phase}:"

    def marker_of(self, item: Item) -> str:
        """Returns how the marks of everything begin that is done for an item."""
        return f"{self.run_id}:{item.safe_id}:"

    def grace_s(self, context: Context) -> float:
        """Returns how long a process of a context may take to end after SIGTERM (language 6.8, 13.6)."""
        phase = self.settled.map
        return phase.timeouts.grace if context.phase == "map" and phase is not None else GRACE_S

    @cached_property
    def input_files(self) -> frozenset[str]:
        """Files that the map's input reads: they do not count as leftovers (language 7.4)."""
        phase = self.workflow.map
        if phase is None or phase.input.kind not in ("file", "auto"):
            return frozenset()
        try:
            text = render(parse_text(phase.input.text, "plain"), self.scope())
        except InterpolationError:
            return frozenset()
        return frozenset({os.path.normpath(text.strip())})

    def roots(self, worktree: Path, iteration: int = 1) -> dict[str, Value]:
        """Returns the names of the run as texts in `worktree` see them."""
        names = RunNames(id=self.run_id, branch=self.run_branch, worktree=worktree)
        return run_roots(self.workflow.name, self.environment.profile, self.state.settings.arguments, names, iteration)

    def scope(self, roots: Mapping[str, Value] | None = None) -> Scope:
        """Returns the variables of texts that belong to no step, as merge sees them; `roots` come on top."""
        enclosing = self.enclosing("merge")
        everywhere = {
            **self.roots(self.run_worktree),
            "env": Value(StepEnvironment(run=self.environment.settled).variables(self.secret_variables), trusted=True),
            "param": self.parameter_root(),
            "vars": Value(dict(self.workflow.vars), trusted=True),
            "setup": Value(dict(enclosing.setup)),
        }
        everywhere["workflow"] = Value(
            everywhere["workflow"].data, trusted=True, fields=GitFields("workflow", self._read_git)
        )
        everywhere["git"] = Value(None, fields=GitFields("git", self._read_git))
        return Scope(
            names=[enclosing.names, *self.constants, self.environment.settled.values(), self.positional],
            roots={**everywhere, **(roots or {})},
            environment=self.readable_env,
            declared=self.declared["merge"],
            secrets=self.environment.settled.secrets | self.secret_parameters,
            computer=NoCommands(self.run_worktree, {}, self.clock.now, self.random),
        )

    def parameter_root(self, inner: Mapping[str, Value] | None = None) -> Value:
        """Returns the root `param`; `inner` are parameters of templates and calls around a text."""
        handed = {**self.handed, **(inner or {})}
        if not handed:
            return Value(dict(self.parameters), trusted=True)
        return Value({**{name: Value(data, trusted=True) for name, data in self.parameters.items()}, **handed})

    def _read_git(self, root: GitRoot) -> Mapping[str, Value]:
        """Reads what a text that belongs to no step asks of git."""
        try:
            return read_git(root, self.run_worktree, Oid(self.state.base))
        except (GitFailed, OSError) as error:
            raise InterpolationError("PT301", f"'{root}' cannot be read: {error}") from error

    def enclosing(self, phase: PhaseName) -> Enclosing:
        """Returns what the phases before `phase` said that its texts can refer to."""
        if self.called:
            return Enclosing()
        return said_before(self.workflow, self.state, phase, self.journal.unmasked)

    def setup_captures(self, index: int) -> tuple[SetupCapture, ...]:
        """Returns the captures of setup that read its step at `index`.

        Raises:
            LateError: a value of one that is known only now cannot be taken.
        """
        return tuple(capture for capture in self._setup_captures if capture.step_index == index)

    @cached_property
    def _setup_captures(self) -> tuple[SetupCapture, ...]:
        scope = self.scope()
        return tuple(settle_model(capture, scope) for capture in self.workflow.setup.captures)

    def outputs_file(self, marker: str) -> Path:
        """Returns the file that one execution writes its outputs to (`PRODIGY_OUTPUT`)."""
        return self.folder.scratch / hashlib.sha256(marker.encode()).hexdigest()[:32]

    def keep_value(self, text: str) -> str:
        """Keeps a value that is too large for a prompt and returns the path that stands in its place."""
        return str(write_value(self.folder, self.masker.text(text)))

    def keep_raw(self, stream: str, text: str) -> None:
        """Keeps what an agent CLI printed, word for word, beside the readable log."""
        path = self.folder.stream(stream).with_name(self.folder.stream(stream).name + ".raw")
        try:
            with path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(self.masker.text(text))
        except OSError as error:
            refusal = trouble_of(error, path, "append to")
            if not refusal.may_pass:
                raise refusal from error
            self.disk.notice(refusal)  # of this only the readable log is kept whole


def constant_names(workflow: Workflow, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Value], ...]:
    """Returns parameters and `vars` as plain names, in the order of language 8.4."""
    return tuple(
        {name: Value(data, trusted=True) for name, data in given.items()} for given in (parameters, workflow.vars)
    )


def with_known_landing(run: RunContext) -> RunContext:
    """Returns a run that knows whether its workflow wants to land at all, if that can be known before the merge."""
    merge = run.workflow.merge
    if "land" not in merge.late:
        return run
    try:
        land = settle(merge.late["land"], run.scope())
    except LateError:
        return run  # the landing says so
    late = {name: value for name, value in merge.late.items() if name != "land"}
    known = replace(merge, **{"land": land, "late": late})
    return replace(run, workflow=replace(run.workflow, **{"merge": known}))


def with_known_timeout(run: RunContext) -> RunContext:
    """Returns a run that knows its own limit in time, if that has a value."""
    late = dict(run.workflow.late)
    if "timeout" not in late:
        return run
    try:
        timeout = settle(late.pop("timeout"), run.scope())
    except LateError:
        return run  # the scheduler says so
    return replace(run, workflow=replace(run.workflow, **{"timeout": timeout, "late": late}))


def with_known_budget(run: RunContext) -> RunContext:
    """Returns a run whose limits have their values.

    Raises:
        LateError: one has none, or one that it cannot take.
    """
    written = run.workflow.budget
    if written is None:
        return run
    budget = settle_model(written, run.scope())
    if budget is written:
        return run
    run.budget.learn(budget)
    return replace(run, workflow=replace(run.workflow, **{"budget": budget}))
