"""One execution of a step's command: its texts filled in, its folder, environment and limits, the kind that runs it.

What the outcome means (rounds, handlers, captures, checks) is `step_runner`'s.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.agent import run_agent
from prodigy_tui.engine.kinds.execution import Execution, Place
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.kinds.write_file import run_write_file
from prodigy_tui.engine.providers.agent_telling import events_of, request_of
from prodigy_tui.engine.providers.reserving import Executing
from prodigy_tui.engine.steps.outputs_file import NoOutputs, take_outputs
from prodigy_tui.engine.steps.step_texts import StepTexts
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.environment import overlay
from prodigy_tui.engine.variables.scope import StepView, step_variables
from prodigy_tui.engine.worktrees.worktree_paths import FolderNotThere, working_directory
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.workflow.content import render_content
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.model import (
    AgentCommand,
    AnalyzeCommand,
    CompositeCommand,
    ShellCommand,
    ValidateCommand,
    WriteFileCommand,
)
from prodigy_tui.workflow.step_outputs import StepOutputs, parse_step_outputs
from prodigy_tui.workflow.variables import Scope

AGENT_IDLE_S = 1800.0
"""Default `idle_timeout` of agent steps (language 6.8)."""


class CommandRunner(StepTexts):
    """Runs the commands of steps of any context of one run."""

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
            failure = replace(failure, message=mask(failure.message), tail=mask(failure.tail))
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

    def log(self, context: Context, text: str | memoryview, *, error: bool = False) -> None:
        """Adds output, or its UTF-8, to the log of a context; `error`: it came from standard error."""
        if text:
            context.at_line_start = text[-1:] in ("\n", b"\n")
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

    def _environment(self, view: StepView, context: Context, scope: Scope, marker: str, number: int) -> dict[str, str]:
        variables = self.variables(view, context)
        self._report_unexported(scope, context)
        own = step_variables(self._run, view, context, marker, number)
        cleared = view.step.clear_env or (bool(context.frames) and context.frames[-1].cleared)
        environment = variables.environment(scope.exported(), cleared=cleared)
        return overlay(environment, self._git_env(context), own)

    def _report_unexported(self, scope: Scope, context: Context) -> None:
        for name in sorted(scope.unexported - self._run.reported):
            self._run.reported.add(name)
            message = f"'{name}' is too long for an environment variable and is not exported"
            self._run.journal.record(WarningRaised(code="PT512", message=message, item_id=context.item_id))

    def written(self, view: StepView, context: Context, number: int) -> dict[str, str]:
        """Returns what an execution wrote to `PRODIGY_OUTPUT`, and takes the file away."""
        file = self._run.outputs_file(self._run.marker(context, view.path, number))
        try:
            if not (text := take_outputs(file)):
                return {}
            found = parse_step_outputs(self._run.masker.text(text))
        except NoOutputs as error:
            found = StepOutputs(values={}, complaints=(f"PRODIGY_OUTPUT {error}",))
        for complaint in found.complaints:
            self._run.journal.record(
                WarningRaised(code="PT510", message=f"step '{view.step.label}': {complaint}", item_id=context.item_id)
            )
        return found.values
