"""What every part of the engine shares about one run; made once by the session, never changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from prodigy_tui.agents import Provider
from prodigy_tui.clock import Clock
from prodigy_tui.engine.artifacts import write_value
from prodigy_tui.engine.context import Context, Enclosing, captured_value, result_value
from prodigy_tui.engine.environment import overlay, resolve_env
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.steps.agent import AgentServices
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import PhaseName, StepResult
from prodigy_tui.events.state import RunState
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.process import Masker
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.workflow.declared import SEEN_PHASES, steps_of
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.model import AgentCommand, Workflow
from prodigy_tui.workflow.variables import Scope, Value


@dataclass(frozen=True, kw_only=True)
class RunContext:
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
    environ: Mapping[str, str]
    """The operator's environment as it came."""
    process_env: Mapping[str, str]
    """The same without what would mislead git or an agent."""
    git_env: Mapping[str, str]
    declared: Mapping[PhaseName, frozenset[str]]
    """The names that texts of a phase can mean."""

    @property
    def state(self) -> RunState:
        return self.journal.state

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
        return self.folder.worktrees / "run"

    @property
    def allowed_outside(self) -> tuple[Path, ...]:
        return tuple(Path(path) for path in self.state.settings.allow_outside)

    @cached_property
    def workflow_env(self) -> Mapping[str, str | None]:
        """The workflow's `env`, references resolved once per process."""
        roots = {"env": Value(dict(self.process_env), trusted=True)}

        def scope_with(names: Mapping[str, Value]) -> Scope:
            return Scope(names=[names], roots=roots, environment=self.process_env)

        return resolve_env(self.workflow.env, scope_with, self.process_env)

    @cached_property
    def workflow_env_values(self) -> Mapping[str, Value]:
        return {name: Value(text, trusted=True) for name, text in self.workflow_env.items() if text is not None}

    @cached_property
    def step_base_environment(self) -> Mapping[str, str]:
        """The process environment under the workflow's `env`."""
        return overlay(self.process_env, self.workflow_env)

    def provider_of(self, command: AgentCommand) -> str:
        """Returns the provider of an agent step; `--provider` replaces what the workflow says."""
        return self.state.settings.provider or command.provider

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
        who = context.work.item.safe_id if context.work is not None else context.phase
        return f"{self.run_id}:{who}:{context.attempt}:{path}:{number}"

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

    def scope(self, roots: Mapping[str, Value] | None = None) -> Scope:
        """Returns the variables of texts that belong to no step, as merge sees them; `roots` come on top."""
        enclosing = self.enclosing("merge")
        everywhere = {
            "run": Value({"id": self.run_id, "branch": self.run_branch}, trusted=True),
            "workflow": Value({"name": self.workflow.name, "id": self.run_id}, trusted=True),
            "env": Value(dict(self.step_base_environment), trusted=True),
            "setup": Value(dict(enclosing.setup)),
        }
        return Scope(
            names=[enclosing.names, self.workflow_env_values],
            roots={**everywhere, **(roots or {})},
            environment=self.process_env,
            declared=self.declared["merge"],
        )

    def enclosing(self, phase: PhaseName) -> Enclosing:
        """Returns what the phases before `phase` said that its texts can refer to."""
        names: dict[str, Value] = {}
        ids: dict[str, StepResult] = {}
        setup: dict[str, Value] = {}
        for seen in SEEN_PHASES[phase]:
            known = self.state.phases.get(seen)
            if seen == phase or known is None:
                continue
            for index, step in enumerate(steps_of(self.workflow, seen)):
                record = known.steps.get(str(index))
                if record is None or record.result is None:
                    continue
                if step.id is not None:
                    ids[step.id] = record.result
                    names[step.id] = result_value(record.result)
                if step.capture.name is not None:
                    names[step.capture.name] = captured_value(step.capture, record.result)
                    if seen == "setup":
                        setup[step.capture.name] = names[step.capture.name]
        return Enclosing(names=names, ids=ids, setup=setup)

    def keep_value(self, text: str) -> str:
        """Keeps a value that is too large for a prompt and returns the path that stands in its place."""
        return str(write_value(self.folder, text))

    def keep_raw(self, stream: str, text: str) -> None:
        """Keeps what an agent CLI printed, word for word, beside the readable log."""
        path = self.folder.stream(stream).with_name(self.folder.stream(stream).name + ".raw")
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
