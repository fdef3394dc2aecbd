"""One execution of a step's command: its texts filled in, its folder, environment and limits, the kind that runs it.

What the outcome means (rounds, handlers, captures, checks) is `step_runner`'s.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar, assert_never

from msgspec.structs import replace as revised

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.agent import run_agent
from prodigy_tui.engine.kinds.execution import Execution, Place
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.kinds.write_file import run_write_file
from prodigy_tui.engine.providers.agent_telling import events_of, request_of
from prodigy_tui.engine.providers.reserving import Executing
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.outputs_file import NoOutputs, take_outputs
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.computing import COMMAND_TIMEOUT_S, computed
from prodigy_tui.engine.variables.environment import Found, Settled, overlay, settle_variables
from prodigy_tui.engine.variables.git_values import GitRoot, GitWanted, read_git
from prodigy_tui.engine.variables.scope import StepView, make_scope, step_variables
from prodigy_tui.engine.variables.secrets import run_text
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.engine.worktrees.worktree_paths import FolderNotThere, working_directory
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.git.run import GitFailed, sparse_environment
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.content import render_content
from prodigy_tui.workflow.expr import evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.late import settle_model
from prodigy_tui.workflow.model import (
    AgentCommand,
    AnalyzeCommand,
    CompositeCommand,
    EnvCommand,
    SecretSource,
    ShellCommand,
    Step,
    ValidateCommand,
    WriteFileCommand,
)
from prodigy_tui.workflow.step_outputs import StepOutputs, parse_step_outputs
from prodigy_tui.workflow.values import Value
from prodigy_tui.workflow.variables import Scope

T = TypeVar("T")
AGENT_IDLE_S = 1800.0
"""Default `idle_timeout` of agent steps (language 6.8)."""


_OWN_STEPS: Final = frozenset({"steps", "do", "fallback", "env"})
"""Fields whose late values are settled when their own steps start, or their variables get values."""


def has_live_name(step: Step) -> bool:
    """Tells whether the name of a step is to be filled in."""
    return step.name is not None and "$" in step.name


class CommandRunner:
    """Runs the commands of steps of any context of one run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    async def execute(self, view: StepView, context: Context, number: int) -> Execution:
        """Runs the command of a step once.

        Raises:
            InterpolationError, ExpressionError, PathEscapes, EnvironmentCycle: the command cannot be run as written.
        """
        step = view.step
        await self.prepare(view, context)
        scope = self.scope(view, context)
        place = await self.filled(lambda: self.place(view, context, number, scope), view, context)
        command = step.command
        assert not isinstance(command, CompositeCommand), f"'{command.kind}' is run by Composites"
        match command:
            case ShellCommand():
                text = await self.filled(lambda: render(parse_text(command.text, "shell"), scope), view, context)
                self.say(context, f"$ {text}")
                stdin = await self.fill(command.stdin, view, context) if command.stdin else ""
                return await run_shell(
                    text,
                    place,
                    interpreter=command.interpreter,
                    stdin=stdin.encode("utf-8", "surrogateescape"),
                    clock=self._run.clock,
                    masker=self._run.masker,
                )
            case AgentCommand():
                template = parse_text(command.prompt, "plain")
                prompt = await self.filled(lambda: render(template, scope, keep=self._run.keep_value), view, context)
                self.say(context, f"> {prompt}")
                provider = self._run.provider_of(command)
                answered = await self._within_budget(
                    view,
                    context,
                    lambda: run_agent(
                        prompt,
                        model=self._run.model_of(command),
                        options=self._run.options_of(command),
                        place=place,
                        request=request_of(self._run, view, context, provider),
                        events=events_of(self._run, view, context, provider),
                        services=self._run.agents,
                        told=self._briefing(context),
                    ),
                )
                return self._without_secrets(answered)
            case WriteFileCommand():
                path = await self.fill(command.path, view, context)
                content = await self.filled(
                    lambda: render_content(command.content, command.format, scope), view, context
                )
                self.say(context, f"write {path}")
                wrote = await in_thread(
                    lambda: run_write_file(command, path=path, content=content, worktree=context.worktree)
                )
                return self._without_secrets(wrote)
            case AnalyzeCommand() | ValidateCommand():  # what a check says is looked at behind it
                return Execution(exit_code=0)
            case _:
                assert_never(command)

    def _briefing(self, context: Context) -> tuple[str, ...]:
        """Returns what a person who sent the item back wants its agent to know."""
        item = self._run.state.items.get(context.item_id) if context.item_id is not None else None
        instruction = self._run.masker.text(item.instruction) if item is not None else ""
        return self._run.agents.conversations.briefing(context.item_id, context.attempt, instruction)

    async def _within_budget(
        self, view: StepView, context: Context, work: Callable[[], Awaitable[Execution]]
    ) -> Execution:
        """Runs an agent when the budget allows it, for as long as its item may spend something (language 17)."""
        who = Executing(phase=context.phase, path=view.path, item_id=context.item_id, attempt=context.attempt)
        async with self._run.budget.reserved(who) as ticket:
            answered = await ticket.carry(work)
            if ticket.failure is None:
                assert answered is not None, "work that nothing ended has a result"
                return answered
        self.say(context, f"budget  {ticket.failure.message}")
        ended = answered or Execution(exit_code=1)
        return replace(ended, failure=ticket.failure, needs_commit=False)

    def _without_secrets(self, execution: Execution) -> Execution:
        """Masks what did not come from a child process; texts of later steps may be made of it."""
        mask, failure = self._run.masker.text, execution.failure
        if failure is not None:
            failure = revised(failure, message=mask(failure.message), tail=mask(failure.tail))
        return replace(execution, stdout=mask(execution.stdout), output=mask(execution.output), failure=failure)

    def place(self, view: StepView, context: Context, number: int, scope: Scope | None = None) -> Place:
        """Returns where and under which limits a step's command runs; `scope`: its variables, where they are known."""
        scope = scope or self.scope(view, context)
        step = view.step
        idle = step.idle_timeout
        if idle is None and step.command.kind == "agent" and not step.no_idle_timeout:
            idle = AGENT_IDLE_S
        if context.frames and (around := context.frames[-1].idle) is not None:
            idle = around if idle is None else min(idle, around)
        marker = self._run.marker(context, view.path, number)
        return Place(
            cwd=self._folder(view, context, scope),
            env=self._environment(view, context, scope, marker, number),
            marker=marker,
            timeout_s=step.timeout,
            idle_timeout_s=idle,
            grace_s=self._run.grace_s(context),
            attempt=context.attempt or number,
            log=lambda text: self.log(context, text),
            log_error=lambda text: self.log(context, text, error=True),
        )

    def say(self, context: Context, line: str) -> None:
        """Adds a line of the engine's own to the log of a context, whatever the output before it ended with."""
        line = self._run.masker.text(line)
        self.log(context, f"{line}\n" if context.at_line_start else f"\n{line}\n")

    def log(self, context: Context, text: str, *, error: bool = False) -> None:
        """Adds output to the log of a context; `error`: it came from standard error."""
        context.at_line_start = text.endswith("\n") if text else context.at_line_start
        offset = context.writer.write(text, self._run.clock.now(), error=error)
        if context.writer.refusal is not None:
            self._run.disk.notice(context.writer.refusal)
        self._run.bus.output_grew(context.stream, offset)

    def _folder(self, view: StepView, context: Context, scope: Scope) -> Path:
        context.folders.pop(view.path, None)
        home, allowed = self._run.environ.get("HOME", "~"), self._run.allowed_outside
        folder = context.worktree
        if view.step.working_dir is not None:
            path = render(parse_text(view.step.working_dir, "plain"), scope)
            folder = working_directory(context.worktree, path, home, allowed)
        elif context.frames and (inherited := context.frames[-1].folder) is not None:
            with suppress(FolderNotThere):  # a handler may be there to make it
                folder = working_directory(context.worktree, str(inherited), home, allowed)
        context.folders[view.path] = folder
        return folder

    # --------------------------------------------------------------------------------------------------- variables

    def _git_env(self, context: Context) -> Mapping[str, str]:
        """Returns what git is told in every process: in a worktree that holds only some folders, that it does."""
        return sparse_environment(self._run.git_env) if context.ledger.sparse else self._run.git_env

    def _environment(self, view: StepView, context: Context, scope: Scope, marker: str, number: int) -> dict[str, str]:
        variables = self.variables(view, context)
        self._report_unexported(scope, context)
        own = step_variables(self._run, view, context, marker, number)
        cleared = view.step.clear_env or (bool(context.frames) and context.frames[-1].cleared)
        environment = variables.environment(scope.exported(), cleared=cleared)
        return overlay(environment, self._git_env(context), own)

    async def prepare(self, view: StepView, context: Context) -> None:
        """Gives the variables of a step that is about to run their values.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has none.
        """
        around = self._around(await self._run.environment.for_step(), context)
        context.environments[view.path] = await self._computed(
            lambda: self._with_own(around, view, context, commands=True), view, context
        )

    async def glance(self, view: StepView, context: Context) -> None:
        """Does so for a step of which it is not known yet whether it runs: its own commands wait.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has no value.
        """
        around = self._around(await self._run.environment.known(), context)
        context.environments[view.path] = await self._computed(
            lambda: self._with_own(around, view, context, commands=False), view, context
        )

    async def settled(self, view: StepView, context: Context) -> StepView:
        """Returns a step with the values that are known only now (language 3.1).

        Raises:
            LateError: one has no value, or one that its field cannot take.
        """
        step = view.step

        def settle() -> Step:
            return settle_model(step, self.scope(view, context), without=_OWN_STEPS)

        found = await self.filled(settle, view, context)
        return view if found is step else replace(view, step=found)

    async def named(self, view: StepView, context: Context) -> StepView:
        """Returns a step with the name that it has here: the references in it filled in, on one line.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has no value.
        """
        name = view.step.name
        assert name is not None
        await self.glance(view, context)
        try:
            text = await self.fill(name, view, context)
        except InterpolationError:
            # It may name a variable whose command runs anew for every step.
            await self.prepare(view, context)
            text = await self.fill(name, view, context)
        label = one_line(text)
        return replace(view, step=revised(view.step, label=label or view.step.label))

    def variables(self, view: StepView, context: Context) -> StepEnvironment:
        """Returns the variables of a step as they were when it was prepared."""
        known = context.environments.get(view.path)
        return known if known is not None else self._around(self._run.environment.settled, context)

    def _around(self, settled: Settled, context: Context) -> StepEnvironment:
        """Returns what a step of this context has before its own `env`."""
        handed_on: Found = context.frames[-1].env if context.frames else {}
        left = dict(context.env)
        hidden = {**left, **handed_on}
        made = (name for name, value in hidden.items() if value is not None and self._is_secret(value))
        secrets = (settled.secrets - hidden.keys()) | frozenset(made) | self._run.secret_parameters
        return StepEnvironment(run=settled, left=left, own=dict(handed_on), secrets=secrets)

    async def _with_own(
        self, around: StepEnvironment, view: StepView, context: Context, *, commands: bool
    ) -> StepEnvironment:
        variables = self._run.without_sources(view.step.env)
        if not commands:
            # They have no value before the step is known to run, and what they are made into has none either.
            variables = {name: value for name, value in variables.items() if not isinstance(value, EnvCommand)}
        if not variables:
            return around
        late = {name: value for name, value in variables.items() if isinstance(value, EnvCommand) and value.late}
        if late:
            scope = make_scope(self._run, view, context, around)
            variables = {**variables, **{name: settle_model(value, scope) for name, value in late.items()}}

        async def run(text: str, timeout_s: float | None, known: Mapping[str, str]) -> str:
            scope = make_scope(self._run, view, context, around)
            environment = overlay(around.environment(scope.exported(), cleared=False), known, self._git_env(context))
            marker = self._run.next_marker(context, f"env:{view.path}")
            return await run_text(
                text,
                timeout_s,
                environment,
                cwd=context.worktree,
                clock=self._run.clock,
                masker=self._run.masker,
                marker=marker,
            )

        secret = frozenset(name for name, value in view.step.env.items() if isinstance(value, SecretSource))
        settled = await settle_variables(
            variables,
            around.outer(),
            scoped=lambda names, hidden: make_scope(self._run, view, context, around, names, hidden),
            masker=self._run.masker,
            secrets=secret,
            run=run,
        )
        self._run.masker.learn(str(value.data) for name, value in settled.values().items() if name in secret)
        return replace(
            around,
            own={**around.own, **settled.found},
            secrets=(around.secrets - settled.found.keys()) | settled.secrets,
        )

    def _is_secret(self, value: Value) -> bool:
        return self._run.masker.holds_secret(str(value.data))

    def step_env(self, view: StepView, context: Context) -> Found:
        """Returns the step's own `env` over that of the failing step whose handler it is in."""
        return self.variables(view, context).own

    def _report_unexported(self, scope: Scope, context: Context) -> None:
        for name in sorted(scope.unexported - self._run.reported):
            self._run.reported.add(name)
            message = f"'{name}' is too long for an environment variable and is not exported"
            self._run.journal.record(WarningRaised(code="PT512", message=message, item_id=context.item_id))

    def leave_env(self, view: StepView, context: Context) -> None:
        """Leaves the `env` of a step with `temporary: false` to the later steps of its context."""
        if not view.step.temporary:
            env = self.step_env(view, context)
            context.env.update({name: env[name] for name in view.step.env if name in env})

    def scope(self, view: StepView, context: Context) -> Scope:
        """Returns the variables of a step."""
        return make_scope(self._run, view, context, self.variables(view, context))

    async def fill(self, text: str, view: StepView, context: Context) -> str:
        """Returns a plain text of a step with its references filled in."""
        return await self.filled(lambda: render(parse_text(text, "plain"), self.scope(view, context)), view, context)

    async def filled(self, make: Callable[[], T], view: StepView, context: Context) -> T:
        """Returns what `make` makes by filling in texts of a step, after the commands in them have run."""

        async def made() -> T:
            return make()

        return await self._computed(made, view, context)

    async def _computed(self, make: Callable[[], Awaitable[T]], view: StepView, context: Context) -> T:
        context.ledger.read.clear()

        async def made() -> T:
            while True:
                try:
                    return await make()
                except GitWanted as wanted:
                    await self._read_git(wanted.root, context)

        return await computed(made, context.computed, lambda text: self._output_of(text, view, context))

    async def _read_git(self, root: GitRoot, context: Context) -> None:
        """Reads what a text asks of git, for that text alone: the next may find something else.

        Raises:
            InterpolationError: git cannot be read here.
        """
        ledger, worktree = context.ledger, context.worktree
        base = ledger.base or Oid(self._run.state.base)
        try:
            ledger.read[root] = await in_thread(lambda: read_git(root, worktree, base, ledger.made))
        except (GitFailed, OSError) as error:
            raise InterpolationError("PT301", f"'{root}' cannot be read: {error}") from error

    async def _output_of(self, text: str, view: StepView, context: Context) -> str:
        """Runs the command of a `${cmd:…}`."""
        environment = self.variables(view, context).environment(self.scope(view, context).exported(), cleared=False)
        place = Place(
            cwd=context.worktree,
            env=overlay(environment, self._git_env(context)),
            marker=self._run.next_marker(context, f"cmd:{view.path}"),
            timeout_s=COMMAND_TIMEOUT_S,
            idle_timeout_s=None,
            attempt=1,
            log=lambda _: None,
        )
        execution = await run_shell(
            text, place, interpreter="sh", stdin=b"", clock=self._run.clock, masker=self._run.masker
        )
        if execution.failure is not None:
            raise InterpolationError("PT301", f"'cmd:{text}' failed: {execution.failure.message}")
        return execution.stdout

    def written(self, view: StepView, context: Context, number: int) -> dict[str, str]:
        """Returns what an execution wrote to `PRODIGY_OUTPUT`, and takes the file away."""
        file = self._run.outputs_file(self._run.marker(context, view.path, number))
        try:
            found = parse_step_outputs(self._run.masker.text(take_outputs(file)))
        except NoOutputs as error:
            found = StepOutputs(values={}, complaints=(f"PRODIGY_OUTPUT {error}",))
        for complaint in found.complaints:
            self._run.journal.record(
                WarningRaised(code="PT510", message=f"step '{view.step.label}': {complaint}", item_id=context.item_id)
            )
        return found.values

    async def is_true(self, condition: str | bool, view: StepView, context: Context) -> bool:
        """Returns what a condition comes to for a step."""
        if isinstance(condition, bool):
            return condition
        expression = parse_expression(condition)
        return await self.filled(lambda: truthy(evaluate(expression, self.scope(view, context))), view, context)
