"""One execution of a step's command: its texts filled in, its folder, environment and limits, the kind that runs it.

What the outcome means (rounds, handlers, captures, checks) is `step_runner`'s.
"""

from pathlib import Path
from typing import assert_never

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.environment import CLEARED, overlay, resolve_env
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.scope import StepView, make_scope, step_variables
from prodigy_tui.engine.steps.agent import AgentEvents, run_agent
from prodigy_tui.engine.steps.execution import Execution, Place
from prodigy_tui.engine.steps.shell import run_shell
from prodigy_tui.engine.steps.write_file import run_write_file
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktree_paths import working_directory
from prodigy_tui.events.schema import AgentMessage, ProviderLimited, UsageReported
from prodigy_tui.workflow.content import render_content
from prodigy_tui.workflow.expr import evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.model import AgentCommand, ShellCommand, WriteFileCommand
from prodigy_tui.workflow.variables import Scope

AGENT_IDLE_S = 1800.0
"""Default `idle_timeout` of agent steps (language 6.8)."""


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
        scope = self.scope(view, context)
        place = self.place(view, context, number)
        command = step.command
        match command:
            case ShellCommand():
                text = render(parse_text(command.text, "shell"), scope)
                self.say(context, f"$ {text}")
                stdin = render(parse_text(command.stdin, "plain"), scope) if command.stdin else ""
                return await run_shell(
                    text,
                    place,
                    interpreter=command.interpreter,
                    stdin=stdin.encode("utf-8", "surrogateescape"),
                    clock=self._run.clock,
                    masker=self._run.masker,
                )
            case AgentCommand():
                prompt = render(parse_text(command.prompt, "plain"), scope, keep=self._run.keep_value)
                self.say(context, f"> {prompt}")
                return await run_agent(
                    prompt,
                    provider=self._run.provider_of(command),
                    model=command.model,
                    options=self._run.options_of(command),
                    place=place,
                    events=self._agent_events(view, context, self._run.provider_of(command)),
                    services=self._run.agents,
                )
            case WriteFileCommand():
                path = render(parse_text(command.path, "plain"), scope)
                content = render_content(command.content, command.format, scope)
                self.say(context, f"write {path}")
                return await in_thread(
                    lambda: run_write_file(command, path=path, content=content, worktree=context.worktree)
                )
            case _:
                assert_never(command)

    def place(self, view: StepView, context: Context, number: int) -> Place:
        """Returns where and under which limits a step's command runs."""
        scope = self.scope(view, context)
        step = view.step
        idle = step.idle_timeout
        if idle is None and step.command.kind == "agent" and not step.no_idle_timeout:
            idle = AGENT_IDLE_S
        marker = self._run.marker(context, view.path, number)
        return Place(
            cwd=self._folder(view, context, scope),
            env=self._environment(view, context, scope, marker, number),
            marker=marker,
            timeout_s=step.timeout,
            idle_timeout_s=idle,
            attempt=context.attempt or number,
            log=lambda text: self.log(context, text),
        )

    def say(self, context: Context, line: str) -> None:
        """Adds a line of the engine's own to the log of a context, whatever the output before it ended with."""
        self.log(context, f"{line}\n" if context.at_line_start else f"\n{line}\n")

    def log(self, context: Context, text: str) -> None:
        """Adds output to the log of a context."""
        context.at_line_start = text.endswith("\n") if text else context.at_line_start
        offset = context.writer.write(text, self._run.clock.now())
        self._run.bus.output_grew(context.stream, offset)

    def _folder(self, view: StepView, context: Context, scope: Scope) -> Path:
        text = view.step.working_dir
        if text is None and context.frames:
            text = context.frames[-1].working_dir
        if text is None:
            return context.worktree
        path = render(parse_text(text, "plain"), scope)
        return working_directory(context.worktree, path, self._run.environ.get("HOME", "~"), self._run.allowed_outside)

    # --------------------------------------------------------------------------------------------------- variables

    def _environment(self, view: StepView, context: Context, scope: Scope, marker: str, number: int) -> dict[str, str]:
        base = self._run.step_base_environment
        if view.step.clear_env:
            base = {name: base[name] for name in CLEARED if name in base}
            layers: tuple[dict[str, str | None], ...] = (dict(self.step_env(view, context)),)
        else:
            layers = (dict(scope.exported()), dict(context.env), dict(self.step_env(view, context)))
        own = step_variables(self._run, view, context, marker, number)
        return overlay(base, *layers, dict(self._run.git_env), dict(own))

    def step_env(self, view: StepView, context: Context) -> dict[str, str | None]:
        """Returns the step's own `env` over that of the failing step whose handler it is in."""
        inherited = context.frames[-1].env if context.frames else {}
        if not view.step.env:
            return dict(inherited)
        outer = overlay(self._run.step_base_environment, context.env, inherited)
        own = resolve_env(view.step.env, lambda names: make_scope(self._run, view, context, inherited, names), outer)
        return {**inherited, **own}

    def leave_env(self, view: StepView, context: Context) -> None:
        """Leaves the `env` of a step with `temporary: false` to the later steps of its context."""
        if not view.step.temporary:
            env = self.step_env(view, context)
            context.env.update({name: env[name] for name in view.step.env})

    def scope(self, view: StepView, context: Context) -> Scope:
        """Returns the variables of a step."""
        return make_scope(self._run, view, context, self.step_env(view, context))

    def is_true(self, condition: str | bool, view: StepView, context: Context) -> bool:
        """Returns what a condition comes to for a step."""
        if isinstance(condition, bool):
            return condition
        return truthy(evaluate(parse_expression(condition), self.scope(view, context)))

    # ------------------------------------------------------------------------------------------------------ agents

    def _agent_events(self, view: StepView, context: Context, provider: str) -> AgentEvents:
        journal, phase, path = self._run.journal, context.phase, view.path
        item_id, attempt = context.item_id, context.attempt
        return AgentEvents(
            message=lambda kind, text: _ignore(
                journal.record(
                    AgentMessage(kind=kind, text=text, phase=phase, path=path, item_id=item_id, attempt=attempt)
                )
            ),
            usage=lambda usage: _ignore(
                journal.record(
                    UsageReported(
                        usage=usage, provider=provider, phase=phase, path=path, item_id=item_id, attempt=attempt
                    )
                )
            ),
            limited=lambda until, message: _ignore(
                journal.record(ProviderLimited(provider=provider, until=until, message=message, item_id=item_id))
            ),
            raw=lambda text: self._run.keep_raw(context.stream, text),
        )


def _ignore(_envelope: object) -> None:
    """An event that nothing here waits for."""
